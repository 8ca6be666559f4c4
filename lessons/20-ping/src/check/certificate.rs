//! When a certificate ends.

use std::time::{SystemTime, UNIX_EPOCH};

const SECONDS_A_DAY: i64 = 86_400;

/// Whole days from now until the certificate (DER, RFC 5280, section 4.1) is
/// no longer valid. `None` when it cannot be read.
pub(super) fn days_left(der: &[u8]) -> Option<i64> {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).ok()?;
    let now = i64::try_from(now.as_secs()).ok()?;
    Some((not_after(der)? - now).div_euclid(SECONDS_A_DAY))
}

/// The end of its validity, in seconds since 1970.
fn not_after(der: &[u8]) -> Option<i64> {
    const SEQUENCE: u8 = 0x30;
    const VERSION: u8 = 0xa0;
    let certificate = Element::of(SEQUENCE, &mut { der })?;
    let mut fields = Element::of(SEQUENCE, &mut { certificate })?;
    let fields = &mut fields;
    // Version (if any), serial number, signature, issuer, validity.
    if fields.first() == Some(&VERSION) {
        Element::next(fields)?;
    }
    for _ in 0..3 {
        Element::next(fields)?;
    }
    let mut validity = Element::of(SEQUENCE, fields)?;
    Element::next(&mut validity)?;
    let Element { tag, content } = Element::next(&mut validity)?;
    seconds(tag, content)
}

/// Tag, length, value (X.690, section 8.1).
struct Element<'a> {
    tag: u8,
    content: &'a [u8],
}

impl<'a> Element<'a> {
    /// Takes the next element off the front.
    fn next(from: &mut &'a [u8]) -> Option<Element<'a>> {
        let (&tag, rest) = from.split_first()?;
        let (&first, mut rest) = rest.split_first()?;
        let length = match first {
            0..=0x7f => usize::from(first),
            0x81..=0x84 => {
                let (bytes, after) =
                    rest.split_at_checked(usize::from(first & 0x7f))?;
                rest = after;
                bytes.iter().fold(0, |sum, byte| sum << 8 | usize::from(*byte))
            }
            _ => return None,
        };
        let (content, after) = rest.split_at_checked(length)?;
        *from = after;
        Some(Element { tag, content })
    }

    /// The same, of an element that must have this tag.
    fn of(tag: u8, from: &mut &'a [u8]) -> Option<&'a [u8]> {
        let element = Element::next(from)?;
        (element.tag == tag).then_some(element.content)
    }
}

/// `YYMMDDHHMMSSZ` or `YYYYMMDDHHMMSSZ` (RFC 5280, section 4.1.2.5).
fn seconds(tag: u8, text: &[u8]) -> Option<i64> {
    const UTC_TIME: u8 = 0x17;
    const GENERALIZED_TIME: u8 = 0x18;
    let digits = text.strip_suffix(b"Z")?;
    if !digits.iter().all(u8::is_ascii_digit) {
        return None;
    }
    let pairs: Vec<i64> = digits
        .chunks(2)
        .map(|pair| {
            pair.iter().fold(0, |sum, digit| sum * 10 + i64::from(digit - b'0'))
        })
        .collect();
    let (year, rest) = match (tag, digits.len()) {
        // Two digits of a year are 1950 to 2049.
        (UTC_TIME, 12) if pairs[0] < 50 => (2000 + pairs[0], &pairs[1..]),
        (UTC_TIME, 12) => (1900 + pairs[0], &pairs[1..]),
        (GENERALIZED_TIME, 14) => (pairs[0] * 100 + pairs[1], &pairs[2..]),
        _ => return None,
    };
    let [month, day, hour, minute, second] = *rest else { return None };
    if !(1..=12).contains(&month) {
        return None;
    }
    let days = days_since_1970(year, month, day);
    Some(days * SECONDS_A_DAY + hour * 3600 + minute * 60 + second)
}

/// Of a day in the Gregorian calendar. Years begin with March here, so that
/// the leap day is a year's last.
fn days_since_1970(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let month = (month + 9) % 12;
    let leap_days = year / 4 - year / 100 + year / 400;
    // From 0000-03-01 to 1970-01-01 it is 719,468 days.
    year * 365 + leap_days + (month * 153 + 2) / 5 + day - 1 - 719_468
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_are_counted_over_leap_years() {
        assert_eq!(days_since_1970(1970, 1, 1), 0);
        assert_eq!(days_since_1970(2000, 2, 29), 11_016);
        assert_eq!(days_since_1970(2000, 3, 1), 11_017);
        assert_eq!(days_since_1970(2026, 11, 24), 20_781);
    }

    #[test]
    fn both_ways_to_write_a_time_are_read() {
        let told = seconds(0x17, b"261124000001Z");
        assert_eq!(told, Some(20_781 * 86_400 + 1));
        assert_eq!(seconds(0x18, b"20261124000001Z"), told);
        assert_eq!(seconds(0x17, b"700101000000Z"), Some(0));
        for wrong in [&b"Z"[..], b"", b"2611240000Z", b"26112400000aZ"] {
            assert_eq!(seconds(0x17, wrong), None);
        }
        assert_eq!(seconds(0x17, b"261324000001Z"), None);
    }

    #[test]
    fn any_bytes_at_all_are_looked_at_without_a_panic() {
        let mut random = fastrand::Rng::with_seed(17);
        for _ in 0..20_000 {
            let mut bytes = vec![0; random.usize(..64)];
            bytes.fill_with(|| match random.bool() {
                true => 0x30,
                false => random.u8(..),
            });
            days_left(&bytes);
        }
    }
}
