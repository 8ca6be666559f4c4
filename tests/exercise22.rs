//! The check of exercise 22: a rate is steady when three windows agree.

#[macro_use]
mod program;

#[test]
fn a_rate_is_steady_when_three_windows_agree() {
    let printed = program::output_of(program!("22"), &[]);
    let lines: Vec<&str> = printed.lines().collect();
    assert_eq!(
        lines,
        [
            "a good line: 96.50 Mbit/s",
            "a radio: not settled",
            "a slow ramp: 11.83 Mbit/s",
            "a dead server: not settled",
            "no time: not settled",
        ],
        "the program printed:\n{printed}"
    );
}
