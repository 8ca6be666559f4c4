//! A panic ends one task. The daemon lives, and says that it is hurt.

use super::control::{Grid, brief};
use rustix::process::Signal;
use std::error::Error;

pub fn play() -> Result<(), Box<dyn Error>> {
    let mut grid = Grid::start("[grid]\nghosts = 3\n", &[])?;
    println!("healthz  {}", status(&grid.ask("GET /healthz", &[])?));

    // ANCHOR: hurt
    // One task panics, and the log says which, why and where.
    println!("ask      {}", brief(&grid.ask_with_key("POST /streams")?));
    println!("log      {}", grid.wait_for("the task streams")?);

    // Everything else goes on, and whoever watches over it sees the wound.
    println!("ask      {}", brief(&grid.ask_with_key("GET /")?));
    println!("healthz  {}", status(&grid.ask("GET /healthz", &[])?));
    println!("readyz   {}", brief(&grid.ask("GET /readyz", &[])?));
    let metrics = grid.ask("GET /metrics", &[])?;
    let counted = metrics.lines().find(|l| l.starts_with("task_panics_total"));
    println!("metrics  {}", counted.unwrap_or("nothing was counted"));
    // ANCHOR_END: hurt

    // A request that panics is one answer 500.
    println!("ask      {}", brief(&grid.ask_with_key("GET /dana")?));
    println!("log      {}", grid.wait_for("the task http request")?);

    grid.signal(Signal::TERM)?;
    grid.end()?;
    Ok(())
}

/// The code and the state of a `/healthz`, with the tasks that are lost.
fn status(answer: &str) -> String {
    let json = answer.lines().last().unwrap_or_default();
    let report: serde_json::Value =
        serde_json::from_str(json).unwrap_or_default();
    let lost: Vec<&str> = report["tasks"]
        .as_object()
        .into_iter()
        .flatten()
        .filter(|(_, task)| task["lost"] == true)
        .map(|(name, _)| name.as_str())
        .collect();
    let code = answer.split(' ').nth(1).unwrap_or_default();
    let state = report["status"].as_str().unwrap_or_default();
    format!("{code} {state} {}", lost.join(" ")).trim_end().to_owned()
}
