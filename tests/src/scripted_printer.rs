//! A printer that says after each job what a test wants it to say.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;

/// What it says about a job with this tag, as lines of PJL.
type Answer = Arc<dyn Fn(&str) -> String + Send + Sync>;

/// A printer that takes every job, prints nothing, and says what it is told to.
pub struct ScriptedPrinter {
    /// Where it listens.
    pub address: SocketAddr,
    tags: Arc<Mutex<Vec<String>>>,
}

impl ScriptedPrinter {
    /// Starts one. `answer` returns what it says when a job's last byte has
    /// come: any number of whole messages, each with its form feed.
    pub fn start(
        answer: impl Fn(&str) -> String + Send + Sync + 'static,
    ) -> ScriptedPrinter {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let address = listener.local_addr().expect("an address");
        let tags = Arc::<Mutex<Vec<String>>>::default();
        let (answer, shared): (Answer, _) = (Arc::new(answer), tags.clone());
        thread::spawn(move || {
            for client in listener.incoming() {
                let client = client.expect("a connection");
                let (answer, tags) = (answer.clone(), shared.clone());
                thread::spawn(move || {
                    // An error says that the client has gone.
                    let _ = talk(client, &*answer, &tags);
                });
            }
        });
        ScriptedPrinter { address, tags }
    }

    /// The names by which jobs asked to be reported, in their order.
    pub fn tags(&self) -> Vec<String> {
        self.tags.lock().expect("whole").clone()
    }

    /// One message about a job.
    pub fn about(what: &str, lines: &[&str]) -> String {
        format!("@PJL USTATUS {what}\r\n{}\r\n\x0c", lines.join("\r\n"))
    }
}

fn talk(
    mut client: TcpStream,
    answer: &dyn Fn(&str) -> String,
    tags: &Mutex<Vec<String>>,
) -> std::io::Result<()> {
    let mut line = Vec::new();
    let mut buffer = [0; 64 * 1024];
    loop {
        let count = client.read(&mut buffer)?;
        if count == 0 {
            return Ok(());
        }
        for &byte in &buffer[..count] {
            if byte != b'\n' {
                line.push(byte);
                // Pages have no lines.
                if line.len() > 256 {
                    line.drain(..128);
                }
                continue;
            }
            let text = String::from_utf8_lossy(&line).into_owned();
            line.clear();
            let Some((_, command)) = text.rsplit_once("@PJL ") else {
                continue;
            };
            let name = command.split('"').nth(1).unwrap_or_default();
            if let Some(words) = command.strip_prefix("ECHO ") {
                let ready = "CODE=10001\r\nDISPLAY=\"READY\"\r\nONLINE=TRUE";
                let words = words.trim_end();
                let reply = format!(
                    "@PJL INFO STATUS\r\n{ready}\r\n\x0c\
                     @PJL ECHO {words}\r\n\x0c"
                );
                client.write_all(reply.as_bytes())?;
            } else if command.starts_with("JOB NAME=") {
                tags.lock().expect("whole").push(name.to_owned());
            } else if command.starts_with("EOJ NAME=") {
                client.write_all(answer(name).as_bytes())?;
            }
        }
    }
}
