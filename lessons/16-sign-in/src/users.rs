//! The accounts for those who mind them: an API and a page, and what both
//! show.

mod api;
mod page;

use axum::Router;
use serde::Serialize;

use crate::{Account, AccountError, Accounts, Role, SignIn, User};

/// The role of whoever minds the accounts.
const ADMIN: &str = "admin";

/// An account as JSON: what `/api/users` and `users --json` show.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct UserView {
    /// Its name.
    pub name: String,
    /// The names of its roles.
    pub roles: Vec<&'static str>,
    /// When it was made, in milliseconds since 1970; of the administrator,
    /// `null`.
    pub made_at: Option<i64>,
    /// Since when its key is no longer good, in milliseconds since 1970;
    /// `null` while it is.
    pub revoked_at: Option<i64>,
    /// A new key, in the only answer that has it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub key: Option<String>,
}

impl UserView {
    /// An account of a program with these roles. `key` is a new one.
    #[must_use]
    pub fn new(
        account: &Account,
        known: &[Role],
        key: Option<String>,
    ) -> UserView {
        UserView {
            name: account.name.clone(),
            roles: account.roles.among(known).collect(),
            made_at: Some(account.made),
            revoked_at: account.revoked,
            key,
        }
    }

    /// The administrator, and all accounts by name.
    ///
    /// # Errors
    /// The accounts cannot be read.
    pub fn list(
        accounts: &Accounts,
        known: &[Role],
    ) -> Result<Vec<UserView>, AccountError> {
        let administrator = User::administrator();
        let mut views = vec![UserView {
            roles: administrator.roles.among(known).collect(),
            name: administrator.name,
            made_at: None,
            revoked_at: None,
            key: None,
        }];
        for account in accounts.list()? {
            views.push(UserView::new(&account, known, None));
        }
        Ok(views)
    }
}

impl Role {
    /// Those of `known` that have these names.
    ///
    /// # Errors
    /// One is not known, or none is named.
    pub fn find<T: AsRef<str>>(
        names: &[T],
        known: &[Role],
    ) -> Result<Vec<Role>, AccountError> {
        let unknown = |said: String| AccountError::Role {
            said,
            known: known
                .iter()
                .map(|role| role.name)
                .collect::<Vec<_>>()
                .join(", "),
        };
        if names.is_empty() {
            return Err(unknown("an account needs a role".to_owned()));
        }
        let mut roles = Vec::new();
        for name in names {
            let name = name.as_ref();
            match known.iter().find(|role| role.name == name) {
                Some(role) => roles.push(*role),
                None => {
                    let name: String = name.chars().take(40).collect();
                    return Err(unknown(format!("there is no role {name:?}")));
                }
            }
        }
        Ok(roles)
    }
}

impl SignIn {
    /// The accounts of a program with the roles `known`, for those who have
    /// the role `admin`: a page at `/users`, and an API. `openness` says on
    /// the page what is open without a key, in whole sentences.
    ///
    /// | request | answer |
    /// |---|---|
    /// | `GET /api/users` | every [`UserView`], the administrator first |
    /// | `POST /api/users` `{"name", "roles"}` | 201, and the account with its key |
    /// | `GET /api/users/{name}` | the account |
    /// | `PATCH /api/users/{name}` `{"roles", "new_key": true}` | the account as it is now; with `new_key`, its new key |
    /// | `DELETE /api/users/{name}` | the account, revoked |
    /// | `POST /api/users/{name}/link` | 201, `{"path"}`: a one-time link |
    ///
    /// It stands inside of [`protect`](SignIn::protect).
    pub fn users(&self, known: &'static [Role], openness: String) -> Router {
        let state = UsersState { sign_in: self.clone(), known, openness };
        self.require(
            ADMIN,
            api::routes().merge(page::routes()).with_state(state),
        )
    }
}

#[derive(Clone)]
struct UsersState {
    sign_in: SignIn,
    known: &'static [Role],
    openness: String,
}

impl UsersState {
    /// Asks the accounts on a thread that may wait for the disk.
    async fn ask<T: Send + 'static>(
        &self,
        question: impl FnOnce(&Accounts) -> Result<T, AccountError> + Send + 'static,
    ) -> Result<T, AccountError> {
        self.sign_in.accounts().ask(question).await
    }
}
