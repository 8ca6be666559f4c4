//! The check of exercise 17: a program ends in order, and in time.

#[macro_use]
mod program;

#[test]
fn everybody_is_waited_for_but_nobody_for_ever() {
    let printed = program::output_in_time(
        program!("17"),
        &[],
        "The deadline is one moment. A wait that begins anew with each \
         message never ends while somebody talks, and neither does one that \
         always finds a further message.",
    );
    let lines: Vec<&str> = printed.lines().collect();
    assert_eq!(
        lines,
        [
            "ray egon asked, unfinished: []",
            "ray egon vinz asked, unfinished: [\"vinz\"]",
            "slimer asked, unfinished: [\"slimer\"]",
            "ray louis asked, unfinished: [\"louis\"]",
        ],
        "the program printed:\n{printed}"
    );
}
