//! The recorded hour, as a terminal of 78 columns shows it.

use dashboard::top;

use crate::recorded::Recorded;
use crate::{Result, TEN_O_CLOCK, serve};

pub fn play() -> Result<()> {
    let monitor = Recorded::hour_before(TEN_O_CLOCK)?;
    let address = serve(&monitor, "127.0.0.1:0")?;
    // A monitor in earnest wants its key. This one lets everyone in.
    let frame = top::frame(&format!("http://{address}"), "", (78, 20))?;
    print!("{frame}");
    Ok(())
}
