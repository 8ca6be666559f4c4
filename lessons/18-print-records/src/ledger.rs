//! The ledger: a file that takes over what the queue has to tell.

use std::{
    path::Path,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use database::{Database, Schema};
use job_queue::{Milestone, Queue, State};
use rusqlite::{
    Connection, OptionalExtension, Transaction, TransactionBehavior,
    named_params, params,
};

use crate::{Entry, Outcome, Result};

/// What the ledger's file looks like.
const SCHEMA: Schema = Schema {
    content: "a ledger of print jobs",
    application_id: i32::from_be_bytes(*b"PrRc"),
    steps: &[|sql| sql.execute_batch(include_str!("schema.sql"))],
    elsewhere: "name another folder with --data",
    recovery: "Bring it back from a backup; or rename it together with its \
               -wal and -shm files, and the next start makes a new one",
};

/// How many milestones are taken over in one transaction.
const AT_ONCE: usize = 500;

/// The records of all jobs, in a file. Clones share it; other processes of
/// this machine may have it open as well.
#[derive(Clone)]
pub struct Ledger(Arc<Inner>);

struct Inner {
    file: Database,
    name: String,
    reader: Mutex<Connection>,
    // Closed after the reader: only a writer moves the log into the file.
    // Absent where the file was opened to be read.
    writer: Option<Mutex<Connection>>,
}

/// A poisoned lock guards nothing half-done here: transactions do.
fn lock(mutex: &Mutex<Connection>) -> MutexGuard<'_, Connection> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Ledger {
    /// Opens the ledger in this file, and makes it if it is missing. To look
    /// through the whole file is left to [`check`](Self::check).
    ///
    /// # Errors
    /// The file cannot be used, or is damaged.
    pub fn open(path: &Path) -> Result<Ledger> {
        let file = Database::new(path, SCHEMA);
        let writer = Mutex::new(file.open()?);
        Ledger::with(file, Some(writer))
    }

    /// Opens the ledger without changing it, also while a server writes to it.
    ///
    /// # Errors
    /// The file is missing, cannot be used, or is damaged.
    pub fn open_to_read(path: &Path) -> Result<Ledger> {
        Ledger::with(Database::new(path, SCHEMA), None)
    }

    fn with(
        file: Database,
        writer: Option<Mutex<Connection>>,
    ) -> Result<Ledger> {
        let reader = file.open_to_read()?;
        let name = reader
            .query_row("SELECT name FROM ledger", [], |row| row.get(0))
            .map_err(|error| file.explain(error))?;
        let reader = Mutex::new(reader);
        Ok(Ledger(Arc::new(Inner { file, name, reader, writer })))
    }

    /// Reads the whole file and looks whether its parts fit together.
    ///
    /// # Errors
    /// They do not.
    pub fn check(&self) -> Result<()> {
        let inner = &*self.0;
        Ok(inner.file.check(&lock(&inner.reader))?)
    }

    /// The ledger's own name, for the outbox of jobs that it is to record:
    /// different from that of every other ledger.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.0.name
    }

    // ANCHOR: take-over
    /// Takes over all that is in this outbox of the queue; returns how many
    /// milestones that were. `tell` says what each means, or that it is none
    /// of ours.
    ///
    /// What is committed here is only then taken out of the outbox: it may
    /// come twice, and the second time changes nothing.
    ///
    /// # Errors
    /// Queue or file fail. What was not taken over stays in the outbox.
    pub fn take_over(
        &self,
        queue: &dyn Queue,
        outbox: &str,
        tell: impl Fn(&Milestone) -> Option<Entry>,
    ) -> Result<usize> {
        let mut taken = 0;
        loop {
            let milestones = queue.outbox(outbox, AT_ONCE)?;
            let Some(last) = milestones.last() else { return Ok(taken) };
            self.record(&milestones, &tell)?;
            queue.clear_outbox(outbox, last.number)?;
            taken += milestones.len();
            if milestones.len() < AT_ONCE {
                return Ok(taken);
            }
        }
    }
    // ANCHOR_END: take-over

    /// Records these milestones, all or none: the first half of
    /// [`take_over`](Self::take_over).
    ///
    /// # Errors
    /// The file cannot be written.
    pub fn record(
        &self,
        milestones: &[Milestone],
        tell: impl Fn(&Milestone) -> Option<Entry>,
    ) -> Result<()> {
        self.write(|tx| {
            for milestone in milestones {
                if let Some(entry) = tell(milestone) {
                    apply(tx, milestone, &entry)?;
                }
            }
            Ok(())
        })
    }

    /// All page sides and sheets that each printer has ever printed, also
    /// those of records that are kept no longer.
    ///
    /// # Errors
    /// The file cannot be read.
    pub fn totals(&self) -> Result<Vec<(String, u64, u64)>> {
        self.read(|sql| {
            sql.prepare_cached("SELECT printer, pages, sheets FROM totals")?
                .query_map([], |row| {
                    Ok((row.get(0)?, row.get(1)?, row.get(2)?))
                })?
                .collect()
        })
    }

    /// Forgets what ended longer ago than this; returns how many records.
    /// Nothing is forgotten of a job that waits, or waits for a person's word.
    ///
    /// # Errors
    /// The file cannot be written.
    pub fn forget(&self, older_than: Duration) -> Result<usize> {
        let age = u64::try_from(older_than.as_millis()).unwrap_or(u64::MAX);
        let before = now().saturating_sub(age);
        self.write(|tx| {
            let printed = tx
                .prepare_cached(
                    "DELETE FROM records WHERE ended_at <= ?1
                        AND NOT is_open AND state = 'printed'",
                )?
                .execute([before])?;
            // A person may still send these again, and their pages must not
            // count twice then: all is forgotten but for the figures.
            let others = tx
                .prepare_cached(
                    "UPDATE records SET ended_at = NULL, user = '',
                        name = NULL, origin = NULL, reason = NULL
                     WHERE ended_at <= ?1 AND NOT is_open
                        AND state IN ('failed', 'cancelled')",
                )?
                .execute([before])?;
            Ok(printed + others)
        })
    }

    /// Asks the file something, on a connection that never waits for writers.
    pub(crate) fn read<T>(
        &self,
        ask: impl FnOnce(&Connection) -> rusqlite::Result<T>,
    ) -> Result<T> {
        let inner = &*self.0;
        ask(&lock(&inner.reader))
            .map_err(|error| inner.file.explain(error).into())
    }

    fn write<T>(
        &self,
        change: impl Fn(&Transaction) -> rusqlite::Result<T>,
    ) -> Result<T> {
        let inner = &*self.0;
        let Some(writer) = &inner.writer else {
            let path = inner.file.path().to_owned();
            let detail = "it was opened to be read".to_owned();
            return Err(database::Error::Unusable { path, detail }.into());
        };
        let mut writer = lock(writer);
        let mut write = || {
            let behavior = TransactionBehavior::Immediate;
            let tx = writer.transaction_with_behavior(behavior)?;
            let result = change(&tx)?;
            tx.commit()?;
            Ok(result)
        };
        write().map_err(|error| inner.file.explain(error).into())
    }
}

// ANCHOR: apply
/// Writes what a milestone says about its job into the job's record, unless
/// it is there already.
fn apply(
    tx: &Transaction,
    milestone: &Milestone,
    entry: &Entry,
) -> rusqlite::Result<()> {
    let job = &milestone.job;
    let known = tx
        .prepare_cached(
            "SELECT milestone, run, run_pages, run_sheets FROM records
             WHERE job = ?1 AND asked_at = ?2",
        )?
        .query_row(params![job.id.0, job.queued_at], |row| {
            let milestone: u64 = row.get(0)?;
            let run: u64 = row.get(1)?;
            let of_run: (u32, u32) = (row.get(2)?, row.get(3)?);
            Ok((milestone, run, of_run))
        })
        .optional()?;
    // Pages that count already: what a person says of a run later takes the
    // place of what was known of it, and another run comes on top.
    let counted = match known {
        Some((last, ..)) if last >= milestone.number => return Ok(()),
        Some((_, run, of_run)) if run == milestone.run => of_run,
        _ => (0, 0),
    };
    let pages = i64::from(entry.pages) - i64::from(counted.0);
    let sheets = i64::from(entry.sheets) - i64::from(counted.1);
    write_record(tx, milestone, entry, pages, sheets)?;
    tx.prepare_cached(
        "INSERT INTO totals VALUES (?1, ?2, ?3) ON CONFLICT DO UPDATE
         SET pages = pages + excluded.pages, sheets = sheets + excluded.sheets",
    )?
    .execute(params![entry.printer, pages, sheets])?;
    Ok(())
}
// ANCHOR_END: apply

/// Makes or changes the record, whose pages and sheets grow by these.
fn write_record(
    tx: &Transaction,
    milestone: &Milestone,
    entry: &Entry,
    pages: i64,
    sheets: i64,
) -> rusqlite::Result<()> {
    let job = &milestone.job;
    // ANCHOR: is-open
    // Pages of it are still to come, those that it has ordered.
    let is_open = matches!(job.state, State::Waiting | State::Held);
    // ANCHOR_END: is-open
    tx.prepare_cached(
        "INSERT INTO records (job, asked_at, milestone, run, run_pages,
            run_sheets, user, name, origin, printer, color, ordered, pages,
            sheets, begun_at, ended_at, state, reason, is_open)
         VALUES (:job, :asked_at, :milestone, :run, :run_pages, :run_sheets,
            :user, :name, :origin, :printer, :color, :ordered, :pages,
            :sheets, :begun_at, iif(:is_open, NULL, :at), :state, :reason,
            :is_open)
         ON CONFLICT (job, asked_at) DO UPDATE SET
            milestone = excluded.milestone, run = excluded.run,
            run_pages = excluded.run_pages, run_sheets = excluded.run_sheets,
            user = excluded.user, name = excluded.name,
            origin = excluded.origin, printer = excluded.printer,
            color = excluded.color, ordered = excluded.ordered,
            pages = pages + excluded.pages, sheets = sheets + excluded.sheets,
            begun_at = coalesce(excluded.begun_at, begun_at),
            ended_at = coalesce(excluded.ended_at, ended_at),
            state = excluded.state, reason = excluded.reason,
            is_open = excluded.is_open",
    )?
    .execute(named_params! {
        ":job": job.id.0,
        ":asked_at": job.queued_at,
        ":milestone": milestone.number,
        ":run": milestone.run,
        ":run_pages": entry.pages,
        ":run_sheets": entry.sheets,
        ":user": entry.user,
        ":name": entry.name,
        ":origin": entry.origin,
        ":printer": entry.printer,
        ":color": entry.color,
        ":ordered": entry.ordered,
        ":pages": pages,
        ":sheets": sheets,
        ":begun_at": job.begun_at,
        ":at": job.changed_at,
        ":state": Outcome::of(job.state).as_str(),
        ":reason": job.reason,
        ":is_open": is_open,
    })?;
    Ok(())
}

/// Milliseconds since 1970, now.
fn now() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    u64::try_from(since.unwrap_or_default().as_millis()).unwrap_or(u64::MAX)
}
