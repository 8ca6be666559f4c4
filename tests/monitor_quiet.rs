//! When the network monitor tells nobody, and when one notice stands for many:
//! through the real program.

use std::net::{SocketAddr, TcpListener, TcpStream};
#[cfg(target_os = "linux")]
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::SeqCst};
use std::thread::{self, JoinHandle};

use harness::{NetworkMonitor, http};
#[cfg(target_os = "linux")]
use harness::{program, scratch};
use reqwest::Method;
use reqwest::blocking::Response;
use serde_json::{Value, json};

const MINUTE: i64 = 60_000;

/// A port on which connections are taken, until it is shut.
struct Door {
    address: SocketAddr,
    closed: Arc<AtomicBool>,
    keeper: Option<JoinHandle<()>>,
}

impl Door {
    fn open() -> Door {
        Door::at(SocketAddr::from(([127, 0, 0, 1], 0)))
    }

    fn at(address: SocketAddr) -> Door {
        let listener = TcpListener::bind(address).expect("a port");
        let address = listener.local_addr().expect("an address");
        let closed = Arc::new(AtomicBool::new(false));
        let asked = closed.clone();
        let keeper = thread::spawn(move || {
            for _taken in listener.incoming() {
                if asked.load(SeqCst) {
                    return;
                }
            }
        });
        Door { address, closed, keeper: Some(keeper) }
    }

    fn shut(&mut self) {
        self.closed.store(true, SeqCst);
        // It looks after the next connection.
        let _ = TcpStream::connect(self.address);
        let keeper = self.keeper.take().expect("it is open");
        keeper.join().expect("no panic");
    }

    fn open_again(&mut self) {
        *self = Door::at(self.address);
    }

    fn target(&self, name: &str, more: &str) -> String {
        let port = self.address.port();
        format!(
            "[[target]]\nname = \"{name}\"\nkind = \"tcp\"\nhost = \
             \"127.0.0.1\"\nport = {port}\nevery = \"100ms\"\n{more}\n"
        )
    }
}

const RULE: &str = "[[alert]]\nname = \"gone\"\ntarget = \"all\"\nafter = 3\n";

fn ask(
    monitor: &NetworkMonitor,
    method: Method,
    path: &str,
    body: &Value,
) -> Response {
    let request = http().request(method, monitor.url(path));
    let request = request.bearer_auth(monitor.key()).json(body);
    request.send().expect("the monitor answers")
}

/// What is made, by its id.
fn make(monitor: &NetworkMonitor, path: &str, body: &Value) -> String {
    let answer = ask(monitor, Method::POST, path, body);
    assert_eq!(answer.status(), 201, "{path}");
    let made: Value = answer.json().expect("JSON");
    made["id"].as_str().expect("an id").to_owned()
}

/// All that was told, by the notes in the history.
fn told(monitor: &NetworkMonitor) -> Vec<String> {
    let notes = monitor.get("/api/notes");
    let words = |note: &Value| note["words"].as_str().map(str::to_owned);
    let notes = notes.as_array().expect("a list").iter().filter_map(words);
    notes.filter(|words| words.starts_with("gone: ")).collect()
}

fn all_are(status: &Value, state: &str) -> bool {
    let targets = status["targets"].as_array().expect("a list");
    targets.iter().skip(1).all(|target| target["state"] == state)
}

#[test]
fn a_dead_gateway_before_fifty_targets_is_one_notice_and_one_at_its_return() {
    let (mut gateway, mut servers) = (Door::open(), Door::open());
    let mut configuration = gateway.target("gateway", "");
    for number in 0..50 {
        let more = "group = \"servers\"";
        configuration += &servers.target(&format!("server {number}"), more);
    }
    configuration += "[[group]]\nname = \"servers\"\nbehind = \"gateway\"\n";
    let monitor = NetworkMonitor::watching(&(configuration + RULE));
    monitor.wait_for("status", |status| all_are(status, "up"));
    let status = monitor.get("/api/status");
    assert_eq!(status["groups"][0]["state"], "up");
    assert_eq!(status["targets"][1]["behind"], "gateway");

    servers.shut();
    gateway.shut();
    let status =
        monitor.wait_for("status", |status| all_are(status, "unreachable"));
    assert_eq!(status["targets"][0]["state"], "down");
    assert_eq!(status["groups"][0]["state"], "unreachable");
    assert_eq!(status["state"], "down");
    let status = monitor.wait_for("status", |status| {
        status["alerts"].as_array().is_some_and(|list| !list.is_empty())
    });
    assert_eq!(status["alerts"].as_array().map(Vec::len), Some(1));
    assert_eq!(status["alerts"][0]["causes"], 50);

    gateway.open_again();
    servers.open_again();
    monitor.wait_for("status", |status| {
        all_are(status, "up") && status["alerts"] == json!([])
    });
    let told = told(&monitor);
    let [failing, recovered] = told.as_slice() else { panic!("{told:#?}") };
    // The third pass of the gateway, and not one later.
    assert!(failing.contains("gateway: check fails"), "{failing}");
    assert!(failing.contains(", 3 times in a row"), "{failing}");
    let count = "; 50 targets behind it cannot be reached";
    assert!(failing.ends_with(count), "{failing}");
    assert!(recovered.contains("gateway: check is well again"), "{recovered}");
}

#[test]
fn a_window_made_by_somebody_wakes_nobody_and_outlives_a_restart() {
    let (router, mut web) = (Door::open(), Door::open());
    let rest = web.target("web", "group = \"servers\"") + RULE;
    let monitor =
        NetworkMonitor::watching(&(router.target("router", "") + &rest));
    monitor.wait_for("status", |status| all_are(status, "up"));
    let now = network_monitor::now();
    let window = json!({
        "name": "patch night",
        "groups": ["servers"],
        "from": now - MINUTE,
        "to": now + 60 * MINUTE,
    });
    let id = make(&monitor, "/api/windows", &window);
    web.shut();
    let status = monitor.wait_for("status", |status| all_are(status, "down"));
    assert_eq!(status["targets"][1]["maintenance"], "patch night");
    assert_eq!(status["targets"][0]["maintenance"], Value::Null);
    assert_eq!(status["windows"][0]["running"], true);
    // The trouble is counted, and shown to those who look.
    monitor.wait_for("status", |status| status["alerts"][0]["target"] == "web");

    let monitor = monitor.again();
    let path = format!("/api/windows?from={now}&to={}", now + 24 * 60 * MINUTE);
    let occurrences = monitor.get(&path);
    assert_eq!(occurrences[0]["name"], "patch night");
    assert_eq!(occurrences[0]["targets"], json!(["web"]));
    assert_eq!(occurrences[0]["from"], now - MINUTE);
    let later = format!("/api/windows?from={}", now + 61 * MINUTE);
    assert_eq!(monitor.get(&later), json!([]));
    monitor.wait_for("status", |status| status["alerts"][0]["target"] == "web");
    assert!(told(&monitor).is_empty());

    // It lasts longer than the window.
    let path = format!("/api/windows/{id}");
    let gone = ask(&monitor, Method::DELETE, &path, &Value::Null);
    assert_eq!(gone.status(), 204);
    let again = ask(&monitor, Method::DELETE, &path, &Value::Null);
    assert_eq!(again.status(), 404);
    let mut events = monitor.events();
    while told(&monitor).is_empty() {
        events.next().expect("the monitor runs");
    }
    assert!(told(&monitor)[0].contains("web: check fails"));
}

#[test]
fn a_silence_and_an_acknowledgement_name_whoever_made_them() {
    let (router, mut web) = (Door::open(), Door::open());
    let configuration =
        router.target("router", "") + &web.target("web", "") + RULE;
    let monitor = NetworkMonitor::watching(&configuration);
    monitor.wait_for("status", |status| all_are(status, "up"));
    let silence =
        json!({ "target": "web", "minutes": 60, "words": "it is being moved" });
    let id = make(&monitor, "/api/silences", &silence);
    web.shut();
    let status = monitor.wait_for("status", |status| {
        status["alerts"][0]["silenced_until"].is_i64()
    });
    let shown = &status["silences"][0];
    assert_eq!(
        (&shown["id"], &shown["target"], &shown["words"]),
        (&id.into(), &"web".into(), &"it is being moved".into())
    );
    assert!(shown["by"].is_string(), "{shown}");
    assert!(told(&monitor).is_empty());

    let alert = json!({
        "alert": "gone", "target": "web", "metric": "check", "words": "mine",
    });
    let path = "/api/acknowledgements";
    let noted = ask(&monitor, Method::POST, path, &alert);
    assert_eq!(noted.status(), 204);
    let monitor = monitor.again();
    let status = monitor.wait_for("status", |status| {
        status["alerts"][0]["acknowledged"].is_object()
    });
    let acknowledged = &status["alerts"][0]["acknowledged"];
    assert_eq!(acknowledged["words"], "mine");
    assert!(acknowledged["by"].is_string(), "{acknowledged}");
    assert_eq!(status["silences"].as_array().map(Vec::len), Some(1));

    for (path, body, code) in [
        ("/api/silences", json!({ "minutes": 5, "words": "" }), 400),
        ("/api/silences", json!({ "target": "web", "minutes": 0 }), 400),
        ("/api/silences", json!({ "target": "typo", "minutes": 5 }), 404),
        (path, json!({ "alert": "a", "target": "b", "metric": "c" }), 404),
        ("/api/windows", json!({ "name": "", "from": 1, "to": 2 }), 400),
        ("/api/windows", json!({ "name": "w", "from": 1, "to": 2 }), 400),
        (
            "/api/windows",
            json!({ "name": "w", "groups": ["x"], "from": 1, "to": 2 }),
            404,
        ),
    ] {
        let answer = ask(&monitor, Method::POST, path, &body);
        assert_eq!(answer.status(), code, "{path} {body}");
        let said: Value = answer.json().expect("JSON");
        assert!(said["error"].is_string(), "{path} {body}");
    }
}

#[cfg(target_os = "linux")]
#[test]
fn without_a_network_one_notice_is_told_and_it_is_about_this_machine() {
    let data = scratch();
    let unshare = || {
        let mut command = Command::new("unshare");
        command.args(["--user", "--map-root-user", "--net"]);
        command
    };
    let up = "ip address add 192.0.2.2/24 dev v0 && ip link set v0 up";
    let script = format!(
        "ip link set lo up && ip link add v0 type veth peer name v1 && \
         ip link set v1 up && {up} && exec \"$0\" \"$@\""
    );
    let tried = unshare().args(["sh", "-c", &script, "true"]).output();
    if !tried.is_ok_and(|output| output.status.success()) {
        println!("skipped: this system makes no network for us");
        return;
    }
    let mut configuration = RULE.to_owned();
    for number in 0..20 {
        configuration += &format!(
            "[[target]]\nname = \"host {number}\"\nhost = \"192.0.2.2\"\n\
             every = \"200ms\"\n"
        );
    }
    let file = data.path().join("monitor.toml");
    std::fs::write(&file, configuration).expect("a file");
    let mut command = unshare();
    command.args(["sh", "-c", &script]).arg(program("network-monitor"));
    command.arg("--config").arg(&file).arg("--data").arg(data.path());
    command.args(["--listen", "127.0.0.1:0"]);
    let mut monitor = NetworkMonitor::start_with(&mut command, data.path());
    let id = monitor.program.id();
    inside(id, "ip link set v0 down && ip address del 192.0.2.2/24 dev v0");
    monitor.program.wait_for_line("this machine has no (network)");
    inside(id, up);
    monitor.program.wait_for_line("has its network (again)");
    monitor.program.terminate();
    monitor.program.wait_for_end();
    let heard = monitor.program.heard();
    let notices: Vec<&String> =
        heard.iter().filter(|line| line.contains("alert=")).collect();
    assert_eq!(notices.len(), 2, "{heard:#?}");
}

/// Runs a script in the network of a program.
#[cfg(target_os = "linux")]
fn inside(program: u32, script: &str) {
    let status = Command::new("nsenter")
        .args(["--user", "--net", "--preserve-credentials", "--target"])
        .args([&program.to_string(), "sh", "-c", script])
        .status();
    assert!(status.is_ok_and(|status| status.success()), "{script}");
}
