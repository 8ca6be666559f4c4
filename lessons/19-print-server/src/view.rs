//! A job as people and programs see it.

use driver::{Duplex, Finding, Findings};
use job_queue::{Job, JobId, State};
use print_client::JobView;
use relay::{Phase, PrintJob, Progress, next_page};

/// The view of a queue's job, in the lane of this printer. `paused` is the reason
/// if that lane stands still.
pub(crate) fn job_view(
    job: &Job,
    printer: &str,
    paused: Option<&str>,
) -> JobView {
    let progress = match job.state {
        // The progress is that of an earlier attempt.
        State::Waiting => Progress::default(),
        _ => Progress::from_note(job.progress.as_deref()),
    };
    let order = serde_json::from_str::<PrintJob>(&job.payload)
        .unwrap_or_else(|_| PrintJob::unknown());
    let sides = order.sides();
    let at_printer = at_printer(&order, &job.id);
    let needs_pin = job.state == State::Held && order.pin.is_some();
    let next_page = match job.state {
        State::Uncertain => next_page(&order, &progress),
        _ => None,
    };
    let mut findings = Findings::default();
    findings.extend(order.findings);
    findings.extend(progress.findings.iter().cloned());
    let findings = findings.to_vec();
    let has_moved = ![printer, ""].contains(&order.printer.as_str());
    let moved =
        has_moved.then(|| format!("moved from {} to {printer}", order.printer));
    let notes = findings.iter().map(Finding::to_string);
    let losses = join_losses(&findings);
    let reason = match job.state {
        State::Waiting => {
            // One that was handed back waits for its turn, and its reason is
            // that of the printer, which may be well again.
            let is_put_off = job.due_at > job.changed_at;
            let is_its_own = job.attempts > 0 || is_put_off;
            let own = job.reason.clone().filter(|_| is_its_own);
            paused.map(str::to_owned).or(own)
        }
        State::Running if job.cancel_requested => {
            Some("being cancelled".to_owned())
        }
        State::Running => progress.condition.clone(),
        State::Uncertain => Some(uncertain_reason(job, &progress, sides)),
        State::Done if progress.is_at_printer => Some(at_printer),
        State::Done => {
            losses.map(|losses| format!("not all of it is on paper: {losses}"))
        }
        State::Held => job.reason.clone().or_else(|| {
            if needs_pin {
                return Some("it waits for its PIN".to_owned());
            }
            let losses = losses?;
            Some(format!(
                "it cannot be printed whole: {losses}. Release it to \
                 print the rest, or cancel it"
            ))
        }),
        State::Dead | State::Cancelled => job.reason.clone(),
    };
    JobView {
        id: job.id.to_string(),
        state: state_word(job.state).to_owned(),
        reason,
        notes: moved.into_iter().chain(notes).collect(),
        incomplete: findings.iter().any(|finding| finding.loss),
        printer: printer.to_owned(),
        name: order.name,
        user: order.user,
        claimed_user: order.claimed_user,
        needs_pin,
        bytes: order.bytes,
        pages: order.pages,
        page_count: order.page_count,
        copies: order.copies,
        duplex: order.duplex != Duplex::Off,
        color: order.color,
        media: order.media.map(|media| media.to_string()),
        sides,
        printed: progress.printed,
        sent: progress.sent,
        next_page,
        attempts: job.attempts,
        kept_until: None,
        queued_at: job.queued_at,
        changed_at: job.changed_at,
    }
}

/// Where a job waits whose PIN is typed at the printer itself.
fn at_printer(order: &PrintJob, id: &JobId) -> String {
    let name = order.name_at_printer(&id.to_string());
    format!(
        "it waits in the printer, as {name:?}, until its PIN is typed there. \
         The printer tells nobody when that was"
    )
}

/// What is lost, in one sentence; `None` when nothing is.
fn join_losses(findings: &[Finding]) -> Option<String> {
    let losses = findings.iter().filter(|finding| finding.loss);
    let losses: Vec<String> = losses.map(Finding::to_string).collect();
    (!losses.is_empty()).then(|| losses.join("; "))
}

/// The queue's states in the words of printing.
pub(crate) fn state_word(state: State) -> &'static str {
    match state {
        State::Waiting => "waiting",
        State::Held => "held",
        State::Running => "printing",
        State::Done => "printed",
        State::Dead => "failed",
        State::Cancelled => "cancelled",
        State::Uncertain => "uncertain",
    }
}

/// What is known of an uncertain job, for the person who must decide.
fn uncertain_reason(job: &Job, progress: &Progress, sides: u32) -> String {
    let why = job.reason.as_deref().unwrap_or("the server stopped suddenly");
    let sent = match progress.phase {
        Phase::Sent => "all of them were sent".to_owned(),
        _ => format!("{} were sent in full", progress.sent),
    };
    format!(
        "{why}. The printer confirmed {} of {sides} pages; {sent}. Look in \
         the tray, then print it again or cancel it",
        progress.printed,
    )
}
