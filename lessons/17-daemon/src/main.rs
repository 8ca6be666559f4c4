//! Lesson 17: what makes a program a good daemon.
//!
//! A daemon of a few lines guards a containment grid. You see it refuse a
//! mistake in its configuration and a visitor without a key, read its file
//! again, lose one task and live on, and stop: in order, and in time when
//! something hangs. About 20 minutes.
//!
//!     cargo run --bin lesson17
//!     cargo run --bin lesson17 access
//!
//! `bad-config`, `access`, `reload`, `panic` and `stop` are the scenes. To keep the
//! daemon running and try it yourself, or to install it:
//!
//!     cargo run --bin lesson17 serve
//!     cargo run --bin lesson17 unit

mod scenes;

use scenes::demo;
#[cfg(unix)]
use scenes::{access, bad_config, panic, reload, stop};
use std::error::Error;
use std::process::ExitCode;

fn main() -> ExitCode {
    // The scenes start this program again, as the daemon.
    let wanted = std::env::args().nth(1);
    match wanted.as_deref() {
        Some("serve") => return demo::main(std::env::args_os().skip(1)),
        Some("unit") => return demo::unit(),
        _ => {}
    }
    match play(wanted.as_deref()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

/// All scenes in their order, or the one that was asked for.
#[cfg(unix)]
fn play(wanted: Option<&str>) -> Result<(), Box<dyn Error>> {
    type Scene = fn() -> Result<(), Box<dyn Error>>;
    let scenes: [(&str, Scene); 5] = [
        ("bad-config", bad_config::play),
        ("access", access::play),
        ("reload", reload::play),
        ("panic", panic::play),
        ("stop", stop::play),
    ];
    let names = scenes.map(|(name, _)| name);
    if let Some(name) = wanted.filter(|name| !names.contains(name)) {
        return Err(format!("no scene {name}: say one of {names:?}").into());
    }
    for (name, play) in scenes {
        match wanted {
            Some(wanted) if wanted != name => continue,
            Some(_) => {}
            None => println!("-- {name}"),
        }
        play()?;
    }
    Ok(())
}

/// The scenes send signals, which only Unix has.
#[cfg(not(unix))]
fn play(_: Option<&str>) -> Result<(), Box<dyn Error>> {
    Err("the scenes need Unix; here, try `cargo run --bin lesson17 serve`"
        .into())
}
