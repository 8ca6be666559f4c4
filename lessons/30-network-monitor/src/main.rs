//! Lesson 30: the network monitor, whole.
//!
//! You see it measure a line of known speed, notice that a service is away,
//! tell somebody, and tell again when it is back. About 20 minutes.
//!
//!     cargo run --bin lesson30
//!
//! The monitor that an administrator keeps running:
//!
//!     cargo run --bin network-monitor

mod fixture;

use fixture::{Monitor, Service, WebhookReceiver, say};
use history::Sample;
use link::Link;
use network_monitor::now;
use speedtest::serve::{ServeOptions, Server};
use std::error::Error;

fn main() -> Result<(), Box<dyn Error>> {
    // ANCHOR: set-up
    // A line of 20 Mbit/s and 40 ms, and a speed-test server at its end.
    let far = Server::start(&ServeOptions::default())?;
    let line = "20mbit,40ms,buffer=20ms".parse()?;
    let line = Link::start(&line, far.address())?;

    // A service that the office needs, and the administrator who wants to
    // hear when it is away: her chat receives notices by webhook.
    let service = Service::open()?;
    let chat = WebhookReceiver::open()?;

    // What to watch, whom to tell, and when.
    let monitor = Monitor::start(&format!(
        r#"
        [[target]]
        name = "wiki"
        kind = "tcp"
        host = "127.0.0.1"
        port = {wiki}
        every = "1s"
        timeout = "500ms"

        [[alert]]
        name = "wiki away"
        target = "wiki"
        after = 3
        notify = ["chat"]

        [[notify]]
        name = "chat"
        webhook = "http://{chat}/"

        [[speed]]
        name = "line"
        server = "http://{line}"
        every = "4h"
        "#,
        wiki = service.port(),
        chat = chat.address(),
        line = line.address(),
    ))?;
    say("monitor", &format!("http://{}/", monitor.address()));
    // ANCHOR_END: set-up

    // The page follows these events, and so do we. The first speed test is
    // due at once. Nothing else is measured meanwhile.
    let mut events = monitor.events()?;
    let down = events.sample("download", |_| true)?;
    let up = events.sample("upload", |_| true)?;
    say("line", &format!("{} down, {} up", rate(&down), rate(&up)));

    // ANCHOR: break
    // The service answers. Then somebody stumbles over its cable.
    events.sample("check", |sample| sample.value.is_some())?;
    say("wiki", "answers");
    let (begun, port) = (now(), service.port());
    service.close();
    let missed = events.sample("check", |sample| sample.value.is_none())?;
    say("wiki", &missed.error.unwrap_or_default());

    // Once is bad luck. Three failures in a row are told, and told once.
    say("chat", &chat.wait()?);

    // And once more when it is over.
    let service = Service::open_at(port)?;
    say("chat", &chat.wait()?);
    // ANCHOR_END: break

    // What will still be there next year.
    let (failed, all) = monitor.failed("check", "wiki", (begun, now()))?;
    if failed < 3 || failed == all {
        return Err("the history has lost what was measured".into());
    }
    say("history", "keeps every answer that did not come, and why");
    service.close();
    monitor.stop()
}

fn rate(sample: &Sample) -> String {
    format!("{:.1} Mbit/s", sample.value.unwrap_or_default() / 1e6)
}
