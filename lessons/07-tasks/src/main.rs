//! Lesson 07, tasks: the first story again, and then a hundred thousand.
//!
//! The four board Ecto-1 as tasks on one thread (`report`), a hundred thousand
//! ghosts wait at once (`many`), tasks are cancelled (`cancel`), and one task
//! holds up all others, until its work is moved (`blocked`). About 25 minutes.
//!
//! ```text
//! cargo run --bin lesson07                    all, one after the other
//! TEMPO=10 cargo run --bin lesson07 cancel    one of them, ten times faster
//! ```

mod blocked;
mod cancel;
mod many;
mod memory;
mod story;

use std::{env, process};

use story::{event, wait};
use tokio::{runtime, runtime::Runtime, task::JoinSet};

/// The scenes, in the order in which they are played.
const SCENES: [&str; 4] = ["report", "many", "cancel", "blocked"];

const GHOSTBUSTERS: [&str; 4] =
    ["Peter Venkman", "Egon Spengler", "Raymond Stantz", "Winston Zeddemore"];

// ANCHOR: report
fn report() {
    one_thread().block_on(async {
        let mut team = JoinSet::new();
        for name in GHOSTBUSTERS {
            team.spawn(board(name));
            wait(0.5).await;
        }
        event("main", "waits for the four");
        team.join_all().await;
        event("main", "drives off");
    });
}

async fn board(me: &str) {
    event(me, "reporting");
    wait(5.0).await;
    event(me, "inside Ecto-1");
}

/// An executor that runs all tasks on the thread that calls it.
fn one_thread() -> Runtime {
    let mut builder = runtime::Builder::new_current_thread();
    builder.enable_time().build().expect("threads and timers")
}
// ANCHOR_END: report

fn main() {
    // One scene by name, or all of them.
    match env::args().nth(1) {
        Some(scene) => play(&scene),
        None => {
            for scene in SCENES {
                println!("== {scene}");
                play(scene);
            }
        }
    }
}

fn play(scene: &str) {
    match scene {
        "report" => report(),
        "many" => many::play(),
        "cancel" => cancel::play(),
        "blocked" => blocked::play(),
        _ => {
            eprintln!("No scene {scene:?}: there are {}.", SCENES.join(", "));
            process::exit(2);
        }
    }
}
