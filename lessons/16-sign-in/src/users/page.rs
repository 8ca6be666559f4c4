//! The page of the accounts: a table, and forms that work without a script.

use axum::Router;
use axum::extract::{DefaultBodyLimit, Form, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use maud::{DOCTYPE, Markup, PreEscaped, html};

use super::{UserView, UsersState};
use crate::design::STYLE;
use crate::refusal::{NO_STORE, PAGE_POLICY};
use crate::{AccountError, Role};

/// The largest form, in bytes.
const FORM_BYTES: usize = 4096;

pub(super) fn routes() -> Router<UsersState> {
    Router::new()
        .route("/users", get(show).post(act))
        .layer(DefaultBodyLimit::max(FORM_BYTES))
}

/// What the page says above its table.
enum Said {
    Nothing,
    Key { name: String, key: String },
    Link { name: String, path: String },
    Error(AccountError),
}

async fn show(State(users): State<UsersState>) -> Response {
    answer(&users, Said::Nothing).await
}

/// Does what a form of the page says: `do`, `name`, and each `role`. The
/// answer is the page, and not a redirect to it, because only this answer has
/// the key.
async fn act(
    State(users): State<UsersState>,
    Form(fields): Form<Vec<(String, String)>>,
) -> Response {
    let sign_in = users.sign_in.clone();
    let known = users.known;
    let acted = users.ask(move |list| {
        let values = |wanted: &str| {
            let of_name = fields.iter().filter(|(name, _)| name == wanted);
            of_name.map(|(_, value)| value.clone()).collect::<Vec<_>>()
        };
        let name = values("name").pop().unwrap_or_default();
        let roles = || Role::find(&values("role"), known);
        Ok(match values("do").pop().unwrap_or_default().as_str() {
            "add" => Said::Key {
                key: list.add(&name, &roles()?)?,
                name: list.get(&name)?.name,
            },
            "roles" => {
                list.set_roles(&name, &roles()?)?;
                Said::Nothing
            }
            "key" => Said::Key { key: list.renew_key(&name)?, name },
            "link" => {
                list.get(&name)?;
                Said::Link { path: sign_in.link_for(&name, "")?, name }
            }
            "revoke" => {
                list.revoke(&name)?;
                Said::Nothing
            }
            _ => Said::Nothing,
        })
    });
    let said = acted.await.unwrap_or_else(Said::Error);
    answer(&users, said).await
}

async fn answer(users: &UsersState, said: Said) -> Response {
    let known = users.known;
    let list = users.ask(move |list| UserView::list(list, known)).await;
    let (list, said) = match list {
        Ok(list) => (list, said),
        Err(error) => (Vec::new(), Said::Error(error)),
    };
    let status = match &said {
        Said::Error(error) => error.status(),
        _ => StatusCode::OK,
    };
    let headers = [(header::CACHE_CONTROL, NO_STORE)];
    let policy = [(header::CONTENT_SECURITY_POLICY, PAGE_POLICY)];
    (status, headers, policy, page(users, &list, &said)).into_response()
}

fn page(users: &UsersState, list: &[UserView], said: &Said) -> Markup {
    let base_path = users.sign_in.base_path();
    html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width";
                title { "Accounts · " (users.sign_in.name()) }
                link rel="icon" href="data:,";
                style { (PreEscaped(STYLE)) }
            }
            body {
                header {
                    div.about {
                        h1 { (users.sign_in.name()) }
                        p #sentence { b { "Accounts" } }
                    }
                    nav {
                        a.button href=(base_path.of("/")) { "Back to the page" }
                    }
                    form method="post" action=(base_path.of("/sign-out")) {
                        button { "Sign out" }
                    }
                }
                main {
                    (said_first(said))
                    (accounts(users.known, list))
                    (form(users.known))
                    @if !users.openness.is_empty() {
                        section {
                            div.title { h2 { "Open without a key" } }
                            p #open { (users.openness) }
                        }
                    }
                }
            }
        }
    }
}

fn said_first(said: &Said) -> Markup {
    html! {
        @match said {
            Said::Nothing => {}
            Said::Error(error) => p.notice.bad role="alert" { (error) },
            Said::Key { name, key } => p #new .notice role="status" {
                "The key of " b { (name) } ", which is shown only now: "
                code { (key) }
            },
            Said::Link { name, path } => p #new .notice role="status" {
                "A link that signs " b { (name) } " in, once, within an hour: "
                "copy its address and send it. " a href=(path) { "link" }
            },
        }
    }
}

fn accounts(known: &[Role], list: &[UserView]) -> Markup {
    html! {
        section {
            div.title {
                h2 { "Accounts" }
                p.hint {
                    "Each has a key, and roles that say what the key is good "
                    "for."
                }
            }
            ul.accounts {
                @for user in list {
                    li.revoked[user.revoked_at.is_some()] { (row(known, user)) }
                }
            }
        }
    }
}

fn row(known: &[Role], user: &UserView) -> Markup {
    html! {
        span.name { (user.name) }
        @if user.made_at.is_none() {
            span.soft { "has the key in the data folder, and all roles" }
        } @else {
            form method="post" action="users" {
                (name_of(user))
                (roles(known, user))
                (button(user, "roles", "Change roles"))
            }
            form method="post" action="users" {
                (name_of(user))
                @if user.revoked_at.is_some() {
                    span.soft { "revoked" }
                    (button(user, "key", "Bring back with a new key"))
                } @else {
                    (button(user, "link", "Make a link"))
                    (button(user, "key", "Make a new key"))
                    (button(user, "revoke", "Revoke"))
                }
            }
        }
    }
}

/// The account that a form is about.
fn name_of(user: &UserView) -> Markup {
    html! { input type="hidden" name="name" value=(user.name); }
}

fn button(user: &UserView, action: &str, words: &str) -> Markup {
    let label = format!("{words}: {}", user.name);
    html! {
        button name="do" value=(action) aria-label=(label) { (words) }
    }
}

fn roles(known: &[Role], user: &UserView) -> Markup {
    html! {
        @for role in known {
            label title=(role.allows) {
                input type="checkbox" name="role" value=(role.name)
                    aria-label={ (role.name) ", role of " (user.name) }
                    checked[user.roles.contains(&role.name)];
                (role.name)
            }
        }
    }
}

fn form(known: &[Role]) -> Markup {
    html! {
        section {
            div.title { h2 { "New account" } }
            form #add method="post" action="users" {
                label for="name" { "Name" }
                input #name name="name" required maxlength="64"
                    autocomplete="off" autocapitalize="none" spellcheck="false"
                    aria-describedby="rule";
                p #rule .hint { "Letters a to z, digits, and . _ - @" }
                fieldset {
                    legend { "Roles" }
                    @for role in known {
                        label {
                            input type="checkbox" name="role"
                                value=(role.name);
                            span { b { (role.name) } ": " (role.allows) }
                        }
                    }
                }
                button.do name="do" value="add" { "Make the account" }
            }
        }
    }
}
