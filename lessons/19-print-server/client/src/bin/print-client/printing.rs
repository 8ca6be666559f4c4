//! Printing: files go to the server, and their jobs are followed.

use std::error::Error;
use std::path::Path;

use daemon::print_line;
use indicatif::{ProgressBar, ProgressStyle};
use print_client::{ClientError, JobView, Order};

use crate::arguments::Print;
use crate::connection::Connected;
use crate::lists::print_json;
use crate::outcome::Outcome;

/// Sends all files, one after the other, and then waits for the paper of each.
/// What is wrong with one file does not keep the next from being printed.
pub(crate) fn print(
    connected: &Connected,
    print: &Print,
    json: bool,
) -> Result<Outcome, Box<dyn Error>> {
    let order = print.order()?;
    if print.reads_input_twice() {
        return Err("standard input can be printed once only".into());
    }
    let (files, _) = print.files_and_pages();
    let mut worst = Outcome::Done;
    let mut jobs = Vec::new();
    for file in files {
        let error = match send(connected, file, &order, json) {
            Ok(job) => {
                jobs.push(job);
                continue;
            }
            Err(error) => error,
        };
        let words = connected.words(&error);
        match files {
            [_] => eprintln!("print-client: {words}"),
            _ => eprintln!("print-client: {}: {words}", file.display()),
        }
        let outcome = Outcome::of_error(&error);
        worst = worst.max(outcome);
        if outcome == Outcome::Unreachable {
            // The others would wait in vain, too.
            break;
        }
    }
    for job in jobs {
        let job = if print.no_wait || job.state == "held" {
            job
        } else {
            match follow(connected, &job, json) {
                Ok(job) => job,
                Err(error) => {
                    let words = connected.words(&error);
                    eprintln!("print-client: job {}: {words}", job.id);
                    worst = worst.max(Outcome::of_error(&error));
                    continue;
                }
            }
        };
        match json {
            true => print_json(&job),
            false => show(&job),
        }
        let held = print.may_be_held();
        worst = worst.max(Outcome::of(&job, print.no_wait || held, held));
    }
    Ok(worst)
}

fn send(
    connected: &Connected,
    file: &Path,
    order: &Order,
    json: bool,
) -> Result<JobView, ClientError> {
    let bar = bar(json, "{bytes}");
    bar.set_message(format!("sending {}", file.display()));
    let upload = bar.clone();
    let sent = connected.client.print(file, order, move |gone, all| {
        upload.set_length(all);
        upload.set_position(gone);
    });
    bar.finish_and_clear();
    sent
}

fn follow(
    connected: &Connected,
    job: &JobView,
    json: bool,
) -> Result<JobView, ClientError> {
    let bar = bar(json, "{pos} of {len} pages");
    let followed = connected.client.follow(&job.id, |job| {
        bar.set_length(u64::from(job.sides));
        bar.set_position(u64::from(job.printed));
        let name = &job.name;
        bar.set_message(match &job.reason {
            Some(reason) => format!("{name}: {}: {reason}", job.state),
            None => format!("{name}: {}", job.state),
        });
    });
    bar.finish_and_clear();
    followed
}

fn bar(json: bool, count: &str) -> ProgressBar {
    if json {
        return ProgressBar::hidden();
    }
    let template = format!("{{bar:30}} {count}  {{msg}}");
    let style = ProgressStyle::with_template(&template);
    ProgressBar::new(0).with_style(style.expect("a template of ours"))
}

/// Prints what became of a job, for people.
fn show(job: &JobView) {
    let id = &job.id;
    print_line(match &job.reason {
        but if job.state == "printed" => {
            let pages = if job.sides == 1 { "page" } else { "pages" };
            let but = but.as_ref().map(|but| format!(", but {but}"));
            let but = but.unwrap_or_default();
            format!("job {id}: {} {pages} printed{but}", job.sides)
        }
        Some(reason) => format!("job {id}: {}: {reason}", job.state),
        None => format!("job {id}: {}", job.state),
    });
    let is_told = |note| job.reason.iter().any(|reason| reason.contains(note));
    for note in &job.notes {
        if !is_told(note.as_str()) {
            print_line(format!("note: {note}"));
        }
    }
}
