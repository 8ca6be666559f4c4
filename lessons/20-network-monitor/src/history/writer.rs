//! The one thread that writes.
//!
//! Threads that have something to keep leave it in a channel and wait. The
//! writer takes all that has gathered, writes it in one transaction, and
//! tells them. Then, if an hour is over, it closes it.

use std::collections::{HashMap, HashSet};
use std::sync::mpsc::{Receiver, Sender, SyncSender, TryRecvError};
use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard, mpsc};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use rusqlite::{Connection, TransactionBehavior, params};

use super::block::Point;
use super::clock::Jumps;
use super::file::File;
use super::kept::{self, Kept, Note};
use super::recent::Recent;
use super::sample::{rounded, sane};
use super::{Error, Result, Sample, Step, roll_up};
use crate::schedule::Now;
use crate::watch::Retention;

/// What one thread wants to be kept.
#[derive(Default)]
pub(super) struct Change {
    pub samples: Vec<Sample>,
    pub result: Option<Kept>,
    pub note: Option<Note>,
    pub state: Option<(String, String)>,
    pub retention: Option<Retention>,
    /// A power cut must not undo it.
    pub durable: bool,
    /// Every hour that is over must be closed.
    pub settle: bool,
}

struct Order {
    change: Change,
    reply: SyncSender<Result<()>>,
}

/// The most changes in one transaction.
const BATCH: usize = 1024;
/// A power cut undoes so much at most.
const SYNC_EVERY: Duration = Duration::from_secs(10);
/// How long until an hour that could not be closed is tried again.
const TRY_AGAIN: Duration = Duration::from_secs(10);
/// An error's text is kept up to here, in bytes.
const LONGEST_WORDS: usize = 500;
/// Different error texts are kept up to here. A text with a time or a random
/// number in it would otherwise fill the disk.
const MOST_WORDS: usize = 10_000;
const TOO_MANY_WORDS: &str = "another error: too many different ones to keep";

/// The thread's other end. It ends when this is dropped, with all orders
/// done.
pub(super) struct Writer {
    orders: Option<Sender<Order>>,
    thread: Option<JoinHandle<()>>,
    file: File,
}

impl Writer {
    pub fn start(
        sql: Connection,
        file: File,
        recent: Arc<RwLock<Recent>>,
        keep: Retention,
    ) -> Result<Writer> {
        let names = file.explains(Names::load(&sql))?;
        let is_due = !read(&recent).over().is_empty();
        let clerk = Clerk {
            sql,
            file: file.clone(),
            recent,
            keep,
            names,
            jumps: Jumps::since(Now::read()),
            due: is_due.then(Instant::now),
            synced: Instant::now(),
        };
        let (orders, taken) = mpsc::channel();
        let thread = thread::Builder::new()
            .name("history".to_owned())
            .spawn(move || clerk.work(&taken))
            .map_err(|error| Error::Unusable {
                path: file.path().to_owned(),
                words: format!("no thread can be started to write it: {error}"),
            })?;
        Ok(Writer { orders: Some(orders), thread: Some(thread), file })
    }

    /// Returns when it is kept.
    pub fn change(&self, change: Change) -> Result<()> {
        let (reply, answer) = mpsc::sync_channel(1);
        let orders = self.orders.as_ref().expect("taken only by drop");
        let sent = orders.send(Order { change, reply });
        sent.ok().and_then(|()| answer.recv().ok()).unwrap_or_else(|| {
            Err(Error::Sqlite {
                path: self.file.path().to_owned(),
                words: "the thread that writes it has ended: see the log"
                    .to_owned(),
            })
        })
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        self.orders = None;
        if let Some(thread) = self.thread.take() {
            // If it panicked, that is told already.
            let _ = thread.join();
        }
    }
}

/// What the thread has.
struct Clerk {
    sql: Connection,
    file: File,
    recent: Arc<RwLock<Recent>>,
    keep: Retention,
    names: Names,
    jumps: Jumps,
    /// From when on hours that are over can be closed.
    due: Option<Instant>,
    /// When all that was written was on the disk for good.
    synced: Instant,
}

impl Clerk {
    fn work(mut self, orders: &Receiver<Order>) {
        loop {
            let is_due = self.due.is_some_and(|due| due <= Instant::now());
            let first = match is_due {
                true => orders.try_recv(),
                false => orders.recv().map_err(|_| TryRecvError::Disconnected),
            };
            match first {
                Ok(first) => {
                    let more = orders.try_iter().take(BATCH - 1);
                    let batch = std::iter::once(first).chain(more).collect();
                    self.serve(batch);
                }
                Err(TryRecvError::Empty) => {}
                Err(TryRecvError::Disconnected) => break,
            }
            if is_due && let Err(error) = self.close_one() {
                tracing::error!("an hour of history waits: {error}");
            }
        }
        if let Err(error) = self.file.close(self.sql) {
            tracing::warn!("{error}");
        }
    }

    /// Does orders and tells those who wait.
    fn serve(&mut self, batch: Vec<Order>) {
        let done = self.write(&batch);
        let done = self.file.explains(done);
        for Order { change, reply } in batch {
            let done = match change.settle {
                true => done.clone().and_then(|()| self.close_all()),
                false => done.clone(),
            };
            // Whoever does not wait any more does not mind.
            let _ = reply.send(done);
        }
    }

    /// Writes all changes, or none.
    fn write(&mut self, batch: &[Order]) -> Step<()> {
        let jump = self.jumps.look(Now::read());
        let durable = batch.iter().any(|order| order.change.durable)
            || self.synced.elapsed() >= SYNC_EVERY;
        // In WAL mode NORMAL is as consistent as FULL, only later: the next
        // commit that waits for the disk takes all before it along
        // (sqlite.org/pragma.html#pragma_synchronous).
        let mode = if durable { "FULL" } else { "NORMAL" };
        self.sql.pragma_update(None, "synchronous", mode)?;
        let sql = self
            .sql
            .transaction_with_behavior(TransactionBehavior::Immediate)?;
        let written = (|| {
            let changes = batch.iter().map(|order| &order.change);
            for change in changes.clone() {
                if let Some(result) = &change.result {
                    kept::put_result(&sql, result)?;
                }
                if let Some(note) = &change.note {
                    kept::put_note(&sql, note)?;
                }
                if let Some((key, text)) = &change.state {
                    kept::put_state(&sql, key, text)?;
                }
                if let Some(keep) = change.retention {
                    self.keep = keep;
                    roll_up::prune(&sql, &keep)?;
                }
            }
            if let Some(note) = &jump {
                tracing::warn!("{}", note.words);
                kept::put_note(&sql, note)?;
            }
            let samples = changes.flat_map(|change| &change.samples);
            let placed =
                put_samples(&sql, &mut self.names, &self.recent, samples)?;
            sql.commit()?;
            Ok(placed)
        })();
        let placed = match written {
            Ok(placed) => placed,
            Err(fault) => {
                // It may know rows that are undone.
                if let Ok(names) = Names::load(&self.sql) {
                    self.names = names;
                }
                return Err(fault);
            }
        };
        if durable {
            self.synced = Instant::now();
        }
        let mut recent =
            self.recent.write().unwrap_or_else(PoisonError::into_inner);
        for (series, point) in placed {
            if recent.push(series, point) {
                self.due.get_or_insert_with(Instant::now);
            }
        }
        Ok(())
    }

    /// Closes the oldest hour that is over.
    fn close_one(&mut self) -> Result<()> {
        let hours = read(&self.recent).over();
        let Some(&hour) = hours.first() else {
            self.due = None;
            return Ok(());
        };
        let done = self.close(hour);
        self.due = match &done {
            Ok(()) if hours.len() == 1 => None,
            Ok(()) => self.due,
            Err(_) => Some(Instant::now() + TRY_AGAIN),
        };
        self.file.explains(done)
    }

    fn close_all(&mut self) -> Result<()> {
        self.due = None;
        let hours = read(&self.recent).over();
        let mut done = Ok(());
        for hour in hours {
            // One that cannot be closed does not keep the others open.
            done = done.and(self.close(hour));
        }
        if done.is_err() {
            self.due = Some(Instant::now() + TRY_AGAIN);
        }
        self.file.explains(done)
    }

    fn close(&mut self, hour: i64) -> Step<()> {
        self.sql.pragma_update(None, "synchronous", "NORMAL")?;
        let sql = self
            .sql
            .transaction_with_behavior(TransactionBehavior::Immediate)?;
        roll_up::close(&sql, &read(&self.recent), hour)?;
        roll_up::prune(&sql, &self.keep)?;
        // Whoever asks meanwhile waits: for them the hour is in one place.
        let mut recent =
            self.recent.write().unwrap_or_else(PoisonError::into_inner);
        sql.commit()?;
        recent.forget(hour);
        Ok(())
    }
}

/// Writes samples, and returns where each of them has its place.
fn put_samples<'a>(
    sql: &Connection,
    names: &mut Names,
    recent: &RwLock<Recent>,
    samples: impl Iterator<Item = &'a Sample>,
) -> Step<Vec<(i64, Point)>> {
    let mut insert = sql.prepare_cached(
        "INSERT INTO recent (series, at, value, words)
         VALUES (?1, ?2, ?3, ?4)",
    )?;
    let recent = read(recent);
    let mut placed = Vec::with_capacity(samples.size_hint().0);
    let mut taken = HashSet::new();
    // For each series, what the last one asked for and what it got: many of
    // one millisecond need not all look from there.
    let mut last = HashMap::<i64, (i64, i64)>::new();
    for sample in samples {
        let series = names.series(sql, &sample.metric, &sample.target)?;
        let asked = sane(sample.at);
        let mut at = match last.get(&series) {
            Some((same, got)) if *same == asked => got + 1,
            _ => asked,
        };
        while recent.has(series, at) || taken.contains(&(series, at)) {
            at += 1;
        }
        taken.insert((series, at));
        last.insert(series, (asked, at));
        let value = rounded(sample.value);
        let words = match &sample.error {
            Some(words) => names.words(sql, words)?,
            None if value.is_none() && sample.value.is_some() => {
                names.words(sql, "the value was no number")?
            }
            None => 0,
        };
        insert.execute(params![series, at, value, words])?;
        let value = value.unwrap_or(f64::NAN);
        placed.push((series, Point { at, value, words }));
    }
    Ok(placed)
}

fn read(recent: &RwLock<Recent>) -> RwLockReadGuard<'_, Recent> {
    recent.read().unwrap_or_else(PoisonError::into_inner)
}

/// The numbers of series and words, known without asking.
#[derive(Default)]
struct Names {
    series: HashMap<String, HashMap<String, i64>>,
    words: HashMap<String, u32>,
}

impl Names {
    fn load(sql: &Connection) -> Step<Names> {
        let mut names = Names::default();
        let mut rows = sql.prepare("SELECT metric, target, id FROM series")?;
        let mut rows = rows.query([])?;
        while let Some(row) = rows.next()? {
            let targets = names.series.entry(row.get(0)?).or_default();
            targets.insert(row.get(1)?, row.get(2)?);
        }
        let mut rows = sql.prepare("SELECT words, id FROM words")?;
        let mut rows = rows.query([])?;
        while let Some(row) = rows.next()? {
            names.words.insert(row.get(0)?, row.get(1)?);
        }
        Ok(names)
    }

    fn series(
        &mut self,
        sql: &Connection,
        metric: &str,
        target: &str,
    ) -> Step<i64> {
        let targets = self.series.get(metric);
        if let Some(id) = targets.and_then(|targets| targets.get(target)) {
            return Ok(*id);
        }
        sql.execute(
            "INSERT INTO series (metric, target) VALUES (?1, ?2)",
            [metric, target],
        )?;
        let id = sql.last_insert_rowid();
        let targets = self.series.entry(metric.to_owned()).or_default();
        targets.insert(target.to_owned(), id);
        Ok(id)
    }

    fn words(&mut self, sql: &Connection, words: &str) -> Step<u32> {
        let words = &words[..words.floor_char_boundary(LONGEST_WORDS)];
        if let Some(id) = self.words.get(words) {
            return Ok(*id);
        }
        if self.words.len() >= MOST_WORDS && words != TOO_MANY_WORDS {
            return self.words(sql, TOO_MANY_WORDS);
        }
        sql.execute("INSERT INTO words (words) VALUES (?1)", [words])?;
        let id = u32::try_from(sql.last_insert_rowid());
        let id = id.expect("there are few of them");
        self.words.insert(words.to_owned(), id);
        Ok(id)
    }
}
