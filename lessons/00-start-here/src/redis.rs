//! Whether the program `redis-server` is the real Redis. A package registry has
//! a toy of that name, so the program is started and asked.

use std::{
    io::{self, BufRead, BufReader, Read, Write},
    net::{Ipv4Addr, TcpListener, TcpStream},
    process::{Child, ChildStdout, Command, Stdio},
    sync::mpsc,
    thread,
};

use crate::{output::TIME_LIMIT, version::Version};

/// The program that PATH has under the name `redis-server`.
pub enum Redis {
    Missing,
    /// Something that does not answer as Redis does.
    Strange,
    Real(Version),
}

/// Starts the program on a free port, asks it what it is, and stops it.
pub fn inspect() -> Redis {
    let Ok((port, mut server)) = start() else { return Redis::Missing };
    let stdout = server.stdout.take();
    let info = stdout.and_then(|it| info(port, it).ok()).unwrap_or_default();
    // It holds no data: nothing is lost.
    let _ = server.kill().and_then(|()| server.wait());
    let version = info.lines().find(|line| line.starts_with("redis_version:"));
    version.and_then(Version::among).map_or(Redis::Strange, Redis::Real)
}

fn start() -> io::Result<(u16, Child)> {
    let free = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
    let port = free.local_addr()?.port();
    drop(free);
    let server = Command::new("redis-server")
        .args(["--bind", "127.0.0.1", "--port", &port.to_string()])
        .args(["--save", "", "--appendonly", "no"])
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()?;
    Ok((port, server))
}

/// Waits until the server is ready, and asks it for `INFO server`.
fn info(port: u16, stdout: ChildStdout) -> io::Result<String> {
    let (sender, ready) = mpsc::channel();
    thread::spawn(move || {
        let lines = BufReader::new(stdout).lines().map_while(Result::ok);
        for line in lines.map(|line| line.to_lowercase()) {
            if line.contains("ready to accept connections") {
                // After the time limit nobody receives it.
                let _ = sender.send(());
            }
        }
    });
    ready.recv_timeout(TIME_LIMIT).map_err(io::Error::other)?;
    let mut server = TcpStream::connect((Ipv4Addr::LOCALHOST, port))?;
    server.set_read_timeout(Some(TIME_LIMIT))?;
    // QUIT makes it end the connection, so that we need not know the length.
    server.write_all(b"INFO server\r\nQUIT\r\n")?;
    let mut info = Vec::new();
    server.take(1 << 20).read_to_end(&mut info)?;
    Ok(String::from_utf8_lossy(&info).into_owned())
}
