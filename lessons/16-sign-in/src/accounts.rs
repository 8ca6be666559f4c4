//! The accounts of a server: a file that says who may use it, and as what.
//!
//! Beside each account stand its sessions and its links, so that one
//! transaction ends all of them. The file is shared by all processes that use
//! the data folder, and asked at each request: what one of them changes, the
//! others heed at once.

mod error;
mod secrets;

use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use database::{Database, Identity, Schema};
pub use error::AccountError;
use rusqlite::{Connection, OptionalExtension, Row, TransactionBehavior};
#[cfg(test)]
pub(crate) use secrets::LINKS;
pub(crate) use secrets::Secret;
use sha2::{Digest, Sha256};
use tokio::sync::watch;
use tokio::task::spawn_blocking;

use crate::random::random_hex;
use crate::time::now_ms;
use crate::{Role, Roles, User};

/// The file's name in the data folder.
const FILE: &str = "accounts.db";
/// How many random bytes an account's key has, as many as the server's own.
const KEY_BYTES: usize = 32;
/// The longest name of an account.
const NAME_LENGTH: usize = 64;

const SCHEMA: Schema = Schema {
    content: "a file of accounts",
    application_id: i32::from_be_bytes(*b"Acct"),
    steps: &[|sql| sql.execute_batch(include_str!("accounts/schema.sql"))],
    elsewhere: "name another folder with --data",
    recovery: "Bring it back from a backup; or rename it together with its \
               -wal and -shm files: the next start makes a new one without \
               accounts, and the server's own key stays good",
};

/// The accounts of one data folder. Clones share them.
#[derive(Clone)]
pub struct Accounts(Arc<Inner>);

struct Inner {
    database: Database,
    identity: Identity,
    sql: Mutex<Connection>,
    /// Told of each change that this process makes.
    changed: watch::Sender<()>,
}

/// An account, as an administrator sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Account {
    /// Its name.
    pub name: String,
    /// What its key is good for.
    pub roles: Roles,
    /// When it was made, in milliseconds since 1970.
    pub made: i64,
    /// Since when its key is no longer good, in milliseconds since 1970.
    pub revoked: Option<i64>,
}

type Result<T> = std::result::Result<T, AccountError>;

// ANCHOR: name
/// A name in the one way in which names are kept, compared and recorded.
///
/// Only letters of ASCII, so that no two names look alike because one has a
/// Cyrillic а, and all of them small: `Ray` and `ray` are one account. A name
/// has no colon, which ends it in HTTP Basic (RFC 7617, section 2).
///
/// # Errors
/// [`AccountError::Name`].
pub fn account_name(text: &str) -> Result<String> {
    let name = text.to_ascii_lowercase();
    let fits = |c: u8| c.is_ascii_alphanumeric() || b"._-@".contains(&c);
    let starts = name.as_bytes().first().is_some_and(u8::is_ascii_alphanumeric);
    match starts && name.len() <= NAME_LENGTH && name.bytes().all(fits) {
        true => Ok(name),
        false => Err(AccountError::Name),
    }
}
// ANCHOR_END: name

/// The name of an account that can be made or changed.
fn own_name(text: &str) -> Result<String> {
    match account_name(text)? {
        name if name == User::ADMINISTRATOR => Err(AccountError::Administrator),
        name => Ok(name),
    }
}

// ANCHOR: hash
/// What is kept of a key. A key has 256 random bits, so nobody finds it by
/// trying: one round of a fast hash is enough. For a password it would not be.
fn hash(key: &str) -> [u8; 32] {
    Sha256::digest(key).into()
}
// ANCHOR_END: hash

impl Accounts {
    /// Opens the accounts in the folder `data`. There are none at first.
    ///
    /// # Errors
    /// The file cannot be used. The message says what to do.
    pub fn open(data: &Path) -> Result<Accounts> {
        let database = Database::new(data.join(FILE), SCHEMA);
        let sql = Mutex::new(database.open()?);
        let identity = database.identity();
        let changed = watch::Sender::new(());
        Ok(Accounts(Arc::new(Inner { database, identity, sql, changed })))
    }

    /// Whether the folder `data` has accounts already.
    #[must_use]
    pub fn exist(data: &Path) -> bool {
        data.join(FILE).exists()
    }

    // ANCHOR: add
    /// Makes an account and returns its key, which nobody can find out again.
    ///
    /// # Errors
    /// The name is none or was given before, or the file cannot be written.
    pub fn add(&self, name: &str, roles: &[Role]) -> Result<String> {
        let name = own_name(name)?;
        let key = random_hex(KEY_BYTES)?;
        let older = self.write(|sql| {
            let older = find(sql, &name)?;
            if older.is_none() {
                sql.execute(
                    "INSERT INTO accounts (name, key_hash, roles, made)
                     VALUES (?1, ?2, ?3, ?4)",
                    (&name, hash(&key), names(roles), now_ms()),
                )?;
            }
            Ok(older)
        })?;
        match older {
            None => Ok(key),
            Some(older) if older.revoked.is_none() => {
                Err(AccountError::Exists(name))
            }
            Some(_) => Err(AccountError::Revoked(name)),
        }
    }
    // ANCHOR_END: add

    /// All accounts, by name, with those that were revoked.
    ///
    /// # Errors
    /// The file cannot be read.
    pub fn list(&self) -> Result<Vec<Account>> {
        self.read(|sql| {
            sql.prepare_cached(
                "SELECT name, roles, made, revoked FROM accounts ORDER BY name",
            )?
            .query_map([], account)?
            .collect()
        })
    }

    /// One account.
    ///
    /// # Errors
    /// There is none of this name, or the file cannot be read.
    pub fn get(&self, name: &str) -> Result<Account> {
        let name = own_name(name)?;
        self.read(|sql| find(sql, &name))?.ok_or(AccountError::Missing(name))
    }

    /// Changes what an account's key is good for, from the next request on.
    ///
    /// # Errors
    /// There is no such account, or the file cannot be written.
    pub fn set_roles(&self, name: &str, roles: &[Role]) -> Result<()> {
        let name = own_name(name)?;
        let changed = self.write(|sql| {
            let change = "UPDATE accounts SET roles = ?2 WHERE name = ?1";
            sql.execute(change, (&name, names(roles)))
        })?;
        if changed == 1 { Ok(()) } else { Err(AccountError::Missing(name)) }
    }

    /// Gives an account a new key, which is returned, in place of the one it
    /// had. Its sessions and links end. An account that was revoked is good
    /// again.
    ///
    /// # Errors
    /// There is no such account, or the file cannot be written.
    pub fn renew_key(&self, name: &str) -> Result<String> {
        let key = random_hex(KEY_BYTES)?;
        self.replace_key(name, Some(hash(&key)))?;
        Ok(key)
    }

    /// Takes an account's key back. Its sessions and links end at once. The
    /// name stays taken.
    ///
    /// # Errors
    /// There is no such account, or the file cannot be written.
    pub fn revoke(&self, name: &str) -> Result<()> {
        self.replace_key(name, None)
    }

    // ANCHOR: replace
    fn replace_key(&self, name: &str, hash: Option<[u8; 32]>) -> Result<()> {
        let name = own_name(name)?;
        let revoked = hash.is_none().then(now_ms);
        let changed = self.write(|sql| {
            sql.execute("DELETE FROM sessions WHERE account = ?1", [&name])?;
            sql.execute("DELETE FROM links WHERE account = ?1", [&name])?;
            sql.execute(
                "UPDATE accounts SET key_hash = ?2, revoked = ?3
                 WHERE name = ?1",
                (&name, hash, revoked),
            )
        })?;
        if changed == 1 { Ok(()) } else { Err(AccountError::Missing(name)) }
    }
    // ANCHOR_END: replace

    /// Told of each change to the accounts that this process makes.
    pub(crate) fn changes(&self) -> watch::Receiver<()> {
        self.0.changed.subscribe()
    }

    /// Asks the accounts on a thread that may wait for the disk.
    pub(crate) async fn ask<T: Send + 'static>(
        &self,
        question: impl FnOnce(&Accounts) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        let accounts = self.clone();
        match spawn_blocking(move || question(&accounts)).await {
            Ok(answer) => answer,
            Err(error) => match error.try_into_panic() {
                Ok(panic) => std::panic::resume_unwind(panic),
                Err(ended) => Err(AccountError::System(ended.into())),
            },
        }
    }

    fn read<T>(
        &self,
        query: impl FnOnce(&Connection) -> rusqlite::Result<T>,
    ) -> Result<T> {
        let inner = &*self.0;
        // In a file that somebody has removed, nobody is ever revoked.
        inner.identity.check()?;
        let sql = inner.sql.lock().unwrap_or_else(PoisonError::into_inner);
        Ok(query(&sql).map_err(|error| inner.database.explain(error))?)
    }

    /// Changes the file in one transaction.
    fn write<T>(
        &self,
        change: impl FnOnce(&Connection) -> rusqlite::Result<T>,
    ) -> Result<T> {
        let inner = &*self.0;
        inner.identity.check()?;
        let mut sql = inner.sql.lock().unwrap_or_else(PoisonError::into_inner);
        let write = || {
            let immediate = TransactionBehavior::Immediate;
            let transaction = sql.transaction_with_behavior(immediate)?;
            let result = change(&transaction)?;
            transaction.commit()?;
            Ok(result)
        };
        let written = write().map_err(|error| inner.database.explain(error))?;
        inner.changed.send_replace(());
        Ok(written)
    }
}

fn find(sql: &Connection, name: &str) -> rusqlite::Result<Option<Account>> {
    sql.prepare_cached(
        "SELECT name, roles, made, revoked FROM accounts WHERE name = ?1",
    )?
    .query_row([name], account)
    .optional()
}

fn account(row: &Row) -> rusqlite::Result<Account> {
    Ok(Account {
        name: row.get(0)?,
        roles: roles(&row.get::<_, String>(1)?),
        made: row.get(2)?,
        revoked: row.get(3)?,
    })
}

fn roles(text: &str) -> Roles {
    Roles::named(text.split_whitespace())
}

fn names(roles: &[Role]) -> String {
    let names: Vec<&str> = roles.iter().map(|role| role.name).collect();
    names.join(" ")
}

#[cfg(test)]
mod tests;
