//! A status page for the public: what works, what did not, and when.
//!
//! It needs no key. So it shows what its [`Content`] names and nothing else:
//! names that somebody chose for it, states, days and times; no address, no
//! error text, no name from the rest of the configuration. And a crowd may look
//! at it: it is made anew when a state changes, and else every few seconds,
//! however many ask.
//!
//! ```no_run
//! use dashboard::Source;
//! use status_page::{Content, Part, StatusPage};
//!
//! fn public(monitor: impl Source, web_site: report::Target) -> axum::Router {
//!     let name = "Our web site".to_owned();
//!     let page = StatusPage::new(monitor);
//!     page.show(Some(Content {
//!         title: "Our services".to_owned(),
//!         parts: vec![Part { name, targets: vec![web_site] }],
//!     }));
//!     page.routes()
//! }
//! ```
//!
//! | request | answer |
//! |---|---|
//! | `GET /status` | the page |
//! | `GET /badge/NAME.svg` | the state of a part as a small picture |
//! | `GET /badge/NAME.svg?days=30` | its availability in the last 30 days |

mod badge;
mod day;
mod figures;
mod page;
mod routes;

pub use routes::StatusPage;

use report::Target;

/// What the public may see.
#[derive(Debug, Clone, PartialEq)]
pub struct Content {
    /// The page's title.
    pub title: String,
    /// What is shown, from top to bottom.
    pub parts: Vec<Part>,
}

/// One line of the page: a service, as the public calls it.
#[derive(Debug, Clone, PartialEq)]
pub struct Part {
    /// Its name on the page. Unique.
    pub name: String,
    /// What it is made of: one target, or those of a group. It is as well as
    /// the worst of them.
    pub targets: Vec<Target>,
}
