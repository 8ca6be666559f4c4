//! The backlog of a notifier: the notices that it has still to send.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::{Notice, NoticeState};

/// The number of notices of one series that may wait: two troubles, each with
/// its end. So a backlog never holds more than four times the series of all
/// rules, however long nothing can be sent.
const MOST_OF_A_SERIES: usize = 4;

/// The notices that wait to be sent. It needs neither clock nor network, and
/// is kept as JSON, so that a restart loses none.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Backlog {
    /// In the order in which they came.
    waiting: Vec<Notice>,
    /// The troubles whose notice was given up.
    untold: BTreeSet<SeriesId>,
}

/// A rule, a target and a metric.
type SeriesId = (String, String, String);

impl Backlog {
    // ANCHOR: add
    /// Adds a notice. What it makes old is left out: of a series that comes
    /// and goes while nothing can be sent, the beginning and the present are
    /// kept.
    pub fn add(&mut self, notice: Notice) {
        let id = id(&notice);
        let same: Vec<usize> = (0..self.waiting.len())
            .filter(|place| self.series_at(*place) == id)
            .collect();
        if let Some(last) = same.last() {
            let last = &mut self.waiting[*last];
            if last.state == notice.state {
                *last = notice;
                return;
            }
            // That it has begun is still to be told.
            if notice.state == NoticeState::Lasting
                && last.state == NoticeState::Failing
            {
                return;
            }
        }
        if same.len() >= MOST_OF_A_SERIES {
            // An end, and the beginning after it.
            self.waiting.remove(same[2]);
            self.waiting.remove(same[1]);
        }
        self.waiting.push(notice);
    }
    // ANCHOR_END: add

    // ANCHOR: next
    /// The notices to be sent next, as one message: all that say the same as
    /// the oldest, that trouble has begun, lasts or is over. None overtakes
    /// an older one of its own series.
    pub fn next(&self) -> Vec<Notice> {
        let Some(oldest) = self.waiting.first() else { return Vec::new() };
        let mut seen = BTreeSet::new();
        let mut next = Vec::new();
        for notice in &self.waiting {
            let first = seen.insert(id(notice));
            if first && notice.state == oldest.state {
                next.push(self.with_its_trouble(notice.clone()));
            }
        }
        next
    }
    // ANCHOR_END: next

    /// Takes out what has been told.
    pub fn told(&mut self, told: &[Notice]) {
        for notice in told {
            self.take_out(notice);
            self.untold.remove(&id(notice));
        }
    }

    /// Takes out what has been given up. Its end will say so.
    pub fn given_up(&mut self, lost: &[Notice]) {
        for notice in lost {
            self.take_out(notice);
            match notice.state {
                NoticeState::Failing => self.untold.insert(id(notice)),
                // That it had begun was told.
                NoticeState::Lasting => false,
                _ => self.untold.remove(&id(notice)),
            };
        }
    }

    /// The number of notices that wait.
    pub fn len(&self) -> usize {
        self.waiting.len()
    }

    /// Whether none waits.
    pub fn is_empty(&self) -> bool {
        self.waiting.is_empty()
    }

    /// Takes out the oldest of the same series and state. Meanwhile it may
    /// have been replaced by one with newer words.
    fn take_out(&mut self, notice: &Notice) {
        let same = |one: &Notice| {
            id(one) == id(notice)
                && one.state == notice.state
                && one.at == notice.at
        };
        if let Some(place) = self.waiting.iter().position(same) {
            self.waiting.remove(place);
        }
    }

    /// The end of a trouble that nobody was told of says so: otherwise
    /// somebody reads that it is over, and asks what.
    fn with_its_trouble(&self, mut notice: Notice) -> Notice {
        let end = matches!(
            notice.state,
            NoticeState::Recovered | NoticeState::Unwatched
        );
        if end && self.untold.contains(&id(&notice)) {
            notice.words += "; that it had begun reached nobody";
        }
        notice
    }

    fn series_at(&self, place: usize) -> SeriesId {
        id(&self.waiting[place])
    }
}

fn id(notice: &Notice) -> SeriesId {
    let Notice { alert, target, metric, .. } = notice;
    (alert.clone(), target.clone(), metric.clone())
}
