//! The route of the talk's own protocol, so that its client still works.

use axum::extract::{DefaultBodyLimit, Request, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use axum::{Json, Router};
use driver::Finding;
use serde_json::json;

use crate::{Accepted, Intake, Refusal};

// ANCHOR: upload
/// The route `POST /upload`: a form with the part `file`.
///
/// The reply is JSON, `{"Status": "Success", "File_Uploaded": …,
/// "Job_status": …}` or `{"Status": "Error", "Error_Msg": …}`. The talk's
/// server answered 200 to both; ours has a status for each error, at which the
/// talk's client looks first.
pub fn upload_route(intake: Intake) -> Router {
    Router::new()
        .route("/upload", post(upload).get(only_post))
        // The intake has limits of its own, and says which.
        .layer(DefaultBodyLimit::disable())
        .with_state(intake)
}

async fn upload(State(intake): State<Intake>, request: Request) -> Response {
    match intake.receive(request, None).await {
        Ok(accepted) => Json(json!({
            "Status": "Success",
            "File_Uploaded": accepted.job.name,
            "Job_status": job_status(&accepted),
        }))
        .into_response(),
        Err(refusal) => error(refusal.status(), &refusal),
    }
}
// ANCHOR_END: upload

/// The talk's words, as long as all of the document can be printed.
fn job_status(accepted: &Accepted) -> String {
    let job = &accepted.job;
    let sent = if accepted.held { "Held" } else { "Sent for printing" };
    if job.findings.is_empty() {
        return sent.to_owned();
    }
    let findings: Vec<String> =
        job.findings.iter().map(Finding::to_string).collect();
    let findings = findings.join("; ");
    match (job.losses().is_empty(), accepted.held) {
        (true, _) => format!("{sent}. Note: {findings}"),
        (false, false) => format!("{sent}, but not whole: {findings}"),
        (false, true) => format!(
            "{sent} until somebody releases it, for it cannot be printed \
             whole: {findings}"
        ),
    }
}

async fn only_post() -> Response {
    let refusal = Refusal::NotAForm("send it with POST".to_owned());
    error(StatusCode::METHOD_NOT_ALLOWED, &refusal)
}

fn error(status: StatusCode, refusal: &Refusal) -> Response {
    let reply = json!({ "Status": "Error", "Error_Msg": refusal.to_string() });
    let mut response = (status, Json(reply)).into_response();
    if let Some(time) = refusal.retry_after() {
        let headers = response.headers_mut();
        headers.insert(header::RETRY_AFTER, time.as_secs().into());
    }
    response
}
