//! A rule that is told no number, and learns what is usual.

use alerts::{Alerts, Condition, Memory, OngoingState, Rule};

use crate::{MONDAY, print_parts};

/// The baseline looks at one value in five minutes.
const FIVE_MINUTES: i64 = 5 * 60 * 1_000;

/// The round trips of an access point, in milliseconds: usual ones for an hour
/// and a quarter, one that is late, then trouble.
const ROUND_TRIPS: [f64; 20] = [
    12.0, 11.0, 12.0, 13.0, 12.0, 14.0, 12.0, 11.0, 12.0, 13.0, 12.0, 12.0,
    15.0, 12.0, 44.0, 12.0, 39.0, 45.0, 52.0, 48.0,
];

// ANCHOR: learnt
pub fn play() {
    let rule = Rule {
        name: "wifi is slow".to_owned(),
        series: vec![("access point".to_owned(), "ping")],
        condition: Condition::Learnt,
        after: 3,
        recover_after: 3,
        notify: vec!["telephone".to_owned()],
        ..Rule::default()
    };
    let mut alerts = Alerts::new(&[rule], Memory::default());

    let mut at = MONDAY;
    for value in ROUND_TRIPS {
        let notices =
            alerts.sample(at, "ping", "access point", Some(value), None);
        let mut state = "no trouble";
        for ongoing in alerts.ongoing() {
            state = match ongoing.state {
                OngoingState::Learning => "learning",
                OngoingState::Failing => "trouble",
            };
        }
        println!("{value} ms: {state}");
        for notice in notices {
            print_parts(&notice.words);
        }
        at += FIVE_MINUTES;
    }
}
// ANCHOR_END: learnt
