//! The check of exercise 23: a wait and a rate make a queue.

#[macro_use]
mod program;

#[test]
fn the_queue_is_what_the_line_carries_in_the_added_time() {
    let printed = program::output_of(program!("23"), &[]);
    let lines: Vec<&str> = printed.lines().collect();
    assert_eq!(
        lines,
        [
            "office A 100000 bytes in the queue",
            "cable  D 1200000 bytes in the queue",
            "radio  F 750000 bytes in the queue",
            "lucky  A 0 bytes in the queue",
        ],
        "the program printed:\n{printed}"
    );
}
