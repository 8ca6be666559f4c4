//! What can be asked for, and under which path.

use browser_test::{File, NotCounted, file};

use crate::request::{Length, Request, digits};

/// The most bytes that one download may ask for: a few minutes of a fast
/// line.
pub(crate) const MOST_DOWNLOAD: u64 = 32 << 30;
/// The most bytes that one upload may bring.
pub(crate) const MOST_UPLOAD: u64 = 128 << 30;
/// The large download of networkQuality, which clients break off: at least
/// 8 GiB, says the draft.
const LARGE: u64 = 8 << 30;
const MIB: u64 = 1 << 20;

/// What an address leads to.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Route {
    /// What this server answers, for people.
    About,
    /// The speed test for browsers.
    BrowserPage,
    /// A file of that page.
    BrowserFile(File),
    /// A download of a browser's test.
    BrowserDown,
    /// An upload of a browser's test, which is counted.
    BrowserUp,
    /// A round trip of a browser's test, and what was counted.
    BrowserPing,
    /// What speedtest-cli asks speedtest.net before it measures.
    OoklaConfiguration,
    /// Ookla's `test=test`.
    OoklaLatency,
    /// Ookla's `size=N`.
    OoklaUpload,
    /// This number of bytes, as a picture.
    Picture(u64),
    /// LibreSpeed's empty answer, for round trips and uploads.
    Empty,
    /// LibreSpeed's answer with the client's address.
    Address,
    /// This number of bytes.
    Garbage(u64),
    /// This number of bytes, and how long the server took before the first.
    Down(u64),
    /// Cloudflare's upload.
    Up,
    /// Cloudflare's answer with what it knows of the request.
    Trace,
    /// Where networkQuality's clients find the next three.
    Quality,
    /// One byte.
    Small,
    /// More bytes than anybody takes.
    Large(u64),
    /// An upload of any length.
    Upload,
}

/// Why a request gets no route.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Refusal {
    /// No such address.
    Unknown,
    /// This address does not take the method; whether it takes bodies.
    Method(bool),
    /// A field of the query is no number, or larger than this.
    Field(&'static str, u64),
    /// The upload is longer than the server takes.
    TooLong,
    /// It belongs to no browser's test that is counted.
    NotCounted(NotCounted),
}

impl Route {
    /// Where a request leads, before its body is read.
    pub(crate) fn find(request: &Request) -> Result<Route, Refusal> {
        let route = Route::of_path(request)?;
        match request.method.as_str() {
            "GET" | "HEAD" | "OPTIONS" => {}
            "POST" if route.takes_bodies() => {}
            _ => return Err(Refusal::Method(route.takes_bodies())),
        }
        match request.length {
            Length::Known(bytes) if bytes > MOST_UPLOAD => {
                Err(Refusal::TooLong)
            }
            _ => Ok(route),
        }
    }

    fn of_path(request: &Request) -> Result<Route, Refusal> {
        let path = request.path.as_str();
        // LibreSpeed's own set-ups have its files in a folder.
        let path = path.strip_prefix("/backend").unwrap_or(path);
        Ok(match path {
            "/" | "/speedtest" => Route::BrowserPage,
            "/about" => Route::About,
            "/speedtest/down" => Route::BrowserDown,
            "/speedtest/up" => Route::BrowserUp,
            "/speedtest/ping" => Route::BrowserPing,
            "/speedtest-config.php" => Route::OoklaConfiguration,
            "/speedtest/latency.txt" => Route::OoklaLatency,
            "/speedtest/upload.php" => Route::OoklaUpload,
            "/empty.php" => Route::Empty,
            "/getIP.php" => Route::Address,
            "/garbage.php" => Route::Garbage(count(request, "ckSize", 4, MIB)?),
            "/__down" => Route::Down(count(request, "bytes", 0, 1)?),
            "/__up" => Route::Up,
            "/cdn-cgi/trace" => Route::Trace,
            "/.well-known/nq" => Route::Quality,
            "/nq/small" => Route::Small,
            "/nq/large" => Route::Large(LARGE),
            "/nq/upload" => Route::Upload,
            _ => match path.strip_prefix("/speedtest/").and_then(file) {
                Some(file) => Route::BrowserFile(file),
                None => Route::Picture(picture(path).ok_or(Refusal::Unknown)?),
            },
        })
    }

    fn takes_bodies(self) -> bool {
        matches!(
            self,
            Route::OoklaUpload
                | Route::Empty
                | Route::Up
                | Route::Upload
                | Route::BrowserUp
        )
    }

    /// Whether it belongs to a browser's test, which must say its name.
    pub(crate) fn is_of_a_browsers_test(self) -> bool {
        matches!(
            self,
            Route::BrowserDown | Route::BrowserUp | Route::BrowserPing
        )
    }
}

/// How many bytes a field of the query asks for.
fn count(
    request: &Request,
    field: &'static str,
    usual: u64,
    unit: u64,
) -> Result<u64, Refusal> {
    let asked = request.field(field).map_or(Some(usual), digits);
    let bytes = asked.and_then(|count| count.checked_mul(unit));
    bytes
        .filter(|bytes| *bytes <= MOST_DOWNLOAD)
        .ok_or(Refusal::Field(field, MOST_DOWNLOAD / unit))
}

/// How long the pictures of Ookla's own servers are: `random350x350.jpg` is
/// 245,388 bytes, and so on. Others grow with their area, as those do.
fn picture(path: &str) -> Option<u64> {
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
    let (width, height) = (digits(width)?, digits(height)?);
    let known =
        KNOWN.iter().find(|(side, _)| (*side, *side) == (width, height));
    let bytes = match known {
        Some((_, bytes)) => *bytes,
        None => width.checked_mul(height)?.checked_mul(2)?,
    };
    (bytes <= MOST_DOWNLOAD).then_some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_pictures_are_as_long_as_those_of_the_first_servers() {
        assert_eq!(picture("/speedtest/random350x350.jpg"), Some(245_388));
        assert_eq!(picture("/speedtest/random100x100.jpg"), Some(20_000));
        for path in [
            "/speedtest/random.jpg",
            "/speedtest/random1x.jpg",
            "/speedtest/random-1x5.jpg",
            "/speedtest/random+1x5.jpg",
            "/speedtest/random99999999x99999999.jpg",
            "/random350x350.jpg",
        ] {
            assert_eq!(picture(path), None, "{path}");
        }
    }
}
