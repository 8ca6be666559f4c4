//! A notice that is sent: the telephone is engaged, and then it rings.

use std::error::Error;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::sync::mpsc::{Sender, channel};
use std::thread;
use std::time::Duration;

use alerts::{Body, Channel, Notifier, Notifiers, Secret};
use tokio::runtime::Runtime;

use crate::{EVENING, print_parts, three_in_a_row, watch};

type Result<T> = std::result::Result<T, Box<dyn Error>>;

/// Nobody in this lesson waits longer.
const PATIENCE: Duration = Duration::from_secs(60);

// ANCHOR: telephone
pub fn play() -> Result<()> {
    // The telephone is a web server: it prints what it is sent.
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
    let address = listener.local_addr()?;
    let (answered, calls) = channel();
    thread::spawn(move || telephone(&listener, &answered));

    let notifier = Notifier {
        name: "telephone".to_owned(),
        channel: Channel::Webhook {
            url: Secret::new(format!("http://{address}/ring")),
            headers: vec![],
            body: Body::Ours,
        },
        timeout: Duration::from_secs(10),
        attempts: Some(3),
    };
    let runtime = Runtime::new()?;
    let spawn = |_name, task| drop(runtime.spawn(task));
    let notifiers = Notifiers::start(&[notifier], spawn, |_, _| {});

    for notice in watch(&mut three_in_a_row(), EVENING, 1_000) {
        notifiers.send(&["telephone".to_owned()], &notice);
    }
    // The first call finds the line engaged, and is made again.
    for _ in 0..3 {
        print_parts(&calls.recv_timeout(PATIENCE)?);
    }
    Ok(())
}
// ANCHOR_END: telephone

/// Takes calls until the receiver of their words is gone.
fn telephone(listener: &TcpListener, answered: &Sender<String>) {
    let mut engaged = true;
    for stream in listener.incoming().flatten() {
        let status = if engaged { "503 Busy" } else { "204 No Content" };
        let text = match take(stream, status) {
            Ok(_) if engaged => "engaged: 503".to_owned(),
            Ok(text) => format!("it rings: {text}"),
            Err(error) => format!("a call is cut off: {error}"),
        };
        engaged = false;
        if answered.send(text).is_err() {
            return;
        }
    }
}

/// Reads one POST, answers with the status, and returns the notice's words.
fn take(stream: TcpStream, status: &str) -> Result<String> {
    let mut input = BufReader::new(&stream);
    let mut length = 0;
    loop {
        let mut line = String::new();
        input.read_line(&mut line)?;
        let line = line.trim_end().to_ascii_lowercase();
        if let Some(bytes) = line.strip_prefix("content-length:") {
            length = bytes.trim().parse()?;
        }
        if line.is_empty() {
            break;
        }
    }
    let mut body = vec![0; length];
    input.read_exact(&mut body)?;
    let head = format!("HTTP/1.1 {status}\r\nContent-Length: 0\r\n");
    (&stream).write_all(head.as_bytes())?;
    (&stream).write_all(b"Connection: close\r\n\r\n")?;
    let notice: serde_json::Value = serde_json::from_slice(&body)?;
    Ok(notice["text"].as_str().unwrap_or("nothing").to_owned())
}
