//! How a Redis is reached: with a password, and over TLS.

use std::{fs, path::PathBuf};

use base64::{Engine, prelude::BASE64_STANDARD};
use redis::{Client, ConnectionAddr, IntoConnectionInfo, TlsCertificates};
use rustls::{
    RootCertStore,
    pki_types::{CertificateDer, pem::PemObject},
};

use super::without_user;
use crate::{Error, Result};

/// What a Redis asks for, and what does not stand in its URL.
#[derive(Clone, Default)]
pub struct RedisAccess {
    /// The password, instead of one in the URL.
    pub password: Option<String>,
    /// A PEM file with the certificates to trust, instead of those that the
    /// system trusts.
    pub ca: Option<PathBuf>,
}

impl RedisAccess {
    /// What makes connections to the Redis at `url`; none is made yet.
    pub(super) fn client(&self, url: &str) -> Result<Client> {
        let no_url = |_| Error::Url(without_user(url));
        let unfit = |detail: String| {
            let url = without_user(url);
            Error::Unfit { url, detail }
        };
        let mut info = url.into_connection_info().map_err(no_url)?;
        if let Some(password) = &self.password {
            let settings = info.redis_settings().clone();
            info = info.set_redis_settings(settings.set_password(password));
        }
        match info.addr() {
            ConnectionAddr::TcpTls { insecure: false, .. } => {}
            ConnectionAddr::TcpTls { insecure: true, .. } => {
                return Err(Error::Url(without_user(url)));
            }
            _ if self.ca.is_some() => {
                return Err(unfit(
                    "a certificate to trust is named, and redis:// is not \
                     encrypted. Say rediss://"
                        .to_owned(),
                ));
            }
            _ => return Client::open(info).map_err(no_url),
        }
        let roots = self.roots().map_err(unfit)?;
        // Another part of the program may have named one: then it counts.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let tls = TlsCertificates { client_tls: None, root_cert: Some(roots) };
        Client::build_with_tls(info, tls)
            .map_err(|error| unfit(error.to_string()))
    }

    /// The certificates to trust, in PEM: read once, and not again for each
    /// connection.
    fn roots(&self) -> std::result::Result<Vec<u8>, String> {
        let Some(file) = &self.ca else { return system_roots() };
        let name = file.display();
        let pem = fs::read(file)
            .map_err(|error| format!("{name} cannot be read: {error}"))?;
        match CertificateDer::pem_slice_iter(&pem).next() {
            Some(Ok(_)) => Ok(pem),
            _ => Err(format!("{name} holds no certificate in PEM")),
        }
    }
}

/// The certificates that the system trusts, but for those that TLS cannot use.
fn system_roots() -> std::result::Result<Vec<u8>, String> {
    let mut pem = String::new();
    for root in rustls_native_certs::load_native_certs().certs {
        if RootCertStore::empty().add(root.clone()).is_ok() {
            pem += "-----BEGIN CERTIFICATE-----\n";
            pem += &BASE64_STANDARD.encode(&root);
            pem += "\n-----END CERTIFICATE-----\n";
        }
    }
    match pem.is_empty() {
        true => Err("this system trusts no certificates: install \
                     ca-certificates, or name a file with one to trust"
            .to_owned()),
        false => Ok(pem.into_bytes()),
    }
}
