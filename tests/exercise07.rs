//! Checks exercise 07: all ghosts are asked at once, and the silent ones are
//! not waited for.

#[macro_use]
mod program;

#[test]
fn a_thousand_are_asked_at_once_and_the_silent_ones_given_up() {
    for ghosts in [0, 1, 1000] {
        let said = program::output_in_time(
            program!("07"),
            &[&ghosts.to_string()],
            "One after the other takes minutes, and some never answer: start \
             all tasks first, and give each answer_of() a timeout.",
        );
        let expected: String = (1..=ghosts)
            .map(|ghost| match ghost % 7 {
                0 => format!("ghost {ghost}: no answer\n"),
                _ => format!("ghost {ghost}: boo, says {ghost}\n"),
            })
            .collect();
        assert_eq!(said.replace("\r\n", "\n"), expected, "{ghosts} ghosts");
    }
}
