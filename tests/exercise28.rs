//! The check of exercise 28: a sample that has just come finds its place.

#[macro_use]
mod program;

#[test]
fn a_sample_that_has_just_come_finds_its_place() {
    let printed = program::output_of(program!("28"), &[]);
    let lines: Vec<&str> = printed.lines().collect();
    assert_eq!(
        lines,
        [
            "  0 s: 3 samples, 0 lost, slowest 4.5 ms",
            " 10 s: 3 samples, 2 lost, slowest 2 ms",
            " 40 s: 2 samples, 2 lost, no answer",
            " 50 s: 1 samples, 0 lost, slowest 1.3 ms",
        ],
        "the program printed:\n{printed}"
    );
}
