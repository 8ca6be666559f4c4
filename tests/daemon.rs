//! A daemon as its administrator meets it: a program with a file, flags, an
//! environment, signals, a log, a service manager, and visitors.
#![cfg(unix)]

use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::os::unix::net::UnixDatagram;
use std::path::PathBuf;
use std::process::{Command, Output, Stdio};
use std::time::{Duration, Instant};

use harness::{Running, http, http_builder, program};
use reqwest::blocking::{Client, RequestBuilder, Response};
use reqwest::redirect::Policy;
use serde_json::Value;
use tempfile::TempDir;

/// Only reached by a test that fails.
const PATIENCE: Duration = Duration::from_secs(60);

/// A folder with a configuration file and the daemon's data.
struct Place(TempDir);

impl Place {
    fn new(file: &str) -> Place {
        let place = Place(tempfile::tempdir().expect("a folder"));
        place.write(file);
        place
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn write(&self, file: &str) {
        fs::write(self.path("grid.toml"), file).expect("written");
    }

    fn read(&self, name: &str) -> String {
        fs::read_to_string(self.path(name)).expect("a file")
    }

    /// The command that starts a daemon here, on a free port.
    fn command(&self) -> Command {
        let mut command = Command::new(program("lesson17"));
        command
            .arg("serve")
            .arg("--config")
            .arg(self.path("grid.toml"))
            .arg("--data")
            .arg(self.path("data"))
            .env("GRID_LISTEN", "127.0.0.1:0")
            .env_remove("NOTIFY_SOCKET")
            .env_remove("STATE_DIRECTORY");
        command
    }

    fn start(&self, flags: &[&str]) -> Daemon {
        self.start_with(self.command().args(flags))
    }

    fn start_with(&self, command: &mut Command) -> Daemon {
        let mut program = Running::start(command);
        let link = program.wait_for_line("page: (http://.*)");
        let base = link.split("/?").next().unwrap_or_default().to_owned();
        let http = http_builder().redirect(Policy::none());
        let http = http.build().expect("a client");
        let key = self.read("data/key").trim().to_owned();
        Daemon { program, link, base, key, http }
    }

    /// Starts one that must refuse to, and returns how it ended.
    fn refused(&self, flags: &[&str]) -> (Option<i32>, String) {
        ended(self.command().args(flags))
    }
}

fn ended(command: &mut Command) -> (Option<i32>, String) {
    let Output { status, stderr, .. } =
        command.stdin(Stdio::null()).output().expect("it starts");
    (status.code(), String::from_utf8_lossy(&stderr).into_owned())
}

/// A daemon that runs.
struct Daemon {
    program: Running,
    link: String,
    base: String,
    key: String,
    http: Client,
}

impl Daemon {
    fn get(&self, path: &str) -> RequestBuilder {
        self.http.get(format!("{}{path}", self.base))
    }

    /// The text of its answer to a client that has the key.
    fn text(&self, path: &str) -> String {
        let answer = self.get(path).bearer_auth(&self.key).send();
        answer.and_then(Response::text).expect("an answer")
    }

    fn post(&self, path: &str) -> Response {
        let request = self.http.post(format!("{}{path}", self.base));
        request.bearer_auth(&self.key).send().expect("an answer")
    }

    fn health(&self) -> (u16, Value) {
        let answer = self.get("/healthz").send().expect("an answer");
        (answer.status().as_u16(), answer.json().expect("JSON"))
    }

    fn signal(&self, name: &str) {
        let id = self.program.id().to_string();
        let sent = Command::new("kill").args(["-s", name, &id]).status();
        assert!(sent.is_ok_and(|status| status.success()), "kill failed");
    }

    /// Asks it to end and returns its code.
    fn end(mut self) -> Option<i32> {
        self.program.terminate();
        self.program.wait_for_end().code()
    }
}

#[test]
fn flags_win_over_the_environment_and_that_over_the_file() {
    let place = Place::new("");
    let folder = |name: &str| place.path(name).display().to_string();
    place.write(&format!("data = {:?}\n", folder("file")));
    let made = |environment: Option<&str>, flag: Option<&str>| {
        let mut command = Command::new(program("lesson17"));
        command.args(["serve", "--listen", "127.0.0.1:0"]);
        // The file itself is named in the environment.
        command.env("GRID_CONFIG", place.path("grid.toml"));
        if let Some(name) = environment {
            command.env("GRID_DATA", place.path(name));
        }
        if let Some(name) = flag {
            command.arg("--data").arg(place.path(name));
        }
        Running::start(&mut command).wait_for_line("page: ");
        ["file", "environment", "flag"]
            .into_iter()
            .filter(|name| fs::remove_dir_all(place.path(name)).is_ok())
            .collect::<Vec<_>>()
    };
    assert_eq!(made(None, None), ["file"]);
    assert_eq!(made(Some("environment"), None), ["environment"]);
    assert_eq!(made(Some("environment"), Some("flag")), ["flag"]);
    assert_eq!(made(None, Some("flag")), ["flag"]);
}

#[test]
fn a_mistake_in_the_file_is_named_before_anything_starts() {
    let place = Place::new("\nlog-lvel = \"info\"\n");
    let (code, words) = place.refused(&[]);
    assert_eq!(code, Some(2), "{words}");
    let wanted =
        "grid.toml:2: unknown key `log-lvel`, did you mean `log-level`?";
    assert!(words.contains(wanted), "{words}");
    assert!(!place.path("data").exists());

    place.write("[grid]\nghosts = -1\n");
    let (code, words) = place.refused(&[]);
    assert_eq!(code, Some(2), "{words}");
    assert!(words.contains("grid.toml:2: [grid]:"), "{words}");

    fs::remove_file(place.path("grid.toml")).expect("removed");
    let (code, words) = place.refused(&[]);
    assert_eq!(code, Some(2), "{words}");
    assert!(words.contains("cannot read the configuration file"), "{words}");
}

#[test]
fn help_names_the_file_and_the_environment() {
    let mut command = Command::new(program("lesson17"));
    let output = command.args(["serve", "--help"]).output().expect("starts");
    assert!(output.status.success());
    let help = String::from_utf8_lossy(&output.stdout);
    for wanted in ["--config <FILE>", "--listen", "--log-file", "GRID_LISTEN"] {
        assert!(help.contains(wanted), "{help}");
    }
}

#[test]
fn a_taken_address_is_said_in_words() {
    let place = Place::new("");
    let daemon = place.start(&[]);
    let address = daemon.base.replace("http://", "");
    let other = Place::new("");
    let (code, words) = other.refused(&["--listen", &address]);
    assert_eq!(code, Some(1), "{words}");
    assert!(words.contains(&format!("cannot listen on {address}")), "{words}");
    assert_eq!(daemon.end(), Some(0));
}

#[test]
fn the_key_is_its_owners_and_nobody_elses() {
    let place = Place::new("");
    let first = place.start(&[]).key.clone();
    let mode = |name: &str| {
        let data = fs::metadata(place.path(name)).expect("there");
        data.permissions().mode() & 0o777
    };
    assert_eq!(mode("data/key"), 0o600);
    assert_eq!(mode("data"), 0o700);
    // It is made once.
    assert_eq!(place.start(&[]).key, first);

    let open = fs::Permissions::from_mode(0o644);
    fs::set_permissions(place.path("data/key"), open).expect("set");
    let (code, words) = place.refused(&[]);
    assert_eq!(code, Some(2), "{words}");
    assert!(words.contains("others can read the key"), "{words}");
    assert!(words.contains("chmod 600"), "{words}");
}

#[test]
fn visitors_without_the_key_stay_outside() {
    let place = Place::new("");
    let daemon = place.start(&[]);
    let status = |request: RequestBuilder| {
        request.send().expect("an answer").status().as_u16()
    };
    let wrong = daemon.key.replace(['0', '1', '2', '3'], "f");
    assert_eq!(status(daemon.get("/")), 401);
    assert_eq!(status(daemon.get("/").bearer_auth(&wrong)), 401);
    assert_eq!(status(daemon.get("/").bearer_auth(&daemon.key)), 200);
    // Not in the address either, where the talk had it.
    assert_eq!(status(daemon.get(&format!("/?key={}", daemon.key))), 401);
    assert_eq!(status(daemon.get(&format!("/?token={}", daemon.key))), 401);
    for open in ["/livez", "/readyz", "/healthz", "/metrics"] {
        assert_eq!(status(daemon.get(open)), 200, "{open}");
    }

    let page = daemon.get("/").header("accept", "text/html").send();
    let page = page.expect("an answer");
    let headers = page.headers().clone();
    let challenge = "Bearer realm=\"grid\"";
    assert_eq!(headers.get("www-authenticate").expect("there"), challenge);
    assert_eq!(
        headers.get("x-content-type-options").expect("there"),
        "nosniff"
    );
    assert_eq!(headers.get("x-frame-options").expect("there"), "DENY");
    let page = page.text().expect("text");
    assert!(page.contains("<form method=\"post\" action=\"/sign-in\">"));
    assert!(page.contains("<label for=\"key\">Key</label>"), "{page}");

    let metrics = daemon.get("/metrics").send().and_then(Response::text);
    let metrics = metrics.expect("text");
    assert!(metrics.contains("sign_in_attempts_total{result=\"bad\"} 2"));
    assert!(metrics.contains("http_requests_total{status=\"401\"} 5"));
    assert!(metrics.contains("process_start_time_seconds "));
    assert!(metrics.ends_with("# EOF\n"));
}

#[test]
fn a_browser_that_signed_in_stays_so_after_a_restart() {
    let place = Place::new("");
    let daemon = place.start(&[]);
    let link = daemon.link.replace(&daemon.base, "");
    let first = daemon.get(&link).send().expect("an answer");
    assert_eq!(first.status(), 303);
    let cookie = first.headers().get("set-cookie").expect("a cookie");
    let cookie = cookie.to_str().expect("text").to_owned();
    assert!(cookie.contains("HttpOnly; SameSite=Strict"), "{cookie}");
    let cookie = cookie.split(';').next().unwrap_or_default().to_owned();
    let again = daemon.get(&link).send().expect("an answer");
    assert_eq!(again.status(), 401);

    let signed_in = |daemon: &Daemon, cookie: &str| {
        let request = daemon.get("/").header("cookie", cookie);
        request.send().expect("an answer").status() == 200
    };
    assert!(signed_in(&daemon, &cookie));
    assert_eq!(daemon.end(), Some(0));

    let daemon = place.start(&[]);
    assert!(signed_in(&daemon, &cookie));
    let last = if cookie.ends_with('0') { '1' } else { '0' };
    let forged = format!("{}{last}", &cookie[..cookie.len() - 1]);
    assert!(!signed_in(&daemon, &forged));
    // A link that was used before the restart stays used.
    assert_eq!(daemon.get(&link).send().expect("an answer").status(), 401);
    assert_eq!(daemon.end(), Some(0));

    // A new key ends all sessions.
    fs::remove_file(place.path("data/key")).expect("removed");
    assert!(!signed_in(&place.start(&[]), &cookie));
}

#[test]
fn no_page_of_another_site_may_ask() {
    let place = Place::new("");
    let daemon = place.start(&["--host-name", "grid.example.com"]);
    let status = |name: &'static str, value: &str| {
        let request = daemon.get("/").bearer_auth(&daemon.key);
        let answer = request.header(name, value).send().expect("an answer");
        answer.status().as_u16()
    };
    assert_eq!(status("origin", "https://evil.example"), 403);
    assert_eq!(status("origin", "null"), 403);
    assert_eq!(status("origin", &daemon.base), 200);
    assert_eq!(status("host", "rebound.example"), 403);
    assert_eq!(status("host", "grid.example.com"), 200);
    let metrics = daemon.get("/metrics").header("host", "rebound.example");
    assert_eq!(metrics.send().expect("an answer").status(), 403);
}

#[test]
fn garbage_harms_only_its_sender() {
    let place = Place::new("");
    let daemon = place.start(&[]);
    let address = daemon.base.replace("http://", "");
    let endless = [b"GET / HTTP/1.1\r\nX: ".as_slice(), &vec![b'x'; 1 << 20]];
    for garbage in [
        b"\0\0\0\0".to_vec(),
        b"GET\r\n\r\n".to_vec(),
        b"GET / HTTP/1.1\r\nCookie: \xff\xfe\r\n\r\n".to_vec(),
        endless.concat(),
    ] {
        let mut stream = TcpStream::connect(&address).expect("it listens");
        stream.set_read_timeout(Some(PATIENCE)).expect("a socket");
        // It may hang up before it has read everything.
        let _ = stream.write_all(&garbage);
        let _ = stream.shutdown(std::net::Shutdown::Write);
        let mut answer = Vec::new();
        let _ = stream.read_to_end(&mut answer);
        assert!(!answer.starts_with(b"HTTP/1.1 200"));
    }
    assert_eq!(daemon.text("/"), "the grid holds 0 ghosts\n");
}

#[test]
fn a_reload_with_a_mistake_leaves_the_old_in_force() {
    let place = Place::new("[grid]\nghosts = 3\n");
    let mut daemon = place.start(&[]);
    assert_eq!(daemon.text("/"), "the grid holds 3 ghosts\n");
    place.write("[grid]\nghosts = 4\n");
    daemon.signal("HUP");
    daemon.program.wait_for_line("reloaded: 4 ghosts");
    assert_eq!(daemon.text("/"), "the grid holds 4 ghosts\n");
    assert_eq!(daemon.health().0, 200);

    place.write("[grid]\nghosts = \"five\"\n");
    daemon.signal("HUP");
    daemon.program.wait_for_line(r"not reloaded.*grid\.toml:2: \[grid\]");
    assert_eq!(daemon.text("/"), "the grid holds 4 ghosts\n");
    let (status, health) = daemon.health();
    assert_eq!((status, &health["ready"]), (503, &Value::Bool(true)));
    // The error is not for everybody: it quotes the file.
    assert_eq!(health["parts"]["configuration"], "failing");
    let health = daemon.text("/healthz");
    assert!(health.contains("grid.toml:2"), "{health}");

    place.write("[grid]\nghosts = 5\n");
    daemon.signal("HUP");
    daemon.program.wait_for_line("reloaded: 5 ghosts");
    assert_eq!(daemon.health().0, 200);
    assert_eq!(daemon.end(), Some(0));
}

#[test]
fn a_panic_ends_one_task_and_the_daemon_says_which() {
    let place = Place::new("");
    let mut daemon = place.start(&[]);
    assert_eq!(daemon.health().1["status"], "ok");
    assert_eq!(daemon.post("/streams").status(), 200);
    daemon.program.wait_for_line(
        r"ERROR.*the task streams panicked: never cross.*demo\.rs:\d+",
    );
    let (status, health) = daemon.health();
    assert_eq!((status, &health["status"]), (503, &"failing".into()));
    let streams = &health["tasks"]["streams"];
    assert_eq!(
        (&streams["lost"], &streams["last_panic"]),
        (&true.into(), &Value::Null)
    );
    assert!(daemon.text("/healthz").contains("never cross"));
    let metrics = daemon.get("/metrics").send().and_then(Response::text);
    let counted = "task_panics_total{task=\"streams\"} 1";
    assert!(metrics.expect("text").contains(counted));
    assert_eq!(daemon.text("/"), "the grid holds 0 ghosts\n");

    // A request that panics is an answer, on a connection that lives.
    let answer = daemon.get("/dana").bearer_auth(&daemon.key).send();
    assert_eq!(answer.expect("an answer").status(), 500);
    daemon.program.wait_for_line("the task http request panicked: only Zuul");
    assert_eq!(daemon.end(), Some(0));
}

#[test]
fn the_first_signal_lets_work_finish() {
    for signal in ["TERM", "INT"] {
        let place = Place::new("");
        let mut daemon = place.start(&[]);
        // A connection that waits for its next request holds up nobody.
        let _idle = daemon.text("/");
        daemon.post("/drain");
        daemon.signal(signal);
        assert_eq!(daemon.program.wait_for_end().code(), Some(0));
        let heard = daemon.program.heard().join("\n");
        assert!(heard.contains("the grid is drained"), "{heard}");
        assert!(heard.contains("ended in order"), "{heard}");
    }
}

#[test]
fn clients_that_keep_it_waiting_do_not_hold_up_the_end() {
    let place = Place::new("stop-deadline = 3600\n");
    let daemon = place.start(&[]);
    let address = daemon.base.replace("http://", "");
    let head = "POST /sign-in HTTP/1.1\r\nHost: localhost\r\n\
                Content-Type: application/x-www-form-urlencoded\r\n\
                Content-Length: 10";
    let _clients = ["", "\r\n\r\n", "\r\n\r\nkey="].map(|rest| {
        let mut stream = TcpStream::connect(&address).expect("it listens");
        write!(stream, "{head}{rest}").expect("sent");
        stream
    });
    assert_eq!(daemon.text("/"), "the grid holds 0 ghosts\n");
    assert_eq!(daemon.end(), Some(0));
}

#[test]
fn at_the_deadline_it_says_what_still_runs_and_fails() {
    let place = Place::new("stop-deadline = 0.3\n");
    let mut daemon = place.start(&[]);
    daemon.post("/stuck");
    daemon.post("/stuck");
    daemon.program.terminate();
    assert_eq!(daemon.program.wait_for_end().code(), Some(1));
    let heard = daemon.program.heard().join("\n");
    assert!(heard.contains("still running 0.3 s after"), "{heard}");
    assert!(heard.contains("gatekeeper (2)"), "{heard}");
}

#[test]
fn the_second_signal_ends_it_at_once() {
    let place = Place::new("stop-deadline = 3600\n");
    let mut daemon = place.start(&[]);
    daemon.post("/stuck");
    daemon.signal("INT");
    daemon.program.wait_for_line("asked to end");
    daemon.signal("TERM");
    assert_eq!(daemon.program.wait_for_end().code(), Some(128 + 15));
}

#[test]
fn a_log_file_is_rotated_by_size_and_count() {
    let place = Place::new("log-size = 0.002\nlog-keep = 2\n");
    let log = place.path("grid.log");
    let log = log.to_str().expect("text");
    let daemon = place.start(&["--log-file", log, "--log-format", "json"]);
    for _ in 0..40 {
        daemon.post("/streams");
    }
    assert_eq!(daemon.end(), Some(0));
    let mut names: Vec<String> = fs::read_dir(place.0.path())
        .expect("a folder")
        .map(|entry| entry.expect("an entry").file_name())
        .map(|name| name.to_string_lossy().into_owned())
        .filter(|name| name.starts_with("grid.log"))
        .collect();
    names.sort();
    assert_eq!(names, ["grid.log", "grid.log.1", "grid.log.2"]);
    for name in names {
        let text = place.read(&name);
        assert!(text.len() <= 2098, "{name} has {} bytes", text.len());
        for line in text.lines() {
            let line: Value = serde_json::from_str(line).expect("JSON");
            assert!(line["message"].is_string() && line["level"].is_string());
        }
    }
    assert!(place.read("grid.log").contains("ended in order"));
}

/// The journal is a pipe here; systemd names it in the same way.
#[test]
fn the_journal_is_told_the_level_of_each_line() {
    use std::os::unix::fs::MetadataExt;
    let place = Place::new("");
    let log = |stream: &dyn Fn(&fs::Metadata) -> String| {
        let (mut heard, error) = std::io::pipe().expect("a pipe");
        let file = fs::File::from(std::os::fd::OwnedFd::from(error));
        let stream = stream(&file.metadata().expect("a file"));
        let mut command = place.command();
        // It cannot start: that is an error.
        command.env("GRID_LISTEN", "192.0.2.1:0");
        command.env("JOURNAL_STREAM", stream);
        let status = command.stderr(file).status().expect("it starts");
        assert_eq!(status.code(), Some(1));
        drop(command);
        let mut text = String::new();
        heard.read_to_string(&mut text).expect("text");
        text
    };
    let text = log(&|file| format!("{}:{}", file.dev(), file.ino()));
    assert!(text.starts_with("<3>ERROR "), "{text}");
    // The variable names another standard error than this one.
    let text = log(&|file| format!("{}:{}", file.dev(), file.ino() + 1));
    assert!(text.starts_with("20") && text.contains("ERROR "), "{text}");
}

#[test]
fn a_log_that_was_moved_away_is_begun_anew() {
    let place = Place::new("");
    let log = place.path("grid.log");
    let log = log.to_str().expect("text");
    let daemon = place.start(&["--log-file", log]);
    let moved = place.path("moved.log");
    fs::rename(log, &moved).expect("moved");
    daemon.signal("HUP");
    // The configuration's own message is the second thing that happens then.
    let deadline = Instant::now() + PATIENCE;
    while !daemon.health().1["parts"]["configuration"].is_string() {
        assert!(Instant::now() < deadline, "it does not reload");
    }
    daemon.post("/streams");
    assert_eq!(daemon.end(), Some(0));
    assert!(place.read("grid.log").contains("never cross the streams"));
    assert!(!place.read("moved.log").contains("ended in order"));
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_does_not_end_it() {
    let place = Place::new("");
    // A device that is always full.
    symlink("/dev/full", place.path("grid.log")).expect("a link");
    let log = place.path("grid.log");
    let log = log.to_str().expect("text");
    let mut daemon = place.start(&["--log-file", log]);
    for _ in 0..3 {
        daemon.post("/streams");
    }
    assert_eq!(daemon.text("/"), "the grid holds 0 ghosts\n");
    daemon.program.terminate();
    assert_eq!(daemon.program.wait_for_end().code(), Some(0));
    let told = |line: &&String| line.contains("cannot write the log");
    assert_eq!(daemon.program.heard().iter().filter(told).count(), 1);
}

/// The log is a pipe that nobody empties: each further line waits for ever.
#[cfg(target_os = "linux")]
#[test]
fn the_second_signal_ends_it_also_when_its_log_is_stuck() {
    use std::os::fd::AsRawFd;
    use std::os::unix::fs::OpenOptionsExt;
    const NONBLOCK: i32 = 0o4000;
    let place = Place::new("stop-deadline = 3600\n");
    let (reader, log) = std::io::pipe().expect("a pipe");
    let mut command = place.command();
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(log);
    let mut child = command.spawn().expect("it starts");
    let mut log = BufReader::new(reader);
    let mut said = String::new();
    while !said.contains("ready at") {
        assert!(log.read_line(&mut said).expect("a line") > 0, "{said}");
    }
    let pipe = format!("/proc/self/fd/{}", log.get_ref().as_raw_fd());
    let mut options = fs::File::options();
    let mut pipe = options
        .write(true)
        .custom_flags(NONBLOCK)
        .open(pipe)
        .expect("the pipe's other end");
    while pipe.write(b"x").is_ok() {}

    let id = child.id().to_string();
    for signal in ["TERM", "INT"] {
        let sent = Command::new("kill").args(["-s", signal, &id]).status();
        assert!(sent.is_ok_and(|status| status.success()), "kill failed");
    }
    let deadline = Instant::now() + PATIENCE;
    let ended = loop {
        match child.try_wait().expect("a child of ours") {
            None if Instant::now() < deadline => std::thread::yield_now(),
            ended => break ended,
        }
    };
    child.kill().expect("it has ended, or ends now");
    let code = ended.expect("it ends").code();
    assert!([Some(128 + 2), Some(128 + 15)].contains(&code), "{code:?}");
}

/// A line end in what a client sends, or in the words of a panic.
#[test]
fn no_words_forge_a_line_of_the_log() {
    let place = Place::new("");
    let log = place.path("grid.log");
    let log = log.to_str().expect("text");
    let mut daemon = place.start(&["--log-file", log]);
    place.write("\"a\\nERROR forged\" = 1\n");
    daemon.signal("HUP");
    let deadline = Instant::now() + PATIENCE;
    while !place.read("grid.log").contains("not reloaded") {
        assert!(Instant::now() < deadline, "it does not reload");
    }
    daemon.program.terminate();
    assert_eq!(daemon.program.wait_for_end().code(), Some(0));
    let text = place.read("grid.log");
    assert!(text.contains("forged"), "{text}");
    assert!(!text.lines().any(|line| line.starts_with("ERROR")), "{text}");
}

#[test]
fn a_reader_of_its_words_that_goes_away_does_not_end_it() {
    let place = Place::new("");
    let mut child = place
        .command()
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("it starts");
    let mut link = [0; 256];
    let mut stdout = child.stdout.take().expect("a pipe");
    let read = stdout.read(&mut link).expect("a line");
    let link = String::from_utf8_lossy(&link[..read]).into_owned();
    drop((stdout, child.stderr.take()));
    let base = link.trim_start_matches("page: ");
    let base = base.split("/?").next().unwrap_or_default();
    let client = http();
    let key = place.read("data/key");
    for path in ["/dana", "/dana", "/"] {
        let request = client.get(format!("{base}{path}"));
        let answer = request.bearer_auth(key.trim()).send();
        let wanted = if path == "/" { 200 } else { 500 };
        assert_eq!(answer.expect("an answer").status(), wanted);
    }
    let id = child.id().to_string();
    let sent = Command::new("kill").arg(id).status().expect("kill");
    assert!(sent.success());
    assert_eq!(child.wait().expect("its end").code(), Some(0));
}

#[test]
fn the_service_manager_hears_every_step() {
    let place = Place::new("[grid]\nghosts = 3\n");
    let socket = UnixDatagram::bind(place.path("notify")).expect("a socket");
    socket.set_read_timeout(Some(PATIENCE)).expect("a socket");
    let hear = || {
        let mut message = [0; 4096];
        let length = socket.recv(&mut message).expect("a message");
        String::from_utf8_lossy(&message[..length]).into_owned()
    };
    let hear_no_watchdog = || loop {
        let message = hear();
        if message != "WATCHDOG=1\n" {
            return message;
        }
    };
    let mut command = place.command();
    command.env("NOTIFY_SOCKET", place.path("notify"));
    command.env("WATCHDOG_USEC", "100000");
    let mut daemon = place.start_with(&mut command);
    assert_eq!(hear_no_watchdog(), "READY=1\n");
    // When that was heard, requests are answered.
    assert_eq!(daemon.text("/"), "the grid holds 3 ghosts\n");
    while hear() != "WATCHDOG=1\n" {}

    // The time is by a clock that only goes forward.
    let mut before = 0;
    for _ in 0..2 {
        daemon.signal("HUP");
        let message = hear_no_watchdog();
        let time = message.strip_prefix("RELOADING=1\nMONOTONIC_USEC=");
        let time = time.and_then(|time| time.trim_end().parse::<u64>().ok());
        let time = time.unwrap_or_else(|| panic!("{message}"));
        assert!(time > before, "{time} came after {before}");
        before = time;
        assert_eq!(hear_no_watchdog(), "READY=1\n");
    }

    daemon.program.terminate();
    assert_eq!(hear_no_watchdog(), "STOPPING=1\n");
    assert_eq!(daemon.program.wait_for_end().code(), Some(0));
}

#[cfg(target_os = "linux")]
#[test]
fn the_service_managers_socket_may_have_no_file() {
    use std::os::linux::net::SocketAddrExt;
    use std::os::unix::net::SocketAddr;
    let name = format!("taming-notify-{}", std::process::id());
    let address = SocketAddr::from_abstract_name(&name).expect("a name");
    let socket = UnixDatagram::bind_addr(&address).expect("a socket");
    socket.set_read_timeout(Some(PATIENCE)).expect("a socket");
    let place = Place::new("");
    let mut command = place.command();
    let daemon =
        place.start_with(command.env("NOTIFY_SOCKET", "@".to_owned() + &name));
    let mut message = [0; 64];
    let length = socket.recv(&mut message).expect("a message");
    assert_eq!(&message[..length], b"READY=1\n");
    assert_eq!(daemon.end(), Some(0));
}

#[test]
fn a_service_manager_that_is_gone_is_no_reason_to_fail() {
    let place = Place::new("");
    let mut command = place.command();
    let mut daemon =
        place.start_with(command.env("NOTIFY_SOCKET", "/nowhere/notify"));
    assert_eq!(daemon.text("/"), "the grid holds 0 ghosts\n");
    daemon.program.terminate();
    assert_eq!(daemon.program.wait_for_end().code(), Some(0));
    let heard = daemon.program.heard().join("\n");
    assert!(heard.contains("cannot tell the service manager"), "{heard}");
}

#[test]
fn systemd_takes_the_unit() {
    let output = Command::new(program("lesson17")).arg("unit").output();
    let output = output.expect("it starts");
    assert!(output.status.success());
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    for wanted in [
        "Type=notify",
        "Restart=on-failure",
        "KillMode=mixed",
        "ProtectSystem=strict",
        "StateDirectory=grid",
        "WantedBy=multi-user.target",
    ] {
        assert!(text.lines().any(|line| line == wanted), "{text}");
    }
    let command = text.lines().find(|line| line.starts_with("ExecStart=/"));
    assert!(command.is_some_and(|line| line.ends_with(" serve")), "{text}");

    // Where systemd is, let it judge. Only our program is not installed.
    let folder = tempfile::tempdir().expect("a folder");
    let unit = folder.path().join("grid.service");
    let path = program("lesson17");
    let text = text.replace(
        command.expect("checked above"),
        &format!("ExecStart={} serve", path.display()),
    );
    fs::write(&unit, text).expect("written");
    let mut judge = Command::new("systemd-analyze");
    judge.arg("verify").arg(&unit);
    let Ok(judged) = judge.output() else {
        return println!("systemd-analyze is not here: nothing was verified");
    };
    let words = String::from_utf8_lossy(&judged.stderr);
    assert!(!words.contains("grid.service"), "{words}");
}
