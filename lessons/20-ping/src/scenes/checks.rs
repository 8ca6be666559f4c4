//! Servers that misbehave, and what a check reports of each.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::thread;
use std::time::Duration;

use ping::check::{Check, CheckReport, Http, Tcp};

use crate::{Outcome, runtime};

const DEADLINE: Duration = Duration::from_secs(1);
const PAGE: &[u8] =
    b"HTTP/1.1 200 OK\r\nContent-Length: 13\r\n\r\nall is well\r\n";

pub fn play() -> Outcome {
    runtime()?.block_on(run())
}

async fn run() -> Outcome {
    // ANCHOR: checks
    let page = |server| Http::new(format!("http://{server}/"));
    let pages = [
        ("as it should be", page(serve(|it| it.write_all(PAGE))?)),
        ("another page", keyword(page(serve(|it| it.write_all(PAGE))?))),
        ("says nothing", page(serve(say_nothing)?)),
        ("never stops", page(serve(never_stop)?)),
        ("hangs up early", page(serve(|it| it.write_all(&PAGE[..42]))?)),
        ("says anything", page(serve(|it| it.write_all(b"HELO\r\n\r\n"))?)),
        ("goes in circles", page(serve(redirect_to_itself)?)),
    ];
    let mut checks = Vec::new();
    for (name, http) in pages {
        let check = Check::Http(http);
        let report = tokio::spawn(async move { check.run(DEADLINE).await });
        checks.push((name, report));
    }
    for (name, report) in checks {
        print(name, report.await?);
    }
    // ANCHOR_END: checks

    // A port without a listener: the machine is there, the service is not.
    let closed = TcpListener::bind("127.0.0.1:0")?.local_addr()?;
    let tcp = Tcp::new(closed.ip().to_string(), closed.port());
    print("is not there", Check::Tcp(tcp).run(DEADLINE).await);
    Ok(())
}

/// The kind of error, and below it the message.
fn print(name: &str, report: CheckReport) {
    let kind = report.fault.map_or("ok".to_owned(), |it| it.to_string());
    let message = report.error.or(report.detail).unwrap_or_default();
    println!("{name:<16} {kind}\n    {message}");
}

fn keyword(page: Http) -> Http {
    Http { keyword: Some("ectoplasm".to_owned()), ..page }
}

type Answer = fn(&mut TcpStream) -> std::io::Result<()>;

/// A server that answers each request in the same way.
fn serve(answer: Answer) -> std::io::Result<SocketAddr> {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let address = listener.local_addr()?;
    thread::spawn(move || {
        for mut stream in listener.incoming().flatten() {
            thread::spawn(move || {
                // The client may hang up at any time.
                let _ = stream.read(&mut [0; 4096]);
                let _ = answer(&mut stream);
            });
        }
    });
    Ok(address)
}

fn say_nothing(_: &mut TcpStream) -> std::io::Result<()> {
    thread::sleep(DEADLINE * 2);
    Ok(())
}

fn never_stop(to: &mut TcpStream) -> std::io::Result<()> {
    to.write_all(b"HTTP/1.1 200 OK\r\n\r\n")?;
    loop {
        to.write_all(b"and on and on ")?;
        thread::sleep(Duration::from_millis(50));
    }
}

fn redirect_to_itself(to: &mut TcpStream) -> std::io::Result<()> {
    to.write_all(b"HTTP/1.1 302 Found\r\nLocation: /\r\n\r\n")
}
