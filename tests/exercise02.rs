//! Checks exercise 02: a process for each ghost, its words and its end.

#[macro_use]
mod program;

use program::output_in_time;

const HINT: &str = "A child waits for the end of its standard input: whoever \
                    writes to it has to close it.";

#[test]
fn words_exit_codes_and_crashes_come_back_to_the_parent() {
    let ghosts = ["Slimer", "Gozer", "Vigo", "Zuul"];
    let said = output_in_time(program!("02"), &ghosts, HINT);
    let wanted = [
        "Slimer: trapped",
        "Gozer: crashed",
        "Vigo: exit code 3",
        "Zuul: trapped",
    ];
    assert_eq!(said.lines().collect::<Vec<_>>(), wanted);
}

#[test]
fn a_crash_costs_nothing_but_its_own_process() {
    let ghosts = ["Gozer"; 5];
    let said = output_in_time(program!("02"), &ghosts, HINT);
    assert_eq!(said, "Gozer: crashed\n".repeat(5));
}
