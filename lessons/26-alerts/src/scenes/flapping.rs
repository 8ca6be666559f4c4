//! Trouble that comes and goes.

use alerts::{Alerts, Condition, Memory, Rule};

use crate::{print_below, watch};

/// A ping each ten seconds, of a cable that somebody should push in.
const LOOSE_CABLE: &str =
    "...xxx...xxx...xxx...xxx...xxx...xxx...xxx.............";

// ANCHOR: flapping
pub fn play() {
    let rule = Rule {
        name: "router gone".to_owned(),
        series: vec![("router".to_owned(), "ping")],
        condition: Condition::Fails,
        after: 3,
        recover_after: 3,
        notify: vec!["telephone".to_owned()],
    };
    let mut alerts = Alerts::new(&[rule], Memory::default());

    // Seven times gone and seven times back: fourteen calls, if each counted.
    let notices = watch(&mut alerts, LOOSE_CABLE, 10_000);
    print_below(LOOSE_CABLE, &notices, 10_000);
}
// ANCHOR_END: flapping
