//! The monitor's commands for scripts, and its tables for spreadsheets.

use std::fs;
use std::net::TcpListener;
use std::process::{Command, Output};
use std::thread;

use harness::{NetworkMonitor, http, program, scratch};
use history::{History, Retention, Sample};
use reqwest::StatusCode;
use serde_json::{Value, json};

/// A target at a port of this machine.
fn target(name: &str, port: u16) -> String {
    format!(
        "[[target]]\nname = \"{name}\"\nkind = \"tcp\"\nhost = \"127.0.0.1\"\n\
         port = {port}\nevery = \"200ms\"\ntimeout = \"200ms\"\n"
    )
}

fn listener() -> (TcpListener, u16) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let port = listener.local_addr().expect("an address").port();
    (listener, port)
}

fn run(monitor: &NetworkMonitor, words: &[&str]) -> Output {
    monitor.command().args(words).output().expect("the program runs")
}

fn said(output: &Output) -> String {
    let both = [&output.stdout[..], &output.stderr[..]].concat();
    String::from_utf8(both).expect("text")
}

#[test]
fn a_script_learns_from_the_exit_code_how_well_all_is() {
    let (_door, port) = listener();
    let data = scratch();
    let configuration = target("wiki", port);
    let monitor = NetworkMonitor::start(data.path(), &configuration, &[]);
    let up = |status: &Value| status["targets"][0]["state"] == "up";
    monitor.wait_for("status", up);
    let ask = ["status", "--server", &monitor.address];
    let output = run(&monitor, &ask);
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    assert!(said(&output).contains("good, 1 of 1 targets up"), "{output:?}");
    assert!(said(&output).contains("\nup           wiki"), "{output:?}");

    // One more that is down, and the whole of it as JSON.
    monitor.write(&format!("{configuration}{}", target("shop", 1)));
    monitor.hang_up();
    monitor.wait_for("status", |status| {
        status["targets"][1]["state"] == "down" && up(status)
    });
    let output = run(&monitor, &[&ask[..], &["--json"]].concat());
    assert_eq!(output.status.code(), Some(4), "{output:?}");
    let status: Value = serde_json::from_slice(&output.stdout).expect("JSON");
    assert_eq!(status["targets"][1]["name"], "shop");

    // A wrong command line is not the monitor's state; nor is no answer.
    assert_eq!(run(&monitor, &["status", "--jsn"]).status.code(), Some(2));
    let nobody = ["status", "--server", "http://127.0.0.1:1"];
    let output = run(&monitor, &nobody);
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    assert!(said(&output).contains("refused"), "{output:?}");
}

/// A chat that takes each notice, or refuses all.
fn chat(answer: &'static str) -> u16 {
    let (listener, port) = listener();
    thread::spawn(move || {
        use std::io::{Read, Write};
        for stream in listener.incoming() {
            let Ok(mut stream) = stream else { return };
            let mut request = [0; 4096];
            // The head and the small body come at once.
            let _ = stream.read(&mut request);
            let _ = stream.write_all(answer.as_bytes());
        }
    });
    port
}

#[test]
fn a_test_notice_says_whether_a_notifier_works() {
    let good = chat("HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n");
    let bad = chat(
        "HTTP/1.1 403 Forbidden\r\nConnection: close\r\n\
         Content-Length: 0\r\n\r\n",
    );
    let notifier = |name: &str, port: u16| {
        format!(
            "[[notify]]\nname = \"{name}\"\n\
             webhook = \"http://127.0.0.1:{port}/hooks/secret\"\n"
        )
    };
    let configuration =
        format!("{}{}", notifier("chat", good), notifier("pager", bad));
    let monitor = NetworkMonitor::watching(&configuration);
    let post = |name: &str| {
        let path = format!("/api/notifiers/{name}/test");
        let answer = monitor.post(&path);
        (answer.status(), answer.text().expect("text"))
    };
    assert_eq!(post("chat").0, StatusCode::NO_CONTENT);
    let (status, words) = post("pager");
    assert_eq!(status, StatusCode::BAD_GATEWAY);
    assert!(words.contains("403") && !words.contains("secret"), "{words}");
    assert_eq!(post("nobody").0, StatusCode::NOT_FOUND);
    let stranger = http().post(monitor.url("/api/notifiers/chat/test")).send();
    assert_eq!(stranger.expect("answers").status(), 401);

    // The command needs no monitor, only the file.
    let output = run(&monitor, &["test", "chat"]);
    assert!(output.status.success(), "{output:?}");
    let output = run(&monitor, &["test", "pager"]);
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    assert!(said(&output).contains("403"), "{output:?}");
    let output = run(&monitor, &["test", "nobody"]);
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    assert!(said(&output).contains("chat, pager"), "{output:?}");
}

#[test]
fn charts_and_results_are_tables_for_a_spreadsheet() {
    let data = scratch();
    let now = network_monitor::now();
    {
        let history = History::open(data.path(), &Retention::default());
        let history = history.expect("a history");
        let sample = |at, value| Sample::new(at, "check", "wiki", value);
        let samples =
            [sample(now - 2_000, Some(2.5)), sample(now - 1_000, None)];
        history.record(&samples).expect("recorded");
        // More than are read at a time.
        for number in 0..1_100 {
            let report = json!({
                "download_bps": 19_310_000 + number,
                "error": "=HYPERLINK(\"http://evil.example\")",
            });
            let at = now - 10_000 - number;
            let kept = history.record_result(at, "line", &report, &[]);
            kept.expect("recorded");
        }
    }
    let (_door, port) = listener();
    let configuration = target("wiki", port).replace("200ms", "1h");
    let monitor = NetworkMonitor::start(data.path(), &configuration, &[]);
    let question = format!("metric=check&target=wiki&from=0&to={}", now - 1);
    let answer = monitor.response(&format!("/api/history.csv?{question}"));
    assert_eq!(answer.status(), 200);
    let header = |name: &str| answer.headers()[name].to_str().expect("text");
    assert!(header("content-type").starts_with("text/csv"));
    assert!(header("content-disposition").contains("history.csv"));
    let text = answer.text().expect("text");
    let lines: Vec<&str> = text.split("\r\n").collect();
    assert!(lines[0].starts_with("metric,target,unit,at,time,count,"));
    let begin = format!("check,wiki,ms,{},20", now - 2_000);
    assert!(lines[1].starts_with(&begin), "{text}");
    assert!(lines[1].contains(",1,0,2.5,"), "{text}");
    assert!(lines[2].ends_with(",1,1,,,,,,"), "{text}");

    let text = monitor.response("/api/results.csv").text().expect("text");
    let lines: Vec<&str> = text.trim_end().split("\r\n").collect();
    assert_eq!(lines.len(), 1_101);
    assert!(lines[1].contains(",line,,19310000,"), "{}", lines[1]);
    assert!(
        lines[1].ends_with(",\"'=HYPERLINK(\"\"http://evil.example\"\")\"")
    );
    assert!(lines[1_100].contains(",19311099,"));

    let wrong = monitor.response("/api/history.csv?metric=moon&from=0&to=1");
    assert_eq!(wrong.status(), 400);
    let path = monitor.url("/api/results.csv");
    let stranger = http().get(path).send().expect("answers");
    assert_eq!(stranger.status(), 401);
}

#[test]
fn metrics_are_behind_a_key_where_that_is_asked() {
    let data = scratch();
    let options = ["--metrics-key"];
    let monitor = NetworkMonitor::start(data.path(), "", &options);
    let ask = |key: Option<&str>| {
        let mut request = http().get(monitor.url("/metrics"));
        if let Some(key) = key {
            request = request.bearer_auth(key);
        }
        request.send().expect("answers").status()
    };
    assert_eq!(ask(None), 401);
    assert_eq!(ask(Some("wrong")), 401);
    assert_eq!(ask(Some(&monitor.key())), 200);
    for (name, role, metrics, status) in
        [("prometheus", "metrics", 200, 403), ("ray", "read", 403, 200)]
    {
        let words = ["users", "--json", "add", name, "--roles", role];
        let output = run(&monitor, &words);
        let account: Value =
            serde_json::from_slice(&output.stdout).expect("JSON");
        let key = account["key"].as_str().expect("a key");
        assert_eq!(ask(Some(key)), metrics, "{name}");
        let request = http().get(monitor.url("/api/status")).bearer_auth(key);
        assert_eq!(request.send().expect("answers").status(), status);
    }
}

#[test]
fn the_starter_file_watches_this_machine_and_tells_nobody() {
    let printed = Command::new(program("network-monitor"))
        .arg("sample")
        .output()
        .expect("the program runs");
    let starter = said(&printed);
    assert_eq!(starter.lines().count(), 4, "{starter}");
    let folder = scratch();
    let file = folder.path().join("monitor.toml");
    fs::write(&file, &starter).expect("written");
    let config = monitor_config::Config::parse(&starter, &file);
    let config = config.expect("it is taken as it is");
    assert_eq!(config.targets.len(), 1);
    assert!(config.alerts.is_empty() && config.notifiers.is_empty());
    assert!(config.speed.is_empty());
    // And what it watches is there.
    let monitor = NetworkMonitor::watching(&starter);
    monitor.wait_for("status", |status| status["state"] == "good");
}
