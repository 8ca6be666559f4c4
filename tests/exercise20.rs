//! The check of exercise 20: figures of round trips, some of them lost.

#[macro_use]
mod program;

fn figures_of(round_trips: &str) -> String {
    let words: Vec<&str> = round_trips.split_whitespace().collect();
    program::output_of(program!("20"), &words)
}

fn expected(median: &str, p95: &str, jitter: &str) -> String {
    format!("median {median}\n95 % within {p95}\njitter {jitter}\n")
}

#[test]
fn round_trips_come_to_three_figures() {
    let twenty: Vec<String> = (1..=20).map(|n| n.to_string()).collect();
    assert_eq!(
        figures_of(&twenty.join(" ")),
        expected("10 ms", "19 ms", "1 ms")
    );
    assert_eq!(figures_of("3 1 2"), expected("2 ms", "3 ms", "1.5 ms"));
    assert_eq!(figures_of("10 10 10 10"), expected("10 ms", "10 ms", "0 ms"));
}

#[test]
fn a_lost_probe_takes_both_its_differences_along() {
    assert_eq!(figures_of("10 14 - 90 88"), expected("14 ms", "90 ms", "3 ms"));
    assert_eq!(figures_of("5 - 7"), expected("5 ms", "7 ms", "unknown"));
}

#[test]
fn where_nothing_came_back_nothing_is_known() {
    let nothing = expected("unknown", "unknown", "unknown");
    assert_eq!(figures_of(""), nothing);
    assert_eq!(figures_of("- - -"), nothing);
    assert_eq!(figures_of("8"), expected("8 ms", "8 ms", "unknown"));
}
