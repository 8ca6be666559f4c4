//! The hour until now in a browser, and how it goes on.

use std::thread;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use crate::recorded::Recorded;
use crate::{Result, serve};

/// Where the page is.
pub const ADDRESS: &str = "127.0.0.1:8828";

pub fn play() -> Result<()> {
    let now = SystemTime::now().duration_since(UNIX_EPOCH)?.as_millis();
    let monitor = Recorded::hour_before(i64::try_from(now)?)?;
    let address = serve(&monitor, ADDRESS)?;
    println!("page      http://{address}/");
    println!("terminal  cargo run --bin lesson28 top");
    println!("Every second something is measured. Ctrl-C ends it.");
    loop {
        thread::sleep(Duration::from_secs(1));
        monitor.measure()?;
    }
}
