//! The PIN of a held job: whoever knows it may have the paper.

use std::fmt;
use std::io;

use pbkdf2::pbkdf2_hmac;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

/// How many rounds one hash takes (RFC 8018, section 4.2): about ten
/// milliseconds. A PIN has few digits, so this only slows the reading of it
/// from a stolen queue, whose thief has the job's document, too.
const ROUNDS: u32 = 20_000;
/// The length of a salt, in bytes.
const SALT: usize = 16;
/// The length of a hash, in bytes.
const HASH: usize = 32;

/// A PIN as a job keeps it: salted and hashed, never in clear.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PinHash {
    salt: [u8; SALT],
    hash: [u8; HASH],
}

impl PinHash {
    /// The lengths of a PIN, in digits.
    pub const DIGITS: std::ops::RangeInclusive<usize> = 4..=16;

    /// Whether this can be a PIN: 4 to 16 digits.
    #[must_use]
    pub fn is_pin(text: &str) -> bool {
        Self::DIGITS.contains(&text.len())
            && text.bytes().all(|byte| byte.is_ascii_digit())
    }

    /// The hash of a PIN. `key` is the request's Idempotency-Key: the same
    /// request sent twice is the same job, so it has to have the same salt.
    ///
    /// # Errors
    /// The system has no random numbers.
    pub fn new(pin: &str, key: Option<&str>) -> io::Result<PinHash> {
        let mut salt = [0; SALT];
        match key {
            Some(key) => {
                let digest = Sha256::digest(format!("salt {key}"));
                salt.copy_from_slice(&digest[..SALT]);
            }
            None => getrandom::fill(&mut salt).map_err(io::Error::other)?,
        }
        Ok(PinHash { salt, hash: hash(pin, &salt) })
    }

    /// Whether this is the PIN. Takes the same time for every wrong one.
    #[must_use]
    pub fn matches(&self, pin: &str) -> bool {
        // Only what can be a PIN: HMAC takes a key with zeros behind it for the
        // key itself.
        Self::is_pin(pin) && hash(pin, &self.salt).ct_eq(&self.hash).into()
    }
}

/// Shows nothing that would help to guess the PIN.
impl fmt::Debug for PinHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PinHash(…)")
    }
}

fn hash(pin: &str, salt: &[u8]) -> [u8; HASH] {
    let mut hash = [0; HASH];
    pbkdf2_hmac::<Sha256>(pin.as_bytes(), salt, ROUNDS, &mut hash);
    hash
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_pin_itself_matches() {
        let pin = PinHash::new("0042", None).expect("a hash");
        assert!(pin.matches("0042"));
        for wrong in ["42", "0043", "", "00420", "0042\0"] {
            assert!(!pin.matches(wrong), "{wrong}");
        }
        let kept = serde_json::to_string(&pin).expect("plain data");
        let read: PinHash = serde_json::from_str(&kept).expect("a hash");
        assert!(read.matches("0042"));
        assert!(!format!("{kept} {pin:?}").contains("0042"));
    }

    #[test]
    fn a_pin_has_a_salt_of_its_own_unless_the_request_comes_twice() {
        let hash = |key| PinHash::new("1234", key).expect("a hash");
        assert_ne!(hash(None), hash(None));
        assert_ne!(hash(Some("a")), hash(Some("b")));
        assert_eq!(hash(Some("a")), hash(Some("a")));
    }

    #[test]
    fn a_pin_is_four_to_sixteen_digits() {
        assert!(PinHash::is_pin("0000") && PinHash::is_pin(&"7".repeat(16)));
        for text in ["", "123", "12 34", "\u{661}234", &"7".repeat(17)] {
            assert!(!PinHash::is_pin(text), "{text}");
        }
    }
}
