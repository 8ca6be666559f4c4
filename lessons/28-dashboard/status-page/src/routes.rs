//! The answers: the page and the badges, made once for all who ask.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use axum::Router;
use axum::extract::{Path, Query, State};
use axum::http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE,
};
use axum::http::{HeaderName, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use dashboard::Source;
use dashboard::api;
use maud::Markup;
use serde::Deserialize;
use tokio::task::spawn_blocking;

use crate::Content;
use crate::figures::{DAYS, Figures, figures, state_of};
use crate::{badge, page};

/// How old figures may be while no state changes.
const FRESH: Duration = Duration::from_secs(15);
/// The same for browsers and proxies.
const CACHE: &str = "public, max-age=10";
/// What the page may load and do: nothing but its own style (Content Security
/// Policy, level 3).
const POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; \
    img-src data:; base-uri 'none'; form-action 'none'; \
    frame-ancestors 'none'";

/// The public status page of a monitor. Clones are the same one.
pub struct StatusPage<S>(Arc<Inner<S>>);

struct Inner<S> {
    monitor: S,
    content: Mutex<Option<Arc<Content>>>,
    /// The last figures. Locked while they are made, so that of a crowd one
    /// makes them and the others wait.
    made: tokio::sync::Mutex<Option<Made>>,
}

/// Figures, and when they have to be made anew.
struct Made {
    at: Instant,
    content: Arc<Content>,
    states: Vec<(api::State, bool)>,
    figures: Arc<Figures>,
}

impl<S> Clone for StatusPage<S> {
    fn clone(&self) -> StatusPage<S> {
        StatusPage(self.0.clone())
    }
}

impl<S: Source> StatusPage<S> {
    /// A page that shows nothing yet: it is answered with 404.
    pub fn new(monitor: S) -> StatusPage<S> {
        StatusPage(Arc::new(Inner {
            monitor,
            content: Mutex::default(),
            made: tokio::sync::Mutex::default(),
        }))
    }

    /// Shows this from now on. `None`: there is no such page.
    pub fn show(&self, content: Option<Content>) {
        *self.lock() = content.map(Arc::new);
    }

    /// `GET /status` and `GET /badge/NAME.svg`, for everybody.
    pub fn routes(self) -> Router {
        Router::new()
            .route("/status", get(status::<S>))
            .route("/badge/{file}", get(badge_of::<S>))
            .with_state(self)
    }

    // ANCHOR: figures
    /// The figures, made anew when a state has changed, and when they are old.
    async fn figures(&self) -> Result<Arc<Figures>, Trouble> {
        let content = self.lock().clone().ok_or(Trouble::NoPage)?;
        let status = self.0.monitor.status();
        let parts = content.parts.iter();
        let states: Vec<_> =
            parts.map(|part| state_of(part, &status)).collect();
        let mut made = self.0.made.lock().await;
        if let Some(last) = &*made
            && last.at.elapsed() < FRESH
            && last.states == states
            && last.content == content
        {
            return Ok(last.figures.clone());
        }
        let (monitor, shown) = (self.0.monitor.clone(), content.clone());
        let read = move || figures(&shown, &status, &monitor);
        let figures = match spawn_blocking(read).await {
            Ok(Ok(figures)) => Arc::new(figures),
            Ok(Err(error)) => return Err(Trouble::unreadable(&error)),
            Err(error) => return Err(Trouble::unreadable(&error)),
        };
        let (at, made_now) = (Instant::now(), figures.clone());
        *made = Some(Made { at, content, states, figures });
        Ok(made_now)
    }
    // ANCHOR_END: figures

    fn lock(&self) -> MutexGuard<'_, Option<Arc<Content>>> {
        self.0.content.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

async fn status<S: Source>(
    State(public): State<StatusPage<S>>,
) -> Result<Response, Trouble> {
    let figures = public.figures().await?;
    let headers = [(CACHE_CONTROL, CACHE), (CONTENT_SECURITY_POLICY, POLICY)];
    Ok((headers, page::page(&figures)).into_response())
}

/// What stands behind the `?` of a badge's address.
#[derive(Deserialize)]
struct Days {
    days: Option<usize>,
}

async fn badge_of<S: Source>(
    State(public): State<StatusPage<S>>,
    Path(file): Path<String>,
    Query(Days { days }): Query<Days>,
) -> Result<Response, Trouble> {
    let name = file.strip_suffix(".svg").ok_or(Trouble::NoBadge)?;
    let figures = public.figures().await?;
    let part = figures.parts.iter().find(|part| part.name == name);
    let part = part.ok_or(Trouble::NoBadge)?;
    match days {
        None => Ok(picture(badge::of_state(part))),
        Some(days) if (1..=DAYS).contains(&days) => {
            Ok(picture(badge::of_days(part, days)))
        }
        Some(_) => Err(Trouble::Days),
    }
}

fn picture(svg: Markup) -> Response {
    let headers = [
        (CONTENT_TYPE, "image/svg+xml"),
        (CACHE_CONTROL, CACHE),
        (CONTENT_SECURITY_POLICY, POLICY),
        // It is made for the pages of others.
        (
            HeaderName::from_static("cross-origin-resource-policy"),
            "cross-origin",
        ),
    ];
    (headers, svg.into_string()).into_response()
}

/// Why there is no answer. It tells strangers nothing about the monitor.
enum Trouble {
    NoPage,
    NoBadge,
    Days,
    Unreadable,
}

impl Trouble {
    /// What is wrong stands in the log.
    fn unreadable(error: &dyn std::error::Error) -> Trouble {
        tracing::error!("the status page cannot be made: {error}");
        Trouble::Unreadable
    }
}

impl IntoResponse for Trouble {
    fn into_response(self) -> Response {
        let (status, words) = match self {
            Trouble::NoPage => {
                (StatusCode::NOT_FOUND, "there is no status page here\n")
            }
            Trouble::NoBadge => {
                (StatusCode::NOT_FOUND, "there is no badge of this name\n")
            }
            Trouble::Days => {
                (StatusCode::BAD_REQUEST, "ask for 1 to 90 days\n")
            }
            Trouble::Unreadable => (
                StatusCode::SERVICE_UNAVAILABLE,
                "the status is not known just now: try again\n",
            ),
        };
        (status, words).into_response()
    }
}
