//! What a browser has found out, when its user wants it to be kept.

use serde::{Deserialize, Serialize};
use thiserror::Error;

use latency_grade::Grade;

/// The longest name of a place, in letters.
const LONGEST_NAME: usize = 40;
/// No line is faster, in bits per second.
const FASTEST: f64 = 1e12;
/// No round trip of a test takes longer, in milliseconds.
const LONGEST_MS: f64 = 60_000.0;

/// The figures of a test, as a browser sends them.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Finding {
    /// What its user calls the place, such as `meeting room`.
    pub name: String,
    /// From the server to the browser, in bits per second.
    pub download_bps: f64,
    /// From the browser to the server, in bits per second.
    pub upload_bps: f64,
    /// The median round trip without load, in milliseconds.
    pub idle_latency_ms: f64,
    /// The median round trips under load.
    pub loaded_latency_ms: LoadedLatency,
    /// Whether both rates were steady at the end.
    pub stable: bool,
}

/// Median round trips under load, in milliseconds.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LoadedLatency {
    /// During the download.
    pub download: f64,
    /// During the upload.
    pub upload: f64,
}

/// Why a finding is not kept.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum NotKept {
    /// A figure that cannot be.
    #[error("{0} is not a figure that a test can find")]
    Figure(&'static str),
    /// It has no name.
    #[error("give the place a name of at most {LONGEST_NAME} letters")]
    Name,
    /// The server cannot write it down, for this reason.
    #[error("{0}")]
    NotWritten(String),
}

impl Finding {
    /// Checks that it makes sense. A browser is not ours: it may say anything.
    ///
    /// # Errors
    /// With the first figure that cannot be.
    pub fn check(&self) -> Result<(), NotKept> {
        let letters = self.name.chars().count();
        if self.name.trim().is_empty() || letters > LONGEST_NAME {
            return Err(NotKept::Name);
        }
        let loaded = self.loaded_latency_ms;
        for (what, value, most) in [
            ("download_bps", self.download_bps, FASTEST),
            ("upload_bps", self.upload_bps, FASTEST),
            ("idle_latency_ms", self.idle_latency_ms, LONGEST_MS),
            ("loaded_latency_ms.download", loaded.download, LONGEST_MS),
            ("loaded_latency_ms.upload", loaded.upload, LONGEST_MS),
        ] {
            // Not a number is neither.
            if !(value > 0.0 && value <= most) {
                return Err(NotKept::Figure(what));
            }
        }
        Ok(())
    }

    /// The grade of the line, by the latency that a load adds in the worse
    /// direction.
    #[must_use]
    pub fn grade(&self) -> Grade {
        let loaded = self.loaded_latency_ms;
        Grade::of(loaded.download.max(loaded.upload) - self.idle_latency_ms)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn finding() -> Finding {
        Finding {
            name: "meeting room".to_owned(),
            download_bps: 94e6,
            upload_bps: 18e6,
            idle_latency_ms: 4.0,
            loaded_latency_ms: LoadedLatency { download: 20.0, upload: 90.0 },
            stable: true,
        }
    }

    #[test]
    fn a_finding_that_makes_sense_is_graded_by_its_worse_direction() {
        assert_eq!(finding().check(), Ok(()));
        assert_eq!(finding().grade(), Grade::C);
    }

    #[test]
    fn what_no_test_can_find_is_refused() {
        for value in [0.0, -1.0, f64::NAN, f64::INFINITY, 1e13] {
            let strange = Finding { download_bps: value, ..finding() };
            let refused = Err(NotKept::Figure("download_bps"));
            assert_eq!(strange.check(), refused, "{value}");
        }
        let slow = Finding { idle_latency_ms: 1e9, ..finding() };
        assert_eq!(slow.check(), Err(NotKept::Figure("idle_latency_ms")));
        for name in ["", "  ", &"x".repeat(41)] {
            let nameless = Finding { name: name.to_owned(), ..finding() };
            assert_eq!(nameless.check(), Err(NotKept::Name), "{name:?}");
        }
    }
}
