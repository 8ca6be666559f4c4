//! A timer keeps to its interval, whatever the runs before it took.

#[macro_use]
mod program;

const HINT: &str = "Is what `step` waits for ever due?";

fn runs(interval: u64, taken: &[u64]) -> Vec<u64> {
    let arguments: Vec<String> =
        [interval].iter().chain(taken).map(u64::to_string).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    program::output_in_time(program!("24"), &arguments, HINT)
        .split_whitespace()
        .map(|number| number.parse().expect("a number"))
        .collect()
}

#[test]
fn quick_runs_begin_at_every_multiple_of_the_interval() {
    let expected: Vec<u64> = (0..100).map(|run| run * 7).collect();
    let taken: Vec<u64> = (0..100).map(|run| run % 7).collect();
    assert_eq!(runs(7, &taken), expected, "they drift");
    assert_eq!(runs(1, &[0; 5]), [0, 1, 2, 3, 4]);
}

#[test]
fn a_late_run_does_not_make_the_next_one_late() {
    assert_eq!(runs(10, &[3, 12, 1, 1]), [0, 10, 22, 30]);
}

#[test]
fn one_run_makes_up_for_all_that_were_missed() {
    assert_eq!(runs(10, &[35, 1, 1]), [0, 35, 40], "from 0 to 35 s");
    assert_eq!(runs(10, &[3, 12, 35, 1, 1]), [0, 10, 22, 57, 60]);
    assert_eq!(runs(5, &[1_000_003, 0, 0]), [0, 1_000_003, 1_000_005]);
}

#[test]
fn a_run_that_ends_when_the_next_is_due_is_followed_by_it() {
    assert_eq!(runs(10, &[10, 10, 1]), [0, 10, 20]);
    assert_eq!(runs(10, &[20, 1]), [0, 20]);
    assert_eq!(runs(10, &[20, 1, 1]), [0, 20, 30]);
}
