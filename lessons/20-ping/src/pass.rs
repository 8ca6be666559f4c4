//! A pass over many hosts.

use std::net::SocketAddr;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use tokio::task::JoinSet;
use tokio::time::{self, Instant, MissedTickBehavior};

use crate::icmp::Icmp;
use crate::{
    Fault, Method, Report, Settings, Target, Trouble, Way, connect, resolve,
};

/// The timers count in milliseconds.
const SHORTEST: Duration = Duration::from_millis(1);

// ANCHOR: pass
/// Asks all targets at the same time and reports in their order.
///
/// It takes as long as its slowest host: at most the time for a name, the
/// intervals between a host's probes, and one time-out. Dropped, it stops.
///
/// # Panics
/// Outside a tokio runtime with I/O and time.
pub async fn pass(targets: &[Target], settings: &Settings) -> Vec<Report> {
    let mut pass = Pass::begin(targets, settings);
    let mut reports = Vec::new();
    while let Some(report) = pass.next().await {
        reports.push(report);
    }
    reports.sort_by_key(|(at, _)| *at);
    reports.into_iter().map(|(_, report)| report).collect()
}

/// A pass that tells of each host as soon as it is done. Dropped, it stops.
pub struct Pass {
    hosts: JoinSet<(usize, Report)>,
}

impl Pass {
    /// Begins to ask all targets at the same time.
    ///
    /// # Panics
    /// Outside a tokio runtime with I/O and time.
    pub fn begin(targets: &[Target], settings: &Settings) -> Pass {
        let sockets = Arc::new(Sockets::default());
        let mut turn = Instant::now();
        let mut hosts = JoinSet::new();
        for (at, target) in targets.iter().enumerate() {
            let host = Host {
                target: target.clone(),
                settings: settings.clone(),
                sockets: Arc::clone(&sockets),
            };
            hosts.spawn(async move {
                time::sleep_until(turn).await;
                (at, host.ask().await)
            });
            turn += settings.gap;
        }
        Pass { hosts }
    }

    /// The next report with its target's place, in the order in which they
    /// come in; nothing when all are there. Dropping the future loses none.
    pub async fn next(&mut self) -> Option<(usize, Report)> {
        match self.hosts.join_next().await? {
            Ok(report) => Some(report),
            Err(error) => std::panic::resume_unwind(error.into_panic()),
        }
    }
}
// ANCHOR_END: pass

/// The sockets of a pass: one a family, opened when the first host needs it.
#[derive(Default)]
struct Sockets {
    v4: OnceLock<Result<Icmp, Trouble>>,
    v6: OnceLock<Result<Icmp, Trouble>>,
}

impl Sockets {
    fn to(&self, address: &SocketAddr) -> &Result<Icmp, Trouble> {
        let v6 = address.is_ipv6();
        let socket = if v6 { &self.v6 } else { &self.v4 };
        socket.get_or_init(|| {
            Icmp::open(v6).map_err(|error| {
                let mut trouble =
                    Trouble::of("cannot send echo requests", &error);
                if cfg!(target_os = "linux")
                    && trouble.fault == Fault::NotPermitted
                {
                    trouble.words +=
                        "; root can permit it to everybody: sysctl -w \
                         net.ipv4.ping_group_range='0 2147483647'";
                }
                trouble
            })
        })
    }
}

/// One host in a pass.
struct Host {
    target: Target,
    settings: Settings,
    sockets: Arc<Sockets>,
}

impl Host {
    async fn ask(self) -> Report {
        let Host { target, settings, sockets } = self;
        let host = target.host.as_str();
        let port = target.port.unwrap_or(settings.port);
        let tcp = Method::Tcp(port);

        let most = settings.resolve;
        let found = resolve::addresses(host, target.family, most).await;
        let mut address = match found {
            Ok(addresses) => addresses[0],
            Err(trouble) => {
                let method =
                    if settings.way == Way::Tcp { tcp } else { Method::Icmp };
                return Report::unasked(host, None, method, trouble);
            }
        };
        let ip = address.ip();
        let method = match settings.way {
            Way::Tcp => tcp,
            way => match sockets.to(&address) {
                Ok(_) => Method::Icmp,
                Err(trouble) if way == Way::Icmp => {
                    let trouble = trouble.clone();
                    let method = Method::Icmp;
                    return Report::unasked(host, Some(ip), method, trouble);
                }
                Err(_) => tcp,
            },
        };
        if method == tcp {
            address.set_port(port);
        }

        let count = target.count.unwrap_or(settings.count);
        let timeout = target.timeout.unwrap_or(settings.timeout);
        let probe = Probe { sockets, address, method, timeout };
        let (round_trips, trouble) =
            probe.repeat(count, settings.interval).await;
        let trouble = trouble.unwrap_or_else(|| {
            let at = match method {
                Method::Icmp => ip.to_string(),
                Method::Tcp(_) => address.to_string(),
            };
            let words = format!("no answer from {at} within {timeout:?}");
            Trouble::new(Fault::NoAnswer, words)
        });
        Report::of(host, ip, method, round_trips, Some(trouble))
    }
}

/// A question that can be asked again and again.
#[derive(Clone)]
struct Probe {
    sockets: Arc<Sockets>,
    address: SocketAddr,
    method: Method,
    timeout: Duration,
}

impl Probe {
    // ANCHOR: repeat
    /// Sends so many probes, one each interval whether or not the last one is
    /// answered: the round trips in their order, and what went wrong last.
    async fn repeat(
        self,
        count: u32,
        interval: Duration,
    ) -> (Vec<Option<f64>>, Option<Trouble>) {
        let mut probes = JoinSet::new();
        let mut turns = time::interval(interval.max(SHORTEST));
        turns.set_missed_tick_behavior(MissedTickBehavior::Delay);
        for at in 0..count {
            turns.tick().await;
            let probe = self.clone();
            probes.spawn(async move { (at, probe.ask(at).await) });
        }
        let mut answers = probes.join_all().await;
        answers.sort_by_key(|(at, _)| *at);

        let mut trouble = None;
        let round_trips = answers.into_iter().map(|(_, answer)| {
            answer.unwrap_or_else(|error| {
                trouble = Some(error);
                None
            })
        });
        (round_trips.collect(), trouble)
    }
    // ANCHOR_END: repeat

    async fn ask(&self, at: u32) -> Result<Option<f64>, Trouble> {
        match self.method {
            Method::Tcp(_) => connect::ask(self.address, self.timeout).await,
            Method::Icmp => match self.sockets.to(&self.address) {
                Ok(socket) => {
                    let sequence = (at + 1) as u16;
                    socket.ask(self.address, sequence, self.timeout).await
                }
                Err(trouble) => Err(trouble.clone()),
            },
        }
    }
}
