//! The search: which records are wanted, and where to go on.

use rusqlite::named_params;

use crate::{
    Error, Ledger, Record, Result,
    record::{COLUMNS, record},
};

/// Which records are wanted; by default all.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Filter {
    /// Those that ended at this time or later, in milliseconds since 1970.
    pub from: Option<u64>,
    /// Those that ended before this time, in milliseconds since 1970.
    pub to: Option<u64>,
    /// Those of this person; the empty name is that of all who did not sign
    /// in.
    pub user: Option<String>,
    /// Those of this printer.
    pub printer: Option<String>,
    /// Those that come after this place in the list.
    pub after: Option<Place>,
    /// At most this number, the first ones.
    pub limit: Option<u32>,
}

/// A place in the list of records, newest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    ended_at: u64,
    id: i64,
}

impl Ledger {
    /// The records that are wanted, newest first.
    ///
    /// # Errors
    /// The file cannot be read.
    pub fn records(&self, filter: &Filter) -> Result<Vec<Record>> {
        Ok(self.find(filter)?.into_iter().map(|(record, _)| record).collect())
    }

    /// The first records that are wanted, at most `size`, and moves the filter
    /// behind them: a list of any length is read piece by piece, until one is
    /// empty.
    ///
    /// # Errors
    /// The file cannot be read.
    pub fn piece(&self, filter: &mut Filter, size: u32) -> Result<Vec<Record>> {
        let left = filter.limit.unwrap_or(u32::MAX);
        let limit = Some(left.min(size));
        let found = self.find(&Filter { limit, ..filter.clone() })?;
        if let Some((_, last)) = found.last() {
            filter.after = Some(*last);
        }
        let count = u32::try_from(found.len()).unwrap_or(u32::MAX);
        filter.limit = filter.limit.map(|left| left.saturating_sub(count));
        Ok(found.into_iter().map(|(record, _)| record).collect())
    }

    fn find(&self, filter: &Filter) -> Result<Vec<(Record, Place)>> {
        // No wish is a condition that always holds, so that one statement
        // serves all.
        let question = format!(
            "SELECT {COLUMNS} FROM records
             WHERE ended_at IS NOT NULL
                AND ended_at >= :from AND ended_at < :to
                AND (:user IS NULL OR user = :user)
                AND (:printer IS NULL OR printer = :printer)
                AND (ended_at, id) < (:after, :id)
             ORDER BY ended_at DESC, id DESC LIMIT :limit"
        );
        let Place { ended_at, id } =
            filter.after.unwrap_or(Place { ended_at: LATEST, id: i64::MAX });
        self.read(|sql| {
            sql.prepare_cached(&question)?
                .query_map(
                    named_params! {
                        ":from": filter.from.unwrap_or(0).min(LATEST),
                        ":to": filter.to.unwrap_or(LATEST).min(LATEST),
                        ":user": filter.user,
                        ":printer": filter.printer,
                        ":after": ended_at.min(LATEST),
                        ":id": id,
                        ":limit": filter.limit.unwrap_or(u32::MAX),
                    },
                    |row| {
                        let ended_at = row.get("ended_at")?;
                        let id = row.get("id")?;
                        Ok((record(row)?, Place { ended_at, id }))
                    },
                )?
                .collect()
        })
    }

    /// The moment that `text` names, in milliseconds since 1970: a day, such
    /// as `2026-11-28`, in local time, or milliseconds since 1970. Of a day,
    /// it is the beginning, or with `end` the end.
    ///
    /// # Errors
    /// [`Error::Time`], or the file cannot be read.
    pub fn moment(&self, text: &str, end: bool) -> Result<u64> {
        if let Ok(millis) = text.parse() {
            return Ok(millis);
        }
        let wrong = || Error::Time(text.chars().take(40).collect());
        let is_day = text.len() == 10
            && text.bytes().enumerate().all(|(at, byte)| match at {
                4 | 7 => byte == b'-',
                _ => byte.is_ascii_digit(),
            });
        if !is_day {
            return Err(wrong());
        }
        let days = if end { "+1 day" } else { "+0 days" };
        // SQLite knows the time zone of this machine. It takes 2026-02-30
        // for the second of March, so the day must come back as it was.
        let (day, seconds): (Option<String>, Option<i64>) =
            self.read(|sql| {
                sql.query_row(
                    "SELECT date(?1, '+0 days'),
                        CAST(strftime('%s', ?1, ?2, 'utc') AS INTEGER)",
                    [text, days],
                    |row| Ok((row.get(0)?, row.get(1)?)),
                )
            })?;
        let seconds = seconds.and_then(|seconds| u64::try_from(seconds).ok());
        match seconds {
            Some(seconds) if day.as_deref() == Some(text) => {
                Ok(seconds.saturating_mul(1000))
            }
            _ => Err(wrong()),
        }
    }
}

/// Later than any time of a job, and small enough for SQLite.
const LATEST: u64 = i64::MAX.unsigned_abs();
