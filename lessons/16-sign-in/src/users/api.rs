//! The API of the accounts.

use axum::extract::rejection::JsonRejection;
use axum::extract::{DefaultBodyLimit, Path, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use serde::Deserialize;
use serde_json::json;

use super::{UserView, UsersState};
use crate::{Account, AccountError, Role};

/// The largest body, in bytes.
const BODY_BYTES: usize = 4096;

pub(super) fn routes() -> Router<UsersState> {
    Router::new()
        .route("/api/users", get(list).post(add))
        .route("/api/users/{name}", get(show).patch(change).delete(revoke))
        .route("/api/users/{name}/link", post(link))
        .layer(DefaultBodyLimit::max(BODY_BYTES))
}

type Users = State<UsersState>;
type Answer = Result<Response, ApiError>;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct NewUser {
    name: String,
    roles: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Change {
    roles: Option<Vec<String>>,
    #[serde(default)]
    new_key: bool,
}

async fn list(State(users): Users) -> Answer {
    let known = users.known;
    let views = users.ask(move |list| UserView::list(list, known)).await?;
    Ok(Json(views).into_response())
}

async fn show(State(users): Users, Path(name): Path<String>) -> Answer {
    let account = users.ask(move |list| list.get(&name)).await?;
    Ok(view(&users, &account, None).into_response())
}

async fn add(
    State(users): Users,
    body: Result<Json<NewUser>, JsonRejection>,
) -> Answer {
    let Json(NewUser { name, roles }) = body?;
    let roles = Role::find(&roles, users.known)?;
    let (account, key) = users
        .ask(move |list| {
            let key = list.add(&name, &roles)?;
            Ok((list.get(&name)?, key))
        })
        .await?;
    let place = format!("/api/users/{}", account.name);
    let user = view(&users, &account, Some(key));
    Ok((StatusCode::CREATED, [(header::LOCATION, place)], user).into_response())
}

async fn change(
    State(users): Users,
    Path(name): Path<String>,
    body: Result<Json<Change>, JsonRejection>,
) -> Answer {
    let Json(Change { roles, new_key }) = body?;
    let roles =
        roles.map(|names| Role::find(&names, users.known)).transpose()?;
    let (account, key) = users
        .ask(move |list| {
            if let Some(roles) = roles {
                list.set_roles(&name, &roles)?;
            }
            let key = match new_key {
                true => Some(list.renew_key(&name)?),
                false => None,
            };
            Ok((list.get(&name)?, key))
        })
        .await?;
    Ok(view(&users, &account, key).into_response())
}

async fn revoke(State(users): Users, Path(name): Path<String>) -> Answer {
    let account = users
        .ask(move |list| {
            list.revoke(&name)?;
            list.get(&name)
        })
        .await?;
    Ok(view(&users, &account, None).into_response())
}

async fn link(State(users): Users, Path(name): Path<String>) -> Answer {
    let sign_in = users.sign_in.clone();
    let made = users.ask(move |list| {
        // The administrator's own link is not for others to make.
        list.get(&name)?;
        sign_in.link_for(&name, "")
    });
    let path = Json(json!({ "path": made.await? }));
    Ok((StatusCode::CREATED, path).into_response())
}

fn view(
    users: &UsersState,
    account: &Account,
    key: Option<String>,
) -> Json<UserView> {
    Json(UserView::new(account, users.known, key))
}

/// An error as programs see it: a status, and JSON with a message.
struct ApiError(StatusCode, String);

impl From<AccountError> for ApiError {
    fn from(error: AccountError) -> ApiError {
        if error.status().is_server_error() {
            tracing::error!("the accounts cannot be used: {error}");
        }
        ApiError(error.status(), error.to_string())
    }
}

impl From<JsonRejection> for ApiError {
    fn from(rejection: JsonRejection) -> ApiError {
        ApiError(rejection.status(), rejection.body_text())
    }
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        let ApiError(status, error) = self;
        (status, Json(json!({ "error": error }))).into_response()
    }
}
