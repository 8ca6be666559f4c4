//! The monitor's own figures, for Prometheus.

use crate::history::Sample;
use daemon::metrics::{Counter, Family, Gauge, Registry};
use std::sync::atomic::AtomicU64;

type Labels = [(&'static str, String); 1];

/// What is counted. Clones are the same ones.
#[derive(Clone, Default)]
pub(crate) struct Metrics {
    probes: Family<Labels, Counter>,
    failures: Family<Labels, Counter>,
    round_trip: Family<Labels, Gauge<f64, AtomicU64>>,
    up: Family<Labels, Gauge>,
    download: Family<Labels, Gauge<f64, AtomicU64>>,
    upload: Family<Labels, Gauge<f64, AtomicU64>>,
    failed_tests: Family<Labels, Counter>,
}

impl Metrics {
    pub(crate) fn register(registry: &Registry) -> Metrics {
        let metrics = Metrics::default();
        let Metrics {
            probes,
            failures,
            round_trip,
            up,
            download,
            upload,
            failed_tests,
        } = metrics.clone();
        let add = registry;
        add.register("probes", "Probes that were sent, by target", probes);
        add.register("probe_failures", "Probes without an answer", failures);
        let help = "The last round trip";
        add.register("probe_round_trip_seconds", help, round_trip);
        add.register("probe_up", "1 if the last probe was answered", up);
        let help = "What the last speed test received";
        add.register("speed_download_bits_per_second", help, download);
        let help = "What the last speed test sent";
        add.register("speed_upload_bits_per_second", help, upload);
        add.register("speed_failures", "Speed tests that failed", failed_tests);
        metrics
    }

    pub(crate) fn sample(&self, sample: &Sample) {
        let name = || sample.target.clone();
        let target = || [("target", name())];
        let test = || [("test", name())];
        match (sample.metric.as_str(), sample.value) {
            ("ping" | "check", value) => {
                self.probes.get_or_create(&target()).inc();
                let up = i64::from(value.is_some());
                self.up.get_or_create(&target()).set(up);
                match value {
                    Some(ms) => {
                        let last = self.round_trip.get_or_create(&target());
                        last.set(ms / 1_000.0);
                    }
                    None => {
                        self.failures.get_or_create(&target()).inc();
                        // An old figure would look like a new one.
                        self.round_trip.remove(&target());
                    }
                }
            }
            ("download", Some(bps)) => {
                self.download.get_or_create(&test()).set(bps);
            }
            ("upload", Some(bps)) => {
                self.upload.get_or_create(&test()).set(bps);
            }
            ("download", None) => {
                self.failed_tests.get_or_create(&test()).inc();
                self.download.remove(&test());
                self.upload.remove(&test());
            }
            _ => {}
        }
    }
}
