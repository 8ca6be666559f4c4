//! The relay, left running for your own documents.

use std::error::Error;
use std::thread;

use virtual_c360::{Settings, VirtualC360};

use super::halves::{Shared, start_intake, worker};

/// The port of the talk's own server.
const PORT: u16 = 5000;

pub fn play() -> Result<(), Box<dyn Error>> {
    let folder = tempfile::tempdir()?;
    let tray = folder.path().join("tray");
    let printer = VirtualC360::start(Settings::new(&tray))?;
    let shared = Shared::open(folder.path())?;
    let worker = worker(&shared, printer.address())?;
    thread::spawn(move || worker.run());
    let (relay, serving) = start_intake(&shared, PORT)?;
    println!("relay    http://{relay}/upload");
    println!("tray     {}", tray.display());
    serving.join().expect("the server does not panic")?;
    Ok(())
}
