//! Admission: what happens to a request before a handler sees it.

use axum::Json;
use axum::extract::{Request, State};
use axum::http::request::Parts;
use axum::http::{Method, StatusCode, Uri, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Redirect, Response};
use serde_json::json;

use crate::ended_streams::end_with_account;
use crate::form::welcome;
use crate::refusal::{Reason, Visitor, return_path};
use crate::sign_in::{Found, Proof, is_over_tls};
use crate::{AccountError, LetIn, Openness, SignIn};

/// What becomes of a request without a key.
#[derive(Clone)]
pub(crate) enum Strangers {
    /// It is refused, with the form; a link signs its browser in.
    Refused,
    /// It is let in from where the server is open, and else refused.
    LetIn(Openness),
    /// It is let in from where the server is open, and passed on else.
    PassedOn(Openness),
}

impl Strangers {
    /// Whether a request without a key passes, with a mark of it where the
    /// server is open.
    fn pass(&self, head: &mut Parts) -> bool {
        let (openness, passes) = match self {
            Strangers::Refused => return false,
            Strangers::LetIn(openness) => (openness, false),
            Strangers::PassedOn(openness) => (openness, true),
        };
        let is_let_in = openness.allows(&head.headers, &head.extensions);
        if is_let_in {
            head.extensions.insert(LetIn);
        }
        is_let_in || passes
    }
}

// ANCHOR: admit
/// Lets a request pass, signs its browser in, or refuses it.
pub(crate) async fn admit(
    State((sign_in, strangers)): State<(SignIn, Strangers)>,
    request: Request,
    next: Next,
) -> Response {
    let (mut head, body) = request.into_parts();
    let found = match sign_in.find(&head.headers, &head.extensions).await {
        Ok(found) => found,
        Err(error) => return trouble(&error),
    };
    if let Strangers::Refused = strangers
        && let Some(answer) = open_link(&sign_in, &head, &found).await
    {
        return answer;
    }
    match found {
        // The only place where a request gets its user.
        Found::User(user, proof) => {
            sign_in.note_key(&proof);
            let tls = is_over_tls(&head.headers, &head.extensions);
            head.extensions.insert(user.clone());
            let request = Request::from_parts(head, body);
            let mut response = next.run(request).await;
            if let Proof::Session(session) = &proof
                && let Some(cookie) = sign_in.renew(session, tls).await
            {
                response.headers_mut().append(header::SET_COOKIE, cookie);
            }
            end_with_account(response, sign_in.accounts(), user, proof)
        }
        Found::Nobody(Reason::NoKey) if strangers.pass(&mut head) => {
            let visitor = Visitor::of(&head);
            let answer = next.run(Request::from_parts(head, body)).await;
            match answer.status() {
                // A handler does not know what may be asked for on this way.
                StatusCode::UNAUTHORIZED => {
                    sign_in.refuse(&visitor, Reason::NoKey)
                }
                _ => answer,
            }
        }
        Found::Nobody(reason) => refuse(&sign_in, &head, reason).await,
    }
}
// ANCHOR_END: admit

/// The answer to a request with a one-time link, if it is one. Programs that
/// look at links before a person does send HEAD, and must not use it up.
async fn open_link(
    sign_in: &SignIn,
    head: &Parts,
    found: &Found,
) -> Option<Response> {
    let token = token(&head.uri)?.to_owned();
    let is_signed_in = match found {
        // Programs do not follow links.
        Found::User(_, Proof::ServerKey | Proof::Key(_)) => return None,
        Found::User(_, Proof::Session(_)) => true,
        Found::Nobody(_) => false,
    };
    if head.method != Method::GET {
        return None;
    }
    let path = sign_in.base_path().of(&return_path(&head.uri));
    let tls = is_over_tls(&head.headers, &head.extensions);
    match sign_in.begin_with_link(&token, tls).await {
        Err(error) => Some(trouble(&error)),
        Ok(Some(cookie)) => {
            sign_in.note_attempt(true, &head.extensions).await;
            Some(welcome(cookie, &path))
        }
        Ok(None) if is_signed_in => Some(Redirect::to(&path).into_response()),
        Ok(None) => Some(refuse(sign_in, head, Reason::UsedLink).await),
    }
}

/// The refusal of a request. Whoever has sent many wrong keys waits for it.
async fn refuse(sign_in: &SignIn, head: &Parts, why: Reason) -> Response {
    if let Reason::WrongKey | Reason::UsedLink = why {
        sign_in.note_attempt(false, &head.extensions).await;
    }
    sign_in.refuse(&Visitor::of(head), why)
}

/// The answer when nobody can tell whose key it is.
pub(crate) fn trouble(error: &AccountError) -> Response {
    tracing::error!("nobody can sign in: {error}");
    let message = "the server cannot look into its accounts; its log says why";
    (error.status(), Json(json!({ "error": message }))).into_response()
}

/// The one-time token in an address.
fn token(uri: &Uri) -> Option<&str> {
    uri.query()?.split('&').find_map(|pair| pair.strip_prefix("token="))
}
