//! The print server under attack: clients that say nothing, that never end,
//! that lie about who they are, and too many of them at once.

use std::fs;
use std::io::{Read, Write};
use std::net::{IpAddr, Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::path::Path;
use std::process::Command;
use std::thread;
use std::time::{Duration, Instant};

use harness::{
    Attack, PrintServer, Running, form, http, http_builder, program, sample,
    scratch, text_of,
};
use serde_json::Value;

fn address_of(server: &PrintServer) -> SocketAddr {
    let address = server.address.trim_start_matches("http://");
    address.parse().expect("an address")
}

fn intake(data: &Path) -> PrintServer {
    PrintServer::start(data, &["--role", "intake"])
}

/// Sends a request, byte by byte as given, and returns the answer.
fn ask(server: &PrintServer, request: &[u8]) -> String {
    let mut client = TcpStream::connect(address_of(server)).expect("in");
    client.set_read_timeout(Some(Duration::from_secs(60))).expect("a timeout");
    // The server may refuse before it has read everything.
    let _ = client.write_all(request);
    let mut answer = Vec::new();
    let _ = client.read_to_end(&mut answer);
    String::from_utf8_lossy(&answer).into_owned()
}

/// The head of a request with the key, for a form with the boundary `b`.
fn form_head(server: &PrintServer, length: usize) -> String {
    format!(
        "POST /api/jobs HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\
         Authorization: Bearer {}\r\nContent-Length: {length}\r\n\
         Content-Type: multipart/form-data; boundary=b\r\n",
        server.key
    )
}

/// Sends a form of one part with this head.
fn post_part(server: &PrintServer, part_head: &[u8], body: &[u8]) -> String {
    let form = [b"--b\r\n", part_head, b"\r\n\r\n", body, b"\r\n--b--\r\n"];
    let form = form.concat();
    let head = form_head(server, form.len()) + "\r\n";
    ask(server, &[head.as_bytes(), &form].concat())
}

// --- Connections

const UPLOAD: &str = "POST /upload HTTP/1.1\r\nHost: localhost\r\n\
    Content-Type: multipart/form-data; boundary=b\r\n\
    Content-Length: 100000\r\n\r\n--b\r\nContent-Disposition: form-data; \
    name=\"file\"; filename=\"a.pdf\"\r\n\r\n%PDF";
const SILENT: &str = "GET / HTTP";
const METRICS: &str = "GET /metrics HTTP/1.1\r\nHost: localhost\r\n\r\n";

/// Asks whether the server is alive, from the attackers' own address.
fn is_alive(server: &PrintServer) {
    let asked = Instant::now();
    let answer = http_builder()
        .timeout(Duration::from_secs(20))
        .build()
        .expect("a client")
        .get(server.url("/livez"))
        .send()
        .expect("the server lives");
    assert_eq!(answer.status(), 200);
    println!("/livez after {:.2} s", asked.elapsed().as_secs_f64());
}

#[test]
fn health_is_answered_under_each_attack() {
    let data = scratch();
    let server = intake(data.path());
    let pipelined = METRICS.repeat(400);
    let events = format!(
        "GET /api/events HTTP/1.1\r\nHost: localhost\r\n\
         Authorization: Bearer {}\r\n\r\n",
        server.key
    );
    for (name, count, first, more) in [
        ("silent", 500, SILENT, ""),
        ("unread", 256, &pipelined, ""),
        ("slow", 256, UPLOAD, "x"),
        ("events", 300, &events, ""),
    ] {
        println!("{name}");
        let attack = Attack::start(address_of(&server), count, first, more);
        for _ in 0..3 {
            is_alive(&server);
        }
        drop(attack);
    }
}

#[test]
#[cfg(target_os = "linux")]
fn a_client_elsewhere_prints_while_one_address_attacks() {
    let data = scratch();
    let server = PrintServer::start(data.path(), &["--dpi", "300"]);
    let pipelined = METRICS.repeat(400);
    let _silent = Attack::start(address_of(&server), 300, SILENT, "");
    let _unread = Attack::start(address_of(&server), 256, &pipelined, "");
    let _slow = Attack::start(address_of(&server), 256, UPLOAD, "x");
    is_alive(&server);

    let elsewhere = IpAddr::from(Ipv4Addr::new(127, 0, 0, 2));
    let client = http_builder().local_address(elsewhere);
    let client = client.build().expect("a client");
    let asked = Instant::now();
    let report = form("report.pdf", sample("report.pdf"), &[("pages", "1")]);
    let request = client.post(server.url("/api/jobs")).multipart(report);
    let answer = request.bearer_auth(&server.key).send().expect("an answer");
    assert_eq!(answer.status(), 201, "{}", text_of(answer));
    let job: Value = answer.json().expect("a job");
    let job = format!("/api/jobs/{}", job["id"].as_str().expect("a number"));
    loop {
        let request = client.get(server.url(&job)).bearer_auth(&server.key);
        let job: Value =
            request.send().expect("an answer").json().expect("JSON");
        match job["state"].as_str() {
            Some("printed") => break,
            Some("waiting" | "printing") => {}
            _ => panic!("{job:#}"),
        }
        assert!(asked.elapsed() < Duration::from_secs(100), "{job:#}");
        thread::sleep(Duration::from_millis(20));
    }
    println!("printed after {:.2} s", asked.elapsed().as_secs_f64());
    is_alive(&server);
}

/// The processes that the server has started and that run now.
#[cfg(target_os = "linux")]
fn children(server: u32) -> Vec<u32> {
    let mut found = Vec::new();
    for entry in fs::read_dir("/proc").expect("/proc").flatten() {
        let name = entry.file_name();
        let Some(id) = name.to_str().and_then(|name| name.parse().ok()) else {
            continue;
        };
        let Ok(stat) = fs::read_to_string(entry.path().join("stat")) else {
            continue;
        };
        // The name in brackets may hold anything (proc_pid_stat(5)).
        let after = stat.rsplit_once(") ").map_or("", |(_, rest)| rest);
        let parent = after.split(' ').nth(1);
        if parent.and_then(|parent| parent.parse().ok()) == Some(server) {
            found.push(id);
        }
    }
    found
}

/// The memory of a process, in kilobytes; 0 when it has ended.
#[cfg(target_os = "linux")]
fn resident(id: u32) -> u64 {
    let status = fs::read_to_string(format!("/proc/{id}/status"));
    let status = status.unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let number = line.and_then(|line| line.trim().strip_suffix(" kB"));
    number.and_then(|number| number.parse().ok()).unwrap_or_default()
}

#[test]
#[cfg(target_os = "linux")]
fn of_many_uploads_at_once_each_is_taken_or_told_to_come_back() {
    const UPLOADS: usize = 200;
    let data = scratch();
    let server = intake(data.path());
    let (url, client) = (server.url("/upload"), http());
    let uploads: Vec<_> = (0..UPLOADS)
        .map(|_| {
            let (url, client) = (url.clone(), client.clone());
            let form = form("report.pdf", sample("report.pdf"), &[]);
            thread::spawn(move || {
                let answer = client.post(url).multipart(form).send();
                let answer = answer.expect("an answer");
                let retry = answer.headers().contains_key("retry-after");
                (answer.status().as_u16(), retry, text_of(answer))
            })
        })
        .collect();
    let (mut most, mut memory) = (0, 0);
    while uploads.iter().any(|upload| !upload.is_finished()) {
        let renderers = children(server.program.id());
        most = most.max(renderers.len());
        let all = renderers.iter().copied().chain([server.program.id()]);
        memory = memory.max(all.map(resident).sum());
        thread::sleep(Duration::from_millis(5));
    }
    let mut taken = 0;
    for upload in uploads {
        match upload.join().expect("an answer") {
            (200, ..) => taken += 1,
            (503, true, _) => {}
            (status, _, text) => panic!("{status}: {text}"),
        }
    }
    println!("{taken} taken, {most} renderers, {} MB", memory / 1024);
    assert!(taken > 0, "none was taken");
    let processors = thread::available_parallelism().expect("processors");
    // One more may be ending while the next begins.
    assert!(most <= 2 * processors.get(), "{most} renderers at once");
    assert!(memory < 1_000_000, "{memory} kB");
}

// --- Who asks, and by which name

#[test]
fn only_this_machines_names_lead_to_an_upload_without_a_key() {
    let data = scratch();
    let server = intake(data.path());
    let port = address_of(&server).port();
    let upload = |headers: &str| {
        let part = "--b\r\nContent-Disposition: form-data; name=\"file\"; \
                    filename=\"a.pdf\"\r\n\r\n";
        let form = [part.as_bytes(), &sample("report.pdf"), b"\r\n--b--\r\n"];
        let form = form.concat();
        let head = format!(
            "POST /upload HTTP/1.1\r\n{headers}Connection: close\r\n\
             Content-Length: {}\r\n\
             Content-Type: multipart/form-data; boundary=b\r\n\r\n",
            form.len()
        );
        let answer = ask(&server, &[head.as_bytes(), &form].concat());
        answer.get(9..12).unwrap_or_default().to_owned()
    };
    for host in ["localhost", "127.0.0.1", "[::1]"] {
        let host = format!("{host}:{port}");
        assert_eq!(upload(&format!("Host: {host}\r\n")), "200", "{host}");
        let own = format!("Host: {host}\r\nOrigin: http://{host}\r\n");
        assert_eq!(upload(&own), "200", "{host}");
        let page = format!("Host: {host}\r\nSec-Fetch-Site: cross-site\r\n");
        assert_eq!(upload(&page), "403", "{host}");
    }
    for host in ["evil.local", "ai", "192.0.2.1", "evil.example"] {
        assert_eq!(upload(&format!("Host: {host}\r\n")), "403", "{host}");
        let same = format!("Host: {host}\r\nOrigin: http://{host}\r\n");
        assert_eq!(upload(&same), "403", "{host}");
    }
    let twice = "Host: localhost\r\nHost: localhost\r\n";
    assert_eq!(upload(twice), "400");
}

#[test]
fn the_page_may_load_its_own_files_only_and_nothing_is_kept() {
    let data = scratch();
    let server = intake(data.path());
    for path in ["/", "/api/jobs", "/healthz"] {
        let answer = server.request("GET", path);
        assert_eq!(answer.headers()["cache-control"], "no-store", "{path}");
    }
    let page = server.request("GET", "/");
    let policy = &page.headers()["content-security-policy"];
    let policy = policy.to_str().expect("text").to_owned();
    for part in ["default-src 'none'", "script-src 'self'"] {
        assert!(policy.contains(part), "{policy}");
    }
    assert!(!policy.contains("unsafe-inline"), "{policy}");
    let page = text_of(page);
    for file in ["page/style.css", "page/app.js"] {
        assert!(page.contains(&format!("\"{file}\"")), "{page}");
        let answer = server.request("GET", &format!("/{file}"));
        assert_eq!(answer.status(), 200, "{file}");
    }
}

// --- Forms

#[test]
fn the_head_of_a_part_that_does_not_end_is_refused() {
    let data = scratch();
    let server = intake(data.path());
    let before = processor_time(server.program.id());
    let field = "n".repeat(13 << 20);
    let head = format!("Content-Disposition: form-data; name=\"{field}");
    let answer = post_part(&server, head.as_bytes(), b"");
    assert!(answer.starts_with("HTTP/1.1 400"), "{answer:.200}");
    assert!(answer.contains("the head of a part is longer"), "{answer:.200}");
    assert!(answer.len() < 2000, "{} bytes", answer.len());
    let spent = processor_time(server.program.id()) - before;
    println!("{spent:.2} s of processor time");
    assert!(spent < 3.0, "{spent} s of processor time");
    // Before the first part, too.
    let form = vec![b'x'; 13 << 20];
    let head = form_head(&server, form.len()) + "\r\n";
    let answer = ask(&server, &[head.as_bytes(), &form].concat());
    assert!(answer.starts_with("HTTP/1.1 400"), "{answer:.200}");
    assert!(processor_time(server.program.id()) - before < 6.0);
    assert!(server.spooled().is_empty());
}

/// The processor time that a process has taken, in seconds; 0 where the system
/// does not say.
fn processor_time(id: u32) -> f64 {
    let stat = fs::read_to_string(format!("/proc/{id}/stat"));
    let stat = stat.unwrap_or_default();
    let after = stat.rsplit_once(") ").map_or("", |(_, rest)| rest);
    // proc_pid_stat(5): utime and stime, in hundredths of a second.
    let ticks = after.split(' ').skip(11).take(2);
    ticks.filter_map(|ticks| ticks.parse::<f64>().ok()).sum::<f64>() / 100.0
}

#[test]
fn a_field_that_is_too_long_is_named() {
    let data = scratch();
    let server = intake(data.path());
    let long = "x".repeat(5000);
    let answer =
        server.upload("a.pdf", sample("report.pdf"), &[("user", &long)]);
    assert_eq!(answer.status(), 400);
    let text = text_of(answer);
    assert!(text.contains("\\\"user\\\" is longer than 1024 bytes"), "{text}");
}

#[test]
fn a_name_is_taken_however_the_client_sends_it() {
    let data = scratch();
    let server = intake(data.path());
    for (parameter, name) in [
        (&b"filename*=UTF-8''M%C3%A4rz.pdf"[..], "M\u{e4}rz.pdf"),
        (b"filename=\"M\xe4rz.pdf\"", "M\u{e4}rz.pdf"),
        // What would let the name read otherwise is left out.
        (b"filename=\"a\xe2\x80\xaefdp\xe2\x80\xa8.pdf\"", "afdp.pdf"),
    ] {
        let head = b"Content-Disposition: form-data; name=\"file\"; ";
        let head = [&head[..], parameter].concat();
        let answer = post_part(&server, &head, &sample("report.pdf"));
        assert!(answer.starts_with("HTTP/1.1 201"), "{answer}");
        assert_eq!(server.jobs()[0]["name"], name);
    }
    let fields = [("copies", ""), ("user", "Ada\u{202e}\u{2028}")];
    let answer = server.upload("a.pdf", sample("report.pdf"), &fields);
    assert_eq!(answer.status(), 201, "{}", text_of(answer));
    let job = &server.jobs()[0];
    assert_eq!(job["copies"], 1);
    assert_eq!(job["claimed_user"], "Ada");
    // A field makes nobody the owner of a job.
    assert_ne!(job["user"], "Ada");
}

#[test]
fn a_client_that_asks_first_sends_nothing_in_vain() {
    let data = scratch();
    let server = intake(data.path());
    let mut client = TcpStream::connect(address_of(&server)).expect("in");
    let head = form_head(&server, 600 << 20);
    write!(client, "{head}Expect: 100-continue\r\n\r\n").expect("sent");
    // And then waits.
    let mut answer = String::new();
    client.read_to_string(&mut answer).expect("an answer");
    assert!(answer.starts_with("HTTP/1.1 413"), "{answer}");
    assert!(answer.contains("larger than 536870912 bytes"), "{answer}");
}

#[test]
fn a_key_that_was_used_before_leaves_no_documents() {
    let data = scratch();
    let server = intake(data.path());
    for number in 0..10 {
        // Each is another document.
        let mut document = sample("report.pdf");
        document.extend(format!("% {number}\n").into_bytes());
        let form = form("a.pdf", document, &[]);
        let answer = server.post("/api/jobs", form, Some("one-key"));
        let expected = if number == 0 { 201 } else { 409 };
        assert_eq!(answer.status(), expected, "{}", text_of(answer));
    }
    assert_eq!(server.spooled().len(), 1);
    // The same request again is the same job, whose document stays.
    let mut document = sample("report.pdf");
    document.extend(b"% 0\n");
    let form = form("a.pdf", document, &[]);
    let answer = server.post("/api/jobs", form, Some("one-key"));
    assert_eq!(answer.status(), 200, "{}", text_of(answer));
    assert_eq!(server.spooled().len(), 1);
}

// --- Starts

#[test]
fn an_option_out_of_bounds_is_refused_at_the_start() {
    let data = scratch();
    for (option, value, words) in [
        ("--upload-silence", "1e19", "0.1 to 86400"),
        ("--upload-deadline", "1e19", "0.1 to 86400"),
        ("--printer-silence", "90000", "0.1 to 86400"),
        ("--stop-deadline", "1.8e19", "0.1 to 86400"),
        ("--lease", "2d", "0.1 to 86400"),
        ("--threads", "0", "from 1 to 64"),
        ("--threads", "20000", "from 1 to 64"),
        ("--max-upload", "0", "1..=65536"),
        ("--max-upload", "99999999999", "1..=65536"),
        ("--host-name", "bad name!", "such as print.example.com"),
    ] {
        let mut command = Command::new(program("print-server"));
        command.arg("--data").arg(data.path()).args([option, value]);
        // One that is taken would start a server.
        let output = command.arg("check").output().expect("it starts");
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(!output.status.success(), "{option} {value}");
        assert!(said.contains(words), "{option} {value}: {said}");
    }
}

#[test]
fn an_address_that_becomes_free_is_taken() {
    let data = scratch();
    let taken = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = taken.local_addr().expect("an address").to_string();
    let free = thread::spawn(move || {
        thread::sleep(Duration::from_secs(1));
        drop(taken);
    });
    let options = ["--role", "intake", "--listen", &address];
    let server = PrintServer::start(data.path(), &options);
    free.join().expect("free");
    assert_eq!(
        http().get(server.url("/livez")).send().expect("in").status(),
        200
    );
}

#[test]
fn the_password_of_a_queue_is_not_shown() {
    let data = scratch();
    // Nothing listens there.
    let queue = "redis://:ecto-1@127.0.0.1:1/0";
    let server = || {
        let mut command = Command::new(program("print-server"));
        command.arg("--data").arg(data.path());
        command
    };
    let mut help = server();
    let help = help.env("PRINT_SERVER_QUEUE", queue).arg("--help").output();
    let help = String::from_utf8(help.expect("help").stdout).expect("text");
    assert!(help.contains("--queue"), "{help}");
    assert!(!help.contains("ecto-1"), "{help}");

    let mut from_environment =
        Running::start(server().env("PRINT_SERVER_QUEUE", queue));
    from_environment.wait_for_line("does not answer");
    assert!(!from_environment.wait_for_end().success());
    let said = from_environment.heard().join("\n");
    assert!(!said.contains("ecto-1"), "{said}");
    assert!(!said.contains("every user"), "{said}");

    let mut from_arguments = Running::start(server().args(["--queue", queue]));
    from_arguments.wait_for_line("every user of this machine can see");
    assert!(!from_arguments.wait_for_end().success());
    let misspelt = ["--queue", "rediss//:ecto-1@127.0.0.1"];
    let mut misspelt = Running::start(server().args(misspelt));
    misspelt.wait_for_line("names no queue");
    assert!(!misspelt.heard().join("\n").contains("ecto-1"));
}
