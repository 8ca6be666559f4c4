//! `GET /network_data`: the API of the talk's program, for its old readers.

use crate::roles::READ;
use axum::extract::rejection::QueryRejection;
use axum::extract::{self, Query};
use axum::http::{Extensions, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};
use daemon::SignIn;
use dashboard::Source;
use dashboard::api::{State, Status};
use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde::Deserialize;
use serde_json::{Map, Value, json};

/// The talk's address, with the key where the talk had it. It is open to
/// everyone, and asks for the key itself.
pub(crate) fn routes<S: Source>(source: S, sign_in: SignIn) -> Router {
    Router::new()
        .route("/network_data", get(answer::<S>))
        .with_state((source, sign_in))
}

#[derive(Deserialize)]
struct Parameters {
    key: Option<String>,
}

/// Answers whoever has the key of an account that may read. The key is in the
/// address, as the talk had it. That is no good place, for addresses are
/// written into logs: programs of today send it as a header. An account with
/// this role and no other does the least harm there.
async fn answer<S: Source>(
    extract::State((source, sign_in)): extract::State<(S, SignIn)>,
    parameters: Result<Query<Parameters>, QueryRejection>,
    extensions: Extensions,
) -> Response {
    let given = parameters.ok().and_then(|Query(given)| given.key);
    let user = match given {
        Some(key) => sign_in.user_of_key(&key, &extensions).await,
        None => Ok(None),
    };
    match user {
        Ok(Some(user)) if user.has(READ) => {
            return Json(network_data(&source.status())).into_response();
        }
        Ok(_) => {}
        Err(error) => {
            tracing::error!("nobody can sign in: {error}");
            return error.status().into_response();
        }
    }
    let refusal = json!({ "status": "Error", "error_msg": "Invalid Keys" });
    (StatusCode::UNAUTHORIZED, Json(refusal)).into_response()
}

/// The talk's JSON, but with true figures: a megabit is a million bits, and a
/// test that failed has an `Error` in words and no figure.
fn network_data(status: &Status) -> Value {
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
        State::Unreachable | State::Unknown => "UNKNOWN",
    }
}

fn speed_test(status: &Status) -> Value {
    let Some(test) = status.speed.first() else { return json!({}) };
    let mut shown = Map::new();
    let mut show = |key: &str, words: String| {
        shown.insert(key.to_owned(), words.into());
    };
    show("URL", test.server.clone());
    if let Some(ms) = test.result.idle_latency_ms {
        show("Ping", format!("{ms:.2} ms"));
    }
    if let Some(bps) = test.result.download_bps {
        show("Download", format!("{:.2} Mbps", bps as f64 / 1e6));
    }
    if let Some(bps) = test.result.upload_bps {
        show("Upload", format!("{:.2} Mbps", bps as f64 / 1e6));
    }
    if let Some(error) = &test.result.error {
        show("Error", error.clone());
    }
    shown.into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use dashboard::api::{SpeedResult, SpeedStatus, TargetStatus};

    fn status(result: SpeedResult) -> Status {
        let target = |name: &str, state| TargetStatus {
            name: name.to_owned(),
            state,
            ..TargetStatus::default()
        };
        Status {
            targets: vec![
                target("router", State::Up),
                target("printer", State::Down),
            ],
            speed: vec![SpeedStatus {
                name: "line".to_owned(),
                server: "http://speed.example".to_owned(),
                last: Some(0),
                result,
                ..SpeedStatus::default()
            }],
            ..Status::default()
        }
    }

    #[test]
    fn the_shape_is_the_talks() {
        let shown = network_data(&status(SpeedResult {
            idle_latency_ms: Some(20.125),
            download_bps: Some(19_310_000),
            upload_bps: Some(4_999_999),
            ..SpeedResult::default()
        }));
        assert_eq!(
            shown["Speed_Test"],
            json!({
                "URL": "http://speed.example",
                "Ping": "20.12 ms",
                "Download": "19.31 Mbps",
                "Upload": "5.00 Mbps",
            })
        );
        assert_eq!(
            shown["Network"],
            json!({ "router": "ALIVE!", "printer": "DIED!" })
        );
        assert!(shown["Time"].as_str().is_some_and(|time| time.len() == 24));
    }

    #[test]
    fn a_test_that_failed_is_no_speed_of_zero() {
        let shown = network_data(&status(SpeedResult {
            error: Some("speed.example does not answer".to_owned()),
            ..SpeedResult::default()
        }));
        assert_eq!(
            shown["Speed_Test"],
            json!({
                "URL": "http://speed.example",
                "Error": "speed.example does not answer",
            })
        );
    }
}
