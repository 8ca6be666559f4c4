//! The network monitor's checks of services and jobs: real servers, good and
//! bad, and the program that watches them.

#[path = "ping/servers.rs"]
#[allow(dead_code, reason = "other tests need the rest")]
mod servers;

use std::fs;
use std::io::Write;
use std::process::Command;

use harness::{NetworkMonitor, http, program, scratch};
use serde_json::{Value, json};

/// A target with these lines, which is asked five times a second.
fn target(name: &str, lines: &str) -> String {
    format!(
        "[[target]]\nname = \"{name}\"\nevery = \"200ms\"\n\
         timeout = \"200ms\"\n{lines}\n"
    )
}

/// Waits until no target is in an unknown state, and each is up or down.
fn settled(monitor: &NetworkMonitor) -> Value {
    let status = monitor.wait_for("status", |status| {
        let targets = status["targets"].as_array().expect("targets");
        targets.iter().all(|one| one["state"] == "up" || one["state"] == "down")
    });
    status["targets"].clone()
}

#[test]
fn a_page_is_asked_for_as_the_file_says_and_its_secrets_stay_secret() {
    let server = servers::tcp(|mut stream| {
        let request = servers::request(&mut stream)?;
        let known = request.contains("authorization: Bearer from-a-file\r\n")
            && request.contains("x-key: from-the-environment\r\n");
        let (status, state) = match known {
            _ if request.contains(" /broken ") => (500, "up"),
            false => (401, "up"),
            true if request.contains(" /ill ") => (200, "ill"),
            true => (200, "up"),
        };
        let body = format!("{{\"db\": {{\"state\": \"{state}\"}}}}");
        stream.write_all(&servers::page(status, &body))
    });
    let page = |name: &str, path: &str, more: &str| {
        let lines = format!(
            "kind = \"http\"\nurl = \"http://{server}{path}\"\n{more}\n"
        );
        target(name, &lines)
    };
    let secrets = "method = \"POST\"\nbody = \"{}\"\n\
                   bearer = { file = \"token\" }\n\
                   headers = { X-Key = { env = \"OUR_KEY\" } }\n\
                   json = { pointer = \"/db/state\", value = \"up\" }\n";
    let basic = "basic = { user = \"ray\", password = \"by-itself\" }";
    let text = [
        page("good", "/", secrets),
        page("ill", "/ill", secrets),
        page("broken", "/broken", secrets),
        page("stranger", "/", basic),
    ];
    let folder = scratch();
    let data = folder.path();
    fs::write(data.join("monitor.toml"), text.concat()).expect("written");
    fs::write(data.join("token"), "from-a-file\n").expect("written");
    let mut command = Command::new(program("network-monitor"));
    command.env("OUR_KEY", "from-the-environment");
    command.args(["--listen", "127.0.0.1:0", "--config"]);
    command.arg(data.join("monitor.toml")).arg("--data").arg(data);
    let monitor = NetworkMonitor::start_with(&mut command, data);

    let targets = settled(&monitor);
    let found: Vec<(&Value, &Value)> = [0, 1, 2, 3]
        .map(|at| (&targets[at]["state"], &targets[at]["http_status"]))
        .into();
    let (up, down) = (json!("up"), json!("down"));
    let [well, broken, stranger] = [json!(200), json!(500), json!(401)];
    assert_eq!(
        found,
        [(&up, &well), (&down, &well), (&down, &broken), (&down, &stranger)],
        "{targets:#}"
    );
    let words = targets[1]["error"].as_str().expect("words");
    assert!(words.contains("is \"ill\", not \"up\""), "{words}");
    let words = targets[2]["error"].as_str().expect("words");
    assert!(words.ends_with("answers 500 Internal Server Error"), "{words}");

    // What the time went into is told with it.
    let phases = &targets[0]["phases"];
    let sum: f64 =
        ["name_ms", "connect_ms", "tls_ms", "first_byte_ms", "rest_ms"]
            .iter()
            .filter_map(|phase| phases[phase].as_f64())
            .sum();
    assert!(phases["tls_ms"].is_null(), "{phases:#}");
    let whole = targets[0]["value"].as_f64().expect("a time");
    assert!(sum > 0.0 && sum <= whole, "{sum} of {whole}: {phases:#}");

    // And kept.
    let chart = "/api/history?metric=phase_first_byte&target=good&from=0\
                 &to=9999999999999&step=0";
    let kept = &monitor.get(chart)["median"];
    assert!(kept[0].as_f64() > Some(0.0), "{kept}");

    let mut told = targets.to_string();
    for path in ["/api/status", "/api/notes", "/metrics"] {
        told += &monitor.response(path).text().expect("text");
    }
    for (name, data) in monitor.events().take(5) {
        told += &format!("{name} {data}");
    }
    for secret in ["from-a-file", "from-the-environment", "by-itself"] {
        assert!(!told.contains(secret), "{secret}: {told}");
    }
}

#[test]
fn a_service_must_greet_as_expected() {
    let greets = |greeting: &'static [u8]| {
        let server = servers::tcp(move |mut stream| {
            stream.write_all(greeting)?;
            // Until the other side hangs up.
            std::io::copy(&mut stream, &mut std::io::sink()).map(drop)
        });
        format!(
            "kind = \"tcp\"\nhost = \"127.0.0.1\"\nport = {}\n\
             expect = \"220 \"",
            server.port()
        )
    };
    let monitor = NetworkMonitor::watching(
        &[
            target("good", &greets(b"220 mail.example ESMTP\r\n")),
            target("full", &greets(b"554 \x1b[2Jgo away\r\n")),
            target("silent", &greets(b"")),
            target("half", &greets(b"22")),
        ]
        .concat(),
    );
    let targets = settled(&monitor);
    assert_eq!(targets[0]["state"], "up", "{targets:#}");
    for (at, wanted) in [
        (1, "greets with \"554 [2Jgo away\", not with \"220 \""),
        (2, "does not greet in time"),
        (3, "greets with \"22\", and does not go on in time"),
    ] {
        assert_eq!(targets[at]["state"], "down", "{targets:#}");
        let words = targets[at]["error"].as_str().expect("words");
        assert!(words.ends_with(wanted), "{words}");
    }
}

#[test]
fn a_certificate_that_is_refused_still_tells_when_it_ends() {
    let port = servers::https(9).port();
    let url = format!("url = \"https://localhost:{port}/\"\n");
    let monitor = NetworkMonitor::watching(&format!(
        "{}[[alert]]\nname = \"expires\"\ntarget = \"shop\"\n\
         metric = \"certificate\"\nbelow = 14\nafter = 1\n",
        target("shop", &format!("kind = \"http\"\n{url}")),
    ));
    let status = monitor.wait_for("status", |status| {
        status["targets"][0]["state"] == "down"
            && status["alerts"][0]["state"] == "failing"
    });
    let shop = &status["targets"][0];
    assert_eq!(shop["certificate_days"], 9.0, "{shop:#}");
    let why = shop["error"].as_str().expect("words");
    assert!(why.contains("somebody whom this machine does not trust"), "{why}");
}

const TOKEN: &str = "0123456789abcdef-backup";

fn job(within: &str) -> String {
    format!(
        "[[target]]\nname = \"backup\"\nkind = \"push\"\n\
         token = \"{TOKEN}\"\nwithin = \"{within}\"\n\
         [[alert]]\nname = \"no backup\"\ntarget = \"backup\"\nafter = 1\n"
    )
}

/// Reports as a job does: without a key. Returns the status of the answer.
fn report(monitor: &NetworkMonitor, rest: &str) -> u16 {
    let url = monitor.url(&format!("/api/push/{rest}"));
    let answer = http().get(url).send().expect("the monitor answers");
    answer.status().as_u16()
}

fn wait_for_state(monitor: &NetworkMonitor, state: &str) -> Value {
    let status = monitor
        .wait_for("status", |status| status["targets"][0]["state"] == state);
    status["targets"][0].clone()
}

#[test]
fn a_job_that_does_not_report_is_missed_and_told_of() {
    let monitor = NetworkMonitor::watching(&job("1s"));
    let missed = wait_for_state(&monitor, "down");
    let words = missed["error"].as_str().expect("words");
    assert_eq!(words, "no report came within 1s, and none before");
    monitor.wait_for("status", |it| it["alerts"][0]["state"] == "failing");

    assert_eq!(report(&monitor, &format!("{TOKEN}?status=up&ms=1500")), 200);
    let reported = wait_for_state(&monitor, "up");
    assert_eq!(reported["value"], 1500.0, "{reported:#}");
    monitor.wait_for("status", |it| it["alerts"] == json!([]));

    let missed = wait_for_state(&monitor, "down");
    let words = missed["error"].as_str().expect("words");
    assert!(words.starts_with("no report came within 1s: the last"), "{words}");
}

#[test]
fn a_job_that_says_that_it_failed_is_down_and_its_token_is_shown_nowhere() {
    let monitor = NetworkMonitor::watching(&job("1h"));
    assert_eq!(report(&monitor, TOKEN), 200);
    wait_for_state(&monitor, "up");
    let said = "status=down&msg=disk%20full%1b%5b2J";
    let post = http().post(monitor.url(&format!("/api/push/{TOKEN}?{said}")));
    assert_eq!(post.send().expect("answers").status(), 200);
    let failed = wait_for_state(&monitor, "down");
    let words = failed["error"].as_str().expect("words");
    assert_eq!(words, "the job says that it failed: disk full[2J");

    for wrong in ["", "0123456789abcdef", "0123456789abcdef-backuq", "a/b"] {
        assert_eq!(report(&monitor, wrong), 404, "{wrong}");
    }
    assert_eq!(report(&monitor, &format!("{TOKEN}?status=maybe")), 400);
    let mut told = monitor.get("/api/status").to_string();
    for path in ["/api/notes", "/metrics", "/api/outages"] {
        told += &monitor.response(path).text().expect("text");
    }
    assert!(!told.contains(TOKEN), "{told}");
}

#[test]
fn a_restart_of_the_monitor_is_no_report_and_no_miss() {
    let mut monitor = NetworkMonitor::watching(&job("2s"));
    assert_eq!(report(&monitor, TOKEN), 200);
    let reported = wait_for_state(&monitor, "up")["last"].as_i64();
    monitor.program.kill();
    let monitor = monitor.again();
    // Not at once, but without another report.
    let status = monitor.get("/api/status");
    assert_eq!(status["targets"][0]["state"], "up", "{status:#}");
    let missed = wait_for_state(&monitor, "down");
    let since = missed["since"].as_i64().expect("a time");
    // The report was noted a moment before its sample.
    assert!(since >= reported.expect("a time") + 1_900, "{missed:#}");
}
