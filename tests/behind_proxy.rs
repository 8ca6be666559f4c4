//! Both servers behind a proxy that shows them under a path of its own, as
//! `location /mon/ { proxy_pass http://127.0.0.1:8800/; }` in nginx does.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::process::ExitCode;
use std::thread;

use harness::{
    Browser, NetworkMonitor, PrintServer, Tool, http, needs, scratch, suite,
    test,
};
use regex::Regex;
use reqwest::blocking::{Client, Response};

fn main() -> ExitCode {
    let browser = |test| needs(Tool::Chromium, needs(Tool::ChromeDriver, test));
    suite(vec![
        test!(each_server_leads_to_paths_under_its_own),
        test!(without_a_base_path_the_root_is_the_root),
        test!(events_are_passed_on_at_once),
        browser(test!(the_monitors_page_works_under_a_path)),
        browser(test!(the_print_servers_page_works_under_a_path)),
    ])
}

/// A proxy at a port of its own, which takes the base path away and passes the
/// rest on to a server.
fn proxy(base: &'static str, server: &str) -> String {
    let server: SocketAddr = server
        .trim_start_matches("http://")
        .split('/')
        .next()
        .and_then(|address| address.parse().ok())
        .expect("an address");
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = listener.local_addr().expect("an address");
    thread::spawn(move || {
        for client in listener.incoming().map_while(Result::ok) {
            thread::spawn(move || pass_on(base, client, server));
        }
    });
    format!("http://{address}")
}

/// Passes one request on, and its answer back.
fn pass_on(base: &str, mut client: TcpStream, server: SocketAddr) {
    let mut head = Vec::new();
    let mut byte = [0];
    while !head.ends_with(b"\r\n\r\n") {
        match client.read(&mut byte) {
            Ok(1) => head.push(byte[0]),
            _ => return,
        }
    }
    let head = String::from_utf8(head).expect("text");
    let (method, rest) = head.split_once(' ').expect("a request");
    let Some(inside) = rest.strip_prefix(base) else {
        let _ = client.write_all(
            b"HTTP/1.1 404 Not Found\r\nConnection: close\r\n\
              Content-Length: 0\r\n\r\n",
        );
        return;
    };
    let (line, headers) = inside.split_once("\r\n").expect("headers");
    // One request a connection keeps it simple.
    let headers: Vec<&str> = headers
        .split("\r\n")
        .filter(|line| !line.to_lowercase().starts_with("connection:"))
        .filter(|line| !line.is_empty())
        .collect();
    let head = format!(
        "{method} {line}\r\n{}\r\nConnection: close\r\n\
         X-Forwarded-For: 192.0.2.7\r\n\r\n",
        headers.join("\r\n")
    );
    let mut upstream = TcpStream::connect(server).expect("the server is there");
    upstream.write_all(head.as_bytes()).expect("taken");
    let mut back = upstream.try_clone().expect("a clone");
    let mut forth = client.try_clone().expect("a clone");
    thread::spawn(move || std::io::copy(&mut forth, &mut upstream));
    let _ = std::io::copy(&mut back, &mut client);
    let _ = client.shutdown(std::net::Shutdown::Both);
}

/// A client that follows nothing and keeps no cookie.
fn plain() -> Client {
    let client = Client::builder().redirect(reqwest::redirect::Policy::none());
    client.build().expect("a client")
}

fn location(answer: &Response) -> &str {
    answer.headers()["location"].to_str().expect("text")
}

fn each_server_leads_to_paths_under_its_own() {
    let (of_monitor, of_printer) = (scratch(), scratch());
    let options = ["--base-path", "/net/mon/"];
    let monitor = NetworkMonitor::start(of_monitor.path(), "", &options);
    let options = ["--base-path", "/print"];
    let printer = PrintServer::start(of_printer.path(), &options);
    let absolute = Regex::new("(?:href|src|action)=\"/([^\"]*)\"")
        .expect("a regular expression");
    for (base, link, key) in [
        ("/net/mon", &monitor.link, &monitor.key()),
        ("/print", &printer.link, &printer.key),
    ] {
        // The link that was printed works past the proxy, too.
        assert!(link.contains(&format!("{base}/?token=")), "{link}");
        let (start, token) = link.split_once("/?").expect("a token");
        let outside = proxy(base, start);
        let refused = plain()
            .get(format!("{outside}{base}/users?x=1"))
            .header("Accept", "text/html")
            .send()
            .expect("answers");
        assert_eq!(refused.status(), 401);
        let page = refused.text().expect("text");
        let form = format!("action=\"{base}/sign-in\"");
        assert!(page.contains(&form), "{page}");

        let signed_in = plain()
            .get(format!("{outside}{base}/?{token}"))
            .send()
            .expect("answers");
        assert_eq!(signed_in.status(), 303);
        assert_eq!(location(&signed_in), format!("{base}/"));
        let cookie = signed_in.headers()["set-cookie"].to_str().expect("text");
        let cookie = cookie.split(';').next().expect("a cookie").to_owned();

        // No page names a path of the root.
        for path in ["/", "/users"] {
            let page = plain()
                .get(format!("{outside}{base}{path}"))
                .header("Cookie", &cookie)
                .send()
                .expect("answers");
            assert_eq!(page.status(), 200, "{path}");
            let page = page.text().expect("text");
            for found in absolute.captures_iter(&page) {
                let path = format!("/{}", &found[1]);
                assert!(path.starts_with(&format!("{base}/")), "{path}");
            }
        }
        let by_key = plain()
            .post(format!("{outside}{base}/sign-in"))
            .header("Content-Type", "application/x-www-form-urlencoded")
            .body(format!("key={key}&to=%2Fusers"))
            .send()
            .expect("answers");
        assert_eq!(location(&by_key), format!("{base}/users"));
        let out = plain()
            .post(format!("{outside}{base}/sign-out"))
            .header("Cookie", &cookie)
            .send()
            .expect("answers");
        assert_eq!(location(&out), format!("{base}/"));
    }
}

fn without_a_base_path_the_root_is_the_root() {
    let data = scratch();
    let monitor = NetworkMonitor::start(data.path(), "", &[]);
    let signed_in = plain().get(&monitor.link).send().expect("answers");
    assert_eq!(location(&signed_in), "/");
    // A header that anybody could send moves nothing.
    let refused = http()
        .get(monitor.url("/"))
        .header("Accept", "text/html")
        .header("X-Forwarded-Prefix", "//evil.example")
        .send()
        .expect("answers");
    let page = refused.text().expect("text");
    assert!(page.contains("action=\"/sign-in\""), "{page}");
}

fn events_are_passed_on_at_once() {
    let (of_monitor, of_printer) = (scratch(), scratch());
    let monitor = NetworkMonitor::start(of_monitor.path(), "", &[]);
    let printer = PrintServer::start(of_printer.path(), &[]);
    for answer in
        [monitor.response("/api/events"), printer.request("GET", "/api/events")]
    {
        assert_eq!(answer.headers()["x-accel-buffering"], "no");
    }
}

/// Opens the page that a link leads to, through a proxy.
fn look_through(base: &'static str, link: &str) -> Browser {
    let (start, token) = link.split_once("/?").expect("a token");
    let outside = proxy(base, start);
    let browser = Browser::start();
    browser.open(&format!("{outside}{base}/?{token}"));
    let place = format!("return location.pathname === '{base}/'");
    browser.wait_until(&place);
    browser
}

const LIVE: &str = "return document.querySelector('#news.live') !== null";

fn the_monitors_page_works_under_a_path() {
    let data = scratch();
    let target = "[[target]]\nname = \"near\"\nhost = \"127.0.0.1\"\n";
    let options = ["--base-path", "/mon"];
    let monitor = NetworkMonitor::start(data.path(), target, &options);
    let browser = look_through("/mon", &monitor.link);
    browser.wait_until(LIVE);
    browser.wait_until(
        "return document.querySelector('#overall').textContent\
         .includes('Good')",
    );
}

fn the_print_servers_page_works_under_a_path() {
    let data = scratch();
    let options = ["--base-path", "/print"];
    let printer = PrintServer::start(data.path(), &options);
    let browser = look_through("/print", &printer.link);
    browser.wait_until(LIVE);
    printer.print("report.pdf", &[("hold", "true")]);
    browser.wait_until("return document.querySelector('#job-1') !== null");
    let link = "return document.querySelector('#csv').getAttribute('href')";
    let link = browser.run(link);
    assert!(link.as_str().is_some_and(|it| it.starts_with("api/")), "{link}");
    // A way into the accounts, and back.
    browser.click("#users");
    browser.wait_until("return location.pathname === '/print/users'");
    browser.click("nav .button");
    browser.wait_until("return location.pathname === '/print/'");
}
