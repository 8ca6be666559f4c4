//! A cron pattern, with the time zone that it is meant in.

use std::fmt;

use croner::parser::{CronParser, Seconds, Year};
use jiff::tz::TimeZone;
use jiff::{Timestamp, Zoned};

/// A pattern such as `0 */4 * * *` (minute, hour, day of the month, month,
/// day of the week; POSIX crontab), read in a time zone.
///
/// In spring, when a time zone skips an hour, a run that falls into the hour
/// runs right after it. In autumn, when an hour comes twice, a fixed time runs
/// once.
#[derive(Clone)]
pub struct Cron {
    pattern: Box<croner::Cron>,
    text: String,
    zone: TimeZone,
}

/// Why a pattern is refused, in words.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct BadCron(String);

impl Cron {
    /// Reads a pattern. The time zone is a name of the IANA database, such
    /// as `Europe/Stockholm`; this machine's own when none is given.
    ///
    /// # Errors
    /// When it is not a pattern of five fields, when no time ever matches it
    /// (the 30th of February), or when the time zone is not known.
    pub fn parse(text: &str, zone: Option<&str>) -> Result<Cron, BadCron> {
        let shown = text.escape_debug();
        let parser = CronParser::builder()
            .seconds(Seconds::Disallowed)
            .year(Year::Disallowed)
            .build();
        let pattern = parser.parse(text).map_err(|error| {
            BadCron(format!(
                "`{shown}` is not a cron pattern ({error}): write five fields, \
                 minute, hour, day, month and weekday, such as \
                 \"0 */4 * * *\" for every fourth hour"
            ))
        })?;
        let zone = zone_of(zone)?;
        let text = text.to_owned();
        let cron = Cron { pattern: Box::new(pattern), text, zone };
        match cron.next(Timestamp::now()) {
            Some(_) => Ok(cron),
            None => Err(BadCron(format!(
                "`{shown}` never happens: change its day or its month"
            ))),
        }
    }

    /// The first time after a moment.
    pub fn next(&self, after: Timestamp) -> Option<Timestamp> {
        let after = after.to_zoned(self.zone.clone());
        let next: Zoned =
            self.pattern.find_next_occurrence(&after, false).ok()?;
        Some(next.timestamp())
    }
}

/// The time zone of a name; this machine's own when none is given.
pub(crate) fn zone_of(name: Option<&str>) -> Result<TimeZone, BadCron> {
    let Some(name) = name else { return Ok(TimeZone::system()) };
    TimeZone::get(name).map_err(|_| {
        BadCron(format!(
            "`{}` is not a time zone that this machine knows: write a name \
             such as \"Europe/Stockholm\" or \"UTC\", or install tzdata",
            name.escape_debug()
        ))
    })
}

impl PartialEq for Cron {
    fn eq(&self, other: &Cron) -> bool {
        self.text == other.text && self.zone == other.zone
    }
}

impl fmt::Debug for Cron {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Cron({self})")
    }
}

impl fmt::Display for Cron {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)?;
        match self.zone.iana_name() {
            Some(zone) => write!(f, " {zone}"),
            None => Ok(()),
        }
    }
}
