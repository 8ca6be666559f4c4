//! `GET /network_data` in the shape that the talk's program had, so that
//! what reads the one can read the other.

use dashboard::api::{State, Status};
use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde_json::{Map, Value, json};

/// The talk's JSON, with true figures: megabits are a million bits, and a
/// test that failed is an `Error` in words and no figure.
pub(crate) fn network_data(status: &Status) -> Value {
    let time = Timestamp::from_millisecond(status.now).unwrap_or_default();
    let time = time.to_zoned(TimeZone::system());
    let network: Map<String, Value> = status
        .targets
        .iter()
        .map(|target| (target.name.clone(), alive(target.state).into()))
        .collect();
    json!({
        "Time": time.strftime("%a %b %e %H:%M:%S %Y").to_string(),
        "Speed_Test": speed_test(status),
        "Network": network,
    })
}

fn alive(state: State) -> &'static str {
    match state {
        State::Up | State::Degraded => "ALIVE!",
        State::Down => "DIED!",
        State::Unknown => "UNKNOWN",
    }
}

fn speed_test(status: &Status) -> Value {
    let Some(test) = status.speed.first() else { return json!({}) };
    let mut said = Map::new();
    said.insert("URL".to_owned(), test.server.clone().into());
    let mut say = |key: &str, from: &str, scale: f64, unit: &str| {
        if let Some(value) = test.result.get(from).and_then(Value::as_f64) {
            let words = format!("{:.2} {unit}", value / scale);
            said.insert(key.to_owned(), words.into());
        }
    };
    say("Ping", "idle_latency_ms", 1.0, "ms");
    say("Download", "download_bps", 1e6, "Mbps");
    say("Upload", "upload_bps", 1e6, "Mbps");
    let error = test.result.get("error").filter(|error| error.is_string());
    if let Some(error) = error {
        said.insert("Error".to_owned(), error.clone());
    }
    said.into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use dashboard::api::{Overall, SpeedStatus, TargetStatus};

    fn status(result: Value) -> Status {
        let Value::Object(result) = result else { panic!("an object") };
        let target = |name: &str, state| TargetStatus {
            name: name.to_owned(),
            kind: "ping",
            address: name.to_owned(),
            metric: "ping",
            state,
            value: None,
            loss: 0.0,
            since: None,
            last: None,
            error: None,
            method: None,
        };
        Status {
            name: "test".to_owned(),
            now: 0,
            started: 0,
            state: Overall::Degraded,
            paused: None,
            trouble: None,
            targets: vec![
                target("router", State::Up),
                target("printer", State::Down),
            ],
            speed: vec![SpeedStatus {
                name: "line".to_owned(),
                server: "http://speed.example".to_owned(),
                last: Some(0),
                next: None,
                running: false,
                result: result.into_iter().collect(),
            }],
            alerts: Vec::new(),
            notifiers: Vec::new(),
        }
    }

    #[test]
    fn the_shape_is_the_talks() {
        let said = network_data(&status(json!({
            "idle_latency_ms": 20.125,
            "download_bps": 19_310_000.0,
            "upload_bps": 4_999_999.0,
            "error": null,
        })));
        assert_eq!(
            said["Speed_Test"],
            json!({
                "URL": "http://speed.example",
                "Ping": "20.12 ms",
                "Download": "19.31 Mbps",
                "Upload": "5.00 Mbps",
            })
        );
        assert_eq!(
            said["Network"],
            json!({ "router": "ALIVE!", "printer": "DIED!" })
        );
        assert!(said["Time"].as_str().is_some_and(|time| time.len() == 24));
    }

    #[test]
    fn a_test_that_failed_is_no_speed_of_zero() {
        let said = network_data(&status(json!({
            "download_bps": null,
            "error": "speed.example does not answer",
        })));
        assert_eq!(
            said["Speed_Test"],
            json!({
                "URL": "http://speed.example",
                "Error": "speed.example does not answer",
            })
        );
    }
}
