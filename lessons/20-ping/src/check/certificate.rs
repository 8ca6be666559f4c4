//! A server's certificate: when it expires, and what is wrong with it.

use std::time::{SystemTime, UNIX_EPOCH};

use rustls::CertificateError;
use x509_parser::parse_x509_certificate;

const SECONDS_A_DAY: i64 = 86_400;

/// Whole days from now until the certificate (DER, RFC 5280, section 4.1)
/// expires, negative when it has expired. `None` when it cannot be read.
pub(super) fn days_left(der: &[u8]) -> Option<i64> {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).ok()?;
    let now = i64::try_from(now.as_secs()).ok()?;
    let (_, certificate) = parse_x509_certificate(der).ok()?;
    let end = certificate.validity().not_after.timestamp();
    Some((end - now).div_euclid(SECONDS_A_DAY))
}

/// Why a certificate is not accepted, and what can be done.
pub(super) fn in_words(error: &CertificateError) -> String {
    use CertificateError::{
        Expired, ExpiredContext, NotValidForName, NotValidForNameContext,
        NotValidYet, NotValidYetContext, Other, Revoked, UnknownIssuer,
    };
    const ALLOW: &str = "any_certificate allows it";
    match error {
        Expired | ExpiredContext { .. } => {
            "the certificate has expired: renew it".to_owned()
        }
        NotValidYet | NotValidYetContext { .. } => {
            "the certificate is not valid yet: is this machine's clock right?"
                .to_owned()
        }
        NotValidForName | NotValidForNameContext { .. } => {
            "the certificate is for another name".to_owned()
        }
        UnknownIssuer => format!(
            "the certificate was issued by somebody whom this machine does \
             not trust; {ALLOW}"
        ),
        Revoked => "the certificate was revoked".to_owned(),
        // Of a certificate that signs others, and itself.
        Other(other) if other.to_string().contains("CaUsedAsEndEntity") => {
            format!("the certificate was signed by the server itself; {ALLOW}")
        }
        other => format!("the certificate is not valid ({other}); {ALLOW}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

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
