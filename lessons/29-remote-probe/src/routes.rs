//! The monitor's routes for probes.

use axum::extract::{DefaultBodyLimit, Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Extension, Json, Router};
use schedule::Now;
use serde::Serialize;
use serde_json::json;
use sign_in::User;
use tokio::task::spawn_blocking;

use crate::{Delivery, Orders, Receipt, Result, ServerClock};

/// The largest delivery, in bytes: twice what a probe sends at once.
const LARGEST: usize = 4 * 1024 * 1024;

/// A monitor, as its probes see it. Clones are the same one.
pub trait Places: Clone + Send + Sync + 'static {
    /// What is measured.
    type Target: Serialize + Send;

    /// What this place is to measure, and in how many milliseconds it is to
    /// ask again; nothing if there is no such place.
    fn orders(&self, place: &str) -> Option<(Vec<Self::Target>, u64)>;

    /// Takes a delivery of a place that there is, and returns the number of
    /// the last batch that is taken. It may wait for the disk.
    ///
    /// # Errors
    /// The history cannot be written. Then nothing was taken.
    fn take(&self, place: &str, delivery: Delivery) -> Result<u64>;
}

/// The routes of probes. They belong behind a sign-in that lets in nobody but
/// probes; each of them is let in to its own place only, which has the name of
/// its account.
///
/// | request | answer |
/// |---|---|
/// | `GET /api/places/{name}/targets` | [`Orders`]: what to measure |
/// | `POST /api/places/{name}/batches`, a [`Delivery`] | [`Receipt`]: it is on the disk |
pub fn routes<P: Places>(places: P) -> Router {
    Router::new()
        .route("/api/places/{name}/targets", get(orders::<P>))
        .route("/api/places/{name}/batches", post(take::<P>))
        .layer(DefaultBodyLimit::max(LARGEST))
        .with_state(places)
}

async fn orders<P: Places>(
    State(places): State<P>,
    Path(name): Path<String>,
    user: Option<Extension<User>>,
) -> Response {
    let received = now();
    if !is_own(&name, user.as_deref()) {
        return stranger();
    }
    let Some((targets, ask_again_ms)) = places.orders(&name) else {
        return unknown(&name);
    };
    let clock = ServerClock { received, answered: now() };
    Json(Orders { targets, ask_again_ms, clock }).into_response()
}

async fn take<P: Places>(
    State(places): State<P>,
    Path(name): Path<String>,
    user: Option<Extension<User>>,
    Json(delivery): Json<Delivery>,
) -> Response {
    let received = now();
    if !is_own(&name, user.as_deref()) {
        return stranger();
    }
    if places.orders(&name).is_none() {
        return unknown(&name);
    }
    let taken = spawn_blocking(move || places.take(&name, delivery)).await;
    match taken {
        Ok(Ok(taken)) => {
            let clock = ServerClock { received, answered: now() };
            Json(Receipt { taken, clock }).into_response()
        }
        Ok(Err(error)) => {
            let words = error.to_string();
            refuse(StatusCode::SERVICE_UNAVAILABLE, &words)
        }
        Err(panic) => std::panic::resume_unwind(panic.into_panic()),
    }
}

/// Whether this key is that of this place. Not even the administrator sends in
/// the name of another.
fn is_own(place: &str, user: Option<&User>) -> bool {
    user.is_some_and(|user| user.name == place)
}

fn stranger() -> Response {
    refuse(
        StatusCode::FORBIDDEN,
        "this key is for another place: each probe has one of its own, from \
         `network-monitor place add NAME`",
    )
}

fn unknown(place: &str) -> Response {
    let words = format!(
        "the monitor's configuration has no [[place]] named {place:?}: add \
         it, and send the monitor a SIGHUP"
    );
    refuse(StatusCode::NOT_FOUND, &words)
}

fn refuse(status: StatusCode, words: &str) -> Response {
    (status, Json(json!({ "error": words }))).into_response()
}

fn now() -> i64 {
    Now::read().wall.as_millisecond()
}
