//! Checks exercise 06: ghosts are moved in all directions at once, none is
//! lost, and no thread waits for another for ever.

#[macro_use]
mod program;

#[test]
fn moves_in_all_directions_lose_no_ghost_and_come_to_an_end() {
    for (units, rounds) in [(1, 10), (2, 1000), (3, 100_000), (5, 100_000)] {
        let said = program::output_in_time(
            program!("06"),
            &[&units.to_string(), &rounds.to_string()],
            "Do two threads wait for each other's unit, or one for a unit \
             that it holds already (from == to)?",
        );
        let mut ghosts = vec![100; units];
        for step in 0..4 {
            for round in 0..rounds {
                ghosts[round % units] -= 1;
                ghosts[(round + step) % units] += 1;
            }
        }
        let lines = (1..).zip(ghosts);
        let expected: String = lines
            .map(|(number, ghosts)| format!("unit {number}: {ghosts} ghosts\n"))
            .collect();
        assert_eq!(said.replace("\r\n", "\n"), expected, "{rounds} rounds");
    }
}
