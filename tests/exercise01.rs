//! Checks exercise 01: all hunts at once, and no ghost lost to a panic.

#[macro_use]
mod program;

use program::output_of;

#[test]
fn a_panicking_hunt_loses_no_other_ghost() {
    let said = output_of(program!("01"), &["Slimer", "Gozer", "Zuul"]);
    let wanted = [
        "Slimer: trapped",
        "Gozer: got away, crossed the streams",
        "Zuul: trapped",
    ];
    assert_eq!(said.lines().collect::<Vec<_>>(), wanted);
}

#[test]
fn ten_ghosts_are_hunted_at_once_and_told_of_in_order() {
    // Every fourth is the one that makes its thread panic.
    let number = |n: usize| format!("ghost-{n}");
    let name = |n| if n % 4 == 0 { "Gozer".into() } else { number(n) };
    let ghosts: Vec<String> = (1..=10).map(name).collect();
    let arguments: Vec<&str> = ghosts.iter().map(String::as_str).collect();
    let said = output_of(program!("01"), &arguments);
    let outcome = |ghost: &String| match ghost.as_str() {
        "Gozer" => "Gozer: got away, crossed the streams".to_owned(),
        other => format!("{other}: trapped"),
    };
    let wanted: Vec<String> = ghosts.iter().map(outcome).collect();
    assert_eq!(said.lines().collect::<Vec<_>>(), wanted);
}
