//! The network monitor as a program: what an administrator and other
//! programs rely on.

use std::fs;
#[cfg(target_os = "linux")]
use std::io::Write;
use std::net::TcpListener;
#[cfg(target_os = "linux")]
use std::net::{IpAddr, Ipv4Addr};
#[cfg(target_os = "linux")]
use std::path::PathBuf;
use std::process::Command;

#[cfg(target_os = "linux")]
use harness::{Attack, http_builder};
use harness::{NetworkMonitor, http, program, scratch};
use link::Link;
use serde_json::{Value, json};
use speedtest::serve::{ServeOptions, Server};

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
    let monitor = NetworkMonitor::watching(HOSTS);
    monitor.wait_for("status", |status| {
        status["targets"][0]["state"] == "up"
            && status["targets"][1]["state"] == "down"
    });
    let status = monitor.get("/api/status");
    assert_eq!(status["state"], "degraded");
    let why = status["targets"][1]["error"].as_str().expect("a reason");
    assert!(why.contains("refused"), "{why}");

    let path = format!("/network_data?key={}", monitor.key());
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
#[cfg(target_os = "linux")]
fn event_streams_of_one_address_keep_nobody_out() {
    let monitor = NetworkMonitor::watching(HOSTS);
    let address = monitor.address.trim_start_matches("http://");
    let address = address.parse().expect("an address");
    let events = format!(
        "GET /api/events HTTP/1.1\r\nHost: localhost\r\n\
         Authorization: Bearer {}\r\n\r\n",
        monitor.key()
    );
    let _attack = Attack::start(address, 300, &events, "");
    // Health, from the attacker's own address, and all from another one.
    let alive = http().get(monitor.url("/livez")).send().expect("it lives");
    assert_eq!(alive.status(), 200);
    let elsewhere = IpAddr::from(Ipv4Addr::new(127, 0, 0, 2));
    let client = http_builder().local_address(elsewhere);
    let client = client.build().expect("a client");
    for path in ["/livez", "/api/status"] {
        let request = client.get(monitor.url(path)).bearer_auth(monitor.key());
        assert_eq!(request.send().expect("answers").status(), 200, "{path}");
    }
}

#[test]
fn nobody_is_let_in_without_the_key() {
    let monitor = NetworkMonitor::watching(HOSTS);
    for path in ["/", "/api/status", "/api/events", "/api/history?metric=ping"]
    {
        let refused = http().get(monitor.url(path)).send().expect("answers");
        assert_eq!(refused.status(), 401, "{path}");
    }
    for path in [
        "/network_data",
        "/network_data?key=",
        "/network_data?key=mynetwork123456",
        "/network_data?key=a&key=b",
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
fn a_question_that_is_incomplete_is_refused_as_json() {
    let monitor = NetworkMonitor::watching(HOSTS);
    for path in ["/api/history?metric=ping", "/api/results?from=yesterday"] {
        let refused = monitor.response(path);
        assert_eq!(refused.status(), 400, "{path}");
        let said: Value = refused.json().expect("JSON");
        let words = said["error"].as_str().expect("words");
        assert!(words.contains("from"), "{path}: {words}");
    }
}

#[test]
fn what_makes_no_sense_is_refused_and_a_name_is_an_address() {
    // A name is an address to listen at.
    let folder = scratch();
    let listen = ["--listen", "localhost:0"];
    let monitor = NetworkMonitor::start(folder.path(), HOSTS, &listen);
    for (target, status) in [("near", 200), ("neer", 404)] {
        let path = format!(
            "/api/history?metric=ping&target={target}\
                            &from=0&to=9999999999999"
        );
        let answer = monitor.response(&path);
        assert_eq!(answer.status(), status, "{target}");
        if status == 404 {
            let words = answer.text().expect("text");
            assert!(words.contains("no target"), "{words}");
        }
    }
    for speed in ["nan", "inf", "-1", "0"] {
        let flag = format!("--promised-download={speed}");
        let output = monitor.command().args(["report", &flag]).output();
        let output = output.expect("it starts");
        assert!(!output.status.success(), "{speed}");
        let words = String::from_utf8_lossy(&output.stderr);
        assert!(words.contains("write Mbit/s"), "{words}");
    }
}

#[test]
fn what_has_answered_is_told_of_while_others_are_still_asked() {
    let target = |name: &str, count: u32| {
        format!(
            "[[target]]\nname = \"{name}\"\nhost = \"127.0.0.1\"\n\
             every = \"1s\"\ntimeout = \"100ms\"\ncount = {count}\n"
        )
    };
    let monitor = NetworkMonitor::watching(&format!(
        "{}{}",
        target("slow", 5),
        target("quick", 1)
    ));
    let (mut quick, mut passes) = (Vec::new(), 0);
    for (name, sample) in monitor.events() {
        if name != "sample" {
            continue;
        }
        let at = sample["at"].as_i64().expect("a time");
        if sample["target"] == "quick" {
            quick.push(at);
        } else if let Some(first) = quick.first()
            && at > *first
            && (at - first) % 1_000 < 100
        {
            // The first of the requests of a pass that was seen as a whole.
            assert!(quick.contains(&at), "{at}: {quick:?}");
            passes += 1;
            if passes == 3 {
                return;
            }
        }
    }
    panic!("the events ended after {passes} passes");
}

#[test]
fn a_speed_test_says_the_lines_speed_and_a_second_one_waits_its_turn() {
    let far = Server::start(&ServeOptions::default()).expect("a server");
    let line = "20mbit,20ms".parse().expect("a link");
    let line = Link::start(&line, far.address()).expect("a link");
    let monitor = NetworkMonitor::watching(&format!(
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
    let path = format!("/network_data?key={}", monitor.key());
    let said = monitor.get(&path);
    let words = format!("{:.2} Mbps", down / 1e6);
    assert_eq!(said["Speed_Test"]["Download"], words);
    assert_eq!(monitor.post("/api/tests/line").status(), 202);
}

#[test]
fn latency_under_load_is_measured_within_the_same_time() {
    let far = Server::start(&ServeOptions::default()).expect("a server");
    let line = "20mbit,20ms".parse().expect("a link");
    let line = Link::start(&line, far.address()).expect("a link");
    let monitor = NetworkMonitor::watching(&format!(
        "[[speed]]\nname = \"line\"\nserver = \"http://{}\"\n\
         every = \"4h\"\nmost_time = \"20s\"\nbufferbloat = true\n",
        line.address()
    ));
    let done = monitor
        .wait_for("status", |status| status["speed"][0]["last"].is_number());
    let speed = &done["speed"][0];
    assert!(speed["bufferbloat_error"].is_null(), "{speed:#}");
    assert!(speed["grade"].is_string(), "{speed:#}");
    let report = &monitor.get("/api/results")[0]["report"];
    let seconds = |report: &Value| report["seconds"].as_f64().expect("a time");
    let both = seconds(report) + seconds(&report["bufferbloat"]);
    assert!(both <= 20.0, "{both} s");
}

#[test]
fn nothing_is_pinged_while_a_speed_test_has_the_line() {
    let far = Server::start(&ServeOptions::default()).expect("a server");
    let line = "20mbit,20ms".parse().expect("a link");
    let line = Link::start(&line, far.address()).expect("a link");
    let monitor = NetworkMonitor::watching(&format!(
        "{HOSTS}\n[[speed]]\nname = \"line\"\nserver = \"http://{}\"\n\
         cron = \"0 0 1 1 *\"\n",
        line.address()
    ));
    let mut events = monitor.events();
    let mut next = |wanted: &str| loop {
        let (name, data) = events.next().expect("the monitor runs");
        if name == wanted {
            return data;
        }
    };
    next("sample");
    assert_eq!(monitor.post("/api/tests/line").status(), 202);
    next("progress");
    let begun = network_monitor::now();
    let ended = loop {
        let sample = next("sample");
        if sample["metric"] == "download" {
            break sample["at"].as_i64().expect("a time");
        }
    };
    // Long enough for many passes, and they go on afterwards.
    assert!(ended - begun > 1_000, "{begun} to {ended}");
    while next("sample")["target"] != "near" {}
    for target in ["near", "closed"] {
        let metric = if target == "near" { "ping" } else { "check" };
        let chart = monitor.get(&format!(
            "/api/history?metric={metric}&target={target}&from=0\
             &to=9999999999999&step=0"
        ));
        let times = chart["times"].as_array().expect("times");
        let times: Vec<_> = times.iter().filter_map(Value::as_i64).collect();
        let inside = times.iter().filter(|at| (begun..=ended).contains(at));
        assert_eq!(inside.count(), 0, "{begun} to {ended}: {times:?}");
        assert!(times.iter().any(|at| *at < begun), "{target}");
    }
    let said = http().get(monitor.url("/metrics")).send().expect("answers");
    let said = said.text().expect("text");
    let skipped = said
        .lines()
        .find_map(|line| line.strip_prefix("probe_passes_skipped_total "));
    assert!(skipped.is_some_and(|count| count != "0"), "{said}");
}

#[test]
fn a_failed_speed_test_is_trouble_for_every_rule_on_it() {
    let nobody = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = nobody.local_addr().expect("an address");
    drop(nobody);
    let rules: String = [
        "metric = \"idle_latency\"\nabove = \"50ms\"",
        "metric = \"jitter\"\nlearnt = true",
        "metric = \"loaded_latency_upload\"\nabove = \"50ms\"",
        "metric = \"rpm\"\nbelow = 100",
        "metric = \"loss\"\nabove = \"1%\"",
    ]
    .iter()
    .enumerate()
    .map(|(number, rule)| {
        format!(
            "[[alert]]\nname = \"{number}\"\nspeed = \"line\"\n{rule}\n\
             after = 1\n"
        )
    })
    .collect();
    let monitor = NetworkMonitor::watching(&format!(
        "[[speed]]\nname = \"line\"\nserver = \"http://{address}\"\n\
         every = \"4h\"\nbufferbloat = true\n{rules}"
    ));
    let status = monitor.wait_for("status", |status| {
        let alerts = status["alerts"].as_array().expect("alerts");
        alerts.iter().filter(|alert| alert["state"] == "failing").count() == 5
    });
    assert_eq!(status["speed"][0]["running"], false);
}

#[test]
fn a_failed_speed_test_is_a_failure_and_no_speed_of_zero() {
    let nobody = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = nobody.local_addr().expect("an address");
    drop(nobody);
    let monitor = NetworkMonitor::watching(&format!(
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
    let path = format!("/network_data?key={}", monitor.key());
    let said = monitor.get(&path);
    assert!(said["Speed_Test"]["Download"].is_null());
    assert!(said["Speed_Test"]["Error"].is_string());
}

#[test]
fn a_target_that_loses_too_much_is_told_of() {
    let monitor = NetworkMonitor::watching(&format!(
        "{HOSTS}\n[[alert]]\nname = \"lossy\"\ntarget = \"all\"\n\
         metric = \"loss\"\nabove = \"5%\"\nafter = 2\n"
    ));
    let status = monitor
        .wait_for("status", |status| status["alerts"][0]["state"] == "failing");
    let alert = &status["alerts"][0];
    assert_eq!(
        (&alert["target"], &alert["metric"]),
        (&"closed".into(), &"loss".into())
    );
    let words = alert["words"].as_str().expect("words");
    assert!(words.contains("loss is 100.0 %, above 5.0 %"), "{words}");
    // The other one loses nothing.
    assert_eq!(status["alerts"].as_array().map(Vec::len), Some(1));
}

#[test]
fn what_an_alert_has_learnt_survives_a_restart_and_kill_9() {
    for kill in [false, true] {
        let door = TcpListener::bind("127.0.0.1:0").expect("a port");
        let port = door.local_addr().expect("an address").port();
        let mut monitor = NetworkMonitor::watching(&format!(
            "[[target]]\nname = \"door\"\nkind = \"tcp\"\n\
             host = \"127.0.0.1\"\nport = {port}\nevery = \"200ms\"\n\
             [[alert]]\nname = \"unusual\"\ntarget = \"door\"\n\
             learnt = true\nafter = 100000\n"
        ));
        let knows = |status: &Value, values: u32| {
            let words = status["alerts"][0]["words"].to_string();
            words.contains(&format!("{values} of 12 values"))
        };
        // Two samples after the one that was learnt, that one is kept.
        let mut heard = 0;
        for (name, data) in monitor.events() {
            heard += u32::from(heard > 0 && name == "sample");
            if heard == 0 && name == "status" && knows(&data, 1) {
                heard = 1;
            }
            if heard > 3 {
                break;
            }
        }
        if kill {
            monitor.program.kill();
        } else {
            monitor.program.terminate();
            assert!(monitor.program.wait_for_end().success());
        }
        // Nothing answers any more: there is nothing to be learnt anew.
        drop(door);
        let monitor = monitor.again();
        let status = monitor.wait_for("status", |status| {
            status["targets"][0]["state"] == "down"
        });
        assert!(knows(&status, 1), "kill: {kill}; {status:#}");
    }
}

#[test]
fn an_alert_that_reaches_nobody_is_shown_and_counted() {
    let nobody = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = nobody.local_addr().expect("an address");
    drop(nobody);
    let monitor = NetworkMonitor::watching(&format!(
        "{HOSTS}\n[[alert]]\nname = \"away\"\ntarget = \"closed\"\n\
         after = 1\nnotify = [\"chat\"]\n\
         [[notify]]\nname = \"chat\"\nattempts = 1\n\
         webhook = \"http://{address}/secret\"\n"
    ));
    let status = monitor
        .wait_for("status", |status| status["notifiers"][0]["failed"] == 1);
    let error = status["notifiers"][0]["last_error"]["words"].to_string();
    assert!(error.contains("refused") && !error.contains("secret"), "{error}");
    let said = http().get(monitor.url("/metrics")).send().expect("answers");
    let said = said.text().expect("text");
    let line = "notices_failed_total{notifier=\"chat\"} 1";
    assert!(said.contains(line), "{said}");
}

#[test]
fn a_password_in_an_address_is_shown_nowhere() {
    let monitor = NetworkMonitor::watching(
        "[[target]]\nname = \"wiki\"\nkind = \"http\"\n\
         url = \"http://ray:p%40ss@127.0.0.1:1/\"\nevery = \"200ms\"\n\
         timeout = \"200ms\"\n\
         [[alert]]\nname = \"away\"\ntarget = \"wiki\"\nafter = 2\n",
    );
    let status = monitor
        .wait_for("status", |status| status["alerts"][0]["state"] == "failing");
    let mut told = vec![status.to_string()];
    let mut events = monitor.events();
    for _ in 0..5 {
        told.push(events.next().expect("an event").1.to_string());
    }
    for path in ["/api/status", "/api/notes", "/metrics"] {
        let answer = monitor.response(path);
        told.push(answer.text().expect("text"));
    }
    let page = monitor.data().join("report.html");
    let mut command = monitor.command();
    command.args(["report", "--days", "1", "--output"]).arg(&page);
    assert!(command.output().expect("starts").status.success());
    told.push(harness::read(&page));
    for text in &told {
        assert!(!text.contains("p%40ss") && !text.contains("p@ss"), "{text}");
    }
    let address = &status["targets"][0]["address"];
    assert_eq!(address, "http://127.0.0.1:1/", "{status:#}");

    // A speed test has no use for one.
    let folder = scratch();
    let file = folder.path().join("monitor.toml");
    let text = "[[speed]]\nname = \"line\"\nevery = \"4h\"\n\
                server = \"http://ray:p%40ss@127.0.0.1:1/\"\n";
    fs::write(&file, text).expect("written");
    let mut command = Command::new(program("network-monitor"));
    let output = command.arg("--config").arg(&file).arg("check").output();
    let said = output.expect("starts").stderr;
    let said = String::from_utf8_lossy(&said).into_owned();
    assert!(said.contains("speed.server") && !said.contains("p%40"), "{said}");
}

/// What a machine that has too few files to open says of its targets.
#[cfg(target_os = "linux")]
#[test]
fn too_few_open_files_are_trouble_of_ours_and_no_targets() {
    let door = TcpListener::bind("127.0.0.1:0").expect("a port");
    let port = door.local_addr().expect("an address").port();
    let accept = std::thread::spawn(move || {
        while door.accept().is_ok_and(|(stream, _)| stream.peer_addr().is_ok())
        {
        }
    });
    let text: String = (0..150)
        .map(|number| {
            format!(
                "[[target]]\nname = \"{number}\"\nkind = \"tcp\"\n\
                 host = \"127.0.0.1\"\nport = {port}\nevery = \"1s\"\n"
            )
        })
        .collect();
    for (limit, enough) in [("ulimit -Sn 100", true), ("ulimit -n 100", false)]
    {
        let folder = scratch();
        let data = folder.path();
        fs::write(data.join("monitor.toml"), &text).expect("written");
        let mut command = Command::new("sh");
        command.args(["-c", &format!("{limit}; exec \"$0\" \"$@\"")]);
        command.arg(program("network-monitor"));
        command.args(["--listen", "127.0.0.1:0", "--config"]);
        command.arg(data.join("monitor.toml")).arg("--data").arg(data);
        let monitor = NetworkMonitor::start_with(&mut command, data);
        let states = |status: &Value| {
            let targets = status["targets"].as_array().expect("targets");
            let is = |word: &str| {
                targets.iter().filter(|one| one["state"] == word).count()
            };
            (is("up"), is("down"), is("degraded"))
        };
        let status = match enough {
            true => monitor.wait_for("status", |it| states(it).0 == 150),
            false => monitor.wait_for("status", |it| it["trouble"].is_string()),
        };
        let (_, down, degraded) = states(&status);
        assert_eq!((down, degraded), (0, 0), "{limit}: {status:#}");
        if !enough {
            let trouble = status["trouble"].as_str().expect("words");
            assert!(trouble.contains("this machine cannot ask"), "{trouble}");
            assert!(trouble.contains("open files"), "{trouble}");
        }
    }
    drop(accept);
}

#[test]
fn a_certificate_of_ones_own_is_allowed_by_name_and_its_end_is_told() {
    let folder = scratch();
    let key = rcgen::KeyPair::generate().expect("a key");
    let names = vec!["localhost".to_owned()];
    let mut wanted = rcgen::CertificateParams::new(names).expect("a name");
    let soon = std::time::Duration::from_secs(10 * 86_400 + 3_600);
    wanted.not_after = (std::time::SystemTime::now() + soon).into();
    let signed = wanted.self_signed(&key).expect("a certificate");
    let file = |name: &str, text: String| {
        let path = folder.path().join(name);
        fs::write(&path, text).expect("written");
        path
    };
    let tls = (
        file("certificate.pem", signed.pem()),
        file("key.pem", key.serialize_pem()),
    );
    let server = ServeOptions { tls: Some(tls), ..ServeOptions::default() };
    let server = Server::start(&server).expect("a server");
    let port = server.address().port();
    let target = |name: &str, more: &str| {
        format!(
            "[[target]]\nname = \"{name}\"\nkind = \"http\"\n\
             url = \"https://localhost:{port}/speedtest/latency.txt\"\n\
             every = \"500ms\"\n{more}"
        )
    };
    let monitor = NetworkMonitor::watching(&format!(
        "{}{}[[alert]]\nname = \"expires\"\ntarget = \"own\"\n\
         metric = \"certificate\"\nbelow = 14\nafter = 1\n",
        target("strict", ""),
        target("own", "any_certificate = true\n"),
    ));
    let status = monitor.wait_for("status", |status| {
        status["targets"][0]["state"] == "down"
            && status["alerts"][0]["state"] == "failing"
    });
    let [strict, own] = [0, 1].map(|at| &status["targets"][at]);
    let why = strict["error"].as_str().expect("words");
    assert!(why.contains("any_certificate") || why.contains("trust"), "{why}");
    assert_eq!(own["state"], "up", "{status:#}");
    assert_eq!(own["certificate_days"], 10.0, "{status:#}");
    let words = status["alerts"][0]["words"].as_str().expect("words");
    let wanted = "own: the certificate expires in 10 days, below 14 days";
    assert!(words.starts_with(wanted), "{words}");
    // It is in the history once, and not with each check.
    let chart = "/api/history?metric=certificate&target=own&from=0\
                 &to=9999999999999&step=0";
    assert_eq!(monitor.get(chart)["median"], json!([10.0]));
    let said = monitor.response("/metrics").text().expect("text");
    assert!(
        said.contains("probe_certificate_days{target=\"own\"} 10"),
        "{said}"
    );
}

#[test]
fn since_when_a_target_is_down_outlives_a_restart() {
    let mut monitor = NetworkMonitor::watching(HOSTS);
    let is_down = |status: &Value| status["targets"][1]["state"] == "down";
    let before = monitor.wait_for("status", is_down);
    // The next sample is written after the state.
    monitor.wait_for("sample", |sample| {
        sample["target"] == "closed"
            && sample["at"].as_i64() > before["targets"][1]["since"].as_i64()
    });
    monitor.program.kill();
    let monitor = monitor.again();
    let after = monitor.wait_for("status", is_down);
    let since = |status: &Value| status["targets"][1]["since"].clone();
    assert_eq!(since(&after), since(&before));
}

#[cfg(unix)]
#[test]
fn a_failing_target_that_is_taken_out_is_told_of_for_the_last_time() {
    let folder = scratch();
    let told = folder.path().join("told");
    let rest = format!(
        "[[alert]]\nname = \"away\"\ntarget = \"all\"\nafter = 1\n\
         notify = [\"file\"]\n\
         [[notify]]\nname = \"file\"\ncommand = [\"sh\", \"-c\", \
         'echo \"$NOTICE_STATE $NOTICE_TARGET\" >> \"$0\"', '{}']\n",
        told.display()
    );
    let monitor = NetworkMonitor::watching(&format!("{HOSTS}{rest}"));
    let sent = |count: u64| {
        monitor.wait_for("status", |status| {
            status["notifiers"][0]["sent"].as_u64() == Some(count)
        });
    };
    sent(1);
    let (near, _) =
        HOSTS.split_once("[[target]]\nname = \"closed\"").expect("two");
    monitor.write(&format!("{near}{rest}"));
    monitor.hang_up();
    sent(2);
    assert_eq!(harness::read(&told), "failing closed\nunwatched closed\n");
}

#[cfg(unix)]
#[test]
fn a_good_file_takes_over_and_a_bad_one_changes_nothing() {
    let mut monitor = NetworkMonitor::watching(HOSTS);
    monitor.wait_for("sample", |sample| sample["target"] == "near");
    monitor.write(&HOSTS.replace("\"near\"", "\"nearer\""));
    monitor.hang_up();
    monitor
        .wait_for("status", |status| status["targets"][0]["name"] == "nearer");
    monitor.program.wait_for_line("nearer added");
    // A target that is gone is not counted any more.
    monitor.wait_for("sample", |sample| sample["target"] == "nearer");
    let said = http().get(monitor.url("/metrics")).send().expect("answers");
    let said = said.text().expect("text");
    assert!(said.contains("target=\"nearer\""), "{said}");
    assert!(!said.contains("target=\"near\""), "{said}");

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

#[cfg(unix)]
#[test]
fn a_reload_in_the_first_speed_test_does_not_put_it_off() {
    let far = Server::start(&ServeOptions::default()).expect("a server");
    let line = "5mbit,20ms".parse().expect("a link");
    let line = Link::start(&line, far.address()).expect("a link");
    let test = |most_time: &str| {
        format!(
            "[[speed]]\nname = \"line\"\nserver = \"http://{}\"\n\
             every = \"4h\"\nmost_time = \"{most_time}\"\n",
            line.address()
        )
    };
    let mut monitor = NetworkMonitor::watching(&test("60s"));
    monitor.wait_for("progress", |progress| progress["phase"] == "download");
    monitor.write(&test("3s"));
    monitor.hang_up();
    monitor.program.wait_for_line("reloaded: .*");
    let done = monitor
        .wait_for("status", |status| status["speed"][0]["last"].is_number());
    assert_eq!(done["speed"][0]["running"], false, "{done:#}");
    // A test that was stopped is no result.
    let results = monitor.get("/api/results");
    assert_eq!(results.as_array().map(Vec::len), Some(1), "{results:#}");
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
    let monitor = NetworkMonitor::watching(HOSTS);
    let second = monitor
        .command()
        .args(["--listen", "127.0.0.1:0"])
        .output()
        .expect("the program starts");
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
    let mut monitor = NetworkMonitor::watching(&format!(
        "[[speed]]\nname = \"line\"\nserver = \"http://{}\"\n\
         every = \"4h\"\nmost_time = \"60s\"\n",
        line.address()
    ));
    monitor.wait_for("progress", |progress| progress["phase"] == "download");
    monitor.program.terminate();
    let status = monitor.program.wait_for_end();
    assert!(status.success(), "{}", monitor.program.heard().join("\n"));
    // SQLite removes this when the file is closed.
    assert!(!monitor.data().join("history.db-wal").exists());
    // A test that was stopped has not failed.
    let monitor = monitor.again();
    assert_eq!(monitor.get("/api/results"), json!([]));
}

#[test]
fn what_was_measured_is_there_after_kill_9() {
    let mut monitor = NetworkMonitor::watching(HOSTS);
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
    let monitor = NetworkMonitor::watching(HOSTS);
    monitor
        .wait_for("status", |status| status["targets"][1]["state"] == "down");
    let report = monitor.data().join("report.html");
    let mut command = monitor.command();
    command.args(["report", "--days", "1", "--line", "A & B", "--output"]);
    let output = command.arg(&report).output().expect("starts");
    assert!(output.status.success(), "{output:?}");
    let html = harness::read(&report);
    assert!(html.contains("A &amp; B") && html.contains("closed"));
    assert!(!html.contains("<script") && !html.contains("src=\"http"));

    let mut command = Command::new(program("network-monitor"));
    command.args(["--data", "/srv/monitor", "--config"]);
    let command = command.arg(monitor.data().join("monitor.toml")).arg("unit");
    let output = command.output().expect("starts");
    let unit = String::from_utf8_lossy(&output.stdout).into_owned();
    for line in [
        // A service does not see this test's folder.
        "\nExecStart=",
        " --config=/etc/network-monitor/network-monitor.toml",
        " --data=/srv/monitor",
        "\nReadWritePaths=-/srv/monitor\n",
        // Without it, a system that permits no pings would be asked by TCP.
        "\nAmbientCapabilities=CAP_NET_RAW\n",
    ] {
        assert!(unit.contains(line), "{line:?} is not in {output:?}");
    }
    let output = monitor.command().arg("check").output().expect("starts");
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(said.contains("2 targets"), "{said}");
}

#[test]
fn a_monitor_that_never_ran_has_no_key_for_top() {
    let folder = scratch();
    let mut command = Command::new(program("network-monitor"));
    command.arg("--data").arg(folder.path()).arg("top");
    let output = command.output().expect("starts");
    assert!(!output.status.success());
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(said.contains("start the monitor"), "{said}");
    let folder = folder.path().display().to_string();
    assert!(said.contains(&folder), "{said}");
}

/// The disk is a small file system in memory, in a namespace of its own.
#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_is_trouble_until_there_is_room_and_no_reason_to_end() {
    let data = scratch();
    let outside = data.path();
    // The key and the file are outside, where this test can read them, and
    // inside.
    fs::write(outside.join("key"), "0123456789abcdef".repeat(4))
        .expect("a key");
    fs::write(outside.join("monitor.toml"), HOSTS).expect("written");
    let mut command = Command::new("unshare");
    command.args(["--user", "--map-root-user", "--mount", "sh", "-c"]);
    command.arg(
        "umask 077 && key=$(cat \"$1/key\") && file=$(cat \"$1/monitor.toml\") \
         && mount -t tmpfs -o size=4m tmpfs \"$1\" && \
         echo \"$key\" > \"$1/key\" && echo \"$file\" > \"$1/monitor.toml\" \
         && exec \"$0\" --listen 127.0.0.1:0 --config \"$1/monitor.toml\" \
         --data \"$1\"",
    );
    command.arg(program("network-monitor")).arg(outside);
    if !can_unshare() {
        println!("skipped: this system makes no mount namespaces for us");
        return;
    }
    let mut monitor = NetworkMonitor::start_with(&mut command, outside);
    let healthz = || {
        let answer = http().get(monitor.url("/healthz")).send();
        answer.expect("answers").status()
    };
    monitor.wait_for("sample", |sample| sample["target"] == "near");
    assert_eq!(healthz(), 200);

    // The folder as the program sees it (proc_pid_root(5)).
    let inside = PathBuf::from(format!("/proc/{}/root", monitor.program.id()));
    let inside = inside.join(outside.strip_prefix("/").expect("absolute"));
    let fill = || {
        let filler = fs::File::create(inside.join("filler")).expect("a file");
        // Until there is no room for a byte more.
        for size in [4096, 1] {
            let piece = vec![0; size];
            while (&filler).write_all(&piece).is_ok() {}
        }
    };
    fill();
    let status =
        monitor.wait_for("status", |status| status["trouble"].is_string());
    let trouble = status["trouble"].as_str().expect("words");
    assert!(trouble.contains("full"), "{trouble}");
    assert_eq!(healthz(), 503);
    // The network is watched all the same.
    monitor
        .wait_for("status", |status| status["targets"][1]["state"] == "down");

    fs::remove_file(inside.join("filler")).expect("room again");
    monitor.wait_for("status", |status| status["trouble"].is_null());
    assert_eq!(healthz(), 200);

    // Nor is it a reason to end badly.
    fill();
    monitor.wait_for("status", |status| status["trouble"].is_string());
    monitor.program.terminate();
    let status = monitor.program.wait_for_end();
    assert!(status.success(), "{}", monitor.program.heard().join("\n"));
}

#[cfg(target_os = "linux")]
fn can_unshare() -> bool {
    Command::new("unshare")
        .args(["--user", "--map-root-user", "--mount", "true"])
        .output()
        .is_ok_and(|output| output.status.success())
}
