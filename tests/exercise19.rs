//! The check of exercise 19: every job gets what it needs, and no page is
//! printed twice unseen.

#[macro_use]
mod program;

#[test]
fn the_operator_does_right_by_every_job() {
    let printed = program::output_of(program!("19"), &[]);
    let lines: Vec<&str> = printed.lines().collect();
    assert_eq!(
        lines,
        [
            "job 1 printed: Leave",
            "job 2 failed: Retry",
            "job 3 failed: LookFirst",
            "job 4 uncertain: LookFirst",
            "job 5 held: Release",
        ],
        "the program printed:\n{printed}"
    );
}
