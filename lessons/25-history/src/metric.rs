//! The metrics: what is measured, and in which unit.

/// Every metric, by name.
pub const METRICS: &[Metric] = &[
    metric("ping", "ms", Origin::Target, false),
    metric("check", "ms", Origin::Target, false),
    metric("loss", "share", Origin::Both, false),
    metric("certificate", "days", Origin::Target, true),
    // What the time of a page went into.
    metric("phase_name", "ms", Origin::Target, false),
    metric("phase_connect", "ms", Origin::Target, false),
    metric("phase_tls", "ms", Origin::Target, false),
    metric("phase_first_byte", "ms", Origin::Target, false),
    metric("phase_rest", "ms", Origin::Target, false),
    metric("probe", "probe", Origin::Place, false),
    metric("download", "bit/s", Origin::Speed, true),
    metric("upload", "bit/s", Origin::Speed, true),
    metric("idle_latency", "ms", Origin::Speed, false),
    metric("loaded_latency_download", "ms", Origin::Speed, false),
    metric("loaded_latency_upload", "ms", Origin::Speed, false),
    metric("jitter", "ms", Origin::Speed, false),
    metric("rpm", "rpm", Origin::Speed, true),
];

/// A kind of figure that the monitor collects.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Metric {
    /// Its name in the history, such as `download`.
    pub name: &'static str,
    /// Its unit: `ms`, `bit/s`, `rpm` (round trips per minute), `share` (0 to
    /// 1), `days`, or `probe` for one that is there.
    pub unit: &'static str,
    /// Where the figure comes from: a target or a speed test.
    pub origin: Origin,
    /// Whether a larger value is a better one, as with speeds.
    pub more_is_better: bool,
}

/// Where a figure comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Origin {
    /// A target's probe.
    Target,
    /// A place, whose probe is there or is missing: its value says nothing.
    Place,
    /// A speed test.
    Speed,
    /// Either of them.
    Both,
}

const fn metric(
    name: &'static str,
    unit: &'static str,
    origin: Origin,
    more_is_better: bool,
) -> Metric {
    Metric { name, unit, origin, more_is_better }
}

impl Metric {
    /// Finds a metric by its name.
    pub fn find(name: &str) -> Option<&'static Metric> {
        METRICS.iter().find(|metric| metric.name == name)
    }

    /// A value with its unit, as a person reads it: `12.3 ms`,
    /// `48.2 Mbit/s`, `5.0 %`.
    pub fn format(&self, value: f64) -> String {
        match self.unit {
            "bit/s" => format!("{:.1} Mbit/s", value / 1e6),
            "share" => format!("{:.1} %", value * 100.0),
            "rpm" => format!("{value:.0} RPM"),
            "probe" => "it is there".to_owned(),
            "days" if value == 1.0 => "1 day".to_owned(),
            "days" => format!("{value:.0} days"),
            unit => format!("{value:.1} {unit}"),
        }
    }
}
