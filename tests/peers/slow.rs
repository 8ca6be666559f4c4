//! Slow lines, and those over a satellite, where a few packets are seconds.

use link::LinkSettings;
use serde_json::Value;

use crate::Result;
use crate::namespaces::Namespaces;
use crate::programs::{Programs, json};
use crate::table::{goodput, percent, print_verdict};

/// The lines that the talk's author measures from the air and at sea.
const LINES: [&str; 3] = [
    "128kbit,100ms,buffer=800ms",
    "1mbit,600ms,buffer=300ms",
    "2mbit,200ms,buffer=100ms",
];
/// Seconds of an iperf3 measurement over such a line: those that do not count,
/// and those that do.
const IPERF: (&str, &str) = ("10", "20");
/// The most seconds that ours may take.
const MOST_SECONDS: f64 = 30.0;

/// Runs ours and iperf3 `rounds` times in turn over each line.
pub fn compare(programs: &Programs, rounds: usize) -> Result<()> {
    for line in LINES {
        let settings: LinkSettings = line.parse()?;
        let truth = goodput(&settings);
        println!("\n{line}: true goodput {:.1} kbit/s", truth / 1e3);
        for _ in 0..rounds {
            // A wire of its own, so that no queue is left from before.
            let at = Namespaces::new(&settings)?;
            let servers = programs.serve(&at, true)?;
            let mut ours = programs.our_client("lesson22", &at)?;
            let said = json(&ours.output()?, &ours)?;
            for way in ["download", "upload"] {
                judge(&said, way, truth);
            }
            let seconds = said["seconds"].as_f64().unwrap_or(f64::NAN);
            // It ends a moment after its budget.
            let met = seconds <= MOST_SECONDS + 1.0;
            print_verdict("at most 30 s", &format!("{seconds:.1} s"), met);
            let iperf = programs.iperf_for(1, &at, &servers, IPERF)?;
            println!(
                "  iperf3, 1 flow: {} down, {} up in {:.0} s",
                percent(iperf.download / truth),
                percent(iperf.upload / truth),
                iperf.seconds,
            );
        }
    }
    Ok(())
}

/// A figure within 5 %, or a reason.
fn judge(said: &Value, way: &str, truth: f64) {
    let goal = format!("{way} within 5 %, or a reason");
    let bps = said[format!("{way}_bps")].as_f64();
    let error = said[format!("{way}_error")].as_str();
    let unsettled = said["unsettled"].as_str();
    let unsettled = unsettled.filter(|reason| reason.contains(way));
    let ratio = bps.map(|bps| bps / truth);
    let near = ratio.is_some_and(|ratio| (ratio - 1.0).abs() <= 0.05);
    let reason = error.or(unsettled);
    let figure = ratio.map_or("none".to_owned(), percent);
    let found = [Some(figure.as_str()), reason].map(Option::unwrap_or_default);
    print_verdict(&goal, &found.join(" "), near || reason.is_some());
}
