//! Lesson 17: what makes a program a good daemon.
//!
//! A daemon guards a containment grid. You see it refuse a mistake in its
//! configuration, prove who it is, read its file again, lose one task and live
//! on, and stop: in order, and in time when something hangs. About 25 minutes.
//!
//!     cargo run --bin lesson17
//!     cargo run --bin lesson17 stop
//!
//! `bad-config`, `tls`, `reload`, `panic` and `stop` are the scenes; they send
//! signals, which only Unix has. To keep the daemon running and try it
//! yourself, or to install it:
//!
//!     cargo run --bin lesson17 serve
//!     cargo run --bin lesson17 unit

mod scenes;

use std::error::Error;
use std::process::{self, ExitCode};
use std::{env, fs};

use scenes::{control, demo, panic, reload, stop, tls};

/// The scenes, in the order in which they are played.
const SCENES: [&str; 5] = ["bad-config", "tls", "reload", "panic", "stop"];

/// Three files that somebody saved on a Friday.
const FILES: [&str; 3] = [
    "# The grid in the cellar.\nlisen = \"127.0.0.1:1984\"\n",
    "listen = \"127.0.0.1\"\n",
    "[grid]\nghosts = \"many\"\n",
];

/// A mistake in the configuration is found at the start, not at three in the
/// night.
fn bad_config() -> Result<(), Box<dyn Error>> {
    for file in FILES {
        let folder = tempfile::tempdir()?;
        fs::write(folder.path().join("grid.toml"), file)?;
        // Nothing runs yet when the file is refused.
        let output = control::command(&folder)?.env_clear().output()?;
        let code = output.status.code().unwrap_or(-1);
        let errors = String::from_utf8_lossy(&output.stderr);
        let message = errors.lines().last().unwrap_or_default();
        let folder = format!("{}/", folder.path().display());
        println!("code {code}   {}", message.replace(&folder, ""));
    }
    Ok(())
}

fn main() -> ExitCode {
    let arguments: Vec<String> = env::args().collect();
    let played = match arguments.get(1).map(String::as_str) {
        // The scenes start this program once more, as the daemon.
        Some("serve") => return demo::main(env::args_os().skip(1)),
        Some("unit") => demo::unit(),
        Some(scene) => play(scene),
        None => play_all(),
    };
    if let Err(error) = played {
        eprintln!("{error}");
        return ExitCode::FAILURE;
    }
    ExitCode::SUCCESS
}

fn play_all() -> Result<(), Box<dyn Error>> {
    for scene in SCENES {
        println!("== {scene}");
        play(scene)?;
    }
    Ok(())
}

fn play(scene: &str) -> Result<(), Box<dyn Error>> {
    match scene {
        "bad-config" => bad_config(),
        "tls" => tls::play(),
        "reload" => reload::play(),
        "panic" => panic::play(),
        "stop" => stop::play(),
        _ => {
            eprintln!("No scene {scene:?}: there are {}.", SCENES.join(", "));
            process::exit(2);
        }
    }
}
