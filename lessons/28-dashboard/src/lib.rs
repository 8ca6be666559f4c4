//! A running monitor, live, in a browser and in a terminal.
//!
//! Both show the same thing and ask the same API. A monitor that wants to be
//! shown is a [`Source`]: it has a [`Status`](api::Status), a
//! [`History`](history::History), and a [`Feed`] on which it publishes what
//! happens. [`routes`] makes the API of it, [`page::routes`] the web page, and
//! [`top::run`] is the page's brother in a terminal. What the API says is
//! declared once, in [`api`], for the server that writes it and the terminal
//! that reads it.
//!
//! ```no_run
//! use axum::Router;
//! use dashboard::{Source, page};
//!
//! async fn show(monitor: impl Source) -> std::io::Result<()> {
//!     let app: Router = page::routes().merge(dashboard::routes(monitor));
//!     let listener = tokio::net::TcpListener::bind("127.0.0.1:8800").await?;
//!     axum::serve(listener, app).await
//! }
//! ```
//!
//! | request | answer |
//! |---|---|
//! | `GET /api/status` | [`Status`](api::Status) |
//! | `GET /api/history` | [`Columns`](history::Columns), for a [`HistoryQuery`](history::HistoryQuery) |
//! | `GET /api/results`, `GET /api/notes` | speed tests and notes of a range of time |
//! | `GET /api/history.csv`, `GET /api/results.csv` | the same two as a table for a spreadsheet |
//! | `GET /api/events` | server-sent events: each an [`Event`](api::Event) |
//! | `GET /api/windows` | when maintenance windows are open: a list of [`Occurrence`](api::Occurrence) |
//! | `GET /api/outages` | when targets were down: a list of [`Outage`](api::Outage) |
//! | `POST /api/tests/{name}` | 202, and the speed test runs |
//! | `POST /api/silences` | for a [`NewSilence`](api::NewSilence) 201 and [`Made`](api::Made) |
//! | `DELETE /api/silences/{id}` | 204 |
//! | `POST /api/acknowledgements` | for an [`Acknowledge`](api::Acknowledge) 204 |
//! | `POST /api/windows` | for a [`NewWindow`](api::NewWindow) 201 and [`Made`](api::Made) |
//! | `DELETE /api/windows/{id}` | 204 |
//! | `POST /api/notifiers/{name}/test` | 204: its test notice was taken |

pub mod api;
mod csv;
mod feed;
mod overview;
pub mod page;
mod routes;
mod source;
mod stream;
pub mod top;

pub use feed::{ChangeSignal, Feed};
pub use overview::{Wellness, overview};
pub use routes::{control_routes, reading_routes, routes};
pub use source::{NotDone, NotSent, NotStarted, Source};
