//! The check of exercise 27: a gap is neither an outage nor measured time.

#[macro_use]
mod program;

/// What the program says of a week with these outages and gaps.
fn availability(spans: &str) -> String {
    let arguments: Vec<&str> = spans.split_whitespace().collect();
    let printed = program::output_of(program!("27"), &arguments);
    printed.trim_end().to_owned()
}

#[test]
fn a_quiet_week_is_all_available() {
    assert_eq!(availability("outage 0 0"), "100.00 %");
}

#[test]
fn outages_are_taken_away_from_the_week() {
    assert_eq!(availability("outage 0 21 outage 100 121"), "75.00 %");
    assert_eq!(availability("outage 0 168"), "0.00 %");
}

#[test]
fn a_gap_is_no_outage() {
    assert_eq!(availability("gap 100 110"), "100.00 %");
}

#[test]
fn a_gap_is_no_measured_time() {
    assert_eq!(availability("outage 0 21 gap 84 168"), "75.00 %");
    assert_eq!(availability("outage 20 41 gap 42 84 gap 126 168"), "75.00 %");
    assert_eq!(availability(""), "98.57 %");
}

#[test]
fn only_what_lies_in_the_week_counts() {
    assert_eq!(availability("outage -10 21 outage 147 200"), "75.00 %");
    assert_eq!(availability("outage 0 21 gap 84 1000"), "75.00 %");
    assert_eq!(availability("outage -9 -5 gap 200 300"), "100.00 %");
}

#[test]
fn where_nothing_was_measured_there_is_no_answer() {
    assert_eq!(availability("gap -5 200"), "nothing was measured");
    assert_eq!(availability("gap 0 100 gap 100 168"), "nothing was measured");
}
