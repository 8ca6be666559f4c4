//! The check of exercise 29: what is sent again is taken once.

#[macro_use]
mod program;

#[test]
fn what_is_sent_again_is_taken_once_and_at_the_right_time() {
    let printed = program::output_of(program!("29"), &[]);
    let lines: Vec<&str> = printed.lines().collect();
    assert_eq!(
        lines,
        [
            "queue a: taken up to batch 1",
            "queue a: taken up to batch 3",
            "queue a: taken up to batch 3",
            "queue b: taken up to batch 1",
            "100 s: 1.1 ms",
            "101 s: 1.2 ms",
            "102 s: 1.3 ms",
            "103 s: 1.4 ms",
            "104 s: 1.5 ms",
            "105 s: 1.6 ms",
        ],
        "the program printed:\n{printed}"
    );
}
