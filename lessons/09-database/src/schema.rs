//! What a file must look like, and how an older one is brought forward.
//!
//! Two numbers in the file's header belong to the application: its
//! `application_id` says whose file it is, its `user_version` how far it has
//! come. <https://www.sqlite.org/fileformat2.html#application_id>

use rusqlite::{Connection, TransactionBehavior};

use crate::{Database, Error, Result};

/// Brings a file from one version to the next, inside a transaction.
pub type Step = fn(&Connection) -> rusqlite::Result<()>;

/// What a kind of database file looks like, by version.
#[derive(Debug, Clone, Copy)]
pub struct Schema {
    /// What such a file holds, with its article: "a job queue".
    pub content: &'static str,
    /// Four letters as a number, which no other program uses.
    pub application_id: i32,
    /// The first step fills an empty file, which is then of version 1; the
    /// next brings it to version 2, and so on. A step that was released is
    /// never changed: somebody's file has taken it.
    pub steps: &'static [Step],
    /// What a person does whose file is another program's: "name another
    /// folder with --data".
    pub elsewhere: &'static str,
    /// What a person does whose file is damaged, as sentences without the
    /// last full stop.
    pub recovery: &'static str,
}

impl Schema {
    /// The version of a file that has taken every step.
    pub fn version(&self) -> usize {
        self.steps.len()
    }
}

impl Database {
    /// The file's version: 0 for an empty file.
    ///
    /// # Errors
    ///
    /// [`Error::NotOurs`] and [`Error::Newer`], or the file cannot be read.
    pub fn version(&self, sql: &Connection) -> Result<usize> {
        // One statement sees one moment: another process may just be making
        // the file.
        let (id, version, tables): (i32, i64, i64) = sql
            .query_row(
                "SELECT application_id, user_version,
                    (SELECT count(*) FROM sqlite_schema)
                 FROM pragma_application_id, pragma_user_version",
                [],
                |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)),
            )
            .map_err(|error| self.explain(error))?;
        let schema = self.schema();
        let version = usize::try_from(version).unwrap_or(0);
        let is_empty = (id, version, tables) == (0, 0, 0);
        if !is_empty && (id != schema.application_id || version == 0) {
            return Err(Error::NotOurs {
                path: self.path().to_owned(),
                content: schema.content,
                elsewhere: schema.elsewhere,
            });
        }
        if version > schema.version() {
            return Err(Error::Newer {
                path: self.path().to_owned(),
                found: version,
                known: schema.version(),
                elsewhere: schema.elsewhere,
            });
        }
        Ok(version)
    }

    // ANCHOR: bring-forward
    /// Takes the steps that the file lacks: all of them or none.
    pub(crate) fn bring_forward(&self, sql: &mut Connection) -> Result<()> {
        let schema = self.schema();
        match self.version(sql)? {
            version if version == schema.version() => return Ok(()),
            0 => {}
            // What is damaged is not built upon.
            _ => self.check(sql)?,
        }
        let explain = |error| self.explain(error);
        let transaction = sql
            .transaction_with_behavior(TransactionBehavior::Immediate)
            .map_err(explain)?;
        // Another process may have been quicker: what counts is the version
        // that the file has now, while nobody else can write.
        let version = self.version(&transaction)?;
        let take = || {
            for step in &schema.steps[version..] {
                step(&transaction)?;
            }
            let id = schema.application_id;
            transaction.pragma_update(None, "application_id", id)?;
            transaction.pragma_update(None, "user_version", schema.version())
        };
        take().map_err(explain)?;
        transaction.commit().map_err(explain)
    }
    // ANCHOR_END: bring-forward
}
