//! What each address answers, for each family of clients.

use super::request::{Length, Request};
use std::net::IpAddr;

/// The most bytes that one download may ask for: a few minutes of a fast
/// line.
const MOST_DOWNLOAD: u64 = 32 << 30;
/// The most bytes that one upload may bring.
const MOST_UPLOAD: u64 = 128 << 30;
/// What networkQuality's clients take until they have seen enough.
const LARGE: u64 = 8 << 30;
const MIB: u64 = 1 << 20;

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

/// What a server tells of itself in its answers.
pub(super) struct About<'a> {
    pub(super) scheme: &'static str,
    /// Where it was reached, for clients that do not say which host they ask.
    pub(super) local: String,
    pub(super) client: IpAddr,
    pub(super) request: &'a Request,
}

/// The answer to a request whose body, if any, has been read.
pub(super) fn answer(about: &About<'_>) -> Answer {
    let request = about.request;
    let path = request.path.as_str();
    // LibreSpeed's own set-ups have its files in a folder.
    let path = path.strip_prefix("/backend").unwrap_or(path);
    let found = match path {
        "/" => page(),
        "/speedtest/latency.txt" => text("test=test\n"),
        "/speedtest/upload.php" => {
            let size = match request.length {
                Length::Known(size) => size,
                Length::Chunked => 0,
            };
            text(format!("size={size}"))
        }
        "/empty.php" => text(""),
        "/getIP.php" => json(format!(
            "{{\"processedString\":\"{}\",\"rawIspInfo\":\"\"}}",
            about.client
        )),
        "/garbage.php" => download(request, "ckSize", 4, MIB),
        "/__down" => {
            let mut answer = download(request, "bytes", 0, 1);
            answer.headers.push_str(SERVER_TIMING);
            answer
        }
        "/__up" => {
            let mut answer = text("ok");
            answer.headers.push_str(SERVER_TIMING);
            answer
        }
        "/cdn-cgi/trace" => text(format!(
            "fl=0\nh={}\nip={}\nvisit_scheme={}\ncolo=LAN\nhttp=http/1.1\n\
             loc=XX\n",
            about.host(),
            about.client,
            about.scheme
        )),
        "/.well-known/nq" => json(about.network_quality()),
        "/nq/small" => noise(1),
        "/nq/large" => noise(LARGE),
        "/nq/upload" => text(""),
        _ => match random_jpg(path) {
            Some(bytes) => {
                Answer { content_type: "image/jpeg", ..noise(bytes) }
            }
            None => not_found(),
        },
    };
    let takes_bodies = matches!(
        path,
        "/speedtest/upload.php" | "/empty.php" | "/__up" | "/nq/upload"
    );
    let mut answer = match request.method.as_str() {
        "GET" | "HEAD" => found,
        // What a browser asks before it posts to another host.
        "OPTIONS" => text(""),
        "POST" | "PUT" if takes_bodies || found.status.starts_with("404") => {
            found
        }
        _ => not_allowed(takes_bodies),
    };
    answer.headers.push_str(COMMON);
    answer
}

/// Why a request is refused before its body is read, if it is.
pub(super) fn refusal(request: &Request) -> Option<Answer> {
    match request.length {
        Length::Known(bytes) if bytes > MOST_UPLOAD => Some(words(
            "413 Content Too Large",
            format!("an upload may bring {MOST_UPLOAD} bytes at most\n"),
        )),
        _ => None,
    }
}

/// Nothing is kept by anyone on the way, and any page may measure.
const COMMON: &str = "Cache-Control: no-store, no-transform\r\n\
    Access-Control-Allow-Origin: *\r\n\
    Access-Control-Allow-Methods: GET, HEAD, POST, OPTIONS\r\n\
    Access-Control-Allow-Headers: Content-Type, Content-Encoding\r\n\
    Timing-Allow-Origin: *\r\n";

/// How long the server itself took, in milliseconds: clients subtract it.
const SERVER_TIMING: &str = "Server-Timing: cfRequestDuration;dur=0.02\r\n";

impl About<'_> {
    fn host(&self) -> &str {
        self.request.host.as_deref().unwrap_or(&self.local)
    }

    /// draft-ietf-ippm-responsiveness-09, "Well-Known Uniform Resource
    /// Identifier (URI) For Test Server Discovery". Clients have known the
    /// three addresses by two sets of names.
    fn network_quality(&self) -> String {
        let base = format!("{}://{}/nq", self.scheme, self.host());
        serde_json::json!({
            "version": 1,
            "urls": {
                "small_https_download_url": format!("{base}/small"),
                "large_https_download_url": format!("{base}/large"),
                "https_upload_url": format!("{base}/upload"),
                "small_download_url": format!("{base}/small"),
                "large_download_url": format!("{base}/large"),
                "upload_url": format!("{base}/upload"),
            },
        })
        .to_string()
    }
}

fn download(request: &Request, field: &str, usual: u64, unit: u64) -> Answer {
    let asked = request.field(field).map_or(Ok(usual), str::parse::<u64>);
    match asked.ok().and_then(|count| count.checked_mul(unit)) {
        Some(bytes) if bytes <= MOST_DOWNLOAD => noise(bytes),
        _ => words(
            "400 Bad Request",
            format!(
                "{field} must be a number, and at most {}\n",
                MOST_DOWNLOAD / unit
            ),
        ),
    }
}

/// How long the pictures of Ookla's own servers are: `random350x350.jpg` is
/// 245,388 bytes, and so on. Others grow with their area, as those do.
fn random_jpg(path: &str) -> Option<u64> {
    const KNOWN: [(u64, u64); 10] = [
        (350, 245_388),
        (500, 505_544),
        (750, 1_118_012),
        (1000, 1_986_284),
        (1500, 4_468_241),
        (2000, 7_907_740),
        (2500, 12_407_926),
        (3000, 17_816_816),
        (3500, 24_262_167),
        (4000, 31_625_365),
    ];
    let name = path.strip_prefix("/speedtest/random")?.strip_suffix(".jpg")?;
    let (width, height) = name.split_once('x')?;
    let (width, height): (u64, u64) =
        (width.parse().ok()?, height.parse().ok()?);
    let known =
        KNOWN.iter().find(|(side, _)| (*side, *side) == (width, height));
    let bytes = match known {
        Some((_, bytes)) => *bytes,
        None => width.checked_mul(height)?.checked_mul(2)?,
    };
    (bytes <= MOST_DOWNLOAD).then_some(bytes)
}

fn page() -> Answer {
    Answer {
        content_type: "text/html; charset=utf-8",
        ..text(include_str!("page.html"))
    }
}

fn text(body: impl Into<String>) -> Answer {
    words("200 OK", body.into())
}

fn json(body: String) -> Answer {
    Answer { content_type: "application/json", ..text(body) }
}

fn noise(bytes: u64) -> Answer {
    Answer {
        content_type: "application/octet-stream",
        body: Body::Noise(bytes),
        ..text("")
    }
}

fn words(status: &'static str, body: String) -> Answer {
    Answer {
        status,
        content_type: "text/plain; charset=utf-8",
        body: Body::Text(body),
        headers: String::new(),
    }
}

fn not_found() -> Answer {
    words(
        "404 Not Found",
        "this is a speed-test server: see / for what it answers\n".to_owned(),
    )
}

fn not_allowed(takes_bodies: bool) -> Answer {
    let allow = match takes_bodies {
        true => "Allow: GET, HEAD, POST, OPTIONS\r\n",
        false => "Allow: GET, HEAD, OPTIONS\r\n",
    };
    let body = "this address does not take that\n".to_owned();
    let headers = allow.to_owned();
    Answer { headers, ..words("405 Method Not Allowed", body) }
}

/// The answer to what is no request, or one too many.
pub(super) fn bad(status: &'static str, body: &str) -> Answer {
    let mut answer = words(status, body.to_owned());
    answer.headers.push_str(COMMON);
    answer
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_pictures_are_as_long_as_those_of_the_first_servers() {
        assert_eq!(random_jpg("/speedtest/random350x350.jpg"), Some(245_388));
        assert_eq!(random_jpg("/speedtest/random100x100.jpg"), Some(20_000));
        for path in [
            "/speedtest/random.jpg",
            "/speedtest/random1x.jpg",
            "/speedtest/random-1x5.jpg",
            "/speedtest/random99999999x99999999.jpg",
            "/random350x350.jpg",
        ] {
            assert_eq!(random_jpg(path), None, "{path}");
        }
    }
}
