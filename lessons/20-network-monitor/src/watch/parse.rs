//! From TOML to a [`Watch`]: first by shape, then by sense.

use std::collections::{BTreeMap, BTreeSet};
use std::net::{IpAddr, SocketAddr};
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde::Deserialize;
use serde::de::DeserializeOwned;
use toml::Spanned;
use toml::de::{DeTable, DeValue, ValueDeserializer};

use super::error::{Source, unknown};
use super::speed::FAMILIES;
use super::units::{Amount, Length, OneOrMore, Size};
use super::{
    Channel, Condition, ConfigError, Email, Metric, Notifier, Origin, Probe,
    RecordType, Retention, Rule, SECTIONS, Secret, SpeedTest, Target,
    Thresholds, Tls, Watch, in_words,
};
use crate::alert::breaks_a_line;
use crate::schedule::{Cron, Schedule};

type Result<T> = std::result::Result<T, ConfigError>;

/// The word that stands for all targets or all speed tests.
const ALL: &str = "all";

impl Watch {
    /// Reads a configuration. `file` is what errors name; a relative
    /// `password_file` is looked for beside it. Keys at the top that are no
    /// tables are the program's flags and not looked at.
    ///
    /// # Errors
    /// The first mistake, with its file, line and key, and what to do.
    pub fn parse(text: &str, file: &Path) -> Result<Watch> {
        let source = Source { file, text };
        let document =
            DeTable::parse(text).map_err(|error| source.toml("", &error))?;
        let (mut targets, mut speed, mut alerts) = (vec![], vec![], vec![]);
        let mut notifiers = vec![];
        let mut retention = Retention::default();
        for (key, value) in document.into_inner() {
            let name = key.get_ref().as_ref();
            match name {
                "target" => targets = tables(&source, name, value)?,
                "speed" => speed = tables(&source, name, value)?,
                "alert" => alerts = tables(&source, name, value)?,
                "notify" => notifiers = tables(&source, name, value)?,
                "retention" => {
                    let at = value.span();
                    let written = read(&source, name, value)?;
                    retention = retention_of(&source, at, written)?;
                }
                _ if is_table(value.get_ref()) => {
                    let what = unknown(name, SECTIONS);
                    return Err(source.error(key.span(), name, what));
                }
                _ => {}
            }
        }
        unique(&source, "target", &targets)?;
        unique(&source, "speed", &speed)?;
        unique(&source, "alert", &alerts)?;
        unique(&source, "notify", &notifiers)?;

        let targets = each(targets, |table| target(&source, table))?;
        let speed = each(speed, |table| speed_test(&source, table))?;
        let notifiers = each(notifiers, |table| notifier(&source, table))?;
        let mut watch =
            Watch { targets, speed, alerts: Vec::new(), notifiers, retention };
        watch.alerts = each(alerts, |table| rule(&source, table, &watch))?;
        Ok(watch)
    }
}

// By shape: what is written, still with its places.

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct TargetTable {
    name: Spanned<String>,
    kind: Option<Kind>,
    host: Option<Spanned<String>>,
    port: Option<Spanned<u16>>,
    url: Option<Spanned<String>>,
    status: Option<Spanned<OneOrMore<u16>>>,
    keyword: Option<Spanned<String>>,
    server: Option<Spanned<String>>,
    record: Option<Spanned<String>>,
    answer: Option<Spanned<String>>,
    every: Option<Spanned<Length>>,
    count: Option<Spanned<u32>>,
    timeout: Option<Spanned<Length>>,
    degraded_above_ms: Option<Spanned<Amount>>,
    degraded_above_loss: Option<Spanned<Amount>>,
    down_after: Option<Spanned<u32>>,
}

#[derive(Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Kind {
    Ping,
    Tcp,
    Http,
    Dns,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SpeedTable {
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

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct AlertTable {
    name: Spanned<String>,
    target: Option<Spanned<OneOrMore<String>>>,
    speed: Option<Spanned<OneOrMore<String>>>,
    metric: Option<Spanned<String>>,
    above: Option<Spanned<Amount>>,
    below: Option<Spanned<Amount>>,
    learnt: Option<Spanned<bool>>,
    after: Option<Spanned<u32>>,
    recover_after: Option<Spanned<u32>>,
    #[serde(default)]
    notify: Vec<Spanned<String>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct NotifyTable {
    name: Spanned<String>,
    webhook: Option<Spanned<String>>,
    headers: Option<Spanned<BTreeMap<String, Spanned<String>>>>,
    command: Option<Spanned<Vec<String>>>,
    email: Option<Spanned<EmailTable>>,
    timeout: Option<Spanned<Length>>,
    attempts: Option<Spanned<u32>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct EmailTable {
    server: Spanned<String>,
    port: Option<Spanned<u16>>,
    tls: Option<Tls>,
    from: Spanned<String>,
    to: Spanned<OneOrMore<String>>,
    user: Option<Spanned<String>>,
    password_file: Option<Spanned<PathBuf>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RetentionTable {
    raw: Option<Length>,
    minute: Option<Length>,
    hour: Option<Length>,
}

/// A table with its place.
struct Table<T> {
    at: Range<usize>,
    is: T,
}

/// What has a name that nothing else of its kind may have.
trait Named {
    fn name(&self) -> &Spanned<String>;
}

macro_rules! named {
    ($($table:ty),+) => { $(impl Named for $table {
        fn name(&self) -> &Spanned<String> {
            &self.name
        }
    })+ };
}

named!(TargetTable, SpeedTable, AlertTable, NotifyTable);

fn is_table(value: &DeValue<'_>) -> bool {
    value.is_table()
        || value
            .as_array()
            .is_some_and(|list| list.iter().any(|one| one.get_ref().is_table()))
}

/// The tables of a section such as `[[target]]`.
fn tables<T: DeserializeOwned>(
    source: &Source<'_>,
    section: &str,
    value: Spanned<DeValue<'_>>,
) -> Result<Vec<Table<T>>> {
    let at = value.span();
    let DeValue::Array(list) = value.into_inner() else {
        return Err(source.error(
            at,
            section,
            format!("write it as [[{section}]], with two brackets"),
        ));
    };
    list.into_iter()
        .map(|value| {
            let at = value.span();
            Ok(Table { at, is: read(source, section, value)? })
        })
        .collect()
}

fn read<T: DeserializeOwned>(
    source: &Source<'_>,
    section: &str,
    value: Spanned<DeValue<'_>>,
) -> Result<T> {
    T::deserialize(ValueDeserializer::from(value))
        .map_err(|error| source.toml(section, &error))
}

fn each<T, U>(
    list: Vec<T>,
    read: impl FnMut(T) -> Result<U>,
) -> Result<Vec<U>> {
    list.into_iter().map(read).collect()
}

fn unique<T: Named>(
    source: &Source<'_>,
    section: &str,
    tables: &[Table<T>],
) -> Result<()> {
    let mut seen = BTreeMap::new();
    for table in tables {
        let name = table.is.name();
        let key = format!("{section}.name");
        check_name(source, &key, name)?;
        if let Some(first) = seen.insert(name.get_ref(), name) {
            let first = source.error(first.span(), "", "").line;
            let what = format!(
                "`{}` is the name of another one in line {first}: give each \
                 its own",
                name.get_ref()
            );
            return Err(source.error(name.span(), key, what));
        }
    }
    Ok(())
}

fn check_name(
    source: &Source<'_>,
    key: &str,
    name: &Spanned<String>,
) -> Result<()> {
    let text = name.get_ref();
    let what = if text.trim().is_empty() {
        "it is empty: give it a name"
    } else if text == ALL {
        "`all` means every one of them: take another name"
    } else if text.chars().count() > 64 {
        "it is longer than 64 characters: shorten it"
    } else if text.chars().any(breaks_a_line) {
        "it has control characters in it: take them out"
    } else {
        return Ok(());
    };
    Err(source.error(name.span(), key, what))
}

// By sense: what goes together.

fn target(source: &Source<'_>, table: Table<TargetTable>) -> Result<Target> {
    let Table { at, is: table } = table;
    let kind = table.kind.unwrap_or(Kind::Ping);
    let wrong = |at, key: &str, what: String| {
        Err(source.error(at, format!("target.{key}"), what))
    };
    // What belongs to another kind would be silently ignored.
    for (key, place, kinds) in [
        ("port", table.port.as_ref().map(Spanned::span), &[Kind::Tcp][..]),
        ("url", table.url.as_ref().map(Spanned::span), &[Kind::Http]),
        ("status", table.status.as_ref().map(Spanned::span), &[Kind::Http]),
        ("keyword", table.keyword.as_ref().map(Spanned::span), &[Kind::Http]),
        ("server", table.server.as_ref().map(Spanned::span), &[Kind::Dns]),
        ("record", table.record.as_ref().map(Spanned::span), &[Kind::Dns]),
        ("answer", table.answer.as_ref().map(Spanned::span), &[Kind::Dns]),
        ("count", table.count.as_ref().map(Spanned::span), &[Kind::Ping]),
        (
            "host",
            table.host.as_ref().map(Spanned::span),
            &[Kind::Ping, Kind::Tcp, Kind::Dns],
        ),
    ] {
        if let Some(place) = place
            && !kinds.contains(&kind)
        {
            let (kind, of) = (kind.name(), kinds[0].name());
            let what = format!(
                "a target of kind \"{kind}\" has no `{key}`: take it out, \
                 or write kind = \"{of}\""
            );
            return wrong(place, key, what);
        }
    }
    let missing = |key: &str| {
        let what =
            format!("a target of kind \"{}\" needs it: add it", kind.name());
        source.error(at.clone(), format!("target.{key}"), what)
    };
    let host = || -> Result<String> {
        let host = table.host.as_ref().ok_or_else(|| missing("host"))?;
        host_of(source, "target.host", host)
    };
    let probe = match kind {
        Kind::Ping => {
            let count = table.count.as_ref();
            let count =
                within(source, "target.count", count, 1..=100)?.unwrap_or(1);
            Probe::Ping { host: host()?, count }
        }
        Kind::Tcp => {
            let port = table.port.as_ref();
            let port = within(source, "target.port", port, 1..=u16::MAX)?;
            let port = port.ok_or_else(|| missing("port"))?;
            Probe::Tcp { host: host()?, port }
        }
        Kind::Http => {
            let url = table.url.ok_or_else(|| missing("url"))?;
            let status = table.status.map(Spanned::into_inner);
            Probe::Http {
                url: http_url(source, "target.url", &url)?,
                status: status.map_or_else(Vec::new, |list| list.0),
                keyword: table.keyword.map(Spanned::into_inner),
            }
        }
        Kind::Dns => Probe::Dns {
            host: host()?,
            server: table
                .server
                .map(|server| dns_server(source, &server))
                .transpose()?,
            record: match table.record {
                None => RecordType::A,
                Some(record) => record_type(source, &record)?,
            },
            answer: table.answer.map(Spanned::into_inner),
        },
    };
    let (usual_every, usual_timeout) = match kind {
        Kind::Ping => (Duration::from_secs(1), Duration::from_secs(1)),
        _ => (Duration::from_secs(30), Duration::from_secs(5)),
    };
    let every = match &table.every {
        None => usual_every,
        Some(every) => every.get_ref().0,
    };
    if every < Duration::from_millis(100) {
        let at = table.every.map_or(at, |every| every.span());
        let what = "it is asked too often: \"100ms\" is the least";
        return wrong(at, "every", what.to_owned());
    }
    let timeout = match &table.timeout {
        None => usual_timeout.min(every),
        Some(timeout) => timeout.get_ref().0,
    };
    if timeout > every || timeout.is_zero() {
        let at = table.timeout.map_or(at, |timeout| timeout.span());
        let what = format!(
            "an answer may take {}, but it is asked every {}: write a \
             timeout above 0 that is no longer than the interval",
            in_words(timeout),
            in_words(every)
        );
        return wrong(at, "timeout", what);
    }
    let thresholds = Thresholds {
        degraded_above_ms: in_unit(
            source,
            "target.degraded_above_ms",
            table.degraded_above_ms.as_ref(),
            "ms",
        )?,
        degraded_above_loss: in_unit(
            source,
            "target.degraded_above_loss",
            table.degraded_above_loss.as_ref(),
            "share",
        )?
        .unwrap_or(Thresholds::default().degraded_above_loss),
        down_after: within(
            source,
            "target.down_after",
            table.down_after.as_ref(),
            1..=10_000,
        )?
        .unwrap_or(Thresholds::default().down_after),
    };
    let name = table.name.into_inner();
    Ok(Target { name, probe, every, timeout, thresholds })
}

impl Kind {
    fn name(self) -> &'static str {
        match self {
            Kind::Ping => "ping",
            Kind::Tcp => "tcp",
            Kind::Http => "http",
            Kind::Dns => "dns",
        }
    }
}

fn speed_test(
    source: &Source<'_>,
    table: Table<SpeedTable>,
) -> Result<SpeedTest> {
    let Table { at, is: table } = table;
    let server = http_url(source, "speed.server", &table.server)?;
    if let Some(family) = &table.family
        && !FAMILIES.contains(&family.get_ref().as_str())
    {
        let what = format!(
            "`{}` is no family of servers: write one of {}, or leave it out \
             to have it found out",
            family.get_ref().escape_debug(),
            FAMILIES.join(", ")
        );
        return Err(source.error(family.span(), "speed.family", what));
    }
    let most_time = match &table.most_time {
        None => Duration::from_secs(20),
        Some(time) => time.get_ref().0,
    };
    if !(Duration::from_secs(1)..=Duration::from_secs(600)).contains(&most_time)
    {
        let at = table.most_time.map_or(at, |time| time.span());
        let what = "a test takes between \"1s\" and \"10m\"";
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
        family: table.family.map(Spanned::into_inner),
        most_time,
        most_bytes,
        most_flows,
        bufferbloat: table.bufferbloat,
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
            // The pattern has minutes: a test or a jitter that is longer
            // may still be under way when the next one is due; it is then
            // skipped, which is what the timer does.
            Ok(Schedule::Cron { cron, jitter })
        }
    }
}

fn rule(
    source: &Source<'_>,
    table: Table<AlertTable>,
    watch: &Watch,
) -> Result<Rule> {
    let Table { at, is: table } = table;
    let metric = table
        .metric
        .as_ref()
        .map(|metric| {
            Metric::find(metric.get_ref()).ok_or_else(|| {
                let names: Vec<&str> =
                    super::METRICS.iter().map(|metric| metric.name).collect();
                let what = format!(
                    "`{}` is not measured: write one of {}",
                    metric.get_ref().escape_debug(),
                    names.join(", ")
                );
                source.error(metric.span(), "alert.metric", what)
            })
        })
        .transpose()?;
    let series = match (&table.target, &table.speed) {
        (None, None) => {
            return Err(source.error(
                at,
                "alert.target",
                "it watches nothing: add target = \"NAME\", speed = \
                 \"NAME\", or \"all\" for one of them",
            ));
        }
        (Some(_), Some(speed)) => {
            return Err(source.error(
                speed.span(),
                "alert.speed",
                "there is `target`, too: write an [[alert]] for each",
            ));
        }
        (Some(wanted), None) => {
            let known: Vec<(&str, &'static str)> = watch
                .targets
                .iter()
                .map(|target| (target.name.as_str(), target.metric()))
                .collect();
            series(source, "target", wanted, metric, &known)?
        }
        (None, Some(wanted)) => {
            let known: Vec<(&str, &'static str)> = watch
                .speed
                .iter()
                .map(|test| (test.name.as_str(), "download"))
                .collect();
            series(source, "speed", wanted, metric, &known)?
        }
    };
    if let Some(metric) = metric {
        let place = table.metric.as_ref().map_or(at.clone(), Spanned::span);
        let origin = match table.target {
            Some(_) => Origin::Target,
            None => Origin::Speed,
        };
        if metric.origin != Origin::Both && metric.origin != origin {
            let (of, wanted) = match metric.origin {
                Origin::Target => ("targets", "target"),
                _ => ("speed tests", "speed"),
            };
            let what = format!(
                "{of} have this metric: write `{wanted} = …`, or name \
                 another metric"
            );
            return Err(source.error(place, "alert.metric", what));
        }
    }
    for name in &table.notify {
        let known =
            watch.notifiers.iter().any(|one| one.name == *name.get_ref());
        if !known {
            let what = format!(
                "there is no [[notify]] named `{}`: add it, or correct the \
                 name",
                name.get_ref().escape_debug()
            );
            return Err(source.error(name.span(), "alert.notify", what));
        }
    }
    let times = |key: &str, written: Option<&Spanned<u32>>| {
        within(source, &format!("alert.{key}"), written, 1..=100_000)
    };
    let after = times("after", table.after.as_ref())?.unwrap_or(3);
    let recover = times("recover_after", table.recover_after.as_ref())?;
    Ok(Rule {
        condition: condition(source, at, &table, metric, &series)?,
        name: table.name.into_inner(),
        series,
        after,
        recover_after: recover.unwrap_or(after),
        notify: table.notify.into_iter().map(Spanned::into_inner).collect(),
    })
}

/// The names that a rule lists, each with the metric that it watches.
fn series(
    source: &Source<'_>,
    section: &str,
    wanted: &Spanned<OneOrMore<String>>,
    metric: Option<&'static Metric>,
    known: &[(&str, &'static str)],
) -> Result<Vec<(String, &'static str)>> {
    let key = format!("alert.{section}");
    let of = |(name, own): &(&str, &'static str)| {
        ((*name).to_owned(), metric.map_or(*own, |metric| metric.name))
    };
    // Checks are no pings: a rule on the metric of one kind watches those.
    let fits = |(_, own): &&(&str, &'static str)| match metric {
        Some(metric) if section == "target" => {
            metric.name == *own
                || (metric.name == "loss" && matches!(*own, "ping" | "check"))
        }
        _ => true,
    };
    let mut series = Vec::new();
    for name in &wanted.get_ref().0 {
        if name == ALL {
            series.extend(known.iter().filter(fits).map(of));
            continue;
        }
        let Some(found) = known.iter().find(|(known, _)| known == name) else {
            let what = format!(
                "there is no [[{section}]] named `{}`: add it, or correct \
                 the name",
                name.escape_debug()
            );
            return Err(source.error(wanted.span(), key, what));
        };
        if !fits(&found) {
            let what = format!(
                "`{}` has the metric `{}`: name that one, or none",
                found.0, found.1
            );
            return Err(source.error(wanted.span(), key, what));
        }
        series.push(of(found));
    }
    // `["router", "all"]` names the router twice.
    let mut seen = BTreeSet::new();
    series.retain(|(name, _)| seen.insert(name.clone()));
    if series.is_empty() {
        let what =
            format!("it watches nothing: there is no [[{section}]] that fits");
        return Err(source.error(wanted.span(), key, what));
    }
    Ok(series)
}

fn condition(
    source: &Source<'_>,
    at: Range<usize>,
    table: &AlertTable,
    metric: Option<&'static Metric>,
    series: &[(String, &'static str)],
) -> Result<Condition> {
    let unit = match metric {
        Some(metric) => metric.unit,
        None => Metric::find(series[0].1).map_or("ms", |metric| metric.unit),
    };
    // Without a name, a speed's threshold would be taken for some metric's.
    if metric.is_none()
        && table.speed.is_some()
        && (table.above.is_some() || table.below.is_some())
    {
        return Err(source.error(
            at,
            "alert.metric",
            "it is not said what is above or below: add metric = \
             \"download\" or another one",
        ));
    }
    let learnt = table.learnt.as_ref().filter(|learnt| *learnt.get_ref());
    let value = |key: &str, amount| {
        in_unit(source, &format!("alert.{key}"), amount, unit)
    };
    let above = value("above", table.above.as_ref())?.map(Condition::Above);
    let below = value("below", table.below.as_ref())?.map(Condition::Below);
    let learnt_too = learnt.map(|_| Condition::Learnt);
    let mut conditions = [above, below, learnt_too].into_iter().flatten();
    let first = conditions.next();
    if conditions.next().is_some() {
        return Err(source.error(
            at,
            "alert.above",
            "of `above`, `below` and `learnt` a rule has one: write an \
             [[alert]] for each",
        ));
    }
    Ok(first.unwrap_or(Condition::Fails))
}

fn notifier(
    source: &Source<'_>,
    table: Table<NotifyTable>,
) -> Result<Notifier> {
    let Table { at, is: table } = table;
    let wrong = |at, key: &str, what: &str| {
        Err(source.error(at, format!("notify.{key}"), what))
    };
    if let Some(headers) = &table.headers
        && table.webhook.is_none()
    {
        let what = "only a webhook has headers: take them out";
        return wrong(headers.span(), "headers", what);
    }
    let channel = match (table.webhook, table.command, table.email) {
        (Some(url), None, None) => {
            let url = http_url(source, "notify.webhook", &url)?;
            let mut headers = Vec::new();
            for (name, value) in
                table.headers.map(Spanned::into_inner).unwrap_or_default()
            {
                check_header(source, &name, &value)?;
                headers.push((name, Secret::new(value.into_inner())));
            }
            Channel::Webhook { url: Secret::new(url), headers }
        }
        (None, Some(command), None) => {
            let program = command.get_ref().first();
            if program.is_none_or(|program| program.trim().is_empty()) {
                let what = "it names no program: write [\"program\", \
                            \"argument\"]";
                return wrong(command.span(), "command", what);
            }
            if command.get_ref().iter().any(|word| word.contains('\0')) {
                let what = "no program takes a zero byte: take it out";
                return wrong(command.span(), "command", what);
            }
            Channel::Command(command.into_inner())
        }
        (None, None, Some(email)) => Channel::Email(email_of(source, email)?),
        (None, None, None) => {
            let what = "it is not said how: add webhook = \"https://…\", \
                        command = [\"program\"] or [notify.email]";
            return wrong(at, "webhook", what);
        }
        _ => {
            let what = "one [[notify]] tells in one way: keep one of \
                        `webhook`, `command` and `email`";
            return wrong(at, "webhook", what);
        }
    };
    let timeout = match &table.timeout {
        None => Duration::from_secs(10),
        Some(timeout) => timeout.get_ref().0,
    };
    if !(Duration::from_millis(100)..=Duration::from_secs(300))
        .contains(&timeout)
    {
        let at = table.timeout.map_or(at, |timeout| timeout.span());
        let what = "an attempt takes between \"100ms\" and \"5m\"";
        return wrong(at, "timeout", what);
    }
    let attempts = table.attempts.as_ref();
    let attempts =
        within(source, "notify.attempts", attempts, 1..=10)?.unwrap_or(3);
    let name = table.name.into_inner();
    Ok(Notifier { name, channel, timeout, attempts })
}

fn email_of(source: &Source<'_>, table: Spanned<EmailTable>) -> Result<Email> {
    let at = table.span();
    let table = table.into_inner();
    let server = host_of(source, "notify.email.server", &table.server)?;
    let tls = table.tls.unwrap_or(Tls::StartTls);
    let port = table.port.as_ref();
    let port = within(source, "notify.email.port", port, 1..=u16::MAX)?;
    let address = |key: &str, at: Range<usize>, text: &str| {
        let sound = text
            .parse::<lettre::message::Mailbox>()
            .is_ok_and(|_| !text.chars().any(breaks_a_line));
        if sound {
            return Ok(text.to_owned());
        }
        let what = format!(
            "`{}` is no e-mail address: write one such as \
             \"monitor@example.org\"",
            text.escape_debug()
        );
        Err(source.error(at, format!("notify.email.{key}"), what))
    };
    let from = address("from", table.from.span(), table.from.get_ref())?;
    let to_at = table.to.span();
    let to =
        each(table.to.into_inner().0, |to| address("to", to_at.clone(), &to))?;
    if to.is_empty() {
        let what = "nobody gets it: write an e-mail address";
        return Err(source.error(to_at, "notify.email.to", what));
    }
    let sign_in = match (table.user, table.password_file) {
        (None, None) => None,
        (Some(user), Some(file)) => {
            let path = beside(source.file, file.get_ref());
            if let Err(error) = std::fs::metadata(&path) {
                let what = format!(
                    "cannot find {}: {error}: write the password into it, \
                     readable by the monitor only",
                    path.display()
                );
                let key = "notify.email.password_file";
                return Err(source.error(file.span(), key, what));
            }
            let local = server == "localhost"
                || server.parse().is_ok_and(|ip: IpAddr| ip.is_loopback());
            if tls == Tls::None && !local {
                let what = "the password would travel in the open: write \
                            tls = \"starttls\" or tls = \"tls\"";
                let key = "notify.email.tls";
                return Err(source.error(user.span(), key, what));
            }
            Some((user.into_inner(), path))
        }
        (Some(user), None) => {
            let what = "add `password_file`, or take `user` out";
            let key = "notify.email.password_file";
            return Err(source.error(user.span(), key, what));
        }
        (None, Some(_)) => {
            let what = "add `user`, or take `password_file` out";
            return Err(source.error(at, "notify.email.user", what));
        }
    };
    let port = port.unwrap_or(match tls {
        Tls::StartTls => 587,
        Tls::Tls => 465,
        Tls::None => 25,
    });
    Ok(Email { server, port, tls, from, to, sign_in })
}

fn retention_of(
    source: &Source<'_>,
    at: Range<usize>,
    table: RetentionTable,
) -> Result<Retention> {
    let usual = Retention::default();
    let length = |written: Option<Length>, usual| {
        written.map_or(usual, |length: Length| length.0)
    };
    // One that is lengthened lengthens those behind it.
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

// Single values.

fn within<T: PartialOrd + Copy + std::fmt::Display>(
    source: &Source<'_>,
    key: &str,
    written: Option<&Spanned<T>>,
    range: std::ops::RangeInclusive<T>,
) -> Result<Option<T>> {
    let Some(written) = written else { return Ok(None) };
    let value = *written.get_ref();
    if range.contains(&value) {
        return Ok(Some(value));
    }
    let (least, most) = (range.start(), range.end());
    let what = format!("{value} is out of range: write {least} to {most}");
    Err(source.error(written.span(), key, what))
}

fn in_unit(
    source: &Source<'_>,
    key: &str,
    written: Option<&Spanned<Amount>>,
    unit: &str,
) -> Result<Option<f64>> {
    let Some(written) = written else { return Ok(None) };
    let value = written.get_ref().in_unit(unit);
    value.map(Some).map_err(|what| source.error(written.span(), key, what))
}

fn host_of(
    source: &Source<'_>,
    key: &str,
    host: &Spanned<String>,
) -> Result<String> {
    let text = host.get_ref();
    // An IPv6 address may stand in brackets, as in a URL.
    let bare = text
        .strip_prefix('[')
        .and_then(|text| text.strip_suffix(']'))
        .filter(|text| text.parse::<std::net::Ipv6Addr>().is_ok())
        .unwrap_or(text);
    let plain =
        |letter: char| letter.is_alphanumeric() || ".-_:%".contains(letter);
    let port = bare.matches(':').count() == 1;
    let sound = !bare.is_empty()
        && bare.len() <= 253
        && !bare.starts_with('-')
        && !port
        && bare.chars().all(plain);
    if sound {
        return Ok(bare.to_owned());
    }
    let what = format!(
        "`{}` is no host: write a name or an address alone, such as \
         \"router.example.org\" or \"192.0.2.1\"",
        text.escape_debug()
    );
    Err(source.error(host.span(), key, what))
}

fn http_url(
    source: &Source<'_>,
    key: &str,
    url: &Spanned<String>,
) -> Result<String> {
    let text = url.get_ref();
    let sound = reqwest::Url::parse(text).is_ok_and(|url| {
        matches!(url.scheme(), "http" | "https") && url.has_host()
    });
    if sound {
        return Ok(text.clone());
    }
    // It may hold a token: it is not repeated.
    let what = "this is no address of a web server: write one such as \
                \"https://example.org/path\"";
    Err(source.error(url.span(), key, what))
}

fn check_header(
    source: &Source<'_>,
    name: &str,
    value: &Spanned<String>,
) -> Result<()> {
    use reqwest::header::{HeaderName, HeaderValue};
    let sound = HeaderName::try_from(name).is_ok()
        && HeaderValue::from_str(value.get_ref()).is_ok();
    if sound {
        return Ok(());
    }
    let what = format!(
        "`{}` and its value are no HTTP header: take out spaces in the name \
         and control characters",
        name.escape_debug()
    );
    Err(source.error(value.span(), "notify.headers", what))
}

fn dns_server(
    source: &Source<'_>,
    server: &Spanned<String>,
) -> Result<SocketAddr> {
    let text = server.get_ref();
    let alone = text.parse::<IpAddr>().map(|ip| SocketAddr::new(ip, 53));
    alone.or_else(|_| text.parse()).map_err(|_| {
        let what = format!(
            "`{}` is no address of a DNS server: write one such as \
             \"192.0.2.53\" or \"192.0.2.53:5353\"",
            text.escape_debug()
        );
        source.error(server.span(), "target.server", what)
    })
}

fn record_type(
    source: &Source<'_>,
    record: &Spanned<String>,
) -> Result<RecordType> {
    let written = record.get_ref();
    RecordType::ALL
        .into_iter()
        .find(|known| known.to_string().eq_ignore_ascii_case(written))
        .ok_or_else(|| {
            let known = RecordType::ALL.map(|known| known.to_string());
            let what = format!(
                "`{}` is not looked up: write one of {}",
                written.escape_debug(),
                known.join(", ")
            );
            source.error(record.span(), "target.record", what)
        })
}

/// A path beside the configuration file, unless it starts at the root.
fn beside(file: &Path, path: &Path) -> PathBuf {
    match file.parent() {
        Some(folder) => folder.join(path),
        None => path.to_owned(),
    }
}
