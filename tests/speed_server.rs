//! Our speed-test server, byte by byte: its answers to the clients of each
//! family, and to those that break the rules.

use std::fs;
use std::io::{BufRead, BufReader, ErrorKind, Read, Write};
use std::net::{TcpStream, UdpSocket};
use std::path::PathBuf;
use std::time::{Duration, Instant};

use harness::scratch;
use regex::Regex;
use serde_json::{Value, json};
use speedtest::serve::{ServeOptions, Server};
use tempfile::TempDir;

/// Reached only by a test that fails.
const PATIENCE: Duration = Duration::from_secs(30);
const MIB: usize = 1 << 20;

#[test]
fn clients_of_the_old_ookla_servers_find_what_they_ask_for() {
    let server = server();
    let mut client = Client::of(&server);
    let latency = client.get("/speedtest/latency.txt?x=123.0");
    assert_eq!(latency.text(), "test=test\n");
    let picture = client.get("/speedtest/random350x350.jpg?x=1");
    assert_eq!(picture.header("content-type"), Some("image/jpeg"));
    assert_eq!(picture.body.len(), 245_388);
    let upload = client.post("/speedtest/upload.php", &[b'x'; 100_000]);
    assert_eq!(upload.text(), "size=100000");

    // speedtest-cli recognises a server by an upload of nothing, and reads
    // these before it measures.
    assert_eq!(client.get("/speedtest/upload.php").text(), "size=0");
    let configuration = client.get("/speedtest-config.php").text();
    for wanted in [
        "<client ip=\"127.0.0.1\" lat=\"0\" lon=\"0\"",
        "<server-config threadcount=\"4\" ignoreids=\"\"/>",
        "<download testlength=\"10\" threadsperurl=\"4\"/>",
        "maxchunkcount=\"50\" threads=\"2\"/>",
    ] {
        assert!(configuration.contains(wanted), "{configuration}");
    }
}

#[test]
fn clients_of_librespeed_find_what_they_ask_for_in_both_places() {
    let server = server();
    let mut client = Client::of(&server);
    for folder in ["", "/backend"] {
        let garbage =
            client.get(&format!("{folder}/garbage.php?r=0.5&ckSize=3"));
        assert_eq!(garbage.body.len(), 3 * MIB);
        let usual = client.get(&format!("{folder}/garbage.php"));
        assert_eq!(usual.body.len(), 4 * MIB);
        let empty = client.get(&format!("{folder}/empty.php?r=0.5"));
        assert_eq!(empty.body.len(), 0);
        let path = format!("{folder}/empty.php");
        assert_eq!(client.post(&path, &[1; MIB]).body.len(), 0);
        let address = client.get(&format!("{folder}/getIP.php?isp=true"));
        assert_eq!(
            address.json(),
            json!({ "processedString": "127.0.0.1", "rawIspInfo": "" })
        );
    }
}

#[test]
fn a_browser_may_measure_from_any_page() {
    let server = server();
    let mut client = Client::of(&server);
    // It asks before it posts to another host than the page's.
    let asked = client.request("OPTIONS", "/backend/empty.php", "");
    let get = client.get("/backend/empty.php");
    for answer in [asked, get] {
        assert_eq!(answer.status, 200);
        let header = |name| answer.header(name).unwrap_or_default();
        assert_eq!(header("access-control-allow-origin"), "*");
        let headers = header("access-control-allow-headers");
        assert!(headers.contains("Content-Encoding"), "{headers}");
        let methods = header("access-control-allow-methods");
        assert!(methods.contains("POST"), "{methods}");
        assert!(header("cache-control").contains("no-store"));
    }
}

#[test]
fn clients_of_cloudflare_find_what_they_ask_for() {
    let server = server();
    let mut client = Client::of(&server);
    let nothing = client.get("/__down?bytes=0");
    let timing = Regex::new(r"^cfRequestDuration;dur=\d+\.\d+$");
    let timing = timing.expect("a regular expression");
    let took = |answer: &Answer| {
        let said = answer.header("server-timing").unwrap_or_default();
        assert!(timing.is_match(said), "{said}");
    };
    took(&nothing);
    assert_eq!(nothing.body.len(), 0);
    let down = client.get("/__down?measId=7&bytes=1234567");
    took(&down);
    assert_eq!(down.body.len(), 1_234_567);
    let up = client.post("/__up?measId=7", &[0; 300_000]);
    took(&up);
    let trace = client.get("/cdn-cgi/trace").text();
    for line in ["h=speed.test:1", "ip=127.0.0.1", "colo=LAN", "loc=XX"] {
        assert!(trace.lines().any(|there| there == line), "{trace}");
    }
}

/// draft-ietf-ippm-responsiveness.
#[test]
fn clients_of_network_quality_are_told_where_to_ask() {
    let server = server();
    let mut client = Client::of(&server);
    let answer = client.get("/.well-known/nq");
    assert_eq!(answer.header("content-type"), Some("application/json"));
    let small = "http://speed.test:1/nq/small";
    let large = "http://speed.test:1/nq/large";
    let upload = "http://speed.test:1/nq/upload";
    assert_eq!(
        answer.json(),
        json!({
            "version": 1,
            "urls": {
                "small_download_url": small,
                "large_download_url": large,
                "upload_url": upload,
                "small_https_download_url": small,
                "large_https_download_url": large,
                "https_upload_url": upload,
            },
        })
    );
    assert_eq!(client.get("/nq/small").body.len(), 1);
    assert_eq!(client.post("/nq/upload", &[0; MIB]).status, 200);
    let large = client.request("HEAD", "/nq/large", "");
    assert_eq!(large.header("content-length"), Some("8589934592"));
}

#[test]
fn the_page_says_what_this_is_and_how_to_use_it() {
    let server = server();
    let page = Client::of(&server).get("/about");
    assert_eq!(page.header("content-type"), Some("text/html; charset=utf-8"));
    let page = page.text();
    for words in [
        "Speed-test server",
        "lesson22 -- --server http://speed.test:1<",
        "pyspeedtest -s speed.test:1<",
        "http_proxy=http://speed.test:1 speedtest-cli --mini",
    ] {
        assert!(page.contains(words), "no {words} in {page}");
    }
    assert!(!page.contains("{url}") && !page.contains("{host}"));
}

#[test]
fn what_is_downloaded_cannot_be_compressed() {
    let server = server();
    let body = Client::of(&server).get("/__down?bytes=1000000").body;
    let mut counts = [0_u32; 256];
    for byte in &body {
        counts[usize::from(*byte)] += 1;
    }
    // All bytes are about as frequent as each other, and no stretch of them
    // comes a second time.
    let expected = body.len() as u32 / 256;
    let even = expected * 8 / 10..expected * 12 / 10;
    assert!(counts.iter().all(|count| even.contains(count)));
    let mut stretches: Vec<&[u8]> = body.chunks_exact(16).collect();
    let many = stretches.len();
    stretches.sort_unstable();
    stretches.dedup();
    assert_eq!(stretches.len(), many);
}

#[test]
fn many_requests_on_one_connection_are_answered_in_order() {
    let server = server();
    let mut client = Client::of(&server);
    let requests = [
        post("/speedtest/upload.php", b"four"),
        get("/speedtest/latency.txt"),
        get("/nothing"),
        post("/speedtest/upload.php", b"sixsix"),
        get("/__down?bytes=70000"),
        get("/nq/small"),
    ];
    client.send(&requests.concat());
    assert_eq!(client.answer().text(), "size=4");
    assert_eq!(client.answer().text(), "test=test\n");
    assert_eq!(client.answer().status, 404);
    assert_eq!(client.answer().text(), "size=6");
    assert_eq!(client.answer().body.len(), 70_000);
    assert_eq!(client.answer().body.len(), 1);
    assert_eq!(server.counters().connections, 1);
}

#[test]
fn a_connection_ends_when_its_client_says_so() {
    let server = server();
    for request in [
        "GET /nq/small HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n",
        "GET /nq/small HTTP/1.0\r\n\r\n",
    ] {
        let mut client = Client::of(&server);
        client.send(request.as_bytes());
        let answer = client.answer();
        assert_eq!(answer.header("connection"), Some("close"));
        assert_eq!(answer.body.len(), 1);
        client.ends();
    }
}

#[test]
fn a_head_request_gets_the_length_and_no_body() {
    let server = server();
    let mut client = Client::of(&server);
    for (path, length) in [("/__down?bytes=5000", "5000"), ("/nothing", "60")] {
        let head = client.request("HEAD", path, "");
        assert_eq!(head.header("content-length"), Some(length));
    }
    // The next answer is where it is expected: nothing came in between.
    assert_eq!(client.get("/nq/small").status, 200);
}

#[test]
fn a_body_in_chunks_is_counted_by_its_bytes() {
    let server = server();
    let mut client = Client::of(&server);
    client.send(
        b"POST /speedtest/upload.php HTTP/1.1\r\nHost: x\r\n\
          Transfer-Encoding: chunked\r\n\r\n",
    );
    for _ in 0..10 {
        client.send(b"2710\r\n");
        client.send(&[b'x'; 10_000]);
        client.send(b"\r\n");
    }
    client.send(b"0\r\n\r\n");
    assert_eq!(client.answer().text(), "size=100000");
    assert_eq!(server.counters().bytes_received, 100_000);
    assert_eq!(client.get("/nq/small").status, 200);
}

#[test]
fn a_client_that_waits_for_a_word_before_it_uploads_hears_it() {
    let server = server();
    let mut client = Client::of(&server);
    client.send(
        b"POST /__up HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\
          Expect: 100-continue\r\n\r\n",
    );
    assert_eq!(client.line(), "HTTP/1.1 100 Continue");
    assert_eq!(client.line(), "");
    client.send(b"hello");
    assert_eq!(client.answer().status, 200);

    // A client that would upload in vain is told before.
    client.send(
        b"POST /nothing HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\
          Expect: 100-continue\r\n\r\n",
    );
    assert_eq!(client.answer().status, 404);
}

/// Each request, with the status and some words of its answer.
#[test]
fn each_broken_request_is_answered_in_words() {
    let long = "x".repeat(20_000);
    let many = "A: b\r\n".repeat(100);
    let with = |line: &str, headers: &str| {
        format!("{line} HTTP/1.1\r\nHost: x\r\n{headers}\r\n")
    };
    let chunks = |body: &str| {
        with("POST /__up", "Transfer-Encoding: chunked\r\n") + body
    };
    let down = |bytes: &str| with(&format!("GET /__down?bytes={bytes}"), "");
    let table = [
        ("no http\r\n\r\n".to_owned(), 400, "not HTTP/1.1"),
        ("\u{16}\u{3}\u{1}\u{2}\0\u{1}".to_owned(), 400, "not HTTP/1.1"),
        ("GET / HTTP/3.0\r\nHost: x\r\n\r\n".to_owned(), 400, "not HTTP/1.1"),
        ("GET / HTTP/1.1\r\n\r\n".to_owned(), 400, "one host"),
        (with("GET /", "Host: y\r\n"), 400, "one host"),
        ("GET / HTTP/1.1\r\nHost: \"<x\r\n\r\n".to_owned(), 400, "one host"),
        (with("GET nq/small", ""), 400, "begins with /"),
        (with("OPTIONS *", ""), 400, "begins with /"),
        (with(&format!("GET /{long}"), ""), 431, "does not end"),
        (with("GET /", &format!("A: {long}\r\n")), 431, "does not end"),
        (with("GET /", &many), 431, "does not end"),
        (with("GET /", "no colon\r\n"), 400, "not HTTP/1.1"),
        (with("POST /__up", "Content-Length: -1\r\n"), 400, "length once"),
        (with("POST /__up", "Content-Length: 1e3\r\n"), 400, "length once"),
        (
            with("POST /__up", "Content-Length: 1\r\nContent-Length: 2\r\n"),
            400,
            "length once",
        ),
        (
            with(
                "POST /__up",
                "Content-Length: 1\r\nTransfer-Encoding: chunked\r\n",
            ),
            400,
            "length once",
        ),
        (with("POST /__up", "Transfer-Encoding: gzip\r\n"), 400, "length once"),
        (chunks("five\r\nhello\r\n"), 400, "chunk"),
        (chunks("5\r\nhello, world\r\n"), 400, "chunk"),
        (chunks("fffffffffffffff\r\n"), 413, "137438953472 bytes"),
        (
            with("POST /__up", "Content-Length: 137438953473\r\n"),
            413,
            "137438953472 bytes",
        ),
        (with("GET /wp-admin", ""), 404, "speed-test server"),
        (with("GET /../etc/passwd", ""), 404, "speed-test server"),
        (with("GET /speedtest/random1x.jpg", ""), 404, "speed-test server"),
        (with("POST /nothing", "Content-Length: 3\r\n") + "abc", 404, "see /"),
        (with("DELETE /", ""), 405, "GET, HEAD and OPTIONS"),
        (with("BREW /__up", ""), 405, "GET, HEAD, POST and OPTIONS"),
        (with("POST /nq/large", "Content-Length: 1\r\n") + "x", 405, "GET"),
        (down("much"), 400, "bytes must be a number"),
        (down("-1"), 400, "bytes must be a number"),
        (down("34359738369"), 400, "at most 34359738368"),
        (down("99999999999999999999"), 400, "at most 34359738368"),
        (
            with("GET /garbage.php?ckSize=32769", ""),
            400,
            "ckSize must be a number, and at most 32768",
        ),
    ];
    let server = server();
    for (request, status, words) in table {
        let mut client = Client::of(&server);
        client.send(request.as_bytes());
        let answer = client.answer();
        let short: String = request.chars().take(100).collect();
        assert_eq!(answer.status, status, "{short:?}");
        assert!(answer.text().contains(words), "{short:?}: {}", answer.text());
        if status == 405 {
            assert!(answer.header("allow").is_some_and(|a| a.contains("GET")));
        }
        if [404, 405].contains(&status) || request.starts_with("GET /__down") {
            assert_eq!(answer.header("access-control-allow-origin"), Some("*"));
        }
    }
    // After all that, it serves.
    assert_eq!(Client::of(&server).get("/nq/small").status, 200);
}

#[test]
fn noise_of_any_kind_harms_nobody() {
    let server = server();
    let mut random = 1_u64;
    for _ in 0..200 {
        let mut client = Client::of(&server);
        let noise: Vec<u8> = (0..100)
            .map(|_| {
                random = random.wrapping_mul(6_364_136_223_846_793_005) + 1;
                (random >> 56) as u8
            })
            .collect();
        // It may have been refused before it was whole.
        let _ = client.stream.get_mut().write_all(&noise);
    }
    assert_eq!(Client::of(&server).get("/nq/small").status, 200);
}

#[test]
fn a_silent_client_is_left() {
    let server = impatient();
    let mut silent = Client::of(&server);
    let mut half = Client::of(&server);
    half.send(b"GET / HTTP/1.1\r\nHo");
    let mut idle = Client::of(&server);
    assert_eq!(idle.get("/nq/small").status, 200);
    let mut uploads = Client::of(&server);
    uploads.send(b"POST /__up HTTP/1.1\r\nHost: x\r\n");
    uploads.send(b"Content-Length: 1000\r\n\r\nhalf");
    for client in [&mut silent, &mut half, &mut idle, &mut uploads] {
        client.ends();
    }
}

/// A slow loris sends a byte now and then, so that it is never silent.
#[test]
fn a_client_that_drips_is_left() {
    let server = impatient();
    for start in [
        "",
        "GET / HTTP/1.1\r\nHost: x\r\nA: ",
        "POST /__up HTTP/1.1\r\nHost: x\r\nContent-Length: 100000\r\n\r\n",
        "POST /__up HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\
         \r\nffff\r\n",
    ] {
        drip(&server, start.as_bytes());
    }
    let (_folder, certificate) = certificate();
    let patience = server_patience();
    let tls = Some((certificate.chain, certificate.key));
    let options = ServeOptions { tls, patience, ..ServeOptions::default() };
    // A TLS record that says it is long.
    drip(&start(&options), &[22, 3, 1, 0x3f, 0xff, 1, 0, 0x3f, 0xfb]);
}

/// Sends bytes, and then a few more each time, until the server has enough.
fn drip(server: &Server, start: &[u8]) {
    let mut client = Client::of(server);
    client.send(start);
    let stream = client.stream.get_mut();
    stream.set_read_timeout(Some(server_patience() / 10)).expect("a time");
    let ends = Instant::now() + PATIENCE;
    loop {
        assert!(Instant::now() < ends, "it still listens to {start:?}");
        let dripped = stream.write_all(b"x");
        let left = match stream.read(&mut [0; 1000]) {
            Ok(0) => true,
            Ok(_) => false,
            Err(error) => !waited(error.kind()),
        };
        if left || dripped.is_err() {
            return;
        }
    }
}

#[test]
fn a_client_that_takes_nothing_is_left() {
    let server = impatient();
    let mut client = Client::of(&server);
    client.send(&get("/nq/large"));
    wait_until(|| server.counters().bytes_sent > 0);
    // It is left when no more has gone for a while; then a little is on the
    // way still, and after it the end.
    let mut before = 0;
    wait_until(|| {
        let now = server.counters().bytes_sent;
        let stands = now == before;
        before = now;
        std::thread::sleep(2 * server_patience());
        stands
    });
    let mut rest = Vec::new();
    let read = client.stream.read_to_end(&mut rest);
    assert!(rest.len() < 1 << 30, "{read:?} after {}", rest.len());
}

#[test]
fn a_client_that_takes_all_connections_and_asks_nothing_keeps_nobody_out() {
    let most_connections = 4;
    let server =
        start(&ServeOptions { most_connections, ..ServeOptions::default() });
    let mut idle: Vec<Client> =
        (0..most_connections).map(|_| Client::of(&server)).collect();
    wait_until(|| server.counters().connections == 4);
    assert_eq!(Client::of(&server).get("/nq/small").status, 200);
    // It was the oldest that had to go.
    idle[0].ends();
    assert_eq!(idle[3].get("/nq/small").status, 200);
}

#[test]
fn one_connection_too_many_is_refused_in_words() {
    let server =
        start(&ServeOptions { most_connections: 2, ..ServeOptions::default() });
    let busy: Vec<Client> = (0..2)
        .map(|_| {
            let mut client = Client::of(&server);
            client.send(&get("/nq/large"));
            assert_eq!(client.line(), "HTTP/1.1 200 OK");
            client
        })
        .collect();
    let mut third = Client::of(&server);
    let answer = third.answer();
    assert_eq!(answer.status, 503);
    assert!(answer.text().contains("try again later"), "{}", answer.text());
    third.ends();

    // When one leaves, there is room. Until then the connection may be closed
    // before we have asked.
    drop(busy);
    wait_until(|| {
        let mut client = Client::of(&server);
        let _ = client.stream.get_mut().write_all(&get("/nq/small"));
        let mut status = String::new();
        let _ = client.stream.read_line(&mut status);
        status.starts_with("HTTP/1.1 200 ")
    });
}

#[test]
fn only_questions_among_datagrams_are_echoed() {
    let server = server();
    let socket = UdpSocket::bind("127.0.0.1:0").expect("a free port");
    socket.connect(server.address()).expect("an address");
    socket.set_read_timeout(Some(PATIENCE)).expect("a time");
    let datagram = |kind: u8, number: u64, length: usize| {
        let mut bytes = b"TSWR".to_vec();
        bytes.extend([kind, 0, 0, 0]);
        bytes.extend(number.to_be_bytes());
        bytes.resize(length, 7);
        bytes
    };
    let mut strange = datagram(0, 5, 16);
    strange[0] = b'X';
    for ignored in [
        vec![],
        datagram(0, 1, 15),
        datagram(1, 2, 16),
        datagram(2, 3, 16),
        strange,
    ] {
        socket.send(&ignored).expect("sent");
    }
    let mut answer = [0; 65_536];
    for (number, length) in [(10, 16), (u64::MAX, 200), (12, 60_000)] {
        socket.send(&datagram(0, number, length)).expect("sent");
        let heard = socket.recv(&mut answer).expect("an echo");
        assert_eq!(answer[..heard], datagram(1, number, length));
    }
}

#[test]
fn a_browser_finds_its_page_and_is_told_what_has_arrived() {
    let server = server();
    let mut client = Client::of(&server);
    let page = client.get("/").text();
    assert_eq!(client.get("/speedtest").text(), page);
    let files = Regex::new("(?:src|href)=\"(speedtest/[^\"]+)\"");
    let files = files.expect("an expression");
    let files: Vec<_> = files.captures_iter(&page).collect();
    assert!(files.len() >= 3, "{page}");
    for file in files {
        let file = client.get(&format!("/{}", &file[1]));
        assert_eq!(file.status, 200);
        let policy = file.header("content-security-policy");
        assert!(policy.is_some_and(|it| it.contains("script-src 'self'")));
    }

    let before = client.get("/speedtest/ping?test=a1").json();
    assert_eq!(before["received"], 0);
    client.post("/speedtest/up?test=a1", &[7; 100_000]);
    client.post("/speedtest/up?test=b2", &[7; 50_000]);
    let after = client.get("/speedtest/ping?test=a1").json();
    assert_eq!(after["received"], 100_000);
    assert!(after["at_ms"].as_f64() > before["at_ms"].as_f64());
    // Even before an upload has ended.
    let mut half = Client::of(&server);
    let whole = post("/speedtest/up?test=c3", &[7; 100_000]);
    half.send(&whole[..whole.len() - 50_000]);
    wait_until(|| {
        let count = client.get("/speedtest/ping?test=c3").json();
        count["received"] == 50_000
    });

    // Nobody knows whose test that is.
    for path in ["/speedtest/ping", "/speedtest/ping?test=../x"] {
        let refused = client.get(path);
        assert_eq!(refused.status, 400);
        assert!(refused.json()["error"].is_string());
    }
    for number in 0..5 {
        let path = format!("/speedtest/ping?test=x{number}");
        assert_eq!(client.get(&path).status, 200);
    }
    assert_eq!(client.get("/speedtest/ping?test=one2many").status, 503);
}

/// What networkQuality of macOS needs (draft-ietf-ippm-responsiveness).
#[test]
fn the_newest_clients_of_networkquality_speak_http_2() {
    let (_folder, Certificate { chain, key, pem }) = certificate();
    let tls = Some((chain, key));
    let patience = Duration::from_secs(2);
    let server =
        start(&ServeOptions { tls, patience, ..ServeOptions::default() });
    let root = reqwest_012::Certificate::from_pem(pem.as_bytes());
    let client = reqwest_012::blocking::Client::builder()
        .no_proxy()
        .resolve("speed.test", server.address())
        .add_root_certificate(root.expect("a certificate"))
        .build()
        .expect("a client");
    let get = |url: &str| {
        let answer = client.get(url).send().expect("an answer");
        assert_eq!(answer.version(), reqwest_012::Version::HTTP_2, "{url}");
        answer
    };
    let said = get("https://speed.test/.well-known/nq").text();
    let said: Value = serde_json::from_str(&said.expect("text")).expect("JSON");
    assert_eq!(said["version"], 1);
    let url = |name: &str| {
        said["urls"][name].as_str().expect("an address").to_owned()
    };
    let small = get(&url("small_https_download_url")).bytes();
    assert_eq!(small.expect("a body").len(), 1);

    // The large one is broken off by the client, the upload has no length.
    let mut large = get(&url("large_https_download_url"));
    assert!(large.content_length() >= Some(8 << 30));
    let mut some = vec![0; 3 * MIB];
    large.read_exact(&mut some).expect("data");
    drop(large);
    let body = std::io::repeat(7).take(3 * MIB as u64);
    let upload = client
        .post(url("https_upload_url"))
        .body(reqwest_012::blocking::Body::new(body))
        .send()
        .expect("an answer");
    assert_eq!(upload.status(), 200);
    assert_eq!(upload.version(), reqwest_012::Version::HTTP_2);
    assert_eq!(server.counters().bytes_received, 3 * MIB as u64);

    assert_eq!(get("https://speed.test/no").status(), 404);
    let count = get("https://speed.test/speedtest/ping?test=a").text();
    assert!(count.expect("text").contains("received"));
    // Nobody can sit there for ever without a word.
    let mut silent = Client::of(&server);
    let _ = silent.stream.read_to_end(&mut Vec::new());
}

#[test]
fn it_speaks_https_with_the_certificate_it_is_given() {
    let (_folder, Certificate { chain, key, pem }) = certificate();
    let tls = Some((chain.clone(), key));
    let server = start(&ServeOptions { tls, ..ServeOptions::default() });
    let root = reqwest_012::Certificate::from_pem(pem.as_bytes());
    let client = reqwest_012::blocking::Client::builder()
        .no_proxy()
        .resolve("speed.test", server.address())
        .add_root_certificate(root.expect("a certificate"))
        .build()
        .expect("a client");
    let answer = client.get("https://speed.test/.well-known/nq").send();
    let answer = answer.and_then(|answer| answer.text()).expect("an answer");
    let said: Value = serde_json::from_str(&answer).expect("JSON");
    let small = &said["urls"]["small_https_download_url"];
    assert_eq!(small, "https://speed.test/nq/small");
    let down = client.get("https://speed.test/__down?bytes=3000000").send();
    let down = down.and_then(|answer| answer.bytes()).expect("an answer");
    assert_eq!(down.len(), 3_000_000);
    let up = client.post("https://speed.test/speedtest/upload.php");
    let up = up.body(vec![b'x'; 3_000_000]).send();
    let up = up.and_then(|answer| answer.text()).expect("an answer");
    assert_eq!(up, "size=3000000");

    // A client that speaks no TLS is left, and no other notices.
    let mut plain = Client::of(&server);
    plain.send(&get("/"));
    let mut heard = Vec::new();
    let _ = plain.stream.read_to_end(&mut heard);
    assert!(!heard.starts_with(b"HTTP"));

    // A certificate that is none is named.
    let tls = Some((chain.clone(), chain.clone()));
    let options = ServeOptions { tls, ..ServeOptions::default() };
    let error = Server::start(&options).expect_err("a key is missing");
    let name = chain.display().to_string();
    assert!(error.to_string().contains(&name), "{error}");
}

#[test]
fn a_server_that_is_dropped_is_gone() {
    let server = server();
    let address = server.address();
    let mut busy = Client::of(&server);
    busy.send(&get("/nq/large"));
    assert_eq!(busy.line(), "HTTP/1.1 200 OK");
    drop(server);
    let refused = TcpStream::connect(address).expect_err("nobody listens");
    assert_eq!(refused.kind(), ErrorKind::ConnectionRefused);
    let mut rest = Vec::new();
    let _ = busy.stream.read_to_end(&mut rest);
    assert!(rest.len() < 1 << 30, "{}", rest.len());
    // The port can be taken again at once, both for TCP and for UDP.
    start(&ServeOptions { listen: address, ..ServeOptions::default() });
}

fn server() -> Server {
    start(&ServeOptions::default())
}

/// A server that waits for nobody.
fn impatient() -> Server {
    let patience = server_patience();
    start(&ServeOptions { patience, ..ServeOptions::default() })
}

fn server_patience() -> Duration {
    Duration::from_millis(300)
}

/// A certificate for `speed.test`, and the files it is in.
struct Certificate {
    chain: PathBuf,
    key: PathBuf,
    pem: String,
}

fn certificate() -> (TempDir, Certificate) {
    let made = rcgen::generate_simple_self_signed(["speed.test".to_owned()]);
    let made = made.expect("a key");
    let folder = scratch();
    let chain = folder.path().join("chain.pem");
    let key = folder.path().join("key.pem");
    let pem = made.cert.pem();
    fs::write(&chain, &pem).expect("our folder");
    fs::write(&key, made.signing_key.serialize_pem()).expect("our folder");
    (folder, Certificate { chain, key, pem })
}

fn start(options: &ServeOptions) -> Server {
    Server::start(options).expect("a free port")
}

fn get(path: &str) -> Vec<u8> {
    format!("GET {path} HTTP/1.1\r\nHost: speed.test:1\r\n\r\n").into()
}

fn post(path: &str, body: &[u8]) -> Vec<u8> {
    let head = format!(
        "POST {path} HTTP/1.1\r\nHost: speed.test:1\r\n\
         Content-Length: {}\r\n\r\n",
        body.len()
    );
    [head.as_bytes(), body].concat()
}

/// A client that knows no more of HTTP than a test needs.
struct Client {
    stream: BufReader<TcpStream>,
}

#[derive(Debug)]
struct Answer {
    status: u16,
    headers: Vec<(String, String)>,
    body: Vec<u8>,
}

impl Client {
    fn of(server: &Server) -> Client {
        let stream = TcpStream::connect(server.address()).expect("a server");
        stream.set_read_timeout(Some(PATIENCE)).expect("a time");
        Client { stream: BufReader::new(stream) }
    }

    fn send(&mut self, bytes: &[u8]) {
        self.stream.get_mut().write_all(bytes).expect("it listens");
    }

    fn get(&mut self, path: &str) -> Answer {
        self.send(&get(path));
        self.answer()
    }

    fn post(&mut self, path: &str, body: &[u8]) -> Answer {
        self.send(&post(path, body));
        self.answer()
    }

    fn request(&mut self, method: &str, path: &str, headers: &str) -> Answer {
        let request =
            format!("{method} {path} HTTP/1.1\r\nHost: x\r\n{headers}\r\n");
        self.send(request.as_bytes());
        let mut answer = self.head();
        if method != "HEAD" {
            self.body(&mut answer);
        }
        answer
    }

    fn answer(&mut self) -> Answer {
        let mut answer = self.head();
        self.body(&mut answer);
        answer
    }

    fn head(&mut self) -> Answer {
        let status = self.line();
        let code = status.strip_prefix("HTTP/1.1 ").map(|rest| &rest[..3]);
        let code = code.and_then(|code| code.parse().ok());
        let code = code.unwrap_or_else(|| panic!("no status: {status:?}"));
        let mut headers = Vec::new();
        loop {
            let line = self.line();
            if line.is_empty() {
                return Answer { status: code, headers, body: Vec::new() };
            }
            let (name, value) = line.split_once(": ").expect("a header");
            headers.push((name.to_ascii_lowercase(), value.to_owned()));
        }
    }

    fn body(&mut self, answer: &mut Answer) {
        let length = answer.header("content-length").expect("a length");
        answer.body = vec![0; length.parse().expect("a number")];
        self.stream.read_exact(&mut answer.body).expect("a body");
    }

    fn line(&mut self) -> String {
        let mut line = String::new();
        self.stream.read_line(&mut line).expect("a line");
        line.trim_end().to_owned()
    }

    /// Waits until the server closes, without another word.
    fn ends(&mut self) {
        match self.stream.read(&mut [0; 100]) {
            Ok(0) => {}
            Ok(more) => panic!("{more} bytes more"),
            Err(error) => {
                assert_eq!(error.kind(), ErrorKind::ConnectionReset)
            }
        }
    }
}

impl Answer {
    fn header(&self, name: &str) -> Option<&str> {
        let found = self.headers.iter().find(|(there, _)| there == name);
        found.map(|(_, value)| value.as_str())
    }

    fn text(&self) -> String {
        String::from_utf8(self.body.clone()).expect("text")
    }

    fn json(&self) -> Value {
        serde_json::from_slice(&self.body).expect("JSON")
    }
}

/// A read's time-out has one name on Unix and another on Windows.
fn waited(kind: ErrorKind) -> bool {
    [ErrorKind::WouldBlock, ErrorKind::TimedOut].contains(&kind)
}

fn wait_until(mut happens: impl FnMut() -> bool) {
    let ends = Instant::now() + PATIENCE;
    while !happens() {
        assert!(Instant::now() < ends, "waited {PATIENCE:?}");
        std::thread::sleep(Duration::from_millis(5));
    }
}
