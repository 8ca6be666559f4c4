//! The connections with which questions are answered, and the moment that an
//! answer sees.

use std::sync::{Mutex, PoisonError, RwLock};

use rusqlite::Connection;

use crate::error::{RawError, RawResult, Result};
use crate::file::File;
use crate::lock;
use crate::recent::Recent;

/// The connections with which questions are answered.
pub(crate) enum Readers {
    /// Connections that no question uses just now. More are opened as they
    /// are needed.
    Pool(Mutex<Vec<Connection>>),
    /// One connection that sees a single moment for as long as it is open.
    Frozen(Mutex<Connection>),
}

/// One moment's state of the file and of the memory.
pub(crate) struct Snapshot<'a> {
    pub sql: &'a Connection,
    pub recent: &'a Recent,
}

impl Readers {
    /// Answers from the file.
    pub fn read<T>(
        &self,
        file: &File,
        question: impl FnOnce(&Connection) -> RawResult<T>,
    ) -> Result<T> {
        let answer = match self {
            Readers::Frozen(sql) => question(&lock(sql)),
            Readers::Pool(idle) => {
                let spare = lock(idle).pop();
                let sql = match spare {
                    Some(connection) => connection,
                    None => file.open_to_read()?,
                };
                let answer = question(&sql);
                // A connection that had an error of SQLite's is closed.
                if matches!(answer, Ok(_) | Err(RawError::Known(_))) {
                    lock(idle).push(sql);
                }
                answer
            }
        };
        file.explain(answer)
    }

    // ANCHOR: snapshot
    /// Answers from file and memory as they are at one moment, while others
    /// write.
    pub fn read_both<T>(
        &self,
        file: &File,
        recent: &RwLock<Recent>,
        question: impl FnOnce(&Snapshot<'_>) -> RawResult<T>,
    ) -> Result<T> {
        self.read(file, |sql| {
            // The writer moves an hour from memory to the file under the
            // other side of this lock, so that no question sees it twice.
            let recent = recent.read().unwrap_or_else(PoisonError::into_inner);
            if let Readers::Frozen(_) = self {
                return question(&Snapshot { sql, recent: &recent });
            }
            // The first statement of a transaction decides what it sees.
            let transaction = sql.unchecked_transaction()?;
            let first = "SELECT count(*) FROM series";
            transaction.query_row(first, [], |_| Ok(()))?;
            question(&Snapshot { sql: &transaction, recent: &recent })
        })
    }
    // ANCHOR_END: snapshot
}
