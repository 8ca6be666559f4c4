//! Notices by e-mail, to a mail server of the tests' own (RFC 5321) that
//! remembers each line.

use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener};
use std::sync::{Arc, Mutex};
use std::thread;

use alerts::{NoticeState, Notifiers};

use crate::sending::{last_error, notice, notifiers, notifiers_beside, send};

/// The server's answer to a greeting.
pub const GREETING: &[&str] =
    &["250-localhost", "250-8BITMIME", "250 AUTH PLAIN"];

/// A server that takes mail, one connection after the other.
pub struct MailServer {
    pub address: SocketAddr,
    said: Arc<Mutex<Vec<String>>>,
}

impl MailServer {
    /// Starts a server. Each pair of `odd` is the first word of a command
    /// and an answer, which is used once, for the next such command.
    pub fn start(odd: &[(&str, &str)]) -> MailServer {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let address = listener.local_addr().expect("its address");
        let said = Arc::<Mutex<Vec<String>>>::default();
        let heard = said.clone();
        let mut odd: Vec<(String, String)> = odd
            .iter()
            .map(|(word, reply)| (word.to_string(), reply.to_string()))
            .collect();
        thread::spawn(move || {
            for stream in listener.incoming() {
                let mut stream = stream.expect("a connection");
                let _ = converse(&mut stream, &heard, &mut odd, GREETING);
            }
        });
        MailServer { address, said }
    }

    /// Every line that it received, those of messages included.
    pub fn said(&self) -> Vec<String> {
        self.said.lock().expect("no panic").clone()
    }

    /// The messages, each with its head and body.
    pub fn messages(&self) -> Vec<String> {
        messages(&self.said())
    }
}

pub fn messages(said: &[String]) -> Vec<String> {
    said.iter().filter(|said| said.contains("\r\n")).cloned().collect()
}

/// Serves a connection to its end or to STARTTLS; true for STARTTLS.
pub fn converse<S: Read + Write>(
    stream: &mut S,
    heard: &Mutex<Vec<String>>,
    odd: &mut Vec<(String, String)>,
    greeting: &[&str],
) -> std::io::Result<bool> {
    let stream = &mut BufReader::new(stream);
    reply(stream, "220 localhost ready")?;
    session(stream, heard, odd, greeting)
}

fn reply<S: Read + Write>(
    stream: &mut BufReader<&mut S>,
    text: &str,
) -> std::io::Result<()> {
    stream.get_mut().write_all(format!("{text}\r\n").as_bytes())?;
    stream.get_mut().flush()
}

/// Serves a session after its greeting, or after STARTTLS.
pub fn session<S: Read + Write>(
    stream: &mut BufReader<&mut S>,
    heard: &Mutex<Vec<String>>,
    odd: &mut Vec<(String, String)>,
    greeting: &[&str],
) -> std::io::Result<bool> {
    let note = |text: &str| {
        heard.lock().expect("no panic").push(text.to_owned());
    };
    loop {
        let mut line = String::new();
        if stream.read_line(&mut line)? == 0 {
            return Ok(false);
        }
        let line = line.trim_end();
        note(line);
        let odd_one = odd.iter().position(|(word, _)| line.starts_with(word));
        if let Some(place) = odd_one {
            let (_, text) = odd.remove(place);
            reply(stream, &text)?;
            continue;
        }
        match line.split(' ').next().unwrap_or_default() {
            "EHLO" => {
                for text in greeting {
                    reply(stream, text)?;
                }
            }
            "AUTH" => reply(stream, "235 welcome")?,
            "STARTTLS" => {
                reply(stream, "220 go ahead")?;
                return Ok(true);
            }
            "DATA" => {
                reply(stream, "354 go ahead")?;
                let mut message = String::new();
                while !message.ends_with("\r\n.\r\n") {
                    if stream.read_line(&mut message)? == 0 {
                        return Ok(false);
                    }
                }
                note(&message);
                reply(stream, "250 taken")?;
            }
            "QUIT" => {
                reply(stream, "221 bye")?;
                return Ok(false);
            }
            _ => reply(stream, "250 fine")?,
        }
    }
}

fn email(server: &MailServer, more: &str) -> String {
    format!(
        "[[notify]]\nname = \"mail\"\ntimeout = \"5s\"\nattempts = 2\n\
         [notify.email]\nserver = \"127.0.0.1\"\nport = {}\ntls = \"none\"\n\
         from = \"Network monitor <monitor@example.org>\"\n\
         to = [\"office@example.org\", \"Admin <admin@example.org>\"]\n{more}",
        server.address.port()
    )
}

fn to(server: &MailServer) -> Notifiers {
    notifiers(&email(server, ""))
}

#[tokio::test]
async fn a_message_arrives_with_everything_that_is_known() {
    let server = MailServer::start(&[]);
    let mut notice = notice();
    notice.value = Some(212.5);
    let report = send(&to(&server), &notice).await;
    assert_eq!((report.sent, report.last_error), (1, None));

    let said = server.said();
    for line in [
        "MAIL FROM:<monitor@example.org>",
        "RCPT TO:<office@example.org>",
        "RCPT TO:<admin@example.org>",
    ] {
        let there = said.iter().any(|said| said.starts_with(line));
        assert!(there, "{line}\n{said:#?}");
    }
    let message = server.messages().remove(0);
    let (head, body) = message.split_once("\r\n\r\n").expect("a body");
    for header in [
        "From: \"Network monitor\" <monitor@example.org>",
        "To: office@example.org, Admin <admin@example.org>",
        "Subject: Trouble: router (does not answer)",
        "Auto-Submitted: auto-generated",
        "Message-ID: <",
        "Date: ",
    ] {
        assert!(head.contains(header), "{header}\n{head}");
    }
    assert!(
        body.starts_with(
            "router: ping fails: no answer, 3 times in a row\r\n\r\n\
             alert: does not answer\r\ntarget: router\r\nmetric: ping\r\n\
             state: failing\r\nvalue: 212.5 ms\r\nthreshold: 100.0 ms\r\n\
             since: 20"
        ),
        "{body}"
    );
}

#[tokio::test]
async fn the_end_of_trouble_is_told_under_another_subject() {
    let server = MailServer::start(&[]);
    let mut notice = notice();
    notice.state = NoticeState::Recovered;
    send(&to(&server), &notice).await;
    let message = server.messages().remove(0);
    assert!(message.contains("Subject: Well again: router (does not answer)"));
}

#[tokio::test]
async fn no_name_and_no_error_adds_a_header_a_receiver_or_a_command() {
    let hostile = "x\r\nBcc: thief@example.com\r\n\r\nbuy!\r\n.\r\nRCPT \
                   TO:<thief@example.com>\r\n\u{2028}Bcc: a\u{85}Bcc: b";
    let server = MailServer::start(&[]);
    let mut notice = notice();
    for text in [
        &mut notice.alert,
        &mut notice.target,
        &mut notice.metric,
        &mut notice.words,
    ] {
        *text = hostile.to_owned();
    }
    let report = send(&to(&server), &notice).await;
    assert_eq!((report.sent, report.last_error), (1, None));

    let said = server.said();
    let receivers = said.iter().filter(|line| line.starts_with("RCPT")).count();
    assert_eq!(receivers, 2, "{said:#?}");
    let messages = server.messages();
    assert_eq!(messages.len(), 1);
    let (head, body) = messages[0].split_once("\r\n\r\n").expect("a body");
    let known = [
        "Auto-Submitted",
        "Content-Transfer-Encoding",
        "Content-Type",
        "Date",
        "From",
        "MIME-Version",
        "Message-ID",
        "Subject",
        "To",
    ];
    // A line that begins with a space goes on with the header before it.
    for line in head.lines().filter(|line| !line.starts_with([' ', '\t'])) {
        let name = line.split(':').next().unwrap_or_default();
        assert!(known.contains(&name), "{line}\n{head}");
    }
    // Lines that are only folded (RFC 2045, section 6.7) are one line.
    let body = body.replace("=\r\n", "");
    assert!(!body.lines().any(|line| line.starts_with("Bcc")), "{body}");
}

#[tokio::test]
async fn letters_beyond_ascii_arrive() {
    let server = MailServer::start(&[]);
    let mut notice = notice();
    notice.target = "Büro öst".to_owned();
    notice.words = "Büro öst: träge".to_owned();
    send(&to(&server), &notice).await;
    let message = server.messages().remove(0);
    let (head, _) = message.split_once("\r\n\r\n").expect("a body");
    assert!(head.is_ascii(), "{head}");
    assert!(head.contains("Subject: "), "{head}");
    assert!(head.contains("=?utf-8?"), "{head}");
}

#[tokio::test]
async fn the_password_is_read_anew_for_each_message() {
    let folder = tempfile::tempdir().expect("a folder");
    let password = folder.path().join("password");
    fs::write(&password, "first\nnot this").expect("written");
    let server = MailServer::start(&[]);
    let text =
        email(&server, "user = \"monitor\"\npassword_file = \"password\"\n");
    let notifiers =
        notifiers_beside(&text, &folder.path().join("monitor.toml"));
    send(&notifiers, &notice()).await;
    fs::write(&password, "second").expect("written");
    send(&notifiers, &notice()).await;
    let said = server.said();
    let signed_in: Vec<&String> =
        said.iter().filter(|line| line.starts_with("AUTH")).collect();
    // RFC 4616: "\0monitor\0first" and "\0monitor\0second", in base64.
    assert_eq!(
        signed_in,
        ["AUTH PLAIN AG1vbml0b3IAZmlyc3Q=", "AUTH PLAIN AG1vbml0b3IAc2Vjb25k"]
    );
    fs::remove_file(&password).expect("it was there");
    let report = send(&notifiers, &notice()).await;
    let words = last_error(&report);
    assert!(words.starts_with("cannot read the password in "), "{words}");
}

#[tokio::test]
async fn a_receiver_that_is_refused_is_reported_and_not_tried_again() {
    let server = MailServer::start(&[("RCPT", "550 no such mailbox here")]);
    let report = send(&to(&server), &notice()).await;
    assert_eq!((report.sent, report.failed), (0, 1));
    let words = last_error(&report);
    assert!(words.contains("refuses it"), "{words}");
    assert!(words.contains("no such mailbox here"), "{words}");
    assert!(server.messages().is_empty());
}

#[tokio::test]
async fn a_server_that_is_busy_gets_the_same_message_later() {
    let server = MailServer::start(&[("MAIL", "451 try later")]);
    let report = send(&to(&server), &notice()).await;
    assert_eq!((report.sent, report.failed), (1, 0));
    assert_eq!(server.messages().len(), 1);
}

#[tokio::test]
async fn a_server_that_is_away_or_silent_is_reported_in_words() {
    let silent = TcpListener::bind("127.0.0.1:0").expect("a port");
    let closed = {
        let port = TcpListener::bind("127.0.0.1:0").expect("a port");
        port.local_addr().expect("its address")
    };
    for (address, said) in [
        (silent.local_addr().expect("its address"), "no answer within 300ms"),
        (closed, "refused"),
    ] {
        let server = MailServer { address, said: Arc::default() };
        let text = email(&server, "")
            .replace("\"5s\"", "\"300ms\"")
            .replace("attempts = 2", "attempts = 1");
        let report = send(&notifiers(&text), &notice()).await;
        let words = last_error(&report);
        assert!(words.contains(said), "{words}");
    }
}

#[tokio::test]
async fn a_server_without_tls_gets_no_message_that_needs_it() {
    let server = MailServer::start(&[]);
    let text = email(&server, "").replace("\"none\"", "\"starttls\"");
    let report = send(&notifiers(&text), &notice()).await;
    assert_eq!((report.sent, report.failed), (0, 1));
    let said = server.said();
    assert!(!said.iter().any(|line| line.starts_with("MAIL")), "{said:#?}");
}
