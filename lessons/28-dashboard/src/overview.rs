//! The status as a few lines of text, and as a number for scripts.

use std::fmt::Write;

use crate::api::{SpeedStatus, State, Status, TargetStatus};
use crate::top::text::{latency, moment, speed};

/// How well all is, from well to down. As a number it is an exit code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Wellness {
    /// All targets are up.
    Well = 0,
    // 1 is an error, 2 a wrong command line.
    /// None is down, but something is degraded or not known, or the monitor
    /// itself has trouble.
    Trouble = 3,
    /// Something is down.
    Down = 4,
}

impl Wellness {
    /// The wellness of everything: that of the worst target.
    #[must_use]
    pub fn of(status: &Status) -> Wellness {
        let mut worst = match status.trouble {
            Some(_) => Wellness::Trouble,
            None => Wellness::Well,
        };
        for target in &status.targets {
            worst = worst.max(match target.state {
                State::Up => Wellness::Well,
                State::Down => Wellness::Down,
                _ => Wellness::Trouble,
            });
        }
        worst
    }
}

/// The status in lines: a sentence, each target, each speed test, and what is
/// told of it.
#[must_use]
pub fn overview(status: &Status) -> String {
    let mut text = sentence(status);
    text.push('\n');
    if let Some(trouble) = &status.trouble {
        let _ = writeln!(text, "trouble: {trouble}");
    }
    if let Some(paused) = &status.paused {
        let _ = writeln!(text, "paused: {paused}");
    }
    let width = |name: &str| name.chars().count();
    let targets = status.targets.iter().map(|it| width(&it.name));
    let tests = status.speed.iter().map(|it| width(&it.name));
    let widest = targets.chain(tests).max().unwrap_or(0);
    for target in &status.targets {
        let (state, name) = (target.state.word(), &target.name);
        let said = of_target(target);
        let line = format!("{state:<11}  {name:<widest$}  {said}");
        let _ = writeln!(text, "{}", line.trim_end());
    }
    for test in &status.speed {
        let (name, said) = (&test.name, of_test(test));
        let _ = writeln!(text, "{:<11}  {name:<widest$}  {said}", "speed test");
    }
    for notifier in &status.notifiers {
        if let Some(error) = &notifier.last_error {
            let _ = writeln!(
                text,
                "notifier {}: {} waiting: {}",
                notifier.name, notifier.waiting, error.words
            );
        }
    }
    text
}

fn sentence(status: &Status) -> String {
    let all = status.targets.len();
    let up = status.targets.iter().filter(|it| it.state == State::Up).count();
    let name = &status.name;
    match all {
        0 => format!("{name}: no target is watched"),
        _ => {
            format!("{name}: {}, {up} of {all} targets up", status.state.word())
        }
    }
}

fn of_target(target: &TargetStatus) -> String {
    let since = match target.since {
        Some(since) => format!(" since {}", moment(since, "%Y-%m-%d %H:%M")),
        None => String::new(),
    };
    match (&target.error, target.value) {
        (Some(error), _) if since.is_empty() => error.clone(),
        (Some(error), _) => format!("{error},{since}"),
        (None, Some(_)) => latency(target.value),
        (None, None) => String::new(),
    }
}

fn of_test(test: &SpeedStatus) -> String {
    let found = &test.result;
    if test.running {
        return "running".to_owned();
    }
    if let Some(error) = &found.error {
        return error.clone();
    }
    let rate = |way, bps: Option<u64>| match bps {
        Some(bps) => format!("{way} {}", speed(bps as f64)),
        None => format!("{way} not known"),
    };
    match test.last {
        None => "not run yet".to_owned(),
        Some(_) => {
            let up = rate("up", found.upload_bps);
            format!("{}, {up}", rate("down", found.download_bps))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn target(name: &str, state: State) -> TargetStatus {
        let name = name.to_owned();
        TargetStatus { name, state, value: Some(1.5), ..Default::default() }
    }

    #[test]
    fn a_script_learns_how_bad_the_worst_is() {
        let mut status = Status::default();
        assert_eq!(Wellness::of(&status) as u8, 0);
        status.targets.push(target("router", State::Up));
        assert_eq!(Wellness::of(&status) as u8, 0);
        status.trouble = Some("the disk is full".to_owned());
        assert_eq!(Wellness::of(&status) as u8, 3);
        status.trouble = None;
        status.targets.push(target("wiki", State::Unknown));
        assert_eq!(Wellness::of(&status) as u8, 3);
        status.targets.push(target("shop", State::Down));
        assert_eq!(Wellness::of(&status) as u8, 4);
    }

    #[test]
    fn each_target_has_a_line() {
        let mut down = target("shop", State::Down);
        down.error = Some("refused".to_owned());
        let status = Status {
            name: "office".to_owned(),
            targets: vec![target("router", State::Up), down],
            ..Status::default()
        };
        let text = overview(&status);
        assert!(text.starts_with("office: unknown, 1 of 2 targets up\n"));
        assert!(text.contains("\nup           router  1.50 ms\n"), "{text}");
        assert!(text.contains("\ndown         shop    refused"), "{text}");
    }
}
