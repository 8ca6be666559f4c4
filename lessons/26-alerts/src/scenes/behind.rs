//! A router that takes with it what lies behind it.

use alerts::{Alerts, Condition, Dependency, Memory, Policy, Rule};

use crate::{MONDAY, print_parts};

/// A ping each second: a dot is an answer, an x is a lost one.
const ROUTER: &str = "...xxxxxx.........";
const PRINTER: &str = "...xxxxxx.........";
/// It does not come back by itself.
const SERVER: &str = "...xxxxxxxxxxxxxxx";

pub fn play() {
    // ANCHOR: policy
    let behind_the_router = |target: &str| Dependency {
        target: target.to_owned(),
        upstream: "router".to_owned(),
        metric: "ping",
        down_after: 3,
    };
    let targets = ["printer", "server", "router"];
    let rule = Rule {
        name: "gone".to_owned(),
        series: targets.map(|name| (name.to_owned(), "ping")).into(),
        condition: Condition::Fails,
        after: 3,
        recover_after: 3,
        ..Rule::default()
    };
    let policy = Policy {
        rules: vec![rule],
        dependencies: vec![
            behind_the_router("printer"),
            behind_the_router("server"),
        ],
        ..Policy::default()
    };
    // ANCHOR_END: policy
    let mut alerts = Alerts::following(policy, Memory::default());

    for (name, letters) in targets.iter().zip([PRINTER, SERVER, ROUTER]) {
        println!("{name:8} {letters}");
    }
    for second in 0..ROUTER.len() {
        // The router's answer comes last: the worst case.
        for (name, letters) in targets.iter().zip([PRINTER, SERVER, ROUTER]) {
            let answers = letters.as_bytes()[second] == b'.';
            let at = MONDAY + second as i64 * 1_000;
            let value = answers.then_some(1.5);
            for notice in alerts.sample(at, "ping", name, value, None) {
                println!("\nsecond {second}");
                print_parts(&notice.words);
            }
        }
    }
}
