//! The secrets by which the accounts know somebody: keys, sessions and links.

use rusqlite::{Connection, OptionalExtension, Row};

use super::{Account, AccountError, Accounts, Result, find, hash, roles};
use crate::User;
use crate::account_name;
use crate::sign_in::Proof;
use crate::time::now;

/// How many browsers may be signed in to one account. A further one takes the
/// place of the one that would stay for the shortest time.
const SESSIONS: usize = 64;
/// How many links of one account may wait. A further one replaces the oldest.
pub(crate) const LINKS: usize = 16;

/// With what a browser signs in.
pub(crate) enum Secret {
    /// The server's own key, which was compared already.
    ServerKey,
    /// What may be the key of an account.
    Key(String),
    /// The signature of what may be the token of a link.
    Link(String),
}

impl Accounts {
    /// The user who is meant by what came with a request, as of now.
    pub(crate) fn by_proof(&self, proof: &Proof) -> Result<Option<User>> {
        match proof {
            Proof::ServerKey => Ok(Some(User::administrator())),
            Proof::Key(key) => self.read(|sql| by_key(sql, key)),
            Proof::Session(session) => {
                self.read(|sql| by_session(sql, &session.id))
            }
        }
    }

    // ANCHOR: begin
    /// Begins a session that ends at `expiry`, in seconds since 1970, for
    /// whoever this secret belongs to. A link is used up by it. All in one
    /// transaction: nobody can be revoked in between.
    pub(crate) fn begin_session(
        &self,
        secret: &Secret,
        id: &str,
        expiry: u64,
    ) -> Result<Option<User>> {
        self.write(|sql| {
            let user = match secret {
                Secret::ServerKey => Some(User::administrator()),
                Secret::Key(key) => by_key(sql, key)?,
                Secret::Link(signature) => use_link(sql, signature)?,
            };
            if let Some(user) = &user {
                forget_old_sessions(sql, &user.name)?;
                let begin = "INSERT INTO sessions VALUES (?1, ?2, ?3)";
                sql.execute(begin, (id, &user.name, expiry))?;
            }
            Ok(user)
        })
    }
    // ANCHOR_END: begin

    /// Lets a session that has not ended go on until `expiry`.
    pub(crate) fn renew_session(&self, id: &str, expiry: u64) -> Result<()> {
        self.write(|sql| {
            let renew = "UPDATE sessions SET expiry = ?2 WHERE id = ?1";
            sql.execute(renew, (id, expiry)).map(drop)
        })
    }

    /// Ends a session.
    pub(crate) fn end_session(&self, id: &str) -> Result<()> {
        self.write(|sql| {
            sql.execute("DELETE FROM sessions WHERE id = ?1", [id]).map(drop)
        })
    }

    /// Keeps the signature of a link's token until `expiry`, in seconds since
    /// 1970.
    ///
    /// # Errors
    /// There is no such account, it was revoked, or the file cannot be
    /// written.
    pub(crate) fn keep_link(
        &self,
        signature: &str,
        account: &str,
        expiry: u64,
    ) -> Result<()> {
        let account = account_name(account)?;
        let kept = self.write(|sql| {
            if account != User::ADMINISTRATOR {
                match find(sql, &account)? {
                    Some(Account { revoked: None, .. }) => {}
                    other => return Ok(Err(other)),
                }
            }
            sql.execute("DELETE FROM links WHERE expiry <= ?1", [now()])?;
            sql.execute(
                "DELETE FROM links WHERE number IN (
                    SELECT number FROM links WHERE account = ?1
                    ORDER BY number DESC LIMIT -1 OFFSET ?2)",
                (&account, LINKS - 1),
            )?;
            sql.execute(
                "INSERT INTO links (signature, account, expiry)
                 VALUES (?1, ?2, ?3)",
                (signature, &account, expiry),
            )?;
            Ok(Ok(()))
        });
        kept?.map_err(|account_found| match account_found {
            Some(_) => AccountError::Revoked(account),
            None => AccountError::Missing(account),
        })
    }
}

fn by_key(sql: &Connection, key: &str) -> rusqlite::Result<Option<User>> {
    let who = "SELECT name, roles FROM accounts WHERE key_hash = ?1";
    sql.prepare_cached(who)?.query_row([hash(key)], user).optional()
}

/// Whose session this is, unless it has ended.
fn by_session(sql: &Connection, id: &str) -> rusqlite::Result<Option<User>> {
    sql.prepare_cached(
        "SELECT account, roles FROM sessions
         LEFT JOIN accounts ON name = account
         WHERE id = ?1 AND expiry > ?2
            AND (account = ?3 OR key_hash IS NOT NULL)",
    )?
    .query_row((id, now(), User::ADMINISTRATOR), user)
    .optional()
}

// ANCHOR: link
/// Whose link this is, if nobody has used it yet. Now somebody has.
fn use_link(
    sql: &Connection,
    signature: &str,
) -> rusqlite::Result<Option<User>> {
    sql.execute("DELETE FROM links WHERE expiry <= ?1", [now()])?;
    let take = "DELETE FROM links WHERE signature = ?1 RETURNING account";
    let name: Option<String> =
        sql.query_row(take, [signature], |row| row.get(0)).optional()?;
    let Some(name) = name else { return Ok(None) };
    if name == User::ADMINISTRATOR {
        return Ok(Some(User::administrator()));
    }
    let account = find(sql, &name)?;
    let account = account.filter(|account| account.revoked.is_none());
    Ok(account.map(|Account { name, roles, .. }| User { name, roles }))
}
// ANCHOR_END: link

/// Forgets the sessions that have ended, and makes room for one more of an
/// account.
fn forget_old_sessions(
    sql: &Connection,
    account: &str,
) -> rusqlite::Result<()> {
    sql.execute("DELETE FROM sessions WHERE expiry <= ?1", [now()])?;
    sql.execute(
        "DELETE FROM sessions WHERE id IN (
            SELECT id FROM sessions WHERE account = ?1
            ORDER BY expiry DESC LIMIT -1 OFFSET ?2)",
        (account, SESSIONS - 1),
    )
    .map(drop)
}

/// The user of a row with a name and, but for the administrator, roles.
fn user(row: &Row) -> rusqlite::Result<User> {
    let name: String = row.get(0)?;
    match name == User::ADMINISTRATOR {
        true => Ok(User::administrator()),
        false => Ok(User { roles: roles(&row.get::<_, String>(1)?), name }),
    }
}
