//! The end, in order: what is under way is finished, within a deadline.

use std::error::Error;

use super::control::{Grid, Signal, brief};

pub fn play() -> Result<(), Box<dyn Error>> {
    in_order()?;
    at_the_deadline()?;
    at_once()
}

// ANCHOR: stop
/// Work that takes a moment is waited for.
fn in_order() -> Result<(), Box<dyn Error>> {
    let mut grid = Grid::start("", &[])?;
    println!("ask    {}", brief(&grid.request("POST /drain")?));
    grid.signal(Signal::Terminate)?;
    println!("log    {}", grid.wait_for_log("asked to end")?);
    println!("log    {}", grid.wait_for_log("drained")?);
    println!("log    {}", grid.wait_for_log("ended")?);
    println!("code   {}", grid.wait()?);
    Ok(())
}

/// Work that never ends is not waited for, and the log names it.
fn at_the_deadline() -> Result<(), Box<dyn Error>> {
    let mut grid = Grid::start("", &["--stop-deadline", "0.5"])?;
    println!("ask    {}", brief(&grid.request("POST /stuck")?));
    grid.signal(Signal::Terminate)?;
    println!("log    {}", grid.wait_for_log("still running")?);
    println!("code   {}", grid.wait()?);
    Ok(())
}

/// The second signal ends the daemon without waiting.
fn at_once() -> Result<(), Box<dyn Error>> {
    let mut grid = Grid::start("", &[])?;
    println!("ask    {}", brief(&grid.request("POST /stuck")?));
    grid.signal(Signal::Terminate)?;
    println!("log    {}", grid.wait_for_log("asked to end")?);
    grid.signal(Signal::Terminate)?;
    println!("log    {}", grid.wait_for_log("second time")?);
    println!("code   {}", grid.wait()?);
    Ok(())
}
// ANCHOR_END: stop
