//! CSV: records and sums as a table.

pub use csv_lines::line;

use crate::{Record, Sum};

/// The first line of a table of records.
#[must_use]
pub fn record_head() -> String {
    line(&[
        "job", "user", "printer", "name", "origin", "pages", "sheets",
        "ordered", "color", "asked_at", "begun_at", "ended_at", "ended",
        "state", "reason",
    ])
}

/// A record as a line.
#[must_use]
pub fn record_line(record: &Record) -> String {
    line(&[
        &record.job,
        &record.user,
        &record.printer,
        record.name.as_deref().unwrap_or_default(),
        record.origin.as_deref().unwrap_or_default(),
        &record.pages.to_string(),
        &record.sheets.to_string(),
        &record.ordered.to_string(),
        &record.color.to_string(),
        &record.asked_at.to_string(),
        &record.begun_at.map(|at| at.to_string()).unwrap_or_default(),
        &record.ended_at.to_string(),
        &record.ended,
        record.state.as_str(),
        record.reason.as_deref().unwrap_or_default(),
    ])
}

/// The first line of a table of sums.
#[must_use]
pub fn sum_head() -> String {
    line(&["of", "jobs", "pages", "color_pages", "sheets"])
}

/// A sum as a line.
#[must_use]
pub fn sum_line(sum: &Sum) -> String {
    line(&[
        &sum.of,
        &sum.jobs.to_string(),
        &sum.pages.to_string(),
        &sum.color_pages.to_string(),
        &sum.sheets.to_string(),
    ])
}
