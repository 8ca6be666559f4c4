//! The print client: whom it trusts, what it can send, and what it says with
//! its exit code.

use std::fs;
use std::io::{self, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::path::Path;
use std::process::{Command, Output, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{self, JoinHandle};

use harness::{PrintServer, Running, program, root, sample, scratch};
use serde_json::Value;

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
    let mut command = Command::new(program("print-client"));
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
        // As `print-client <(cat report.pdf)` does in a shell.
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

/// A print server, and its client with the administrator's key.
struct Office {
    home: tempfile::TempDir,
    server: PrintServer,
}

impl Office {
    /// One that takes documents in and prints nothing.
    fn new() -> Office {
        let home = scratch();
        let data = home.path().join("data");
        let server = PrintServer::start(&data, &["--role", "intake"]);
        Office { home, server }
    }

    fn client(&self) -> Command {
        self.client_of(&self.server.address)
    }

    fn client_of(&self, address: &str) -> Command {
        let mut command = client(self.home.path(), address);
        command.env("PRINT_SERVER_KEY", &self.server.key);
        command
    }

    /// Runs the client to its end; returns its code, its words and errors.
    fn run(&self, words: &[&str]) -> (i32, String, String) {
        let output = self.client().args(words).output();
        let output = output.expect("the client starts");
        let words = String::from_utf8_lossy(&output.stdout).into_owned();
        let code = output.status.code().expect("it ends by itself");
        (code, words, said(&output))
    }
}

#[test]
fn several_files_become_jobs_and_one_that_is_refused_keeps_none() {
    let office = Office::new();
    let samples = "tests/samples";
    let (code, words, errors) = office.run(&[
        &format!("{samples}/report.pdf"),
        &format!("{samples}/bad/garbage.pdf"),
        &format!("{samples}/landscape.pdf"),
        "1",
        "--no-wait",
        "--json",
    ]);
    assert_eq!(code, 5, "{errors}");
    assert!(errors.contains("garbage.pdf"), "{errors}");
    assert!(errors.contains("damaged"), "{errors}");
    // One line of JSON for each job.
    let jobs: Vec<Value> = words
        .lines()
        .map(|line| serde_json::from_str(line).expect("a job"))
        .collect();
    let [report, landscape] = jobs.as_slice() else { panic!("{words}") };
    assert_eq!(report["name"], "report.pdf");
    assert_eq!(landscape["name"], "landscape.pdf");
    assert!(jobs.iter().all(|job| job["pages"] == "1" && job["sides"] == 1));
}

#[test]
fn jobs_are_listed_and_cancelled_and_printers_are_listed() {
    let office = Office::new();
    assert_eq!(office.run(&["jobs"]), (0, "no jobs\n".into(), String::new()));
    for name in ["report.pdf", "landscape.pdf"] {
        let file = format!("tests/samples/{name}");
        let (code, _, errors) = office.run(&[&file, "--no-wait"]);
        assert_eq!(code, 0, "{errors}");
    }
    let (_, words, _) = office.run(&["jobs"]);
    let lines: Vec<&str> = words.lines().collect();
    assert_eq!(lines.len(), 3, "{words}");
    assert!(lines[0].starts_with("JOB"), "{words}");
    assert!(lines[1].ends_with("report.pdf"), "{words}");
    assert!(lines[1].contains("default"), "{words}");
    assert!(lines[2].contains("waiting"), "{words}");

    let (code, words, errors) = office.run(&["cancel", "1", "99", "2"]);
    assert_eq!(code, 5, "{errors}");
    assert_eq!(words.lines().count(), 2, "{words}");
    assert!(errors.contains("no job 99"), "{errors}");
    let (_, words, _) = office.run(&["jobs", "--json"]);
    assert_eq!(words.trim(), "[]");
    let (_, words, _) = office.run(&["jobs", "--all", "--json"]);
    let jobs: Vec<Value> = serde_json::from_str(&words).expect("an array");
    assert!(jobs.iter().all(|job| job["state"] == "cancelled"), "{words}");
    assert_eq!(jobs.len(), 2);

    let (code, words, errors) = office.run(&["printers"]);
    assert_eq!(code, 0, "{errors}");
    assert!(words.contains("default"), "{words}");
    let (_, words, _) = office.run(&["printers", "--json"]);
    let printers: Vec<Value> = serde_json::from_str(&words).expect("an array");
    assert_eq!(printers[0]["name"], "default");
}

#[test]
fn the_exit_code_says_how_far_it_came() {
    let office = Office::new();
    let report = "tests/samples/report.pdf";
    let (code, _, errors) = office.run(&["nowhere.pdf"]);
    assert_eq!(code, 1, "{errors}");
    assert!(errors.contains("cannot read nowhere.pdf"), "{errors}");
    assert_eq!(office.run(&[]).0, 2);
    let (code, _, errors) = office.run(&[report, "--printer", "no-such"]);
    assert_eq!(code, 5, "{errors}");
    let (code, _, errors) = office.run(&[report, "9-7"]);
    assert_eq!(code, 5, "{errors}");
    assert!(errors.contains("backwards"), "{errors}");

    let nobody = office.client_of("http://127.0.0.1:1").arg(report).output();
    let nobody = nobody.expect("the client starts");
    assert_eq!(nobody.status.code(), Some(6), "{}", said(&nobody));
    let nobody = office.client_of("http://127.0.0.1:1").arg("jobs").output();
    assert_eq!(nobody.expect("starts").status.code(), Some(6));

    // Somebody cancels the job that the client waits for.
    let mut waiting = Running::start(office.client().arg(report));
    let news = office.server.request("GET", "/api/events");
    let mut news = io::BufReader::new(news);
    let mut line = String::new();
    // Printers are named, too.
    while !line.starts_with("data:{\"id\"")
        && !line.starts_with("data: {\"id\"")
    {
        line.clear();
        io::BufRead::read_line(&mut news, &mut line).expect("a job comes");
    }
    let job: Value =
        serde_json::from_str(&line["data:".len()..]).expect("a job");
    let id = job["id"].as_str().expect("a number");
    assert_eq!(office.run(&["cancel", id]).0, 0);
    assert_eq!(waiting.wait_for_end().code(), Some(7));
}

/// A relay before a server that passes all on, and breaks the first connection
/// on which the server answers a document.
fn forgetful_relay(behind: &str) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = listener.local_addr().expect("an address");
    let behind = behind.trim_start_matches("http://").to_owned();
    let has_forgotten = Arc::new(AtomicBool::new(false));
    thread::spawn(move || {
        for client in listener.incoming() {
            let client = client.expect("a connection");
            let server = TcpStream::connect(&behind).expect("the server");
            let is_document = Arc::new(AtomicBool::new(false));
            let (asks, answers) =
                (both(&client, &server), both(&server, &client));
            let sees = is_document.clone();
            thread::spawn(move || {
                pass(asks, |piece| {
                    if piece.starts_with(b"POST /api/jobs") {
                        sees.store(true, Ordering::SeqCst);
                    }
                    true
                })
            });
            let has_forgotten = has_forgotten.clone();
            thread::spawn(move || {
                pass(answers, |_| {
                    !is_document.load(Ordering::SeqCst)
                        || has_forgotten.swap(true, Ordering::SeqCst)
                })
            });
        }
    });
    address
}

fn both(from: &TcpStream, to: &TcpStream) -> [TcpStream; 2] {
    [from, to].map(|stream| stream.try_clone().expect("a handle"))
}

/// Passes bytes on as long as `may_pass`, and then breaks both connections.
fn pass([mut from, mut to]: [TcpStream; 2], may_pass: impl Fn(&[u8]) -> bool) {
    let mut piece = vec![0; 64 * 1024];
    while let Ok(count @ 1..) = from.read(&mut piece) {
        if !may_pass(&piece[..count]) || to.write_all(&piece[..count]).is_err()
        {
            break;
        }
    }
    // Errors say that they are broken already.
    let _ = from.shutdown(Shutdown::Both);
    let _ = to.shutdown(Shutdown::Both);
}

#[test]
fn a_document_whose_answer_was_lost_is_sent_again_and_makes_one_job() {
    let office = Office::new();
    let relay = forgetful_relay(&office.server.address);
    let address = format!("http://{relay}");
    let mut command = office.client_of(&address);
    command.args(["tests/samples/report.pdf", "--no-wait"]);
    let output = command.output().expect("the client starts");
    assert_eq!(output.status.code(), Some(0), "{}", said(&output));
    assert_eq!(office.server.jobs().len(), 1);

    // What another program writes cannot be sent again.
    let relay = forgetful_relay(&office.server.address);
    let mut command = office.client_of(&format!("http://{relay}"));
    command.args(["-", "--no-wait"]);
    let report = fs::File::open(root().join("tests/samples/report.pdf"));
    let output = command.stdin(report.expect("a sample")).output();
    let output = output.expect("the client starts");
    assert_eq!(output.status.code(), Some(6));
    let words = said(&output);
    assert!(words.contains("print-client jobs"), "{words}");
}
