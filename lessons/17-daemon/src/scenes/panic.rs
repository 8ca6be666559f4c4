//! A panic ends one task. The daemon lives on, and says what it has lost.

use std::error::Error;

use serde_json::Value;

use super::control::{Grid, Signal, brief};

pub fn play() -> Result<(), Box<dyn Error>> {
    let mut grid = Grid::start("[grid]\nghosts = 3\n", &[])?;
    println!("healthz  {}", health(&grid.request("GET /healthz")?));

    // ANCHOR: panic
    // One task panics. The log says which, why and where.
    println!("ask      {}", brief(&grid.request("POST /streams")?));
    println!("log      {}", grid.wait_for_log("the task streams")?);

    // Everything else goes on, and a monitor sees what is missing.
    println!("ask      {}", brief(&grid.request("GET /")?));
    println!("healthz  {}", health(&grid.request("GET /healthz")?));
    println!("readyz   {}", brief(&grid.request("GET /readyz")?));
    let metrics = grid.request("GET /metrics")?;
    let panics = metrics.lines().find(|l| l.starts_with("task_panics_total"));
    println!("metrics  {}", panics.unwrap_or("nothing was counted"));
    // ANCHOR_END: panic

    // A request that panics becomes an answer 500.
    println!("ask      {}", brief(&grid.request("GET /dana")?));
    println!("log      {}", grid.wait_for_log("the task http request")?);

    grid.signal(Signal::Terminate)?;
    grid.wait()?;
    Ok(())
}

/// The code and the status of a `/healthz`, and the names of lost tasks.
fn health(answer: &str) -> String {
    let code = answer.split(' ').nth(1).unwrap_or_default();
    let json = answer.lines().last().unwrap_or_default();
    let report: Value = serde_json::from_str(json).unwrap_or_default();
    let status = report["status"].as_str().unwrap_or_default();
    let mut text = format!("{code} {status}");
    if let Some(tasks) = report["tasks"].as_object() {
        for (name, task) in tasks {
            if task["lost"] == true {
                text += &format!(" {name}");
            }
        }
    }
    text
}
