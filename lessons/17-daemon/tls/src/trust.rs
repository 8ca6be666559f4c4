//! The client's side of TLS: whose certificates it accepts.

use std::path::PathBuf;
use std::sync::Arc;

use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::ServerCertVerifier;
use rustls::pki_types::CertificateDer;
use rustls::{ClientConfig, RootCertStore};
use rustls_platform_verifier::Verifier;

use crate::certificate::{provider, read_chain};
use crate::own::own_certificate_file;
use crate::{Error, certificate};

/// Whose certificates a client accepts.
#[derive(Debug, Clone, Default)]
pub enum Trust {
    /// Those of issuers that the system trusts, by the system's own rules.
    #[default]
    System,
    /// Those, and the one that a server on this machine has made for itself,
    /// in one of these data folders.
    Own(Vec<PathBuf>),
    /// Only those in a PEM file, and those that they have issued.
    Only(PathBuf),
}

impl Trust {
    /// What connections for HTTP/1.1 are made with.
    ///
    /// # Errors
    /// The file cannot be read or holds no certificate, or the system does not
    /// say which certificates it trusts.
    pub fn config(&self) -> Result<ClientConfig, Error> {
        let config = ClientConfig::builder_with_provider(Arc::new(provider()))
            .with_safe_default_protocol_versions()
            .expect("ring knows both versions of TLS")
            // Not what its name says: whoever names a verifier could name
            // one that accepts all. Neither of ours does.
            .dangerous()
            .with_custom_certificate_verifier(self.verifier()?);
        let mut config = config.with_no_client_auth();
        config.alpn_protocols = vec![b"http/1.1".to_vec()];
        Ok(config)
    }

    fn verifier(&self) -> Result<Arc<dyn ServerCertVerifier>, Error> {
        let crypto = Arc::new(provider());
        let file = match self {
            Trust::System => return system(Vec::new()),
            Trust::Own(folders) => return system(own(folders)),
            Trust::Only(file) => file,
        };
        let mut roots = RootCertStore::empty();
        for certificate in read_chain(file)? {
            roots
                .add(certificate)
                .map_err(|error| certificate::no_certificate(file, &error))?;
        }
        let roots = Arc::new(roots);
        match WebPkiServerVerifier::builder_with_provider(roots, crypto).build()
        {
            Ok(made) => Ok(made),
            Err(error) => Err(certificate::no_certificate(file, &error)),
        }
    }
}

fn system(
    own: Vec<CertificateDer<'static>>,
) -> Result<Arc<dyn ServerCertVerifier>, Error> {
    Verifier::new_with_extra_roots(own, Arc::new(provider()))
        .map(|verifier| Arc::new(verifier) as _)
        .map_err(|error| Error::NoTrust { why: error.to_string() })
}

/// The certificates of servers on this machine, as far as we may read them.
fn own(folders: &[PathBuf]) -> Vec<CertificateDer<'static>> {
    let files = folders.iter().map(|folder| own_certificate_file(folder));
    files.filter_map(|file| read_chain(&file).ok()).flatten().collect()
}
