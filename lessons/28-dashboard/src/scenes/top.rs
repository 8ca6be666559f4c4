//! The monitor of the scene `page`, live in this terminal.

use super::page::ADDRESS;
use crate::Result;

pub fn play() -> Result<()> {
    Ok(dashboard::top::run(&format!("http://{ADDRESS}"), "")?)
}
