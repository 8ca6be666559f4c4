//! A speed test that waits for a ping, and pings that are skipped because a
//! speed test waits.

use std::error::Error;

use schedule::Gate;
use tokio::runtime::Builder;
use tokio::task;

pub fn play() -> Result<(), Box<dyn Error>> {
    Builder::new_current_thread().build()?.block_on(probes_and_a_load())?;
    Ok(())
}

async fn probes_and_a_load() -> Result<(), task::JoinError> {
    let gate = Gate::new();
    // ANCHOR: gate
    let pass = gate.pass();
    println!("the first ping:        {}", verdict(&pass));

    // A speed test wants the line for itself, and has to wait.
    let load = tokio::spawn(gate.load("speed test running"));
    task::yield_now().await;
    println!("a speed test waits:    {}", state(&gate));
    println!("the next ping:         {}", verdict(&gate.pass()));

    // The ping ends.
    drop(pass);
    let load = load.await?;
    println!("the speed test runs:   {}", state(&gate));
    println!("the next ping:         {}", verdict(&gate.pass()));

    // The speed test ends.
    drop(load);
    println!("the speed test ended:  {}", state(&gate));
    println!("the next ping:         {}", verdict(&gate.pass()));
    // ANCHOR_END: gate
    Ok(())
}

fn verdict<T>(pass: &Option<T>) -> &'static str {
    match pass {
        Some(_) => "begins",
        None => "is skipped",
    }
}

fn state(gate: &Gate) -> String {
    match gate.paused() {
        Some(reason) => format!("no pings ({reason})"),
        None => "open".to_owned(),
    }
}
