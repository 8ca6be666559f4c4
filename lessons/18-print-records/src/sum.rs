//! The sums: pages and sheets by person, by printer, by month, by day.

use std::str::FromStr;

use rusqlite::named_params;
use serde::Serialize;

use crate::{Filter, Ledger, Result};

/// What is summed up together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum By {
    /// All jobs of one person.
    User,
    /// All jobs of one printer.
    Printer,
    /// All jobs that ended in one month, local time.
    Month,
    /// All jobs that ended on one day, local time.
    Day,
}

impl FromStr for By {
    type Err = String;

    fn from_str(text: &str) -> std::result::Result<By, String> {
        match text {
            "user" => Ok(By::User),
            "printer" => Ok(By::Printer),
            "month" => Ok(By::Month),
            "day" => Ok(By::Day),
            _ => Err("say user, printer, month or day".to_owned()),
        }
    }
}

/// The sum over some records.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Sum {
    /// Whose: the name of a person or of a printer, a month such as `2026-11`,
    /// or a day such as `2026-11-28`.
    pub of: String,
    /// Jobs that came to an end.
    pub jobs: u64,
    /// Page sides on paper.
    pub pages: u64,
    /// Those of them that were ordered in colour.
    pub color_pages: u64,
    /// Sheets of paper.
    pub sheets: u64,
}

impl Ledger {
    /// The sums over the records that are wanted: the largest first, months
    /// and days in their order. The filter's place and limit count for nothing.
    ///
    /// # Errors
    /// The file cannot be read.
    pub fn sums(&self, filter: &Filter, by: By) -> Result<Vec<Sum>> {
        let (of, order) = match by {
            By::User => ("user", "pages DESC, of"),
            By::Printer => ("printer", "pages DESC, of"),
            By::Month => (
                "strftime('%Y-%m', ended_at / 1000, 'unixepoch', 'localtime')",
                "of",
            ),
            By::Day => (
                "strftime('%Y-%m-%d', ended_at / 1000, 'unixepoch', \
                    'localtime')",
                "of",
            ),
        };
        let question = format!(
            "SELECT {of} AS of, count(*) AS jobs, sum(pages) AS pages,
                sum(iif(color, pages, 0)) AS color_pages,
                sum(sheets) AS sheets
             FROM records
             WHERE ended_at IS NOT NULL
                AND (:from IS NULL OR ended_at >= :from)
                AND (:to IS NULL OR ended_at < :to)
                AND (:user IS NULL OR user = :user)
                AND (:printer IS NULL OR printer = :printer)
             GROUP BY 1 ORDER BY {order}"
        );
        // Later than SQLite can count is later than all.
        let to_sql = |time: u64| i64::try_from(time).unwrap_or(i64::MAX);
        self.read(|sql| {
            sql.prepare_cached(&question)?
                .query_map(
                    named_params! {
                        ":from": filter.from.map(to_sql),
                        ":to": filter.to.map(to_sql),
                        ":user": filter.user,
                        ":printer": filter.printer,
                    },
                    |row| {
                        Ok(Sum {
                            of: row.get("of")?,
                            jobs: row.get("jobs")?,
                            pages: row.get("pages")?,
                            color_pages: row.get("color_pages")?,
                            sheets: row.get("sheets")?,
                        })
                    },
                )?
                .collect()
        })
    }
}
