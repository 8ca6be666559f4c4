//! The print client: whom it trusts, and what it can send.

use std::fs;
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener};
use std::path::Path;
use std::process::{Command, Output, Stdio};
use std::thread::{self, JoinHandle};

use harness::{PrintServer, program, root, sample, scratch};

/// Listens where a server could be, answers a number of requests with this,
/// and returns what was asked.
fn stranger(
    requests: usize,
    answer: String,
) -> (SocketAddr, JoinHandle<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = listener.local_addr().expect("an address");
    let listen = move || {
        let mut heard = String::new();
        for _ in 0..requests {
            let (mut client, _) = listener.accept().expect("a client");
            let mut bytes = [0; 16 * 1024];
            let count = client.read(&mut bytes).expect("a request");
            heard += &String::from_utf8_lossy(&bytes[..count]);
            client.write_all(answer.as_bytes()).expect("answered");
        }
        heard
    };
    (address, thread::spawn(listen))
}

fn json(status: &str, body: &str) -> String {
    format!(
        "HTTP/1.1 {status}\r\nContent-Type: application/json\r\n\
         Content-Length: {}\r\nConnection: close\r\n\r\n{body}",
        body.len()
    )
}

/// The client of a person whose home is this folder.
fn client(home: &Path, server: &str) -> Command {
    let mut command = Command::new(program("print"));
    command.current_dir(root()).env("PRINT_SERVER", server);
    command.env("HOME", home).env("XDG_DATA_HOME", home);
    command.env_remove("PRINT_SERVER_KEY").env_remove("STATE_DIRECTORY");
    command
}

fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

#[test]
#[cfg(target_os = "linux")]
fn this_machines_key_is_sent_to_nobody_who_does_not_have_it() {
    let home = scratch();
    let data = home.path().join("print-server");
    let server =
        PrintServer::start_with(
            Command::new(program("print-server"))
                .arg("--data")
                .arg(&data)
                .args(["--listen", "127.0.0.1:0", "--role", "intake"]),
            &data,
        );
    let print = |server: &str| {
        let mut command = client(home.path(), server);
        command.args(["tests/samples/report.pdf", "--hold"]);
        command.output().expect("the client starts")
    };
    // The server itself has it.
    let output = print(&server.address);
    assert!(output.status.success(), "{}", said(&output));

    // Somebody else listens, and takes whatever comes.
    let (address, asked) = stranger(1, json("200 OK", "{\"proof\": \"00\"}"));
    let output = print(&format!("http://{address}"));
    assert!(!output.status.success());
    let words = said(&output);
    assert!(words.contains("the key was not sent there"), "{words}");
    let asked = asked.join().expect("asked");
    assert!(asked.starts_with("GET /sign-in/proof?"), "{asked}");
    assert!(!asked.to_lowercase().contains("authorization"), "{asked}");
    assert!(!asked.contains(&server.key), "{asked}");

    // Somebody who passes the question on to the server, and its answer back.
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = listener.local_addr().expect("an address");
    let behind = server.address.trim_start_matches("http://").to_owned();
    let relay = thread::spawn(move || {
        let (mut client, _) = listener.accept().expect("a client");
        let mut bytes = [0; 16 * 1024];
        let count = client.read(&mut bytes).expect("a request");
        let asked = String::from_utf8_lossy(&bytes[..count]).into_owned();
        let asked = asked.replace(&address.to_string(), &behind);
        let asked = asked.replace("\r\n\r\n", "\r\nConnection: close\r\n\r\n");
        let mut server = std::net::TcpStream::connect(&behind).expect("in");
        server.write_all(asked.as_bytes()).expect("asked");
        let mut answer = Vec::new();
        server.read_to_end(&mut answer).expect("an answer");
        client.write_all(&answer).expect("answered");
        String::from_utf8_lossy(&answer).into_owned()
    });
    let output = print(&format!("http://{address}"));
    assert!(!output.status.success());
    let answer = relay.join().expect("relayed");
    assert!(answer.contains("\"proof\""), "{answer}");
    assert!(said(&output).contains("not sent there"), "{}", said(&output));

    // Whoever names the key means this server.
    let (address, asked) = stranger(2, json("200 OK", "{}"));
    let mut command = client(home.path(), &format!("http://{address}"));
    command.arg("tests/samples/report.pdf");
    command.arg("--key-file").arg(data.join("key"));
    drop(command.output().expect("the client starts"));
    assert!(asked.join().expect("asked").contains(&server.key));
}

#[test]
fn what_a_server_answers_does_not_command_the_terminal() {
    let home = scratch();
    let evil = "{\"error\": \"\\u001b[2J\\u001b]0;owned\\u0007 no \\u202e\"}";
    let (address, asked) = stranger(3, json("401 Unauthorized", evil));
    let mut command = client(home.path(), &format!("http://{address}"));
    let output = command.arg("tests/samples/report.pdf").output();
    let output = output.expect("the client starts");
    asked.join().expect("asked");
    assert!(!output.status.success());
    let words = said(&output);
    assert!(words.contains("[2J]0;owned no"), "{words:?}");
    for letter in ["\u{1b}", "\u{7}", "\u{202e}"] {
        assert!(!words.contains(letter), "{words:?}");
    }
}

#[test]
fn standard_input_and_the_output_of_a_program_are_printed() {
    let (home, data) = (scratch(), scratch());
    let server = PrintServer::start(data.path(), &["--role", "intake"]);
    let document = home.path().join("report.pdf");
    fs::write(&document, sample("report.pdf")).expect("written");
    let key = data.path().join("key");
    let print = || {
        let mut command = client(home.path(), &server.address);
        command.arg("--key-file").arg(&key).arg("--hold");
        command
    };
    let mut command = print();
    command.arg("-").stdin(fs::File::open(&document).expect("open"));
    let output = command.output().expect("the client starts");
    assert!(output.status.success(), "{}", said(&output));
    let job = &server.jobs()[0];
    assert_eq!((&job["name"], &job["sides"]), (&"(stdin)".into(), &6.into()));

    #[cfg(unix)]
    {
        // As `print <(cat report.pdf)` does in a shell.
        let mut cat = Command::new("cat");
        let cat = cat.arg(&document).stdout(Stdio::piped()).spawn();
        let mut cat = cat.expect("cat");
        let pipe = cat.stdout.take().expect("a pipe");
        let mut command = print();
        let output = command.arg("/dev/stdin").stdin(pipe).output();
        let output = output.expect("the client starts");
        assert!(output.status.success(), "{}", said(&output));
        assert!(cat.wait().expect("ended").success());
        assert_eq!(server.jobs().len(), 2);
        assert_eq!(server.jobs()[0]["bytes"], server.jobs()[1]["bytes"]);
    }
}
