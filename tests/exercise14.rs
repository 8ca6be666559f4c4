//! The check of exercise 14: a document is taken in whole, once, or not.

#[macro_use]
mod program;

#[test]
fn a_document_is_taken_in_once_and_in_the_right_order() {
    let printed = program::output_of(program!("14"), &[]);
    let lines: Vec<&str> = printed.lines().collect();
    assert_eq!(
        lines,
        [
            "empty: refused",
            "jobs in the queue: 0",
            "documents in the spool: 0",
            "job 1 prints: who you gonna call",
            "asked again: job 1",
            "jobs in the queue: 1",
        ],
        "the program printed:\n{printed}"
    );
}
