//! `lesson00 example`: somebody else's laptop, with a little of everything.

use crate::{
    Result, install::System, machine::Machine, redis::Redis, table,
    version::Version,
};

pub fn play(system: System) -> Result<bool> {
    // ANCHOR: example
    table::show(&Machine {
        system,
        rust: Version::among("rustc 1.95.0"),
        compiler: true,
        fetched: false,
        disk: Some(66),
        busy_ports: vec![9100],
        // `cargo install redis-server` was a mistake.
        redis: Redis::Strange,
        python: None,
        ghostscript: None,
        poppler: None,
        chromium: false,
        chromedriver: None,
        mdbook: None,
        ping: false,
    });
    // ANCHOR_END: example
    Ok(true)
}
