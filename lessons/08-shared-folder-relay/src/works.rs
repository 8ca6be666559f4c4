//! The happy path: one document, and a server that looks every so often.

use std::{
    thread,
    time::{Duration, Instant},
};

use crate::{Result, document::Document, office::Office, say, tempo};

/// The talk's server slept 5 s between two looks; a lesson is impatient.
const BETWEEN_LOOKS: Duration = Duration::from_secs(1);

pub fn play(office: &mut Office) -> Result<()> {
    let lease = Document::new("Peter", "lease.txt", 10);

    // ANCHOR: works
    thread::scope(|threads| {
        // The server looks, finds nothing, sleeps, and looks again.
        let mut server = office.server()?;
        let server = threads.spawn(move || {
            while server.look().map_err(|e| e.to_string())? == 0 {
                thread::sleep(tempo(BETWEEN_LOOKS));
            }
            Ok::<(), String>(())
        });

        // The client copies, then announces.
        office.copy(&lease)?;
        say("client", "copied lease.txt into the shared folder");
        office.announce(&lease)?;
        let announced = Instant::now();
        say("client", "SADD File_Queue lease.txt");

        // The paper comes out when the server has slept enough.
        say("printer", office.paper()?);
        let after = announced.elapsed().as_millis();
        say("printer", format!("that took {after} ms"));
        server.join().expect("the server does not panic")?;
        let status = office.fact("lease.txt", "printed_status")?;
        say("redis", format!("lease.txt: printed_status {status}"));
        Ok(())
    })
    // ANCHOR_END: works
}
