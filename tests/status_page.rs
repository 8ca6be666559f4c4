//! What a monitor shows to the public: a status page and badges, without a
//! key.

use std::net::TcpListener;
use std::path::Path;
use std::process::ExitCode;

use harness::{
    Browser, NetworkMonitor, Tool, http, needs, scratch, suite, test,
};
use history::{History, Retention, Sample};
use reqwest::StatusCode;
use serde_json::json;

fn main() -> ExitCode {
    let browser = |test| needs(Tool::Chromium, needs(Tool::ChromeDriver, test));
    suite(vec![
        test!(the_public_sees_chosen_names_and_states_and_nothing_else),
        test!(an_incident_is_told_in_words_and_its_day_is_drawn),
        test!(a_badge_is_a_picture_that_other_sites_may_show),
        test!(without_a_table_for_it_there_is_no_public_page),
        browser(needs(Tool::Axe, test!(nobody_is_kept_out_of_the_public_page))),
    ])
}

const MINUTE: i64 = 60_000;
const DAY: i64 = 24 * 60 * MINUTE;

/// A target that answers, one that does not, one that nobody may know of, and
/// a page with the first two.
fn configuration(port: u16, title: &str) -> String {
    let target = |name: &str, port: u16| {
        format!(
            "[[target]]\nname = \"{name}\"\nkind = \"tcp\"\n\
             host = \"127.0.0.1\"\nport = {port}\nevery = \"200ms\"\n\
             timeout = \"200ms\"\ngroup = \"rack-2\"\n"
        )
    };
    format!(
        "{}{}{}[status_page]\ntitle = \"{title}\"\ntargets = [\n\
         {{ target = \"web-17\", name = \"Our web site\" }},\n\
         {{ target = \"db-4\", name = \"Orders <new>\" }},\n]\n\
         groups = [{{ group = \"rack-2\", name = \"The shop\" }}]\n",
        target("web-17", port),
        target("db-4", 1),
        target("secret-lab", port),
    )
}

fn listener() -> (TcpListener, u16) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let port = listener.local_addr().expect("an address").port();
    (listener, port)
}

/// A monitor whose targets have all been asked, with its data in `data`.
fn watching(data: &Path, port: u16) -> NetworkMonitor {
    let configuration = configuration(port, "Our services");
    let monitor = NetworkMonitor::start(data, &configuration, &[]);
    monitor.wait_for("status", |status| {
        status["targets"][0]["state"] == "up"
            && status["targets"][1]["state"] == "down"
    });
    monitor
}

/// What a stranger gets.
fn asked(monitor: &NetworkMonitor, path: &str) -> (StatusCode, String) {
    let answer = http().get(monitor.url(path)).send().expect("answers");
    (answer.status(), answer.text().expect("text"))
}

fn the_public_sees_chosen_names_and_states_and_nothing_else() {
    let data = scratch();
    let (_door, port) = listener();
    let monitor = watching(data.path(), port);
    let (status, page) = asked(&monitor, "/status");
    assert_eq!(status, 200, "{page}");
    for wanted in [
        "<h1>Our services</h1>",
        "Our web site",
        "Orders &lt;new&gt;",
        "The shop",
        "Some do not work",
        "has not answered since",
    ] {
        assert!(page.contains(wanted), "{wanted} in {page}");
    }
    let port = port.to_string();
    for secret in [
        "web-17",
        "db-4",
        "secret-lab",
        "rack-2",
        "127.0.0.1",
        "refused",
        &port,
        "tcp",
    ] {
        assert!(!page.contains(secret), "{secret} in {page}");
    }
    assert!(!page.contains("<script"), "{page}");

    // A file that is read again counts at once.
    monitor.write(&configuration(port.parse().expect("one"), "Of the shop"));
    monitor.hang_up();
    let reread = |notes: &serde_json::Value| {
        let words = notes.as_array().into_iter().flatten();
        words.clone().any(|note| {
            note["words"].as_str().is_some_and(|it| it.contains("status page"))
        })
    };
    while !reread(&monitor.get("/api/notes")) {
        std::thread::yield_now();
    }
    assert!(asked(&monitor, "/status").1.contains("<h1>Of the shop</h1>"));
}

fn an_incident_is_told_in_words_and_its_day_is_drawn() {
    let data = scratch();
    let (_door, port) = listener();
    make_up_three_days(data.path());
    let monitor = watching(data.path(), port);
    let (_, page) = asked(&monitor, "/status");
    let told = "<b>Our web site</b> did not answer for 20 min 00 s, from ";
    assert!(page.contains(told), "{page}");
    assert!(page.contains("no answer for 20 min 00 s"), "{page}");
    // 20 minutes of three days.
    assert!(page.contains("99.5"), "{page}");
    assert!(!page.contains("192.0.2.7"), "{page}");
    let (status, badge) = asked(&monitor, "/badge/Our%20web%20site.svg?days=9");
    assert_eq!(status, 200);
    assert!(badge.contains("99.5") && badge.contains("9 days"), "{badge}");
}

fn a_badge_is_a_picture_that_other_sites_may_show() {
    let data = scratch();
    let (_door, port) = listener();
    let monitor = watching(data.path(), port);
    let ask = |path: &str| {
        // As a browser asks for a picture in another site's page.
        let request = http().get(monitor.url(path));
        let request = request.header("Sec-Fetch-Site", "cross-site");
        let request = request.header("Sec-Fetch-Mode", "no-cors");
        let request = request.header("Sec-Fetch-Dest", "image");
        request.send().expect("answers")
    };
    let badge = ask("/badge/Our%20web%20site.svg");
    assert_eq!(badge.status(), 200);
    let header = |name: &str| badge.headers()[name].to_str().expect("text");
    assert_eq!(header("content-type"), "image/svg+xml");
    assert_eq!(header("cross-origin-resource-policy"), "cross-origin");
    assert!(header("cache-control").contains("max-age"));
    let svg = badge.text().expect("text");
    assert!(svg.contains("Our web site: works"), "{svg}");
    let down = ask("/badge/Orders%20%3Cnew%3E.svg").text().expect("text");
    assert!(down.contains("does not work"), "{down}");
    for (path, status) in [
        // The name in the file is nobody's business.
        ("/badge/web-17.svg", 404),
        ("/badge/secret-lab.svg", 404),
        ("/badge/Our%20web%20site.svg?days=91", 400),
        ("/badge/Our%20web%20site.svg?days=0", 400),
        // What is not public is not for other sites.
        ("/api/status", 403),
    ] {
        assert_eq!(ask(path).status(), status, "{path}");
    }
}

fn without_a_table_for_it_there_is_no_public_page() {
    let monitor = NetworkMonitor::watching("");
    assert_eq!(asked(&monitor, "/status").0, 404);
    assert_eq!(asked(&monitor, "/badge/localhost.svg").0, 404);
}

fn nobody_is_kept_out_of_the_public_page() {
    let data = scratch();
    let (_door, port) = listener();
    make_up_three_days(data.path());
    let monitor = watching(data.path(), port);
    let browser = Browser::start();
    browser.open(&monitor.url("/status"));
    for scheme in ["light", "dark"] {
        browser.prefer(scheme);
        assert_eq!(browser.violations(), json!([]), "in {scheme}");
    }
    browser.resize(390, 800);
    let width = "return document.documentElement.scrollWidth";
    assert!(browser.run(width).as_i64() <= Some(390));
    assert_eq!(browser.violations(), json!([]), "on a phone");
}

/// Three days of the first target, asked once a minute: for twenty minutes of
/// the second one it did not answer, and why nobody may know.
fn make_up_three_days(data: &Path) {
    let history = History::open(data, &Retention::default());
    let history = history.expect("a history");
    let end = network_monitor::now();
    let outage = end - 36 * 60 * MINUTE..end - (36 * 60 - 20) * MINUTE;
    let samples: Vec<Sample> = (1..3 * DAY / MINUTE)
        .rev()
        .map(|minutes| end - minutes * MINUTE)
        .map(|at| {
            let value = (!outage.contains(&at)).then_some(2.5);
            let mut sample = Sample::new(at, "check", "web-17", value);
            sample.error =
                value.is_none().then(|| "192.0.2.7 refused".to_owned());
            sample
        })
        .collect();
    history.record(&samples).expect("recorded");
}
