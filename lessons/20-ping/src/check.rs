//! Checks: a service is asked as its clients ask it.
//!
//! ```no_run
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() {
//! use ping::check::{Check, Http};
//! use std::time::Duration;
//!
//! let mut page = Http::new("https://www.example.org/");
//! page.keyword = Some("welcome".to_owned());
//! let report = Check::Http(page).run(Duration::from_secs(10)).await;
//! println!("{}: {:?}", report.what, report.error);
//! # }
//! ```

mod certificate;
mod dns;
mod http;
mod tcp;

use std::{net::IpAddr, time::Duration};

use serde::Serialize;
use tokio::time::Instant;

pub use dns::Dns;
pub use hickory_proto::rr::RecordType;
pub use http::{Http, JsonValue, SignIn, shown};
pub use secret::Secret;
pub use tcp::Tcp;

use crate::report::milliseconds;
use crate::{Error, ErrorKind};

/// A check of one service.
#[derive(Clone, Debug, PartialEq, Eq)]
#[allow(clippy::large_enum_variant, reason = "there are few, and no list")]
pub enum Check {
    /// Does it take connections?
    Tcp(Tcp),
    /// Is the page as it should be?
    Http(Http),
    /// Is the name known, and as what?
    Dns(Dns),
}

/// The result of one check.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct CheckReport {
    /// What was checked: `127.0.0.1:22`, a URL, `A example.org`.
    pub what: String,
    /// Whether everything was as expected.
    pub ok: bool,
    /// How long the whole answer took, the lookup of the name included, in
    /// milliseconds; `None` when it was not as expected.
    pub milliseconds: Option<f64>,
    /// The address that answered, where that is known.
    pub address: Option<IpAddr>,
    /// The answer in words.
    pub detail: Option<String>,
    /// Whole days until the server's certificate expires, negative when it has
    /// expired; `None` where there was no certificate.
    pub certificate_days: Option<i64>,
    /// The status of the last answer of a web server (RFC 9110, section 15).
    pub http_status: Option<u16>,
    /// What the time went into, of a page.
    pub phases: Option<Phases>,
    /// The kind of error, if there was one.
    pub fault: Option<ErrorKind>,
    /// The error in words.
    pub error: Option<String>,
}

/// What the time of a check of a page went into, in milliseconds. Where it was
/// redirected, those of all pages on the way are added.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct Phases {
    /// The lookup of the name.
    pub name_ms: f64,
    /// The connection.
    pub connect_ms: f64,
    /// The handshake of TLS; 0 where there was none.
    pub tls_ms: f64,
    /// From the request to the first byte of the answer.
    pub first_byte_ms: f64,
    /// From there to the end of the page.
    pub rest_ms: f64,
}

/// The answer as far as it is known: a check that fails late still reports
/// it.
#[derive(Default)]
struct Answer {
    address: Option<IpAddr>,
    detail: Option<String>,
    certificate_days: Option<i64>,
    http_status: Option<u16>,
    phases: Option<Phases>,
}

impl Answer {
    /// The phases so far.
    fn phases(&mut self) -> &mut Phases {
        self.phases.get_or_insert_default()
    }
}

impl Check {
    /// Runs the check; its report is there within the deadline, whatever the
    /// other side does.
    pub async fn run(&self, deadline: Duration) -> CheckReport {
        let start = Instant::now();
        let end = start + deadline;
        let mut answer = Answer::default();
        let outcome = match self {
            Check::Tcp(tcp) => tcp.run(end, &mut answer).await,
            Check::Http(http) => http.run(end, &mut answer).await,
            Check::Dns(dns) => dns.run(end, &mut answer).await,
        };
        let elapsed = milliseconds(start.elapsed());
        let error = outcome.err();
        CheckReport {
            what: self.what(),
            ok: error.is_none(),
            milliseconds: error.is_none().then_some(elapsed),
            address: answer.address,
            detail: answer.detail,
            certificate_days: answer.certificate_days,
            http_status: answer.http_status,
            phases: answer.phases,
            fault: error.as_ref().map(|error| error.kind),
            error: error.map(|error| error.message),
        }
    }

    /// What is checked; a URL without its password.
    pub fn what(&self) -> String {
        match self {
            Check::Tcp(tcp) => tcp.what(),
            Check::Http(http) => http::shown(&http.url),
            Check::Dns(dns) => dns.what(),
        }
    }
}

/// The time that is left until `end`.
fn left(end: Instant) -> Duration {
    end.saturating_duration_since(Instant::now())
}

fn no_answer(from: &str) -> Error {
    Error::new(ErrorKind::NoAnswer, format!("{from}: no answer in time"))
}
