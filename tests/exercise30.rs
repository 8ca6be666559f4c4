//! The check of exercise 30: outages are found, and bad luck is none.

#[macro_use]
mod program;

#[test]
fn outages_are_found_and_bad_luck_is_none() {
    let printed = program::output_of(program!("30"), &[]);
    let found: Vec<&str> =
        printed.lines().filter(|line| line.starts_with(' ')).collect();
    assert_eq!(
        found,
        [
            "  10 s to 13 s, 3 missing",
            "  31 s to 46 s, 15 missing",
            "  0 s to 5 s, 5 missing",
            "  since 55 s, 5 missing",
        ],
        "the program printed:\n{printed}"
    );
}
