//! One link, every program in turn, and what they found beside the truth.

use link::LinkSettings;
use ping::statistics;

use crate::Result;
use crate::namespaces::Namespaces;
use crate::programs::{Processor, Programs, Reading};
use crate::wire::MTU;

/// Bytes of a stream in a packet: the rest are headers of IPv4 and TCP with
/// timestamps.
const PAYLOAD: usize = MTU - 52;

/// The programs, by the words that choose them.
pub const NAMES: [&str; 4] = ["ours", "iperf3", "pyspeedtest", "speedtest-cli"];

const AS_MANY: &str = "iperf3, as many";

/// The readings of one program, one for each round.
struct Row {
    name: &'static str,
    readings: Vec<Reading>,
}

/// Runs those of `names` `rounds` times in turn over `link` and prints
/// medians.
pub fn compare(
    programs: &Programs,
    link: &str,
    rounds: usize,
    names: &[&str],
) -> Result<()> {
    let settings: LinkSettings = link.parse()?;
    let at = Namespaces::new(&settings)?;
    let servers = programs.serve(&at, names != ["iperf3"])?;

    let mut rows: Vec<Row> = Vec::new();
    for _ in 0..rounds {
        let mut add = |name, reading| {
            match rows.iter_mut().find(|row| row.name == name) {
                Some(row) => row.readings.push(reading),
                None => rows.push(Row { name, readings: vec![reading] }),
            };
        };
        let mut flows = 4;
        for name in names {
            match *name {
                "ours" => {
                    let ours = programs.ours(&at)?;
                    flows = ours.flows.max(1);
                    add("ours", ours);
                }
                "iperf3" => {
                    add("iperf3, 1 flow", programs.iperf(1, &at, &servers)?);
                    add(AS_MANY, programs.iperf(flows, &at, &servers)?);
                }
                "pyspeedtest" => {
                    add("pyspeedtest", programs.python(name, &at)?);
                }
                _ => add("speedtest-cli", programs.python(name, &at)?),
            }
        }
    }

    let truth = goodput(&settings);
    println!("\n{link}: true goodput {:.2} Mbit/s", truth / 1e6);
    println!("median of {rounds}; Mbit/s and error\n");
    println!(
        "{:<17} {:>8} {:>8} {:>8} {:>8} {:>6} {:>6} {:>8}",
        "", "download", "", "upload", "", "flows", "s", "cpu s/GB"
    );
    for row in &rows {
        let download = row.median(|one| one.download);
        let upload = row.median(|one| one.upload);
        println!(
            "{:<17} {:>8.2} {:>8} {:>8.2} {:>8} {:>6} {:>6.1} {:>8.2}",
            row.name,
            download / 1e6,
            percent(download / truth),
            upload / 1e6,
            percent(upload / truth),
            row.median(|one| one.flows as f64),
            row.median(|one| one.seconds),
            row.median(|one| {
                let bytes = one.bytes_received + one.bytes_sent;
                one.processor.seconds() / bytes * 1e9
            }),
        );
    }
    let dropped = at.wire.counters().map(|way| way.dropped.packets);
    let lost = at.wire.counters().map(|way| way.lost.packets);
    println!("packets dropped {dropped:?}, lost {lost:?} (up, down)");

    let named = |name| rows.iter().find(|row| row.name == name);
    let (Some(ours), Some(iperf)) = (named("ours"), named(AS_MANY)) else {
        return Ok(());
    };
    println!();
    let (download, upload) = match settings.loss > 0.0 {
        // How fast TCP is over a link that loses, TCP itself must tell.
        true => {
            let other = [
                iperf.median(|one| one.download),
                iperf.median(|one| one.upload),
            ];
            println!("against iperf3 with as many flows:");
            ((other[0], 0.05), (other[1], 0.05))
        }
        false => ((truth, 0.01), (truth, 0.02)),
    };
    let near = |name: &str, found: f64, (wanted, most): (f64, f64)| {
        let ratio = found / wanted;
        let goal = format!("{name} within {:.0} %", most * 100.0);
        print_verdict(&goal, &percent(ratio), (ratio - 1.0).abs() <= most);
    };
    near("download", ours.median(|one| one.download), download);
    near("upload", ours.median(|one| one.upload), upload);
    let seconds = ours.median(|one| one.seconds);
    print_verdict("at most 6 s", &format!("{seconds:.1} s"), seconds <= 6.0);
    let both = || ours.readings.iter().zip(&iperf.readings);
    let ratios = both().map(|(ours, iperf)| cost(ours, iperf)).collect();
    let ratio = median(ratios);
    let goal = "at most twice iperf3's processor time for the same bytes";
    print_verdict(goal, &format!("{ratio:.2} times"), ratio <= 2.0);
    Ok(())
}

/// The bits per second of data that a link lets through.
pub fn goodput(settings: &LinkSettings) -> f64 {
    settings.rate as f64 * PAYLOAD as f64 / MTU as f64
}

/// Our processor time in that of iperf3 for the same bytes.
fn cost(ours: &Reading, iperf: &Reading) -> f64 {
    let Processor::Each { download, upload } = iperf.processor else {
        return f64::NAN;
    };
    let same = download / iperf.bytes_received * ours.bytes_received
        + upload / iperf.bytes_sent * ours.bytes_sent;
    ours.processor.seconds() / same
}

impl Row {
    fn median(&self, of: impl Fn(&Reading) -> f64) -> f64 {
        median(self.readings.iter().map(of).collect())
    }
}

/// The median, or no number where there are no values.
pub fn median(values: Vec<f64>) -> f64 {
    statistics::median(values).unwrap_or(f64::NAN)
}

/// By how much a ratio is off, as in `+1.2 %`.
pub fn percent(ratio: f64) -> String {
    format!("{:+.1} %", (ratio - 1.0) * 100.0)
}

pub fn print_verdict(goal: &str, found: &str, met: bool) {
    let verdict = if met { "met" } else { "NOT MET" };
    println!("goal: {goal}: {found}, {verdict}");
}
