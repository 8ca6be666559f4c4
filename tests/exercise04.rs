//! Checks exercise 04: every ghost is caught once, by threads that share the
//! work, and the program ends by itself.

#[macro_use]
mod program;

use std::collections::BTreeSet;

#[test]
fn the_workers_share_the_pool_and_the_trap_closes_by_itself() {
    for (workers, ghosts) in [(4, 20), (1, 5), (3, 30), (4, 0)] {
        let said = program::output_in_time(
            program!("04"),
            &[&workers.to_string(), &ghosts.to_string()],
            "recv() and iter() wait as long as anybody holds a sender: is \
             every one of them dropped, those in hunt() itself too?",
        );
        let caught: Vec<(u32, u32)> = said.lines().map(read).collect();
        let numbers: Vec<u32> = caught.iter().map(|it| it.0).collect();
        let all: Vec<u32> = (1..=ghosts).collect();
        assert_eq!(numbers, all, "each ghost is caught, and only once");

        let busy: BTreeSet<u32> = caught.iter().map(|it| it.1).collect();
        let hired: BTreeSet<u32> = (1..=workers).collect();
        assert!(busy.is_subset(&hired), "{busy:?} of {workers} workers");
        let alone = workers > 1 && busy.len() == 1;
        assert!(!alone, "one of {workers} workers caught all {ghosts}");
    }
}

/// Reads a line such as `ghost 7: worker 2`.
fn read(line: &str) -> (u32, u32) {
    let pair = line.strip_prefix("ghost ").and_then(|rest| {
        let (ghost, worker) = rest.split_once(": worker ")?;
        Some((ghost.parse().ok()?, worker.parse().ok()?))
    });
    pair.unwrap_or_else(|| panic!("not a line of the program: {line}"))
}
