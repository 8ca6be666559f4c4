//! Lesson 21: a link of known speed.
//!
//! A file goes through a line that is part of this program, and you see second
//! by second how fast it goes and how long it queues. About 15 minutes.
//!
//! ```console
//! $ cargo run --bin lesson21
//! $ cargo run --bin lesson21 file 20mbit,100ms,buffer=20ms
//! ```
//!
//! The scenes: `file`, `queue`, `loss`. After `file` you may describe a link
//! of your own.

mod scenes;

use std::env;
use std::error::Error;
use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::process;
use std::thread;
use std::time::Duration;

use link::{Link, LinkCounters, LinkSettings};

/// The scenes, in the order in which they are played.
const SCENES: [&str; 3] = ["file", "queue", "loss"];
/// The link of the first scene.
const LINK: &str = "20mbit,100ms,buffer=250ms";
/// The size of the file, in bytes.
const FILE: u64 = 12_000_000;
const SECOND: Duration = Duration::from_secs(1);
/// The length of the bar that stands for the whole rate.
const BAR: f64 = 30.0;

// ANCHOR: file
fn file() -> Result<(), Box<dyn Error>> {
    // A server sends the file to every client. In front of it is the link.
    let server = serve(FILE)?;
    let description = env::args().nth(2).unwrap_or(LINK.into());
    let settings: LinkSettings = description.parse()?;
    let link = Link::start(&settings, server)?;
    println!("a file of 12 MB through a link of {settings}");

    // The client notices nothing of all this: it connects and reads.
    let mut stream = TcpStream::connect(link.address())?;
    let mut buffer = vec![0; 64 * 1024];
    let mut bytes = 0;
    let mut seconds = 0;
    loop {
        let count = stream.read(&mut buffer)?;

        // At the end of each second, by the link's own clock, draw the rate.
        let counters = link.counters();
        while counters.clock >= (seconds + 1) * SECOND {
            seconds += 1;
            draw(seconds, bytes, &settings, &counters);
            bytes = 0;
        }
        bytes += count as u64;
        if count == 0 {
            break;
        }
    }
    let counters = link.counters();
    println!("took {:.1} s", counters.clock.as_secs_f64());
    say_if_not_measured(&counters);
    Ok(())
}
// ANCHOR_END: file

/// One second: a bar for the rate, and how long the last packet queued.
fn draw(
    second: u32,
    bytes: u64,
    settings: &LinkSettings,
    counters: &LinkCounters,
) {
    let bits = bytes as f64 * 8.0;
    let length = bits / settings.rate as f64 * BAR;
    let bar = "█".repeat((length.round() as usize).max(1));
    let mbit = bits / 1e6;
    let queue = counters.download.waiting.as_millis();
    println!("{second:>2} s {mbit:>6.2} Mbit/s  {bar:<30} queue {queue:>3} ms");
}

/// A machine that is busy with other things slows the link down.
fn say_if_not_measured(counters: &LinkCounters) {
    let left_out = counters.left_out.as_secs_f64();
    if left_out > 0.05 * counters.clock.as_secs_f64() {
        eprintln!(
            "not measured: this machine was busy, and the link stood still \
             for {left_out:.1} s"
        );
    }
}

/// A server that sends `size` bytes to every client.
fn serve(size: u64) -> io::Result<SocketAddr> {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let address = listener.local_addr()?;
    thread::spawn(move || {
        for mut stream in listener.incoming().flatten() {
            thread::spawn(move || {
                let mut file = io::repeat(b'x').take(size);
                // A client that has hung up has enough.
                let _ = io::copy(&mut file, &mut stream);
                let _ = stream.flush();
            });
        }
    });
    Ok(address)
}

fn main() -> Result<(), Box<dyn Error>> {
    // One scene by name, or all of them.
    match env::args().nth(1) {
        Some(scene) => play(&scene),
        None => {
            for scene in SCENES {
                println!("== {scene}");
                play(scene)?;
            }
            Ok(())
        }
    }
}

fn play(scene: &str) -> Result<(), Box<dyn Error>> {
    match scene {
        "file" => file(),
        "queue" => scenes::queue::play(),
        "loss" => scenes::loss::play(),
        _ => {
            eprintln!("No scene {scene:?}: there are {}.", SCENES.join(", "));
            process::exit(2);
        }
    }
}
