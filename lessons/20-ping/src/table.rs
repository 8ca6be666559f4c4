//! The reports of a pass as a table.

use ping::Report;

/// Prints a line for each host, and below it what went wrong.
pub fn print(reports: &[Report]) {
    println!(
        "{:<20} {:<8} {:>9} {:>6} {:>9} {:>9} {:>9} {:>9}",
        "host",
        "method",
        "answered",
        "loss",
        "min ms",
        "median",
        "p95",
        "jitter"
    );
    for report in reports {
        let Report { host, method, sent, received, .. } = report;
        println!(
            "{host:<20} {method:<8} {received:>4} of {sent:<2} {:>5.0}% \
             {:>9} {:>9} {:>9} {:>9}",
            report.loss * 100.0,
            milliseconds(report.minimum_ms),
            milliseconds(report.median_ms),
            milliseconds(report.p95_ms),
            milliseconds(report.jitter_ms),
        );
        if let Some(error) = &report.error {
            println!("    {error}");
        }
    }
}

fn milliseconds(figure: Option<f64>) -> String {
    figure.map_or("-".to_owned(), |ms| format!("{ms:.3}"))
}
