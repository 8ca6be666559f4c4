//! Why the client could not do what it was asked for.

use std::io;
use std::path::PathBuf;

use thiserror::Error;

/// Why the client could not print.
#[derive(Debug, Error)]
pub enum ClientError {
    /// The file cannot be read.
    #[error("cannot read {}: {source}", path.display())]
    File {
        /// Which file.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// The server does not answer.
    #[error(
        "no print server answers at {server}: {cause}. Start one with \
         `cargo run --bin print-server`, or name another with --server"
    )]
    Unreachable {
        /// The server's address.
        server: String,
        /// The innermost cause.
        cause: String,
    },
    /// The connection broke while the document was sent.
    #[error(
        "the connection to {server} broke while the document was sent: \
         {cause}. The server may have taken it all the same: look with \
         `print-client jobs` before you print it again"
    )]
    Lost {
        /// The server's address.
        server: String,
        /// The innermost cause.
        cause: String,
    },
    /// The server's address is not a URL.
    #[error(
        "{server:?} is no address of a print server ({why}); write it as \
         http://127.0.0.1:8631"
    )]
    Address {
        /// What was given.
        server: String,
        /// What is wrong with it.
        why: String,
    },
    /// The server needs its key, or another one than was sent.
    #[error(
        "the print server at {server} lets nobody in without its key: {why}. \
         The key is in the file `key` in the server's data folder. Name that \
         file with --key-file, or put the key into PRINT_SERVER_KEY"
    )]
    SignIn {
        /// The server's address.
        server: String,
        /// What the server says.
        why: String,
    },
    /// Whoever answers does not have the key.
    #[error(
        "what answers at {server} cannot prove that it is this machine's own \
         print server, so the key was not sent there. Is the server down? If \
         it is the right one, name the key yourself, with --key-file or \
         PRINT_SERVER_KEY"
    )]
    Stranger {
        /// The server's address.
        server: String,
    },
    /// The server's certificate proves nothing to us.
    #[error(
        "what answers at {server} has no certificate that is trusted here: \
         {why}. If the server has made its own, copy the file certificate.pem \
         from its data folder, and name the copy with --ca"
    )]
    Untrusted {
        /// The server's address.
        server: String,
        /// What is wrong with the certificate.
        why: String,
    },
    /// The certificates that are to be trusted cannot be used.
    #[error(transparent)]
    Trust(#[from] tls::Error),
    /// The system cannot give what is needed.
    #[error(transparent)]
    System(#[from] io::Error),
    /// The server refuses the request.
    #[error("the print server refuses: {0}")]
    Refused(String),
    /// The answer is not that of a print server.
    #[error("{server} does not answer as a print server does: {what}")]
    Strange {
        /// The server's address.
        server: String,
        /// What it said.
        what: String,
    },
}
