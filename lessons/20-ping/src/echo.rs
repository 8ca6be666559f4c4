//! Echo requests and replies, as bytes.
//!
//! RFC 792 (IPv4) and RFC 4443, section 4 (IPv6): type, code, checksum,
//! identifier, sequence number, data. A reply brings the data back as it was,
//! so ours says which probe it belongs to.

/// What stands in the data of a request, and must come back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Mark {
    /// Of one socket, chosen by chance: other programs ping as well.
    pub key: u64,
    /// Of one probe.
    pub number: u64,
}

/// As long as what `ping` sends.
const LENGTH: usize = 64;

// ANCHOR: request
/// The request for a probe.
pub(crate) fn request(v6: bool, mark: Mark, sequence: u16) -> [u8; LENGTH] {
    let mut message = [0; LENGTH];
    message[0] = if v6 { 128 } else { 8 };
    // The identifier: a datagram socket on Linux puts its own here.
    message[4..6].copy_from_slice(&mark.key.to_be_bytes()[..2]);
    message[6..8].copy_from_slice(&sequence.to_be_bytes());
    message[8..16].copy_from_slice(&mark.key.to_be_bytes());
    message[16..24].copy_from_slice(&mark.number.to_be_bytes());
    // Over IPv6 the kernel fills it in (RFC 3542, section 3.1).
    if !v6 {
        let sum = checksum(&message);
        message[2..4].copy_from_slice(&sum.to_be_bytes());
    }
    message
}
// ANCHOR_END: request

/// The mark in an echo reply. `None` is anything else: sockets may see
/// requests, errors, and other programs' replies.
pub(crate) fn reply(v6: bool, mut packet: &[u8]) -> Option<Mark> {
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
    let number = |from: usize| {
        let bytes = packet.get(from..from + 8)?;
        Some(u64::from_be_bytes(bytes.try_into().ok()?))
    };
    Some(Mark { key: number(8)?, number: number(16)? })
}

/// The Internet checksum (RFC 1071) of a message of whole words.
fn checksum(message: &[u8]) -> u16 {
    let words = message.chunks_exact(2);
    let sum: u32 = words
        .map(|word| u32::from(u16::from_be_bytes([word[0], word[1]])))
        .sum();
    let sum = (sum & 0xffff) + (sum >> 16);
    let sum = (sum & 0xffff) + (sum >> 16);
    !(sum as u16)
}

#[cfg(test)]
mod tests {
    use super::*;

    const MARK: Mark = Mark { key: 0x1234_5678_9abc_def0, number: 7 };

    /// What a host makes of a request: RFC 792 says "the data received in the
    /// echo message must be returned".
    fn answer(v6: bool) -> Vec<u8> {
        let mut packet = request(v6, MARK, 1).to_vec();
        packet[0] = if v6 { 129 } else { 0 };
        packet
    }

    #[test]
    fn a_reply_brings_the_mark_back() {
        assert_eq!(reply(false, &answer(false)), Some(MARK));
        assert_eq!(reply(true, &answer(true)), Some(MARK));
    }

    #[test]
    fn a_reply_may_come_with_its_ipv4_header() {
        let mut packet = vec![0x46; 24];
        packet.extend(answer(false));
        assert_eq!(reply(false, &packet), Some(MARK));
    }

    #[test]
    fn a_request_is_no_reply_and_neither_is_half_of_one() {
        assert_eq!(reply(false, &request(false, MARK, 1)), None);
        assert_eq!(reply(true, &request(true, MARK, 1)), None);
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
        assert_eq!(checksum(&request(false, MARK, 1)), 0);
    }
}
