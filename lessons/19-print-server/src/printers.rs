//! The API of the printer: whether it takes jobs, and a person's word on that.

use std::sync::Arc;

use axum::extract::{Path, State};
use axum::routing::{get, post};
use axum::{Json, Router};
use serde::{Deserialize, Serialize};

use crate::api::{ApiError, AppState, with_queue};

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
    Path(name): Path<String>,
    wish: Option<Json<Wish>>,
) -> Result<Json<PrinterView>, ApiError> {
    check(&name)?;
    let wish = wish.map(|Json(wish)| wish).unwrap_or_default();
    let reason = wish.reason.unwrap_or_else(|| "a person paused it".to_owned());
    with_queue(&state, move |queue| queue.halt(&reason)).await?;
    Ok(Json(view(&state).await?))
}

async fn resume(
    State(state): Shared,
    Path(name): Path<String>,
) -> Result<Json<PrinterView>, ApiError> {
    check(&name)?;
    with_queue(&state, |queue| queue.resume()).await?;
    Ok(Json(view(&state).await?))
}

async fn view(state: &AppState) -> Result<PrinterView, ApiError> {
    let paused = with_queue(state, |queue| queue.paused()).await?;
    Ok(PrinterView { name: NAME, printer: state.printer.clone(), paused })
}

fn check(name: &str) -> Result<(), ApiError> {
    if name == NAME {
        return Ok(());
    }
    Err(ApiError::not_found(format!(
        "there is no printer {name:?}: the only one is called {NAME}"
    )))
}
