//! One host in a pass: its address, how it is probed, its probes.

use std::collections::HashMap;
use std::net::{IpAddr, SocketAddr};
use std::sync::{Arc, LazyLock, Mutex, MutexGuard};
use std::time::Duration;

use tokio::task::JoinSet;
use tokio::time::{self, MissedTickBehavior};

use crate::sockets::Sockets;
use crate::{
    Error, ErrorKind, Method, ProbeKind, Report, Settings, Target, connect,
    race, resolve,
};

/// The timers count in milliseconds.
const SHORTEST_INTERVAL: Duration = Duration::from_millis(1);

/// A target, and what is needed to probe it.
pub(crate) struct Host {
    pub target: Target,
    pub settings: Settings,
    pub sockets: Arc<Sockets>,
}

impl Host {
    // ANCHOR: report
    /// Resolves the host's name, sends its probes, and reports.
    pub async fn report(self) -> Report {
        let Host { target, settings, sockets } = self;
        let host = target.host.as_str();
        let port = target.port.unwrap_or(settings.port);
        let tcp = Method::Tcp(port);

        // Its addresses ...
        let found =
            resolve::addresses(host, target.family, settings.resolve).await;
        let addresses = match found {
            Ok(addresses) => addresses,
            Err(error) => {
                let method = match settings.probe {
                    ProbeKind::Tcp => tcp,
                    ProbeKind::Auto | ProbeKind::Icmp => Method::Icmp,
                };
                return Report::unasked(host, None, method, error);
            }
        };

        // ... the kind of probe ...
        let timeout = target.timeout.unwrap_or(settings.timeout);
        let probe = |mut address: SocketAddr| {
            let method = match settings.probe {
                ProbeKind::Tcp => tcp,
                kind => match sockets.for_address(&address) {
                    Ok(_) => Method::Icmp,
                    Err(_) if kind == ProbeKind::Auto => tcp,
                    Err(error) => return Err(error.clone()),
                },
            };
            if method == tcp {
                address.set_port(port);
            }
            let sockets = Arc::clone(&sockets);
            Ok(Probe { sockets, address, method, timeout })
        };
        let probe = match probe(addresses[0]) {
            // One of several that leads nowhere must not hide the others.
            Ok(first) if addresses.len() > 1 => {
                let all = race::in_turn(&addresses);
                let all = all.into_iter().filter_map(|one| probe(one).ok());
                answering(host, first, all.collect()).await
            }
            Ok(probe) => probe,
            Err(error) => {
                let ip = Some(addresses[0].ip());
                return Report::unasked(host, ip, Method::Icmp, error);
            }
        };

        // ... and its probes.
        let count = target.count.unwrap_or(settings.count);
        let (ip, method) = (probe.address.ip(), probe.method);
        let (round_trips, error) = probe.repeat(count, settings.interval).await;
        let error = error.unwrap_or_else(|| probe.no_answer());
        if round_trips.iter().all(Option::is_none) {
            known().remove(host);
        }
        Report::of(host, ip, method, round_trips, error)
    }
    // ANCHOR_END: report
}

/// Of the hosts with several addresses, the one that answered.
fn known() -> MutexGuard<'static, HashMap<String, IpAddr>> {
    static KNOWN: LazyLock<Mutex<HashMap<String, IpAddr>>> =
        LazyLock::new(Mutex::default);
    KNOWN.lock().unwrap_or_else(|broken| broken.into_inner())
}

/// The probe, out of several, whose address answers first: each is asked once,
/// with a head start before the next. What was found out is used until that
/// address does not answer. `first` where none does.
async fn answering(host: &str, first: Probe, all: Vec<Probe>) -> Probe {
    let before = known().get(host).copied();
    let mut same = all.iter().filter(|one| Some(one.address.ip()) == before);
    if let Some(probe) = same.next() {
        return probe.clone();
    }
    let mut asked = JoinSet::new();
    for (place, probe) in (0..).zip(all) {
        asked.spawn(async move {
            time::sleep(race::HEAD_START * place).await;
            let answered = matches!(probe.send(0).await, Ok(Some(_)));
            answered.then_some(probe)
        });
    }
    while let Some(ended) = asked.join_next().await {
        if let Some(probe) = ended.expect("a probe does not panic") {
            known().insert(host.to_owned(), probe.address.ip());
            return probe;
        }
    }
    first
}

/// A probe that can be sent again and again.
#[derive(Clone)]
struct Probe {
    sockets: Arc<Sockets>,
    address: SocketAddr,
    method: Method,
    timeout: Duration,
}

impl Probe {
    // ANCHOR: repeat
    /// Sends `count` probes, one each interval, whether or not the one before
    /// is answered: the round trips in the order of sending, and the last
    /// error, if there was one.
    async fn repeat(
        &self,
        count: u32,
        interval: Duration,
    ) -> (Vec<Option<f64>>, Option<Error>) {
        let mut probes = JoinSet::new();
        let mut ticks = time::interval(interval.max(SHORTEST_INTERVAL));
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        for number in 0..count {
            ticks.tick().await;
            let probe = self.clone();
            probes.spawn(async move { (number, probe.send(number).await) });
        }

        // A set gives its answers as they come in.
        let mut answers = probes.join_all().await;
        answers.sort_by_key(|(number, _)| *number);
        let mut round_trips = Vec::new();
        let mut last_error = None;
        for (_, answer) in answers {
            match answer {
                Ok(round_trip) => round_trips.push(round_trip),
                Err(error) => {
                    round_trips.push(None);
                    last_error = Some(error);
                }
            }
        }
        (round_trips, last_error)
    }
    // ANCHOR_END: repeat

    /// The round trip in milliseconds, or none when no answer came in time.
    async fn send(&self, number: u32) -> Result<Option<f64>, Error> {
        match self.method {
            Method::Tcp(_) => connect::probe(self.address, self.timeout).await,
            Method::Icmp => match self.sockets.for_address(&self.address) {
                Ok(socket) => {
                    let sequence = (number + 1) as u16;
                    socket.echo(self.address, sequence, self.timeout).await
                }
                Err(error) => Err(error.clone()),
            },
        }
    }

    fn no_answer(&self) -> Error {
        let from = match self.method {
            Method::Icmp => self.address.ip().to_string(),
            Method::Tcp(_) => self.address.to_string(),
        };
        let timeout = self.timeout;
        Error::new(
            ErrorKind::NoAnswer,
            format!("no answer from {from} within {timeout:?}"),
        )
    }
}
