//! The check that asks nobody: a job, such as a backup, reports by itself that
//! it ran, and is missed when it does not.
//!
//! ```
//! use push::{Job, Report, Verdict};
//!
//! const HOUR: i64 = 60 * 60 * 1000;
//! let mut backup = Job::watched_from(0, 25 * HOUR);
//! backup.report(2 * HOUR, Report::Done);
//! assert_eq!(backup.verdict(26 * HOUR), Verdict::Waiting { until: 27 * HOUR });
//! let missed = Verdict::Missed { last: Some(2 * HOUR) };
//! assert_eq!(backup.verdict(27 * HOUR), missed);
//! ```
//!
//! All times are Unix milliseconds. A [`Job`] can be kept as JSON: when the next
//! report is due does not change because the program that waits for it was
//! started again.

use serde::{Deserialize, Serialize};
use subtle::ConstantTimeEq;

/// A job, and what is known of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Job {
    /// How long after one report the next must come, in milliseconds.
    within: i64,
    /// When the next report is due.
    due: i64,
    /// When the last one came.
    last: Option<i64>,
    /// Why the job failed, by its own report.
    failed: Option<String>,
}

/// What a job reports.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Report {
    /// It ran.
    Done,
    /// It ran and failed, for this reason.
    Failed(String),
}

/// What can be said of a job at a time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// No report is due before this time, and nothing is known to be wrong.
    Waiting {
        /// When one is due.
        until: i64,
    },
    /// No report came in time.
    Missed {
        /// When the last one came.
        last: Option<i64>,
    },
    /// The last report says that it failed, and why.
    Failed(String),
}

impl Job {
    /// A job of which nothing is known. Its first report is due `within`
    /// milliseconds from now.
    pub fn watched_from(now: i64, within: i64) -> Job {
        let due = now.saturating_add(within);
        Job { within, due, last: None, failed: None }
    }

    // ANCHOR: again
    /// The same job, waited for again by a program that was not there for a
    /// while. A report is due when it was; only, one that was due meanwhile
    /// has `grace` milliseconds more: a job that found nobody tries again.
    pub fn again(self, now: i64, within: i64, grace: i64) -> Job {
        let from = self.due.saturating_sub(self.within);
        let due = from.saturating_add(within);
        let missed_before = self.due <= now && self.failed.is_none();
        let due = match missed_before {
            true => due.max(now.saturating_add(grace.min(within))),
            false => due,
        };
        Job { within, due, ..self }
    }
    // ANCHOR_END: again

    /// Takes a report.
    pub fn report(&mut self, now: i64, report: Report) {
        self.last = Some(now);
        self.due = now.saturating_add(self.within);
        self.failed = match report {
            Report::Done => None,
            Report::Failed(why) => Some(why),
        };
    }

    // ANCHOR: verdict
    /// What can be said of it now. A report that is too late is missed, also
    /// where the one before it said that the job failed.
    pub fn verdict(&self, now: i64) -> Verdict {
        match &self.failed {
            _ if now >= self.due => Verdict::Missed { last: self.last },
            Some(why) => Verdict::Failed(why.clone()),
            None => Verdict::Waiting { until: self.due },
        }
    }
    // ANCHOR_END: verdict
}

/// Whether a token is the expected one. It takes as long for one that is nearly
/// right as for any other of its length: nobody finds it out letter by letter.
pub fn is_token(given: &str, expected: &str) -> bool {
    given.as_bytes().ct_eq(expected.as_bytes()).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOUR: i64 = 60 * 60 * 1000;

    #[test]
    fn a_job_is_missed_when_no_report_came_for_too_long() {
        let mut job = Job::watched_from(0, HOUR);
        assert_eq!(job.verdict(1), Verdict::Waiting { until: HOUR });
        assert_eq!(job.verdict(HOUR), Verdict::Missed { last: None });
        job.report(2 * HOUR, Report::Done);
        let waiting = Verdict::Waiting { until: 3 * HOUR };
        assert_eq!(job.verdict(2 * HOUR), waiting);
        let missed = Verdict::Missed { last: Some(2 * HOUR) };
        assert_eq!(job.verdict(5 * HOUR), missed);
    }

    #[test]
    fn a_job_that_says_that_it_failed_has_failed_until_its_next_report() {
        let mut job = Job::watched_from(0, HOUR);
        job.report(1, Report::Failed("disk full".to_owned()));
        assert_eq!(job.verdict(2), Verdict::Failed("disk full".to_owned()));
        let missed = Verdict::Missed { last: Some(1) };
        assert_eq!(job.verdict(HOUR + 1), missed);
        job.report(HOUR + 2, Report::Done);
        assert!(matches!(job.verdict(HOUR + 3), Verdict::Waiting { .. }));
    }

    #[test]
    fn a_restart_is_no_excuse_and_no_miss() {
        let mut job = Job::watched_from(0, HOUR);
        job.report(0, Report::Done);
        let json = serde_json::to_string(&job).expect("plain data");
        let read = || -> Job { serde_json::from_str(&json).expect("written") };
        // It is due when it was.
        let early = read().again(HOUR / 2, HOUR, HOUR / 60);
        assert_eq!(early.verdict(HOUR - 1), Verdict::Waiting { until: HOUR });
        assert_eq!(early.verdict(HOUR), Verdict::Missed { last: Some(0) });
        // It was due while nobody was there to take the report.
        let late = read().again(2 * HOUR, HOUR, HOUR / 60);
        let until = 2 * HOUR + HOUR / 60;
        assert_eq!(late.verdict(2 * HOUR), Verdict::Waiting { until });
        assert_eq!(late.verdict(until), Verdict::Missed { last: Some(0) });
        // It has another interval now.
        let daily = read().again(HOUR / 2, 24 * HOUR, HOUR / 60);
        let until = 24 * HOUR;
        assert_eq!(daily.verdict(HOUR), Verdict::Waiting { until });
    }

    #[test]
    fn only_the_whole_token_is_the_token() {
        let token = "0123456789abcdef";
        assert!(is_token(token, token));
        for other in ["", "0123456789abcde", "0123456789abcdeF"] {
            assert!(!is_token(other, token));
        }
    }
}
