//! The daemon of the lesson: a grid that holds ghosts, and can be asked.

use axum::Router;
use axum::routing::{get, post};
use clap::Parser;
use daemon::config::{self, ConfigFile, Loaded};
use daemon::{Daemon, Unit};
use serde::Deserialize;
use std::error::Error;
use std::ffi::OsString;
use std::net::SocketAddr;
use std::process::ExitCode;
use std::sync::{Arc, RwLock};
use std::time::Duration;

// ANCHOR: arguments
/// Guards a containment grid
#[derive(Parser)]
#[command(name = "grid")]
struct Arguments {
    /// Where to listen for HTTP
    #[arg(long, default_value = "127.0.0.1:1984", value_name = "ADDRESS")]
    listen: SocketAddr,
    #[command(flatten)]
    daemon: daemon::Options,
}

/// The table `[grid]` of the file, which can change while it runs.
#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields)]
struct Grid {
    ghosts: u32,
}
// ANCHOR_END: arguments

// ANCHOR: main
pub fn main(words: impl Iterator<Item = OsString>) -> ExitCode {
    let variable = |name: &str| std::env::var_os(name);
    let loaded = config::load_from::<Arguments>(words, variable, &["grid"]);
    // The whole file is checked before anything is started.
    let (Loaded { arguments, file }, grid) = match loaded
        .and_then(|loaded| read(&loaded.file).map(|grid| (loaded, grid)))
    {
        Ok(read) => read,
        Err(error) => return error.report(),
    };
    let Arguments { listen, daemon } = arguments;
    Daemon::run("grid", &daemon, |daemon| serve(daemon, listen, file, grid))
}

async fn serve(
    daemon: Daemon,
    listen: SocketAddr,
    file: ConfigFile,
    grid: Grid,
) -> Result<(), Box<dyn Error>> {
    let grid = Arc::new(RwLock::new(grid));

    // SIGHUP: the file is read again. If it is wrong, nothing changes.
    let (held, used) = (grid.clone(), file);
    daemon.on_reload(move || {
        let newer = used.again().and_then(|file| read(&file));
        let result = newer.map_err(|error| error.to_string()).map(|newer| {
            let words = format!("{} ghosts", newer.ghosts);
            *held.write().expect("nothing panics with the lock") = newer;
            words
        });
        async { result }
    });

    let tell = async move || {
        let grid = grid.read().expect("nothing panics with the lock");
        format!("the grid holds {} ghosts\n", grid.ghosts)
    };
    let signed_in = Router::new().route("/", get(tell)).merge(trouble(&daemon));
    let listener = daemon::http::listen(listen).await?;
    daemon::print_line(format!(
        "page: {}",
        daemon.link(listener.local_addr()?)
    ));
    let app = daemon.app(signed_in, Router::new());
    daemon.serve(listener, app).await
}
// ANCHOR_END: main

fn read(file: &ConfigFile) -> Result<Grid, config::ConfigError> {
    Ok(file.section("grid")?.unwrap_or_default())
}

/// Addresses that cause the trouble of the scenes.
fn trouble(daemon: &Daemon) -> Router {
    // ANCHOR: trouble
    let tasks = daemon.tasks().clone();
    let streams = async move || {
        tasks.spawn("streams", async { panic!("never cross the streams") });
        "crossed\n"
    };
    // ANCHOR_END: trouble
    let tasks = daemon.tasks().clone();
    let drain = async move || {
        let some = Duration::from_millis(300);
        tasks.spawn("drain", async move {
            tokio::time::sleep(some).await;
            tracing::info!("the grid is drained");
        });
        "draining\n"
    };
    let tasks = daemon.tasks().clone();
    let stuck = async move || {
        tasks.spawn("gatekeeper", std::future::pending::<()>());
        "the gatekeeper waits for the keymaster\n"
    };
    let (streams, drain) = (post(streams), post(drain));
    Router::new()
        .route("/streams", streams)
        .route("/drain", drain)
        .route("/stuck", post(stuck))
        .route("/dana", get(async || -> String { panic!("only Zuul") }))
}

/// Prints the unit that runs this daemon under systemd.
pub fn unit() -> ExitCode {
    let unit = Unit {
        arguments: vec!["serve".to_owned()],
        ..Unit::new("grid", "Guards a containment grid")
    };
    match unit.print() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}
