//! The PIN that releases a held job: kept as a hash, and hard to guess.
//!
//! A [`PinHash`] says whether a PIN is the right one. [`PinTries`] let whoever
//! guesses wait longer each time.

mod pin;
mod pin_tries;

pub use pin::PinHash;
pub use pin_tries::{PinTries, PinTry};
