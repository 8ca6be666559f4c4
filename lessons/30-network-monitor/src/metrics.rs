//! The monitor's metrics, for Prometheus.

use alerts::NotifierReport;
use daemon::metrics::{Counter, Family, Gauge, Registry};
use history::Sample;
use std::sync::atomic::{AtomicU64, Ordering};

type Labels = [(&'static str, String); 1];

/// The metrics. Clones count in the same ones.
#[derive(Clone, Default)]
pub(crate) struct Metrics {
    /// Passes that were due while a speed test had the line.
    pub(crate) skipped: Counter,
    probes: Family<Labels, Counter>,
    failures: Family<Labels, Counter>,
    round_trip: Family<Labels, Gauge<f64, AtomicU64>>,
    up: Family<Labels, Gauge>,
    certificate: Family<Labels, Gauge<f64, AtomicU64>>,
    download: Family<Labels, Gauge<f64, AtomicU64>>,
    upload: Family<Labels, Gauge<f64, AtomicU64>>,
    failed_tests: Family<Labels, Counter>,
    sent: Family<Labels, Counter>,
    failed: Family<Labels, Counter>,
    waiting: Family<Labels, Gauge>,
}

impl Metrics {
    pub(crate) fn register(registry: &Registry) -> Metrics {
        let metrics = Metrics::default();
        let Metrics {
            skipped,
            probes,
            failures,
            round_trip,
            up,
            certificate,
            download,
            upload,
            failed_tests,
            sent,
            failed,
            waiting,
        } = metrics.clone();
        let add = registry;
        let help = "Passes that were left out while a speed test ran";
        add.register("probe_passes_skipped", help, skipped);
        add.register("probes", "Probes that were sent, by target", probes);
        add.register("probe_failures", "Probes without an answer", failures);
        let help = "The last round trip";
        add.register("probe_round_trip_seconds", help, round_trip);
        add.register("probe_up", "1 if the last probe was answered", up);
        let help = "Days until the target's certificate expires";
        add.register("probe_certificate_days", help, certificate);
        let help = "What the last speed test received";
        add.register("speed_download_bits_per_second", help, download);
        let help = "What the last speed test sent";
        add.register("speed_upload_bits_per_second", help, upload);
        add.register("speed_failures", "Speed tests that failed", failed_tests);
        let help = "Notices that reached somebody, by notifier";
        add.register("notices_sent", help, sent);
        let help = "Notices that were given up, by notifier";
        add.register("notices_failed", help, failed);
        let help = "Notices that wait to be sent, by notifier";
        add.register("notices_waiting", help, waiting);
        metrics
    }

    /// Counts what a notifier has done since it was started.
    pub(crate) fn notifier(&self, report: &NotifierReport) {
        let notifier = [("notifier", report.name.clone())];
        for (family, count) in
            [(&self.sent, report.sent), (&self.failed, report.failed)]
        {
            let counter = family.get_or_create(&notifier);
            counter.inner().store(count, Ordering::Relaxed);
        }
        let waiting = i64::try_from(report.waiting).unwrap_or(i64::MAX);
        self.waiting.get_or_create(&notifier).set(waiting);
    }

    /// Forgets a target that is not watched any more.
    pub(crate) fn forget_target(&self, name: &str) {
        let target = [("target", name.to_owned())];
        self.probes.remove(&target);
        self.failures.remove(&target);
        self.round_trip.remove(&target);
        self.up.remove(&target);
        self.certificate.remove(&target);
    }

    /// Forgets a speed test that does not run any more.
    pub(crate) fn forget_test(&self, name: &str) {
        let test = [("test", name.to_owned())];
        self.download.remove(&test);
        self.upload.remove(&test);
        self.failed_tests.remove(&test);
    }

    /// Forgets a notifier that is not used any more.
    pub(crate) fn forget_notifier(&self, name: &str) {
        let notifier = [("notifier", name.to_owned())];
        self.sent.remove(&notifier);
        self.failed.remove(&notifier);
        self.waiting.remove(&notifier);
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
            ("certificate", Some(days)) => {
                self.certificate.get_or_create(&target()).set(days);
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
