//! The monitor of the scene `page`, live in this terminal.

use super::page::ADDRESS;
use crate::Result;
use dashboard::top::{self, Trust};

pub fn play() -> Result<()> {
    let server = format!("http://{ADDRESS}");
    Ok(top::run(&server, "", &Trust::System)?)
}
