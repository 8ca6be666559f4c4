//! Echo requests and replies, as bytes.
//!
//! RFC 792 (IPv4) and RFC 4443, section 4 (IPv6): type, code, checksum,
//! identifier, sequence number, data. A reply brings the data back unchanged,
//! so the data of our requests says which probe each belongs to.

/// The length of a request in bytes, as `ping` sends it.
const LENGTH: usize = 64;

/// Which probe a request belongs to: it stands in the request's data, and
/// comes back in the reply.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct ProbeId {
    /// The socket, a random number: other programs ping as well.
    pub socket: u64,
    /// The probe, counted up.
    pub number: u64,
}

// ANCHOR: request
/// The request for a probe.
pub(crate) fn request(v6: bool, id: ProbeId, sequence: u16) -> [u8; LENGTH] {
    let mut message = [0; LENGTH];
    message[0] = if v6 { 128 } else { 8 };
    // The identifier: a datagram socket on Linux puts its own here.
    message[4..6].copy_from_slice(&id.socket.to_be_bytes()[..2]);
    message[6..8].copy_from_slice(&sequence.to_be_bytes());
    message[8..16].copy_from_slice(&id.socket.to_be_bytes());
    message[16..24].copy_from_slice(&id.number.to_be_bytes());
    // Over IPv6 the kernel fills in the checksum (RFC 3542, section 3.1).
    if !v6 {
        let sum = checksum(&message);
        message[2..4].copy_from_slice(&sum.to_be_bytes());
    }
    message
}
// ANCHOR_END: request

/// The probe that an echo reply answers. `None` for anything else: sockets
/// may see requests, errors, and replies to other programs.
pub(crate) fn reply(v6: bool, mut packet: &[u8]) -> Option<ProbeId> {
    // Some sockets hand out the IPv4 header too. It begins with version 4 and
    // its own length in words; an echo reply begins with 0.
    if !v6 && packet.first()? >> 4 == 4 {
        let header = usize::from(packet.first()? & 15) * 4;
        packet = packet.get(header..)?;
    }
    let kind = if v6 { 129 } else { 0 };
    if packet.get(..2)? != [kind, 0] {
        return None;
    }
    // A raw socket hands out what arrives, damaged or not. Over IPv6 the
    // kernel has checked it.
    if !v6 && checksum(packet) != 0 {
        return None;
    }
    let number = |from: usize| {
        let bytes = packet.get(from..from + 8)?;
        Some(u64::from_be_bytes(bytes.try_into().ok()?))
    };
    Some(ProbeId { socket: number(8)?, number: number(16)? })
}

/// The Internet checksum (RFC 1071) of a message; a last odd byte counts as a
/// word with a zero. 0 for a message that has its checksum in it.
fn checksum(message: &[u8]) -> u16 {
    let mut sum = 0_u32;
    for word in message.chunks(2) {
        let low = word.get(1).copied().unwrap_or_default();
        sum += u32::from(u16::from_be_bytes([word[0], low]));
    }
    let sum = (sum & 0xffff) + (sum >> 16);
    let sum = (sum & 0xffff) + (sum >> 16);
    !(sum as u16)
}

#[cfg(test)]
mod tests {
    use super::*;

    const ID: ProbeId = ProbeId { socket: 0x1234_5678_9abc_def0, number: 7 };

    /// The reply of a host: RFC 792 says "the data received in the echo message
    /// must be returned".
    fn answer(v6: bool) -> Vec<u8> {
        let mut packet = request(v6, ID, 1).to_vec();
        packet[0] = if v6 { 129 } else { 0 };
        if !v6 {
            packet[2..4].fill(0);
            let sum = checksum(&packet);
            packet[2..4].copy_from_slice(&sum.to_be_bytes());
        }
        packet
    }

    #[test]
    fn a_reply_that_was_damaged_on_its_way_is_none() {
        let whole = answer(false);
        for place in 0..whole.len() {
            let mut damaged = whole.clone();
            damaged[place] ^= 0x10;
            assert_eq!(reply(false, &damaged), None, "byte {place}");
        }
    }

    #[test]
    fn a_reply_brings_the_probes_number_back() {
        assert_eq!(reply(false, &answer(false)), Some(ID));
        assert_eq!(reply(true, &answer(true)), Some(ID));
    }

    #[test]
    fn a_reply_may_come_with_its_ipv4_header() {
        let mut packet = vec![0x46; 24];
        packet.extend(answer(false));
        assert_eq!(reply(false, &packet), Some(ID));
    }

    #[test]
    fn a_request_is_no_reply_and_neither_is_half_of_one() {
        assert_eq!(reply(false, &request(false, ID, 1)), None);
        assert_eq!(reply(true, &request(true, ID, 1)), None);
        for v6 in [false, true] {
            for length in 0..24 {
                assert_eq!(reply(v6, &answer(v6)[..length]), None);
            }
        }
    }

    #[test]
    fn any_bytes_at_all_are_looked_at_without_a_panic() {
        let mut random = fastrand::Rng::with_seed(17);
        for _ in 0..20_000 {
            let mut bytes = vec![0; random.usize(..80)];
            random.fill(&mut bytes);
            reply(random.bool(), &bytes);
        }
    }

    #[test]
    fn a_message_with_its_checksum_sums_up_to_nothing() {
        assert_eq!(checksum(&request(false, ID, 1)), 0);
    }
}
