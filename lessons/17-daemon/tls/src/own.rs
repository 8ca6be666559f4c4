//! A certificate of the server's own, which nobody but itself vouches for.
//!
//! It is made at the first start, and made again before it expires and when the
//! server gets another name. Its key stays the same: whoever has decided to
//! trust an older certificate by its key and its subject, as our own clients
//! do, trusts the newer one.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::net::IpAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use rcgen::{
    CertificateParams, DistinguishedName, DnType, ExtendedKeyUsagePurpose,
    IsCa, KeyPair, KeyUsagePurpose, SanType, SerialNumber,
};
use time::OffsetDateTime;

use crate::certificate::provider;
use crate::{Certificate, Error};

/// The names of the files in the data folder.
const CERTIFICATE: &str = "certificate.pem";
const KEY: &str = "certificate-key.pem";
/// Held while either is written.
const LOCK: &str = "certificate.lock";

const DAY: Duration = Duration::from_secs(24 * 60 * 60);
/// How long a certificate is good for. Apple's systems refuse one that is good
/// for more than 825 days (support.apple.com/103769).
const LIFE: Duration = DAY.saturating_mul(800);
/// How long before its end it is made again: long enough that a server that is
/// switched on once a month never shows one that has expired.
const RENEW: Duration = DAY.saturating_mul(60);
/// How far the clock of a client may be behind.
const CLOCKS: Duration = DAY;

/// Where the server's own certificate is in the folder `data`.
#[must_use]
pub fn own_certificate_file(data: &Path) -> PathBuf {
    data.join(CERTIFICATE)
}

/// Reads the server's own certificate in the folder `data`, as
/// `certificate.pem`. Never makes one.
///
/// # Errors
/// There is none, or it cannot be used.
pub fn read_own_certificate(data: &Path) -> Result<Certificate, Error> {
    Certificate::read(&own_certificate_file(data), &data.join(KEY))
}

// ANCHOR: own
/// The server's own certificate for these names and addresses, of which the
/// first is its subject. It is read from the folder `data`, and made there if
/// there is none, if it lacks a name, or if it ends within 60 days.
///
/// # Errors
/// The files cannot be read or made.
pub(crate) fn own_certificate(
    data: &Path,
    names: &[String],
) -> Result<Certificate, Error> {
    if let Some(good) = find_good(data, names) {
        return Ok(good);
    }
    let failed = |why: String| Error::NotMade { folder: data.to_owned(), why };
    // Of two processes with one folder, the second finds what the first made.
    let lock = open_private(&data.join(LOCK));
    let lock = lock.map_err(|error| failed(error.to_string()))?;
    lock.lock().map_err(|error| failed(error.to_string()))?;
    if let Some(good) = find_good(data, names) {
        return Ok(good);
    }
    // The key first. Killed in between, the next start finds a key without a
    // certificate, and makes that.
    let key = match read_key(data)? {
        Some(key) => key,
        None => make_key(data).map_err(failed)?,
    };
    let made = make(&key, names).map_err(failed)?;
    replace(data, CERTIFICATE, &made).map_err(|e| failed(e.to_string()))?;
    read_own_certificate(data)
}
// ANCHOR_END: own

/// The certificate that is there, unless another one is needed.
fn find_good(data: &Path, names: &[String]) -> Option<Certificate> {
    let found = read_own_certificate(data).ok()?;
    let is_good =
        found.is_good_for(RENEW) && names.iter().all(|name| found.is_for(name));
    is_good.then_some(found)
}

/// The key that is there. One that cannot be used is not replaced: clients
/// trust it, and a person may know why.
fn read_key(data: &Path) -> Result<Option<KeyPair>, Error> {
    let path = data.join(KEY);
    match fs::read_to_string(&path) {
        Ok(text) => KeyPair::from_pem(&text).map(Some).map_err(|error| {
            Error::unusable(
                &path,
                format!(
                    "holds no key of a certificate ({error}). Remove it, and \
                     a new one is made, which clients have to trust anew"
                ),
            )
        }),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(source) => Err(Error::Unreadable { file: path, source }),
    }
}

fn make_key(data: &Path) -> Result<KeyPair, String> {
    let key = KeyPair::generate().map_err(|error| error.to_string())?;
    replace(data, KEY, &key.serialize_pem())
        .map_err(|error| error.to_string())?;
    Ok(key)
}

// ANCHOR: make
/// A certificate that is signed with its own key, in PEM.
fn make(key: &KeyPair, names: &[String]) -> Result<String, String> {
    let now = OffsetDateTime::now_utc();
    let mut wanted = CertificateParams::default();
    for name in names {
        wanted.subject_alt_names.push(alternative_name(name)?);
    }
    wanted.distinguished_name = DistinguishedName::new();
    let subject = names.first().map_or("localhost", String::as_str);
    wanted.distinguished_name.push(DnType::CommonName, subject);
    wanted.not_before = now - CLOCKS;
    wanted.not_after = now + LIFE - CLOCKS;
    wanted.serial_number = Some(random_serial_number()?);
    // It vouches for this server, and for no other.
    wanted.is_ca = IsCa::ExplicitNoCa;
    wanted.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    wanted.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    let made = wanted.self_signed(key).map_err(|error| error.to_string())?;
    Ok(made.pem())
}
// ANCHOR_END: make

fn alternative_name(name: &str) -> Result<SanType, String> {
    if let Ok(address) = name.parse::<IpAddr>() {
        return Ok(SanType::IpAddress(address));
    }
    match name.try_into() {
        Ok(name) => Ok(SanType::DnsName(name)),
        Err(error) => Err(format!("{name:?} is no name: {error}")),
    }
}

/// Browsers refuse two certificates of one issuer with the same number. It is
/// positive, and 20 bytes or fewer (RFC 5280, section 4.1.2.2).
fn random_serial_number() -> Result<SerialNumber, String> {
    let mut bytes = [0; 16];
    let filled = provider().secure_random.fill(&mut bytes);
    filled.map_err(|_| "the system has no random numbers".to_owned())?;
    bytes[0] = bytes[0] & 0x7f | 0x40;
    Ok(SerialNumber::from_slice(&bytes))
}

/// Writes a file whole, or leaves it as it was: a process may be killed at any
/// moment. Only the holder of the lock may do it.
fn replace(data: &Path, name: &str, text: &str) -> io::Result<()> {
    let path = data.join(name);
    let new = PathBuf::from(format!("{}.new", path.display()));
    // It may be there from a process that was killed.
    let mut file = open_private(&new)?;
    file.set_len(0)?;
    file.write_all(text.as_bytes())?;
    file.sync_all()?;
    fs::rename(&new, &path)?;
    #[cfg(unix)]
    File::open(data)?.sync_all()?;
    Ok(())
}

/// A file for its owner alone, from the first moment on.
fn open_private(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(false);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}
