//! The certificate that a server shows: looked at, and judged.

use std::sync::{Arc, LazyLock, Mutex, PoisonError};

use rustls::client::Resumption;
use rustls::client::danger::{
    HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier,
};
use rustls::crypto::{CryptoProvider, ring};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{ClientConfig, DigitallySignedStruct, SignatureScheme};
use rustls_platform_verifier::Verifier;

use crate::check::certificate;

/// The judge of all checks: the system's own rules. Or why there is none.
static SYSTEM: LazyLock<Result<Arc<Verifier>, rustls::Error>> =
    LazyLock::new(|| Verifier::new(provider()).map(Arc::new));

fn provider() -> Arc<CryptoProvider> {
    Arc::new(ring::default_provider())
}

/// Remembers how long the server's certificate lasts, also of one that is
/// refused, and lets the system judge it, or nobody.
#[derive(Debug)]
pub(super) struct Witness {
    judge: Arc<Verifier>,
    any_certificate: bool,
    days: Mutex<Option<i64>>,
}

impl Witness {
    /// A witness of one handshake.
    ///
    /// # Errors
    /// When the system does not say which certificates it trusts.
    pub fn new(any_certificate: bool) -> Result<Arc<Witness>, rustls::Error> {
        let judge = SYSTEM.clone()?;
        let days = Mutex::default();
        Ok(Arc::new(Witness { judge, any_certificate, days }))
    }

    /// What the handshake is made with.
    pub fn config(self: &Arc<Witness>) -> ClientConfig {
        let config = ClientConfig::builder_with_provider(provider())
            .with_safe_default_protocol_versions()
            .expect("ring knows both versions of TLS")
            .dangerous()
            .with_custom_certificate_verifier(self.clone());
        let mut config = config.with_no_client_auth();
        config.alpn_protocols = vec![b"http/1.1".to_vec()];
        // As somebody who comes for the first time: otherwise the certificate
        // would not be looked at again.
        config.resumption = Resumption::disabled();
        config
    }

    /// Whole days until the certificate expires, once it was seen.
    pub fn days(&self) -> Option<i64> {
        *self.days.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl ServerCertVerifier for Witness {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        *self.days.lock().unwrap_or_else(PoisonError::into_inner) =
            certificate::days_left(end_entity);
        if self.any_certificate {
            return Ok(ServerCertVerified::assertion());
        }
        self.judge.verify_server_cert(
            end_entity,
            intermediates,
            server_name,
            ocsp_response,
            now,
        )
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        if self.any_certificate {
            return Ok(HandshakeSignatureValid::assertion());
        }
        self.judge.verify_tls12_signature(message, cert, dss)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        if self.any_certificate {
            return Ok(HandshakeSignatureValid::assertion());
        }
        self.judge.verify_tls13_signature(message, cert, dss)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.judge.supported_verify_schemes()
    }
}
