//! Other people's speed tests, as they are, against our server.

use std::path::PathBuf;
use std::process::{Command, ExitCode};
use std::time::Duration;

use cfspeedtest::speedtest::{
    PayloadSize, TestType, fetch_metadata, run_latency_test, speed_test,
};
use cfspeedtest::{OutputFormat, SpeedTestCLIOptions};
use harness::{Tool, needs, scratch, suite, test};
use link::Link;
use reqwest_012::{Certificate, blocking::Client};
use serde_json::Value;
use speedtest::serve::{ServeOptions, Server};

/// Bits per second, from a machine under load to the loopback interface of a
/// quiet one: a figure outside is no measurement.
const PLAUSIBLE: std::ops::Range<f64> = 1e5..1e12;

fn main() -> ExitCode {
    suite(vec![
        needs(Tool::PySpeedtest, test!(pyspeedtest_measures_a_link)),
        needs(Tool::SpeedtestCli, test!(speedtest_cli_measures_both_ways)),
        test!(cfspeedtest_measures_both_ways),
    ])
}

/// It is right that the figures are below the link's: pyspeedtest moves so
/// little that much of it goes in TCP's slow start.
fn pyspeedtest_measures_a_link() {
    const RATE: f64 = 50e6;
    let server = server(&ServeOptions::default());
    let settings = "50mbit,20ms".parse().expect("a link");
    let link = Link::start(&settings, server.address()).expect("a free port");
    let said = run(Command::new(path(Tool::PySpeedtest))
        .args(["--format", "json", "--server"])
        .arg(link.address().to_string()));

    // Three pictures and two forms, each on two connections.
    let moved = server.counters();
    assert_eq!(moved.bytes_sent, 2 * (245_388 + 505_544 + 4_468_241));
    let field = "content0=".len() as u64;
    assert_eq!(moved.bytes_received, 2 * (132_884 + 493_638 + 2 * field));

    assert!(number(&said, "ping") >= 20.0, "{said}");
    for way in ["download", "upload"] {
        let rate = number(&said, way);
        assert!((RATE / 100.0..RATE).contains(&rate), "{way}: {said}");
    }
}

/// It asks speedtest.net how it is to measure, even when it is told where.
/// With our server as its proxy it asks us.
fn speedtest_cli_measures_both_ways() {
    let server = server(&ServeOptions::default());
    let url = server.url();
    let said = run(Command::new(path(Tool::SpeedtestCli))
        .args(["--json", "--mini", &url])
        .env("http_proxy", &url)
        .env("https_proxy", &url));

    assert_eq!(said["client"]["ip"], "127.0.0.1");
    assert_eq!(said["server"]["sponsor"], "Speedtest Mini");
    assert!((0.0..1800.0).contains(&number(&said, "ping")), "{said}");
    for way in ["download", "upload"] {
        assert!(PLAUSIBLE.contains(&number(&said, way)), "{way}: {said}");
    }
    // It does not count a transfer that has not ended after ten seconds.
    let moved = server.counters();
    let received = number(&said, "bytes_received");
    let sent = number(&said, "bytes_sent");
    assert!(received > 1e6 && moved.bytes_sent as f64 >= received, "{said}");
    assert!(sent > 1e6, "{said}");
    assert!(moved.bytes_received as f64 >= 0.5 * sent, "{moved:?} {said}");
}

/// The program itself asks speed.cloudflare.com, always. So here is all of it
/// but its `main`, and our server stands behind that name, with a certificate
/// for it.
fn cfspeedtest_measures_both_ways() {
    let name = "speed.cloudflare.com";
    let made = rcgen::generate_simple_self_signed([name.to_owned()]);
    let made = made.expect("a key");
    let folder = scratch();
    let write = |file: &str, text: String| {
        let file = folder.path().join(file);
        std::fs::write(&file, text).expect("our folder");
        file
    };
    let chain = write("chain.pem", made.cert.pem());
    let key = write("key.pem", made.signing_key.serialize_pem());
    let tls = Some((chain, key));
    let server = server(&ServeOptions { tls, ..ServeOptions::default() });
    let root = Certificate::from_pem(made.cert.pem().as_bytes());
    let client = Client::builder()
        .no_proxy()
        .resolve(name, server.address())
        .add_root_certificate(root.expect("a certificate"))
        .timeout(Duration::from_secs(60))
        .build()
        .expect("a client");

    let metadata = fetch_metadata(&client).expect("a trace");
    assert_eq!(metadata.ip, "127.0.0.1");
    assert_eq!((metadata.colo.len(), metadata.country.len()), (3, 2));
    let (pings, _) = run_latency_test(&client, 5, OutputFormat::None);
    assert_eq!(pings.len(), 5);
    assert!(pings.iter().all(|ms| (0.001..1e4).contains(ms)), "{pings:?}");

    let before = server.counters();
    let options = SpeedTestCLIOptions {
        nr_tests: 3,
        nr_latency_tests: 3,
        max_payload_size: PayloadSize::M10,
        output_format: OutputFormat::None,
        verbose: false,
        ipv4: None,
        ipv6: None,
        disable_dynamic_max_payload_size: true,
        download_only: false,
        upload_only: false,
        completion: None,
    };
    let measured = speed_test(client, options);
    for way in [TestType::Download, TestType::Upload] {
        let rates = measured.iter().filter(|one| one.test_type == way);
        let rates: Vec<f64> = rates.map(|one| one.mbit * 1e6).collect();
        assert_eq!(rates.len(), 9, "{way:?}");
        let good = rates.iter().all(|rate| PLAUSIBLE.contains(rate));
        assert!(good, "{way:?}: {rates:?}");
    }
    // Three sizes, three times each, and nothing twice.
    let after = server.counters();
    let bytes = 3 * (100_000 + 1_000_000 + 10_000_000);
    assert_eq!(after.bytes_sent - before.bytes_sent, bytes);
    assert_eq!(after.bytes_received - before.bytes_received, bytes);
}

fn server(options: &ServeOptions) -> Server {
    Server::start(options).expect("a free port")
}

fn path(tool: Tool) -> PathBuf {
    tool.find().expect("the test needs it")
}

/// Runs a client that prints JSON, and asks nobody but those it is told of.
fn run(client: &mut Command) -> Value {
    let output = client.env("no_proxy", "").output().expect("it starts");
    let said = String::from_utf8_lossy(&output.stdout);
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{client:?}: {said}{errors}");
    serde_json::from_str(&said)
        .unwrap_or_else(|error| panic!("{error}: {said}{errors}"))
}

fn number(said: &Value, key: &str) -> f64 {
    said[key].as_f64().unwrap_or_else(|| panic!("no {key} in {said}"))
}
