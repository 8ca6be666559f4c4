//! Metrics: what the program counts, for Prometheus.
//!
//! Names follow its conventions: units at the end (`_seconds`, `_bytes`),
//! counters end in `_total`, which is added here.
//!
//! ```
//! use daemon::metrics::{Counter, Registry};
//!
//! let registry = Registry::new();
//! let pages = Counter::<u64>::default();
//! registry.register("pages", "Pages that were printed", pages.clone());
//! pages.inc_by(3);
//! assert!(registry.text().contains("pages_total 3"));
//! ```

mod process;
mod sign_in_attempts;

use axum::Router;
use axum::http::header;
use axum::routing::get;
pub use prometheus_client::metrics::counter::Counter;
pub use prometheus_client::metrics::family::Family;
pub use prometheus_client::metrics::gauge::Gauge;
pub use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry;
use sign_in::Role;
pub(crate) use sign_in_attempts::SignInAttempts;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// The media type of the text (OpenMetrics 1.0, section "Text format").
const TYPE: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// All metrics of a program. Clones share them.
#[derive(Debug, Clone, Default)]
pub struct Registry(Arc<Mutex<registry::Registry>>);

impl Registry {
    /// A registry with the metrics of the process itself: when it started, its
    /// processor time, memory and open files (the last three on Linux).
    #[must_use]
    pub fn new() -> Registry {
        let registry = Registry::default();
        registry.register_collector(Box::new(process::Process::new()));
        registry
    }

    /// Adds a metric; keep a clone of it to count with.
    pub fn register(
        &self,
        name: &str,
        help: &str,
        metric: impl registry::Metric,
    ) {
        self.lock().register(name, help, metric);
    }

    /// Adds a collector, which is asked for its metrics at each scrape.
    pub fn register_collector(
        &self,
        collector: Box<dyn prometheus_client::collector::Collector>,
    ) {
        self.lock().register_collector(collector);
    }

    /// All metrics as text.
    #[must_use]
    pub fn text(&self) -> String {
        let mut text = String::new();
        prometheus_client::encoding::text::encode(&mut text, &self.lock())
            .expect("a string takes all that is written");
        text
    }

    fn lock(&self) -> MutexGuard<'_, registry::Registry> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The role of whatever reads the metrics, where they need a key. Such a key
/// is good for nothing else.
pub const ROLE: Role = Role { name: "metrics", allows: "reads /metrics" };

/// `GET /metrics`.
pub fn route(registry: Registry) -> Router {
    let answer =
        async move || ([(header::CONTENT_TYPE, TYPE)], registry.text());
    Router::new().route("/metrics", get(answer))
}
