//! The check of exercise 21: the window of a sender goes up and down as it
//! should.

#[macro_use]
mod program;

/// The sizes of the window after each of these round trips.
fn sizes(fates: &str) -> Vec<u32> {
    let printed = program::output_of(program!("21"), &[fates]);
    let lines = printed.lines();
    lines.map(|line| line.parse().expect("a number")).collect()
}

#[test]
fn in_slow_start_a_window_doubles() {
    assert_eq!(sizes("..."), [20, 40, 80]);
}

#[test]
fn a_loss_halves_it_and_then_it_grows_by_one() {
    assert_eq!(sizes(".x..."), [20, 10, 11, 12, 13]);
}

#[test]
fn each_loss_moves_the_threshold() {
    assert_eq!(sizes("..x.x.."), [20, 40, 20, 21, 10, 11, 12]);
}

#[test]
fn it_never_gets_smaller_than_two() {
    assert_eq!(sizes("xxxx."), [5, 2, 2, 2, 3]);
}

#[test]
fn the_link_draws_a_saw() {
    let printed = program::output_of(program!("21"), &[]);
    let sizes: Vec<u32> = printed
        .lines()
        .map(|line| {
            let bar = line.matches('#').count() as u32;
            assert!(line.trim().starts_with(&bar.to_string()), "{line}");
            bar
        })
        .collect();
    assert_eq!(sizes[..5], [10, 20, 40, 20, 21]);
    assert_eq!(sizes[13..18], [30, 31, 15, 16, 17]);
}
