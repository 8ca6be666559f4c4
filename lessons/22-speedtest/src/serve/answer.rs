//! What each address answers, for each family of clients.

use super::request::{Malformed, Request};
use super::route::{MOST_UPLOAD, Refusal, Route};
use std::net::IpAddr;
use std::time::Instant;

/// An answer before it is written.
#[derive(Debug, PartialEq)]
pub(super) struct Answer {
    pub(super) status: &'static str,
    pub(super) content_type: &'static str,
    pub(super) body: Body,
    /// More headers, each with its end of line.
    pub(super) headers: String,
}

#[derive(Debug, PartialEq)]
pub(super) enum Body {
    Text(String),
    /// This number of bytes that cannot be compressed.
    Noise(u64),
}

/// What the server knows when it answers a request.
pub(super) struct Exchange<'a> {
    pub(super) request: &'a Request,
    pub(super) scheme: &'static str,
    /// Where it was reached, for clients that do not say which host they ask.
    pub(super) local: &'a str,
    pub(super) client: IpAddr,
    /// The length of the request's body in bytes.
    pub(super) received: u64,
    /// When the request had been read to its end.
    pub(super) since: Instant,
}

/// No cache on the way keeps anything, and any web page may measure.
const COMMON: &str = "Cache-Control: no-store, no-transform\r\n\
    Access-Control-Allow-Origin: *\r\n\
    Access-Control-Allow-Methods: GET, HEAD, POST, OPTIONS\r\n\
    Access-Control-Allow-Headers: Content-Type, Content-Encoding\r\n\
    Timing-Allow-Origin: *\r\n";

impl Exchange<'_> {
    /// The answer to a request that has been read whole.
    pub(super) fn answer(&self, route: Route) -> Answer {
        // What a browser asks before it posts to another host.
        if self.request.method == "OPTIONS" {
            return text("");
        }
        match route {
            Route::Page => self.page(),
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

    fn page(&self) -> Answer {
        let url = format!("{}://{}", self.scheme, self.host());
        let page = include_str!("page.html")
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
            "h={}\nip={}\nvisit_scheme={}\ncolo=LAN\nhttp=http/1.1\nloc=XX\n",
            self.host(),
            self.client,
            self.scheme
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
    pub(super) fn answer(self) -> Answer {
        match self {
            Refusal::Unknown => plain_text(
                "404 Not Found",
                "this is a speed-test server: see / for what it answers\n",
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
        }
    }
}

impl Malformed {
    /// The reason, for the client.
    pub(super) fn answer(self) -> Answer {
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
    /// Its head, and its body where that is text and `whole`.
    pub(super) fn text(&self, keeps_alive: bool, whole: bool) -> String {
        let (length, text) = match &self.body {
            Body::Text(text) => (text.len() as u64, text.as_str()),
            Body::Noise(bytes) => (*bytes, ""),
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
pub(super) fn plain_text(
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
