//! Servers that misbehave, and what is said of them.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::thread;
use std::time::Duration;

use ping::check::{Check, CheckReport, Http, Tcp};
use tokio::task::JoinSet;

use crate::{Outcome, runtime};

const DEADLINE: Duration = Duration::from_secs(1);
const PAGE: &[u8] =
    b"HTTP/1.1 200 OK\r\nContent-Length: 13\r\n\r\nall is well\r\n";

pub fn play() -> Outcome {
    runtime()?.block_on(all())
}

async fn all() -> Outcome {
    // ANCHOR: checks
    let page = |server| Http::new(format!("http://{server}/"));
    let questions = [
        ("as it should be", page(serve(|it| it.write_all(PAGE))?)),
        ("another page", keyword(page(serve(|it| it.write_all(PAGE))?))),
        ("says nothing", page(serve(nothing)?)),
        ("never stops", page(serve(for_ever)?)),
        ("hangs up early", page(serve(|it| it.write_all(&PAGE[..42]))?)),
        ("says anything", page(serve(|it| it.write_all(b"HELO\r\n\r\n"))?)),
        ("goes in circles", page(serve(to_itself)?)),
    ];
    let mut checks = JoinSet::new();
    for (at, (name, http)) in questions.into_iter().enumerate() {
        let check = Check::Http(http);
        checks.spawn(async move { (at, name, check.run(DEADLINE).await) });
    }
    let mut reports = checks.join_all().await;
    // ANCHOR_END: checks
    reports.sort_by_key(|(at, ..)| *at);
    for (_, name, report) in reports {
        tell(name, report);
    }

    // A port that nobody listens on: the machine is there, the service is not.
    let nobody = TcpListener::bind("127.0.0.1:0")?.local_addr()?;
    let tcp = Tcp::new(nobody.ip().to_string(), nobody.port());
    tell("is not there", Check::Tcp(tcp).run(DEADLINE).await);
    Ok(())
}

/// The data, and below it the words.
fn tell(name: &str, report: CheckReport) {
    let word = report.fault.map_or("ok".to_owned(), |it| it.to_string());
    let words = report.error.or(report.detail).unwrap_or_default();
    println!("{name:<16} {word}\n    {words}");
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
                // The request. Then the client may hang up at any time.
                let _ = stream.read(&mut [0; 4096]);
                let _ = answer(&mut stream);
            });
        }
    });
    Ok(address)
}

fn nothing(_: &mut TcpStream) -> std::io::Result<()> {
    thread::sleep(DEADLINE * 2);
    Ok(())
}

fn for_ever(to: &mut TcpStream) -> std::io::Result<()> {
    to.write_all(b"HTTP/1.1 200 OK\r\n\r\n")?;
    loop {
        to.write_all(b"and on and on ")?;
        thread::sleep(Duration::from_millis(50));
    }
}

fn to_itself(to: &mut TcpStream) -> std::io::Result<()> {
    to.write_all(b"HTTP/1.1 302 Found\r\nLocation: /\r\n\r\n")
}
