//! The table `[[target]]`.

use std::collections::BTreeMap;
use std::net::{IpAddr, SocketAddr};
use std::ops::Range;
use std::path::PathBuf;
use std::time::Duration;

use ping::Family;
use serde::Deserialize;
use toml::Spanned;

use super::http::http;
use super::place::places_of;
use super::push::push;
use super::secret::SecretText;
use super::value::{host_of, in_unit, within};
use super::{Named, Result, Source, Table};
use crate::{Place, Probe, RecordType, Target, Thresholds};
use daemon::units::{Amount, Length, OneOrMore, in_words};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct TargetTable {
    name: Spanned<String>,
    kind: Option<Kind>,
    host: Option<Spanned<String>>,
    port: Option<Spanned<u16>>,
    expect: Option<Spanned<String>>,
    pub url: Option<Spanned<String>>,
    pub method: Option<Spanned<String>>,
    pub headers: Option<Spanned<BTreeMap<String, SecretText>>>,
    pub body: Option<Spanned<String>>,
    pub basic: Option<Spanned<BasicTable>>,
    pub bearer: Option<Spanned<SecretText>>,
    pub status: Option<Spanned<OneOrMore<u16>>>,
    pub keyword: Option<Spanned<String>>,
    pub json: Option<Spanned<JsonTable>>,
    pub redirects: Option<Spanned<u32>>,
    pub any_certificate: Option<Spanned<bool>>,
    family: Option<Spanned<Family>>,
    server: Option<Spanned<String>>,
    record: Option<Spanned<String>>,
    answer: Option<Spanned<OneOrMore<String>>>,
    pub token: Option<Spanned<String>>,
    pub token_file: Option<Spanned<PathBuf>>,
    pub within: Option<Spanned<Length>>,
    places: Option<Spanned<OneOrMore<String>>>,
    every: Option<Spanned<Length>>,
    count: Option<Spanned<u32>>,
    timeout: Option<Spanned<Length>>,
    degraded_above_ms: Option<Spanned<Amount>>,
    degraded_above_loss: Option<Spanned<Amount>>,
    down_after: Option<Spanned<u32>>,
    /// These two are read by [`super::group`].
    pub group: Option<Spanned<String>>,
    pub behind: Option<Spanned<String>>,
}

#[derive(Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Kind {
    Ping,
    Tcp,
    Http,
    Dns,
    Push,
}

/// A user's name and password.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct BasicTable {
    pub user: String,
    pub password: SecretText,
}

/// A value in a page of JSON.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct JsonTable {
    pub pointer: String,
    pub value: serde_json::Value,
}

impl Named for TargetTable {
    fn name(&self) -> &Spanned<String> {
        &self.name
    }
}

pub(super) fn target(
    source: &Source<'_>,
    table: Table<TargetTable>,
    known_places: &[Place],
) -> Result<Target> {
    let Table { at, value: table } = table;
    refuse_what_is_of_another_kind(source, &table)?;
    let probe = probe(source, at.clone(), &table)?;
    let more = match probe {
        Probe::Ping { count, .. } => Probe::PING_INTERVAL * (count - 1),
        _ => Duration::ZERO,
    };
    let (every, timeout) = match probe {
        // Nobody asks it.
        Probe::Push { within, .. } => (within, within),
        _ => times(source, at, &table, more)?,
    };
    let thresholds = match probe {
        // A report that is missing is certain at once.
        Probe::Push { .. } => {
            Thresholds { down_after: 1, ..Thresholds::default() }
        }
        _ => thresholds(source, &table)?,
    };
    let places = places_of(source, table.places.as_ref(), known_places)?;
    if table.name.get_ref().contains('@') {
        let what = "a `@` stands between a target and the place from which it \
                    is measured: take another name";
        return Err(source.error(table.name.span(), "target.name", what));
    }
    let name = table.name.into_inner();
    let family = table.family.map(Spanned::into_inner).unwrap_or_default();
    Ok(Target { name, probe, every, timeout, thresholds, family, places })
}

/// Refuses a token of two jobs: nobody would know which of them reports.
pub(super) fn one_token_each(
    source: &Source<'_>,
    targets: &[Target],
) -> Result<()> {
    let mut seen: Vec<(&str, &str)> = Vec::new();
    for target in targets {
        let Probe::Push { token, .. } = &target.probe else { continue };
        let token = token.reveal();
        let same = seen.iter().find(|(_, other)| *other == token);
        if let Some((other, _)) = same {
            let what = format!(
                "`{}` has the same token as `{other}`: give each its own",
                target.name
            );
            return Err(source.error(0..0, "target.token", what));
        }
        seen.push((&target.name, token));
    }
    Ok(())
}

/// Refuses a key that belongs to another kind of target: it would silently do
/// nothing.
fn refuse_what_is_of_another_kind(
    source: &Source<'_>,
    table: &TargetTable,
) -> Result<()> {
    fn at<T>(value: &Option<Spanned<T>>) -> Option<Range<usize>> {
        value.as_ref().map(Spanned::span)
    }
    /// Those that are asked at intervals.
    const ASKED: &[Kind] = &[Kind::Ping, Kind::Tcp, Kind::Http, Kind::Dns];
    let kind = table.kind.unwrap_or(Kind::Ping);
    for (key, place, kinds) in [
        ("port", at(&table.port), &[Kind::Tcp][..]),
        ("expect", at(&table.expect), &[Kind::Tcp]),
        ("url", at(&table.url), &[Kind::Http]),
        ("method", at(&table.method), &[Kind::Http]),
        ("headers", at(&table.headers), &[Kind::Http]),
        ("body", at(&table.body), &[Kind::Http]),
        ("basic", at(&table.basic), &[Kind::Http]),
        ("bearer", at(&table.bearer), &[Kind::Http]),
        ("json", at(&table.json), &[Kind::Http]),
        ("redirects", at(&table.redirects), &[Kind::Http]),
        ("status", at(&table.status), &[Kind::Http]),
        ("keyword", at(&table.keyword), &[Kind::Http]),
        ("any_certificate", at(&table.any_certificate), &[Kind::Http]),
        ("family", at(&table.family), &[Kind::Ping, Kind::Tcp, Kind::Http]),
        ("server", at(&table.server), &[Kind::Dns]),
        ("record", at(&table.record), &[Kind::Dns]),
        ("answer", at(&table.answer), &[Kind::Dns]),
        ("count", at(&table.count), &[Kind::Ping]),
        ("token", at(&table.token), &[Kind::Push]),
        ("token_file", at(&table.token_file), &[Kind::Push]),
        ("within", at(&table.within), &[Kind::Push]),
        ("every", at(&table.every), ASKED),
        ("timeout", at(&table.timeout), ASKED),
        ("places", at(&table.places), ASKED),
        ("down_after", at(&table.down_after), ASKED),
        ("degraded_above_ms", at(&table.degraded_above_ms), ASKED),
        ("degraded_above_loss", at(&table.degraded_above_loss), ASKED),
        ("host", at(&table.host), &[Kind::Ping, Kind::Tcp, Kind::Dns]),
    ] {
        if let Some(place) = place
            && !kinds.contains(&kind)
        {
            let (kind, of) = (kind.name(), kinds[0].name());
            let what = format!(
                "a target of kind \"{kind}\" has no `{key}`: take it out, \
                 or write kind = \"{of}\""
            );
            return Err(source.error(place, format!("target.{key}"), what));
        }
    }
    Ok(())
}

fn probe(
    source: &Source<'_>,
    at: Range<usize>,
    table: &TargetTable,
) -> Result<Probe> {
    let kind = table.kind.unwrap_or(Kind::Ping);
    let missing = |key: &str| {
        let what =
            format!("a target of kind \"{}\" needs it: add it", kind.name());
        source.error(at.clone(), format!("target.{key}"), what)
    };
    let host = || -> Result<String> {
        let host = table.host.as_ref().ok_or_else(|| missing("host"))?;
        host_of(source, "target.host", host)
    };
    Ok(match kind {
        Kind::Ping => {
            let count = table.count.as_ref();
            let count = within(source, "target.count", count, 1..=100)?;
            Probe::Ping { host: host()?, count: count.unwrap_or(1) }
        }
        Kind::Tcp => {
            let port = table.port.as_ref();
            let port = within(source, "target.port", port, 1..=u16::MAX)?;
            let port = port.ok_or_else(|| missing("port"))?;
            let expect = table.expect.as_ref();
            let expect = expect.map(|text| text.get_ref().clone());
            Probe::Tcp { host: host()?, port, expect }
        }
        Kind::Http => {
            if table.url.is_none() {
                return Err(missing("url"));
            }
            Probe::Http(Box::new(http(source, table)?))
        }
        Kind::Push => push(source, at.clone(), table)?,
        Kind::Dns => {
            let server = table.server.as_ref();
            let record = table.record.as_ref();
            Probe::Dns {
                host: host()?,
                server: server
                    .map(|server| dns_server(source, server))
                    .transpose()?,
                record: record
                    .map(|record| record_type(source, record))
                    .transpose()?
                    .unwrap_or(RecordType::A),
                answers: table
                    .answer
                    .as_ref()
                    .map_or_else(Vec::new, |list| list.get_ref().0.clone()),
            }
        }
    })
}

/// The interval and the timeout of an answer; `more` is the time from the first
/// request of a pass to its last.
fn times(
    source: &Source<'_>,
    at: Range<usize>,
    table: &TargetTable,
    more: Duration,
) -> Result<(Duration, Duration)> {
    let (usual_every, usual_timeout) = match table.kind {
        None | Some(Kind::Ping) => {
            (Duration::from_secs(1), Duration::from_secs(1))
        }
        _ => (Duration::from_secs(30), Duration::from_secs(5)),
    };
    let every = table.every.as_ref();
    let timeout = table.timeout.as_ref();
    let every_at = every.map_or(at.clone(), Spanned::span);
    let timeout_at = timeout.map_or(at, Spanned::span);
    let every = every.map_or(usual_every, |every| every.get_ref().0);
    if every < Duration::from_millis(100) {
        let what = "it is asked too often: \"100ms\" is the least";
        return Err(source.error(every_at, "target.every", what));
    }
    let longest = every.saturating_sub(more);
    let timeout = timeout
        .map_or(usual_timeout.min(longest), |timeout| timeout.get_ref().0);
    if let Some(count) = &table.count
        && timeout <= every
        && (timeout > longest || longest.is_zero())
    {
        let what = format!(
            "the last of them is sent {} after the first and may take {}, but \
             it is asked every {}: write a longer interval, a shorter \
             timeout, or fewer",
            in_words(more),
            in_words(timeout),
            in_words(every)
        );
        return Err(source.error(count.span(), "target.count", what));
    }
    if timeout > every || timeout.is_zero() {
        let what = format!(
            "an answer may take {}, but it is asked every {}: write a \
             timeout above 0 that is no longer than the interval",
            in_words(timeout),
            in_words(every)
        );
        return Err(source.error(timeout_at, "target.timeout", what));
    }
    Ok((every, timeout))
}

fn thresholds(source: &Source<'_>, table: &TargetTable) -> Result<Thresholds> {
    let usual = Thresholds::default();
    let amount = |key: &str, written: &Option<Spanned<Amount>>, unit| {
        in_unit(source, &format!("target.{key}"), written.as_ref(), unit)
    };
    let above_ms = amount("degraded_above_ms", &table.degraded_above_ms, "ms")?;
    let above_loss =
        amount("degraded_above_loss", &table.degraded_above_loss, "share")?;
    let down_after = table.down_after.as_ref();
    let down_after =
        within(source, "target.down_after", down_after, 1..=10_000)?;
    Ok(Thresholds {
        degraded_above_ms: above_ms.or(usual.degraded_above_ms),
        degraded_above_loss: above_loss.unwrap_or(usual.degraded_above_loss),
        down_after: down_after.unwrap_or(usual.down_after),
    })
}

impl Kind {
    fn name(self) -> &'static str {
        match self {
            Kind::Ping => "ping",
            Kind::Tcp => "tcp",
            Kind::Http => "http",
            Kind::Dns => "dns",
            Kind::Push => "push",
        }
    }
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
