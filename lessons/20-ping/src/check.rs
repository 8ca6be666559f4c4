//! Services, asked as their clients ask.
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
pub use http::Http;
pub use tcp::Tcp;

use crate::report::milliseconds;
use crate::{Fault, Trouble};

/// A question to a service.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Check {
    /// Does it take connections?
    Tcp(Tcp),
    /// Is the page as it should be?
    Http(Http),
    /// Is the name known, and as what?
    Dns(Dns),
}

/// What a check has found.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct CheckReport {
    /// What was asked, in words: `127.0.0.1:22`, a URL, `A example.org`.
    pub what: String,
    /// Whether all was as expected.
    pub ok: bool,
    /// How long the whole answer took, with looking up the name, in
    /// milliseconds; none when it was not as expected.
    pub milliseconds: Option<f64>,
    /// The address that answered, where it is known.
    pub address: Option<IpAddr>,
    /// What the answer was, in words.
    pub detail: Option<String>,
    /// Whole days until the server's certificate ends, negative when it has
    /// ended; where there was one.
    pub certificate_days: Option<i64>,
    /// What was wrong, as data.
    pub fault: Option<Fault>,
    /// What was wrong, in words.
    pub error: Option<String>,
}

/// What a service has answered, as long as it has answered at all.
#[derive(Default)]
struct Answer {
    address: Option<IpAddr>,
    detail: Option<String>,
    certificate_days: Option<i64>,
}

impl Check {
    /// Asks, and reports within the deadline whatever the other side does.
    pub async fn run(&self, deadline: Duration) -> CheckReport {
        let start = Instant::now();
        let end = start + deadline;
        let mut answer = Answer::default();
        let outcome = match self {
            Check::Tcp(tcp) => tcp.ask(end, &mut answer).await,
            Check::Http(http) => http.ask(end, &mut answer).await,
            Check::Dns(dns) => dns.ask(end, &mut answer).await,
        };
        let elapsed = milliseconds(start.elapsed());
        let trouble = outcome.err();
        CheckReport {
            what: self.what(),
            ok: trouble.is_none(),
            milliseconds: trouble.is_none().then_some(elapsed),
            address: answer.address,
            detail: answer.detail,
            certificate_days: answer.certificate_days,
            fault: trouble.as_ref().map(|trouble| trouble.fault),
            error: trouble.map(|trouble| trouble.words),
        }
    }

    /// What is asked, in words; without the password in a URL.
    pub fn what(&self) -> String {
        match self {
            Check::Tcp(tcp) => tcp.what(),
            Check::Http(http) => http::shown(&http.url),
            Check::Dns(dns) => dns.what(),
        }
    }
}

/// What is left until `end`.
fn left(end: Instant) -> Duration {
    end.saturating_duration_since(Instant::now())
}

fn no_answer(from: &str) -> Trouble {
    Trouble::new(Fault::NoAnswer, format!("{from}: no answer in time"))
}
