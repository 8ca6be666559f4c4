//! The quota: how many pages a person may print in a month.

use std::collections::BTreeMap;

use rusqlite::named_params;
use serde::Serialize;

use crate::{Ledger, Result};

/// How many page sides a month each person may print.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Quotas {
    /// For everybody who is not named below; no limit when absent. It does
    /// not count for jobs of nobody by name, who are many.
    pub each: Option<u32>,
    /// For these persons. The empty name stands for all jobs of nobody by
    /// name, together.
    pub of: BTreeMap<String, u32>,
}

impl Quotas {
    /// What this person may print in a month; `None` when there is no limit.
    #[must_use]
    pub fn of(&self, user: &str) -> Option<u32> {
        let own = self.of.get(user).copied();
        own.or(self.each.filter(|_| !user.is_empty()))
    }
}

/// What a person may print this month, and has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Allowance {
    /// The page sides of this month.
    pub quota: u32,
    /// Those that are on paper, of jobs that ended this month.
    pub printed: u64,
    /// Those that are asked for, and not on paper yet.
    pub waiting: u64,
}

impl Allowance {
    /// The page sides that are left.
    #[must_use]
    pub fn left(&self) -> u64 {
        let used = self.printed.saturating_add(self.waiting);
        u64::from(self.quota).saturating_sub(used)
    }
}

impl Ledger {
    // ANCHOR: allowance
    /// What this person may print this month, local time, and has. What waits
    /// counts, too: otherwise a hundred jobs would pass before the first is on
    /// paper.
    ///
    /// # Errors
    /// The file cannot be read.
    pub fn allowance(&self, user: &str, quota: u32) -> Result<Allowance> {
        let (printed, waiting) = self.read(|sql| {
            sql.prepare_cached(
                "SELECT
                    (SELECT coalesce(sum(pages), 0) FROM records
                     WHERE ended_at IS NOT NULL AND user = :user
                        AND ended_at >= 1000 * strftime('%s', 'now',
                            'localtime', 'start of month', 'utc')),
                    (SELECT coalesce(sum(ordered), 0) FROM records
                     WHERE is_open AND user = :user)",
            )?
            .query_row(named_params! { ":user": user }, |row| {
                Ok((row.get(0)?, row.get(1)?))
            })
        })?;
        Ok(Allowance { quota, printed, waiting })
    }
    // ANCHOR_END: allowance
}
