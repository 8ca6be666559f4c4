//! Health: how the program is, for those who watch over it.
//!
//! Two questions, after Kubernetes' probes. Is it alive? If not, start it
//! again. Is it ready? If not, send it nothing just now, but leave it alone.
//! And one for people: what is wrong?

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use axum::extract::State;
use axum::http::StatusCode;
use axum::http::request::Parts;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};
use serde_json::{Value, json};
use sign_in::SignIn;

use crate::Tasks;

/// The status of whatever is not well.
const FAILING: &str = "failing";
/// The role of those who may know what the trouble is.
const ADMIN: &str = "admin";

/// How the program is. Clones share it.
#[derive(Clone)]
pub struct Health(Arc<Inner>);

struct Inner {
    tasks: Tasks,
    started: Instant,
    state: Mutex<HealthState>,
}

struct HealthState {
    phase: Phase,
    parts: BTreeMap<String, Part>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Phase {
    Starting,
    Ready,
    Stopping,
}

struct Part {
    trouble: Option<String>,
    required: bool,
}

impl Health {
    /// The health of a program that is starting and runs these tasks.
    #[must_use]
    pub fn new(tasks: &Tasks) -> Health {
        Health(Arc::new(Inner {
            tasks: tasks.clone(),
            started: Instant::now(),
            state: Mutex::new(HealthState {
                phase: Phase::Starting,
                parts: BTreeMap::new(),
            }),
        }))
    }

    /// Reports that a part is well, or what its trouble is. Trouble turns
    /// `/healthz` to 503, but the program still takes requests.
    pub fn set(&self, part: &str, state: Result<(), impl Into<String>>) {
        self.set_part(part, state.err().map(Into::into), false);
    }

    /// Reports the same of a part without which no request can be answered:
    /// its trouble turns `/readyz` to 503 as well.
    pub fn require(&self, part: &str, state: Result<(), impl Into<String>>) {
        self.set_part(part, state.err().map(Into::into), true);
    }

    /// Forgets a part that no longer exists.
    pub fn forget(&self, part: &str) {
        self.state().parts.remove(part);
    }

    /// From now on the program takes requests.
    pub fn ready(&self) {
        let mut state = self.state();
        if state.phase == Phase::Starting {
            state.phase = Phase::Ready;
        }
    }

    /// From now on it takes none.
    pub fn stopping(&self) {
        self.state().phase = Phase::Stopping;
    }

    /// Why the program takes no requests now; `None` when it does.
    #[must_use]
    pub fn not_ready(&self) -> Option<String> {
        self.reason_not_ready(true)
    }

    fn reason_not_ready(&self, details: bool) -> Option<String> {
        let state = self.state();
        match state.phase {
            Phase::Starting => return Some("it is starting".to_owned()),
            Phase::Stopping => return Some("it is stopping".to_owned()),
            Phase::Ready => {}
        }
        state.parts.iter().find_map(|(name, part)| match &part.trouble {
            Some(trouble) if part.required => {
                let trouble = if details { trouble } else { FAILING };
                Some(format!("{name}: {trouble}"))
            }
            _ => None,
        })
    }

    /// The state as `/healthz` shows it to an administrator: `status` is
    /// `ok`, `starting`, `stopping` or `failing`; `parts` and `tasks` say what
    /// fails, and why.
    #[must_use]
    pub fn report(&self) -> Value {
        self.report_with(true)
    }

    fn report_with(&self, details: bool) -> Value {
        let ready = self.not_ready().is_none();
        let state = self.state();
        let mut tasks = self.0.tasks.states().clone();
        let failing = state.parts.values().any(|part| part.trouble.is_some())
            || tasks.values().any(|task| task.lost);
        let status = match state.phase {
            Phase::Starting => "starting",
            Phase::Stopping => "stopping",
            Phase::Ready if failing => FAILING,
            Phase::Ready => "ok",
        };
        let parts: BTreeMap<_, _> = state
            .parts
            .iter()
            .map(|(name, part)| match &part.trouble {
                None => (name, "ok"),
                Some(trouble) if details => (name, trouble.as_str()),
                Some(_) => (name, FAILING),
            })
            .collect();
        if !details {
            tasks.values_mut().for_each(|task| task.last_panic = None);
        }
        json!({
            "status": status,
            "ready": ready,
            "uptime_seconds": self.0.started.elapsed().as_secs(),
            "parts": parts,
            "tasks": tasks,
        })
    }

    /// `GET /livez`, `/readyz` and `/healthz`.
    ///
    /// | | 200 | 503 |
    /// |---|---|---|
    /// | `/livez` | it answers | never: no answer is the answer |
    /// | `/readyz` | it takes requests | starting, stopping, or a required part is in trouble |
    /// | `/healthz` | all is well | anything is not; the JSON says what |
    ///
    /// Everybody may ask. But details of trouble can quote what is not for
    /// everybody, such as the configuration: they need the role `admin`.
    pub fn routes(&self, sign_in: &SignIn) -> Router {
        Router::new()
            .route("/livez", get(async || "ok\n"))
            .route("/readyz", get(readyz))
            .route("/healthz", get(healthz))
            .with_state((self.clone(), sign_in.clone()))
    }

    fn set_part(&self, part: &str, trouble: Option<String>, required: bool) {
        let part_now = Part { trouble, required };
        self.state().parts.insert(part.to_owned(), part_now);
    }

    fn state(&self) -> MutexGuard<'_, HealthState> {
        self.0.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

type HealthAndSignIn = State<(Health, SignIn)>;

/// Whether details are for whoever asks.
async fn is_admin(sign_in: &SignIn, head: &Parts) -> bool {
    let user = sign_in.user(&head.headers, &head.extensions).await;
    user.is_some_and(|user| user.has(ADMIN))
}

async fn readyz(
    State((health, sign_in)): HealthAndSignIn,
    head: Parts,
) -> Response {
    match health.reason_not_ready(is_admin(&sign_in, &head).await) {
        None => "ok\n".into_response(),
        Some(why) => {
            (StatusCode::SERVICE_UNAVAILABLE, why + "\n").into_response()
        }
    }
}

async fn healthz(
    State((health, sign_in)): HealthAndSignIn,
    head: Parts,
) -> Response {
    let report = health.report_with(is_admin(&sign_in, &head).await);
    let status = match report["status"] == "ok" {
        true => StatusCode::OK,
        false => StatusCode::SERVICE_UNAVAILABLE,
    };
    (status, Json(report)).into_response()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_program_is_ready_between_its_start_and_its_end() {
        let health = Health::new(&Tasks::default());
        assert_eq!(health.not_ready().as_deref(), Some("it is starting"));
        health.ready();
        assert_eq!(health.not_ready(), None);
        assert_eq!(health.report()["status"], "ok");
        health.stopping();
        health.ready();
        assert_eq!(health.not_ready().as_deref(), Some("it is stopping"));
    }

    #[test]
    fn only_a_required_part_makes_it_unready() {
        let health = Health::new(&Tasks::default());
        health.ready();
        health.set("printer", Err("out of paper"));
        assert_eq!(health.report()["status"], "failing");
        assert_eq!(health.report()["parts"]["printer"], "out of paper");
        assert_eq!(health.not_ready(), None);
        health.require("queue", Err("the disk is full"));
        assert_eq!(
            health.not_ready().as_deref(),
            Some("queue: the disk is full")
        );
        health.set("printer", Ok::<_, String>(()));
        health.require("queue", Ok::<_, String>(()));
        assert_eq!(health.report()["status"], "ok");
    }

    #[tokio::test]
    async fn a_task_that_panicked_is_shown() {
        let tasks = Tasks::default();
        let health = Health::new(&tasks);
        health.ready();
        let task = tasks.spawn("recorder", async { panic!("disk gone") });
        assert!(task.await.expect("joined").is_err());
        tasks.finished().await;
        let report = health.report();
        assert_eq!(report["status"], "failing");
        let said = report["tasks"]["recorder"]["last_panic"].as_str();
        assert!(said.is_some_and(|said| said.contains("disk gone")));
        assert_eq!(health.not_ready(), None);
    }
}
