//! The notices that wait, kept in the history: a restart loses none.

use crate::state::lock;
use alerts::{Backlog, NotifierReport, Waiting};
use history::History;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

/// Under which key the history keeps them.
const NOTICES: &str = "notices";

/// What waits now, and the history that keeps it.
pub(crate) struct KeptNotices {
    history: Arc<History>,
    waiting: Mutex<Waiting>,
    /// How many notices each notifier is rid of.
    done: Mutex<BTreeMap<String, u64>>,
}

impl KeptNotices {
    /// What an earlier run has left in the history.
    ///
    /// # Errors
    /// When the history cannot be read.
    pub(crate) fn read(
        history: Arc<History>,
    ) -> Result<(KeptNotices, Waiting), history::Error> {
        let left = match history.state(NOTICES)? {
            // What another version has left is worth less than a start.
            Some(text) => serde_json::from_str(&text).unwrap_or_default(),
            None => Waiting::default(),
        };
        let waiting = Mutex::new(left.clone());
        Ok((KeptNotices { history, waiting, done: Mutex::default() }, left))
    }

    /// Notes what waits. Once somebody was told, that is written at once: a
    /// crash must not tell it again. What is new is written by its sender.
    pub(crate) fn follow(&self, report: &NotifierReport, backlog: &Backlog) {
        lock(&self.waiting).set(&report.name, backlog.clone());
        let now = report.sent + report.failed;
        let before = lock(&self.done).insert(report.name.clone(), now);
        if before.unwrap_or_default() != now
            && let Err(error) = self.write()
        {
            tracing::error!("{error}");
        }
    }

    /// Writes what waits.
    ///
    /// # Errors
    /// When the history cannot be written.
    pub(crate) fn write(&self) -> Result<(), history::Error> {
        // Held until it is written: an older text must not replace it.
        let waiting = lock(&self.waiting);
        let text = serde_json::to_string(&*waiting);
        let text = text.expect("maps with names can be written");
        self.history.set_state(NOTICES, &text)
    }
}
