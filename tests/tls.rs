//! Both servers over TLS, with certificates of their own and with those of an
//! administrator.

use std::fs;
use std::hint::spin_loop;
use std::io::{Read, Write};
use std::net::{IpAddr, SocketAddr, UdpSocket};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use harness::{
    Attack, NetworkMonitor, PrintServer, Running, http, http_builder, program,
    sample, scratch,
};
use rcgen::{CertificateParams, KeyPair};
use reqwest::blocking::Client;
use serde_json::Value;
use sha2::{Digest, Sha256};

/// How long a program may take. Only a test that fails waits so long.
const PATIENCE: Duration = Duration::from_secs(60);
/// What the monitor of these tests watches: nothing.
const NOTHING: &str = "";

#[test]
fn plain_http_and_tls_come_to_one_port() {
    let data = scratch();
    let server = PrintServer::start(data.path(), &["--role", "intake"]);
    let monitor = NetworkMonitor::watching(NOTHING);
    for (address, data, key, path) in [
        (&server.address, data.path(), server.key.clone(), "/api/jobs"),
        (&monitor.address, monitor.data(), monitor.key(), "/api/status"),
    ] {
        let https = over_tls(address);
        let client = trusting(&data.join("certificate.pem"));
        assert_eq!(status(&client, &format!("{https}/healthz")), 200);
        assert_eq!(status(&client, &format!("{https}{path}")), 401);
        assert_eq!(status(&http(), &format!("{address}/healthz")), 200);
        let asked = client.get(format!("{https}{path}")).bearer_auth(key);
        assert_eq!(asked.send().expect("an answer").status(), 200);
        // By its name, too; and nobody who does not know the certificate.
        let named = https.replace("127.0.0.1", "localhost");
        assert_eq!(status(&client, &format!("{named}/healthz")), 200);
        let stranger = KeyFiles::made(&["localhost"]);
        let refused = trusting(&stranger.certificate).get(&named).send();
        let refused = format!("{:?}", refused.expect_err("not trusted"));
        assert!(refused.contains("InvalidCertificate"), "{refused}");
    }
}

#[test]
fn curl_trusts_a_servers_own_certificate() {
    let monitor = NetworkMonitor::watching(NOTHING);
    let ca = monitor.data().join("certificate.pem");
    let url = format!("{}/livez", over_tls(&monitor.address));
    let mut curl = Command::new("curl");
    curl.args(["-sS", "--noproxy", "*", "--cacert"]).arg(ca).arg(url);
    let Ok(output) = curl.output() else {
        eprintln!("not tested: there is no curl here");
        return;
    };
    assert!(output.status.success(), "{}", errors(&output));
}

#[test]
fn a_link_over_tls_signs_in_with_a_cookie_for_tls_only() {
    let monitor = NetworkMonitor::watching(NOTHING);
    let client = http_builder()
        .tls_certs_only([pem(&monitor.data().join("certificate.pem"))])
        .redirect(reqwest::redirect::Policy::none())
        .build()
        .expect("a client");
    let answer = client.get(over_tls(&monitor.link)).send().expect("in");
    assert_eq!(answer.status(), 303);
    let cookie = answer.headers()["set-cookie"].to_str().expect("text");
    assert!(cookie.contains("; Secure"), "{cookie}");
    let cookie = cookie.split(';').next().expect("a cookie");
    let https = over_tls(&monitor.address);
    let page = client.get(&https).header("cookie", cookie);
    let host = https.trim_start_matches("https://");
    for (origin, wanted) in [("https", 200), ("http", 403)] {
        let page = page.try_clone().expect("no body");
        let page = page.header("origin", format!("{origin}://{host}"));
        assert_eq!(page.send().expect("an answer").status(), wanted);
    }
}

#[test]
fn another_machine_needs_tls_unless_plain_http_is_allowed() {
    let Some(outside) = address_outside() else {
        eprintln!("not tested: this machine has no address but loopback");
        return;
    };
    let data = scratch();
    let everywhere = ["--listen", "0.0.0.0:0", "--role", "intake"];
    let server = PrintServer::start(data.path(), &everywhere);
    // This machine itself may say it plainly: nobody else hears it.
    assert_eq!(server.request("GET", "/api/jobs").status(), 200);
    let port = port_of(&server.address);
    let host = SocketAddr::new(outside, port);
    let client = trusting(&data.path().join("certificate.pem"));
    let plain = http().post(format!("http://{host}/upload")).body("%PDF");
    let answer = plain.send().expect("an answer");
    assert_eq!(answer.status(), 400);
    let words = answer.text().expect("words");
    assert!(words.contains("https://"), "{words}");
    assert!(words.contains("--allow-plain-http"), "{words}");
    assert_eq!(status(&http(), &format!("http://{host}/healthz")), 400);
    assert_eq!(status(&client, &format!("https://{host}/healthz")), 200);
    drop(server);

    let allowed = [everywhere.as_slice(), &["--allow-plain-http"]].concat();
    let mut server = PrintServer::start(data.path(), &allowed);
    hear(&mut server.program, "whoever is on the way can read");
    let host = SocketAddr::new(outside, port_of(&server.address));
    for (client, url) in [
        (&http(), format!("http://{host}/healthz")),
        (&client, format!("https://{host}/healthz")),
    ] {
        assert_eq!(status(client, &url), 200, "{url}");
    }
}

#[test]
fn a_renewed_certificate_is_taken_and_a_bad_one_is_not() {
    let files = KeyFiles::made(&["localhost", "127.0.0.1"]);
    let data = scratch();
    let options = files.options();
    let options: Vec<&str> = options.iter().map(String::as_str).collect();
    let mut monitor = NetworkMonitor::start(data.path(), NOTHING, &options);
    let health = format!("{}/healthz", over_tls(&monitor.address));
    let old = trusting(&files.certificate);
    assert_eq!(status(&old, &health), 200);

    // The files are replaced, as programs that renew certificates do it.
    let newer = KeyFiles::made(&["localhost", "127.0.0.1"]);
    fs::rename(&newer.key, &files.key).expect("replaced");
    fs::rename(&newer.certificate, &files.certificate).expect("replaced");
    let new = trusting(&files.certificate);
    let mark = fingerprint(&files.certificate);
    monitor.program.wait_for_line(&mark);
    assert_eq!(status(&new, &health), 200);
    // A connection that is open goes on; a new one sees the new certificate.
    assert_eq!(status(&old, &health), 200);
    let again = trusting_text(&files.text);
    assert!(again.get(&health).send().is_err());

    fs::write(&files.certificate, "no certificate").expect("written");
    let line = monitor.program.wait_for_line(
        "the old certificate stays in use: .*holds no certificate.*",
    );
    let name = files.certificate.display().to_string();
    assert!(line.contains(&name), "{line}");
    let client = trusting_text(&newer.text);
    assert_eq!(status(&client, &health), 503);
    let said: Value = monitor.response("/healthz").json().expect("JSON");
    let said = said["parts"]["certificate"].to_string();
    assert!(said.contains("holds no certificate"), "{said}");
}

#[cfg(unix)]
#[test]
fn a_certificate_is_read_again_when_a_person_asks() {
    let files = KeyFiles::made(&["localhost", "127.0.0.1"]);
    let data = scratch();
    let options = files.options();
    let options: Vec<&str> = options.iter().map(String::as_str).collect();
    let mut monitor = NetworkMonitor::start(data.path(), NOTHING, &options);
    hear(&mut monitor.program, "ready at");
    let another = KeyFiles::made(&["localhost"]);
    fs::copy(&another.key, &files.key).expect("another key");
    monitor.hang_up();
    monitor.program.wait_for_line("is not that of the certificate");
    fs::copy(&another.certificate, &files.certificate).expect("its own");
    monitor.hang_up();
    monitor.program.wait_for_line(&fingerprint(&another.certificate));
}

#[test]
fn what_is_no_certificate_ends_the_start_in_words() {
    let good = KeyFiles::made(&["localhost"]);
    let other = KeyFiles::made(&["localhost"]);
    let folder = scratch();
    let file = |name: &str, text: &str| {
        let path = folder.path().join(name);
        fs::write(&path, text).expect("a file");
        path
    };
    let empty = file("empty", "");
    let broken = file(
        "broken",
        "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n",
    );
    let locked = file(
        "locked",
        "-----BEGIN ENCRYPTED PRIVATE KEY-----\nAAAA\n\
         -----END ENCRYPTED PRIVATE KEY-----\n",
    );
    let missing = folder.path().join("missing");
    let named = |path: &PathBuf| path.display().to_string();
    for (certificate, key, words) in [
        (&missing, &good.key, [named(&missing), "cannot read".into()]),
        (&empty, &good.key, [named(&empty), "BEGIN CERTIFICATE".into()]),
        (&broken, &good.key, [named(&broken), "no usable".into()]),
        (&good.key, &good.key, [named(&good.key), "no certificate".into()]),
        (&good.certificate, &missing, [named(&missing), "cannot read".into()]),
        (&good.certificate, &empty, [named(&empty), "PRIVATE KEY".into()]),
        (&good.certificate, &locked, [named(&locked), "password".into()]),
        (&good.certificate, &broken, [named(&broken), "PRIVATE KEY".into()]),
        (&good.certificate, &other.key, [named(&other.key), "not that".into()]),
    ] {
        for (name, command) in [
            ("print-server", [].as_slice()),
            ("network-monitor", &[]),
            ("print-server", &["check"]),
            ("network-monitor", &["check"]),
        ] {
            let output = Command::new(program(name))
                .arg("--data")
                .arg(folder.path().join("data"))
                .args(["--listen", "127.0.0.1:0", "--certificate"])
                .arg(certificate)
                .arg("--certificate-key")
                .arg(key)
                .args(command)
                .output()
                .expect("it starts");
            let wanted = if command.is_empty() { 2 } else { 1 };
            let said = errors(&output);
            assert_eq!(output.status.code(), Some(wanted), "{said}");
            for word in &words {
                assert!(said.contains(word), "{word}: {said}");
            }
        }
    }
    // One without the other is a mistake as well.
    let output = Command::new(program("network-monitor"))
        .arg("--certificate")
        .arg(&good.certificate)
        .output()
        .expect("it starts");
    assert_eq!(output.status.code(), Some(2));
    assert!(errors(&output).contains("--certificate-key"));
}

#[test]
fn a_servers_own_certificate_stays_and_its_key_survives_another_name() {
    let data = scratch();
    let certificate = data.path().join("certificate.pem");
    let monitor = NetworkMonitor::start(data.path(), NOTHING, &[]);
    let first = fs::read(&certificate).expect("made at the first start");
    let shown = monitor.command().arg("certificate").output().expect("shown");
    let shown = String::from_utf8_lossy(&shown.stdout).into_owned();
    assert!(shown.contains(&fingerprint(&certificate)), "{shown}");
    let monitor = monitor.again();
    assert_eq!(fs::read(&certificate).expect("a file"), first);
    drop(monitor);

    let named = ["--host-name", "net.example.org"];
    let monitor = NetworkMonitor::start(data.path(), NOTHING, &named);
    assert_ne!(fs::read(&certificate).expect("a file"), first);
    let address = monitor.address.trim_start_matches("http://");
    let address: SocketAddr = address.parse().expect("an address");
    // Whoever trusts the first certificate trusts this one.
    let client = http_builder()
        .tls_certs_only([pem_of(&first)])
        .resolve("net.example.org", address)
        .build()
        .expect("a client");
    let url = format!("https://net.example.org:{}/livez", address.port());
    assert_eq!(status(&client, &url), 200);
    let shown = monitor.command().args(["certificate", "--json"]).output();
    let shown = shown.expect("shown").stdout;
    let shown: Value = serde_json::from_slice(&shown).expect("JSON");
    assert_eq!(shown["sha256"], *fingerprint(&certificate));
    assert_eq!(shown["file"], *certificate.display().to_string());
}

#[test]
fn a_certificate_of_its_own_is_renewed_before_it_ends() {
    let data = scratch();
    drop(NetworkMonitor::start(data.path(), NOTHING, &[]));
    let file = data.path().join("certificate.pem");
    let key = data.path().join("certificate-key.pem");
    let key = fs::read_to_string(key).expect("a key");
    let key = KeyPair::from_pem(&key).expect("a key");
    let names = ["localhost", "127.0.0.1", "::1"].map(str::to_owned);
    let mut wanted = CertificateParams::new(names).expect("names");
    // It has ended long ago.
    wanted.not_after = rcgen::date_time_ymd(2020, 1, 1);
    let old = wanted.self_signed(&key).expect("signed").pem();
    fs::write(&file, &old).expect("written");
    let monitor = NetworkMonitor::start(data.path(), NOTHING, &[]);
    assert_ne!(fs::read_to_string(&file).expect("a file"), old);
    let health = format!("{}/healthz", over_tls(&monitor.address));
    assert_eq!(status(&trusting(&file), &health), 200);
}

#[test]
fn a_start_that_is_killed_leaves_nothing_that_stops_the_next() {
    let mut made = 0;
    for after in 0..16 {
        let data = scratch();
        let mut first = Command::new(program("network-monitor"))
            .arg("--data")
            .arg(data.path())
            .args(["--listen", "127.0.0.1:0"])
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("it starts");
        // As soon as one of its files is there, or a moment later.
        let marks = ["certificate.lock", "certificate-key.pem.new"];
        let mark = data.path().join(marks[after % 2]);
        let begun = Instant::now();
        while !mark.exists() && begun.elapsed() < Duration::from_secs(10) {
            spin_loop();
        }
        thread::sleep(Duration::from_micros(150 * after as u64));
        first.kill().expect("it runs");
        first.wait().expect("it ended");
        made += u32::from(data.path().join("certificate.pem").exists());
        let monitor = NetworkMonitor::start(data.path(), NOTHING, &[]);
        let client = trusting(&data.path().join("certificate.pem"));
        let health = format!("{}/livez", over_tls(&monitor.address));
        assert_eq!(status(&client, &health), 200);
        for entry in fs::read_dir(data.path()).expect("a folder") {
            let name = entry.expect("an entry").file_name();
            assert!(!name.to_string_lossy().ends_with(".new"), "{name:?}");
        }
    }
    eprintln!("{made} of 16 had made their certificate when they were killed");
}

#[cfg(target_os = "linux")]
#[test]
fn half_open_handshakes_keep_nobody_out() {
    let data = scratch();
    let server = PrintServer::start(data.path(), &["--role", "intake"]);
    let address = server.address.trim_start_matches("http://");
    let address: SocketAddr = address.parse().expect("an address");
    // The head of a record with 512 bytes of a handshake, which never come.
    let _attack = Attack::start(address, 300, "\u{16}\u{3}\u{1}\u{2}\0", "");
    let another = http_builder()
        .tls_certs_only([pem(&data.path().join("certificate.pem"))])
        .local_address(IpAddr::from([127, 0, 0, 2]))
        .pool_max_idle_per_host(0)
        .build()
        .expect("a client");
    let https = over_tls(&server.address);
    for _ in 0..20 {
        let jobs = another.get(format!("{https}/api/jobs"));
        let answer = jobs.bearer_auth(&server.key).send().expect("an answer");
        assert_eq!(answer.status(), 200);
    }
    // Those who watch from the address of the flood are answered as well.
    let watching = trusting(&data.path().join("certificate.pem"));
    assert_eq!(status(&watching, &format!("{https}/healthz")), 200);
}

#[test]
fn the_print_client_speaks_tls() {
    let data = scratch();
    let server = PrintServer::start(data.path(), &["--role", "intake"]);
    let https = over_tls(&server.address);
    let document = data.path().join("landscape.pdf");
    fs::write(&document, sample("landscape.pdf")).expect("a document");
    let print = |server: &str, ca: Option<&Path>, home: &Path| {
        let mut print = Command::new(program("print-client"));
        print.arg(&document).args(["--no-wait", "--server", server]);
        print.arg("--key-file").arg(data.path().join("key"));
        print.env("XDG_DATA_HOME", home).env("HOME", home);
        if let Some(ca) = ca {
            print.arg("--ca").arg(ca);
        }
        print.output().expect("it starts")
    };
    let certificate = data.path().join("certificate.pem");
    let nowhere = scratch();
    let printed = print(&https, Some(&certificate), nowhere.path());
    assert!(printed.status.success(), "{}", errors(&printed));
    assert_eq!(server.jobs().len(), 1);

    // Nobody said whom to trust, or somebody else.
    let stranger = KeyFiles::made(&["localhost"]);
    for ca in [None, Some(stranger.certificate.as_path())] {
        let refused = print(&https, ca, nowhere.path());
        assert_eq!(refused.status.code(), Some(6));
        let said = errors(&refused);
        assert!(said.contains("--ca"), "{said}");
    }
    let wrong = print(&https, Some(&document), nowhere.path());
    assert!(errors(&wrong).contains("no certificate"), "{}", errors(&wrong));
    assert_eq!(server.jobs().len(), 1);
}

#[cfg(target_os = "linux")]
#[test]
fn the_print_client_knows_the_certificate_of_this_machines_own_server() {
    let home = scratch();
    let data = home.path().join("print-server");
    let server = PrintServer::start(&data, &["--role", "intake"]);
    let document = home.path().join("landscape.pdf");
    fs::write(&document, sample("landscape.pdf")).expect("a document");
    for host in ["127.0.0.1", "localhost"] {
        let https = over_tls(&server.address).replace("127.0.0.1", host);
        let printed = Command::new(program("print-client"))
            .arg(&document)
            .args(["--no-wait", "--server", &https])
            .env("XDG_DATA_HOME", home.path())
            .env_remove("PRINT_SERVER_KEY")
            .output()
            .expect("it starts");
        assert!(printed.status.success(), "{}", errors(&printed));
    }
    assert_eq!(server.jobs().len(), 2);
}

/// In a terminal, which `script` of util-linux makes.
#[cfg(target_os = "linux")]
#[test]
fn top_shows_a_monitor_over_tls_that_it_trusts() {
    let target = "[[target]]\nname = \"gatekeeper\"\nhost = \"127.0.0.1\"\n";
    let monitor = NetworkMonitor::watching(target);
    let https = over_tls(&monitor.address);
    let own = monitor.data().join("certificate.pem");
    let stranger = KeyFiles::made(&["localhost"]);
    for (ca, word) in
        [(&own, "gatekeeper"), (&stranger.certificate, "UnknownIssuer")]
    {
        let mut top = Terminal::start(&format!(
            "{} --data {} top --server {https} --ca {}",
            program("network-monitor").display(),
            monitor.data().display(),
            ca.display()
        ));
        top.wait_for(word);
        top.press("q");
    }
}

#[test]
fn whoever_asks_too_often_waits_and_nobody_else_does() {
    let data = scratch();
    let rate = ["--request-rate", "2"];
    let monitor = NetworkMonitor::start(data.path(), NOTHING, &rate);
    let status_of = || monitor.response("/api/status");
    let mut refused = None;
    for _ in 0..200 {
        let answer = status_of();
        if answer.status() == 429 {
            refused = Some(answer);
            break;
        }
        assert_eq!(answer.status(), 200);
    }
    let refused = refused.expect("20 at once, and 2 a second");
    let wait = refused.headers()["retry-after"].to_str().expect("text");
    assert!(["1", "2"].contains(&wait), "{wait}");
    let said: Value = refused.json().expect("JSON");
    assert!(said["error"].to_string().contains("try again"), "{said}");
    // Health is answered all the time, and strangers have a count of their own.
    for _ in 0..50 {
        assert_eq!(monitor.response("/healthz").status(), 200);
    }
    let stranger = http().get(monitor.url("/api/status"));
    let stranger = || stranger.try_clone().expect("no body").send();
    assert_eq!(stranger().expect("an answer").status(), 401);
    let flood = (0..200).map(|_| stranger().expect("an answer").status());
    assert!(flood.into_iter().any(|status| status == 429));
}

#[test]
fn a_person_may_send_only_so_many_documents_a_minute() {
    let data = scratch();
    let options = ["--role", "intake", "--upload-rate", "2"];
    let server = PrintServer::start(data.path(), &options);
    let upload =
        || server.upload("landscape.pdf", sample("landscape.pdf"), &[]);
    assert_eq!(upload().status(), 201);
    assert_eq!(upload().status(), 201);
    let refused = upload();
    assert_eq!(refused.status(), 429);
    assert!(refused.headers().contains_key("retry-after"));
    // It may ask for its jobs all the same.
    assert_eq!(server.jobs().len(), 2);
    assert!(server.spooled().len() <= 2);
}

/// A certificate and its key in files.
struct KeyFiles {
    _folder: tempfile::TempDir,
    certificate: PathBuf,
    key: PathBuf,
    /// What the file of the certificate holds at first.
    text: Vec<u8>,
}

impl KeyFiles {
    fn made(names: &[&str]) -> KeyFiles {
        let names: Vec<String> =
            names.iter().map(|&name| name.to_owned()).collect();
        let made = rcgen::generate_simple_self_signed(names).expect("made");
        let folder = scratch();
        let at = |name: &str| folder.path().join(name);
        let (certificate, key) = (at("chain.pem"), at("private.pem"));
        let text = made.cert.pem().into_bytes();
        fs::write(&certificate, &text).expect("a certificate");
        fs::write(&key, made.signing_key.serialize_pem()).expect("a key");
        KeyFiles { _folder: folder, certificate, key, text }
    }

    fn options(&self) -> [String; 4] {
        [
            "--certificate".to_owned(),
            self.certificate.display().to_string(),
            "--certificate-key".to_owned(),
            self.key.display().to_string(),
        ]
    }
}

/// A program in a terminal of its own.
#[cfg(target_os = "linux")]
struct Terminal {
    script: Child,
    shown: mpsc::Receiver<Vec<u8>>,
}

#[cfg(target_os = "linux")]
impl Terminal {
    fn start(command: &str) -> Terminal {
        let command = format!("stty rows 40 cols 120; exec {command}");
        let mut script = Command::new("script")
            .args(["--quiet", "--return", "--command", &command, "/dev/null"])
            .env("TERM", "xterm")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("script is a part of util-linux");
        let mut out = script.stdout.take().expect("piped above");
        let (sender, shown) = mpsc::channel();
        thread::spawn(move || {
            let mut piece = [0; 4096];
            while let Ok(count @ 1..) = out.read(&mut piece) {
                // Nobody looks any more at the end of the test.
                let _ = sender.send(piece[..count].to_vec());
            }
        });
        Terminal { script, shown }
    }

    /// Waits until the program has drawn this word.
    fn wait_for(&mut self, word: &str) {
        let mut all = Vec::new();
        while !String::from_utf8_lossy(&all).contains(word) {
            match self.shown.recv_timeout(PATIENCE) {
                Ok(piece) => all.extend(piece),
                Err(error) => panic!(
                    "{error} for {word:?} after {:?}",
                    String::from_utf8_lossy(&all)
                ),
            }
        }
    }

    /// Presses a key that ends the program.
    fn press(mut self, key: &str) {
        let mut keyboard = self.script.stdin.take().expect("piped above");
        keyboard.write_all(key.as_bytes()).expect("it reads");
        let end = self.script.wait().expect("it ends");
        assert!(end.success(), "{end}");
    }
}

/// Waits until a program has said these words, unless it has already.
fn hear(program: &mut Running, words: &str) {
    if !program.heard().iter().any(|line| line.contains(words)) {
        program.wait_for_line(words);
    }
}

/// The SHA-256 of the certificate in a file, as browsers show it.
fn fingerprint(file: &Path) -> String {
    let text = fs::read_to_string(file).expect("a certificate");
    let lines = text.lines().filter(|line| !line.starts_with('-'));
    let der = STANDARD.decode(lines.collect::<String>()).expect("PEM");
    let bytes = Sha256::digest(der);
    let bytes = bytes.iter().map(|byte| format!("{byte:02X}"));
    bytes.collect::<Vec<_>>().join(":")
}

/// An address of this machine that others can reach. Nothing is sent.
fn address_outside() -> Option<IpAddr> {
    let socket = UdpSocket::bind("0.0.0.0:0").ok()?;
    socket.connect("192.0.2.1:9").ok()?;
    let address = socket.local_addr().ok()?.ip();
    (!address.is_loopback()).then_some(address)
}

/// The same address over TLS.
fn over_tls(address: &str) -> String {
    address.replace("http://", "https://")
}

fn port_of(address: &str) -> u16 {
    let port = address.rsplit(':').next().unwrap_or_default();
    port.parse().expect("a port")
}

/// A client that trusts the certificate in this file, and no other.
fn trusting(file: &Path) -> Client {
    trusting_text(&fs::read(file).expect("a certificate"))
}

fn trusting_text(pem: &[u8]) -> Client {
    let only = http_builder().tls_certs_only([pem_of(pem)]);
    only.build().expect("a client")
}

fn pem(file: &Path) -> reqwest::Certificate {
    pem_of(&fs::read(file).expect("a certificate"))
}

fn pem_of(text: &[u8]) -> reqwest::Certificate {
    reqwest::Certificate::from_pem(text).expect("a certificate")
}

fn status(client: &Client, url: &str) -> u16 {
    let answer = client.get(url).send().expect("an answer");
    answer.status().as_u16()
}

fn errors(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}
