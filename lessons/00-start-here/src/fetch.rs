//! `lesson00 fetch`: gets what is needed where there is no network.

use crate::{
    Result,
    machine::{Machine, cargo_fetch},
    table,
};

pub fn play() -> Result<bool> {
    println!("Fetching the packages of all lessons ...");
    if !cargo_fetch().status()?.success() {
        println!("Cargo says above what it could not get. Is there a network?");
        return Ok(false);
    }
    println!("They are here. Compile them too, at home and not in the room:");
    println!("  $ cargo test --no-run");
    let cures = table::cures(&Machine::inspect());
    if !cures.is_empty() {
        println!("While there is a network, this is worth a look:");
    }
    for cure in cures {
        println!("  $ {cure}");
    }
    println!("Rust's own books, to read with rustup doc:");
    println!("  $ rustup component add rust-docs");
    Ok(true)
}
