//! The speed test in a browser: the real page of the real monitor, over a link
//! of known speed.

use std::process::ExitCode;

use harness::{
    Browser, NetworkMonitor, SpeedPage, Test, Tool, http, measured, needs,
    scratch, suite, test,
};
use link::Link;
use reqwest::blocking::Response;
use serde_json::{Value, json};

fn main() -> ExitCode {
    let browser = |test| needs(Tool::Chromium, needs(Tool::ChromeDriver, test));
    let axe = |test: Test| browser(needs(Tool::Axe, test));
    suite(vec![
        axe(test!(a_browser_measures_its_way_and_keeps_what_its_user_wants)),
        test!(nobody_tests_without_a_sign_in_or_from_another_page),
        test!(what_cannot_be_is_not_kept),
    ])
}

fn a_browser_measures_its_way_and_keeps_what_its_user_wants() {
    let data = scratch();
    let monitor = monitor(&data);
    let settings = "20mbit,20ms,buffer=50ms".parse().expect("a link");
    let place = monitor.address.replace("http://", "");
    let far = place.parse().expect("an address");
    let link = Link::start(&settings, far).expect("a port");
    let truth = settings.rate as f64 * 1448.0 / 1500.0;
    let near = format!("http://{}", link.address());

    // A browser at the other end of the link, whose user has signed in.
    let browser = Browser::start();
    browser.open(&monitor.link.replace(&monitor.address, &near));
    browser.open(&format!("{near}/speedtest"));
    measured(|| {
        let found = SpeedPage::run(&browser);
        println!("{truth:.0} bit/s: {found:?}");
        let off = |bps: f64| (bps / truth - 1.0).abs();
        let [idle, down, up] = found.latency;
        let right = off(found.download) <= 0.03
            && off(found.upload) <= 0.05
            && found.seconds <= 10.0
            && (20.0..40.0).contains(&idle)
            && down > idle + 10.0
            && up > idle + 10.0
            && ["A", "B", "C"].contains(&found.grade.as_str());
        if right { Ok(()) } else { Err(format!("{found:?}")) }
    });
    // Nobody else was asked.
    let elsewhere = browser.run(
        "return performance.getEntriesByType('resource')
            .map((entry) => new URL(entry.name).origin)
            .filter((origin) => origin !== location.origin)",
    );
    assert_eq!(elsewhere, json!([]));

    for scheme in ["light", "dark"] {
        browser.prefer(scheme);
        assert_eq!(browser.violations(), json!([]), "in {scheme}");
    }
    browser.resize(390, 800);
    let width = browser.run("return document.documentElement.scrollWidth");
    assert!(width.as_i64() <= Some(390), "{width} pixels");

    // Without the tick nothing is kept.
    browser.press("#place", "meeting\u{202e} room@2");
    browser.click("#keep button");
    browser.wait_until(
        "return document.querySelector('#kept-words').textContent\
         .includes('tick the box')",
    );
    assert_eq!(monitor.get("/api/results"), json!([]));
    browser.click("#kept");
    browser.click("#keep button");
    browser.wait_until(
        "return document.querySelector('#said').textContent\
         .startsWith('Kept in the history')",
    );
    let kept = monitor.get("/api/results");
    assert_eq!(kept[0]["name"], "browser: meeting room 2", "{kept:#}");
    assert!(kept[0]["report"]["grade"].is_string(), "{kept:#}");
    let notes = monitor.get("/api/notes").to_string();
    assert!(notes.contains("browser: meeting room 2: "), "{notes}");
}

fn nobody_tests_without_a_sign_in_or_from_another_page() {
    let data = scratch();
    let monitor = monitor(&data);
    for path in ["/speedtest", "/speedtest/down?test=a", "/speedtest/ping"] {
        let answer = http().get(monitor.url(path)).send().expect("an answer");
        assert_eq!(answer.status(), 401, "{path}");
    }
    let from_elsewhere = http()
        .post(monitor.url("/speedtest/results"))
        .bearer_auth(monitor.key())
        .header("Origin", "http://elsewhere.example")
        .header("Sec-Fetch-Site", "cross-site")
        .json(&finding("desk"))
        .send()
        .expect("an answer");
    assert_eq!(from_elsewhere.status(), 403);
    assert_eq!(monitor.get("/api/results"), json!([]));
}

fn what_cannot_be_is_not_kept() {
    let data = scratch();
    let monitor = monitor(&data);
    for (key, value) in [
        ("name", json!(" ")),
        ("name", json!("x".repeat(1000))),
        ("download_bps", json!(-5)),
        ("upload_bps", json!(1e300)),
        ("idle_latency_ms", json!(0)),
    ] {
        let mut strange = finding("desk");
        strange[key] = value;
        let answer = send(&monitor, &strange);
        assert_eq!(answer.status(), 400, "{strange}");
    }
    for strange in [json!({}), json!({ "name": "desk" })] {
        let status = send(&monitor, &strange).status();
        assert!(status.is_client_error(), "{status}: {strange}");
    }
    assert_eq!(monitor.get("/api/results"), json!([]));

    assert_eq!(send(&monitor, &finding("desk")).status(), 204);
    let kept = monitor.get("/api/results");
    assert_eq!(kept[0]["name"], "browser: desk");
    assert_eq!(kept[0]["report"]["grade"], "B");
    // Nobody fills the history with them.
    let next = send(&monitor, &finding("desk 2"));
    assert_eq!(next.status(), 503);
    let words: Value = next.json().expect("JSON");
    assert!(words["error"].as_str().expect("words").contains("try again"));
}

fn monitor(data: &tempfile::TempDir) -> NetworkMonitor {
    let nothing = "[[target]]\nname = \"itself\"\nhost = \"127.0.0.1\"\n";
    NetworkMonitor::start(data.path(), nothing, &[])
}

fn finding(name: &str) -> Value {
    json!({
        "name": name,
        "download_bps": 94e6,
        "upload_bps": 18e6,
        "idle_latency_ms": 4,
        "loaded_latency_ms": { "download": 12, "upload": 60 },
        "stable": true,
    })
}

fn send(monitor: &NetworkMonitor, finding: &Value) -> Response {
    http()
        .post(monitor.url("/speedtest/results"))
        .bearer_auth(monitor.key())
        .json(finding)
        .send()
        .expect("an answer")
}
