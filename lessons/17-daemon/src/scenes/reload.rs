//! The file is read again while the daemon runs. If it is wrong, what was in
//! force stays in force.

use super::control::{Grid, brief};
use rustix::process::Signal;
use std::error::Error;
use std::fs;

pub fn play() -> Result<(), Box<dyn Error>> {
    let mut grid = Grid::start("[grid]\nghosts = 3\n", &[])?;
    println!("ask    {}", brief(&grid.ask_with_key("GET /")?));

    // Somebody caught one more and wrote it down.
    fs::write(grid.file(), "[grid]\nghosts = 4\n")?;
    grid.signal(Signal::HUP)?;
    println!("log    {}", grid.wait_for("reloaded")?);
    println!("ask    {}", brief(&grid.ask_with_key("GET /")?));

    // And then somebody was tired.
    fs::write(grid.file(), "[grid]\nghosts = 5\ngohsts = 6\n")?;
    grid.signal(Signal::HUP)?;
    println!("log    {}", grid.wait_for("not reloaded")?);
    println!("ask    {}", brief(&grid.ask_with_key("GET /")?));

    grid.signal(Signal::TERM)?;
    grid.end()?;
    Ok(())
}
