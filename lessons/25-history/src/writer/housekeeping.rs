//! The housekeeping, which the writer does by itself: it closes hours that are
//! over, and deletes what has become too old.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use super::ids::{Ids, MOST_ERROR_TEXTS};
use super::{Writer, begin, read};
use crate::error::{Error, RawResult, Result};
use crate::{file, lock, roll_up};

/// How long until something that failed is tried again.
const TRY_AGAIN: Duration = Duration::from_secs(10);
/// While there are as many error texts as there may be, unused ones are looked
/// for each time this many hours were closed.
const FORGET_EVERY: u32 = 24;

/// The state of the housekeeping.
pub(super) struct Housekeeping {
    /// From when on an hour that is over can be closed.
    pub due: Option<Instant>,
    /// Whether every hour that was over could be closed.
    closed: Result<()>,
    /// Whether what was too old could be deleted.
    pruned: Result<()>,
    /// How many hours were closed since unused error texts were looked for.
    closed_since_forget: u32,
    /// What went wrong, for other threads to read.
    trouble: Arc<Mutex<Option<Error>>>,
}

impl Housekeeping {
    pub fn new(is_due: bool) -> Housekeeping {
        Housekeeping {
            due: is_due.then(Instant::now),
            closed: Ok(()),
            pruned: Ok(()),
            closed_since_forget: FORGET_EVERY,
            trouble: Arc::default(),
        }
    }

    pub fn trouble(&self) -> Arc<Mutex<Option<Error>>> {
        self.trouble.clone()
    }

    fn done(&self) -> Result<()> {
        self.closed.clone().and(self.pruned.clone())
    }
}

impl Writer {
    pub(super) fn close_one_if_due(&mut self) {
        let due = self.housekeeping.due;
        if due.is_some_and(|due| due <= Instant::now()) {
            self.close_one();
            self.publish_trouble();
        }
    }

    /// Closes the oldest hour that is over and can be closed.
    fn close_one(&mut self) {
        let mut hours = read(&self.recent).over().into_iter();
        let mut is_one_closed = false;
        let mut closed = Ok(());
        for hour in hours.by_ref() {
            let done = self.close(hour);
            // A damaged hour keeps no other hour open.
            let go_on = done.as_ref().is_err_and(file::is_damage);
            is_one_closed = done.is_ok();
            closed = closed.and(done);
            if !go_on {
                break;
            }
        }
        self.housekeeping.due = match &closed {
            _ if is_one_closed && hours.len() > 0 => self.housekeeping.due,
            Ok(()) => None,
            Err(_) => Some(Instant::now() + TRY_AGAIN),
        };
        self.housekeeping.closed = closed;
    }

    /// Closes every hour that is over. An hour that cannot be closed keeps no
    /// other hour open.
    pub(super) fn close_all(&mut self) -> Result<()> {
        let hours = read(&self.recent).over();
        let mut closed = Ok(());
        for hour in hours {
            closed = closed.and(self.close(hour));
        }
        let failed = closed.is_err();
        self.housekeeping.closed = closed;
        self.housekeeping.due = failed.then(|| Instant::now() + TRY_AGAIN);
        self.publish_trouble();
        self.housekeeping.done()
    }

    /// Closes an hour, then deletes what has become too old by it.
    fn close(&mut self, hour: i64) -> Result<()> {
        let closed = self.move_to_file(hour);
        self.file.explain(closed)?;
        let count = &mut self.housekeeping.closed_since_forget;
        *count = count.saturating_add(1);
        self.prune();
        Ok(())
    }

    // ANCHOR: close
    fn move_to_file(&mut self, hour: i64) -> RawResult<()> {
        self.sql.pragma_update(None, "synchronous", "NORMAL")?;
        let sql = begin(&mut self.sql)?;
        roll_up::close(&sql, &read(&self.recent), hour)?;
        // Whoever asks waits here, and then finds the hour in one place.
        let mut recent =
            self.recent.write().unwrap_or_else(PoisonError::into_inner);
        sql.commit()?;
        recent.forget(hour);
        Ok(())
    }
    // ANCHOR_END: close

    /// Deletes what is too old, in a transaction of its own: what cannot be
    /// deleted keeps no hour open.
    pub(super) fn prune(&mut self) {
        let pruned = self.try_to_prune();
        self.housekeeping.pruned = self.file.explain(pruned);
    }

    fn try_to_prune(&mut self) -> RawResult<()> {
        let sql = begin(&mut self.sql)?;
        roll_up::prune(&sql, &self.keep)?;
        let is_full = self.ids.error_texts() >= MOST_ERROR_TEXTS;
        if !is_full || self.housekeeping.closed_since_forget < FORGET_EVERY {
            return Ok(sql.commit()?);
        }
        roll_up::forget_error_texts(&sql, &read(&self.recent))?;
        let ids = Ids::load(&sql)?;
        sql.commit()?;
        self.ids = ids;
        self.housekeeping.closed_since_forget = 0;
        Ok(())
    }

    /// Shows other threads what went wrong while nobody waited for it, and
    /// logs it once.
    pub(super) fn publish_trouble(&self) {
        let now = self.housekeeping.done().err();
        let mut before = lock(&self.housekeeping.trouble);
        if *before != now {
            if let Some(error) = &now {
                tracing::error!(
                    "the housekeeping of the history failed: {error}"
                );
            }
            *before = now;
        }
    }
}
