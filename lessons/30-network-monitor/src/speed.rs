//! One run of a speed test, and what is kept of it.

use dashboard::api::Progress;
use history::Sample;
use monitor_config::SpeedTest;
use serde_json::{Value, json};
use speedtest::{Family, Report};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

/// How long bufferbloat takes besides loading each direction: it finds the
/// server, waits four seconds for the line to be at rest, and ends each load
/// at the end of a second.
const RESTS: Duration = Duration::from_secs(7);

/// The outcome of a run.
pub(crate) struct Outcome {
    /// When it ended, in Unix milliseconds.
    pub(crate) at: i64,
    /// What is kept whole: the reports, or an `error` in words.
    pub(crate) result: Value,
    /// The figures for the charts.
    pub(crate) samples: Vec<Sample>,
}

/// Runs a test to its end. Blocks for seconds, half a minute with
/// bufferbloat; `stop` ends it at once.
///
/// A test that was stopped has not failed: it has no outcome, or only what was
/// measured before.
pub(crate) fn run(
    test: &SpeedTest,
    stop: &Arc<AtomicBool>,
    progress: &mut dyn FnMut(Progress),
) -> Option<Outcome> {
    let speed = measure_speed(test, stop, progress);
    if let Err(speedtest::Error::Stopped) = speed {
        return None;
    }
    let bloat = match &speed {
        Ok(report) if test.bufferbloat => {
            Some(measure_bloat(test, report, stop, progress))
        }
        _ => None,
    };
    // The test ends now; its figures belong to this moment.
    let at = crate::now();
    Some(match speed {
        Ok(report) => succeeded(test, at, &report, bloat),
        Err(error) => failed(test, at, &error),
    })
}

/// The part of a test's time and bytes that its speed may take: half, when
/// there is a second measurement.
fn part(test: &SpeedTest) -> u32 {
    if test.bufferbloat { 2 } else { 1 }
}

fn measure_speed(
    test: &SpeedTest,
    stop: &Arc<AtomicBool>,
    progress: &mut dyn FnMut(Progress),
) -> Result<Report, speedtest::Error> {
    let settings = speedtest::Settings {
        family: family(test),
        most_seconds: test.most_time / part(test),
        most_bytes: test.most_bytes / u64::from(part(test)),
        most_flows: test.most_flows,
        stop: stop.clone(),
        ..speedtest::Settings::new(&test.server)
    };
    speedtest::measure(&settings, &mut |step| {
        let phase = serde_json::to_value(step.phase).expect("a word");
        progress(Progress {
            name: test.name.clone(),
            phase: phase.as_str().unwrap_or_default().to_owned(),
            bps: step.bps.map_or(0.0, |bps| bps as f64),
            latency_ms: step.latency_ms,
        });
    })
}

fn measure_bloat(
    test: &SpeedTest,
    report: &Report,
    stop: &Arc<AtomicBool>,
    progress: &mut dyn FnMut(Progress),
) -> Result<bufferbloat::Report, bufferbloat::Error> {
    let used = report.bytes_received + report.bytes_sent;
    let took = Duration::try_from_secs_f64(report.seconds).unwrap_or_default();
    let settings = bufferbloat::Settings {
        family: Some(report.family),
        most_seconds: under_load(test.most_time.saturating_sub(took)),
        most_bytes: test.most_bytes.saturating_sub(used),
        most_flows: test.most_flows,
        stop: stop.clone(),
        ..bufferbloat::Settings::new(&test.server)
    };
    bufferbloat::measure(&settings, &mut |step| {
        progress(Progress {
            name: test.name.clone(),
            phase: format!("latency under {}", step.phase.name()),
            bps: step.bps,
            latency_ms: step.latency_ms,
        });
    })
}

/// How long each of the two directions may be loaded, when this much time is
/// left for both and for the rests between them.
fn under_load(left: Duration) -> Duration {
    // Latency is measured for a second at least.
    (left.saturating_sub(RESTS) / 2).max(Duration::from_secs(1))
}

fn family(test: &SpeedTest) -> Option<Family> {
    let named = test.family.as_deref()?;
    Family::ALL.into_iter().find(|family| family.name() == named)
}

fn succeeded(
    test: &SpeedTest,
    at: i64,
    report: &Report,
    bloat: Option<Result<bufferbloat::Report, bufferbloat::Error>>,
) -> Outcome {
    let mut samples = Vec::new();
    let mut sample = |metric: &str, value: f64| {
        samples.push(Sample::new(at, metric, &test.name, Some(value)));
    };
    // A direction that has no figure fails alone.
    let mut failed = Vec::new();
    for (metric, bps, error) in [
        ("download", report.download_bps, &report.download_error),
        ("upload", report.upload_bps, &report.upload_error),
    ] {
        match bps {
            Some(bps) => sample(metric, bps as f64),
            None => failed.push(Sample {
                error: error.clone(),
                ..Sample::new(at, metric, &test.name, None)
            }),
        }
    }
    sample("idle_latency", report.idle_latency_ms);
    sample("jitter", report.jitter_ms);
    let mut loaded = report.loaded_latency_ms;
    let mut result = serde_json::to_value(report).expect("plain data");
    match &bloat {
        Some(Ok(bloat)) => {
            loaded.download = Some(bloat.download.latency.median_ms);
            loaded.upload = Some(bloat.upload.latency.median_ms);
            let rpm = [&bloat.download, &bloat.upload]
                .into_iter()
                .filter_map(|load| Some(load.responsiveness?.rpm))
                .reduce(f64::min);
            let losses = [bloat.download.loss, bloat.upload.loss];
            let worst = losses.into_iter().flatten().map(|loss| loss.share());
            if let Some(rpm) = rpm {
                sample("rpm", rpm);
            }
            if let Some(loss) = worst.reduce(f64::max) {
                sample("loss", loss);
            }
            result["rpm"] = json!(rpm.map(f64::round));
            result["grade"] = json!(bloat.grade);
            result["loaded_latency_ms"] = json!(loaded);
            result["bufferbloat"] = json!(bloat);
        }
        Some(Err(error)) => {
            result["bufferbloat"] = json!({
                "error": error.to_string(),
                "fault": error.fault(),
            });
        }
        None => {}
    }
    if let Some(latency) = loaded.download {
        sample("loaded_latency_download", latency);
    }
    if let Some(latency) = loaded.upload {
        sample("loaded_latency_upload", latency);
    }
    if let Some(Err(error)) = &bloat
        && !matches!(error, bufferbloat::Error::Stopped)
    {
        samples.extend(failures(test, BUFFERBLOAT, at, &error.to_string()));
    }
    samples.extend(failed);
    Outcome { at, result, samples }
}

/// The metrics of every test.
const ALWAYS: &[&str] = &[
    "download",
    "upload",
    "idle_latency",
    "jitter",
    "loaded_latency_download",
    "loaded_latency_upload",
];
/// The metrics of a test that measures latency under load.
const BUFFERBLOAT: &[&str] = &["rpm", "loss"];

/// The samples of a failed test: in every chart and for every rule it is a
/// failure, and nowhere a speed of 0.
fn failed(test: &SpeedTest, at: i64, error: &speedtest::Error) -> Outcome {
    let mut words = error.to_string();
    if error.fault() == "budget" {
        words += ". Allow more with most_time or most_bytes";
    }
    let mut samples: Vec<_> = failures(test, ALWAYS, at, &words).collect();
    if test.bufferbloat {
        samples.extend(failures(test, BUFFERBLOAT, at, &words));
    }
    let result = json!({
        "server": test.server,
        "error": words,
        "fault": error.fault(),
    });
    Outcome { at, result, samples }
}

fn failures(
    test: &SpeedTest,
    metrics: &'static [&'static str],
    at: i64,
    error: &str,
) -> impl Iterator<Item = Sample> {
    metrics.iter().map(move |metric| Sample {
        error: Some(error.to_owned()),
        ..Sample::new(at, metric, &test.name, None)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use schedule::Schedule;
    use speedtest::LoadedLatency;

    fn test() -> SpeedTest {
        SpeedTest {
            name: "line".to_owned(),
            server: "http://192.0.2.1".to_owned(),
            family: None,
            schedule: Schedule::every(Duration::from_secs(3_600)),
            most_time: Duration::from_secs(40),
            most_bytes: 1_000_000,
            most_flows: 16,
            bufferbloat: true,
        }
    }

    fn report() -> Report {
        Report {
            server: "http://192.0.2.1".to_owned(),
            family: Family::LibreSpeed,
            download_bps: Some(20_000_000),
            upload_bps: Some(10_000_000),
            download_error: None,
            upload_error: None,
            idle_latency_ms: 20.0,
            jitter_ms: 1.0,
            loaded_latency_ms: LoadedLatency {
                download: Some(80.0),
                upload: None,
            },
            bytes_received: 500_000,
            bytes_sent: 500_000,
            seconds: 6.0,
            flows: 4,
            stable: true,
            unsettled: None,
        }
    }

    fn failed_metrics(outcome: &Outcome) -> Vec<&str> {
        let failed = outcome.samples.iter().filter(|one| one.value.is_none());
        failed.map(|sample| sample.metric.as_str()).collect()
    }

    #[test]
    fn a_bufferbloat_that_failed_alone_fails_what_it_would_have_given() {
        let wrong = bufferbloat::Error::Budget {
            phase: bufferbloat::Phase::Download,
            most_bytes: 0,
        };
        let outcome = succeeded(&test(), 1, &report(), Some(Err(wrong)));
        assert_eq!(failed_metrics(&outcome), ["rpm", "loss"]);
        let words = outcome.samples.last().and_then(|one| one.error.as_ref());
        assert!(words.is_some_and(|words| words.contains("budget")));
        assert_eq!(outcome.result["download_bps"], 20_000_000);
        let error = outcome.result["bufferbloat"]["error"].as_str();
        assert_eq!(error, words.map(String::as_str));
    }

    #[test]
    fn a_direction_without_a_figure_fails_alone() {
        let refused = Report {
            upload_bps: None,
            upload_error: Some("the server answers 413".to_owned()),
            stable: false,
            ..report()
        };
        let outcome = succeeded(&test(), 1, &refused, None);
        assert_eq!(failed_metrics(&outcome), ["upload"]);
        let upload = outcome.samples.last().and_then(|one| one.error.clone());
        assert!(upload.is_some_and(|words| words.contains("413")));
        assert_eq!(outcome.result["download_bps"], 20_000_000);
    }

    #[test]
    fn a_test_that_was_stopped_has_not_failed() {
        let stopped = bufferbloat::Error::Stopped;
        let outcome = succeeded(&test(), 1, &report(), Some(Err(stopped)));
        assert!(failed_metrics(&outcome).is_empty());
        let stop = Arc::new(AtomicBool::new(true));
        assert!(run(&test(), &stop, &mut |_| {}).is_none());
    }

    #[test]
    fn both_measurements_together_take_no_longer_than_the_test_may() {
        for most in [15, 40, 600].map(Duration::from_secs) {
            let speed = most / 2;
            let second = Duration::from_secs(1);
            let load = under_load(most - speed);
            // At the end of the second in which its time is over.
            let load = second * load.as_secs_f64().ceil() as u32;
            assert!(speed + second * 4 + load * 2 <= most, "{most:?}");
        }
    }
}
