//! Metrics of the process itself, under the names that Prometheus' own clients
//! use.

use std::fmt;
use std::time::{SystemTime, UNIX_EPOCH};

use prometheus_client::collector::Collector;
use prometheus_client::encoding::{DescriptorEncoder, EncodeMetric};
use prometheus_client::metrics::MetricType;
use prometheus_client::metrics::counter::ConstCounter;
use prometheus_client::metrics::gauge::ConstGauge;

/// A collector, asked at each scrape.
#[derive(Debug)]
pub(super) struct Process {
    started: f64,
}

impl Process {
    pub(super) fn new() -> Process {
        let now = SystemTime::now().duration_since(UNIX_EPOCH);
        Process { started: now.unwrap_or_default().as_secs_f64() }
    }
}

impl Collector for Process {
    fn encode(&self, mut encoder: DescriptorEncoder) -> Result<(), fmt::Error> {
        let mut gauge = |name: &str, help: &str, value: f64| {
            let metric = ConstGauge::new(value);
            metric.encode(encoder.encode_descriptor(
                name,
                help,
                None,
                MetricType::Gauge,
            )?)
        };
        gauge(
            "process_start_time_seconds",
            "When the process started, in seconds since 1970",
            self.started,
        )?;
        let Some(usage) = linux::usage() else { return Ok(()) };
        gauge(
            "process_resident_memory_bytes",
            "Memory of the process that is in use",
            usage.resident,
        )?;
        gauge("process_open_fds", "Open files and sockets", usage.open)?;
        let processor = ConstCounter::new(usage.processor);
        processor.encode(encoder.encode_descriptor(
            "process_cpu_seconds",
            "Processor time that was used",
            None,
            MetricType::Counter,
        )?)
    }
}

/// What a process uses at one moment.
struct Usage {
    resident: f64,
    open: f64,
    processor: f64,
}

#[cfg(target_os = "linux")]
mod linux {
    use super::Usage;
    use rustix::time::{ClockId, clock_gettime};
    use std::fs;

    pub(super) fn usage() -> Option<Usage> {
        // proc(5), /proc/pid/status: "VmRSS:   1234 kB".
        let status = fs::read_to_string("/proc/self/status").ok()?;
        let line = status.lines().find(|line| line.starts_with("VmRSS:"))?;
        let kilobytes: f64 = line.split_whitespace().nth(1)?.parse().ok()?;
        let open = fs::read_dir("/proc/self/fd").ok()?.count();
        let used = clock_gettime(ClockId::ProcessCPUTime);
        Some(Usage {
            resident: kilobytes * 1024.0,
            open: open as f64,
            processor: used.tv_sec as f64 + used.tv_nsec as f64 / 1e9,
        })
    }
}

#[cfg(not(target_os = "linux"))]
mod linux {
    pub(super) fn usage() -> Option<super::Usage> {
        None
    }
}
