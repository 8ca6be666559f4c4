//! How it was measured, so that a provider can judge it.

use maud::{Markup, html};

use crate::Report;
use crate::format::interval;

pub fn section(report: &Report) -> Markup {
    let shortest = report.targets.iter().map(|target| target.every).min();
    let every = match shortest {
        Some(every) => format!(" (one of them every {})", interval(every)),
        None => String::new(),
    };
    let mut down: Vec<u32> =
        report.targets.iter().map(|target| target.down_after).collect();
    down.sort_unstable();
    down.dedup();
    let down: Vec<String> = down.iter().map(u32::to_string).collect();
    let down = match down.as_slice() {
        [] => "several".to_owned(),
        down => down.join(" or "),
    };
    html! {
        h2 { "How it was measured" }
        p {
            "One program on one computer of the reporter asked each target "
            "again and again" (every) ", as the table says: " em { "ping" }
            " by an echo request, or by a TCP connection where the system "
            "allows no echo request; " em { "tcp" } " by opening a TCP "
            "connection; " em { "http" } " by fetching a page; " em { "dns" }
            " by looking up a name. A round trip is the time from the "
            "question to its answer; a probe without an answer in time is "
            "lost. While a speed test ran, nothing was asked. Percentiles "
            "are merged from those of single minutes or hours."
        }
        p {
            "An outage is " (down) " lost probes in a row, from the first of "
            "them to the next answer. Of old times single probes are no "
            "longer stored. There only whole minutes, and later whole hours, "
            "in which every probe was lost are an outage, and its times are "
            "marked “about”."
        }
        p {
            "Where a target was not asked for more than two minutes and for "
            "more than three times the interval between its probes, such as "
            "while the computer was off, an outage ends, and the time is not "
            "measured time. Availability is the share of the measured time "
            "without an outage. Of the whole period it is at least what it "
            "would be if the target had been down whenever it was not asked, "
            "and at most what it would be if it had been up."
        }
        @if !report.windows.is_empty() {
            p {
                "Planned work is left out of all this: of the time in which a "
                "target was allowed to be away, neither its outages nor its "
                "answers count."
            }
        }
        @if report.targets.iter().any(|it| it.behind.is_some()) {
            p {
                "A target is unreachable while another one, behind which it "
                "lies, did not answer either. That is no outage of its own, "
                "and no measured time. Both ends are taken wider by an "
                "interval between the probes of each, because they are not "
                "asked in the same moment."
            }
        }
        p {
            "A speed test opens several connections to one server, adds more "
            "while they help, leaves out the time in which the rate still "
            "grows, and ends when the rate is steady. Download counts the "
            "bytes that have arrived, upload those that the server has "
            "acknowledged, without the headers of the protocols below; a Mbit "
            "is 1,000,000 bits. A test that did not come to its end is listed "
            "as failed, with the reason, and is no speed of 0 anywhere. "
            "Speeds by hour are medians of all tests of that name that ended "
            "in that hour of the day."
        }
    }
}
