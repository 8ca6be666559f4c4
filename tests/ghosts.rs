//! No ghost is lost and nothing hangs, whichever threads of lesson 01 panic
//! and whichever workers of lesson 05 are killed.

use std::io::Write;
use std::process::{Command, Stdio};
use std::thread;

use harness::{Running, program};

const RUNS: u64 = 20;

#[test]
fn threads_that_panic_lose_no_ghost_in_twenty_runs() {
    // Numbers with different bits, and one in which every bit is bad luck.
    let mix = |run: u64| run.wrapping_mul(0x9e37_79b9_7f4a_7c15);
    let seeds = (0..RUNS - 1).map(mix).chain([u64::MAX]);
    for seed in seeds {
        let mut lesson = Running::start(
            Command::new(program("lesson01"))
                .arg("panic")
                .env("SEED", seed.to_string())
                .env("TEMPO", "100"),
        );
        let ended = lesson.wait_for_end();
        let said = lesson.heard().join("\n");
        assert!(ended.success(), "seed {seed}: {ended}\n{said}");
        for ghost in ["Slimer", "Gozer", "Zuul", "Vinz Clortho"] {
            let trapped = said.matches(&format!("{ghost} trapped")).count();
            assert_eq!(trapped, 1, "seed {seed}, {ghost}\n{said}");
        }
        // One bit a hunt, until four hunts went well.
        let hunts = (0..64).map(|bit| seed >> bit & 1);
        let mut well = 0;
        let unlucky = hunts
            .take_while(|bad| {
                well += 1 - bad;
                well < 4
            })
            .sum::<u64>();
        let panics = said.matches("panics: crossed the streams").count();
        assert_eq!(panics.try_into(), Ok(unlucky), "seed {seed}\n{said}");
    }
}

#[test]
fn workers_that_are_killed_lose_no_ghost_in_twenty_runs() {
    program("lesson05"); // built before the runs, which are side by side
    let losses: usize = thread::scope(|scope| {
        let lanes: Vec<_> = (0..4)
            .map(|lane| {
                let runs = (0..RUNS).filter(move |run| run % 4 == lane);
                scope.spawn(|| runs.map(kill_in_run).sum::<usize>())
            })
            .collect();
        lanes.into_iter().map(|lane| lane.join().expect("no panic")).sum()
    });
    assert!(losses >= 20, "only {losses} workers died with a ghost in hand");
}

/// Kills one to all four workers, other ones in each run: in odd runs when they
/// have just begun, in even runs when all four are at work. Returns the number of
/// ghosts that had to go back.
fn kill_in_run(run: u64) -> usize {
    const NAMES: [&str; 4] = ["Peter", "Egon", "Raymond", "Winston"];
    let doomed = run % 15 + 1;
    let mut lesson = Running::start(
        // Slow enough for a busy machine to kill before the run has ended.
        Command::new(program("lesson05")).arg("pool").env("TEMPO", "4"),
    );
    let mut victims = Vec::new();
    for (bit, name) in NAMES.into_iter().enumerate() {
        let process =
            lesson.wait_for_line(&format!(r"^{name} \w+ is process (\d+)$"));
        if doomed >> bit & 1 == 1 {
            victims.push(process);
        }
        if run % 2 == 1 || name == "Winston" {
            victims.drain(..).for_each(|process| kill(&process));
        }
    }

    let ended = lesson.wait_for_end();
    let said = lesson.heard().join("\n");
    assert!(ended.success(), "run {run}: {ended}\n{said}");
    for ghost in 1..=8 {
        let trapped = said.matches(&format!("ghost {ghost} trapped")).count();
        assert_eq!(trapped, 1, "run {run}, ghost {ghost}\n{said}");
    }
    let back = said.matches("goes back").count();
    let most = doomed.count_ones().try_into().expect("four at most");
    assert!(back <= most, "run {run}\n{said}");
    back
}

#[test]
fn a_worker_refuses_a_hostile_length() {
    let mut worker = Command::new(program("lesson05"))
        .arg("--worker")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the program starts");
    // The pipe stays open: the worker must not wait for four gigabytes.
    let mut stdin = worker.stdin.take().expect("a pipe");
    stdin.write_all(&[0xff; 4]).expect("the worker reads");
    let output = worker.wait_with_output().expect("its end");
    drop(stdin);
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(!output.status.success(), "{errors}");
    assert!(errors.contains("4294967295 B announced"), "{errors}");
}

/// Ends a process that has no chance to clean up.
fn kill(process: &str) {
    let mut command = if cfg!(windows) {
        let mut command = Command::new("taskkill");
        command.args(["/F", "/PID"]);
        command
    } else {
        let mut command = Command::new("kill");
        command.arg("-9");
        command
    };
    let killed = command.arg(process).stdout(Stdio::null()).status();
    assert!(killed.is_ok_and(|status| status.success()), "kill {process}");
}
