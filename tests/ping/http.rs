//! Web servers, good and bad.

use std::io::{Read, Write};
use std::thread::park;

use harness::{Test, test};
use ping::ErrorKind;
use ping::check::{
    Check, CheckReport, Http, JsonValue, Phases, Secret, SignIn,
};
use serde_json::json;

use crate::servers::{
    closed_port, http, https, https_with, page, path, redirect_to, request, tcp,
};
use crate::{PATIENCE, SHORT, report_of};

pub fn tests() -> Vec<Test> {
    vec![
        test!(a_page_is_fetched),
        test!(only_the_expected_statuses_are_well),
        test!(the_keyword_must_be_in_the_page),
        test!(redirects_are_followed_and_counted),
        test!(a_redirect_may_be_what_is_expected),
        test!(redirects_in_circles_are_noticed),
        test!(a_redirect_to_no_page_is_refused),
        test!(a_server_that_says_nothing_is_given_up),
        test!(a_page_that_never_ends_is_given_up),
        test!(a_page_that_floods_us_is_read_to_its_limit),
        test!(a_head_that_never_ends_is_given_up),
        test!(a_server_that_hangs_up_early_is_reported),
        test!(what_is_no_http_is_reported),
        test!(what_is_no_address_is_reported),
        test!(a_password_is_sent_and_not_told),
        test!(a_server_that_is_not_there_is_reported),
        test!(a_certificate_that_nobody_knows_is_refused),
        test!(a_certificate_says_how_long_it_lasts),
        test!(a_server_without_tls_is_no_https),
        test!(a_cookie_ends_a_redirect_to_itself),
        test!(a_password_goes_along_on_the_same_host_and_nowhere_else),
        test!(a_page_with_many_fields_is_a_page),
        test!(a_place_in_plain_letters_is_followed),
        test!(a_page_that_is_packed_unasked_is_unpacked),
        test!(a_keyword_far_below_is_found),
        test!(a_certificate_that_signs_itself_is_told_in_words),
        test!(a_certificate_that_is_refused_still_says_how_long_it_lasts),
        test!(a_request_carries_what_it_is_told_to),
        test!(what_was_posted_is_not_posted_again_to_where_it_leads),
        test!(a_secret_is_sent_and_not_told_and_goes_nowhere_else),
        test!(a_value_in_json_must_be_the_expected_one),
        test!(each_phase_of_a_page_has_its_time),
        test!(the_status_is_known_of_a_page_that_is_not_as_it_should_be),
    ]
}

fn checked(check: Http) -> CheckReport {
    report_of(Check::Http(check), PATIENCE)
}

/// The fault of a failed check, whose message names the host.
fn fault(report: &CheckReport) -> ErrorKind {
    assert!(!report.ok && report.milliseconds.is_none(), "{report:?}");
    let words = report.error.as_deref().expect("words");
    let host = report.what.split("//").last().unwrap_or_default();
    let host = host.split('/').next().unwrap_or_default();
    assert!(words.contains(host), "{words} does not say {host}");
    report.fault.expect("data")
}

fn a_password_is_sent_and_not_told() {
    let server = tcp(|mut stream| {
        let mut request = Vec::new();
        let mut piece = [0; 1024];
        while !request.ends_with(b"\r\n\r\n") {
            let length = stream.read(&mut piece)?;
            request.extend_from_slice(&piece[..length]);
        }
        // ray:egon
        let wanted = "basic cmf5omvnb24=";
        let request = String::from_utf8_lossy(&request).to_lowercase();
        let well = request.contains(wanted);
        stream.write_all(&page(if well { 404 } else { 401 }, ""))
    });
    let url = format!("http://ray:egon@{server}/status");
    let report = checked(Http::new(url));
    assert_eq!(fault(&report), ErrorKind::Status);
    assert_eq!(report.what, format!("http://{server}/status"));
    let words = report.error.expect("words");
    assert_eq!(words, format!("http://{server}/status answers 404 Not Found"));
}

fn a_page_is_fetched() {
    let server = http(|_| page(200, "all is well"));
    let report = checked(Http::new(format!("http://{server}/status")));
    assert!(report.ok && report.milliseconds > Some(0.0), "{report:?}");
    assert_eq!((report.fault, report.error), (None, None));
    assert_eq!(report.address, Some(server.ip()));
    assert_eq!(report.detail.as_deref(), Some("200 OK, 11 B"));
    assert_eq!(report.certificate_days, None);
}

fn only_the_expected_statuses_are_well() {
    let server = http(|path| match path {
        "/well" => page(204, ""),
        "/gone" => page(410, ""),
        _ => page(500, ""),
    });
    let url = |path| format!("http://{server}{path}");
    assert!(checked(Http::new(url("/well"))).ok);
    assert_eq!(fault(&checked(Http::new(url("/gone")))), ErrorKind::Status);
    assert_eq!(fault(&checked(Http::new(url("/broken")))), ErrorKind::Status);
    let gone = |path| Http { status: vec![404, 410], ..Http::new(url(path)) };
    assert!(checked(gone("/gone")).ok);
    assert_eq!(fault(&checked(gone("/well"))), ErrorKind::Status);
}

fn the_keyword_must_be_in_the_page() {
    let server = http(|_| page(200, "Who you gonna call?"));
    let keyword = |word: &str| Http {
        keyword: Some(word.to_owned()),
        ..Http::new(format!("http://{server}/"))
    };
    assert!(checked(keyword("gonna")).ok);
    assert!(checked(keyword("")).ok);
    assert_eq!(fault(&checked(keyword("ghost"))), ErrorKind::Keyword);
    let cut = Http { most_bytes: 12, ..keyword("call") };
    assert_eq!(fault(&checked(cut)), ErrorKind::Keyword);
}

fn redirects_are_followed_and_counted() {
    let server = http(|path| match path {
        "/3" => redirect_to("/2"),
        "/2" => redirect_to("1"),
        "/1" => redirect_to("/0"),
        _ => page(200, "here"),
    });
    let most = |redirects| Http {
        redirects,
        ..Http::new(format!("http://{server}/3"))
    };
    assert!(checked(most(3)).ok);
    assert_eq!(fault(&checked(most(2))), ErrorKind::TooManyRedirects);
}

fn a_redirect_may_be_what_is_expected() {
    let server = http(|_| redirect_to("/elsewhere"));
    let url = format!("http://{server}/");
    let wanted = Http { status: vec![302], ..Http::new(&url) };
    assert!(checked(wanted).ok);
    assert!(checked(Http { redirects: 0, ..Http::new(&url) }).ok);
}

fn redirects_in_circles_are_noticed() {
    let server = http(|path| match path {
        "/a" => redirect_to("/b"),
        _ => redirect_to("/a"),
    });
    let report = checked(Http::new(format!("http://{server}/a")));
    assert_eq!(fault(&report), ErrorKind::RedirectLoop);
}

fn a_redirect_to_no_page_is_refused() {
    for place in ["file:///etc/passwd", "gopher://localhost/", "http://"] {
        let server = http(move |_| redirect_to(place));
        let report = checked(Http::new(format!("http://{server}/")));
        assert_eq!(report.fault, Some(ErrorKind::Invalid), "{report:?}");
    }
}

fn a_server_that_says_nothing_is_given_up() {
    let server = tcp(|_stream| {
        loop {
            park();
        }
    });
    let check = Check::Http(Http::new(format!("http://{server}/")));
    assert_eq!(fault(&report_of(check, SHORT)), ErrorKind::NoAnswer);
}

fn a_page_that_never_ends_is_given_up() {
    let server = tcp(|mut stream| {
        path(&mut stream)?;
        stream.write_all(b"HTTP/1.1 200 OK\r\n\r\nwell then")?;
        loop {
            park();
        }
    });
    let check = Check::Http(Http::new(format!("http://{server}/")));
    let report = report_of(check, SHORT);
    assert_eq!(fault(&report), ErrorKind::TooSlow);
    let words = report.error.expect("words");
    assert!(words.contains("9 B came"), "{words}");
}

fn a_page_that_floods_us_is_read_to_its_limit() {
    let server = tcp(|mut stream| {
        path(&mut stream)?;
        stream.write_all(b"HTTP/1.1 200 OK\r\n\r\n")?;
        loop {
            stream.write_all(&[b'x'; 65_536])?;
        }
    });
    let report = checked(Http::new(format!("http://{server}/")));
    assert!(report.ok);
    let detail = report.detail.expect("a detail");
    assert!(detail.contains("1048576 B, the first of more"), "{detail}");
}

fn a_head_that_never_ends_is_given_up() {
    let server = tcp(|mut stream| {
        path(&mut stream)?;
        stream.write_all(b"HTTP/1.1 200 OK\r\n")?;
        loop {
            stream.write_all(b"X-And-So: on\r\n")?;
        }
    });
    let report = checked(Http::new(format!("http://{server}/")));
    assert_eq!(fault(&report), ErrorKind::Garbage);
}

fn a_server_that_hangs_up_early_is_reported() {
    let half = page(200, "a page");
    let half = half[..half.len() - 3].to_vec();
    for bytes in [Vec::new(), b"HTTP/1.1 200".to_vec(), half] {
        let server = http(move |_| bytes.clone());
        let report = checked(Http::new(format!("http://{server}/")));
        assert_eq!(fault(&report), ErrorKind::ClosedEarly, "{report:?}");
    }
}

fn what_is_no_http_is_reported() {
    for bytes in ["\0\0\0\0\0\0\0\0\r\n\r\n", "220 mail ESMTP\r\n\r\n"] {
        let server = http(|_| bytes.as_bytes().to_vec());
        let report = checked(Http::new(format!("http://{server}/")));
        assert_eq!(fault(&report), ErrorKind::Garbage, "{report:?}");
    }
}

fn what_is_no_address_is_reported() {
    for url in ["", "localhost", "ftp://localhost/", "http://", "/etc"] {
        let report = checked(Http::new(url));
        assert_eq!(report.fault, Some(ErrorKind::Invalid), "{report:?}");
    }
}

fn a_server_that_is_not_there_is_reported() {
    let report = checked(Http::new(format!("http://{}/", closed_port())));
    assert_eq!(fault(&report), ErrorKind::Refused);
}

fn a_certificate_that_nobody_knows_is_refused() {
    let port = https(30).port();
    let report = checked(Http::new(format!("https://localhost:{port}/")));
    assert_eq!(fault(&report), ErrorKind::Certificate, "{report:?}");
}

fn a_certificate_says_how_long_it_lasts() {
    let port = https(30).port();
    let mut check = Http::new(format!("https://localhost:{port}/"));
    check.any_certificate = true;
    check.keyword = Some("safe".to_owned());
    let report = checked(check);
    assert!(report.ok, "{report:?}");
    assert_eq!(report.certificate_days, Some(30));
}

fn a_server_without_tls_is_no_https() {
    let server = http(|_| page(200, "plain"));
    // It answers the handshake with a page, or hangs up.
    let server = tcp(move |mut stream| {
        stream.write_all(&page(400, "no TLS here"))?;
        let _ = server;
        loop {
            park();
        }
    });
    let report = checked(Http::new(format!("https://{server}/")));
    assert_eq!(fault(&report), ErrorKind::Garbage, "{report:?}");
}

/// A head of these fields, and a body.
fn answer(status: &str, fields: &str, body: &[u8]) -> Vec<u8> {
    let length = body.len();
    let head = format!(
        "HTTP/1.1 {status}\r\n{fields}Content-Length: {length}\r\n\r\n"
    );
    [head.as_bytes(), body].concat()
}

fn a_cookie_ends_a_redirect_to_itself() {
    let server = tcp(|mut stream| {
        let request = request(&mut stream)?.to_lowercase();
        let known = request.contains("cookie: seen=1");
        stream.write_all(&match known {
            true => page(200, "welcome"),
            false => answer(
                "302 Found",
                "Location: /\r\nSet-Cookie: seen=1; Path=/; HttpOnly\r\n",
                b"",
            ),
        })
    });
    let report = checked(Http::new(format!("http://{server}/")));
    assert!(report.ok, "{report:?}");
}

fn a_password_goes_along_on_the_same_host_and_nowhere_else() {
    let guarded = |stream: &mut std::net::TcpStream| {
        let request = request(stream)?.to_lowercase();
        // ray:egon
        Ok::<_, std::io::Error>((
            request.contains("basic cmf5omvnb24="),
            request.contains("get /in "),
        ))
    };
    let elsewhere = tcp(move |mut stream| {
        let (knows, _) = guarded(&mut stream)?;
        stream.write_all(&page(if knows { 500 } else { 200 }, "open"))
    });
    let server = tcp(move |mut stream| {
        let (knows, inside) = guarded(&mut stream)?;
        stream.write_all(&match (knows, inside) {
            (false, _) => page(401, ""),
            (true, false) => redirect_to("/in"),
            (true, true) => redirect_to(&format!("http://{elsewhere}/")),
        })
    });
    let report = checked(Http::new(format!("http://ray:egon@{server}/")));
    assert!(report.ok, "{report:?}");
}

fn a_page_with_many_fields_is_a_page() {
    let server = http(|_| {
        let fields: String =
            (0..150).map(|field| format!("X-Field-{field}: x\r\n")).collect();
        answer("200 OK", &fields, b"well")
    });
    let report = checked(Http::new(format!("http://{server}/")));
    assert!(report.ok, "{report:?}");
}

fn a_place_in_plain_letters_is_followed() {
    let server = http(|path| match path {
        "/" => redirect_to("/gr\u{fc}n"),
        "/gr%C3%BCn" => page(200, "here"),
        _ => page(404, ""),
    });
    let report = checked(Http::new(format!("http://{server}/")));
    assert!(report.ok, "{report:?}");
}

fn a_page_that_is_packed_unasked_is_unpacked() {
    let mut packed =
        flate2::write::GzEncoder::new(Vec::new(), Default::default());
    packed.write_all(b"Who you gonna call?").expect("memory");
    let packed = packed.finish().expect("memory");
    let server =
        http(move |_| answer("200 OK", "Content-Encoding: gzip\r\n", &packed));
    let url = format!("http://{server}/");
    let keyword =
        |word: &str| Http { keyword: Some(word.to_owned()), ..Http::new(&url) };
    let report = checked(keyword("gonna"));
    assert!(report.ok, "{report:?}");
    assert_eq!(report.detail.as_deref(), Some("200 OK, 19 B"));
    assert_eq!(fault(&checked(keyword("ghost"))), ErrorKind::Keyword);
}

fn a_keyword_far_below_is_found() {
    let server = http(|_| {
        let mut body = vec![b' '; 3 << 20];
        body.extend_from_slice(b"Zuul");
        answer("200 OK", "", &body)
    });
    let wanted = Http {
        keyword: Some("Zuul".to_owned()),
        ..Http::new(format!("http://{server}/"))
    };
    let report = checked(wanted);
    assert!(report.ok, "{report:?}");
}

fn a_certificate_that_signs_itself_is_told_in_words() {
    for authority in [false, true] {
        let port = https_with(30, authority).port();
        let report = checked(Http::new(format!("https://localhost:{port}/")));
        assert_eq!(fault(&report), ErrorKind::Certificate, "{report:?}");
        let words = report.error.expect("words");
        assert!(words.contains("the certificate was"), "{words}");
        assert!(!words.contains("Other"), "{words}");
    }
}

fn a_certificate_that_is_refused_still_says_how_long_it_lasts() {
    let port = https(30).port();
    let report = checked(Http::new(format!("https://localhost:{port}/")));
    assert_eq!(fault(&report), ErrorKind::Certificate, "{report:?}");
    assert_eq!(report.certificate_days, Some(30));
}

/// A server that answers each request with the request itself.
fn mirror() -> std::net::SocketAddr {
    tcp(|mut stream| {
        let mut request = request(&mut stream)?;
        let length = request.lines().find_map(|line| {
            let (name, value) = line.split_once(": ")?;
            let is_it = name.eq_ignore_ascii_case("content-length");
            is_it.then(|| value.parse().ok())?
        });
        let mut body = vec![0; length.unwrap_or_default()];
        stream.read_exact(&mut body)?;
        request += &String::from_utf8_lossy(&body);
        stream.write_all(&page(200, &request))
    })
}

fn a_request_carries_what_it_is_told_to() {
    let server = mirror();
    for said in [
        "PUT /state?now=1 HTTP/1.1",
        &format!("host: {server}"),
        "x-key: 0123",
        "user-agent: ours",
        "\r\n\r\n{\"ping\": 1}",
    ] {
        let report = checked(Http {
            method: "PUT".to_owned(),
            headers: vec![
                ("X-Key".to_owned(), Secret::new("0123")),
                ("User-Agent".to_owned(), Secret::new("ours")),
            ],
            body: "{\"ping\": 1}".to_owned(),
            keyword: Some(said.to_owned()),
            ..Http::new(format!("http://{server}/state?now=1"))
        });
        assert!(report.ok, "{said:?}: {report:?}");
    }
    // A head alone, whatever length the page would have.
    let head = tcp(|mut stream| {
        let request = request(&mut stream)?;
        assert!(request.starts_with("HEAD / "), "{request}");
        stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n")
    });
    let url = format!("http://{head}/");
    let report = checked(Http { method: "HEAD".to_owned(), ..Http::new(url) });
    assert!(report.ok, "{report:?}");
}

fn what_was_posted_is_not_posted_again_to_where_it_leads() {
    for (status, method) in [
        ("301 Moved", "GET"),
        ("302 Found", "GET"),
        ("303 See Other", "GET"),
        ("307 Temporary", "POST"),
        ("308 Permanent", "POST"),
    ] {
        let server = tcp(move |mut stream| {
            let asked = request(&mut stream)?;
            stream.write_all(&match asked.contains(" /here ") {
                true => answer(status, "Location: /there\r\n", b""),
                false => page(200, &asked),
            })
        });
        let report = checked(Http {
            method: "POST".to_owned(),
            keyword: Some(format!("{method} /there")),
            ..Http::new(format!("http://{server}/here"))
        });
        assert!(report.ok, "{status}: {report:?}");
    }
}

fn a_secret_is_sent_and_not_told_and_goes_nowhere_else() {
    let foreign = mirror();
    let guard = |wanted: &'static str| {
        tcp(move |mut stream| {
            let asked = request(&mut stream)?;
            let well =
                asked.contains(wanted) && asked.contains("x-key: hidden");
            stream.write_all(&match (well, asked.contains(" /away ")) {
                (false, _) => page(401, ""),
                (true, false) => page(404, ""),
                (true, true) => redirect_to(&format!("http://{foreign}/")),
            })
        })
    };
    let basic = SignIn::Basic {
        user: "ray".to_owned(),
        password: Secret::new("egon:hidden"),
    };
    // ray:egon:hidden
    let basic = (basic, "authorization: Basic cmF5OmVnb246aGlkZGVu\r\n");
    let bearer = SignIn::Bearer(Secret::new("hidden"));
    let bearer = (bearer, "authorization: Bearer hidden\r\n");
    for (sign_in, field) in [basic, bearer] {
        let server = guard(field);
        let check = |path: &str| Http {
            sign_in: Some(sign_in.clone()),
            headers: vec![("X-Key".to_owned(), Secret::new("hidden"))],
            ..Http::new(format!("http://{server}{path}"))
        };
        let report = checked(check("/"));
        assert_eq!(fault(&report), ErrorKind::Status);
        assert_eq!(report.http_status, Some(404), "{report:?}");
        let told = format!("{report:?} {:?}", check("/"));
        assert!(!told.contains("hidden") && !told.contains("egon"), "{told}");
        // Another server gets neither.
        for keyword in ["hidden", "authorization", "x-key"] {
            let keyword = Some(keyword.to_owned());
            let report = checked(Http { keyword, ..check("/away") });
            let fault = report.fault;
            assert_eq!(fault, Some(ErrorKind::Keyword), "{report:?}");
        }
    }
}

fn a_value_in_json_must_be_the_expected_one() {
    let server = http(|path| match path {
        "/health" => page(200, r#"{"db": {"state": "up\u001b[2J"}, "n": 3}"#),
        _ => page(200, "<p>all is well</p>"),
    });
    let check = |path: &str, pointer: &str, value: serde_json::Value| {
        let pointer = pointer.to_owned();
        checked(Http {
            json: Some(JsonValue { pointer, value }),
            ..Http::new(format!("http://{server}{path}"))
        })
    };
    assert!(check("/health", "/n", json!(3.0)).ok);
    let report = check("/health", "/db/state", json!("up"));
    assert_eq!(fault(&report), ErrorKind::WrongAnswer);
    let words = report.error.expect("words");
    let wanted = "\"/db/state\" in its JSON is \"up\\u001b[2J\", not \"up\"";
    assert!(words.ends_with(wanted), "{words}");
    let report = check("/health", "/cache", json!("up"));
    assert_eq!(fault(&report), ErrorKind::WrongAnswer);
    let report = check("/", "/n", json!(3));
    assert_eq!(fault(&report), ErrorKind::Garbage);
}

fn each_phase_of_a_page_has_its_time() {
    let port = https(30).port();
    let secure = Http {
        any_certificate: true,
        ..Http::new(format!("https://localhost:{port}/"))
    };
    let late = http(|path| {
        std::thread::sleep(std::time::Duration::from_millis(60));
        match path {
            "/" => redirect_to("/there"),
            _ => page(200, "here"),
        }
    });
    for (check, least) in
        [(secure, 0.0), (Http::new(format!("http://{late}/")), 120.0)]
    {
        let is_secure = check.url.starts_with("https");
        let report = checked(check);
        let whole = report.milliseconds.expect("an answer");
        let Phases { name_ms, connect_ms, tls_ms, first_byte_ms, rest_ms } =
            report.phases.expect("a page has phases");
        assert_eq!(tls_ms > 0.0, is_secure);
        assert!(connect_ms > 0.0 && rest_ms > 0.0, "{report:?}");
        // The pages on the way are counted in.
        assert!(first_byte_ms > least, "{report:?}");
        let sum = name_ms + connect_ms + tls_ms + first_byte_ms + rest_ms;
        assert!(sum <= whole && sum > least, "{report:?}");
    }
}

fn the_status_is_known_of_a_page_that_is_not_as_it_should_be() {
    let server = http(|_| page(500, "oh"));
    let report = checked(Http::new(format!("http://{server}/")));
    assert_eq!(report.http_status, Some(500));
    let nobody = checked(Http::new(format!("http://{}/", closed_port())));
    assert_eq!(nobody.http_status, None);
    // How far it came is known.
    assert!(nobody.phases.is_some_and(|phases| phases.connect_ms > 0.0));
}
