//! Notices over TLS: to servers that this machine trusts, and to no others.
//!
//! A process reads once whom it trusts, from a file (`SSL_CERT_FILE`). So each
//! test starts itself again, with a file of its own, and does its work there.

use std::fs;
use std::io::{BufReader, Write};
use std::net::{SocketAddr, TcpListener};
use std::path::Path;
use std::process::Command;
use std::sync::{Arc, Mutex};
use std::thread;

use alerts::NotifierReport;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject};
use rustls::{ServerConfig, ServerConnection, StreamOwned};

use crate::emails::{converse, messages, session};
use crate::sending::{last_error, notice, notifiers, send};
use crate::webhooks::{OK, read_request};

/// The folder with the certificate, in the process that does the work.
const FOLDER: &str = "ALERTS_TLS_FOLDER";

/// Starts this test once more, with a certificate for `localhost` that this
/// process trusts, or with another one that it trusts instead.
fn again(test: &str, trusted: bool) {
    let folder = tempfile::tempdir().expect("a folder");
    for name in ["ours", "other"] {
        let names = ["localhost".to_owned()];
        let made = rcgen::generate_simple_self_signed(names).expect("a key");
        let path = folder.path().join(name);
        fs::write(&path, made.cert.pem()).expect("written");
        let key = made.signing_key.serialize_pem();
        fs::write(path.with_extension("key"), key).expect("written");
    }
    let roots = if trusted { "ours" } else { "other" };
    let ended = Command::new(std::env::current_exe().expect("this program"))
        .args(["--exact", test, "--nocapture"])
        .env(FOLDER, folder.path())
        .env("SSL_CERT_FILE", folder.path().join(roots))
        .env_remove("SSL_CERT_DIR")
        .output()
        .expect("it starts");
    let said = String::from_utf8_lossy(&ended.stdout);
    let wrong = String::from_utf8_lossy(&ended.stderr);
    assert!(ended.status.success(), "{said}\n{wrong}");
    assert!(said.contains("1 passed"), "{said}\n{wrong}");
}

fn configuration() -> Arc<ServerConfig> {
    let folder = std::env::var_os(FOLDER).expect("it was set");
    let path = Path::new(&folder).join("ours");
    let certificate = CertificateDer::from_pem_file(&path).expect("it is ours");
    let key = PrivateKeyDer::from_pem_file(path.with_extension("key"));
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let configuration = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .expect("usual versions")
        .with_no_client_auth()
        .with_single_cert(vec![certificate], key.expect("its key"));
    Arc::new(configuration.expect("they belong together"))
}

/// The messages that a server received.
type Heard = Arc<Mutex<Vec<String>>>;

fn listen(
    mut serve: impl FnMut(std::net::TcpStream, &Heard) + Send + 'static,
) -> (SocketAddr, Heard) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = listener.local_addr().expect("its address");
    let heard = Heard::default();
    let noted = heard.clone();
    thread::spawn(move || {
        for stream in listener.incoming() {
            serve(stream.expect("a connection"), &noted);
        }
    });
    (address, heard)
}

fn tls(stream: std::net::TcpStream) -> impl std::io::Read + Write {
    let connection = ServerConnection::new(configuration());
    StreamOwned::new(connection.expect("a configuration"), stream)
}

/// Sends a notice by webhook, by TLS from the first byte, and by STARTTLS.
fn send_each_way() -> Vec<(&'static str, NotifierReport, Vec<String>)> {
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let (web, requests) = listen(|stream, heard| {
        let mut stream = tls(stream);
        // A client that does not trust us sends nothing: the read fails.
        let request =
            std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
                read_request(&mut stream)
            }));
        if let Ok(request) = request {
            heard.lock().expect("no panic").push(request);
            let _ = stream.write_all(OK.as_bytes());
        }
    });
    let greeting = &["250-localhost", "250 AUTH PLAIN"];
    let (mail, letters) = listen(move |stream, heard| {
        let _ = converse(&mut tls(stream), heard, &mut Vec::new(), greeting);
    });
    let (upgraded, later) = listen(move |mut stream, heard| {
        let first = &["250-localhost", "250 STARTTLS"];
        if let Ok(true) = converse(&mut stream, heard, &mut Vec::new(), first) {
            let mut stream = tls(stream);
            let stream = &mut BufReader::new(&mut stream);
            let _ = session(stream, heard, &mut Vec::new(), greeting);
        }
    });
    let email = |kind: &str, address: SocketAddr| {
        format!(
            "[notify.email]\nserver = \"localhost\"\nport = {}\n\
             tls = \"{kind}\"\nfrom = \"monitor@example.org\"\n\
             to = \"office@example.org\"\n",
            address.port()
        )
    };
    [
        (
            "webhook",
            format!("webhook = \"https://localhost:{}/\"\n", web.port()),
            requests,
        ),
        ("tls", email("tls", mail), letters),
        ("starttls", email("starttls", upgraded), later),
    ]
    .into_iter()
    .map(|(way, lines, heard)| {
        let text =
            format!("[[notify]]\nname = \"{way}\"\nattempts = 1\n{lines}");
        let report = runtime
            .block_on(async { send(&notifiers(&text), &notice()).await });
        let heard = heard.lock().expect("no panic").clone();
        (way, report, messages(&heard))
    })
    .collect()
}

#[test]
fn a_server_that_this_machine_trusts_gets_its_notice() {
    if std::env::var_os(FOLDER).is_none() {
        let name = "tls::a_server_that_this_machine_trusts_gets_its_notice";
        return again(name, true);
    }
    for (way, report, messages) in send_each_way() {
        assert_eq!((report.sent, &report.last_error), (1, &None), "{way}");
        assert_eq!(messages.len(), 1, "{way}");
        assert!(messages[0].contains("router"), "{way}: {}", messages[0]);
    }
}

#[test]
fn a_server_with_somebody_elses_certificate_gets_none() {
    if std::env::var_os(FOLDER).is_none() {
        let name = "tls::a_server_with_somebody_elses_certificate_gets_none";
        return again(name, false);
    }
    for (way, report, messages) in send_each_way() {
        assert_eq!((report.sent, report.failed), (0, 1), "{way}");
        assert!(
            last_error(&report).contains("certificate"),
            "{way}: {report:?}"
        );
        assert!(messages.is_empty(), "{way}: {messages:?}");
    }
}
