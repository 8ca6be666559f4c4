//! Trouble that comes and goes.

use crate::{print_below, three_in_a_row, watch};

/// A ping each ten seconds, of a cable that somebody should push in.
const LOOSE_CABLE: &str =
    "...xxx...xxx...xxx...xxx...xxx...xxx...xxx.............";

// ANCHOR: flapping
pub fn play() {
    let mut alerts = three_in_a_row();

    // Seven times gone and seven times back: fourteen calls, if each counted.
    let notices = watch(&mut alerts, LOOSE_CABLE, 10_000);
    print_below(LOOSE_CABLE, &notices, 10_000);
}
// ANCHOR_END: flapping
