//! A Redis that also answers over TLS.

use std::fs;
use std::net::TcpListener;
use std::path::PathBuf;

use private_redis::PrivateRedis;
use tempfile::TempDir;

use crate::scratch;

/// A Redis of the test's own, which listens for TLS on a second port, with a
/// certificate that nobody but itself vouches for.
pub struct TlsRedis {
    /// The same Redis, without TLS.
    pub plain: PrivateRedis,
    port: u16,
    folder: TempDir,
}

impl TlsRedis {
    /// Starts one whose certificate is for this name or address.
    pub fn start(name: &str) -> TlsRedis {
        let plain = PrivateRedis::start().expect("it is here");
        let folder = scratch();
        let made = rcgen::generate_simple_self_signed([name.to_owned()]);
        let made = made.expect("a certificate");
        let (certificate, key) =
            (folder.path().join("redis.pem"), folder.path().join("key.pem"));
        fs::write(&certificate, made.cert.pem()).expect("written");
        fs::write(&key, made.signing_key.serialize_pem()).expect("written");
        let port = free_port();
        let client = redis::Client::open(plain.url()).expect("a URL");
        let mut connection = client.get_connection().expect("it answers");
        for (option, value) in [
            ("tls-cert-file", certificate.display().to_string()),
            ("tls-key-file", key.display().to_string()),
            ("tls-auth-clients", "no".to_owned()),
            ("tls-port", port.to_string()),
        ] {
            redis::cmd("CONFIG")
                .arg(&["SET", option, &value])
                .exec(&mut connection)
                .expect("a Redis that was built with TLS");
        }
        TlsRedis { plain, port, folder }
    }

    /// Where it answers over TLS: `rediss://127.0.0.1:PORT/0`.
    pub fn url(&self) -> String {
        format!("rediss://127.0.0.1:{}/0", self.port)
    }

    /// The file with its certificate, in PEM.
    pub fn certificate(&self) -> PathBuf {
        self.folder.path().join("redis.pem")
    }

    /// A folder that goes with it.
    pub fn folder(&self) -> PathBuf {
        self.folder.path().to_owned()
    }
}

fn free_port() -> u16 {
    let listener = TcpListener::bind(("127.0.0.1", 0)).expect("a port");
    listener.local_addr().expect("bound").port()
}
