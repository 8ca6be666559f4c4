//! Results of the speed test in a browser, kept because their users want it.

use std::sync::Mutex;
use std::time::{Duration, Instant};

use browser_test::{Finding, NotKept};
use dashboard::Source;
use history::Sample;
use serde_json::json;

use crate::monitor::Monitor;
use crate::now;
use crate::state::lock;

/// No more than one result is kept in this time: a test takes longer.
const PACE: Duration = Duration::from_secs(5);
/// What the names of these tests begin with in the history. No test of the
/// configuration is mixed up with them.
const PREFIX: &str = "browser: ";
/// The longest name of a place, in letters.
const LONGEST_NAME: usize = 40;

/// Keeps the results that users of the page send.
pub(crate) struct BrowserResults {
    monitor: Monitor,
    last: Mutex<Option<Instant>>,
}

impl BrowserResults {
    pub(crate) fn of(monitor: Monitor) -> BrowserResults {
        BrowserResults { monitor, last: Mutex::default() }
    }

    /// Writes a finding into the history, with a note for the list of events.
    ///
    /// # Errors
    /// When another was kept just now, or the history cannot be written.
    pub(crate) fn keep(&self, finding: &Finding) -> Result<(), NotKept> {
        let refused = |words: &str| Err(NotKept::NotWritten(words.to_owned()));
        {
            let mut last = lock(&self.last);
            if last.is_some_and(|at| at.elapsed() < PACE) {
                return refused("another result was kept just now: try again");
            }
            *last = Some(Instant::now());
        }
        let place = safe_text::plain(&finding.name, LONGEST_NAME);
        // Behind this sign stands the place of a remote probe.
        let place = place.replace('@', " ");
        let name = format!("{PREFIX}{}", place.trim());
        let at = now();
        let loaded = finding.loaded_latency_ms;
        let samples = [
            ("download", finding.download_bps),
            ("upload", finding.upload_bps),
            ("idle_latency", finding.idle_latency_ms),
            ("loaded_latency_download", loaded.download),
            ("loaded_latency_upload", loaded.upload),
        ]
        .map(|(metric, value)| Sample::new(at, metric, &name, Some(value)));
        let report = json!({
            "server": "this monitor",
            "download_bps": finding.download_bps.round(),
            "upload_bps": finding.upload_bps.round(),
            "idle_latency_ms": finding.idle_latency_ms,
            "loaded_latency_ms": loaded,
            "grade": finding.grade(),
            "stable": finding.stable,
        });
        let history = self.monitor.history();
        if let Err(error) = history.record_result(at, &name, &report, &samples)
        {
            return refused(&error.to_string());
        }
        self.monitor.note(&format!(
            "{name}: {:.1} Mbit/s down, {:.1} Mbit/s up, grade {}",
            finding.download_bps / 1e6,
            finding.upload_bps / 1e6,
            finding.grade(),
        ));
        Ok(())
    }
}
