//! What each address answers, for each family of clients.

use super::request::Request;
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
    /// So many bytes of noise.
    Noise(u64),
}

/// What a server tells of itself and of its client in its answers.
pub(super) struct About<'a> {
    pub(super) request: &'a Request,
    pub(super) scheme: &'static str,
    /// Where it was reached, for clients that do not say which host they ask.
    pub(super) local: &'a str,
    pub(super) client: IpAddr,
    /// How many bytes the request brought.
    pub(super) brought: u64,
    /// When the request was whole.
    pub(super) since: Instant,
}

/// Nothing is kept by anyone on the way, and any page may measure.
const COMMON: &str = "Cache-Control: no-store, no-transform\r\n\
    Access-Control-Allow-Origin: *\r\n\
    Access-Control-Allow-Methods: GET, HEAD, POST, OPTIONS\r\n\
    Access-Control-Allow-Headers: Content-Type, Content-Encoding\r\n\
    Timing-Allow-Origin: *\r\n";

impl About<'_> {
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
            Route::OoklaUpload => text(format!("size={}", self.brought)),
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

    /// Says how long we took, in milliseconds: clients subtract it.
    fn timed(&self, mut answer: Answer) -> Answer {
        let took = self.since.elapsed().as_secs_f64() * 1000.0;
        answer.headers +=
            &format!("Server-Timing: cfRequestDuration;dur={took:.3}\r\n");
        answer
    }

    /// What speedtest.net gives, as far as speedtest-cli reads it. A client
    /// of this server is told no place on earth but 0, 0.
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

    /// What Cloudflare tells of a request, in its names. The place of the
    /// server and the country of the client are codes that stand for nobody.
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
    /// The refusal in words.
    pub(super) fn answer(self) -> Answer {
        match self {
            Refusal::Unknown => words(
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
                let refusal = words("405 Method Not Allowed", why);
                Answer { headers: allow.to_owned(), ..refusal }
            }
            Refusal::Field(field, most) => words(
                "400 Bad Request",
                format!("{field} must be a number, and at most {most}\n"),
            ),
            Refusal::TooLong => words(
                "413 Content Too Large",
                format!("an upload may bring {MOST_UPLOAD} bytes at most\n"),
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

/// An answer in words.
pub(super) fn words(status: &'static str, body: impl Into<String>) -> Answer {
    Answer {
        status,
        content_type: "text/plain; charset=utf-8",
        body: Body::Text(body.into()),
        headers: String::new(),
    }
}

fn text(body: impl Into<String>) -> Answer {
    words("200 OK", body)
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
