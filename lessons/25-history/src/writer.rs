//! The one thread that writes.
//!
//! Threads that have something to keep leave it in a channel and wait. The
//! writer takes all that has gathered, writes it in one transaction, and
//! tells them. Then, if an hour is over, it closes it.

use std::collections::{HashMap, HashSet};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, SyncSender};
use std::sync::{Arc, Mutex, PoisonError, RwLock, RwLockReadGuard, mpsc};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use rusqlite::{Connection, TransactionBehavior, params};

use super::block::Point;
use super::clock::Jumps;
use super::file::{self, File};
use super::kept::{self, Kept, Note};
use super::recent::Recent;
use super::sample::{rounded, sane};
use super::{Error, Result, Sample, Step, lock, roll_up};
use crate::Retention;
use schedule::Now;

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

impl Change {
    /// Whether anything of it goes into the file.
    fn is_written(&self) -> bool {
        !self.samples.is_empty()
            || self.result.is_some()
            || self.note.is_some()
            || self.state.is_some()
    }
}

struct Order {
    change: Change,
    reply: SyncSender<Result<()>>,
}

/// The most changes in one transaction.
const BATCH: usize = 1024;
/// A power cut undoes so much at most.
const SYNC_EVERY: Duration = Duration::from_secs(10);
/// How long until what could not be done is tried again.
const TRY_AGAIN: Duration = Duration::from_secs(10);
/// An error's text is kept up to here, in bytes.
const LONGEST_WORDS: usize = 500;
/// Different error texts are kept up to here. A text with a time or a random
/// number in it would otherwise fill the disk.
const MOST_WORDS: usize = 10_000;
/// When there are so many, it is looked each time so many hours were closed
/// which of them no sample has any more.
const FORGET_EVERY: u32 = 24;
const TOO_MANY_WORDS: &str = "another error: too many different ones to keep";

/// The thread's other end. It ends when this is dropped, with all orders
/// done.
pub(super) struct Writer {
    orders: Option<Sender<Order>>,
    thread: Option<JoinHandle<()>>,
    file: File,
    trouble: Arc<Mutex<Option<Error>>>,
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
        let trouble = Arc::new(Mutex::new(None));
        let clerk = Clerk {
            sql,
            file: file.clone(),
            recent,
            keep,
            names,
            jumps: Jumps::since(Now::read()),
            due: is_due.then(Instant::now),
            synced: Instant::now(),
            dirty: false,
            marked: false,
            closed: Ok(()),
            pruned: Ok(()),
            closed_since_look: FORGET_EVERY,
            trouble: trouble.clone(),
        };
        let (orders, taken) = mpsc::channel();
        let thread = thread::Builder::new()
            .name("history".to_owned())
            .spawn(move || clerk.work(&taken))
            .map_err(|error| Error::Unusable {
                path: file.path().to_owned(),
                words: format!("no thread can be started to write it: {error}"),
            })?;
        Ok(Writer { orders: Some(orders), thread: Some(thread), file, trouble })
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

    /// What it could not do by itself.
    pub fn trouble(&self) -> Option<Error> {
        lock(&self.trouble).clone()
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
    /// Whether something was written since, that a power cut would undo.
    dirty: bool,
    /// Whether the file says that it is in use.
    marked: bool,
    /// Whether every hour that was over could be closed.
    closed: Result<()>,
    /// Whether what was too old could be deleted.
    pruned: Result<()>,
    /// How many hours were closed since it was looked which words are used.
    closed_since_look: u32,
    trouble: Arc<Mutex<Option<Error>>>,
}

impl Clerk {
    fn work(mut self, orders: &Receiver<Order>) {
        loop {
            let sync = self.dirty.then(|| self.synced + SYNC_EVERY);
            let first = match self.due.into_iter().chain(sync).min() {
                Some(next) => orders.recv_timeout(
                    next.saturating_duration_since(Instant::now()),
                ),
                None => {
                    orders.recv().map_err(|_| RecvTimeoutError::Disconnected)
                }
            };
            match first {
                Ok(first) => {
                    let more = orders.try_iter().take(BATCH - 1);
                    let batch = std::iter::once(first).chain(more).collect();
                    self.serve(batch);
                }
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => break,
            }
            if self.due.is_some_and(|due| due <= Instant::now()) {
                self.close_one();
                self.note_trouble();
            }
            if self.dirty && self.synced.elapsed() >= SYNC_EVERY {
                let synced = self.write(&[]);
                self.synced = Instant::now();
                if let Err(error) = self.file.explains(synced) {
                    tracing::error!("a power cut would undo much: {error}");
                }
            }
        }
        if let Err(error) = self.file.close(self.sql) {
            tracing::warn!("{error}");
        }
    }

    /// Does orders and tells those who wait.
    fn serve(&mut self, batch: Vec<Order>) {
        let done = match batch.iter().any(|it| it.change.is_written()) {
            true => self.write(&batch),
            false => Ok(()),
        };
        let done = self.file.explains(done);
        for Order { change, reply } in batch {
            if let (Ok(()), Some(keep)) = (&done, change.retention) {
                self.keep = keep;
                self.prune();
                self.note_trouble();
            }
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
            }
            if let Some(note) = &jump {
                tracing::warn!("{}", note.words);
                kept::put_note(&sql, note)?;
            }
            // Without a change, nothing would wait for the disk.
            if !self.marked || batch.is_empty() {
                file::mark(&sql)?;
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
        self.marked = true;
        self.dirty = !durable;
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

    /// Closes the oldest hour that can be closed of those that are over.
    fn close_one(&mut self) {
        let mut hours = read(&self.recent).over().into_iter();
        let mut is_one_closed = false;
        let mut closed = Ok(());
        for hour in hours.by_ref() {
            let done = self.close(hour);
            // What is wrong with one hour alone keeps no other one open.
            let go_on = matches!(done, Err(Error::Damaged { .. }));
            is_one_closed = done.is_ok();
            closed = closed.and(done);
            if !go_on {
                break;
            }
        }
        self.due = match &closed {
            _ if is_one_closed && hours.len() > 0 => self.due,
            Ok(()) => None,
            Err(_) => Some(Instant::now() + TRY_AGAIN),
        };
        self.closed = closed;
    }

    fn close_all(&mut self) -> Result<()> {
        let hours = read(&self.recent).over();
        let mut closed = Ok(());
        for hour in hours {
            // One that cannot be closed does not keep the others open.
            closed = closed.and(self.close(hour));
        }
        self.closed = closed;
        let failed = self.closed.is_err();
        self.due = failed.then(|| Instant::now() + TRY_AGAIN);
        self.note_trouble();
        self.tidied()
    }

    /// Closes an hour, then deletes what has become too old by it.
    fn close(&mut self, hour: i64) -> Result<()> {
        let closed = self.move_to_file(hour);
        self.file.explains(closed)?;
        self.closed_since_look = self.closed_since_look.saturating_add(1);
        self.prune();
        Ok(())
    }

    fn move_to_file(&mut self, hour: i64) -> Step<()> {
        self.sql.pragma_update(None, "synchronous", "NORMAL")?;
        let sql = self
            .sql
            .transaction_with_behavior(TransactionBehavior::Immediate)?;
        roll_up::close(&sql, &read(&self.recent), hour)?;
        // Whoever asks meanwhile waits: for them the hour is in one place.
        let mut recent =
            self.recent.write().unwrap_or_else(PoisonError::into_inner);
        sql.commit()?;
        recent.forget(hour);
        Ok(())
    }

    /// On its own: what cannot be deleted keeps no hour open.
    fn prune(&mut self) {
        let pruned = self.forget();
        self.pruned = self.file.explains(pruned);
    }

    fn forget(&mut self) -> Step<()> {
        let sql = self
            .sql
            .transaction_with_behavior(TransactionBehavior::Immediate)?;
        roll_up::prune(&sql, &self.keep)?;
        let is_full = self.names.words.len() >= MOST_WORDS;
        if !is_full || self.closed_since_look < FORGET_EVERY {
            return Ok(sql.commit()?);
        }
        roll_up::forget_words(&sql, &read(&self.recent))?;
        let names = Names::load(&sql)?;
        sql.commit()?;
        self.names = names;
        self.closed_since_look = 0;
        Ok(())
    }

    fn tidied(&self) -> Result<()> {
        self.closed.clone().and(self.pruned.clone())
    }

    /// Keeps for others what goes wrong while nobody waits, and says it once.
    fn note_trouble(&self) {
        let now = self.tidied().err();
        let mut before = lock(&self.trouble);
        if *before != now {
            if let Some(error) = &now {
                tracing::error!("the history is not tidied up: {error}");
            }
            *before = now;
        }
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
