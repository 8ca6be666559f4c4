//! The server's process: found on PATH, started on a free port, examined, and
//! gone when it is dropped.

use std::{
    env,
    io::{self, BufRead, BufReader},
    net::{Ipv4Addr, TcpListener},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::mpsc,
    thread,
    time::Duration,
};
use tempfile::TempDir;

/// How long a start may take.
const PATIENCE: Duration = Duration::from_secs(20);

/// A running `redis-server` with an append-only file, 6.2 or newer.
pub struct PrivateRedis {
    program: PathBuf,
    folder: TempDir,
    port: u16,
    server: Option<Child>,
}

/// There is no `redis-server` here that could be used.
#[derive(Debug, thiserror::Error)]
#[error(
    "{why}. To install Redis 6.2 or newer:\n  \
     apt install redis-server, dnf install redis, brew install redis, or use WSL"
)]
pub struct MissingRedis {
    why: String,
}

impl PrivateRedis {
    /// Starts one.
    ///
    /// # Errors
    ///
    /// [`MissingRedis`], also when what is called `redis-server` is something
    /// else (a package registry has a toy of that name), or too old.
    pub fn start() -> Result<Self, MissingRedis> {
        let program = find("redis-server").ok_or_else(|| MissingRedis {
            why: "There is no redis-server on PATH".to_owned(),
        })?;
        let missing = |program: &Path, why: String| MissingRedis {
            why: format!("{} will not do: {why}", program.display()),
        };
        let folder = tempfile::tempdir()
            .map_err(|error| missing(&program, error.to_string()))?;
        // Between our asking for a free port and its taking it, somebody
        // else may; then the next one.
        let mut why = String::new();
        for _ in 0..3 {
            match free_port().and_then(|port| launch(&program, &folder, port)) {
                Ok((port, server)) => {
                    let server = Some(server);
                    let redis = Self { program, folder, port, server };
                    return match redis.is_real() {
                        Ok(()) => Ok(redis),
                        Err(why) => Err(missing(&redis.program, why)),
                    };
                }
                Err(error) => why = error.to_string(),
            }
        }
        Err(missing(&program, why))
    }

    /// Where it listens: `redis://127.0.0.1:PORT/0`.
    pub fn url(&self) -> String {
        format!("redis://127.0.0.1:{}/0", self.port)
    }

    /// Kills it as `kill -9` does: it has no time to save anything.
    pub fn kill(&mut self) {
        if let Some(mut server) = self.server.take() {
            let _ = server.kill();
            let _ = server.wait();
        }
    }

    /// Starts it again, with the same port and the same files.
    ///
    /// # Errors
    ///
    /// As [`start`](Self::start).
    pub fn restart(&mut self) -> Result<(), MissingRedis> {
        self.kill();
        let (_, server) = launch(&self.program, &self.folder, self.port)
            .map_err(|error| MissingRedis {
                why: format!("redis-server did not start again: {error}"),
            })?;
        self.server = Some(server);
        Ok(())
    }

    /// Asks it what it is, as only a real one can tell.
    fn is_real(&self) -> Result<(), String> {
        let info = redis::Client::open(self.url())
            .and_then(|client| client.get_connection_with_timeout(PATIENCE))
            .and_then(|mut redis| {
                redis::cmd("INFO").arg("server").query::<String>(&mut redis)
            })
            .map_err(|error| error.to_string())?;
        let field = |name| {
            info.lines().find_map(|line| line.strip_prefix(name)).map(str::trim)
        };
        match (field("redis_version:"), field("tcp_port:")) {
            (Some(version), Some(port)) if port == self.port.to_string() => {
                if new_enough(version) {
                    Ok(())
                } else {
                    Err(format!("it is version {version}"))
                }
            }
            _ => Err("it does not answer as Redis does".to_owned()),
        }
    }
}

impl Drop for PrivateRedis {
    fn drop(&mut self) {
        self.kill();
    }
}

/// Whether it has all that the lessons use: 6.2 brought `BLMOVE`.
fn new_enough(version: &str) -> bool {
    let mut parts = version.split('.').map(|part| part.parse::<u32>());
    match (parts.next(), parts.next()) {
        (Some(Ok(major)), Some(Ok(minor))) => (major, minor) >= (6, 2),
        _ => false,
    }
}

/// The first file of this name in the folders of PATH.
fn find(name: &str) -> Option<PathBuf> {
    let name = format!("{name}{}", env::consts::EXE_SUFFIX);
    env::split_paths(&env::var_os("PATH")?)
        .map(|folder| folder.join(&name))
        .find(|path| path.is_file())
}

fn free_port() -> io::Result<u16> {
    Ok(TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?.port())
}

/// Starts the server and returns when it says that it is ready.
fn launch(
    program: &Path,
    folder: &TempDir,
    port: u16,
) -> io::Result<(u16, Child)> {
    let mut server = Command::new(program)
        .args(["--bind", "127.0.0.1", "--port", &port.to_string()])
        .args(["--appendonly", "yes", "--save", "", "--dir"])
        .arg(folder.path())
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()?;
    let output = server.stdout.take().expect("it was asked for");
    let (sender, ready) = mpsc::channel();
    thread::spawn(move || {
        let mut last = String::new();
        // Read to the end: a full pipe would stop the server.
        for line in BufReader::new(output).lines().map_while(Result::ok) {
            if line.to_lowercase().contains("ready to accept connections") {
                let _ = sender.send(Ok(()));
            }
            last = line;
        }
        let _ = sender.send(Err(last));
    });
    let why = match ready.recv_timeout(PATIENCE) {
        Ok(Ok(())) => return Ok((port, server)),
        Ok(Err(last)) => format!("it ended; its last words: {last}"),
        Err(_) => format!("it was not ready after {PATIENCE:?}"),
    };
    let _ = server.kill();
    let _ = server.wait();
    Err(io::Error::other(why))
}
