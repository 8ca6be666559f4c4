//! Jobs that report by themselves that they ran: the address at which they do,
//! what is kept of each, and the worker that misses it.

use crate::context::Context;
use crate::now;
use crate::recorder::Measurement;
use crate::state::{MonitorState, lock};
use axum::extract::rejection::QueryRejection;
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};
use daemon::units::in_words;
use history::{History, Sample};
use jiff::Timestamp;
use jiff::tz::TimeZone;
use monitor_config::{Config, Probe, Target};
use ping::check::Secret;
use push::{Job, Report, Verdict, is_token};
use safe_text::plain;
use serde::Deserialize;
use serde_json::json;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::sync::{Notify, mpsc, watch};
use tokio::task::spawn_blocking;

/// Under which key the history keeps what is known of the jobs.
const JOBS: &str = "push";

/// While a job is missed, or says that it failed, that is recorded as often as
/// this.
const AGAIN: Duration = Duration::from_secs(60);

/// How long after a start a report may come that was due before it.
const GRACE: i64 = 60_000;

/// The most characters of a job's own words that are kept.
const LONGEST: usize = 200;

/// The jobs of the configuration, by the name of their target.
pub(crate) struct Jobs {
    history: Arc<History>,
    jobs: Mutex<BTreeMap<String, Entry>>,
    /// What an earlier run knew of those that are still to come.
    kept: Mutex<BTreeMap<String, Job>>,
}

struct Entry {
    token: Secret,
    job: Job,
    /// Wakes its worker.
    reported: Arc<Notify>,
}

impl Jobs {
    /// Begins with what an earlier run has left in the history.
    ///
    /// # Errors
    /// When the history cannot be read.
    pub(crate) fn read(history: Arc<History>) -> Result<Jobs, history::Error> {
        let kept = match history.state(JOBS)? {
            // What another version has left is worth less than a start.
            Some(text) => serde_json::from_str(&text).unwrap_or_default(),
            None => BTreeMap::new(),
        };
        let kept = Mutex::new(kept);
        Ok(Jobs { history, jobs: Mutex::default(), kept })
    }

    /// Takes the jobs of this configuration.
    pub(crate) fn apply(&self, config: &Config) -> Result<(), history::Error> {
        let mut jobs = lock(&self.jobs);
        let mut before = std::mem::take(&mut *jobs);
        let mut kept = std::mem::take(&mut *lock(&self.kept));
        for target in &config.targets {
            let Probe::Push { token, within } = &target.probe else {
                continue;
            };
            let (name, now) = (&target.name, now());
            let within = i64::try_from(within.as_millis()).unwrap_or(i64::MAX);
            let (job, reported) = match before.remove(name) {
                Some(entry) => {
                    (entry.job.again(now, within, 0), entry.reported)
                }
                None => match kept.remove(name) {
                    Some(job) => {
                        (job.again(now, within, GRACE), Arc::default())
                    }
                    None => (Job::watched_from(now, within), Arc::default()),
                },
            };
            let token = token.clone();
            jobs.insert(name.clone(), Entry { token, job, reported });
        }
        drop(jobs);
        self.keep()
    }

    /// Writes what is known, so that it survives a restart.
    fn keep(&self) -> Result<(), history::Error> {
        // Held until it is written: an older text must not replace it.
        let jobs = lock(&self.jobs);
        if jobs.is_empty() && self.history.state(JOBS)?.is_none() {
            return Ok(());
        }
        let known: BTreeMap<&String, &Job> =
            jobs.iter().map(|(name, entry)| (name, &entry.job)).collect();
        let text = serde_json::to_string(&known);
        let text = text.expect("a map with names can be written");
        self.history.set_state(JOBS, &text)
    }

    /// Takes the report of whoever has this token. Returns the name of the
    /// target, if there is one.
    fn report(&self, token: &str, report: &Report) -> Option<String> {
        let mut found = None;
        // All are compared: how long it takes says nothing.
        for (name, entry) in lock(&self.jobs).iter_mut() {
            if is_token(token, entry.token.reveal()) {
                entry.job.report(now(), report.clone());
                entry.reported.notify_one();
                found = Some(name.clone());
            }
        }
        found
    }

    fn verdict(&self, name: &str) -> Option<(Verdict, Arc<Notify>)> {
        let jobs = lock(&self.jobs);
        let Entry { job, reported, .. } = jobs.get(name)?;
        Some((job.verdict(now()), reported.clone()))
    }
}

// ANCHOR: run
/// Waits for the reports of one job, and records that they are missed.
pub(crate) async fn run(
    context: Context,
    target: Target,
    mut stop: watch::Receiver<bool>,
) {
    loop {
        let verdict = context.state.jobs.verdict(&target.name);
        let Some((verdict, reported)) = verdict else { return };
        let wait = match &verdict {
            // The clock on the wall may be set meanwhile.
            Verdict::Waiting { until } => {
                let left = u64::try_from(until - now()).unwrap_or_default();
                Duration::from_millis(left).min(AGAIN)
            }
            Verdict::Missed { .. } | Verdict::Failed(_) => {
                let failed =
                    sample(&target.name, None, words(&target, &verdict));
                // Without a recorder the monitor is about to end.
                let _ = context.measurements.send(failed).await;
                AGAIN.min(target.every)
            }
        };
        tokio::select! {
            () = tokio::time::sleep(wait) => {}
            () = reported.notified() => {}
            _ = stop.changed() => return,
            () = context.stopped() => return,
        }
    }
}
// ANCHOR_END: run

fn sample(
    name: &str,
    value: Option<f64>,
    error: Option<String>,
) -> Measurement {
    let sample = Sample::new(now(), "check", name, value);
    Measurement::of(Sample { error, ..sample })
}

/// What is wrong with the job.
fn words(target: &Target, verdict: &Verdict) -> Option<String> {
    let within = in_words(target.every);
    match verdict {
        Verdict::Waiting { .. } => None,
        Verdict::Failed(why) if why.is_empty() => {
            Some("the job says that it failed".to_owned())
        }
        Verdict::Failed(why) => {
            Some(format!("the job says that it failed: {why}"))
        }
        Verdict::Missed { last: None } => {
            Some(format!("no report came within {within}, and none before"))
        }
        Verdict::Missed { last: Some(at) } => {
            let at = Timestamp::from_millisecond(*at).unwrap_or_default();
            let at = at.to_zoned(TimeZone::system());
            let at = at.strftime("%Y-%m-%d %H:%M:%S");
            Some(format!(
                "no report came within {within}: the last was at {at}"
            ))
        }
    }
}

/// Where jobs report. It is open to everyone: the token in the address is the
/// key.
pub(crate) fn routes(context: &Context) -> Router {
    let Context { state, measurements, .. } = context;
    Router::new()
        .route("/api/push/{token}", get(take).post(take))
        .with_state((state.clone(), measurements.clone()))
}

/// What stands behind the `?` of a report.
#[derive(Deserialize)]
struct Parameters {
    /// Whether the job went well.
    #[serde(default)]
    status: Status,
    /// A word of the job's own, for people.
    #[serde(default)]
    msg: String,
    /// How long the job took, in milliseconds.
    #[serde(default)]
    ms: f64,
}

#[derive(Clone, Copy, Default, PartialEq, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Status {
    #[default]
    Up,
    Down,
}

async fn take(
    State((state, measurements)): State<(
        MonitorState,
        mpsc::Sender<Measurement>,
    )>,
    Path(token): Path<String>,
    parameters: Result<Query<Parameters>, QueryRejection>,
) -> Response {
    let refused = |status: StatusCode, words: String| {
        (status, Json(json!({ "error": words }))).into_response()
    };
    let Parameters { status, msg, ms } = match parameters {
        Ok(Query(parameters)) => parameters,
        Err(error) => return refused(error.status(), error.body_text()),
    };
    let report = match status {
        Status::Up => Report::Done,
        Status::Down => Report::Failed(plain(&msg, LONGEST)),
    };
    let jobs = state.jobs.clone();
    let (name, kept) = {
        let Some(name) = jobs.report(&token, &report) else {
            let words = "no job reports here: is the token the one that the \
                         monitor's configuration has?";
            return refused(StatusCode::NOT_FOUND, words.to_owned());
        };
        // On the disk before the job hears that it was heard.
        (name, spawn_blocking(move || jobs.keep()).await)
    };
    match kept {
        Ok(kept) => state.check_written(kept),
        Err(panic) => std::panic::resume_unwind(panic.into_panic()),
    }
    if status == Status::Up {
        let took = if ms.is_finite() { ms.max(0.0) } else { 0.0 };
        let _ = measurements.send(sample(&name, Some(took), None)).await;
    }
    Json(json!({ "ok": true })).into_response()
}
