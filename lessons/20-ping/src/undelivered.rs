//! A request that was not delivered: what a router, or the host itself, says of
//! it (ICMP's errors: RFC 792; RFC 4443, section 3).

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use crate::{Error, ErrorKind};

/// What somebody says of a request that was not delivered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Undelivered {
    /// Where the request was to go, and its sequence number.
    pub to: IpAddr,
    pub sequence: u16,
    /// The host that says so, where that is known.
    pub from: Option<IpAddr>,
    /// ICMP's type and code.
    pub kind: u8,
    pub code: u8,
}

impl Undelivered {
    /// The error, if it is one. A hint that there is a better way is none.
    pub fn error(&self) -> Option<Error> {
        let (kind, what) = match (self.to.is_ipv6(), self.kind, self.code) {
            (false, 3, 9 | 10 | 13) | (true, 1, 1 | 5 | 6) => {
                (ErrorKind::Prohibited, "a filter does not let it through")
            }
            (false, 3, 1 | 7 | 12) | (true, 1, 3) => {
                (ErrorKind::Unreachable, "the host is not there")
            }
            (false, 3, 2) | (true, 1, 4) => {
                (ErrorKind::Unreachable, "the host knows no ping")
            }
            (false, 3, _) | (true, 1, _) => {
                (ErrorKind::Unreachable, "there is no way to it")
            }
            (false, 11, _) | (true, 3, _) => (
                ErrorKind::TimeExceeded,
                "it went through too many routers, perhaps in a circle",
            ),
            _ => return None,
        };
        let from = match self.from {
            Some(from) if from != self.to => format!(", says {from}"),
            Some(_) => ", it says itself".to_owned(),
            None => String::new(),
        };
        let to = self.to;
        Some(Error::new(kind, format!("cannot ping {to}: {what}{from}")))
    }

    /// Reads the error in a packet from a raw socket, which has the beginning
    /// of our request in it. `None` for anything else.
    pub fn read(v6: bool, from: IpAddr, packet: &[u8]) -> Option<Undelivered> {
        let message = match v6 {
            true => packet,
            // The IPv4 header comes too: its length is in words.
            false => packet.get(usize::from(packet.first()? & 15) * 4..)?,
        };
        let (kind, code) = (*message.first()?, *message.get(1)?);
        let quoted = message.get(8..)?;
        let (to, request) = match v6 {
            true if !matches!(kind, 1..=4) => return None,
            false if !matches!(kind, 3 | 11) => return None,
            true => {
                let to: [u8; 16] = quoted.get(24..40)?.try_into().ok()?;
                (IpAddr::from(Ipv6Addr::from(to)), quoted.get(40..)?)
            }
            false => {
                let to: [u8; 4] = quoted.get(16..20)?.try_into().ok()?;
                let header = usize::from(quoted.first()? & 15) * 4;
                (IpAddr::from(Ipv4Addr::from(to)), quoted.get(header..)?)
            }
        };
        let sequence = sequence(v6, request)?;
        Some(Undelivered { to, sequence, from: Some(from), kind, code })
    }
}

/// The sequence number of an echo request.
fn sequence(v6: bool, request: &[u8]) -> Option<u16> {
    let kind = if v6 { 128 } else { 8 };
    let number = request.get(6..8)?.try_into().ok()?;
    (request.first() == Some(&kind)).then(|| u16::from_be_bytes(number))
}

/// The next error that the kernel has kept. Elsewhere than on Linux, and on a
/// raw socket, errors come as packets or not at all.
#[cfg(target_os = "linux")]
pub(crate) fn next_error(
    socket: &impl std::os::fd::AsRawFd,
) -> Option<Undelivered> {
    let said = error_queue::next_error(socket)?;
    let to = said.to.ip();
    let sequence = sequence(to.is_ipv6(), &said.payload)?;
    let (from, kind, code) = (said.from, said.kind, said.code);
    Some(Undelivered { to, sequence, from, kind, code })
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOST: IpAddr = IpAddr::V4(Ipv4Addr::new(192, 0, 2, 7));
    const ROUTER: IpAddr = IpAddr::V4(Ipv4Addr::new(192, 0, 2, 1));

    /// An error about our seventh request, as a raw socket hands it out.
    fn packet(kind: u8, code: u8) -> Vec<u8> {
        let mut packet = vec![0; 20 + 8 + 20 + 8];
        packet[0] = 0x45;
        (packet[20], packet[21]) = (kind, code);
        packet[28] = 0x45;
        packet[44..48].copy_from_slice(&[192, 0, 2, 7]);
        packet[48] = 8;
        packet[55] = 7;
        packet
    }

    fn kind(kind: u8, code: u8) -> Option<ErrorKind> {
        let read = Undelivered::read(false, ROUTER, &packet(kind, code));
        let read = read.expect("an error");
        assert_eq!((read.to, read.sequence), (HOST, 7));
        read.error().map(|error| error.kind)
    }

    #[test]
    fn what_routers_say_is_told_apart() {
        assert_eq!(kind(3, 0), Some(ErrorKind::Unreachable));
        assert_eq!(kind(3, 1), Some(ErrorKind::Unreachable));
        assert_eq!(kind(3, 13), Some(ErrorKind::Prohibited));
        assert_eq!(kind(11, 0), Some(ErrorKind::TimeExceeded));
        let read = Undelivered::read(false, ROUTER, &packet(3, 1));
        let error = read.and_then(|read| read.error()).expect("an error");
        let wanted =
            "cannot ping 192.0.2.7: the host is not there, says 192.0.2.1";
        assert_eq!(error.message, wanted);
    }

    #[test]
    fn a_hint_at_a_better_way_is_no_error() {
        let hint = Undelivered {
            to: HOST,
            sequence: 1,
            from: Some(ROUTER),
            kind: 5,
            code: 1,
        };
        assert_eq!(hint.error(), None);
        assert_eq!(Undelivered::read(false, ROUTER, &packet(0, 0)), None);
    }

    #[test]
    fn any_bytes_at_all_are_looked_at_without_a_panic() {
        let mut random = fastrand::Rng::with_seed(17);
        for _ in 0..20_000 {
            let mut bytes = vec![0; random.usize(..90)];
            random.fill(&mut bytes);
            if let Some(first) = bytes.first_mut() {
                *first = 0x45;
            }
            Undelivered::read(random.bool(), HOST, &bytes);
        }
        let whole = packet(3, 1);
        for length in 0..whole.len() {
            Undelivered::read(false, ROUTER, &whole[..length]);
        }
    }
}
