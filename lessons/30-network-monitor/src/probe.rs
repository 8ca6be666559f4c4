//! One pass over what is watched: everything is asked at once, and what has
//! answered is told at once.

use crate::config::{Probe, RecordType, Target};
use crate::now;
use crate::recorder::Seen;
use history::Sample;
use ping::check::{Check, CheckReport, Dns, Http, Tcp};
use ping::{Pass, Report, Settings};
use tokio::sync::OwnedSemaphorePermit;
use tokio::sync::mpsc::Sender;
use tokio::task::JoinSet;

/// A target that is asked, and its place among those under way, which it
/// gives back when it is done.
pub(crate) type Asked = (Target, OwnedSemaphorePermit);

/// Asks all of them. Each is told of as soon as it is done: nobody waits for
/// the slowest.
pub(crate) async fn ask(targets: Vec<Asked>, seen: &Sender<Seen>) {
    let mut questions = JoinSet::new();
    let (pings, checks): (Vec<_>, Vec<_>) = targets
        .into_iter()
        .partition(|(target, _)| matches!(target.probe, Probe::Ping { .. }));
    if !pings.is_empty() {
        questions.spawn(ping_all(pings, seen.clone()));
    }
    for (target, place) in checks {
        if let Some(check) = check(&target.probe) {
            let seen = seen.clone();
            questions.spawn(async move {
                check_one(target, check, seen).await;
                drop(place);
            });
        }
    }
    while let Some(asked) = questions.join_next().await {
        if let Err(error) = asked
            && error.is_panic()
        {
            std::panic::resume_unwind(error.into_panic());
        }
    }
}

async fn ping_all(targets: Vec<Asked>, seen: Sender<Seen>) {
    let hosts: Vec<ping::Target> =
        targets.iter().filter_map(|(target, _)| host(target)).collect();
    let mut targets: Vec<_> = targets.into_iter().map(Some).collect();
    let settings =
        Settings { interval: Probe::PING_INTERVAL, ..Settings::default() };
    let at = now();
    let mut pass = Pass::begin(&hosts, &settings);
    while let Some((place, report)) = pass.next().await {
        // Each is reported once.
        if let Some((target, place)) = targets[place].take() {
            tell(&target, at, &report, &seen).await;
            drop(place);
        }
    }
}

fn host(target: &Target) -> Option<ping::Target> {
    let Probe::Ping { host, count } = &target.probe else { return None };
    Some(ping::Target {
        count: Some(*count),
        timeout: Some(target.timeout),
        ..ping::Target::new(host)
    })
}

/// Each round trip is a sample of its own.
async fn tell(target: &Target, at: i64, report: &Report, seen: &Sender<Seen>) {
    let apart = i64::try_from(Probe::PING_INTERVAL.as_millis())
        .expect("a fifth of a second");
    let nothing = [None];
    let round_trips = match report.round_trips_ms.as_slice() {
        // It could not even be asked: that is a failure like any other.
        [] => &nothing[..],
        some => some,
    };
    for (number, value) in (0..).zip(round_trips) {
        let lost = || report.error.clone().unwrap_or("no answer".to_owned());
        let sample = Sample {
            at: at + number * apart,
            metric: target.metric().to_owned(),
            target: target.name.clone(),
            value: *value,
            error: value.is_none().then(lost),
        };
        let method = Some(report.method.to_string());
        // If the recorder has gone, so will we in a moment.
        let _ = seen.send(Seen { sample, method }).await;
    }
}

async fn check_one(target: Target, check: Check, seen: Sender<Seen>) {
    let at = now();
    let report = check.run(target.timeout).await;
    let CheckReport { milliseconds, error, .. } = report;
    let sample = Sample {
        at,
        metric: target.metric().to_owned(),
        target: target.name,
        value: milliseconds,
        error,
    };
    let _ = seen.send(Seen { sample, method: None }).await;
}

fn check(probe: &Probe) -> Option<Check> {
    Some(match probe {
        Probe::Ping { .. } => return None,
        Probe::Tcp { host, port } => Check::Tcp(Tcp::new(host, *port)),
        Probe::Http { url, status, keyword } => Check::Http(Http {
            status: status.clone(),
            keyword: keyword.clone(),
            ..Http::new(url)
        }),
        Probe::Dns { host, server, record, answer } => Check::Dns(Dns {
            server: *server,
            answer: answer.clone(),
            ..Dns::new(host, record_type(*record))
        }),
    })
}

fn record_type(record: RecordType) -> ping::check::RecordType {
    use ping::check::RecordType as Type;
    match record {
        RecordType::A => Type::A,
        RecordType::Aaaa => Type::AAAA,
        RecordType::Cname => Type::CNAME,
        RecordType::Mx => Type::MX,
        RecordType::Ns => Type::NS,
        RecordType::Txt => Type::TXT,
    }
}
