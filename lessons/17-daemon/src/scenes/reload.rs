//! The file is read again while the daemon runs. If it is wrong, the old
//! configuration stays.

use std::error::Error;
use std::fs;

use super::control::{Grid, Signal, brief};

pub fn play() -> Result<(), Box<dyn Error>> {
    let mut grid = Grid::start("[grid]\nghosts = 3\n", &[])?;
    println!("ask    {}", brief(&grid.request("GET /")?));

    // Somebody caught one more and wrote it down.
    fs::write(grid.file(), "[grid]\nghosts = 4\n")?;
    grid.signal(Signal::Hangup)?;
    println!("log    {}", grid.wait_for_log("reloaded")?);
    println!("ask    {}", brief(&grid.request("GET /")?));

    // And then somebody was tired.
    fs::write(grid.file(), "[grid]\nghosts = 5\ngohsts = 6\n")?;
    grid.signal(Signal::Hangup)?;
    println!("log    {}", grid.wait_for_log("not reloaded")?);
    println!("ask    {}", brief(&grid.request("GET /")?));

    grid.signal(Signal::Terminate)?;
    grid.wait()?;
    Ok(())
}
