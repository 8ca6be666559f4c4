//! The role that a router asks for, and the answer to whoever lacks it.

use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use axum::{Json, Router};
use serde_json::json;

use crate::{LetIn, SignIn, User};

impl SignIn {
    // ANCHOR: require
    /// A router for those whose account has `role`; a visitor of whom the
    /// server knows another account gets 403, in words. Whoever was
    /// [let in without a key](LetIn) passes: what is open has no roles.
    ///
    /// It looks at what [`protect`](SignIn::protect) has found out, so it
    /// stands inside of that: `sign_in.protect(sign_in.require("admin", …))`.
    pub fn require(&self, role: &'static str, router: Router) -> Router {
        router.layer(from_fn_with_state((self.clone(), role), check))
    }
    // ANCHOR_END: require
}

async fn check(
    State((sign_in, role)): State<(SignIn, &'static str)>,
    request: Request,
    next: Next,
) -> Response {
    let extensions = request.extensions();
    match extensions.get::<User>() {
        Some(user) if user.has(role) => next.run(request).await,
        Some(user) => forbid(user, role),
        None if extensions.get::<LetIn>().is_some() => next.run(request).await,
        None => sign_in.ask_for_a_key(&request.into_parts().0),
    }
}

/// The 403 to a user without a role.
fn forbid(user: &User, role: &str) -> Response {
    let error = format!(
        "this needs the role {role}, and {} has {}: ask an administrator",
        user.name, user.roles
    );
    let body = Json(json!({ "error": error }));
    (StatusCode::FORBIDDEN, body).into_response()
}
