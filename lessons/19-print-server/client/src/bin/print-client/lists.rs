//! What the server knows: its jobs and its printers.

use daemon::print_line;
use print_client::{Client, ClientError, JobView};
use serde::Serialize;

use crate::arguments::{Cancel, Jobs};
use crate::connection::Connected;
use crate::outcome::Outcome;

/// Lists the jobs, the oldest first, as they will be printed.
pub(crate) fn jobs(
    client: &Client,
    wanted: &Jobs,
    json: bool,
) -> Result<(), ClientError> {
    let mut jobs = client.jobs()?;
    let is_over = |job: &JobView| job.is_final() && job.state != "uncertain";
    jobs.retain(|job| wanted.all || !is_over(job));
    jobs.reverse();
    if json {
        print_json(&jobs);
        return Ok(());
    }
    if jobs.is_empty() {
        print_line("no jobs");
        return Ok(());
    }
    let head = ["JOB", "STATE", "PAGES", "PRINTER", "USER", "NAME"];
    let mut rows = vec![Row::new(head)];
    for job in &jobs {
        let pages = format!("{}/{}", job.printed, job.sides);
        let (state, printer) = (&job.state, &job.printer);
        let cells = [&job.id, state, &pages, printer, &job.user, &job.name];
        rows.push(Row {
            reason: job.reason.clone(),
            ..Row::new(cells.map(String::as_str))
        });
    }
    print_rows(&rows);
    Ok(())
}

/// Lists the printers.
pub(crate) fn printers(client: &Client, json: bool) -> Result<(), ClientError> {
    let printers = client.printers()?;
    if json {
        print_json(&printers);
        return Ok(());
    }
    let mut rows = vec![Row::new(["NAME", "STATE", "JOBS", "PRINTER"])];
    for printer in &printers {
        let (paused, message) = (&printer.paused, &printer.message);
        let state = match paused {
            Some(_) => "paused",
            None => printer.state.as_str(),
        };
        let jobs = printer.jobs.to_string();
        rows.push(Row {
            reason: paused.as_ref().or(message.as_ref()).cloned(),
            ..Row::new([&printer.name, state, &jobs, &printer.printer])
        });
    }
    print_rows(&rows);
    Ok(())
}

/// Cancels jobs. One that cannot be cancelled does not keep the others.
pub(crate) fn cancel(
    connected: &Connected,
    wanted: &Cancel,
    json: bool,
) -> Outcome {
    let mut worst = Outcome::Done;
    for id in &wanted.jobs {
        match connected.client.cancel(id) {
            Ok(job) if json => print_json(&job),
            Ok(job) => {
                let state = job.reason.as_ref().unwrap_or(&job.state);
                print_line(format!("job {}: {state}", job.id));
            }
            Err(error) => {
                eprintln!("print-client: {}", connected.words(&error));
                worst = worst.max(Outcome::of_error(&error));
            }
        }
    }
    worst
}

/// Prints a value on a line of its own.
pub(crate) fn print_json(value: &impl Serialize) {
    print_line(serde_json::to_string(value).expect("plain data"));
}

/// A row of a table, and the sentence below it.
struct Row {
    cells: Vec<String>,
    reason: Option<String>,
}

impl Row {
    fn new<const COLUMNS: usize>(cells: [&str; COLUMNS]) -> Row {
        Row { cells: cells.map(str::to_owned).to_vec(), reason: None }
    }
}

fn print_rows(rows: &[Row]) {
    let columns = rows.first().map_or(0, |row| row.cells.len());
    let width = |column: usize| {
        let cells = rows.iter().map(|row| row.cells[column].chars().count());
        cells.max().unwrap_or_default()
    };
    let widths: Vec<usize> = (0..columns).map(width).collect();
    for row in rows {
        let mut line = String::new();
        for (cell, width) in row.cells.iter().zip(&widths) {
            line += &format!("{cell:<width$}  ");
        }
        print_line(line.trim_end());
        if let Some(reason) = &row.reason {
            print_line(format!("    {reason}"));
        }
    }
}
