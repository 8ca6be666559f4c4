//! The one thread that writes the history.
//!
//! Threads that have something to keep send it through a channel and wait.
//! The writer takes all that has come meanwhile, writes it in one transaction,
//! and answers each of them. Then, if an hour is over, it closes it.

mod handle;
mod housekeeping;
mod ids;
mod insert;

use std::sync::mpsc::{self, Receiver, RecvTimeoutError};
use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard};
use std::thread;
use std::time::{Duration, Instant};

use database::Identity;
use rusqlite::{Connection, Transaction, TransactionBehavior};
use schedule::Now;

use crate::error::{Error, RawResult, Result};
use crate::file::{self, File};
use crate::jumps::JumpDetector;
use crate::recent::Recent;
use crate::records::{self, Note};
use crate::{Retention, block::Point};

pub(crate) use handle::{Change, WriterHandle};

use handle::Request;
use housekeeping::Housekeeping;
use ids::Ids;

/// The most changes in one transaction.
const BATCH: usize = 1024;
/// What was written in this time is the most that a power cut undoes.
const SYNC_EVERY: Duration = Duration::from_secs(10);

/// What the thread works with.
pub(crate) struct Writer {
    sql: Connection,
    file: File,
    identity: Identity,
    recent: Arc<RwLock<Recent>>,
    keep: Retention,
    ids: Ids,
    jumps: JumpDetector,
    /// When all that was written was last on the disk.
    synced: Instant,
    /// Whether anything was written since then.
    dirty: bool,
    /// Whether the file is marked as in use.
    marked: bool,
    housekeeping: Housekeeping,
}

impl Writer {
    pub fn new(
        sql: Connection,
        file: File,
        recent: Arc<RwLock<Recent>>,
        keep: Retention,
    ) -> Result<Writer> {
        let ids = file.explain(Ids::load(&sql))?;
        let is_due = !read(&recent).over().is_empty();
        Ok(Writer {
            sql,
            identity: file.identity(),
            file,
            recent,
            keep,
            ids,
            jumps: JumpDetector::new(Now::read()),
            synced: Instant::now(),
            dirty: false,
            marked: false,
            housekeeping: Housekeeping::new(is_due),
        })
    }

    /// Starts the thread.
    pub fn start(self) -> Result<WriterHandle> {
        let path = self.file.path().to_owned();
        let trouble = self.housekeeping.trouble();
        let (requests, receiver) = mpsc::channel();
        let thread = thread::Builder::new()
            .name("history".to_owned())
            .spawn(move || self.run(&receiver))
            .map_err(|error| Error::Unusable {
                path: path.clone(),
                detail: format!(
                    "no thread can be started to write it: {error}"
                ),
            })?;
        Ok(WriterHandle::new(requests, thread, path, trouble))
    }

    // ANCHOR: run
    fn run(mut self, requests: &Receiver<Request>) {
        loop {
            // Waits for a request, or until there is something else to do.
            let first = match self.next_work() {
                Some(at) => requests
                    .recv_timeout(at.saturating_duration_since(Instant::now())),
                None => {
                    requests.recv().map_err(|_| RecvTimeoutError::Disconnected)
                }
            };
            match first {
                Ok(first) => {
                    let mut batch = vec![first];
                    batch.extend(requests.try_iter().take(BATCH - 1));
                    self.serve(batch);
                }
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => break,
            }
            self.close_one_if_due();
            self.sync_if_due();
        }
        if let Err(error) = self.file.close(&self.sql) {
            tracing::warn!("{error}");
        }
    }
    // ANCHOR_END: run

    fn next_work(&self) -> Option<Instant> {
        let sync = self.dirty.then(|| self.synced + SYNC_EVERY);
        self.housekeeping.due.into_iter().chain(sync).min()
    }

    /// Does what the requests ask for, and answers them.
    fn serve(&mut self, batch: Vec<Request>) {
        let written = match batch.iter().any(|it| it.change.is_written()) {
            true => self.write(&batch),
            false => Ok(()),
        };
        let written = self.file.explain(written);
        for Request { change, reply } in batch {
            let mut done = written.clone();
            if let (Ok(()), Some(keep)) = (&done, change.retention) {
                self.keep = keep;
                self.prune();
                self.publish_trouble();
            }
            if done.is_ok() && change.close_hours {
                done = self.close_all();
            }
            // Fails where nobody waits any more.
            let _ = reply.send(done);
        }
    }

    /// Writes all changes, or none.
    fn write(&mut self, batch: &[Request]) -> RawResult<()> {
        self.identity.check().map_err(Error::from)?;
        let jump = self.jumps.check(Now::read());
        let durable = batch.iter().any(|request| request.change.durable)
            || self.synced.elapsed() >= SYNC_EVERY;
        // In WAL mode NORMAL is as consistent as FULL, only later: the next
        // commit that waits for the disk takes all before it along
        // (sqlite.org/pragma.html#pragma_synchronous).
        let mode = if durable { "FULL" } else { "NORMAL" };
        self.sql.pragma_update(None, "synchronous", mode)?;
        let placed = match self.write_in_transaction(batch, jump) {
            Ok(placed) => placed,
            Err(error) => {
                // The ids may name rows that were rolled back.
                if let Ok(ids) = Ids::load(&self.sql) {
                    self.ids = ids;
                }
                return Err(error);
            }
        };
        self.marked = true;
        self.dirty = !durable;
        if durable {
            self.synced = Instant::now();
        }
        let mut recent =
            self.recent.write().unwrap_or_else(PoisonError::into_inner);
        let late = batch.iter().flat_map(|request| {
            let Change { samples, late, .. } = &request.change;
            std::iter::repeat_n(*late, samples.len())
        });
        for ((series, point), late) in placed.into_iter().zip(late) {
            if recent.push(series, point, late) {
                self.housekeeping.due.get_or_insert_with(Instant::now);
            }
        }
        Ok(())
    }

    /// Returns the samples as they were written, each with its series.
    fn write_in_transaction(
        &mut self,
        batch: &[Request],
        jump: Option<Note>,
    ) -> RawResult<Vec<(i64, Point)>> {
        let sql = begin(&mut self.sql)?;
        let changes = batch.iter().map(|request| &request.change);
        for change in changes.clone() {
            if let Some(result) = &change.result {
                records::put_result(&sql, result)?;
            }
            if let Some(note) = &change.note {
                records::put_note(&sql, note)?;
            }
            if let Some((key, text)) = &change.state {
                records::set_state(&sql, key, text)?;
            }
        }
        if let Some(note) = jump {
            tracing::warn!("{}", note.words);
            records::put_note(&sql, &note)?;
        }
        // An empty batch writes the mark again: SQLite waits for the disk
        // only where something was changed.
        if !self.marked || batch.is_empty() {
            file::mark(&sql)?;
        }
        let samples = changes.flat_map(|change| &change.samples);
        let placed = insert::put_samples(
            &sql,
            &mut self.ids,
            &read(&self.recent),
            samples,
        )?;
        sql.commit()?;
        Ok(placed)
    }

    /// Sees to it that a power cut undoes little.
    fn sync_if_due(&mut self) {
        if !self.dirty || self.synced.elapsed() < SYNC_EVERY {
            return;
        }
        let synced = self.write(&[]);
        self.synced = Instant::now();
        if let Err(error) = self.file.explain(synced) {
            tracing::error!("a power cut would undo much: {error}");
        }
    }
}

/// Begins a transaction that writes.
fn begin(sql: &mut Connection) -> RawResult<Transaction<'_>> {
    let mode = TransactionBehavior::Immediate;
    Ok(sql.transaction_with_behavior(mode)?)
}

fn read(recent: &RwLock<Recent>) -> RwLockReadGuard<'_, Recent> {
    recent.read().unwrap_or_else(PoisonError::into_inner)
}
