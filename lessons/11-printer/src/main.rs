//! Lesson 11: talk to the C360.
//!
//! A network printer is a TCP server on port 9100 that prints what it is
//! sent. You see every byte of one job's conversation, a job's name that
//! tries to be more than a name, what the printer's codes mean, and what
//! happens to the sender when paper is stuck. The printer here is a listener
//! of the lesson's own; about 20 minutes.
//!
//! ```console
//! $ cargo run --bin lesson11
//! $ cargo run --bin lesson11 talk
//! ```
//!
//! `talk`, `name`, `pass-on`, `codes` and `jam` are the scenes.

mod codes;
mod jam;
mod listener;
mod name;
mod pass_on;
mod talk;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    type Scene = fn() -> Result<(), Box<dyn std::error::Error>>;
    let scenes: [(&str, Scene); 5] = [
        ("talk", talk::play),
        ("name", name::play),
        ("pass-on", pass_on::play),
        ("codes", codes::play),
        ("jam", jam::play),
    ];
    let wanted = std::env::args().nth(1);
    let names = scenes.map(|(name, _)| name);
    if let Some(name) = wanted.as_deref().filter(|n| !names.contains(n)) {
        return Err(format!("no scene {name}: say one of {names:?}").into());
    }

    // All scenes in their order, or the one that was asked for.
    for (name, play) in scenes {
        if wanted.as_deref().is_none_or(|wanted| wanted == name) {
            play()?;
        }
    }
    Ok(())
}
