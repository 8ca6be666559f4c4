//! Wrong keys, counted and slowed down for each address.
//!
//! Whoever sends wrong keys waits for the answers. The right key never waits,
//! wherever it comes from: otherwise a stranger could keep the owner out, by
//! sending wrong keys from the same office.

use std::collections::HashMap;
use std::net::{IpAddr, Ipv6Addr};
use std::sync::Mutex;
use std::sync::PoisonError;
use std::time::{Duration, Instant};

/// How many wrong keys of one address are answered at once.
const FREE: u32 = 3;
/// After how long without a wrong key an address begins anew.
const FORGOTTEN: Duration = Duration::from_secs(60);
/// How long each further wrong key waits for its answer.
const WAIT: Duration = Duration::from_secs(1);
/// How many addresses are remembered. A flood from more of them is not slowed
/// down, and gains nothing: a key cannot be guessed.
const ADDRESSES: usize = 4096;

/// The addresses from which wrong keys have come of late.
#[derive(Default)]
pub(crate) struct WrongKeys(Mutex<HashMap<IpAddr, Tries>>);

struct Tries {
    count: u32,
    last: Instant,
}

impl WrongKeys {
    // ANCHOR: wrong
    /// Notes a wrong key, and says how long its sender waits for the answer.
    pub(crate) fn note(&self, from: IpAddr, now: Instant) -> Duration {
        let mut addresses =
            self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let is_recent = |tries: &Tries| now - tries.last < FORGOTTEN;
        if addresses.len() >= ADDRESSES {
            addresses.retain(|_, tries| is_recent(tries));
        }
        let from = sender(from);
        if addresses.len() >= ADDRESSES && !addresses.contains_key(&from) {
            return Duration::ZERO;
        }
        let tries =
            addresses.entry(from).or_insert(Tries { count: 0, last: now });
        if !is_recent(tries) {
            tries.count = 0;
        }
        tries.count = tries.count.saturating_add(1);
        tries.last = now;
        if tries.count > FREE { WAIT } else { Duration::ZERO }
    }
    // ANCHOR_END: wrong
}

/// The address by which a sender is counted. Of IPv6 it is the first half: in
/// its own network, one machine may choose any address.
fn sender(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(address) => {
            let network = address.to_bits() & !u128::from(u64::MAX);
            Ipv6Addr::from_bits(network).into()
        }
        address @ IpAddr::V4(_) => address,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address(number: u32) -> IpAddr {
        std::net::Ipv4Addr::from_bits(number).into()
    }

    #[test]
    fn only_an_address_with_many_wrong_keys_waits() {
        let wrong = WrongKeys::default();
        let now = Instant::now();
        let waits: Vec<_> =
            (0..5).map(|_| wrong.note(address(1), now)).collect();
        let none = Duration::ZERO;
        assert_eq!(waits, [none, none, none, WAIT, WAIT]);
        assert_eq!(wrong.note(address(2), now), none);
        let later = now + FORGOTTEN;
        assert_eq!(wrong.note(address(1), later), none);
    }

    #[test]
    fn a_network_of_ipv6_is_one_sender() {
        let wrong = WrongKeys::default();
        let now = Instant::now();
        let note = |text: &str| wrong.note(text.parse().expect("one"), now);
        for host in 1..=3 {
            assert_eq!(note(&format!("2001:db8::{host}")), Duration::ZERO);
        }
        assert_eq!(note("2001:db8::4"), WAIT);
        assert_eq!(note("2001:db8:0:1::4"), Duration::ZERO);
    }

    #[test]
    fn a_flood_from_many_addresses_takes_no_memory() {
        let wrong = WrongKeys::default();
        let now = Instant::now();
        for number in 0..10_000 {
            wrong.note(address(number), now);
        }
        let kept = || wrong.0.lock().expect("no panic").len();
        assert_eq!(kept(), ADDRESSES);
        // A minute later there is room for others.
        wrong.note(address(10_000), now + FORGOTTEN);
        assert_eq!(kept(), 1);
    }
}
