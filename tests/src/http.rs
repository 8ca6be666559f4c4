//! The HTTP client of the tests.

use std::sync::Once;
use std::time::Duration;

use reqwest::blocking::{Client, ClientBuilder};

/// How long an answer may take. Only a test that fails waits so long.
const PATIENCE: Duration = Duration::from_secs(120);

/// A client for requests to the servers under test, to be built.
pub fn http_builder() -> ClientBuilder {
    static TLS: Once = Once::new();
    // Reqwest makes no client before a provider of cryptography is
    // installed, not even one for plain HTTP.
    TLS.call_once(|| {
        // An error says that there is one already.
        let _ = rustls::crypto::ring::default_provider().install_default();
    });
    Client::builder().timeout(PATIENCE)
}

/// A client for requests to the servers under test.
pub fn http() -> Client {
    http_builder().build().expect("a client")
}
