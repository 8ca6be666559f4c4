//! The API of the printer: whether it takes jobs, and a person's word on that.

use std::sync::Arc;

use axum::extract::{Path, State};
use axum::routing::{get, post};
use axum::{Extension, Json, Router};
use serde::{Deserialize, Serialize};
use sign_in::User;

use crate::api::{ApiError, AppState, with_queue};
use crate::roles::OPERATE;
use crate::visitor::minds_all;

/// The name of the only printer.
pub(crate) const NAME: &str = "default";

/// The printer, as `GET /api/printers` shows it.
#[derive(Serialize)]
struct PrinterView {
    name: &'static str,
    /// A description, with its address.
    printer: String,
    /// Why no job is sent to it now; null while jobs are.
    paused: Option<String>,
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

async fn list(
    State(state): Shared,
) -> Result<Json<[PrinterView; 1]>, ApiError> {
    Ok(Json([view(&state).await?]))
}

async fn pause(
    State(state): Shared,
    Extension(user): Extension<User>,
    Path(name): Path<String>,
    wish: Option<Json<Wish>>,
) -> Result<Json<PrinterView>, ApiError> {
    check(&name)?;
    check_operator(&user)?;
    let wish = wish.map(|Json(wish)| wish).unwrap_or_default();
    let reason = wish.reason.unwrap_or_else(|| "a person paused it".to_owned());
    with_queue(&state, move |queue| queue.halt(&reason)).await?;
    Ok(Json(view(&state).await?))
}

async fn resume(
    State(state): Shared,
    Extension(user): Extension<User>,
    Path(name): Path<String>,
) -> Result<Json<PrinterView>, ApiError> {
    check(&name)?;
    check_operator(&user)?;
    with_queue(&state, |queue| queue.resume()).await?;
    Ok(Json(view(&state).await?))
}

async fn view(state: &AppState) -> Result<PrinterView, ApiError> {
    let paused = with_queue(state, |queue| queue.paused()).await?;
    Ok(PrinterView { name: NAME, printer: state.printer.clone(), paused })
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

fn check(name: &str) -> Result<(), ApiError> {
    if name == NAME {
        return Ok(());
    }
    Err(ApiError::not_found(format!(
        "there is no printer {name:?}: the only one is called {NAME}"
    )))
}
