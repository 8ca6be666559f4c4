//! A SQLite file that is opened with care.
//!
//! A [`Database`] is a path and a [`Schema`]: where the file is, and what it
//! must look like. It opens connections that keep what they acknowledge,
//! refuses a file that is damaged, newer or somebody else's, brings an old
//! file forward, copies one that is in use, and says what went wrong in words
//! that tell a person what to do.
//!
//! ```
//! use database::{Database, Schema};
//!
//! const LEDGER: Schema = Schema {
//!     content: "a ledger of printed pages",
//!     application_id: i32::from_be_bytes(*b"Ledg"),
//!     steps: &[
//!         |sql| sql.execute_batch("CREATE TABLE printed (name TEXT)"),
//!         |sql| sql.execute_batch("ALTER TABLE printed ADD pages INTEGER"),
//!     ],
//!     elsewhere: "name another file",
//!     recovery: "Bring it back from a backup",
//! };
//!
//! # let folder = tempfile::tempdir()?;
//! # let path = folder.path().join("ledger.db");
//! let ledger = Database::new(path, LEDGER);
//! let sql = ledger.open()?;
//! sql.execute("INSERT INTO printed VALUES ('lease.txt', 10)", [])
//!     .map_err(|error| ledger.explain(error))?;
//!
//! // While others go on writing:
//! ledger.back_up(&folder.path().join("copy.db"))?;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! A program that shows what a server has kept, also while the server runs or
//! from a disk that cannot be written, opens the file to read it:
//!
//! ```
//! # use database::{Database, Error, Schema};
//! # fn show(history: &Database) -> Result<(), Error> {
//! let sql = match history.open_to_read() {
//!     Err(Error::Missing { .. }) => return Ok(()), // nothing kept so far
//!     sql => sql?,
//! };
//! # Ok(())
//! # }
//! ```
//!
//! # What an open connection promises
//!
//! - A transaction happens whole or not at all, whatever is killed.
//! - What is committed survives `kill -9` and, as far as the disk tells the
//!   truth, a power cut: the write-ahead log is synced at each commit
//!   (`synchronous = FULL`). Who can lose the last commits in a power cut sets
//!   `synchronous = NORMAL` on the connection.
//! - Readers never wait for the writer, nor it for them.
//! - Several processes of one machine may share the file. A network folder
//!   will not do.
//!
//! SQLite keeps no checksums: a changed byte inside a value is not found.

mod backup;
mod database;
mod error;
mod identity;
mod log_check;
mod schema;
mod set_aside;
#[cfg(test)]
mod tests;

pub use database::Database;
pub use error::{Error, Result};
pub use identity::Identity;
pub use schema::{Schema, Step};
