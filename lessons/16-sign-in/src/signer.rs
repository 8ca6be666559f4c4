//! Signatures that only the holder of a secret can make: HMAC with SHA-256
//! (RFC 2104).

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

use crate::hex;

/// Signs texts with a secret, for one purpose.
///
/// ```
/// let signer = sign_in::Signer::new(b"gozer", "receipt");
/// let signature = signer.sign("ray paid 5 dollars");
/// assert!(signer.verify("ray paid 5 dollars", &signature));
/// assert!(!signer.verify("ray paid 9 dollars", &signature));
/// ```
#[derive(Clone)]
pub struct Signer {
    mac: Hmac<Sha256>,
}

impl Signer {
    /// A signer whose signatures no other `purpose` accepts, although the
    /// secret may be the same.
    #[must_use]
    pub fn new(secret: &[u8], purpose: &str) -> Signer {
        let mut mac = Hmac::new_from_slice(secret)
            .expect("HMAC takes secrets of any length");
        mac.update(purpose.as_bytes());
        mac.update(b"\n");
        Signer { mac }
    }

    /// The signature of a text: 64 hexadecimal digits.
    #[must_use]
    pub fn sign(&self, text: &str) -> String {
        let mac = self.mac.clone().chain_update(text);
        hex::encode(&mac.finalize().into_bytes())
    }

    /// Whether `signature` is that of `text`. Takes equally long wherever the
    /// first difference is.
    #[must_use]
    pub fn verify(&self, text: &str, signature: &str) -> bool {
        let Some(signature) = hex::decode(signature) else { return false };
        let mac = self.mac.clone().chain_update(text);
        mac.verify_slice(&signature).is_ok()
    }
}
