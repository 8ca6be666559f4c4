//! The open connections of a server: how many there may be, how many of one
//! client, and which is closed when there is no room for another.
//!
//! To open a connection and say nothing costs a client almost nothing. So each
//! client has a share, and whoever comes when it is used up takes the place of
//! the connection that has kept the server waiting for longest. Where all are
//! at work, the newcomer gets one of a few places in reserve, on which nothing
//! but the server's health is answered.
//!
//! The server says of each [`Connection`] since when it waits, and closes it
//! when it is told to:
//!
//! ```
//! use connections::{Connection, ConnectionLimits, Connections, Place};
//! use std::sync::Arc;
//! use std::time::{Duration, Instant};
//!
//! struct Silent(Instant);
//!
//! impl Connection for Silent {
//!     fn waits_since(&self) -> Option<Instant> {
//!         Some(self.0)
//!     }
//!
//!     fn close(&self) {
//!         println!("closed");
//!     }
//! }
//!
//! let connections = Connections::new(ConnectionLimits {
//!     total: 2,
//!     share: 1,
//!     reserve: 1,
//!     patience: Duration::from_secs(1),
//! });
//! let peer = "192.0.2.9".parse()?;
//! let now = Instant::now();
//! let silent = Arc::new(Silent(now));
//! let first = connections.admit(peer, silent.clone(), now);
//! // One a moment later finds no room, and one after a second does.
//! let second = connections.admit(peer, silent.clone(), now);
//! let later = now + Duration::from_secs(1);
//! let third = connections.admit(peer, silent, later); // closes the first
//! assert_eq!(second.place, Place::Reserve);
//! assert_eq!(third.place, Place::Service);
//! # Ok::<(), std::net::AddrParseError>(())
//! ```

use std::collections::{BTreeMap, HashMap};
use std::fmt;
use std::net::{IpAddr, Ipv6Addr};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// How many connections there may be.
#[derive(Debug, Clone, Copy)]
pub struct ConnectionLimits {
    /// All together, without the reserve.
    pub total: usize,
    /// Those of one client.
    pub share: usize,
    /// The places in reserve.
    pub reserve: usize,
    /// How long a connection may keep the server waiting before it can lose
    /// its place.
    pub patience: Duration,
}

/// A connection as the others see it.
pub trait Connection: Send + Sync {
    /// Since when nothing has come from the client, or has been read by it.
    /// `None` while the server works for it.
    fn waits_since(&self) -> Option<Instant>;

    /// Ends it, soon and without an answer.
    fn close(&self);
}

/// What a connection is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// Every request.
    Service,
    /// The server's health, and a word that there is no room.
    Reserve,
}

/// All open connections of a server.
pub struct Connections {
    limits: ConnectionLimits,
    open: Mutex<OpenConnections>,
}

#[derive(Default)]
struct OpenConnections {
    taken: u64,
    by_number: BTreeMap<u64, Open>,
}

struct Open {
    client: IpAddr,
    place: Place,
    connection: Arc<dyn Connection>,
}

/// A connection that has a place. The place is free when this is dropped.
#[derive(Debug)]
#[must_use = "the place is free when this is dropped"]
pub struct Admitted {
    /// What it is for.
    pub place: Place,
    number: u64,
    connections: Arc<Connections>,
}

impl fmt::Debug for Connections {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = f.debug_struct("Connections");
        shown.field("open", &self.count()).finish_non_exhaustive()
    }
}

impl Connections {
    /// No connection is open yet.
    #[must_use]
    pub fn new(limits: ConnectionLimits) -> Arc<Connections> {
        Arc::new(Connections { limits, open: Mutex::default() })
    }

    /// Closes all of them, because the server stops.
    pub fn close_all(&self) {
        for open in self.open().by_number.values() {
            open.connection.close();
        }
    }

    /// How many are open.
    #[must_use]
    pub fn count(&self) -> usize {
        self.open().by_number.len()
    }

    // ANCHOR: admit
    /// Gives a new connection a place, and closes another one for it if there
    /// is no other way.
    pub fn admit(
        self: &Arc<Connections>,
        peer: IpAddr,
        connection: Arc<dyn Connection>,
        now: Instant,
    ) -> Admitted {
        let client = client_of(peer);
        let mut open = self.open();
        let place = match open.make_room(client, &self.limits, now) {
            true => Place::Service,
            false => Place::Reserve,
        };
        if place == Place::Reserve {
            open.make_room_in_reserve(self.limits.reserve);
        }
        open.taken += 1;
        let number = open.taken;
        open.by_number.insert(number, Open { client, place, connection });
        Admitted { place, number, connections: self.clone() }
    }
    // ANCHOR_END: admit

    fn open(&self) -> MutexGuard<'_, OpenConnections> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl OpenConnections {
    // ANCHOR: room
    /// Whether there is room for one more of this client, if need be because
    /// another connection lost its place.
    fn make_room(
        &mut self,
        client: IpAddr,
        limits: &ConnectionLimits,
        now: Instant,
    ) -> bool {
        let counts = self.count_by_client();
        let own = counts.get(&client).copied().unwrap_or_default();
        let all: usize = counts.values().sum();
        // The client that has to give way: this one, or the one with most.
        let from = if own >= limits.share {
            client
        } else if all < limits.total {
            return true;
        } else {
            let most = counts.iter().max_by_key(|(_, count)| **count);
            most.map_or(client, |(client, _)| *client)
        };
        let waiting = self.in_place(Place::Service).filter_map(
            |(number, open)| match open.client == from {
                true => Some((open.connection.waits_since()?, number)),
                false => None,
            },
        );
        match waiting.min() {
            Some((since, number)) if since + limits.patience <= now => {
                self.close(number);
                true
            }
            _ => false,
        }
    }
    // ANCHOR_END: room

    /// Keeps room for one more in the reserve. Its connections are short, so
    /// one that waits for its client can go at once.
    fn make_room_in_reserve(&mut self, most: usize) {
        if self.in_place(Place::Reserve).count() < most {
            return;
        }
        let oldest = self.in_place(Place::Reserve).min_by_key(|(n, open)| {
            let since = open.connection.waits_since();
            // Without a wait, the one that came first, behind all that wait.
            (since.is_none(), since, *n)
        });
        if let Some(number) = oldest.map(|(number, _)| number) {
            self.close(number);
        }
    }

    fn in_place(&self, place: Place) -> impl Iterator<Item = (u64, &Open)> {
        let all = self.by_number.iter().map(|(number, open)| (*number, open));
        all.filter(move |(_, open)| open.place == place)
    }

    fn count_by_client(&self) -> HashMap<IpAddr, usize> {
        let mut counts = HashMap::new();
        for (_, open) in self.in_place(Place::Service) {
            *counts.entry(open.client).or_default() += 1;
        }
        counts
    }

    fn close(&mut self, number: u64) {
        if let Some(open) = self.by_number.remove(&number) {
            open.connection.close();
        }
    }
}

impl Drop for Admitted {
    fn drop(&mut self) {
        self.connections.open().by_number.remove(&self.number);
    }
}

/// The address by which a client is counted. Of IPv6 it is the first half: the
/// network, in which one machine may choose any address (RFC 4291, section
/// 2.5.1).
#[must_use]
pub fn client_of(peer: IpAddr) -> IpAddr {
    match peer.to_canonical() {
        IpAddr::V6(address) => {
            let network = address.to_bits() & !u128::from(u64::MAX);
            Ipv6Addr::from_bits(network).into()
        }
        address @ IpAddr::V4(_) => address,
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicBool, Ordering};

    use super::*;

    const LIMITS: ConnectionLimits = ConnectionLimits {
        total: 4,
        share: 3,
        reserve: 2,
        patience: Duration::from_secs(1),
    };

    struct Fake {
        waits_since: Option<Instant>,
        closed: AtomicBool,
    }

    impl Connection for Fake {
        fn waits_since(&self) -> Option<Instant> {
            self.waits_since
        }

        fn close(&self) {
            self.closed.store(true, Ordering::Relaxed);
        }
    }

    /// A server's connections, and the clock.
    struct Scene {
        connections: Arc<Connections>,
        start: Instant,
    }

    impl Scene {
        fn new() -> Scene {
            let connections = Connections::new(LIMITS);
            Scene { connections, start: Instant::now() }
        }

        /// A client connects after 9 s; it has been waiting since `waits`.
        fn connect(
            &self,
            client: &str,
            waits: Option<u64>,
        ) -> (Admitted, Arc<Fake>) {
            let seconds = Duration::from_secs;
            let fake = Arc::new(Fake {
                waits_since: waits.map(|at| self.start + seconds(at)),
                closed: AtomicBool::new(false),
            });
            let peer = client.parse().expect("an address");
            let now = self.start + seconds(9);
            (self.connections.admit(peer, fake.clone(), now), fake)
        }
    }

    fn closed(connections: &[&(Admitted, Arc<Fake>)]) -> Vec<bool> {
        let closed = |fake: &Fake| fake.closed.load(Ordering::Relaxed);
        connections.iter().map(|(_, fake)| closed(fake)).collect()
    }

    #[test]
    fn a_client_that_has_used_up_its_share_loses_its_longest_wait() {
        let scene = Scene::new();
        let first = scene.connect("192.0.2.1", None);
        let second = scene.connect("192.0.2.1", Some(3));
        let third = scene.connect("192.0.2.1", Some(2));
        assert_eq!(closed(&[&first, &second, &third]), [false; 3]);
        let fourth = scene.connect("192.0.2.1", Some(9));
        assert_eq!(fourth.0.place, Place::Service);
        assert_eq!(closed(&[&first, &second, &third]), [false, false, true]);
        // The place of one that has ended is free.
        drop(second);
        let fifth = scene.connect("192.0.2.1", None);
        assert_eq!(fifth.0.place, Place::Service);
        assert_eq!(closed(&[&first, &fourth]), [false, false]);
    }

    #[test]
    fn another_client_takes_a_place_of_the_one_that_has_most() {
        let scene = Scene::new();
        let theirs: Vec<_> =
            (0..3).map(|_| scene.connect("192.0.2.1", Some(5))).collect();
        let mine = scene.connect("192.0.2.2", Some(0));
        let newcomer = scene.connect("192.0.2.3", None);
        assert_eq!(newcomer.0.place, Place::Service);
        assert_eq!(closed(&[&theirs[0], &mine]), [true, false]);
        assert_eq!(scene.connections.count(), 4);
    }

    #[test]
    fn what_is_at_work_keeps_its_place_and_the_reserve_stays_open() {
        let scene = Scene::new();
        // A wait of an instant is no reason to lose a place.
        let busy: Vec<_> = [None, Some(9), None]
            .map(|waits| scene.connect("192.0.2.1", waits))
            .into();
        let first = scene.connect("192.0.2.1", None);
        let second = scene.connect("192.0.2.1", Some(9));
        let third = scene.connect("192.0.2.1", Some(9));
        for (admitted, _) in [&first, &second, &third] {
            assert_eq!(admitted.place, Place::Reserve);
        }
        assert_eq!(closed(&[&first, &second, &third]), [false, true, false]);
        let fourth = scene.connect("192.0.2.1", None);
        let fifth = scene.connect("192.0.2.1", None);
        assert_eq!(closed(&[&first, &third]), [true, true]);
        assert_eq!(closed(&[&fourth, &fifth]), [false, false]);
        assert_eq!(closed(&[&busy[0], &busy[1], &busy[2]]), [false; 3]);
        // Another client still has its share.
        let other = scene.connect("192.0.2.2", None);
        assert_eq!(other.0.place, Place::Service);
    }

    #[test]
    fn a_network_of_ipv6_is_one_client() {
        let of = |text: &str| client_of(text.parse().expect("an address"));
        assert_eq!(of("2001:db8::1"), of("2001:db8::ffff:0:0:2"));
        assert_ne!(of("2001:db8::1"), of("2001:db8:0:1::1"));
        assert_eq!(of("::ffff:192.0.2.1"), of("192.0.2.1"));
        assert_ne!(of("192.0.2.1"), of("192.0.2.2"));
    }
}
