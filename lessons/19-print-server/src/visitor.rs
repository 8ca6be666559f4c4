//! The visitor: whoever sends a request. Told to the relay and to the IPP
//! printer, and asked about before a job is shown or changed.

use std::net::SocketAddr;
use std::sync::Arc;

use axum::Json;
use axum::extract::{ConnectInfo, Request, State};
use axum::http::StatusCode;
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use ipp_printer::Requester;
use print_client::JobView;
use print_options::PrinterOptions;
use print_options::roles::{PRINT, minds_all};
use relay::{PrintJob, Sender};
use serde_json::json;
use sign_in::{LetIn, User};

use crate::printers::Printers;

// ANCHOR: introduce
/// Tells the parts behind it who sends a request, as the sign-in has found
/// out. A job belongs to whoever has signed in, and never to a name that the
/// request gives.
pub(crate) async fn introduce(
    State(printers): State<Printers>,
    mut request: Request,
    next: Next,
) -> Response {
    let extensions = request.extensions_mut();
    let user = extensions.get::<User>().cloned();
    let peer = extensions.get::<ConnectInfo<SocketAddr>>();
    let host = peer.map(|ConnectInfo(peer)| peer.ip().to_canonical());
    let name = user.as_ref().map(|user| user.name.clone());
    let printers = printers.of(user.as_ref());
    extensions.insert(Sender { user: name.clone(), host, printers });
    if user.is_some() || extensions.get::<LetIn>().is_some() {
        let operator = user.is_some_and(|user| minds_all(&user));
        extensions.insert(Requester { name, operator, host });
    }
    next.run(request).await
}
// ANCHOR_END: introduce

/// Refuses users who may not print on this printer. Whoever has no key passes:
/// behind this, the printer itself asks for one where it is needed.
pub(crate) async fn only_printing(
    State(printer): State<Arc<PrinterOptions>>,
    request: Request,
    next: Next,
) -> Response {
    let Some(user) = request.extensions().get::<User>() else {
        return next.run(request).await;
    };
    let name = &user.name;
    let error = if !user.has(PRINT) {
        format!(
            "this needs the role {PRINT}, and {name} does not have it: ask an \
             administrator"
        )
    } else if !printer.is_for(user) {
        let printer = &printer.name;
        format!("{name} may not print on {printer}: ask an administrator")
    } else {
        return next.run(request).await;
    };
    let body = Json(json!({ "error": error }));
    (StatusCode::FORBIDDEN, body).into_response()
}

// ANCHOR: rights
/// Whether the user may change this job: it is theirs, or they mind all.
pub(crate) fn may_change(user: &User, job: &JobView) -> bool {
    minds_all(user) || job.user == user.name
}

/// Whether the user may see this job. One that is nobody's by name and waits
/// for its PIN is there for whoever knows the PIN.
pub(crate) fn may_see(user: &User, job: &JobView) -> bool {
    let waits_for_anybody = job.user.is_empty() && job.needs_pin;
    may_change(user, job) || waits_for_anybody
}

/// Whether the user may look at the pages of a job: its owner, and who minds
/// all, unless there is a PIN.
pub(crate) fn may_look(user: &User, order: &PrintJob) -> bool {
    let is_theirs = order.user == user.name;
    let has_pin = order.pin.is_some() || order.printer_pin.is_some();
    is_theirs || (minds_all(user) && !has_pin)
}
// ANCHOR_END: rights
