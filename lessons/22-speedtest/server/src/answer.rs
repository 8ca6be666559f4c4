//! What each address answers, for each family of clients.

use std::net::IpAddr;
use std::time::Instant;

use browser_test::{Count, DOWNLOAD, NotCounted, PAGE_POLICY, Page};

use crate::request::{Malformed, Request};
use crate::route::{MOST_UPLOAD, Refusal, Route};

/// An answer before it is written.
#[derive(Debug, PartialEq)]
pub(crate) struct Answer {
    pub(crate) status: &'static str,
    pub(crate) content_type: &'static str,
    pub(crate) body: Body,
    /// More headers, each with its end of line.
    pub(crate) headers: String,
}

#[derive(Debug, PartialEq)]
pub(crate) enum Body {
    Text(String),
    /// This number of bytes that cannot be compressed.
    Noise(u64),
}

/// What the server knows when it answers a request.
pub(crate) struct Exchange<'a> {
    pub(crate) request: &'a Request,
    pub(crate) scheme: &'static str,
    /// The version of HTTP, as Cloudflare names it.
    pub(crate) version: &'static str,
    /// Where it was reached, for clients that do not say which host they ask.
    pub(crate) local: &'a str,
    pub(crate) client: IpAddr,
    /// The length of the request's body in bytes.
    pub(crate) received: u64,
    /// What has arrived of the browser's test that it belongs to.
    pub(crate) count: Option<Count>,
    /// When the request had been read to its end.
    pub(crate) since: Instant,
}

/// No cache on the way keeps anything, and any web page may measure.
const COMMON: &str = "Cache-Control: no-store, no-transform\r\n\
    Access-Control-Allow-Origin: *\r\n\
    Access-Control-Allow-Methods: GET, HEAD, POST, OPTIONS\r\n\
    Access-Control-Allow-Headers: Content-Type, Content-Encoding\r\n\
    Timing-Allow-Origin: *\r\n";

/// The page of the speed test for browsers. Nothing is kept here.
const PAGE: Page =
    Page { keeps: false, link: ("about", "Other clients of this server") };

impl Exchange<'_> {
    /// The answer to a request that has been read whole.
    pub(crate) fn answer(&self, route: Route) -> Answer {
        // What a browser asks before it posts to another host.
        if self.request.method == "OPTIONS" {
            return text("");
        }
        match route {
            Route::About => self.about(),
            Route::BrowserPage => {
                browsers("text/html; charset=utf-8", PAGE.html())
            }
            Route::BrowserFile(file) => browsers(file.kind, file.text),
            Route::BrowserDown => noise(DOWNLOAD),
            Route::BrowserUp => text(""),
            Route::BrowserPing => json(&serde_json::json!(self.count)),
            Route::OoklaConfiguration => self.ookla_configuration(),
            Route::OoklaLatency => text("test=test\n"),
            Route::OoklaUpload => text(format!("size={}", self.received)),
            Route::Picture(bytes) => {
                Answer { content_type: "image/jpeg", ..noise(bytes) }
            }
            Route::Empty | Route::Upload => text(""),
            Route::Address => json(&serde_json::json!({
                "processedString": self.client.to_string(),
                "rawIspInfo": "",
            })),
            Route::Garbage(bytes) => noise(bytes),
            Route::Down(bytes) => self.timed(noise(bytes)),
            Route::Up => self.timed(text("ok")),
            Route::Trace => self.trace(),
            Route::Quality => self.network_quality(),
            Route::Small => noise(1),
            Route::Large(bytes) => noise(bytes),
        }
    }

    /// What this server answers, for people who have a client.
    fn about(&self) -> Answer {
        let url = format!("{}://{}", self.scheme, self.host());
        let page = include_str!("about.html")
            .replace("{url}", &url)
            .replace("{host}", self.host());
        Answer { content_type: "text/html; charset=utf-8", ..text(page) }
    }

    fn host(&self) -> &str {
        self.request.host.as_deref().unwrap_or(self.local)
    }

    /// Adds how long the server took, in milliseconds: clients subtract it.
    fn timed(&self, mut answer: Answer) -> Answer {
        let took = self.since.elapsed().as_secs_f64() * 1000.0;
        answer.headers +=
            &format!("Server-Timing: cfRequestDuration;dur={took:.3}\r\n");
        answer
    }

    /// What speedtest.net answers, as far as speedtest-cli reads it. The
    /// client's place on earth is always 0, 0.
    fn ookla_configuration(&self) -> Answer {
        let client = self.client;
        Answer {
            content_type: "text/xml; charset=utf-8",
            ..text(format!(
                "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<settings>\n\
                 <client ip=\"{client}\" lat=\"0\" lon=\"0\" isp=\"\" \
                 country=\"\"/>\n\
                 <server-config threadcount=\"4\" ignoreids=\"\"/>\n\
                 <download testlength=\"10\" threadsperurl=\"4\"/>\n\
                 <upload testlength=\"10\" ratio=\"5\" \
                 maxchunkcount=\"50\" threads=\"2\"/>\n</settings>\n"
            ))
        }
    }

    /// What Cloudflare says about a request, under its names. The codes for the
    /// server's place and the client's country mean none.
    fn trace(&self) -> Answer {
        text(format!(
            "h={}\nip={}\nvisit_scheme={}\ncolo=LAN\nhttp={}\nloc=XX\n",
            self.host(),
            self.client,
            self.scheme,
            self.version,
        ))
    }

    /// draft-ietf-ippm-responsiveness-09, "Well-Known Uniform Resource
    /// Identifier (URI) For Test Server Discovery". Clients have known the
    /// three addresses by two sets of names.
    fn network_quality(&self) -> Answer {
        let base = format!("{}://{}/nq", self.scheme, self.host());
        let small = format!("{base}/small");
        let large = format!("{base}/large");
        let upload = format!("{base}/upload");
        json(&serde_json::json!({
            "version": 1,
            "urls": {
                "small_download_url": small,
                "large_download_url": large,
                "upload_url": upload,
                "small_https_download_url": small,
                "large_https_download_url": large,
                "https_upload_url": upload,
            },
        }))
    }
}

impl Refusal {
    /// The reason, for the client.
    pub(crate) fn answer(self) -> Answer {
        match self {
            Refusal::Unknown => plain_text(
                "404 Not Found",
                "this is a speed-test server: see /about for what it answers\n",
            ),
            Refusal::Method(takes_bodies) => {
                let (allow, why) = match takes_bodies {
                    true => (
                        "Allow: GET, HEAD, POST, OPTIONS\r\n",
                        "this address takes GET, HEAD, POST and OPTIONS\n",
                    ),
                    false => (
                        "Allow: GET, HEAD, OPTIONS\r\n",
                        "this address takes GET, HEAD and OPTIONS\n",
                    ),
                };
                let refusal = plain_text("405 Method Not Allowed", why);
                Answer { headers: allow.to_owned(), ..refusal }
            }
            Refusal::Field(field, most) => plain_text(
                "400 Bad Request",
                format!("{field} must be a number, and at most {most}\n"),
            ),
            Refusal::TooLong => plain_text(
                "413 Content Too Large",
                format!("an upload may bring {MOST_UPLOAD} bytes at most\n"),
            ),
            // The page shows these words.
            Refusal::NotCounted(why) => Answer {
                status: match why {
                    NotCounted::Name => "400 Bad Request",
                    NotCounted::Full => "503 Service Unavailable",
                },
                ..json(&serde_json::json!({ "error": why.to_string() }))
            },
        }
    }
}

impl Malformed {
    /// The reason, for the client.
    pub(crate) fn answer(self) -> Answer {
        let bad = "400 Bad Request";
        match self {
            Malformed::TooLong => plain_text(
                "431 Request Header Fields Too Large",
                "the head of this request does not end\n",
            ),
            Malformed::NotHttp => plain_text(bad, "this is not HTTP/1.1\n"),
            Malformed::Target => plain_text(bad, "a path begins with /\n"),
            Malformed::Host => plain_text(bad, "say one host that can be\n"),
            Malformed::Length => plain_text(
                bad,
                "say the body's length once: Content-Length in digits, or \
                 Transfer-Encoding: chunked\n",
            ),
            Malformed::Chunk => plain_text(
                bad,
                "a chunk of this body is not as long as it says\n",
            ),
            Malformed::TooMuch(most) => plain_text(
                "413 Content Too Large",
                format!("an upload may bring {most} bytes at most\n"),
            ),
        }
    }
}

impl Answer {
    /// The length of its body in bytes.
    pub(crate) fn length(&self) -> u64 {
        match &self.body {
            Body::Text(text) => text.len() as u64,
            Body::Noise(bytes) => *bytes,
        }
    }

    /// The number of its status.
    pub(crate) fn code(&self) -> u16 {
        let number = self.status.split(' ').next().unwrap_or_default();
        number.parse().expect("a status of ours begins with a number")
    }

    /// Names and values of its headers, without the type and the length.
    pub(crate) fn more_headers(&self) -> impl Iterator<Item = (&str, &str)> {
        let lines = COMMON.lines().chain(self.headers.lines());
        lines.filter_map(|line| line.split_once(": "))
    }

    /// Its head, and its body where that is text and `whole`.
    pub(crate) fn text(&self, keeps_alive: bool, whole: bool) -> String {
        let length = self.length();
        let text = match &self.body {
            Body::Text(text) => text.as_str(),
            Body::Noise(_) => "",
        };
        let Answer { status, content_type, headers, .. } = self;
        let connection = if keeps_alive { "keep-alive" } else { "close" };
        let text = if whole { text } else { "" };
        format!(
            "HTTP/1.1 {status}\r\nContent-Type: {content_type}\r\n\
             Content-Length: {length}\r\nConnection: {connection}\r\n\
             {COMMON}{headers}\r\n{text}"
        )
    }
}

/// An answer in plain text.
pub(crate) fn plain_text(
    status: &'static str,
    body: impl Into<String>,
) -> Answer {
    Answer {
        status,
        content_type: "text/plain; charset=utf-8",
        body: Body::Text(body.into()),
        headers: String::new(),
    }
}

fn text(body: impl Into<String>) -> Answer {
    plain_text("200 OK", body)
}

/// A page of ours, or a file of it.
fn browsers(kind: &'static str, body: impl Into<String>) -> Answer {
    Answer {
        content_type: kind,
        headers: format!(
            "Content-Security-Policy: {PAGE_POLICY}\r\n\
             X-Content-Type-Options: nosniff\r\n"
        ),
        ..text(body)
    }
}

fn json(body: &serde_json::Value) -> Answer {
    Answer { content_type: "application/json", ..text(body.to_string()) }
}

fn noise(bytes: u64) -> Answer {
    Answer {
        content_type: "application/octet-stream",
        body: Body::Noise(bytes),
        ..text("")
    }
}
