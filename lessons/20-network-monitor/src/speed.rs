//! One run of a speed test: the line is filled, and nothing else asks
//! meanwhile.

use crate::history::Sample;
use crate::recorder::Progress;
use crate::watch::SpeedTest;
use serde_json::{Value, json};
use speedtest::{Family, Report};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

/// What a run came to.
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
pub(crate) fn run(
    test: &SpeedTest,
    stop: &Arc<AtomicBool>,
    tell: &mut dyn FnMut(Progress),
) -> Outcome {
    let speed = measure_speed(test, stop, tell);
    let bloat = match &speed {
        Ok(report) if test.bufferbloat => {
            Some(measure_bloat(test, report, stop, tell))
        }
        _ => None,
    };
    // The test ends now; its figures belong to this moment.
    let at = crate::now();
    match speed {
        Ok(report) => succeeded(test, at, &report, bloat),
        Err(error) => failed(test, at, &error.to_string()),
    }
}

fn measure_speed(
    test: &SpeedTest,
    stop: &Arc<AtomicBool>,
    tell: &mut dyn FnMut(Progress),
) -> Result<Report, speedtest::Error> {
    let settings = speedtest::Settings {
        family: family(test),
        most_seconds: test.most_time,
        most_bytes: test.most_bytes,
        most_flows: test.most_flows,
        stop: stop.clone(),
        ..speedtest::Settings::new(&test.server)
    };
    speedtest::measure(&settings, &mut |progress| {
        let phase = serde_json::to_value(progress.phase).expect("a word");
        tell(Progress {
            name: test.name.clone(),
            phase: phase.as_str().unwrap_or_default().to_owned(),
            bps: progress.bps.map_or(0.0, |bps| bps as f64),
            latency_ms: progress.latency_ms,
        });
    })
}

fn measure_bloat(
    test: &SpeedTest,
    report: &Report,
    stop: &Arc<AtomicBool>,
    tell: &mut dyn FnMut(Progress),
) -> Result<bufferbloat::Report, bufferbloat::Error> {
    let used = report.bytes_received + report.bytes_sent;
    let settings = bufferbloat::Settings {
        family: Some(report.family),
        most_bytes: test.most_bytes.saturating_sub(used),
        stop: stop.clone(),
        ..bufferbloat::Settings::new(&test.server)
    };
    bufferbloat::measure(&settings, &mut |progress| {
        tell(Progress {
            name: test.name.clone(),
            phase: format!("latency under {}", progress.phase.word()),
            bps: progress.bps,
            latency_ms: progress.latency_ms,
        });
    })
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
    let mut sample = |metric: &str, value: Option<f64>| {
        samples.push(Sample {
            at,
            metric: metric.to_owned(),
            target: test.name.clone(),
            value,
            error: None,
        });
    };
    sample("download", Some(report.download_bps as f64));
    sample("upload", Some(report.upload_bps as f64));
    sample("idle_latency", Some(report.idle_latency_ms));
    sample("jitter", Some(report.jitter_ms));
    let mut loaded = report.loaded_latency_ms;
    let mut result = serde_json::to_value(report).expect("plain data");
    match bloat {
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
                sample("rpm", Some(rpm));
            }
            if let Some(loss) = worst.reduce(f64::max) {
                sample("loss", Some(loss));
            }
            result["rpm"] = json!(rpm.map(f64::round));
            result["grade"] = json!(bloat.grade);
            result["loaded_latency_ms"] = json!(loaded);
            result["bufferbloat"] = json!(bloat);
        }
        Some(Err(error)) => {
            result["bufferbloat"] = json!({ "error": error.to_string() });
        }
        None => {}
    }
    if let Some(latency) = loaded.download {
        sample("loaded_latency_download", Some(latency));
    }
    if let Some(latency) = loaded.upload {
        sample("loaded_latency_upload", Some(latency));
    }
    Outcome { at, result, samples }
}

/// A failed test is a failure in every chart, and a speed of 0 in none.
fn failed(test: &SpeedTest, at: i64, error: &str) -> Outcome {
    let samples = ["download", "upload"].map(|metric| Sample {
        at,
        metric: metric.to_owned(),
        target: test.name.clone(),
        value: None,
        error: Some(error.to_owned()),
    });
    let result = json!({ "server": test.server, "error": error });
    Outcome { at, result, samples: samples.to_vec() }
}
