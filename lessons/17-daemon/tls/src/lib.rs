//! TLS: the certificate of a server, the key that belongs to it, and which of
//! them a client accepts ([`Trust`]).
//!
//! A server's certificate and key come from files of an administrator, or are
//! made here at the first start ([`Source`]). [`Tls`] is what a server shakes
//! hands with. It can read its source again while the server runs: a
//! certificate is good for weeks or months, and a server runs for longer.
//!
//! ```
//! use tls::{Source, Tls};
//!
//! # let folder = tempfile::tempdir()?;
//! # let data = folder.path().to_owned();
//! let names = vec!["printhost".to_owned(), "127.0.0.1".to_owned()];
//! let tls = Tls::open(Source::Own { data, names })?;
//! println!("SHA-256 {}", tls.certificate().fingerprint());
//! # let _ =
//! rustls::ServerConnection::new(tls.config())?;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod certificate;
mod error;
mod own;
mod server;
mod trust;

pub use certificate::Certificate;
pub use error::Error;
pub use own::{own_certificate_file, read_own_certificate};
pub use server::{Source, Tls};
pub use trust::Trust;
