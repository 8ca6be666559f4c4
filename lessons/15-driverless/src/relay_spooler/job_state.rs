//! A job of the queue, in the words of IPP.

use job_queue::State;
use relay::{Format, PrintJob, Progress};

use super::{job_options, number, print_job};
use crate::{Job, JobState, Refusal};

/// The job of a queue as IPP tells of it. `paused` says whether the queue
/// stands still.
pub(super) fn view(job: &job_queue::Job, paused: bool) -> Result<Job, Refusal> {
    let order = print_job(job);
    let progress = match job.state {
        // What there is belongs to an earlier attempt.
        State::Waiting => Progress::default(),
        _ => Progress::from_note(job.progress.as_deref()),
    };
    let state = state(job.state, progress.condition.is_some());
    let sides = order.sides();
    let known = (sides > 0).then_some(sides);
    Ok(Job {
        id: number(job.id)?,
        state,
        reasons: reasons(job, &order, &progress, paused),
        message: job.reason.clone().or(progress.condition).unwrap_or_default(),
        ticket: job_options::ticket(&order),
        format: Some(media_type(order.format).to_owned()),
        bytes: order.bytes,
        impressions: known,
        impressions_completed: progress.printed,
        sheets: known.map(|_| order.sheets(sides)),
        sheets_completed: order.sheets(progress.printed),
        asked_at: job.queued_at,
        begun_at: job.begun_at,
        ended_at: state.is_ended().then_some(job.changed_at),
    })
}

/// Where the job is in its life. `held_up` says whether a printer that has it
/// stands still.
fn state(state: State, held_up: bool) -> JobState {
    match state {
        State::Waiting => JobState::Pending,
        State::Held => JobState::Held,
        State::Running if held_up => JobState::Stopped,
        State::Running => JobState::Processing,
        State::Done => JobState::Completed,
        State::Dead => JobState::Aborted,
        State::Cancelled => JobState::Canceled,
        // Nobody knows whether it is on paper: it waits for a person, who says
        // that it is, or prints it again.
        State::Uncertain => JobState::Stopped,
    }
}

/// Why the job is in its state (RFC 8011, section 5.3.8, and PWG 5100.11).
fn reasons(
    job: &job_queue::Job,
    order: &PrintJob,
    progress: &Progress,
    paused: bool,
) -> Vec<&'static str> {
    let has_losses = !order.losses().is_empty();
    match job.state {
        State::Waiting if paused => vec!["printer-stopped"],
        State::Waiting => Vec::new(),
        State::Held if order.pin.is_some() => vec!["job-password-wait"],
        State::Held if has_losses => vec!["job-held-for-review"],
        State::Held => vec!["job-hold-until-specified"],
        State::Running if job.cancel_requested => {
            vec!["processing-to-stop-point", "job-canceled-by-user"]
        }
        State::Running if progress.condition.is_some() => {
            vec!["job-printing", "printer-stopped"]
        }
        State::Running => vec!["job-printing"],
        State::Done if has_losses || !progress.losses().is_empty() => {
            vec!["job-completed-with-warnings"]
        }
        State::Done => vec!["job-completed-successfully"],
        State::Dead => vec!["aborted-by-system"],
        State::Cancelled => vec!["job-canceled-by-user"],
        State::Uncertain => vec!["printer-stopped", "job-held-for-review"],
    }
}

/// The MIME type of a document.
pub(super) fn media_type(format: Format) -> &'static str {
    match format {
        Format::Raw => super::RAW,
        Format::Document(format) => format.media_type(),
    }
}
