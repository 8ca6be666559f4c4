//! Exercise 28: a chart that is alive.
//!
//! Complete `append`, so that a sample that has just come finds its place in
//! the chart. Then ask whether it is right:
//!
//!     cargo test --test exercise28

/// A chart: a column for every ten seconds in which something was measured, in
/// the order of time.
#[derive(Debug, Default)]
struct Chart {
    columns: Vec<Column>,
}

/// One column of a chart: all samples of ten seconds.
#[derive(Debug, Clone, PartialEq)]
struct Column {
    /// Where it begins, in seconds: a multiple of ten.
    from: i64,
    /// How many samples there are, with those that were lost.
    count: u32,
    /// How many of them were lost.
    lost: u32,
    /// The slowest answer in milliseconds; nothing when none came.
    slowest: Option<f64>,
}

/// How many seconds a column stands for.
const STEP: i64 = 10;

fn main() {
    let mut chart = Chart::default();
    // Each sample: when it was taken, in seconds, and the round trip in
    // milliseconds, or nothing when no answer came.
    for (at, value) in [
        (3, Some(1.2)),
        (7, Some(4.5)),
        (9, Some(1.1)),
        // Two that were lost, and an answer.
        (12, None),
        (15, Some(2.0)),
        (18, None),
        // Nothing was measured from 20 to 39. Then nobody answers.
        (41, None),
        (44, None),
        // This one has been on its way for too long.
        (19, Some(900.0)),
        (50, Some(1.3)),
    ] {
        append(&mut chart, at, value);
    }
    for Column { from, count, lost, slowest } in chart.columns {
        let slowest = match slowest {
            Some(milliseconds) => format!("slowest {milliseconds} ms"),
            None => "no answer".to_owned(),
        };
        println!("{from:>3} s: {count} samples, {lost} lost, {slowest}");
    }
}

/// Puts a sample into the column of its time: the last one, or a new one. A
/// sample that is older than the last column comes too late for the chart: the
/// history has it, and the next chart will.
fn append(chart: &mut Chart, at: i64, value: Option<f64>) {
    todo!(
        "the sample of second {at}, {value:?}, goes into the last of {} \
         columns or into a new one of {STEP} s",
        chart.columns.len()
    )
}
