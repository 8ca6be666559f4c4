//! The table `[retention]`.

use std::ops::Range;
use std::time::Duration;

use serde::Deserialize;

use super::{Result, Source};
use daemon::units::Length;
use history::Retention;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RetentionTable {
    raw: Option<Length>,
    minute: Option<Length>,
    hour: Option<Length>,
}

pub(super) fn retention_of(
    source: &Source<'_>,
    at: Range<usize>,
    table: RetentionTable,
) -> Result<Retention> {
    let usual = Retention::default();
    let length = |written: Option<Length>, usual| {
        written.map_or(usual, |length: Length| length.0)
    };
    // A coarser step is never kept for less time than a finer one.
    let raw = length(table.raw, usual.raw);
    let minute = length(table.minute, usual.minute.max(raw));
    let hour = length(table.hour, usual.hour.max(minute));
    let hours_two = Duration::from_secs(2 * 60 * 60);
    let what = if raw < hours_two {
        "samples are kept for \"2h\" at least: hours are made of them"
    } else if minute < raw || hour < minute {
        "samples must not be kept longer than minutes, nor minutes longer \
         than hours: lengthen `minute` or `hour`"
    } else {
        return Ok(Retention { raw, minute, hour });
    };
    Err(source.error(at, "retention", what))
}
