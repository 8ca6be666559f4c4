//! The end, in order: what is under way is finished, within a deadline.

use super::control::{Grid, brief};
use rustix::process::Signal;
use std::error::Error;

pub fn play() -> Result<(), Box<dyn Error>> {
    // Work that takes a moment is waited for.
    let mut grid = Grid::start("", &[])?;
    println!("ask    {}", brief(&grid.ask_with_key("POST /drain")?));
    grid.signal(Signal::TERM)?;
    println!("log    {}", grid.wait_for("asked to end")?);
    println!("log    {}", grid.wait_for("drained")?);
    println!("log    {}", grid.wait_for("ended")?);
    println!("code   {}", grid.end()?);

    // Work that never ends is not, and the log says what it was.
    let mut grid = Grid::start("", &["--stop-deadline", "0.5"])?;
    println!("ask    {}", brief(&grid.ask_with_key("POST /stuck")?));
    grid.signal(Signal::TERM)?;
    println!("log    {}", grid.wait_for("still running")?);
    println!("code   {}", grid.end()?);

    // Whoever says it twice does not want to wait at all.
    let mut grid = Grid::start("", &[])?;
    println!("ask    {}", brief(&grid.ask_with_key("POST /stuck")?));
    grid.signal(Signal::TERM)?;
    println!("log    {}", grid.wait_for("asked to end")?);
    grid.signal(Signal::TERM)?;
    println!("log    {}", grid.wait_for("second time")?);
    println!("code   {}", grid.end()?);
    Ok(())
}
