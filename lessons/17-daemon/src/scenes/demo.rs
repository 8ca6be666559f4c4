//! The daemon of the lesson: a containment grid that counts its ghosts.

use std::env;
use std::error::Error;
use std::ffi::OsString;
use std::net::SocketAddr;
use std::process::ExitCode;
use std::sync::{Arc, RwLock};
use std::time::Duration;

use axum::Router;
use axum::extract::State;
use axum::routing::{get, post};
use clap::Parser;
use daemon::config::{self, ConfigError, ConfigFile, Loaded};
use daemon::{Daemon, Unit};
use serde::Deserialize;

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

/// The table `[grid]` of the file, which can change while the daemon runs.
#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields)]
struct Grid {
    ghosts: u32,
}
// ANCHOR_END: arguments

/// The grid, shared by all requests and the reload.
type SharedGrid = Arc<RwLock<Grid>>;

// ANCHOR: main
/// The whole program: reads its configuration, runs, and returns its code.
pub fn main(arguments: impl Iterator<Item = OsString>) -> ExitCode {
    // The whole file is checked before anything is started.
    let (config, grid) = match read(arguments) {
        Ok(read) => read,
        Err(error) => return error.report(),
    };
    let options = config.arguments.daemon.clone();
    Daemon::run("grid", &options, |daemon| serve(daemon, config, grid))
}

async fn serve(
    daemon: Daemon,
    config: Loaded<Arguments>,
    grid: Grid,
) -> Result<(), Box<dyn Error>> {
    let grid = Arc::new(RwLock::new(grid));
    reload_on_request(&daemon, config.file, grid.clone());

    // The page, for whoever is signed in. Nothing is open to everybody.
    let page = Router::new().route("/", get(count)).with_state(grid);
    let app = daemon.app(page.merge(trouble(&daemon)), Router::new());

    let listener = daemon.listen(config.arguments.listen).await?;
    let link = daemon.link(listener.local_addr()?);
    daemon::print_line(format!("page: {link}"));
    daemon.serve(listener, app).await
}

/// What the page says.
async fn count(State(grid): State<SharedGrid>) -> String {
    let grid = grid.read().expect("nothing panics with the lock");
    format!("the grid holds {} ghosts\n", grid.ghosts)
}
// ANCHOR_END: main

/// The configuration, and the grid that stands in its file.
fn read(
    arguments: impl Iterator<Item = OsString>,
) -> Result<(Loaded<Arguments>, Grid), ConfigError> {
    let environment = |name: &str| env::var_os(name);
    let config: Loaded<Arguments> =
        config::load_from(arguments, environment, &["grid"])?;
    let grid = read_grid(&config.file)?;
    Ok((config, grid))
}

fn read_grid(file: &ConfigFile) -> Result<Grid, ConfigError> {
    Ok(file.section("grid")?.unwrap_or_default())
}

// ANCHOR: reload
/// Reads the file again at each SIGHUP. If it is wrong, nothing changes.
fn reload_on_request(daemon: &Daemon, file: ConfigFile, grid: SharedGrid) {
    daemon.on_reload(move || {
        let reloaded = reload(&file, &grid);
        async { reloaded }
    });
}

/// Takes over the grid of the file as it is now, and says what it holds.
fn reload(file: &ConfigFile, grid: &SharedGrid) -> Result<String, String> {
    let newer = file.again().and_then(|file| read_grid(&file));
    let newer = newer.map_err(|error| error.to_string())?;
    let message = format!("{} ghosts", newer.ghosts);
    *grid.write().expect("nothing panics with the lock") = newer;
    Ok(message)
}
// ANCHOR_END: reload

/// Addresses that cause the trouble of the scenes.
fn trouble(daemon: &Daemon) -> Router {
    Router::new()
        .route("/streams", post(streams))
        .route("/drain", post(drain))
        .route("/stuck", post(stuck))
        .route("/dana", get(dana))
        .with_state(daemon.clone())
}

// ANCHOR: streams
async fn streams(State(daemon): State<Daemon>) -> &'static str {
    let task = async { panic!("never cross the streams") };
    daemon.tasks().spawn("streams", task);
    "crossed\n"
}
// ANCHOR_END: streams

// ANCHOR: drain
/// Starts work that takes a moment.
async fn drain(State(daemon): State<Daemon>) -> &'static str {
    daemon.tasks().spawn("drain", async {
        tokio::time::sleep(Duration::from_millis(300)).await;
        tracing::info!("the grid is drained");
    });
    "draining\n"
}

/// Starts work that never ends.
async fn stuck(State(daemon): State<Daemon>) -> &'static str {
    let task = std::future::pending::<()>();
    daemon.tasks().spawn("gatekeeper", task);
    "the gatekeeper waits for the keymaster\n"
}
// ANCHOR_END: drain

async fn dana() -> String {
    panic!("only Zuul")
}

/// Prints the unit that runs this daemon under systemd.
pub fn unit() -> Result<(), Box<dyn Error>> {
    let unit = Unit {
        arguments: vec!["serve".to_owned()],
        ..Unit::new("grid", "Guards a containment grid")
    };
    Ok(unit.print()?)
}
