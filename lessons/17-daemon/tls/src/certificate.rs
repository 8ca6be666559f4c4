//! A certificate with its key, as it was read from two files.

use std::fmt;
use std::fs::File;
use std::io::Read;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use rustls::client::{
    verify_server_cert_signed_by_trust_anchor, verify_server_name,
};
use rustls::crypto::{CryptoProvider, ring};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName, UnixTime};
use rustls::server::ParsedCertificate;
use rustls::sign::CertifiedKey;
use rustls::{CertificateError, InconsistentKeys, RootCertStore};
use sha2::{Digest, Sha256};
use time::OffsetDateTime;

use crate::Error;

/// The longest file that is read, in bytes. A chain of certificates has a few
/// thousand.
const MOST_BYTES: u64 = 1024 * 1024;
/// The last second of the year 9999, since 1970. No certificate can name a
/// later one (RFC 5280, section 4.1.2.5).
const END_OF_TIME: u64 = 253_402_300_799;

/// A certificate, those of its issuers, and its key.
#[derive(Clone)]
pub struct Certificate {
    key: Arc<CertifiedKey>,
    expires: Option<UnixTime>,
}

/// Shows nothing of the key.
impl fmt::Debug for Certificate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Certificate").field(&self.fingerprint()).finish()
    }
}

impl Certificate {
    /// Reads a chain of certificates, the server's own first, and the private
    /// key of that one, both in PEM (RFC 7468).
    ///
    /// # Errors
    /// A file cannot be read or does not hold what it should, or the two do
    /// not belong together.
    pub fn read(chain: &Path, key: &Path) -> Result<Certificate, Error> {
        let certificates = read_chain(chain)?;
        let private = PrivateKeyDer::from_pem_slice(&read_file(key)?)
            .map_err(|_| Error::unusable(key, NO_KEY))?;
        let certified =
            CertifiedKey::from_der(certificates, private, &provider())
                .map_err(|error| match error {
                    rustls::Error::InconsistentKeys(
                        InconsistentKeys::KeyMismatch,
                    ) => Error::AnotherKey {
                        certificate: chain.to_owned(),
                        key: key.to_owned(),
                    },
                    rustls::Error::InvalidCertificate(_) => {
                        no_certificate(chain, &error)
                    }
                    _ => Error::unusable(key, NO_KEY),
                })?;
        let end = certified
            .end_entity_cert()
            .and_then(ParsedCertificate::try_from)
            .map(|parsed| expiry(&parsed))
            .map_err(|error| no_certificate(chain, &error))?;
        Ok(Certificate { key: Arc::new(certified), expires: end })
    }

    /// The SHA-256 of the certificate in hexadecimal, as browsers and
    /// `openssl x509 -fingerprint -sha256` show it.
    #[must_use]
    pub fn fingerprint(&self) -> String {
        let digest = Sha256::digest(self.der());
        let bytes: Vec<String> =
            digest.iter().map(|byte| format!("{byte:02X}")).collect();
        bytes.join(":")
    }

    /// The last moment at which clients accept it, in seconds since 1970.
    /// `None` if there is no end.
    #[must_use]
    pub fn expires(&self) -> Option<u64> {
        self.expires.map(|end| end.as_secs())
    }

    /// The last day on which clients accept it, such as `2027-11-28`.
    #[must_use]
    pub fn last_day(&self) -> String {
        let end = self.expires().and_then(|end| i64::try_from(end).ok());
        let end = end.map(OffsetDateTime::from_unix_timestamp);
        match end {
            Some(Ok(end)) => end.date().to_string(),
            _ => "no end".to_owned(),
        }
    }

    /// Whether it will still be accepted after a time from now.
    #[must_use]
    pub fn is_good_for(&self, time: Duration) -> bool {
        let then = UnixTime::now().as_secs().saturating_add(time.as_secs());
        self.expires().is_none_or(|end| then < end)
    }

    /// Whether it is for a server of this name or address.
    #[must_use]
    pub fn is_for(&self, name: &str) -> bool {
        let der = CertificateDer::from(self.der());
        let Ok(parsed) = ParsedCertificate::try_from(&der) else {
            return false;
        };
        ServerName::try_from(name)
            .is_ok_and(|name| verify_server_name(&parsed, &name).is_ok())
    }

    /// The certificate itself (RFC 5280), without its key.
    #[must_use]
    pub fn der(&self) -> &[u8] {
        // One without a certificate is not read at all.
        self.key.cert.first().map_or(&[], AsRef::as_ref)
    }

    pub(crate) fn certified_key(&self) -> &Arc<CertifiedKey> {
        &self.key
    }
}

/// The cryptography of all our connections.
pub(crate) fn provider() -> CryptoProvider {
    ring::default_provider()
}

const NO_KEY: &str = "holds no private key that can be used: it needs a part \
    BEGIN PRIVATE KEY, without a password (openssl pkey -in FILE -out FILE2 \
    takes one away)";

pub(crate) fn no_certificate(file: &Path, why: &impl fmt::Display) -> Error {
    Error::unusable(file, format!("holds no usable certificate: {why}"))
}

/// The certificates in a PEM file, at least one.
pub(crate) fn read_chain(
    file: &Path,
) -> Result<Vec<CertificateDer<'static>>, Error> {
    let chain: Vec<CertificateDer<'static>> =
        CertificateDer::pem_slice_iter(&read_file(file)?)
            .collect::<Result<_, _>>()
            .map_err(|error| no_certificate(file, &error))?;
    if chain.is_empty() {
        let what = "holds no certificate: it has no line BEGIN CERTIFICATE";
        return Err(Error::unusable(file, what));
    }
    Ok(chain)
}

fn read_file(path: &Path) -> Result<Vec<u8>, Error> {
    let unreadable =
        |source| Error::Unreadable { file: path.to_owned(), source };
    let file = File::open(path).map_err(unreadable)?;
    let mut bytes = Vec::new();
    file.take(MOST_BYTES).read_to_end(&mut bytes).map_err(unreadable)?;
    Ok(bytes)
}

/// When a certificate ends: asked whether it is good at the end of time, the
/// library answers that it is not any more, and since when.
fn expiry(certificate: &ParsedCertificate<'_>) -> Option<UnixTime> {
    let refused = verify_server_cert_signed_by_trust_anchor(
        certificate,
        &RootCertStore::empty(),
        &[],
        UnixTime::since_unix_epoch(Duration::from_secs(END_OF_TIME)),
        provider().signature_verification_algorithms.all,
    );
    match refused {
        Err(rustls::Error::InvalidCertificate(
            CertificateError::ExpiredContext { not_after, .. },
        )) => Some(not_after),
        // Only the issuer is unknown: it is good at the end of time.
        _ => None,
    }
}
