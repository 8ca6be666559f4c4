//! The speed test against links whose speed is known, against servers of each
//! family, and against what answers at the wrong port.

use std::collections::HashMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::thread;
use std::time::{Duration, Instant};

use link::{Link, LinkSettings};
use socket2::SockRef;
use speedtest::serve::{ServeOptions, Server};
use speedtest::{
    Direction, Error, Family, Latency, Load, Phase, Report, Settings, Target,
    measure,
};

/// No test waits longer for what must come.
const PATIENCE: Duration = Duration::from_secs(20);

#[test]
fn the_rate_of_a_link_is_found_in_both_directions() {
    let truth = 20e6 * 1448.0 / 1500.0;
    harness::measured(|| {
        let report = through("20mbit,40ms", &|_| {});
        let error = |bps: Option<u64>| {
            (bps.expect("a figure") as f64 / truth - 1.0).abs()
        };
        let (down, up) = (report.download_bps, report.upload_bps);
        let right = error(down) <= 0.05 && error(up) <= 0.08;
        must(right, format!("{truth} bit/s, and not {report:?}"))
    });
}

/// The lines that the talk's author measured from the air and at sea.
#[test]
fn a_slow_line_is_measured_in_the_time_that_it_needs_or_not_at_all() {
    for line in [
        "128kbit,100ms,buffer=800ms",
        "1mbit,600ms,buffer=300ms",
        "2mbit,200ms",
        "64kbit,200ms,buffer=600ms",
    ] {
        let link: LinkSettings = line.parse().expect("a link");
        let truth = link.rate as f64 * 1448.0 / 1500.0;
        harness::measured(|| {
            let report = through(line, &|_| {});
            let long = report.seconds > 31.0;
            must(!long, format!("{line}: {} s", report.seconds))?;
            // The kernel behind the link takes an upload in lumps of seconds:
            // what it has taken is a figure only on a wire.
            let up = report.upload_bps.is_some();
            assert!(up || report.upload_error.is_some(), "{report:?}");
            let Some(bps) = report.download_bps else {
                let why = report.download_error.expect("a reason");
                println!("{line}: {why}");
                return Ok(());
            };
            let off = bps as f64 / truth - 1.0;
            println!("{line}: {:+.1} % {:?}", off * 100.0, report.unsettled);
            let right = off.abs() <= 0.05 || report.unsettled.is_some();
            must(right, format!("{line}: {:+.1} %", off * 100.0))?;
            Ok(())
        });
    }
}

#[test]
fn a_line_of_medium_speed_settles_in_the_seconds_that_it_needs() {
    for line in ["10mbit,20ms", "20mbit,40ms"] {
        harness::measured(|| {
            let report = through(line, &|_| {});
            let why = report.unsettled.clone().unwrap_or_default();
            must(report.stable, format!("{line}: {why} in {report:?}"))
        });
    }
}

#[test]
fn an_upload_that_is_refused_leaves_the_download_and_says_why() {
    let server = server();
    let there = server.address();
    // In front of the server is one that takes no bodies, as some proxies.
    let proxy = listen(move |mut stream| {
        let mut reader = BufReader::new(stream.try_clone().expect("a stream"));
        let Some(asked) = request(&mut reader) else { return };
        if asked.starts_with("POST") {
            let refusal = b"HTTP/1.1 413 Too Large\r\nContent-Length: 0\r\n\
                            Connection: close\r\n\r\n";
            let _ = stream.write_all(refusal);
            // Some of the body is read, so that the answer gets through.
            let _ = reader.read(&mut [0; 65_536]);
            return;
        }
        let Ok(mut behind) = TcpStream::connect(there) else { return };
        let asked = format!(
            "{}\r\nHost: localhost\r\n\
                             Connection: close\r\n\r\n",
            asked.trim_end()
        );
        if behind.write_all(asked.as_bytes()).is_ok() {
            let _ = std::io::copy(&mut behind, &mut stream);
        }
    });
    let server = url(proxy);
    let arguments = ["--server", &server, "--bytes", "60000000", "--json"];
    let family = ["--family", "ookla"];
    let json = client(&[&arguments[..], &family].concat(), false);
    assert!(json["download_bps"].as_u64() > Some(0), "{json}");
    assert!(json["upload_bps"].is_null(), "{json}");
    let words = json["upload_error"].as_str().expect("words");
    assert!(words.contains("413"), "{words}");
}

#[test]
fn round_trips_are_those_of_the_link() {
    harness::measured(|| {
        let report = through("20mbit,40ms", &|_| {});
        let idle = report.idle_latency_ms;
        assert!(idle >= 40.0, "{idle} ms is faster than the link");
        must(idle < 80.0, format!("{idle} ms over an idle link"))?;
        let under = report.loaded_latency_ms;
        for loaded in [under.download, under.upload] {
            let loaded = loaded.ok_or("no round trips under load")?;
            let queued = loaded > idle + 10.0;
            must(queued, format!("{loaded} ms over a full buffer"))?;
        }
        Ok(())
    });
}

#[test]
fn a_link_that_loses_packets_gets_more_flows() {
    let lossy = "100mbit,40ms,buffer=50ms,loss=1%";
    harness::measured(|| {
        let few = through(lossy, &|settings| settings.most_flows = 2);
        assert_eq!(few.flows, 2);
        let many = through(lossy, &|_| {});
        must(many.flows > 8, format!("{many:?}"))?;
        let (few, many) = (few.download_bps, many.download_bps);
        let faster = many > few.map(|few| 2 * few);
        let words = format!("{few:?} bit/s with two flows, {many:?} with all");
        must(faster, words)
    });
}

#[test]
fn a_test_that_was_cut_short_says_that_it_has_not_settled() {
    let short = Duration::from_secs(1);
    let report = through("20mbit,40ms", &|s| s.most_seconds = short);
    assert!(!report.stable);
    let why = report.unsettled.expect("a reason");
    assert!(why.contains("time budget"), "{why}");
    assert!(report.seconds < 2.0, "{} s of 1 s", report.seconds);
}

#[test]
fn no_more_bytes_are_moved_than_were_allowed() {
    let server = server();
    let settings = Settings { most_bytes: 4_000_000, ..to(&server) };
    let report = measure(&settings, &mut |_| {}).expect("a report");
    assert!(!report.stable);
    let why = report.unsettled.expect("a reason");
    assert!(why.contains("byte budget"), "{why}");
    // Bytes on their way when the budget ended arrive all the same.
    let received = report.bytes_received;
    assert!(received < 2_000_000 + (8 << 18), "{received} bytes received");
    let taken = server.counters().bytes_received;
    assert!(taken <= 4_000_000, "the server took {taken} bytes");
    // An acknowledged header is an acknowledged byte as well.
    let sent = report.bytes_sent;
    assert!(sent <= 4_000_000 + 16_384, "{sent} bytes sent");
}

#[test]
fn bytes_are_counted_as_acknowledged_and_not_as_written() {
    // A server that takes the connection and reads nothing. Its kernel has
    // little room for what comes meanwhile.
    let deaf = listen(|stream| {
        let small = SockRef::from(&stream).set_recv_buffer_size(16 << 10);
        small.expect("a smaller buffer");
        let mut reader = BufReader::new(stream);
        let Some(request) = request(&mut reader) else { return };
        if request.starts_with("POST") {
            thread::sleep(PATIENCE);
        }
        answer_a_question(&request, reader.get_mut());
    });
    let family = Some(Family::Ookla);
    let target = Target::find(&url(deaf), family, PATIENCE).expect("answers");
    let load = Load::start(&target, Direction::Upload, 1).expect("a thread");
    // The other kernel acknowledges what it takes and then no more, however
    // much ours has taken: 256 KiB with the first write.
    wait_until(|| load.bytes() > 0);
    let seen = |_| {
        thread::sleep(Duration::from_millis(25));
        load.bytes()
    };
    let most = (0..20).map(seen).max().unwrap_or_default();
    if cfg!(target_os = "linux") {
        assert!(most < 200_000, "{most} bytes acknowledged by nobody");
    }
    load.stop();
}

#[test]
fn a_body_is_counted_however_its_end_is_told() {
    let chunked: Vec<u8> = (0..100)
        .flat_map(|_| [&b"3E8;x=y\r\n"[..], &[7; 1000], b"\r\n"].concat())
        .chain(*b"0\r\nTrailer: x\r\n\r\n")
        .collect();
    let plain = vec![7; 100_000];
    for (fields, body) in [
        ("Content-Length: 100000\r\n", &plain),
        ("Transfer-Encoding: chunked\r\n", &chunked),
        ("", &plain),
    ] {
        let answer = format!("HTTP/1.1 200 OK\r\n{fields}\r\n");
        let answer = [answer.as_bytes(), body].concat();
        let first = Arc::new(AtomicBool::new(true));
        let server = listen(move |stream| {
            let mut reader = BufReader::new(stream);
            while let Some(request) = request(&mut reader) {
                if answer_a_question(&request, reader.get_mut()) {
                    continue;
                }
                // One body, and then no more.
                if !first.swap(false, Relaxed) {
                    return hold(reader.into_inner());
                }
                let _ = reader.get_mut().write_all(&answer);
                if fields.is_empty() {
                    return;
                }
            }
        });
        let target = Target::find(&url(server), None, PATIENCE).expect("found");
        let load =
            Load::start(&target, Direction::Download, 1).expect("a thread");
        wait_until(|| load.bytes() >= 100_000);
        assert_eq!(load.bytes(), 100_000, "{fields:?}");
        assert!(load.error().is_none(), "{:?}", load.error());
    }
}

#[test]
fn each_family_is_found_by_what_it_answers() {
    for (family, path, answer) in [
        (Family::Cloudflare, "/__down?bytes=4", "four"),
        (Family::LibreSpeed, "/backend/getIP.php", r#"{"processedString":""}"#),
        (Family::Ookla, "/speedtest/latency.txt", "test=test\n"),
        (
            Family::NetworkQuality,
            "/.well-known/nq",
            r#"{"version": 1, "urls": {"small_download_url": "/s",
                "large_download_url": "/l", "upload_url": "/u"}}"#,
        ),
    ] {
        let only = pages([(path, answer)]);
        let target = Target::find(&url(only), None, PATIENCE).expect("found");
        assert_eq!(target.family(), family);
    }
}

#[test]
fn our_own_server_is_measured_as_each_family() {
    let server = server();
    for family in Family::ALL {
        let family = Some(family);
        let settings =
            Settings { family, most_bytes: 60_000_000, ..to(&server) };
        let report = measure(&settings, &mut |_| {})
            .unwrap_or_else(|error| panic!("{family:?}: {error}"));
        assert_eq!(Some(report.family), family);
        assert!(report.download_bps > Some(0), "{report:?}");
        assert!(report.upload_bps > Some(0), "{report:?}");
        assert!(report.bytes_received > 0 && report.bytes_sent > 0);
    }
}

#[test]
fn a_redirect_is_followed_to_the_server() {
    let server = server();
    let there = server.url();
    let elsewhere = listen(move |stream| {
        let mut reader = BufReader::new(stream);
        while let Some(request) = request(&mut reader) {
            let path = request.split(' ').nth(1).unwrap_or("/");
            let moved = format!(
                "HTTP/1.1 301 Moved\r\nContent-Length: 0\r\n\
                 Location: {there}{path}\r\n\r\n"
            );
            let _ = reader.get_mut().write_all(moved.as_bytes());
        }
    });
    let settings =
        Settings { most_bytes: 4_000_000, ..Settings::new(url(elsewhere)) };
    let report = measure(&settings, &mut |_| {}).expect("a report");
    assert!(report.download_bps > Some(0));
}

#[test]
fn a_bad_day_is_told_in_words() {
    type Told = fn(&Error) -> bool;
    let long = format!("http://{}.example", "x".repeat(70));
    let bad: [(&str, String, Told); 14] = [
        ("no address", "ftp://x".into(), |e| {
            matches!(e, Error::Address { .. })
        }),
        ("no such name", long, |e| matches!(e, Error::Name { .. })),
        ("nobody listens", url(closed()), |e| {
            matches!(e, Error::Refused { .. })
        }),
        ("takes and says nothing", url(listen(hold)), |e| {
            matches!(e, Error::Silent { .. })
        }),
        ("hangs up", url(listen(drop)), |e| matches!(e, Error::Closed { .. })),
        ("greets first", greets(b"220 mail.example ESMTP\r\n"), |e| {
            matches!(e, Error::Garbage { .. })
        }),
        (
            "says something else",
            says(b"SSH-2.0-OpenSSH_9.2\r\nInvalid SSH identification.\r\n"),
            |e| matches!(e, Error::Garbage { .. }),
        ),
        ("a head for ever", url(listen(|s| forever(s, b"X: y\r\n"))), |e| {
            matches!(e, Error::Garbage { .. })
        }),
        ("a body for ever", url(listen(|s| forever(s, b"\r\nbody"))), |e| {
            matches!(e, Error::Garbage { .. })
        }),
        (
            "half a body",
            says(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf"),
            |e| matches!(e, Error::Closed { .. }),
        ),
        (
            "on and on",
            says(
                b"HTTP/1.1 302 x\r\nLocation: /x\r\nContent-Length: 0\r\n\r\n",
            ),
            |e| matches!(e, Error::Redirects { .. }),
        ),
        (
            "out of order",
            says(b"HTTP/1.1 503 x\r\nContent-Length: 0\r\n\r\n"),
            |e| matches!(e, Error::Status { status: 503, .. }),
        ),
        ("somebody else's page", url(pages([("/", "hello")])), |e| {
            matches!(e, Error::Unknown { .. })
        }),
        (
            "a little to everything",
            says(b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\npong"),
            |e| matches!(e, Error::Garbage { .. }),
        ),
    ];
    for (what, server, told) in bad {
        let settings = Settings {
            most_seconds: Duration::from_secs(2),
            ..Settings::new(server)
        };
        let error = measure(&settings, &mut |_| {}).expect_err(what);
        assert!(told(&error), "{what}: {error:?}");
        let words = error.to_string();
        assert!(words.len() > 40, "{what}: {words}");
        assert!(!error.fault().is_empty(), "{what}: {words}");
    }
}

#[test]
fn a_handshake_that_drips_is_given_up_in_time() {
    // A record of TLS that promises 4 KiB, and a byte of it now and then.
    let drip = listen(|mut stream| {
        let _ = stream.write_all(&[22, 3, 3, 16, 0, 2]);
        while stream.write_all(&[0]).is_ok() {
            thread::sleep(Duration::from_millis(100));
        }
    });
    let begun = Instant::now();
    let patience = Duration::from_secs(1);
    let found = Target::find(&format!("https://{drip}"), None, patience);
    assert!(matches!(found, Err(Error::Silent { .. })), "{found:?}");
    assert!(begun.elapsed() < PATIENCE, "{:?}", begun.elapsed());
}

#[test]
fn a_handshake_that_breaks_off_is_no_matter_of_certificates() {
    let found =
        Target::find(&format!("https://{}", listen(drop)), None, PATIENCE);
    assert!(matches!(found, Err(Error::Closed { .. })), "{found:?}");
}

#[test]
fn a_configuration_that_the_draft_calls_invalid_is_ignored() {
    let urls = |small: &str| {
        format!(
            r#"{{"small_download_url": "{small}",
                "large_download_url": "http://a.example/l",
                "upload_url": "http://a.example/u"}}"#
        )
    };
    let same = urls("http://a.example/s");
    for bad in [
        format!(r#"{{"urls": {same}}}"#),
        format!(r#"{{"version": 2, "urls": {same}}}"#),
        format!(r#"{{"version": 1, "urls": {}}}"#, urls("http://b.example/s")),
    ] {
        let page: &'static str = bad.leak();
        let only = pages([("/.well-known/nq", page)]);
        let found = Target::find(&url(only), None, PATIENCE);
        assert!(matches!(found, Err(Error::Unknown { .. })), "{page}");
    }
}

#[test]
fn the_endpoint_of_a_configuration_is_where_we_connect() {
    // Its addresses name a host that does not exist.
    let page = r#"{"version": 1, "test_endpoint": "127.0.0.1", "urls": {
        "small_download_url": "http://a.invalid:81/s",
        "large_download_url": "http://a.invalid:81/l",
        "upload_url": "http://a.invalid:81/u"}}"#;
    let only = pages([("/.well-known/nq", page)]);
    let target = Target::find(&url(only), None, PATIENCE).expect("found");
    assert_eq!(target.address().to_string(), "127.0.0.1:81");
}

#[test]
fn a_server_that_breaks_off_in_the_middle_is_a_failure_and_no_zero() {
    type Told = fn(&Error) -> bool;
    let bad: [(&str, &[u8], Told); 4] = [
        (
            "nothing comes",
            b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n",
            |e| matches!(e, Error::Stalled { .. } | Error::Budget { .. }),
        ),
        ("refuses", b"HTTP/1.1 403 x\r\nContent-Length: 0\r\n\r\n", |e| {
            matches!(e, Error::Status { status: 403, .. })
        }),
        (
            "no chunk",
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
            |e| matches!(e, Error::Garbage { .. }),
        ),
        ("hangs up", b"", |e| matches!(e, Error::Closed { .. })),
    ];
    for (what, answer, told) in bad {
        let server = listen(move |stream| {
            let mut reader = BufReader::new(stream);
            while let Some(request) = request(&mut reader) {
                if answer_a_question(&request, reader.get_mut()) {
                    continue;
                }
                let _ = reader.get_mut().write_all(answer);
                if answer.ends_with(b"9\r\n\r\n") {
                    hold(reader.into_inner());
                }
                return;
            }
        });
        let settings = Settings {
            most_seconds: Duration::from_secs(6),
            ..Settings::new(url(server))
        };
        let error = measure(&settings, &mut |_| {}).expect_err(what);
        assert!(told(&error), "{what}: {error:?}");
    }
}

#[test]
fn a_running_test_is_stopped_at_once() {
    let server = server();
    let settings = Settings { most_bytes: u64::MAX, ..to(&server) };
    for phase in [Phase::Find, Phase::Idle, Phase::Download, Phase::Upload] {
        settings.stop.store(false, Relaxed);
        let stop = settings.stop.clone();
        let ended = measure(&settings, &mut |progress| {
            if progress.phase == phase {
                stop.store(true, Relaxed);
            }
        });
        assert!(matches!(ended, Err(Error::Stopped)), "{phase:?}: {ended:?}");
    }
}

#[test]
fn a_stopped_load_lets_go_of_its_connections() {
    let gone = Arc::new(AtomicBool::new(false));
    let seen = gone.clone();
    let endless = listen(move |stream| {
        let mut reader = BufReader::new(stream);
        while let Some(request) = request(&mut reader) {
            if answer_a_question(&request, reader.get_mut()) {
                continue;
            }
            let head = b"HTTP/1.1 200 OK\r\n\r\n";
            let mut more = reader.get_mut().write_all(head);
            while more.is_ok() {
                more = reader.get_mut().write_all(&[7; 65536]);
            }
            seen.store(true, Relaxed);
        }
    });
    let target = Target::find(&url(endless), None, PATIENCE).expect("answers");
    let load = Load::start(&target, Direction::Download, 1).expect("a thread");
    wait_until(|| load.bytes() > 1_000_000);
    load.stop();
    wait_until(|| gone.load(Relaxed));
}

#[test]
fn round_trips_go_on_when_the_server_closes_after_each_answer() {
    let closing = listen(|stream| {
        let mut reader = BufReader::new(stream);
        if let Some(request) = request(&mut reader) {
            answer_a_question(&request, reader.get_mut());
        }
    });
    let family = Some(Family::Ookla);
    let target = Target::find(&url(closing), family, PATIENCE).expect("found");
    let mut latency = Latency::connect(&target, PATIENCE).expect("listens");
    for _ in 0..5 {
        latency.round_trip(PATIENCE).expect("a round trip");
    }
}

#[test]
fn the_client_prints_json_with_the_keys_that_others_rely_on() {
    let server = server();
    let json = client(&["--server", &server.url(), "--json"], true);
    for key in [
        "download_bps",
        "upload_bps",
        "idle_latency_ms",
        "jitter_ms",
        "bytes_received",
        "bytes_sent",
        "seconds",
        "flows",
    ] {
        assert!(json[key].is_number(), "{key} in {json}");
    }
    assert!(json["stable"].is_boolean());
    for direction in ["download", "upload"] {
        assert!(json["loaded_latency_ms"].get(direction).is_some());
    }
}

#[test]
fn a_test_that_failed_is_json_with_words_and_a_failure() {
    let json = client(&["--server", &url(closed()), "--json"], false);
    let words = json["error"].as_str().expect("words");
    assert!(words.contains("nothing listens"), "{words}");
    assert_eq!(json["fault"], "refused");
    assert!(json.get("download_bps").is_none(), "{json}");
}

#[test]
fn a_link_leads_to_a_server_and_says_so_when_it_cannot() {
    let closed = url(closed());
    for (server, fault) in
        [(closed.as_str(), "refused"), ("https://127.0.0.1:1", "address")]
    {
        let link = ["--link", "20mbit,40ms", "--json", "--server", server];
        assert_eq!(client(&link, false)["fault"], fault, "{server}");
    }
}

#[test]
fn a_certificate_counts_when_the_system_trusts_it() {
    let folder = tempfile::tempdir().expect("a folder");
    let made = rcgen::generate_simple_self_signed(["localhost".to_owned()])
        .expect("a certificate");
    let (certificate, key) =
        (folder.path().join("certificate.pem"), folder.path().join("key.pem"));
    std::fs::write(&certificate, made.cert.pem()).expect("written");
    std::fs::write(&key, made.signing_key.serialize_pem()).expect("written");
    let tls = Some((certificate.clone(), key));
    let server = Server::start(&ServeOptions { tls, ..Default::default() })
        .expect("a server");
    let url = format!("https://localhost:{}", server.address().port());

    let arguments = ["--server", &url, "--json", "--bytes", "4000000"];
    let doubtful = client(&arguments, false);
    let words = doubtful["error"].as_str().expect("words");
    assert!(words.contains("secure connection"), "{words}");
    // Elsewhere the system's own list of authorities is asked.
    if cfg!(target_os = "linux") {
        let mut command = Command::new(harness::program("lesson22"));
        command.env("SSL_CERT_FILE", &certificate).args(arguments);
        let output = command.output().expect("the client starts");
        let printed = String::from_utf8_lossy(&output.stdout);
        assert!(output.status.success(), "{printed}");
    }
}

fn must(right: bool, otherwise: String) -> Result<(), String> {
    if right { Ok(()) } else { Err(otherwise) }
}

/// Runs the client, which must succeed or fail, and reads what it prints.
fn client(arguments: &[&str], succeeds: bool) -> serde_json::Value {
    let mut command = Command::new(harness::program("lesson22"));
    let output = command.args(arguments).output().expect("the client starts");
    let errors = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.success(), succeeds, "{errors}");
    serde_json::from_slice(&output.stdout).expect("JSON")
}

fn server() -> Server {
    Server::start(&ServeOptions::default()).expect("a server")
}

fn to(server: &Server) -> Settings {
    Settings::new(server.url())
}

/// Measures our own server through a link.
fn through(link: &str, change: &dyn Fn(&mut Settings)) -> Report {
    let server = server();
    let link = link.parse().expect("a link");
    let link = Link::start(&link, server.address()).expect("a port");
    let mut settings = Settings::new(url(link.address()));
    change(&mut settings);
    measure(&settings, &mut |_| {}).expect("a report")
}

fn url(address: SocketAddr) -> String {
    format!("http://{address}")
}

/// An address at which nobody listens.
fn closed() -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    listener.local_addr().expect("an address")
}

/// A server that does `serve` with each connection, each in its own thread.
fn listen(serve: impl Fn(TcpStream) + Clone + Send + 'static) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = listener.local_addr().expect("an address");
    thread::spawn(move || {
        for stream in listener.incoming().map_while(Result::ok) {
            let serve = serve.clone();
            thread::spawn(move || serve(stream));
        }
    });
    address
}

/// Reads the head of a request; returns its first line.
fn request(reader: &mut BufReader<TcpStream>) -> Option<String> {
    let mut first = String::new();
    reader.read_line(&mut first).ok().filter(|read| *read > 0)?;
    let mut line = String::new();
    while reader.read_line(&mut line).ok().filter(|read| *read > 2).is_some() {
        line.clear();
    }
    Some(first)
}

/// Answers what Ookla's clients ask before they load a link, and the pages of
/// the others, which are not there. Returns whether it was such a question.
fn answer_a_question(request: &str, stream: &mut TcpStream) -> bool {
    let path = request.split(' ').nth(1).unwrap_or_default();
    if path.contains(".jpg") || request.starts_with("POST") {
        return false;
    }
    let answer = match path.ends_with("latency.txt") {
        true => "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\ntest=test\n",
        false => "HTTP/1.1 404 No\r\nContent-Length: 0\r\n\r\n",
    };
    stream.write_all(answer.as_bytes()).is_ok()
}

/// A server with these pages, and 404 for all others.
fn pages<const N: usize>(
    pages: [(&'static str, &'static str); N],
) -> SocketAddr {
    let pages = HashMap::from(pages);
    listen(move |stream| {
        let mut reader = BufReader::new(stream);
        while let Some(request) = request(&mut reader) {
            let path = request.split(' ').nth(1).unwrap_or_default();
            let answer = match pages.get(path) {
                Some(page) => {
                    let length = page.len();
                    format!(
                        "HTTP/1.1 200 OK\r\nContent-Length: {length}\r\n\r\n\
                         {page}"
                    )
                }
                None => "HTTP/1.1 404 x\r\nContent-Length: 0\r\n\r\n".into(),
            };
            let _ = reader.get_mut().write_all(answer.as_bytes());
        }
    })
}

/// A server that answers every request with these bytes and hangs up.
fn says(bytes: &'static [u8]) -> String {
    url(listen(move |stream| {
        let mut reader = BufReader::new(stream);
        let _ = request(&mut reader);
        let _ = reader.get_mut().write_all(bytes);
    }))
}

/// A server that says these bytes before it is asked, and waits.
fn greets(bytes: &'static [u8]) -> String {
    url(listen(move |mut stream| {
        let _ = stream.write_all(bytes);
        hold(stream);
    }))
}

/// Reads until the client hangs up, and never answers.
fn hold(mut stream: TcpStream) {
    let _ = stream.read_to_end(&mut Vec::new());
}

/// Begins an answer and sends the same on and on.
fn forever(stream: TcpStream, bytes: &[u8]) {
    let mut reader = BufReader::new(stream);
    let _ = request(&mut reader);
    let mut stream = reader.into_inner();
    let mut more = stream.write_all(b"HTTP/1.1 200 OK\r\n");
    while more.is_ok() {
        more = stream.write_all(bytes);
    }
}

/// Waits for something that must happen.
fn wait_until(happened: impl Fn() -> bool) {
    let begun = std::time::Instant::now();
    while !happened() {
        assert!(begun.elapsed() < PATIENCE, "it never happened");
        thread::sleep(Duration::from_millis(5));
    }
}
