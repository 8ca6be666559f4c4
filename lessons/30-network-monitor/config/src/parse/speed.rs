//! The table `[[speed]]`.

use std::ops::Range;
use std::time::Duration;

use serde::Deserialize;
use toml::Spanned;

use super::value::{http_url, within};
use super::{Named, Result, Source, Table};
use crate::SpeedTest;
use daemon::units::{Length, Size, in_words};
use schedule::{Cron, Schedule};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct SpeedTable {
    name: Spanned<String>,
    server: Spanned<String>,
    family: Option<Spanned<String>>,
    every: Option<Spanned<Length>>,
    cron: Option<Spanned<String>>,
    zone: Option<Spanned<String>>,
    jitter: Option<Spanned<Length>>,
    most_time: Option<Spanned<Length>>,
    most_bytes: Option<Spanned<Size>>,
    most_flows: Option<Spanned<usize>>,
    #[serde(default)]
    bufferbloat: bool,
}

impl Named for SpeedTable {
    fn name(&self) -> &Spanned<String> {
        &self.name
    }
}

pub(super) fn speed_test(
    source: &Source<'_>,
    table: Table<SpeedTable>,
) -> Result<SpeedTest> {
    let Table { at, value: table } = table;
    let server = http_url(source, "speed.server", &table.server)?;
    if ping::check::shown(&server) != server {
        // It stands on the page and in each result.
        let what = "a speed test signs in nowhere: take the user's name and \
                    the password out";
        return Err(source.error(table.server.span(), "speed.server", what));
    }
    let family = table
        .family
        .as_ref()
        .map(|family| family_of(source, family))
        .transpose()?;
    let most_time = match &table.most_time {
        None if table.bufferbloat => Duration::from_secs(40),
        None => Duration::from_secs(20),
        Some(time) => time.get_ref().0,
    };
    if !(Duration::from_secs(1)..=Duration::from_secs(600)).contains(&most_time)
    {
        let at = table.most_time.map_or(at, |time| time.span());
        let what = "a test takes between \"1s\" and \"10m\"";
        return Err(source.error(at, "speed.most_time", what));
    }
    if table.bufferbloat && most_time < Duration::from_secs(15) {
        let at = table.most_time.map_or(at, |time| time.span());
        let what = "with `bufferbloat` a test needs \"15s\" at least: write \
                    more, or take `bufferbloat` out";
        return Err(source.error(at, "speed.most_time", what));
    }
    let most_bytes = match &table.most_bytes {
        None => 1_000_000_000,
        Some(bytes) if bytes.get_ref().0 < 100_000 => {
            let what = "100 kB are the least that a speed can be told from";
            return Err(source.error(bytes.span(), "speed.most_bytes", what));
        }
        Some(bytes) => bytes.get_ref().0,
    };
    let flows = table.most_flows.as_ref();
    let most_flows =
        within(source, "speed.most_flows", flows, 1..=64)?.unwrap_or(16);
    Ok(SpeedTest {
        schedule: schedule(source, at, &table, most_time)?,
        name: table.name.into_inner(),
        server,
        family,
        most_time,
        most_bytes,
        most_flows,
        bufferbloat: table.bufferbloat,
    })
}

/// The name of a family of servers, as the speed test writes it.
fn family_of(source: &Source<'_>, written: &Spanned<String>) -> Result<String> {
    let family: std::result::Result<speedtest::Family, _> =
        written.get_ref().parse();
    family.map(|family| family.name().to_owned()).map_err(|known| {
        let what = format!(
            "`{}` is no family of servers: {known}, or leave it out to have \
             it found out",
            written.get_ref().escape_debug()
        );
        source.error(written.span(), "speed.family", what)
    })
}

fn schedule(
    source: &Source<'_>,
    at: Range<usize>,
    table: &SpeedTable,
    most_time: Duration,
) -> Result<Schedule> {
    let jitter = table.jitter.as_ref().map(|jitter| jitter.get_ref().0);
    let jitter = jitter.unwrap_or_default();
    let jitter_at = table.jitter.as_ref().map_or(at.clone(), Spanned::span);
    match (&table.every, &table.cron) {
        (Some(_), Some(cron)) => Err(source.error(
            cron.span(),
            "speed.cron",
            "there is `every`, too: keep one of them",
        )),
        (None, None) => Err(source.error(
            at,
            "speed.every",
            "it is not said when it runs: add every = \"4h\" or cron = \
             \"0 */4 * * *\"",
        )),
        (Some(every), None) => {
            if let Some(zone) = &table.zone {
                let what = "an interval knows no time zone: take it out, or \
                            write `cron` instead of `every`";
                return Err(source.error(zone.span(), "speed.zone", what));
            }
            let interval = every.get_ref().0;
            if interval < most_time {
                let what = format!(
                    "every {} is shorter than the {} that a test may take: \
                     write a longer interval or a shorter `most_time`",
                    in_words(interval),
                    in_words(most_time)
                );
                return Err(source.error(every.span(), "speed.every", what));
            }
            if jitter > interval {
                let what = "it is longer than the interval: shorten it";
                return Err(source.error(jitter_at, "speed.jitter", what));
            }
            Ok(Schedule::Every { interval, jitter })
        }
        (None, Some(pattern)) => {
            let parse = |zone| Cron::parse(pattern.get_ref(), zone);
            let cron = parse(None).map_err(|error| {
                let what = error.to_string();
                source.error(pattern.span(), "speed.cron", what)
            })?;
            let cron = match &table.zone {
                None => cron,
                Some(zone) => {
                    parse(Some(zone.get_ref().as_str())).map_err(|error| {
                        let what = error.to_string();
                        source.error(zone.span(), "speed.zone", what)
                    })?
                }
            };
            // A test or a jitter that is longer than a minute may still be
            // under way when the pattern matches again. The timer then skips
            // that run.
            Ok(Schedule::Cron { cron, jitter })
        }
    }
}
