//! The network monitor as a program: what an administrator and other
//! programs rely on.

use std::fs;
use std::io::{BufRead, BufReader};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::Command;

use harness::{Running, http, program, scratch};
use reqwest::blocking::Response;
use serde_json::{Value, json};
use speedtest::link::Link;
use speedtest::serve::{ServeOptions, Server};
use tempfile::TempDir;

const HOSTS: &str = r#"
[[target]]
name = "near"
host = "127.0.0.1"
every = "200ms"
timeout = "200ms"

[[target]]
name = "closed"
kind = "tcp"
host = "127.0.0.1"
port = 1
every = "200ms"
timeout = "200ms"
"#;

#[test]
fn targets_are_watched_and_the_talks_own_address_answers() {
    let monitor = Monitor::start(HOSTS);
    monitor.wait_for("status", |status| {
        status["targets"][0]["state"] == "up"
            && status["targets"][1]["state"] == "down"
    });
    let status = monitor.get("/api/status");
    assert_eq!(status["state"], "degraded");
    let why = status["targets"][1]["error"].as_str().expect("a reason");
    assert!(why.contains("refused"), "{why}");

    let path = format!("/network_data?key={}", monitor.key);
    let said: Value = http()
        .get(monitor.url(&path))
        .send()
        .expect("answers")
        .json()
        .expect("JSON");
    assert_eq!(said["Network"], json!({ "near": "ALIVE!", "closed": "DIED!" }));
    assert!(said["Time"].is_string() && said["Speed_Test"].is_object());
}

#[test]
fn nobody_is_let_in_without_the_key() {
    let monitor = Monitor::start(HOSTS);
    for path in ["/", "/api/status", "/api/events", "/api/history?metric=ping"]
    {
        let refused = http().get(monitor.url(path)).send().expect("answers");
        assert_eq!(refused.status(), 401, "{path}");
    }
    for path in [
        "/network_data",
        "/network_data?key=",
        "/network_data?key=mynetwork123456",
    ] {
        let refused = http().get(monitor.url(path)).send().expect("answers");
        assert_eq!(refused.status(), 401, "{path}");
        let said: Value = refused.json().expect("the talk's JSON");
        assert_eq!(said["error_msg"], "Invalid Keys");
    }
    for path in ["/livez", "/readyz", "/healthz", "/metrics"] {
        let open = http().get(monitor.url(path)).send().expect("answers");
        assert_eq!(open.status(), 200, "{path}");
    }
}

#[test]
fn a_speed_test_says_the_lines_speed_and_a_second_one_waits_its_turn() {
    let far = Server::start(&ServeOptions::default()).expect("a server");
    let line = "20mbit,20ms".parse().expect("a link");
    let line = Link::start(&line, far.address()).expect("a link");
    let monitor = Monitor::start(&format!(
        "{HOSTS}\n[[speed]]\nname = \"line\"\nserver = \"http://{}\"\n\
         every = \"4h\"\n",
        line.address()
    ));
    // The first one is due at once. Asking for another meanwhile is refused.
    monitor.wait_for("status", |status| status["speed"][0]["running"] == true);
    assert_eq!(monitor.post("/api/tests/line").status(), 409);
    assert_eq!(monitor.post("/api/tests/none").status(), 404);
    let done = monitor
        .wait_for("status", |status| status["speed"][0]["running"] == false);
    let speed = &done["speed"][0];
    let down = speed["download_bps"].as_f64().expect("a figure");
    assert!((15e6..23e6).contains(&down), "{speed:#}");

    // It is in the history, whole and as figures, and in the talk's JSON.
    let results = monitor.get("/api/results");
    assert_eq!(results[0]["report"]["download_bps"].as_f64(), Some(down));
    let chart = monitor
        .get("/api/history?metric=download&from=0&to=9999999999999&step=0");
    assert_eq!(chart["median"], json!([down]));
    let path = format!("/network_data?key={}", monitor.key);
    let said = monitor.get(&path);
    let words = format!("{:.2} Mbps", down / 1e6);
    assert_eq!(said["Speed_Test"]["Download"], words);
    assert_eq!(monitor.post("/api/tests/line").status(), 202);
}

#[test]
fn a_failed_speed_test_is_a_failure_and_no_speed_of_zero() {
    let nobody = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = nobody.local_addr().expect("an address");
    drop(nobody);
    let monitor = Monitor::start(&format!(
        "[[speed]]\nname = \"line\"\nserver = \"http://{address}\"\n\
         every = \"4h\"\n"
    ));
    let done = monitor
        .wait_for("status", |status| status["speed"][0]["error"].is_string());
    let speed = &done["speed"][0];
    assert!(speed["download_bps"].is_null(), "{speed:#}");
    assert!(speed["error"].as_str().is_some_and(|e| e.contains("listens")));
    let chart = monitor
        .get("/api/history?metric=download&from=0&to=9999999999999&step=0");
    assert_eq!(chart["median"], json!([null]));
    assert_eq!(chart["failed"], json!([1]));
    let path = format!("/network_data?key={}", monitor.key);
    let said = monitor.get(&path);
    assert!(said["Speed_Test"]["Download"].is_null());
    assert!(said["Speed_Test"]["Error"].is_string());
}

#[cfg(unix)]
#[test]
fn a_good_file_takes_over_and_a_bad_one_changes_nothing() {
    let mut monitor = Monitor::start(HOSTS);
    monitor.write(&HOSTS.replace("\"near\"", "\"nearer\""));
    monitor.hang_up();
    monitor
        .wait_for("status", |status| status["targets"][0]["name"] == "nearer");
    monitor.program.wait_for_line("nearer added");

    monitor.write(&HOSTS.replace("every", "evry"));
    monitor.hang_up();
    let said = monitor.program.wait_for_line("not reloaded.*");
    assert!(said.contains("monitor.toml:5"), "{said}");
    assert!(said.contains("evry"), "{said}");
    let status = monitor.get("/api/status");
    assert_eq!(status["targets"][0]["name"], "nearer");
    let notes = monitor.get("/api/notes").to_string();
    assert!(notes.contains("configuration not taken"), "{notes}");
}

#[test]
fn a_mistake_in_the_file_is_named_by_line_before_anything_starts() {
    for (mistake, where_and_what) in [
        ("lisen = \"127.0.0.1:1\"\n", "monitor.toml:1"),
        ("listen = \"nowhere\"\n", "monitor.toml:1"),
        (
            "[[target]]\nname = \"x\"\nhost = \"h\"\nevery = \"soon\"\n",
            "monitor.toml:4",
        ),
        ("[[target]]\nname = \"x\"\n", "host"),
        ("[[tarket]]\nname = \"x\"\n", "tarket"),
        ("[[target]\n", "monitor.toml:1"),
    ] {
        let folder = scratch();
        let file = folder.path().join("monitor.toml");
        fs::write(&file, mistake).expect("written");
        let output = Command::new(program("network-monitor"))
            .arg("--config")
            .arg(&file)
            .arg("--data")
            .arg(folder.path().join("data"))
            .output()
            .expect("the program starts");
        assert!(!output.status.success(), "{mistake}");
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(said.contains(where_and_what), "{mistake}{said}");
    }
}

#[test]
fn a_second_monitor_on_one_folder_says_who_has_it() {
    let monitor = Monitor::start(HOSTS);
    let second = monitor.command().output().expect("the program starts");
    assert!(!second.status.success());
    let said = String::from_utf8_lossy(&second.stderr);
    assert!(said.contains("in use by another monitor"), "{said}");
    assert!(said.contains(&monitor.program.id().to_string()), "{said}");
}

#[cfg(unix)]
#[test]
fn it_ends_in_order_when_it_is_asked_also_in_the_middle_of_a_speed_test() {
    let far = Server::start(&ServeOptions::default()).expect("a server");
    let line = "1mbit,20ms".parse().expect("a link");
    let line = Link::start(&line, far.address()).expect("a link");
    let mut monitor = Monitor::start(&format!(
        "[[speed]]\nname = \"line\"\nserver = \"http://{}\"\n\
         every = \"4h\"\nmost_time = \"60s\"\n",
        line.address()
    ));
    monitor.wait_for("progress", |progress| progress["phase"] == "download");
    monitor.program.terminate();
    let status = monitor.program.wait_for_end();
    assert!(status.success(), "{}", monitor.program.heard().join("\n"));
    // What was stopped has failed for nobody.
    let monitor = monitor.again();
    assert_eq!(monitor.get("/api/results"), json!([]));
}

#[test]
fn what_was_measured_is_there_after_kill_9() {
    let mut monitor = Monitor::start(HOSTS);
    let mut last = Value::Null;
    for _ in 0..5 {
        let sample = monitor.wait_for("sample", |sample| {
            sample["target"] == "near" && sample["at"] != last
        });
        last = sample["at"].clone();
    }
    monitor.program.kill();
    let monitor = monitor.again();
    let path =
        format!("/api/history?metric=ping&target=near&from=0&to={last}&step=0");
    let chart = monitor.get(&path);
    let times = chart["times"].as_array().expect("times");
    assert!(times.len() >= 5 && times.last() == Some(&last), "{chart:#}");
}

#[test]
fn a_report_and_a_unit_file_are_printed() {
    let monitor = Monitor::start(HOSTS);
    monitor
        .wait_for("status", |status| status["targets"][1]["state"] == "down");
    let report = monitor.folder.path().join("report.html");
    let mut command = monitor.command();
    command.args(["report", "--days", "1", "--line", "A & B", "--output"]);
    let output = command.arg(&report).output().expect("starts");
    assert!(output.status.success(), "{output:?}");
    let html = harness::read(&report);
    assert!(html.contains("A &amp; B") && html.contains("closed"));
    assert!(!html.contains("<script") && !html.contains("src=\"http"));

    let output = monitor.command().arg("unit").output().expect("starts");
    let unit = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(unit.contains("[Service]") && unit.contains("--config"), "{unit}");
    // Without it, a system that permits no pings would be asked by TCP.
    assert!(unit.contains("\nAmbientCapabilities=CAP_NET_RAW\n"), "{unit}");
    // The test's own folder is not the service's.
    assert!(unit.contains("\nReadWritePaths=-/"), "{unit}");
    let output = monitor.command().arg("check").output().expect("starts");
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(said.contains("2 targets"), "{said}");
}

/// A network monitor that runs as a program of its own.
struct Monitor {
    program: Running,
    address: String,
    key: String,
    folder: TempDir,
}

impl Monitor {
    fn start(configuration: &str) -> Monitor {
        let folder = scratch();
        fs::write(file(folder.path()), configuration).expect("written");
        Monitor::run(folder)
    }

    fn run(folder: TempDir) -> Monitor {
        let mut program = Running::start(&mut command(folder.path()));
        let address = program.wait_for_line(r"page: +(http://[^/]+)");
        let key = harness::read(&folder.path().join("data/key"));
        let key = key.trim().to_owned();
        Monitor { program, address, key, folder }
    }

    /// Starts it once more on the same data.
    fn again(self) -> Monitor {
        let Monitor { program, folder, .. } = self;
        drop(program);
        Monitor::run(folder)
    }

    fn command(&self) -> Command {
        command(self.folder.path())
    }

    fn write(&self, configuration: &str) {
        fs::write(file(self.folder.path()), configuration).expect("written");
    }

    #[cfg(unix)]
    fn hang_up(&self) {
        let id = self.program.id().to_string();
        let sent = Command::new("kill").args(["-HUP", &id]).status();
        assert!(sent.is_ok_and(|status| status.success()));
    }

    fn url(&self, path: &str) -> String {
        format!("{}{path}", self.address)
    }

    fn ask(&self, path: &str) -> Response {
        let request = http().get(self.url(path)).bearer_auth(&self.key);
        request.send().expect("the monitor answers")
    }

    fn get(&self, path: &str) -> Value {
        let answer = self.ask(path);
        assert_eq!(answer.status(), 200, "{path}");
        answer.json().expect("JSON")
    }

    fn post(&self, path: &str) -> Response {
        let request = http().post(self.url(path)).bearer_auth(&self.key);
        request.send().expect("the monitor answers")
    }

    /// Follows the events until one of this name is as wanted.
    fn wait_for(&self, event: &str, wanted: impl Fn(&Value) -> bool) -> Value {
        let mut name = String::new();
        let mut last = Value::Null;
        for line in BufReader::new(self.ask("/api/events")).lines() {
            let line = line.unwrap_or_else(|error| {
                panic!("{error}; the last {event} was {last:#}")
            });
            if let Some(said) = line.strip_prefix("event: ") {
                name = said.to_owned();
            }
            if let Some(data) = line.strip_prefix("data: ")
                && name == event
            {
                last = serde_json::from_str(data).expect("JSON");
                if wanted(&last) {
                    return last;
                }
            }
        }
        panic!("the events ended; the last {event} was {last:#}");
    }
}

fn file(folder: &Path) -> PathBuf {
    folder.join("monitor.toml")
}

fn command(folder: &Path) -> Command {
    let mut command = Command::new(program("network-monitor"));
    command.arg("--config").arg(file(folder));
    command.arg("--data").arg(folder.join("data"));
    command.args(["--listen", "127.0.0.1:0"]);
    command
}
