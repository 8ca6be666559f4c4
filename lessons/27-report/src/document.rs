//! The report as HTML.

use std::fmt::{Display, Write};

use super::chart::{smoke, speeds};
use super::hours::{Hour, Speeds, by_hour};
use super::measured::together;
use super::words::{
    count, duration, escape, latency, many, minute, moment, percent, share,
    speed, zone_name,
};
use super::{Outage, ReportInput, TargetReport, TestReport};

/// The whole report as one HTML file.
pub fn html(input: &ReportInput) -> String {
    let line = match input.about.line.as_str() {
        "" => "the line",
        line => line,
    };
    let title = format!("Network report: {}", escape(line));
    [
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta \
         charset=\"utf-8\">\n<meta name=\"viewport\" \
         content=\"width=device-width\">\n"
            .to_owned(),
        // Nothing may be loaded or run, whatever a name in here says.
        "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src \
         'none'; style-src 'unsafe-inline'\">\n"
            .to_owned(),
        format!("<title>{title}</title>\n"),
        format!("<style>\n{}</style>\n", include_str!("style.css")),
        format!("</head>\n<body>\n<main>\n<h1>{title}</h1>\n"),
        about(input),
        in_short(input),
        targets(input),
        outages(input),
        speed_tests(input),
        failed_tests(input),
        pictures(input),
        method(input),
        format!(
            "</main>\n<footer>Made by network-monitor {} on {}.</footer>\n\
             </body>\n</html>\n",
            env!("CARGO_PKG_VERSION"),
            minute(input.made, &input.zone)
        ),
    ]
    .concat()
}

/// Who, where, when, and what was promised.
fn about(input: &ReportInput) -> String {
    let about = &input.about;
    let (from, to) = (input.from, input.to);
    let mut rows = vec![
        ("Line", escape(&about.line)),
        ("Provider", escape(&about.provider)),
        ("Contract", escape(&about.contract)),
        ("Reported by", escape(&about.contact)),
        (
            "Period",
            format!(
                "{} to {}",
                minute(from, &input.zone),
                minute(to, &input.zone)
            ),
        ),
        ("All times", escape(&zone_name(&input.zone, to))),
    ];
    // Clocks that were changed in between give the first half another offset.
    let before = zone_name(&input.zone, from);
    if before != zone_name(&input.zone, to) {
        rows.push(("", format!("at the beginning {}", escape(&before))));
    }
    if about.download_bps.or(about.upload_bps).is_some() {
        let promised = format!(
            "{} download, {} upload",
            speed(about.download_bps),
            speed(about.upload_bps)
        );
        rows.push(("Promised", promised));
    }
    let rows = rows.iter().filter(|(_, value)| !value.is_empty());
    let rows: String = rows
        .map(|(name, value)| format!("<dt>{name}</dt><dd>{value}</dd>\n"))
        .collect();
    format!("<dl>\n{rows}</dl>\n")
}

/// What somebody reads who reads nothing else.
fn in_short(input: &ReportInput) -> String {
    let long = duration(input.to - input.from);
    let mut words = vec![format!("In these {long}")];
    let outages: Vec<&Outage> =
        input.targets.iter().flat_map(|target| &target.outages).collect();
    let asked: u64 = sum(input, |target| together_count(target).0);
    let failed: u64 = sum(input, |target| together_count(target).1);
    words.push(match outages.len() {
        0 if asked == 0 => "no target was asked".to_owned(),
        0 => "no outage was seen".to_owned(),
        number => {
            let times = if number == 1 { "once" } else { "times" };
            let number = match number {
                1 => String::new(),
                number => format!("{} ", count(number as u64)),
            };
            let longest = outages.iter().map(|one| one.length(input.to)).max();
            format!(
                "targets did not answer {number}{times}, the longest time for \
                 {}",
                duration(longest.unwrap_or_default())
            )
        }
    });
    if asked > 0 {
        words.push(format!(
            "{} of {} probes were lost",
            share(failed as f64 / asked as f64),
            count(asked)
        ));
    }
    let mut text = words[0].clone() + " " + &words[1..].join("; ") + ".";
    let names = names(input);
    for name in &names {
        let which = match names.len() {
            1 => String::new(),
            _ => format!(" “{}”", escape(name)),
        };
        text += &tests_in_short(input, name, &which);
    }
    let missing: String = input
        .missing
        .iter()
        .map(|words| format!("<p class=\"soft\">{}</p>\n", escape(words)))
        .collect();
    format!("<p class=\"short\">{text}</p>\n{missing}")
}

/// What the tests of one name come to: those with another server are measured
/// against another one.
fn tests_in_short(input: &ReportInput, name: &str, which: &str) -> String {
    let tests = tests_of(input, name);
    let failed = tests.iter().filter(|test| test.failed()).count();
    let failed = match failed {
        0 => "none".to_owned(),
        failed => count(failed as u64),
    };
    let mut text = format!(
        " Of {}{which}, {failed} failed.",
        many(tests.len(), "speed test")
    );
    let download = Speeds::of(tests.iter().filter_map(|t| t.download_bps));
    if let Some(found) = download {
        let _ = write!(
            text,
            " Half of the downloads were slower than {}",
            speed(Some(found.median))
        );
        if let Some(promised) = promise(input.about.download_bps) {
            let _ = write!(
                text,
                ", which is {} of the {} that were promised",
                percent(found.median / promised),
                speed(Some(promised))
            );
        }
        let _ = write!(text, "; the slowest had {}.", speed(Some(found.worst)));
    }
    text
}

/// The speed tests' names.
fn names(input: &ReportInput) -> Vec<&str> {
    let mut names: Vec<&str> =
        input.tests.iter().map(|test| test.name.as_str()).collect();
    names.sort_unstable();
    names.dedup();
    names
}

fn tests_of<'a>(input: &'a ReportInput, name: &str) -> Vec<&'a TestReport> {
    input.tests.iter().filter(|test| test.name == name).collect()
}

/// Of no speed at all there is no share.
fn promise(bps: Option<f64>) -> Option<f64> {
    bps.filter(|bps| *bps > 0.0)
}

fn sum(input: &ReportInput, of: impl Fn(&TargetReport) -> u64) -> u64 {
    input.targets.iter().map(of).sum()
}

fn together_count(target: &TargetReport) -> (u64, u64) {
    let bins = target.bins.iter();
    bins.fold((0, 0), |(count, failed), bin| {
        (count + bin.count, failed + bin.failed)
    })
}

/// A table; every cell is HTML already.
fn table<R: Display>(
    heads: &[&str],
    rows: impl IntoIterator<Item = R>,
) -> String {
    let heads: String = heads
        .iter()
        .map(|head| match *head {
            "Why" | "Target" | "Test" | "To" => {
                format!("<th scope=\"col\" class=\"words\">{head}</th>")
            }
            head => format!("<th scope=\"col\">{head}</th>"),
        })
        .collect();
    let mut table = format!(
        "<div class=\"wide\" tabindex=\"0\"><table>\n<thead><tr>{heads}</tr>\
         </thead>\n<tbody>\n"
    );
    for row in rows {
        let _ = writeln!(table, "<tr>{row}</tr>");
    }
    table + "</tbody>\n</table></div>\n"
}

/// The cells of a row; the first one names it.
fn cells(cells: &[String]) -> String {
    let mut row = String::new();
    for (at, cell) in cells.iter().enumerate() {
        let _ = match at {
            0 => write!(row, "<th scope=\"row\">{cell}</th>"),
            _ => write!(row, "<td>{cell}</td>"),
        };
    }
    row
}

fn targets(input: &ReportInput) -> String {
    if input.targets.is_empty() {
        return String::new();
    }
    let rows = input.targets.iter().map(|target| {
        let all = together(&target.bins);
        let figure = |at: usize| latency(all.figures.map(|it| it[at]));
        let lost = match all.count {
            0 => "–".to_owned(),
            asked => share(all.failed as f64 / asked as f64),
        };
        cells(&[
            format!(
                "{}<br><span class=\"soft\">{}, {}</span>",
                escape(&target.name),
                target.kind,
                escape(&target.address)
            ),
            availability(target, input.to),
            lost,
            count(all.count),
            figure(0),
            figure(2),
            figure(4),
            figure(5),
        ])
    });
    let table = table(
        &[
            "Target",
            "Available",
            "Lost",
            "Probes",
            "Fastest",
            "Median",
            "95 % below",
            "Slowest",
        ],
        rows,
    );
    format!("<h2>Availability and latency</h2>\n{table}")
}

/// The share of the time in which a target was measured that was no outage.
fn availability(target: &TargetReport, end: i64) -> String {
    if target.measured == 0 {
        return "–".to_owned();
    }
    let out: i64 = target.outages.iter().map(|one| one.length(end)).sum();
    share((1.0 - out as f64 / target.measured as f64).max(0.0))
}

fn outages(input: &ReportInput) -> String {
    let mut all: Vec<(&TargetReport, &Outage)> = input
        .targets
        .iter()
        .flat_map(|target| target.outages.iter().map(move |it| (target, it)))
        .collect();
    all.sort_by_key(|(_, outage)| outage.from);
    if all.is_empty() {
        let asked = sum(input, |target| together_count(target).0);
        let words = match asked {
            0 => "No target was asked, so none could be seen.",
            _ => "None was seen.",
        };
        return format!("<h2>Outages</h2>\n<p>{words}</p>\n");
    }
    let rows = all.iter().map(|(target, outage)| {
        let when = |at: i64| match outage.off_by {
            0 => moment(at, &input.zone),
            _ => format!("about {}", minute(at, &input.zone)),
        };
        let end = match outage.to {
            Some(to) if outage.answered => when(to),
            Some(to) => format!("{}, then nothing was asked", when(to)),
            None => "not before the end of this report".to_owned(),
        };
        let why = outage.error.as_deref().unwrap_or("no answer");
        let length = duration(outage.length(input.to));
        format!(
            "<th scope=\"row\" class=\"time\">{}</th>\
             <td class=\"words time\">{end}</td>\
             <td class=\"bad\">{length}</td><td class=\"words\">{}</td>\
             <td>{}</td>\
             <td class=\"words\">{}</td>",
            when(outage.from),
            escape(&target.name),
            count(outage.failed),
            escape(why)
        )
    });
    let heads = ["From", "To", "Duration", "Target", "Probes lost", "Why"];
    format!("<h2>Outages</h2>\n{}", table(&heads, rows))
}

fn speed_tests(input: &ReportInput) -> String {
    if input.tests.is_empty() {
        return String::new();
    }
    let figures: String = names(input)
        .iter()
        .map(|name| {
            let tests = tests_of(input, name);
            format!(
                "<figure><h3>{}</h3>\n<p class=\"soft\">{}</p>\n{}\
                 <ul class=\"legend\"><li>{}download</li><li>{}upload</li>\
                 <li>{}test failed</li></ul></figure>\n\
                 <h4>By hour of the day</h4>\n{}",
                escape(name),
                latencies(&tests),
                speeds(input, &tests),
                key("<path class=\"line download\" d=\"M0 6h24\"/>\
                     <circle class=\"download\" cx=\"12\" cy=\"6\" r=\"3\"/>"),
                key("<path class=\"line upload\" d=\"M0 6h24\"/><rect \
                     class=\"upload\" x=\"9\" y=\"3\" width=\"6\" \
                     height=\"6\"/>"),
                key("<path class=\"cross\" d=\"m8 2 8 8m0-8-8 8\"/>"),
                hours(input, &tests),
            )
        })
        .collect();
    format!("<h2>Speed</h2>\n{figures}")
}

/// A table of the hours of the day.
fn hours(input: &ReportInput, tests: &[&TestReport]) -> String {
    let hours = by_hour(tests, &input.zone);
    let rows = hours.iter().map(|hour| {
        let Hour { tests, failed, download, upload, .. } = hour;
        let failed = match failed {
            0 => "0".to_owned(),
            failed => format!("<span class=\"bad\">{failed}</span>"),
        };
        let mut row = vec![
            format!("{:02}:00–{:02}:59", hour.hour, hour.hour),
            count(*tests as u64),
            failed,
        ];
        let promised = [input.about.download_bps, input.about.upload_bps];
        for (found, promised) in [download, upload].into_iter().zip(promised) {
            let Some(Speeds { median, worst }) = *found else {
                row.extend(["–".to_owned(), "–".to_owned()]);
                continue;
            };
            row.push(of_promised(median, promised));
            row.push(of_promised(worst, promised));
        }
        cells(&row)
    });
    table(
        &[
            "Hour of the day",
            "Tests",
            "Failed",
            "Download, median",
            "Download, worst",
            "Upload, median",
            "Upload, worst",
        ],
        rows,
    )
}

/// A speed, and its share of what was promised.
fn of_promised(bps: f64, promised: Option<f64>) -> String {
    let words = speed(Some(bps));
    match promise(promised) {
        Some(promised) => format!(
            "{words}<br><span class=\"soft\">{}</span>",
            percent(bps / promised)
        ),
        None => words,
    }
}

/// What the tests of one name say of latency.
fn latencies(tests: &[&TestReport]) -> String {
    let median = |value: fn(&TestReport) -> Option<f64>| {
        Speeds::of(tests.iter().filter_map(|test| value(test)))
            .map(|found| found.median)
    };
    let mut server = tests.iter().map(|test| test.server.as_str());
    let server = server.rfind(|server| !server.is_empty());
    let mut words = vec![many(tests.len(), "test")];
    words.extend(server.map(|server| format!("with {}", escape(server))));
    let mut text = words.join(" ");
    if let Some(idle) = median(|test| test.idle_latency_ms) {
        let _ =
            write!(text, "; a round trip took {} at rest", latency(Some(idle)));
        if let Some(loaded) = median(|test| test.loaded_latency_ms) {
            let loaded = latency(Some(loaded));
            let _ = write!(text, " and {loaded} while the line was busy");
        }
        text.push_str(" (medians)");
    }
    let unsettled = tests.iter().filter(|it| !it.failed() && !it.stable);
    let unsettled = unsettled.count();
    if unsettled > 0 {
        let _ = write!(text, "; in {unsettled} the rate had not settled");
    }
    text + "."
}

fn key(shape: &str) -> String {
    format!("<svg viewBox=\"0 0 24 12\" aria-hidden=\"true\">{shape}</svg>")
}

/// Each failure with its words: a failed test is not a speed of 0.
fn failed_tests(input: &ReportInput) -> String {
    let failed: Vec<_> =
        input.tests.iter().filter(|test| test.failed()).collect();
    if failed.is_empty() {
        return String::new();
    }
    let rows = failed.iter().map(|test| {
        let why = test.error.as_deref().unwrap_or("there was no result");
        format!(
            "<th scope=\"row\" class=\"time\">{}</th><td class=\"words\">{}</td>\
             <td class=\"words\">{}</td>",
            moment(test.at, &input.zone),
            escape(&test.name),
            escape(why)
        )
    });
    let table = table(&["When", "Test", "Why"], rows);
    format!("<h2>Speed tests that failed</h2>\n{table}")
}

fn pictures(input: &ReportInput) -> String {
    let measured = input.targets.iter().filter(|it| !it.bins.is_empty());
    let figures: String = measured
        .map(|target| {
            format!(
                "<figure><h3>{}</h3>\n{}</figure>\n",
                escape(&target.name),
                smoke(input, target)
            )
        })
        .collect();
    if figures.is_empty() {
        return String::new();
    }
    let rect = |class: &str| {
        key(&format!("<path class=\"{class}\" d=\"M0 2h24v8h-24z\"/>"))
    };
    format!(
        "<h2>Latency over time</h2>\n<ul class=\"legend\"><li>{}fastest to \
         slowest, cut off at the top</li><li>{}middle half</li><li>{}median\
         </li><li>{}lost: the taller, the more</li></ul>\n{figures}",
        rect("all"),
        rect("middle"),
        key("<path class=\"median\" d=\"M0 5h24v2h-24z\"/>"),
        rect("lost"),
    )
}

/// How it was measured.
fn method(input: &ReportInput) -> String {
    let every = input.targets.iter().map(|target| target.every).min();
    let every = match every {
        Some(every) => {
            format!(" (the most often asked one every {})", short(every))
        }
        None => String::new(),
    };
    let mut down: Vec<u32> =
        input.targets.iter().map(|target| target.down_after).collect();
    down.sort_unstable();
    down.dedup();
    let down: Vec<String> = down.iter().map(u32::to_string).collect();
    let down = match down.as_slice() {
        [] => "several".to_owned(),
        down => down.join(" or "),
    };
    format!(
        "<h2>How it was measured</h2>\n\
         <p>One program on one computer of the reporter asked each target \
         again and again{every}, as the table says: <em>ping</em> by an echo \
         request, or by a TCP connection where the system allows no echo \
         request; <em>tcp</em> by opening a TCP connection; <em>http</em> by \
         fetching a page; <em>dns</em> by looking up a name. A round trip is \
         the time from the question to its answer; a probe without an answer \
         in time is lost. While a speed test ran, nothing was asked. \
         Percentiles are put together from those of single minutes or \
         hours.</p>\n\
         <p>An outage is {down} lost probes in a row, from the first of them \
         to the next answer. Of old times single probes are no longer kept; \
         there only whole minutes, and later whole hours, in which every probe \
         was lost are an outage, and its times are marked “about”. Where \
         nothing was asked for more than two minutes and three times the \
         usual interval, such as while the computer was off, an outage ends, \
         and the time is not measured time. Availability is the share of the \
         measured time that was no outage.</p>\n\
         <p>A speed test opens several connections to one server, adds more \
         while they help, leaves out the time in which the rate still grows, \
         and ends when the rate is steady. Download counts the bytes that have \
         arrived, upload those that the server has acknowledged, without the \
         headers of the protocols below; a Mbit is 1,000,000 bits. A test that \
         did not come to its end is listed as failed, with the reason, and is \
         no speed of 0 anywhere. Speeds by hour are medians of all tests of \
         that name that ended in that hour of the day.</p>\n"
    )
}

/// `1 s`, `500 ms`, `5 min`.
fn short(milliseconds: i64) -> String {
    match milliseconds {
        ..1000 => format!("{milliseconds} ms"),
        1000..60_000 => format!("{} s", milliseconds / 1000),
        _ => format!("{} min", milliseconds / 60_000),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{About, Bin};
    use jiff::tz::TimeZone;

    const HOUR: i64 = 3_600_000;

    fn input() -> ReportInput {
        let bins = (0..24).map(|hour| Bin {
            at: hour * HOUR,
            length: HOUR,
            count: 3600,
            failed: if hour == 5 { 360 } else { 0 },
            figures: Some([1.0, 2.0, 3.0, 4.0, 5.0, 60.0]),
        });
        let test = |hour: i64, bps: Option<f64>| TestReport {
            at: hour * HOUR,
            name: "to the provider".to_owned(),
            server: "http://speed.example".to_owned(),
            download_bps: bps,
            upload_bps: bps.map(|bps| bps / 5.0),
            stable: true,
            error: bps
                .is_none()
                .then(|| "speed.example does not answer".to_owned()),
            ..TestReport::default()
        };
        ReportInput {
            about: About {
                line: "office".to_owned(),
                provider: "Example Net".to_owned(),
                download_bps: Some(100e6),
                ..About::default()
            },
            from: 0,
            to: 24 * HOUR,
            made: 24 * HOUR,
            zone: TimeZone::fixed(jiff::tz::offset(1)),
            targets: vec![TargetReport {
                name: "router".to_owned(),
                address: "192.0.2.1".to_owned(),
                kind: "ping",
                every: 1000,
                down_after: 3,
                measured: 24 * HOUR,
                bins: bins.collect(),
                outages: vec![Outage {
                    from: 5 * HOUR,
                    to: Some(5 * HOUR + 360_000),
                    answered: true,
                    off_by: 0,
                    failed: 360,
                    error: None,
                }],
            }],
            tests: vec![
                test(1, Some(90e6)),
                test(2, Some(50e6)),
                test(3, None),
                test(20, Some(40e6)),
            ],
            missing: Vec::new(),
        }
    }

    #[test]
    fn a_report_says_who_when_how_much_and_how_it_was_measured() {
        let html = html(&input());
        for words in [
            "Network report: office",
            "Example Net",
            "1970-01-01 01:00 to 1970-01-02 01:00",
            "UTC+01:00",
            "100.0\u{a0}Mbit/s download",
            "targets did not answer once, the longest time for 6 min 00 s",
            "99.58\u{a0}%",
            "0.42\u{a0}%",
            "1970-01-01 06:06:00",
            "50.0\u{a0}Mbit/s, which is 50\u{a0}% of the 100.0\u{a0}Mbit/s",
            "the slowest had 40.0\u{a0}Mbit/s",
            "21:00–21:59",
            "How it was measured",
        ] {
            assert!(html.contains(words), "no {words:?} in\n{html}");
        }
    }

    #[test]
    fn a_failed_test_is_a_failure_with_its_words_and_no_speed() {
        let html = html(&input());
        assert!(html.contains("Of 4 speed tests, 1 failed."), "{html}");
        assert!(html.contains("speed.example does not answer"));
        assert!(html.contains("class=\"cross\""));
        assert!(!html.contains(">0.0\u{a0}Mbit/s"));
    }

    #[test]
    fn an_outage_that_a_gap_ends_and_time_without_probes_are_told() {
        let mut input = input();
        // Off for two of three days.
        input.to = 72 * HOUR;
        input.targets[0].outages[0].answered = false;
        let html = html(&input);
        assert!(html.contains("06:06:00, then nothing was asked"), "{html}");
        assert!(html.contains("99.58\u{a0}%"), "{html}");
    }

    #[test]
    fn tests_with_other_servers_are_kept_apart() {
        let mut input = input();
        input.tests.push(TestReport {
            at: HOUR,
            name: "in the house".to_owned(),
            download_bps: Some(900e6),
            ..TestReport::default()
        });
        let html = html(&input);
        for words in [
            "Of 1 speed test “in the house”, none failed. Half of the \
             downloads were slower than 900.0\u{a0}Mbit/s",
            "Of 4 speed tests “to the provider”, 1 failed.",
            "the slowest had 40.0\u{a0}Mbit/s",
            "<th scope=\"row\">02:00–02:59</th><td>1</td><td>0</td>\
             <td>90.0\u{a0}Mbit/s",
        ] {
            assert!(html.contains(words), "no {words:?} in\n{html}");
        }
    }

    #[test]
    fn a_promise_of_nothing_has_no_share() {
        let mut input = input();
        input.about.download_bps = Some(0.0);
        assert!(!html(&input).contains("inf"));
    }

    #[test]
    fn what_others_wrote_is_text_and_nothing_else() {
        let mut input = input();
        let bad = "<script>alert('1')</script>\"&\u{1b}[2J";
        input.about.line = bad.to_owned();
        input.about.provider = bad.to_owned();
        input.targets[0].name = bad.to_owned();
        input.targets[0].address = bad.to_owned();
        input.targets[0].outages[0].error = Some(bad.to_owned());
        input.tests[0].name = bad.to_owned();
        input.tests[0].server = bad.to_owned();
        input.tests[2].error = Some(bad.to_owned());
        input.missing.push(bad.to_owned());
        let html = html(&input);
        assert!(!html.contains("<script"), "{html}");
        assert!(!html.contains('\u{1b}'));
        assert!(html.contains("&lt;script&gt;"));
    }

    #[test]
    fn a_report_of_nothing_is_a_report_too() {
        let empty = ReportInput {
            about: About::default(),
            targets: Vec::new(),
            tests: Vec::new(),
            missing: vec!["Of router nothing was measured.".to_owned()],
            ..input()
        };
        let html = html(&empty);
        assert!(html.contains("Of router nothing was measured."));
        assert!(html.contains("No target was asked"), "{html}");
        assert!(html.contains("no target was asked"), "{html}");
    }
}
