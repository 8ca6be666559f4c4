//! One pass over the targets of an interval: all of them are asked at once, and
//! each result goes to the recorder as soon as it is there.

use crate::now;
use crate::recorder::Measurement;
use dashboard::api::Phases;
use history::Sample;
use monitor_config::{Probe, RecordType, Target};
use ping::check::{Check, CheckReport, Dns, Http, Tcp};
use ping::{ErrorKind, Pass, Report, Settings};
use tokio::sync::OwnedSemaphorePermit;
use tokio::sync::mpsc::Sender;
use tokio::task::JoinSet;

/// A target that is due, and its place among the passes under way, which it
/// gives back when its result is there.
pub(crate) type Due = (Target, OwnedSemaphorePermit);

/// Probes all of them. The result of each is sent as soon as it is there: none
/// waits for the slowest.
pub(crate) async fn probe(
    targets: Vec<Due>,
    measurements: &Sender<Measurement>,
) {
    let mut probes = JoinSet::new();
    let (pings, checks): (Vec<_>, Vec<_>) = targets
        .into_iter()
        .partition(|(target, _)| matches!(target.probe, Probe::Ping { .. }));
    if !pings.is_empty() {
        probes.spawn(ping_all(pings, measurements.clone()));
    }
    for (target, place) in checks {
        if let Some(check) = check(&target) {
            let measurements = measurements.clone();
            probes.spawn(async move {
                check_one(target, check, measurements).await;
                drop(place);
            });
        }
    }
    while let Some(ended) = probes.join_next().await {
        if let Err(error) = ended
            && error.is_panic()
        {
            std::panic::resume_unwind(error.into_panic());
        }
    }
}

async fn ping_all(targets: Vec<Due>, measurements: Sender<Measurement>) {
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
            send(&target, at, &report, &measurements).await;
            drop(place);
        }
    }
}

fn host(target: &Target) -> Option<ping::Target> {
    let Probe::Ping { host, count } = &target.probe else { return None };
    Some(ping::Target {
        count: Some(*count),
        family: target.family,
        timeout: Some(target.timeout),
        ..ping::Target::new(host)
    })
}

/// Sends each round trip as a sample of its own.
async fn send(
    target: &Target,
    at: i64,
    report: &Report,
    measurements: &Sender<Measurement>,
) {
    let apart = i64::try_from(Probe::PING_INTERVAL.as_millis())
        .expect("it is a fifth of a second");
    let failed = [None];
    let round_trips = match report.round_trips_ms.as_slice() {
        // The target could not even be asked: a failure like any other.
        [] => &failed[..],
        measured => measured,
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
        let measurement = Measurement {
            method: Some(report.method.to_string()),
            ours: is_ours(report.fault),
            ..Measurement::of(sample)
        };
        // Without a recorder the monitor is about to end.
        let _ = measurements.send(measurement).await;
    }
}

async fn check_one(
    target: Target,
    check: Check,
    measurements: Sender<Measurement>,
) {
    let at = now();
    let report = check.run(target.timeout).await;
    let CheckReport { milliseconds, error, fault, .. } = report;
    let sample = Sample {
        at,
        metric: target.metric().to_owned(),
        target: target.name,
        value: milliseconds,
        error,
    };
    let measurement = Measurement {
        ours: is_ours(fault),
        certificate_days: report.certificate_days,
        http_status: report.http_status,
        phases: report.phases.map(phases),
        ..Measurement::of(sample)
    };
    let _ = measurements.send(measurement).await;
}

fn phases(of: ping::check::Phases) -> Phases {
    Phases {
        name_ms: Some(of.name_ms),
        connect_ms: Some(of.connect_ms),
        tls_ms: Some(of.tls_ms).filter(|ms| *ms > 0.0),
        first_byte_ms: Some(of.first_byte_ms),
        rest_ms: Some(of.rest_ms),
    }
}

/// Whether it is this machine that has failed, and not the target: too many
/// open files, a full buffer, a packet filter of its own.
fn is_ours(fault: Option<ErrorKind>) -> bool {
    matches!(fault, Some(ErrorKind::Local | ErrorKind::NotPermitted))
}

fn check(target: &Target) -> Option<Check> {
    let family = target.family;
    Some(match &target.probe {
        Probe::Ping { .. } | Probe::Push { .. } => return None,
        Probe::Tcp { host, port, expect } => Check::Tcp(Tcp {
            family,
            expect: expect.clone(),
            ..Tcp::new(host, *port)
        }),
        Probe::Http(http) => Check::Http(Http { family, ..(**http).clone() }),
        Probe::Dns { host, server, record, answers } => Check::Dns(Dns {
            server: *server,
            answers: answers.clone(),
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
        RecordType::Ptr => Type::PTR,
        RecordType::Srv => Type::SRV,
        RecordType::Txt => Type::TXT,
    }
}
