//! The network monitor's page, in a real browser, with the real program
//! behind it.
//!
//! ```sh
//! cargo test --test monitor_page
//! UPDATE_PICTURES=1 cargo test --test monitor_page   the book's pictures, too
//! ```

use std::fs;
use std::io::{Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::thread;

use dashboard::api::{
    GroupStatus, Hop, Occurrence, Outage, Overall, Phases, PlaceState,
    PlaceStatus, State, Status, TargetStatus,
};
use harness::{
    Browser, NetworkMonitor, Test, Tool, check_pictures, needs, scratch, suite,
    test,
};
use history::{History, Retention, Sample};
use link::Link;
use monitor_config::Config;
use regex::Regex;
use report::{About, Report};
use serde_json::json;
use speedtest::serve::{ServeOptions, Server};

#[path = "monitor_page/shown.rs"]
mod shown;

use shown::Shown;

fn main() -> ExitCode {
    let browser = |test| needs(Tool::Chromium, needs(Tool::ChromeDriver, test));
    let axe = |test: Test| browser(needs(Tool::Axe, test));
    suite(vec![
        browser(test!(samples_come_by_themselves_and_a_dead_target_is_seen)),
        browser(test!(a_part_is_zoomed_to_by_mouse_and_by_keys)),
        browser(test!(values_are_read_by_keys_and_targets_chosen)),
        browser(test!(the_page_finds_its_monitor_again)),
        browser(test!(a_stream_that_died_in_silence_is_opened_again)),
        browser(test!(an_alert_that_reaches_nobody_says_so)),
        browser(test!(a_chart_can_be_linked_to_as_it_is)),
        browser(test!(a_young_monitor_shows_its_whole_life)),
        browser(test!(two_hundred_targets_stay_usable)),
        browser(test!(groups_fold_and_say_what_is_wrong)),
        browser(test!(a_place_goes_missing)),
        axe(test!(nobody_is_kept_out_of_any_section)),
        browser(test!(an_alert_is_answered_with_a_word_why)),
        browser(test!(planned_work_is_made_drawn_and_removed)),
        browser(test!(a_speed_test_runs_at_the_press_of_a_button)),
        browser(test!(a_failed_speed_test_is_a_failure_and_no_speed)),
        browser(test!(a_phone_need_not_scroll_sideways)),
        browser(test!(charts_follow_light_and_dark)),
        browser(test!(nothing_is_asked_of_anybody_else)),
        axe(test!(nobody_is_kept_out_by_light_or_by_dark)),
        axe(test!(nobody_is_kept_out_of_the_report)),
        browser(test!(the_books_pictures_are_there_and_small)),
    ])
}

/// Keys without a letter (WebDriver, section 17.4.2).
const SHIFT: char = '\u{E008}';
const ENTER: char = '\u{E007}';
const ESCAPE: char = '\u{E00C}';
const LEFT: char = '\u{E012}';
const DOWN: char = '\u{E015}';

const CHART: &str = "#latency .chart";

fn samples_come_by_themselves_and_a_dead_target_is_seen() {
    let data = scratch();
    let door = listener();
    let monitor = NetworkMonitor::start(data.path(), &config(&door), &[]);
    let browser = look_at(&monitor);
    browser.wait_until(&overall("Good"));
    browser.wait_until("return document.title.startsWith('Good')");
    // Nobody reloads: one probe after the other is counted.
    browser.wait_until(&probes(1));
    let seen = browser.run(&format!("return {PROBES}"));
    browser.wait_until(&probes(seen.as_i64().expect("a count") + 2));
    browser.wait_until(
        "const line = document.querySelector('.spark path');
         return line.checkVisibility() && line.getTotalLength() > 0",
    );

    drop(door);
    browser.wait_until(&overall("Down"));
    browser.wait_until(
        "return document.querySelector('.target.down .why')?.textContent\
         .includes('refused')",
    );
    browser.wait_until(
        "return document.querySelector('#alerts .bad')?.textContent\
         .includes('check fails')",
    );
    browser.wait_until(
        "return document.querySelector('#events').textContent\
         .includes('check fails')",
    );
}

fn a_part_is_zoomed_to_by_mouse_and_by_keys() {
    let data = scratch();
    let door = listener();
    make_up_hours(data.path(), 2);
    let monitor = NetworkMonitor::start(data.path(), &config(&door), &[]);
    let browser = look_at(&monitor);
    browser.wait_until(&shown("The last hour, live"));
    browser.wait_until(&probes(2));
    browser.run("document.querySelector('#latency').scrollIntoView()");

    // Half of the chart's width is half an hour, more or less.
    let width = browser
        .run("return document.querySelector('#latency .u-over').clientWidth");
    let width = width.as_i64().expect("pixels");
    browser.drag("#latency .u-over", -width / 4, width / 4);
    browser.wait_until("return location.hash.startsWith('#from=')");
    let half_hour = 1_800_000.0;
    assert!((range(&browser) / half_hour - 1.0).abs() < 0.02);
    browser.wait_until(
        "return !document.querySelector('#shown').textContent.includes('live')",
    );

    // The part that the keys mark: from the last point to the one before.
    browser.press(CHART, &ESCAPE.to_string());
    browser.wait_until(&shown("The last hour, live"));
    browser.press(CHART, &format!("{LEFT}{SHIFT}{LEFT}{SHIFT}{ENTER}"));
    browser.wait_until("return location.hash.startsWith('#from=')");
    assert!(range(&browser) < 60_000.0);

    browser.press(CHART, "-");
    browser.wait_until(
        "return !document.querySelector('[data-move=back]').disabled",
    );
    browser.click("[data-span=year]");
    // Of which there are two hours.
    browser.wait_until(&format!("return {YOUNG}"));
    // The browser's own button leads back as well.
    browser.run("history.back()");
    browser.wait_until("return location.hash.startsWith('#from=')");
}

fn values_are_read_by_keys_and_targets_chosen() {
    let data = scratch();
    let door = listener();
    let monitor = NetworkMonitor::start(data.path(), &config(&door), &[]);
    let browser = look_at(&monitor);
    browser.wait_until(&probes(3));
    browser.press(CHART, &format!("{LEFT}{LEFT}"));
    browser.wait_until(
        "return / ms$/.test(document.querySelector('.read-out').textContent)",
    );
    let spoken = "return document.querySelector('.read-out').ariaLive";
    assert_eq!(browser.run(spoken), "polite");

    let charts = |count: usize| {
        format!(
            "return document.querySelectorAll('#latency figure').length \
             === {count}"
        )
    };
    browser.press(".target[aria-pressed=false]", " ");
    browser.wait_until(&charts(2));
    browser.press(".target[aria-pressed=true]", " ");
    browser.wait_until(&charts(1));
    // The last one stays: a page without a chart says nothing.
    browser.press(".target[aria-pressed=true]", " ");
    browser.wait_until(&charts(1));

    browser.click("#latency summary");
    browser.wait_until(
        "return document.querySelectorAll('#latency tbody tr').length > 0",
    );
}

fn the_page_finds_its_monitor_again() {
    let data = scratch();
    let door = listener();
    let mut monitor = NetworkMonitor::start(data.path(), &config(&door), &[]);
    let browser = look_at(&monitor);
    browser.wait_until(&probes(2));
    let place = monitor.address.replace("http://", "");
    monitor.program.kill();
    browser.wait_until(
        "return document.querySelector('#news.lost')?.textContent\
         .includes('No news since')",
    );
    let before = browser.run(&format!("return {PROBES}"));
    let before = before.as_i64().expect("a count");

    let listen = ["--listen", place.as_str()];
    let _again = NetworkMonitor::start(data.path(), &config(&door), &listen);
    browser.wait_until(
        "return document.querySelector('#news.live')?.textContent === 'Live'",
    );
    // The samples from before the restart are there, and more come.
    browser.wait_until(&probes(before + 2));
    browser.wait_until("return !document.body.classList.contains('stale')");
}

fn a_stream_that_died_in_silence_is_opened_again() {
    let data = scratch();
    let door = listener();
    let monitor = NetworkMonitor::start(data.path(), &config(&door), &[]);
    let place = monitor.address.replace("http://", "");
    let wire = Wire::to(place.parse().expect("an address"));
    let browser = Browser::start();
    let address = wire.address.to_string();
    browser.open(&monitor.link.replace(&place, &address));
    browser.wait_until(&probes(2));
    wire.freeze();
    let seen = browser.run(&format!("return {PROBES}"));
    let seen = seen.as_i64().expect("a count");
    // Nobody wants to wait for as long as the page does.
    browser
        .run("const now = Date.now.bind(Date); Date.now = () => now() + 60e3;");
    browser.wait_until(&probes(seen + 5));
    browser.wait_until("return document.querySelector('#news.live') !== null");
}

fn an_alert_that_reaches_nobody_says_so() {
    let data = scratch();
    let door = listener();
    let config = config(&door).replace("after = 3", "after = 1")
        + &format!(
            "notify = [\"chat\"]\n[[notify]]\nname = \"chat\"\nattempts = 1\n\
             webhook = \"http://{}/\"\n[[alert]]\nname = \"unusual\"\n\
             target = \"front door\"\nlearnt = true\nafter = 100\n",
            nobody()
        );
    let monitor = NetworkMonitor::start(data.path(), &config, &[]);
    let browser = look_at(&monitor);
    // The target is named once.
    browser.wait_until(
        "return document.querySelector('#alerts .unknown .words')\
         ?.textContent.startsWith('front door: learning')",
    );
    drop(door);
    browser.wait_until(
        "return document.querySelector('#alerts').textContent\
         .includes('nobody was told')",
    );
}

fn a_chart_can_be_linked_to_as_it_is() {
    let data = scratch();
    let door = listener();
    make_up_hours(data.path(), 2);
    let monitor = NetworkMonitor::start(data.path(), &config(&door), &[]);
    let browser = look_at(&monitor);
    let titles = |wanted: &str| {
        format!(
            "return [...document.querySelectorAll('#latency h3')]
               .map((title) => title.textContent).join() === '{wanted}'"
        )
    };
    browser.wait_until(&titles("front door"));
    // The address says at once what is shown.
    let hash = "return location.hash";
    assert_eq!(browser.run(hash), "#range=1h&target=front+door");
    browser.click(".target[aria-pressed=false]");
    browser.wait_until(&titles("front door,back door"));
    browser.click(".target[aria-pressed=true]");
    browser.wait_until(&titles("back door"));
    browser.click("[data-span=day]");
    assert_eq!(browser.run(hash), "#range=1d&target=back+door");

    // Somebody else opens it, with a browser that remembers nothing.
    let opened = |hash: &str| {
        browser.run("localStorage.clear()");
        browser.open("about:blank");
        browser.open(&format!("{}/{hash}", monitor.address));
    };
    opened("#target=back+door&range=6h");
    browser.wait_until(&titles("back door"));
    browser.wait_until(&format!("return {PROBES} > 600"));
    let to = network_monitor::now() - HOUR;
    let from = to - 10 * MINUTE;
    opened(&format!("#from={from}&to={to}&target=front+door"));
    browser.wait_until(&titles("front door"));
    browser.wait_until(&format!("return {PROBES} === 60"));
    // What it shows is one click away as a file.
    browser.run(
        "fetch(document.querySelector('#latency a[download]').href)
           .then((answer) => answer.text()).then((text) => {
             window.lines = text.trim().split('\\n').length;
           })",
    );
    browser.wait_until("return window.lines >= 60");

    // The browser's own button takes a choice back.
    browser.click(".target[aria-pressed=false]");
    browser.wait_until(&titles("front door,back door"));
    browser.run("history.back()");
    browser.wait_until(&titles("front door"));
    assert!((range(&browser) - 600_000.0).abs() < 1.0);
}

fn a_young_monitor_shows_its_whole_life() {
    let data = scratch();
    let door = listener();
    let monitor = NetworkMonitor::start(data.path(), &config(&door), &[]);
    let browser = look_at(&monitor);
    let young = format!("return {YOUNG}");
    browser.wait_until(&probes(3));
    browser.wait_until(&young);
    // A part of the chart that is seconds wide, and not half an hour.
    browser.click("[data-span=year]");
    browser.wait_until(&young);
    browser.click("[data-move=in]");
    browser.wait_until("return location.hash.startsWith('#from=')");
    assert!(range(&browser) < 60_000.0);
}

fn two_hundred_targets_stay_usable() {
    let data = scratch();
    let door = listener();
    let port = door.local_addr().expect("an address").port();
    // Two hundred connections would not fit into its queue.
    thread::spawn(move || door.incoming().for_each(drop));
    let broken = listener();
    let page = broken.local_addr().expect("an address");
    thread::spawn(move || {
        for mut stream in broken.incoming().flatten() {
            let _ = stream.read(&mut [0; 4096]);
            let _ = stream
                .write_all(b"HTTP/1.1 500 Oh\r\nContent-Length: 0\r\n\r\n");
        }
    });
    let target = |name: &str, what: &str| {
        format!(
            "[[target]]\nname = \"{name}\"\n{what}\nevery = \"5s\"\n\
             timeout = \"4s\"\ndown_after = 1\n"
        )
    };
    let tcp = |port: u16| {
        format!("kind = \"tcp\"\nhost = \"127.0.0.1\"\nport = {port}")
    };
    let mut config: String = (1..=198)
        .map(|number| target(&format!("door {number}"), &tcp(port)))
        .collect();
    config += &target("last door", &tcp(nobody().port()));
    config +=
        &target("page", &format!("kind = \"http\"\nurl = \"http://{page}/\""));
    let monitor = NetworkMonitor::start(data.path(), &config, &[]);
    let browser = look_at(&monitor);
    browser.wait_until(
        "const cards = [...document.querySelectorAll('#targets .target')];
         const down = document.querySelectorAll('.target.down').length;
         return down === 2 && cards.slice(0, 2).every((card) =>
           card.classList.contains('down'))
           && document.querySelectorAll('.target.up').length === 198",
    );
    // A status is an answer.
    browser.wait_until(
        "const card = [...document.querySelectorAll('.target')]
           .find((card) => card.textContent.includes('page'));
         return card.querySelector('.value').textContent === 'HTTP 500'",
    );
    // What is wrong, and the one whose chart is drawn.
    let seen = |count: usize| {
        format!(
            "return document.querySelector('#folded').textContent
               === '{count} of 200 targets are shown.'
             && [...document.querySelectorAll('#targets li')]
               .filter((item) => item.checkVisibility()).length === {count}"
        )
    };
    browser.wait_until(&seen(3));
    let top = "return document.querySelector('#latency')\
               .getBoundingClientRect().top + scrollY < 900";
    assert_eq!(browser.run(top), true, "the chart is far below");
    browser.click("#only-wrong");
    browser.wait_until(&seen(200));
    browser.press("#find-target [type=search]", "LAST");
    browser.wait_until(&seen(1));
    browser.press("#find-target [type=search]", " bus");
    browser.wait_until(
        "return document.querySelector('#folded').textContent\
         .startsWith('No target')",
    );
}

fn groups_fold_and_say_what_is_wrong() {
    let shown = Shown::start(everything(), Vec::new(), Vec::new());
    let browser = Browser::start();
    browser.open(&shown.url());
    let headings = "[...document.querySelectorAll('.group h3')]
                    .map((heading) => heading.textContent)";
    browser.wait_until(&format!("return {headings}.length === 2"));
    // The group that has a fault comes first, although it was named last.
    assert_eq!(
        browser.run(&format!("return {headings}")),
        json!(["office1 down, 2 unreachable", "web1 maintenance, 1 up"])
    );
    let words = |card: &str| {
        browser.run(&format!(
            "return [...document.querySelectorAll('.target')]
               .find((one) => one.textContent.includes('{card}')).innerText"
        ))
    };
    let card = words("printer");
    let card = card.as_str().expect("words");
    assert!(card.contains("unreachable"), "{card}");
    assert!(card.contains("It lies behind switch."), "{card}");
    let card = words("wiki");
    let card = card.as_str().expect("words");
    assert!(card.contains("maintenance"), "{card}");
    assert!(card.contains("Planned work: update."), "{card}");
    let sentence =
        browser.run("return document.querySelector('#sentence').textContent");
    assert_eq!(
        sentence,
        "switch does not answer; printer and server lie behind that; wiki is \
         being worked on, as planned."
    );

    let seen = |count: usize| {
        format!(
            "return [...document.querySelectorAll('#targets li')]
               .filter((item) => item.checkVisibility()).length === {count}"
        )
    };
    browser.wait_until(&seen(5));
    browser.press(".group:first-child button", &ENTER.to_string());
    browser.wait_until(&seen(2));
    let heading = "return document.querySelector('.group button')";
    assert_eq!(browser.run(&format!("{heading}.ariaExpanded")), "false");
    // It stays closed when news come, and open again.
    shown.change(|status| status.targets[0].value = Some(7.0));
    browser.wait_until(
        "return document.querySelector('#targets').innerText\
         .includes('7.00 ms')",
    );
    browser.wait_until(&seen(2));
    browser.press(".group:first-child button", " ");
    browser.wait_until(&seen(5));
}

fn an_alert_is_answered_with_a_word_why() {
    let data = scratch();
    let door = listener();
    let config = config(&door).replace("after = 3", "after = 1");
    let monitor = NetworkMonitor::start(data.path(), &config, &[]);
    let browser = look_at(&monitor);
    browser.wait_until(&probes(1));
    drop(door);
    browser.wait_until(
        "return document.querySelectorAll('#alerts .bad').length === 2",
    );
    // By keys alone: the dialog takes the focus, and gives it back.
    let button = |place: &str| format!("#alerts li:first-child {place}");
    browser.press(&button("button:first-of-type"), &ENTER.to_string());
    browser.wait_until("return document.querySelector('#silence').open");
    browser.press("#silence [name=words]", &format!("new cable{ENTER}"));
    let said = |words: &str| {
        format!(
            "return /{words}/.test(document.querySelector('#alerts .said')\
             .textContent)"
        )
    };
    browser.wait_until(&said("Silent until .*: “new cable” .administrator."));
    browser.wait_until(
        "return /Silence.*until.*new cable/.test(document\
         .querySelector('#windows').textContent)",
    );
    let status = monitor.get("/api/status");
    let silence = &status["silences"][0];
    let end = silence["until"].as_i64().expect("a time");
    assert!((end - network_monitor::now() - HOUR).abs() < MINUTE, "{silence}");

    browser.press(&button("button:first-of-type"), &ENTER.to_string());
    browser.wait_until(
        "return document.querySelector('#windows').textContent\
           === 'None is planned.'
         && !document.querySelector('#alerts .quiet')",
    );
    browser.press(&button("button:last-of-type"), &ENTER.to_string());
    browser.wait_until("return document.querySelector('#acknowledge').open");
    browser.press("#acknowledge [name=words]", &format!("on my way{ENTER}"));
    browser.wait_until(&said("Acknowledged .*: “on my way” .administrator."));
}

fn planned_work_is_made_drawn_and_removed() {
    let data = scratch();
    let door = listener();
    let config = config(&door).replace("after = 3", "after = 1");
    let monitor = NetworkMonitor::start(data.path(), &config, &[]);
    let browser = look_at(&monitor);
    browser.wait_until(&probes(1));
    browser.press("#plan", " ");
    browser.wait_until("return document.querySelector('#window').open");
    // A window that ends before it begins is refused, and the page says so.
    let ends = |time: &str| {
        browser.run(&format!(
            "document.querySelector('#window [name=to]').value = '{time}'"
        ));
    };
    let to = "return document.querySelector('#window [name=to]').value";
    let good = browser.run(to);
    ends("2020-01-01T00:00");
    browser.press("#window [name=title]", &format!("new locks{ENTER}"));
    browser.wait_until(
        "return document.querySelector('#window .bad').textContent\
         .startsWith('This was not done')",
    );
    ends(good.as_str().expect("a time"));
    browser.press("#window [name=title]", &ENTER.to_string());
    browser.wait_until(
        "return /new locks.*open until.*all targets/.test(document\
         .querySelector('#windows').textContent)",
    );
    browser.wait_until(
        "return document.querySelector('#latency .summary').textContent\
         .endsWith('Maintenance: new locks.')",
    );
    drop(door);
    browser.wait_until(
        "return document.querySelectorAll('.target.maintenance').length === 2",
    );
    // Nobody need do anything about it.
    let alerts = "return document.querySelectorAll('#alerts .bad:not(.quiet)')\
                  .length";
    assert_eq!(browser.run(alerts), 0);
    browser.press("#windows button", " ");
    browser.wait_until(
        "return document.querySelectorAll('.target.down').length === 2",
    );
    browser.wait_until(&format!("{alerts} === 2"));
}

fn a_place_goes_missing() {
    let shown = Shown::start(everything(), Vec::new(), Vec::new());
    let browser = Browser::start();
    browser.open(&shown.url());
    browser.wait_until(
        "return /home.*well.*last heard of \\d+ s ago/s.test(document\
         .querySelector('#places').textContent)",
    );
    browser.wait_until(
        "return /here: 12.0 ms.*home: down/s.test(document\
         .querySelector('.target .places:not(:empty)')?.textContent)",
    );
    shown.change(|status| {
        status.places[0].away = true;
        status.places[0].waiting = 1_200;
        status.places[0].last = Some(network_monitor::now() - HOUR);
    });
    browser.wait_until(
        "return /home.*away.*60 min ago.*1,200 batches of samples wait/s.test(document\
         .querySelector('#places .down')?.textContent)",
    );
    // The chart of the other place is one choice away, and has an address.
    browser.press("#latency figcaption select", &DOWN.to_string());
    browser.wait_until(
        "return document.querySelector('#latency h3').textContent
           === 'web site from home'
         && location.hash.endsWith('target=web+site%40home')",
    );
}

fn nobody_is_kept_out_of_any_section() {
    let now = network_monitor::now();
    let windows = vec![Occurrence {
        name: "update".to_owned(),
        from: now - 10 * MINUTE,
        to: now,
        ..Occurrence::default()
    }];
    let hop = |ttl, address: Option<&str>| Hop {
        ttl,
        address: address.map(str::to_owned),
        ms: address.map(|_| 1.5),
    };
    let outages = vec![Outage {
        target: "switch".to_owned(),
        place: "here".to_owned(),
        from: now - MINUTE,
        error: Some("no answer within 1 s".to_owned()),
        traceroute: Some(vec![hop(1, Some("192.0.2.1")), hop(2, None)]),
        ..Outage::default()
    }];
    let shown = Shown::start(everything(), windows, outages);
    let browser = Browser::start();
    browser.open(&shown.url());
    browser.wait_until(
        "return document.querySelector('#outages details') !== null",
    );
    browser.click("#outages summary");
    browser.wait_until(
        "return /1.*192.0.2.1.*1.50 ms.*2.*no answer/s.test(document\
         .querySelector('#outages table').innerText)",
    );
    // The certificate that expires next comes first.
    let first = browser
        .run("return document.querySelector('#certificates li').textContent");
    let first = first.as_str().expect("words");
    assert!(first.starts_with("web siteThe certificate expires in 5 days."));
    browser.wait_until(
        "return document.querySelector('.phases').textContent
           === 'Last check: name 1.20 ms, connect 3.40 ms, first byte 30.0 ms'",
    );
    for scheme in ["light", "dark"] {
        browser.prefer(scheme);
        for width in [1000, 390] {
            browser.resize(width, 800);
            let found = browser.violations();
            assert_eq!(found, json!([]), "in {scheme}, {width} pixels");
            let sideways = "return document.documentElement.scrollWidth";
            let sideways = browser.run(sideways).as_u64();
            assert!(sideways <= Some(width.into()), "{sideways:?}");
        }
    }
    browser.click("#plan");
    browser.wait_until("return document.querySelector('#window').open");
    assert_eq!(browser.violations(), json!([]));
    browser.keys(&ESCAPE.to_string());
    browser.wait_until("return !document.querySelector('#window').open");
}

/// A status that has something in every section of the page.
fn everything() -> Status {
    let now = network_monitor::now();
    let target = |name: &str, state, group: &str| TargetStatus {
        name: name.to_owned(),
        kind: "http".to_owned(),
        address: format!("{}.example", name.replace(' ', "-")),
        metric: "check".to_owned(),
        state,
        value: (state == State::Up).then_some(12.0),
        last: Some(now),
        since: Some(now - 5 * MINUTE),
        group: Some(group.to_owned()),
        ..TargetStatus::default()
    };
    let mut targets = vec![
        target("web site", State::Up, "web"),
        target("wiki", State::Down, "web"),
        target("printer", State::Unreachable, "office"),
        target("server", State::Unreachable, "office"),
        target("switch", State::Down, "office"),
    ];
    let seen = |place: &str, state| PlaceState {
        place: place.to_owned(),
        state,
        value: (state == State::Up).then_some(12.0),
        ..PlaceState::default()
    };
    targets[0].places =
        vec![seen("here", State::Up), seen("home", State::Down)];
    targets[0].certificate_days = Some(5.0);
    targets[0].phases = Some(Phases {
        name_ms: Some(1.2),
        connect_ms: Some(3.4),
        first_byte_ms: Some(30.0),
        ..Phases::default()
    });
    targets[1].maintenance = Some("update".to_owned());
    targets[1].certificate_days = Some(80.0);
    targets[2].behind = Some("switch".to_owned());
    targets[3].behind = Some("switch".to_owned());
    let group = |name: &str, state| GroupStatus {
        name: name.to_owned(),
        state,
        targets: Vec::new(),
    };
    Status {
        name: "office line".to_owned(),
        state: Overall::Degraded,
        targets,
        groups: vec![group("web", State::Up), group("office", State::Down)],
        places: vec![PlaceStatus {
            name: "home".to_owned(),
            last: Some(now),
            ..PlaceStatus::default()
        }],
        ..Status::default()
    }
}

fn a_speed_test_runs_at_the_press_of_a_button() {
    let data = scratch();
    let server = Server::start(&ServeOptions::default()).expect("a port");
    let settings = "20mbit,5ms".parse().expect("a link");
    let link = Link::start(&settings, server.address()).expect("a port");
    let config = format!(
        "[[speed]]\nname = \"line\"\nserver = \"http://{}/\"\n\
         cron = \"0 0 1 1 *\"\nmost_time = \"10s\"\nbufferbloat = false\n",
        link.address()
    );
    let monitor = NetworkMonitor::start(data.path(), &config, &[]);
    let browser = look_at(&monitor);
    browser.wait_until(
        "return document.querySelector('#result').textContent\
         .includes('none yet')",
    );
    browser.click("#test-now");
    browser.wait_until(
        "return /download [\\d.]+ Mbit/.test(document\
         .querySelector('#test').innerText)",
    );
    browser.wait_until("return document.querySelector('#test-now').disabled");
    browser.wait_until(
        "return /Download[\\d.]+ Mbit.*Upload[\\d.]+ Mbit/.test(document\
         .querySelector('#result').textContent)",
    );
    browser.wait_until("return !document.querySelector('#test-now').disabled");
    // What was said while it ran is gone.
    browser.wait_until(
        "return document.querySelector('#test').innerText.trim() === ''",
    );
    // And in the chart, without being asked for.
    browser.wait_until(
        "return document.querySelector('#speed-charts .summary').textContent\
         .includes('Medians: download')",
    );
    let kept = monitor.get("/api/results");
    assert!(kept[0]["report"]["download_bps"].as_f64() > Some(10e6), "{kept}");
}

fn a_failed_speed_test_is_a_failure_and_no_speed() {
    let data = scratch();
    let config = format!(
        "[[speed]]\nname = \"line\"\nserver = \"http://{}/\"\nevery = \"4h\"\n",
        nobody()
    );
    let monitor = NetworkMonitor::start(data.path(), &config, &[]);
    let browser = look_at(&monitor);
    browser.wait_until(
        "return document.querySelector('#result .bad')?.textContent\
         .includes('nothing listens')",
    );
    browser.wait_until(
        "return document.querySelector('#speed-charts .summary').textContent\
         .startsWith('1 failed')",
    );
    let text = browser.run("return document.body.innerText");
    let text = text.as_str().expect("text");
    let zero = Regex::new(r"\b0(\.0+)? [kMG]?bit/").expect("an expression");
    assert!(!zero.is_match(text), "{text}");
}

fn a_phone_need_not_scroll_sideways() {
    let data = scratch();
    make_up_a_week(data.path());
    let fixture = Fixture::open();
    let monitor = NetworkMonitor::start(data.path(), &fixture.config, NAME);
    let browser = Browser::start();
    browser.resize(390, 800);
    browser.open(&monitor.link);
    browser.wait_until(&probes(2));
    for span in ["minutes", "day", "year"] {
        browser.click(&format!("[data-span={span}]"));
        browser.wait_until(&format!(
            "return document.querySelector('[data-span={span}]').ariaPressed \
             === 'true'"
        ));
        let width = "return document.documentElement.scrollWidth";
        let width = browser.run(width).as_i64().expect("pixels");
        assert!(width <= 390, "{width} pixels at the range {span}");
    }
    // Everything can be hit with a thumb.
    let small = browser.run(
        "return [...document.querySelectorAll('button, select')]
            .filter((one) => one.checkVisibility())
            .filter((one) => one.getBoundingClientRect().height < 24)
            .map((one) => one.textContent)",
    );
    assert_eq!(small, json!([]));
}

fn charts_follow_light_and_dark() {
    let data = scratch();
    let door = listener();
    let monitor = NetworkMonitor::start(data.path(), &config(&door), &[]);
    let browser = Browser::start();
    browser.prefer("light");
    browser.open(&monitor.link);
    browser.wait_until(&probes(2));
    // Ink is dark on light paper, and the other way round.
    let lightness = "const canvas = document.querySelector('#latency canvas');
        const { data } = canvas.getContext('2d')
            .getImageData(0, 0, canvas.width, canvas.height);
        let [sum, weight] = [0, 0];
        for (let at = 0; at < data.length; at += 4) {
            sum += data[at + 1] * data[at + 3];
            weight += data[at + 3];
        }";
    browser.wait_until(&format!("{lightness} return sum / weight > 160"));
    let paper = "return getComputedStyle(document.body).backgroundColor";
    let light = browser.run(paper);
    browser.prefer("dark");
    browser.wait_until(&format!("{lightness} return sum / weight < 110"));
    assert_ne!(browser.run(paper), light);
}

fn nothing_is_asked_of_anybody_else() {
    let data = scratch();
    let door = listener();
    let monitor = NetworkMonitor::start(data.path(), &config(&door), &[]);
    let browser = look_at(&monitor);
    browser.wait_until(&probes(2));
    let asked = browser.run(
        "return performance.getEntriesByType('resource')
            .map((entry) => new URL(entry.name).origin)",
    );
    let asked = asked.as_array().expect("a list");
    assert!(asked.len() > 10, "{asked:?}");
    assert!(asked.iter().all(|one| *one == monitor.address), "{asked:?}");
}

fn nobody_is_kept_out_by_light_or_by_dark() {
    let data = scratch();
    make_up_a_week(data.path());
    let fixture = Fixture::open();
    let monitor = NetworkMonitor::start(data.path(), &fixture.config, NAME);
    let browser = look_at(&monitor);
    browser.click("[data-span=week]");
    browser.wait_until(&probes(1000));
    browser.click("#latency summary");
    browser.wait_until(
        "return document.querySelectorAll('#latency tbody tr').length > 0",
    );
    for scheme in ["light", "dark"] {
        browser.prefer(scheme);
        assert_eq!(browser.violations(), json!([]), "in {scheme}");
    }
}

fn nobody_is_kept_out_of_the_report() {
    let folder = scratch();
    let data = scratch();
    make_up_a_week(data.path());
    let file = folder.path().join("report.html");
    fs::write(&file, report_of_the_week(data.path())).expect("a file");
    let browser = Browser::start();
    browser.open(&format!("file://{}", file.display()));
    assert_eq!(browser.violations(), json!([]));
    browser.resize(390, 800);
    let width = "return document.documentElement.scrollWidth";
    assert!(browser.run(width).as_i64() <= Some(390));
}

const NAME: &[&str] = &["--name", "office line"];

const PICTURES: [&str; 4] = [
    "monitor-page.webp",
    "monitor-dark.webp",
    "monitor-phone.webp",
    "monitor-report.webp",
];

fn the_books_pictures_are_there_and_small() {
    check_pictures(&PICTURES, "monitor_page", take_pictures);
}

fn take_pictures(folder: &Path) {
    let data = scratch();
    make_up_a_week(data.path());
    let file = data.path().join("report.html");
    fs::write(&file, report_of_the_week(data.path())).expect("a file");
    let fixture = Fixture::open();
    let monitor = NetworkMonitor::start(data.path(), &fixture.config, NAME);
    let save = |name: &str, picture: Vec<u8>| {
        fs::write(folder.join(name), picture).expect("the book's folder");
    };
    let browser = Browser::start();
    browser.prefer("light");
    browser.resize(1100, 900);
    browser.open(&monitor.link);
    browser.wait_until(
        "return document.querySelector('.target.down') && document\
         .querySelector('#alerts .bad') && document.querySelectorAll(\
         '.target.up').length === 3",
    );
    // The first answers of a machine that starts a browser are late.
    browser.wait_until(
        "return [...document.querySelectorAll('.target.up .value')]
            .every((value) => parseFloat(value.textContent) < 45)",
    );
    for name in ["provider", "router"] {
        browser.run(&format!(
            "[...document.querySelectorAll('.target')].find((card) =>
               card.textContent.includes('{name}')).click()"
        ));
    }
    browser.click("[data-span=week]");
    browser.wait_until(&probes(1000));
    save(PICTURES[0], browser.picture(1100, height(&browser, "#speed")));
    browser.prefer("dark");
    browser.click("[data-span=day]");
    browser.wait_until(&shown("The last day, live"));
    browser.wait_until(&probes(1000));
    save(PICTURES[1], browser.picture(1100, height(&browser, "#latency")));
    browser.prefer("light");
    browser.resize(390, 800);
    save(PICTURES[2], browser.picture(390, height(&browser, "#latency")));
    browser.resize(800, 900);
    browser.open(&format!("file://{}", file.display()));
    save(PICTURES[3], browser.picture(800, 1120));
}

/// How far down the page something ends.
fn height(browser: &Browser, selector: &str) -> u32 {
    let bottom = browser.run(&format!(
        "return Math.ceil(scrollY + document.querySelector('{selector}')
            .getBoundingClientRect().bottom) + 12"
    ));
    u32::try_from(bottom.as_u64().expect("pixels")).expect("few")
}

/// A browser that is signed in and sees the page.
fn look_at(monitor: &NetworkMonitor) -> Browser {
    let browser = Browser::start();
    browser.open(&monitor.link);
    browser
}

fn overall(word: &str) -> String {
    format!(
        "return document.querySelector('#overall .word').textContent \
         === '{word}'"
    )
}

fn shown(words: &str) -> String {
    format!("return document.querySelector('#shown').textContent === '{words}'")
}

/// Whether the page shows all that was ever measured.
const YOUNG: &str = "/^All since .*, live$/.test(document\
    .querySelector('#shown').textContent)";

/// How many probes the first chart says that it shows.
const PROBES: &str = "Number(/of ([\\d,]+) lost/.exec(document.querySelector(\
    '#latency .summary')?.textContent ?? '')?.[1].replaceAll(',', '') ?? 0)";

fn probes(least: i64) -> String {
    format!("return {PROBES} >= {least}")
}

/// How many milliseconds the address names.
fn range(browser: &Browser) -> f64 {
    let length = browser.run(
        "const said = new URLSearchParams(location.hash.slice(1));
         return said.get('to') - said.get('from')",
    );
    length.as_f64().expect("a number")
}

/// The wire between a browser and a monitor, which can go dead under a stream
/// of events without either of them noticing.
struct Wire {
    address: SocketAddr,
    frozen: Arc<AtomicBool>,
}

impl Wire {
    fn to(monitor: SocketAddr) -> Wire {
        let near = listener();
        let address = near.local_addr().expect("an address");
        let frozen = Arc::new(AtomicBool::new(false));
        let for_all = frozen.clone();
        thread::spawn(move || {
            for browser in near.incoming().map_while(Result::ok) {
                let Ok(monitor) = TcpStream::connect(monitor) else { return };
                // A stream that is opened after the freeze is well.
                let frozen = for_all.clone();
                let streams = Arc::new(AtomicBool::new(false));
                let pairs = [(&browser, &monitor), (&monitor, &browser)];
                for (from, to) in pairs {
                    let from = from.try_clone().expect("a handle");
                    let to = to.try_clone().expect("a handle");
                    let (frozen, streams) = (frozen.clone(), streams.clone());
                    thread::spawn(move || carry(from, to, &frozen, &streams));
                }
            }
        });
        Wire { address, frozen }
    }

    fn freeze(&self) {
        self.frozen.store(true, Relaxed);
    }
}

fn carry(
    mut from: TcpStream,
    mut to: TcpStream,
    frozen: &AtomicBool,
    streams: &AtomicBool,
) {
    let mut piece = [0; 16 * 1024];
    while let Ok(read @ 1..) = from.read(&mut piece) {
        if piece[..read].starts_with(b"GET /api/events ") {
            streams.store(!frozen.load(Relaxed), Relaxed);
        }
        // Swallowed, without a word.
        if streams.load(Relaxed) && frozen.load(Relaxed) {
            continue;
        }
        if to.write_all(&piece[..read]).is_err() {
            break;
        }
    }
    // An error says that it is closed already.
    let _ = to.shutdown(Shutdown::Both);
}

/// A target that answers.
fn listener() -> TcpListener {
    TcpListener::bind("127.0.0.1:0").expect("a port")
}

/// An address at which nobody listens.
fn nobody() -> SocketAddr {
    listener().local_addr().expect("an address")
}

/// Two targets, of which one is there while its listener is.
fn config(door: &TcpListener) -> String {
    let port = door.local_addr().expect("an address").port();
    let target = |name: &str| {
        format!(
            "[[target]]\nname = \"{name}\"\nkind = \"tcp\"\n\
             host = \"127.0.0.1\"\nport = {port}\nevery = \"1s\"\n\
             timeout = \"1s\"\n"
        )
    };
    format!(
        "{}{}[[alert]]\nname = \"closed\"\ntarget = \"all\"\nafter = 3\n",
        target("front door"),
        target("back door"),
    )
}

const MINUTE: i64 = 60_000;
const HOUR: i64 = 60 * MINUTE;
const DAY: i64 = 24 * HOUR;

/// The targets of the made-up week: name and usual round trip.
const WEEK: [(&str, f64); 4] = [
    ("router", 0.2),
    ("provider", 16.0),
    ("branch office", 34.0),
    ("web site", 85.0),
];

/// The present, after the made-up week: a server that is as far away as its
/// targets were, and another one that has just gone. All of it is on this
/// machine: a test asks nobody else.
struct Fixture {
    config: String,
    _server: Server,
    _links: Vec<Link>,
}

impl Fixture {
    fn open() -> Fixture {
        let server = Server::start(&ServeOptions::default()).expect("a port");
        let mut links = Vec::new();
        let mut config = String::new();
        for (name, usual) in WEEK {
            let mut address = server.address();
            match name {
                "router" => {}
                "web site" => address = nobody(),
                _ => {
                    // One round trip to connect, one for the page.
                    let line = format!("1000mbit,{}ms", usual / 2.0).parse();
                    let line = line.expect("a link");
                    let link = Link::start(&line, server.address());
                    let link = link.expect("a port");
                    address = link.address();
                    links.push(link);
                }
            }
            let what = match name {
                "router" => format!(
                    "kind = \"tcp\"\nhost = \"{}\"\nport = {}",
                    address.ip(),
                    address.port()
                ),
                _ => format!("kind = \"http\"\nurl = \"http://{address}/\""),
            };
            config += &format!(
                "[[target]]\nname = \"{name}\"\n{what}\nevery = \"1s\"\n\
                 timeout = \"1s\"\n"
            );
        }
        config += &format!(
            "[[alert]]\nname = \"does not answer\"\ntarget = \"all\"\n\
             after = 3\n[[speed]]\nname = \"to the provider\"\n\
             server = \"http://{}/\"\nevery = \"3h\"\n",
            server.address()
        );
        Fixture { config, _server: server, _links: links }
    }
}

/// Both doors of [`config`] as they answered every ten seconds in the last
/// hours.
fn make_up_hours(data: &Path, hours: i64) {
    let history = History::open(data, &Retention::default());
    let history = history.expect("a history");
    let end = network_monitor::now();
    for name in ["front door", "back door"] {
        let samples: Vec<Sample> = (1..=hours * HOUR / 10_000)
            .map(|number| end - number * 10_000)
            .rev()
            .map(|at| Sample::new(at, "check", name, Some(0.3)))
            .collect();
        history.record(&samples).expect("room on the disk");
    }
}

/// A week as an office may have had it: busy days, quiet nights, an outage.
/// The same numbers each time.
fn make_up_a_week(data: &Path) {
    let history = History::open(data, &Retention::default());
    let history = history.expect("a history");
    let mut random = fastrand::Rng::with_seed(20);
    let end = network_monitor::now();
    let start = end - 7 * DAY;
    let outage = end - 2 * DAY + 3 * HOUR..end - 2 * DAY + 5 * HOUR;
    for (name, usual) in WEEK {
        let samples: Vec<Sample> = (0..7 * DAY / 10_000)
            .map(|number| start + number * 10_000)
            .map(|at| {
                let busy = busy(at);
                let mut value = usual * (0.95 + 0.1 * random.f64());
                value += usual * busy * 1.5 * random.f64();
                if random.f64() < 0.003 {
                    value += usual * 8.0 * random.f64();
                }
                let out = name != "router" && outage.contains(&at);
                let lost = out || random.f64() < 0.001 + 0.02 * busy;
                let value = (!lost).then_some(value);
                Sample::new(at, "check", name, value)
            })
            .collect();
        history.record(&samples).expect("room on the disk");
    }
    for number in 0..7 * 8 {
        let at = start + number * 3 * HOUR + HOUR;
        let name = "to the provider";
        let rate = 1.0 - 0.4 * busy(at) * random.f64() - 0.03 * random.f64();
        let failed = outage.contains(&at) || number == 20;
        let figures = match failed {
            true => vec![("download", None), ("upload", None)],
            false => vec![
                ("download", Some(94.1e6 * rate)),
                ("upload", Some(18.8e6 * rate)),
                ("idle_latency", Some(14.5 + random.f64())),
                ("loaded_latency_download", Some(60.0 + 30.0 * busy(at))),
                ("loaded_latency_upload", Some(130.0 + 40.0 * random.f64())),
            ],
        };
        let samples: Vec<Sample> = figures
            .iter()
            .map(|(metric, value)| Sample::new(at, metric, name, *value))
            .collect();
        let report = match failed {
            true => json!({
                "server": "http://speed.example.net/",
                "error": "speed.example.net does not answer",
            }),
            false => json!({
                "server": "http://speed.example.net/",
                "download_bps": figures[0].1, "upload_bps": figures[1].1,
                "idle_latency_ms": figures[2].1,
                "loaded_latency_ms":
                    { "download": figures[3].1, "upload": figures[4].1 },
                "grade": "C", "rpm": 412, "stable": true,
            }),
        };
        let kept = history.record_result(at, name, &report, &samples);
        kept.expect("room on the disk");
    }
    history.close_hours().expect("room on the disk");
}

/// How busy the line is: 0 at night, 1 in the middle of the working day.
fn busy(at: i64) -> f64 {
    let hour = at.rem_euclid(DAY) as f64 / HOUR as f64;
    ((hour - 12.5) / 24.0 * std::f64::consts::TAU).cos().max(0.0).powi(2)
}

fn report_of_the_week(data: &Path) -> String {
    let history = History::open_to_read(data).expect("a history");
    let config = Config::parse(&Fixture::open().config, Path::new("week"));
    let about = About {
        line: "office".to_owned(),
        provider: "Example Net".to_owned(),
        contract: "4711".to_owned(),
        contact: "office@example.org".to_owned(),
        download_bps: Some(100e6),
        upload_bps: Some(20e6),
    };
    let end = network_monitor::now();
    let config = config.expect("a configuration");
    let targets: Vec<_> = config.targets.iter().map(Into::into).collect();
    let input =
        Report::read(&history, &targets, &[], end - 7 * DAY, end, about);
    report::html(&input.expect("a history that can be read"))
}
