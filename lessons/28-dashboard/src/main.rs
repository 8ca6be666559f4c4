//! Lesson 28: the dashboard.
//!
//! You see an event go from a server to whoever watches, and an hour that was
//! recorded in a terminal. About 20 minutes.
//!
//!     cargo run --bin lesson28
//!
//! The same hour in a browser, and it goes on; and in a second terminal:
//!
//!     cargo run --bin lesson28 page
//!     cargo run --bin lesson28 top

mod quiet;
mod recorded;
mod scenes;

use axum::Router;
use dashboard::page;
use recorded::Recorded;
use std::error::Error;
use std::io::{BufRead, BufReader, Lines, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;
use std::{env, process, thread};
use tokio::net::TcpListener;
use tokio::runtime::Runtime;

type Result<T> = std::result::Result<T, Box<dyn Error>>;

/// The scenes that end, in the order in which they are played.
const SCENES: [&str; 2] = ["event", "terminal"];

/// The hour that was recorded ends on a Tuesday in 2026, at ten (UTC).
const TEN_O_CLOCK: i64 = 1_795_514_400_000;

/// How much of a line of the wire is shown.
const SHOWN: usize = 76;

/// Nothing here takes longer, unless it hangs.
const PATIENCE: Duration = Duration::from_secs(30);

/// What goes over the wire to a browser that watches.
fn event() -> Result<()> {
    // A monitor that has measured for an hour, and a server that shows it.
    let monitor = Recorded::hour_before(TEN_O_CLOCK)?;
    let address = serve(&monitor, "127.0.0.1:0")?;
    println!("server  http://{address}/");

    // Somebody watches. The first event says how everything is.
    println!("watcher GET /api/events");
    let mut wire = watch(address)?;
    show_event(&mut wire, "status")?;

    // A second passes: each of the three targets is asked once.
    monitor.measure()?;
    for _ in 0..3 {
        show_event(&mut wire, "sample")?;
    }
    Ok(())
}

// ANCHOR: serve
/// Serves page and API to everyone on this machine, until the program ends.
fn serve(monitor: &Recorded, address: &str) -> Result<SocketAddr> {
    let runtime = Runtime::new()?;
    let listener = runtime.block_on(TcpListener::bind(address))?;
    let address = listener.local_addr()?;
    let app: Router = page::routes().merge(dashboard::routes(monitor.clone()));
    thread::spawn(move || {
        runtime.block_on(async move { axum::serve(listener, app).await })
    });
    Ok(address)
}
// ANCHOR_END: serve

/// Asks for the events as a browser does, and returns what comes, line by line.
fn watch(address: SocketAddr) -> Result<Lines<BufReader<TcpStream>>> {
    let mut stream = TcpStream::connect(address)?;
    stream.set_read_timeout(Some(PATIENCE))?;
    stream.write_all(b"GET /api/events HTTP/1.0\r\n\r\n")?;
    let mut wire = BufReader::new(stream).lines();
    // The head of the answer ends with an empty line.
    while wire.next().transpose()?.is_some_and(|line| !line.is_empty()) {}
    Ok(wire)
}

/// Shows the lines of the next event of this name. The empty line ends it.
fn show_event(
    wire: &mut Lines<BufReader<TcpStream>>,
    name: &str,
) -> Result<()> {
    let mut event: Vec<String> = Vec::new();
    for line in wire {
        let line = line?;
        if !line.is_empty() {
            event.push(line);
            continue;
        }
        let lines = std::mem::take(&mut event);
        if lines[0] != format!("event: {name}") {
            continue;
        }
        println!();
        for line in lines {
            let mut shown: String = line.chars().take(SHOWN).collect();
            if line.chars().count() > SHOWN {
                shown.push_str(" …");
            }
            println!("  {shown}");
        }
        return Ok(());
    }
    Err("the server has ended the stream".into())
}

fn main() -> Result<()> {
    // One scene by name, or all of them that end.
    match env::args().nth(1) {
        Some(scene) => play(&scene)?,
        None => {
            for scene in SCENES {
                println!("== {scene}");
                play(scene)?;
            }
        }
    }
    Ok(())
}

fn play(scene: &str) -> Result<()> {
    match scene {
        "event" => event(),
        "terminal" => scenes::terminal::play(),
        "page" => scenes::page::play(),
        "top" => scenes::top::play(),
        _ => {
            let scenes = SCENES.join(", ");
            eprintln!("No scene {scene:?}: there are {scenes}, page, top.");
            process::exit(2);
        }
    }
}
