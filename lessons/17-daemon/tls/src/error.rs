//! What is wrong with a certificate, in words that say what to do.

use std::io;
use std::path::{Path, PathBuf};

/// Why a certificate cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A file cannot be read.
    #[error("cannot read {}: {source}", file.display())]
    Unreadable {
        /// The file.
        file: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// A file does not hold what it should.
    #[error("{} {what}", file.display())]
    Unusable {
        /// The file.
        file: PathBuf,
        /// What is wrong with it, in words that go on after its name.
        what: String,
    },
    /// The certificate is for another key.
    #[error(
        "the key in {} is not that of the certificate in {}: name two files \
         that belong together", key.display(), certificate.display()
    )]
    AnotherKey {
        /// The file of the certificate.
        certificate: PathBuf,
        /// The file of the key.
        key: PathBuf,
    },
    /// A certificate of our own cannot be made.
    #[error("cannot make a certificate in {}: {why}", folder.display())]
    NotMade {
        /// Where.
        folder: PathBuf,
        /// What went wrong.
        why: String,
    },
    /// The system does not say whom to trust.
    #[error(
        "this machine does not say whose certificates it trusts: {why}. Name \
         a file with the server's own"
    )]
    NoTrust {
        /// What the system says.
        why: String,
    },
}

impl Error {
    /// Whether it says that a file is not there.
    #[must_use]
    pub fn is_not_found(&self) -> bool {
        matches!(self, Error::Unreadable { source, .. }
            if source.kind() == io::ErrorKind::NotFound)
    }

    pub(crate) fn unusable(file: &Path, what: impl Into<String>) -> Error {
        Error::Unusable { file: file.to_owned(), what: what.into() }
    }
}
