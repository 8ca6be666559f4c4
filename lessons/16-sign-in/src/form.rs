//! The form into which a person pastes a key, and the way out.

use std::time::Duration;

use axum::extract::{Form, FromRequest, Request, State};
use axum::http::{HeaderValue, Method, StatusCode, header};
use axum::response::{IntoResponse, Redirect, Response};
use serde::Deserialize;
use tokio::time::timeout;

use crate::SignIn;
use crate::admission::trouble;
use crate::refusal::{NO_STORE, Reason, Visitor, return_path};
use crate::sign_in::is_over_tls;

/// The largest form with a key, in bytes.
pub(crate) const FORM_BYTES: usize = 4096;
/// How long the form may take to arrive.
const FORM_TIME: Duration = Duration::from_secs(10);

/// What the form of the page sends.
#[derive(Deserialize)]
struct KeyForm {
    key: String,
    to: Option<String>,
}

/// `POST /sign-in`.
pub(crate) async fn sign_in(
    State(sign_in): State<SignIn>,
    request: Request,
) -> Response {
    let headers = request.headers().clone();
    let extensions = request.extensions().clone();
    // Anybody may send this form, and could keep us waiting for its end.
    let form = timeout(FORM_TIME, Form::from_request(request, &())).await;
    let Form(form): Form<KeyForm> = match form {
        Ok(Ok(form)) => form,
        Ok(Err(refused)) => return refused.into_response(),
        Err(_) => {
            let message = "the key did not come in time: try again\n";
            return (StatusCode::REQUEST_TIMEOUT, message).into_response();
        }
    };
    let to = form.to.and_then(|to| to.parse().ok()).unwrap_or_default();
    let tls = is_over_tls(&headers, &extensions);
    let begun = match sign_in.begin_with_key(form.key.trim(), tls).await {
        Ok(begun) => begun,
        Err(error) => return trouble(&error),
    };
    sign_in.note_attempt(begun.is_some(), &extensions).await;
    match begun {
        Some(cookie) => {
            welcome(cookie, &sign_in.base_path().of(&return_path(&to)))
        }
        None => {
            let visitor =
                Visitor::new(&Method::POST, &to, &headers, &extensions);
            sign_in.refuse(&visitor, Reason::WrongKey)
        }
    }
}

// ANCHOR: sign-out
/// `POST /sign-out`: ends the session here, and not only in this browser.
pub(crate) async fn sign_out(
    State(sign_in): State<SignIn>,
    request: Request,
) -> Response {
    let tls = is_over_tls(request.headers(), request.extensions());
    if let Some(session) = sign_in.cookies().find(request.headers(), tls) {
        let accounts = sign_in.accounts();
        let end = accounts.ask(move |list| list.end_session(&session.id));
        if let Err(error) = end.await {
            return trouble(&error);
        }
    }
    let cookie = [(header::SET_COOKIE, sign_in.cookies().remove(tls))];
    let home = sign_in.base_path().of("/");
    (cookie, Redirect::to(&home)).into_response()
}
// ANCHOR_END: sign-out

/// Leads to `path` with a session's cookie, with 303 (RFC 9110, section
/// 15.4.4), so that the secret leaves the address.
pub(crate) fn welcome(cookie: HeaderValue, path: &str) -> Response {
    let headers =
        [(header::SET_COOKIE, cookie), (header::CACHE_CONTROL, NO_STORE)];
    (headers, Redirect::to(path)).into_response()
}
