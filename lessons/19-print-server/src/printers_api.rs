//! The API of the printers: how each is, whether it takes jobs, and a person's
//! word on that.

use std::sync::Arc;
use std::time::Duration;

use axum::extract::{Path, State};
use axum::routing::{get, post};
use axum::{Extension, Json, Router};
use ipp_printer::{Activity, Condition, Supply};
use job_queue::{Error, Job, Queue, State as JobState};
use print_options::roles::{OPERATE, minds_all};
use serde::{Deserialize, Serialize};
use sign_in::User;
use tokio::task::JoinHandle;
use tokio::time::timeout;

use crate::api::{ApiError, AppState, with_queue};
use crate::printers::{Printer, Printers};

/// How long an answer waits for the printers' own words.
const PATIENCE: Duration = Duration::from_millis(250);
/// The longest reason of a person, in characters.
const LONGEST_REASON: usize = 500;

/// A printer, as `GET /api/printers` shows it.
#[derive(Clone, PartialEq, Serialize)]
pub(crate) struct PrinterView {
    pub(crate) name: String,
    /// The name as phones and computers show it.
    title: String,
    location: String,
    /// A description, with its address.
    printer: String,
    /// Whether jobs go to it that name no printer.
    is_default: bool,
    /// `idle`, `printing` or `stopped`.
    state: &'static str,
    /// Why no job is sent to it now; null while jobs are.
    paused: Option<String>,
    /// What it says, or why it cannot be asked; null when it is well.
    message: Option<String>,
    /// The keywords for that (RFC 8011, section 5.4.12), such as `media-empty`.
    reasons: Vec<&'static str>,
    /// How many jobs wait for it or are in print.
    jobs: usize,
    /// The papers in its trays, as far as they are known: `A4`.
    papers: Vec<String>,
    color: bool,
    stapler: bool,
    punch: bool,
    /// Whether a job can wait in it for a PIN that is typed at its panel.
    secure_print: bool,
    /// The departments that it books pages to; none when it asks for none.
    departments: Vec<String>,
    /// What is used up. The C360 says only that a toner is low.
    supplies: Vec<SupplyView>,
    /// The printer that takes over when this one stands still.
    stand_in: Option<String>,
    /// The address of a virtual printer's front panel.
    panel: Option<String>,
}

/// What is used up in a printer.
#[derive(Clone, PartialEq, Serialize)]
struct SupplyView {
    name: String,
    color: &'static str,
    /// How much is left, in per cent; null when the printer does not say.
    level: Option<u8>,
}

#[derive(Default, Deserialize)]
struct Wish {
    reason: Option<String>,
}

/// `GET /api/printers`, and `POST /api/printers/{name}/pause` and `/resume`.
pub(crate) fn routes() -> Router<Arc<AppState>> {
    Router::new()
        .route("/api/printers", get(list))
        .route("/api/printers/{name}/pause", post(pause))
        .route("/api/printers/{name}/resume", post(resume))
}

type Shared = State<Arc<AppState>>;

/// The printers on which the user may print.
async fn list(
    State(state): Shared,
    Extension(user): Extension<User>,
) -> Result<Json<Vec<PrinterView>>, ApiError> {
    // One that takes its time is heard the next time.
    let all = state.printers.ask_all(&state.tasks);
    let _ = timeout(PATIENCE, join_all(all)).await;
    let printers = state.printers.clone();
    let list = move |_: &dyn Queue| printers.all_views();
    let mut list = with_queue(&state, list).await?;
    list.retain(|printer| printer.is_for(&state, &user));
    Ok(Json(list))
}

async fn join_all<T>(all: Vec<JoinHandle<T>>) {
    for one in all {
        let _ = one.await;
    }
}

async fn pause(
    State(state): Shared,
    Extension(user): Extension<User>,
    Path(name): Path<String>,
    wish: Option<Json<Wish>>,
) -> Result<Json<PrinterView>, ApiError> {
    check_operator(&user)?;
    let wish = wish.map(|Json(wish)| wish).unwrap_or_default();
    let reason = wish.reason.as_deref().map(str::trim).unwrap_or_default();
    let reason = match reason {
        "" => "a person paused it".to_owned(),
        reason => safe_text::plain(reason, LONGEST_REASON),
    };
    on_lane(&state, name, move |printer| printer.lane.halt(&reason)).await
}

async fn resume(
    State(state): Shared,
    Extension(user): Extension<User>,
    Path(name): Path<String>,
) -> Result<Json<PrinterView>, ApiError> {
    check_operator(&user)?;
    on_lane(&state, name, |printer| printer.lane.resume()).await
}

/// Changes a printer, and returns it as it is afterwards.
async fn on_lane(
    state: &AppState,
    name: String,
    change: impl FnOnce(&Printer) -> Result<(), Error> + Send + 'static,
) -> Result<Json<PrinterView>, ApiError> {
    if state.printers.get(&name).is_none() {
        return Err(no_such_printer(state, &name));
    }
    let printers = state.printers.clone();
    let work = move |_: &dyn Queue| {
        if let Some(printer) = printers.get(&name) {
            change(printer)?;
        }
        let views = printers.all_views()?;
        Ok(views.into_iter().find(|view| view.name == name))
    };
    let view = with_queue(state, work).await?;
    view.map(Json).ok_or_else(ApiError::broken)
}

impl PrinterView {
    /// Whether this user may print on it.
    pub(crate) fn is_for(&self, state: &AppState, user: &User) -> bool {
        let printer = state.printers.get(&self.name);
        printer.is_some_and(|printer| printer.options.is_for(user))
    }
}

impl Printers {
    /// All printers as people see them, by what was last heard of them.
    pub(crate) fn all_views(&self) -> Result<Vec<PrinterView>, Error> {
        let pending = self.pending()?;
        self.iter().map(|printer| self.show(printer, &pending)).collect()
    }

    fn show(
        &self,
        printer: &Printer,
        pending: &[Job],
    ) -> Result<PrinterView, Error> {
        let Printer { options, .. } = printer;
        let paused = printer.lane.paused()?;
        let condition = printer.condition(paused.clone(), pending);
        let Condition { activity, reasons, message, supplies, .. } = condition;
        let waits = |job: &&Job| {
            job.lane == options.name
                && matches!(job.state, JobState::Waiting | JobState::Running)
        };
        let supply = |it: Supply| SupplyView {
            name: it.name,
            color: it.color,
            level: it.level,
        };
        Ok(PrinterView {
            name: options.name.clone(),
            title: options.title.clone(),
            location: options.location.clone(),
            printer: printer.description.clone(),
            is_default: printer.name() == self.default().name(),
            state: match activity {
                Activity::Idle => "idle",
                Activity::Processing => "printing",
                Activity::Stopped => "stopped",
            },
            paused,
            message: Some(message).filter(|message| !message.is_empty()),
            reasons,
            jobs: pending.iter().filter(waits).count(),
            papers: printer.papers(),
            color: options.color,
            stapler: options.stapler,
            punch: options.punch,
            secure_print: options.access.secure_print,
            departments: options.access.departments.keys().cloned().collect(),
            supplies: supplies.into_iter().map(supply).collect(),
            stand_in: options.stand_in.clone(),
            panel: printer.panel.clone(),
        })
    }
}

fn check_operator(user: &User) -> Result<(), ApiError> {
    if minds_all(user) {
        return Ok(());
    }
    Err(ApiError::forbidden(&format!(
        "this needs the role {OPERATE}, and {} does not have it: ask an \
         administrator",
        user.name
    )))
}

/// The error for a printer that there is not.
pub(crate) fn no_such_printer(state: &AppState, name: &str) -> ApiError {
    let names: Vec<&str> = state.printers.iter().map(Printer::name).collect();
    ApiError::not_found(format!(
        "there is no printer {name:?}: there is {}",
        names.join(", ")
    ))
}
