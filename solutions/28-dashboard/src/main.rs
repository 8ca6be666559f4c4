//! Exercise 28, done: a chart that is alive.

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
    let from = at - at.rem_euclid(STEP);
    match chart.columns.last() {
        Some(last) if from < last.from => return,
        Some(last) if from == last.from => {}
        _ => chart.columns.push(Column {
            from,
            count: 0,
            lost: 0,
            slowest: None,
        }),
    }
    let column = chart.columns.last_mut().expect("there is one by now");
    column.count += 1;
    match (value, column.slowest) {
        (None, _) => column.lost += 1,
        (Some(value), Some(slowest)) if value <= slowest => {}
        (Some(value), _) => column.slowest = Some(value),
    }
}
