//! The server's side of TLS: what it shakes hands with, now and after its
//! certificate has changed.

use std::fmt;
use std::path::PathBuf;
use std::sync::{Arc, PoisonError, RwLock};

use rustls::ServerConfig;
use rustls::server::{ClientHello, ResolvesServerCert};
use rustls::sign::CertifiedKey;

use crate::certificate::provider;
use crate::own::own_certificate;
use crate::{Certificate, Error};

/// Where a server's certificate comes from.
#[derive(Debug, Clone)]
pub enum Source {
    /// From files in PEM that somebody else keeps up to date.
    Files {
        /// The chain of certificates, the server's own first.
        certificate: PathBuf,
        /// The private key.
        key: PathBuf,
    },
    /// From the data folder, where it is made if need be.
    Own {
        /// The data folder.
        data: PathBuf,
        /// The names and addresses of the server; the first is its subject.
        names: Vec<String>,
    },
}

impl Source {
    /// Reads the certificate, or makes it if it is one of our own.
    ///
    /// # Errors
    /// It cannot be read, made, or used.
    pub fn load(&self) -> Result<Certificate, Error> {
        match self {
            Source::Files { certificate, key } => {
                Certificate::read(certificate, key)
            }
            Source::Own { data, names } => own_certificate(data, names),
        }
    }
}

/// The TLS of a server. Clones are the same one.
#[derive(Clone)]
pub struct Tls {
    source: Arc<Source>,
    current: Arc<Current>,
    config: Arc<ServerConfig>,
}

impl Tls {
    /// TLS with a certificate from `source`, for HTTP/1.1.
    ///
    /// # Errors
    /// The certificate cannot be read, made, or used.
    pub fn open(source: Source) -> Result<Tls, Error> {
        let current = Arc::new(Current(RwLock::new(source.load()?)));
        let mut config =
            ServerConfig::builder_with_provider(Arc::new(provider()))
                .with_safe_default_protocol_versions()
                .expect("ring knows both versions of TLS")
                .with_no_client_auth()
                .with_cert_resolver(current.clone());
        // RFC 7301: a client that offers more takes what we speak.
        config.alpn_protocols = vec![b"http/1.1".to_vec()];
        let config = Arc::new(config);
        Ok(Tls { source: Arc::new(source), current, config })
    }

    /// What connections are made with. It need not be asked for again after a
    /// [`Tls::reload`].
    #[must_use]
    pub fn config(&self) -> Arc<ServerConfig> {
        self.config.clone()
    }

    /// The certificate that new connections get.
    #[must_use]
    pub fn certificate(&self) -> Certificate {
        self.current.0.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Where the certificate comes from.
    #[must_use]
    pub fn source(&self) -> &Source {
        &self.source
    }

    // ANCHOR: reload
    /// Takes the certificate from its source again, for all connections from
    /// now on. Returns whether it is another one.
    ///
    /// # Errors
    /// It cannot be read, made, or used. Then the old one stays.
    pub fn reload(&self) -> Result<bool, Error> {
        let newer = self.source.load()?;
        let current = self.current.0.write();
        let mut current = current.unwrap_or_else(PoisonError::into_inner);
        let is_another = newer.der() != current.der();
        *current = newer;
        Ok(is_another)
    }
    // ANCHOR_END: reload
}

impl fmt::Debug for Tls {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Tls").field(&self.certificate()).finish()
    }
}

/// The certificate in use.
#[derive(Debug)]
struct Current(RwLock<Certificate>);

impl ResolvesServerCert for Current {
    fn resolve(&self, _: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        let current = self.0.read().unwrap_or_else(PoisonError::into_inner);
        Some(current.certified_key().clone())
    }
}
