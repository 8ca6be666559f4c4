//! The printing of a document by one child, and by another when the first
//! could not go on.
//!
//! What the printer has got cannot be taken back. So each step of a child is
//! passed on only when it arrived whole, and the next child begins where the
//! steps of the last one end, be it in the middle of a page.

use std::io::Write;
use std::path::Path;
use std::time::{Duration, Instant};

use super::office::Prepared;
use super::parent::{Ended, run};
use super::protocol::{Answer, Heard, Request, Task, unreadable};
use super::{Limits, Stop};
use crate::part::{Effort, Part};
use crate::second_renderer::second_renderer;
use crate::{Error, Findings, Printed, Settings};

/// Prints the document at `path` in a child process: see
/// [`print`](crate::print()). When `out` fails, or when `stop` says so, the
/// child is ended.
///
/// A page that needs more memory or time than it may use is tried again in
/// lower bands and by a single thread, and at last at half the resolution,
/// which is a finding. Another child then goes on where the last one stopped.
///
/// # Errors
/// See [`Error`]. A child that crashes or breaks a limit is
/// [`Error::Crashed`], [`Error::TimedOut`] or [`Error::DocumentTimedOut`]; the
/// pages up to there have been written by then.
pub fn print(
    path: &Path,
    settings: &Settings,
    limits: Limits,
    stop: &Stop,
    out: &mut dyn Write,
    page_done: &mut dyn FnMut(u32),
) -> Result<Printed, Error> {
    let document = Prepared::new(path, stop)?;
    let path = &document.path;
    let mut printed = Printed::default();
    let mut findings = Findings::default();
    let mut part = Part::default();
    let mut left = limits.document_time;
    loop {
        let limits_now = Limits { document_time: left, ..limits };
        let task = Task::Print(part);
        let request = Request::new(task, path, settings, limits_now);
        let (mut found, mut used) = (Vec::new(), Duration::ZERO);
        let (mut position, mut last_step) = (part.from, Instant::now());
        let outcome = run(&request, stop, &mut |heard| {
            match heard {
                Heard::Step(head, data) => {
                    out.write_all(data).map_err(Error::Write)?;
                    printed.bytes += data.len() as u64;
                    if head.page_done > 0 {
                        printed.pages += head.pages;
                        printed.sides += 1;
                        page_done(head.page_done);
                    }
                    (position, used) = (head.position, head.used);
                    last_step = Instant::now();
                }
                Heard::Findings(list) => found = list,
                _ => {}
            }
            Ok(())
        });
        let (outcome, is_whole) = match outcome {
            Ok(Answer::Printed(list)) => {
                found = list;
                (Ok(()), part.effort == Effort::Full)
            }
            Ok(_) => return Err(unreadable()),
            Err(ended) => {
                // What it used after its last step, nobody was told.
                used += last_step.elapsed();
                (Err(ended), false)
            }
        };
        findings.extend(found);
        if is_whole {
            out.flush().map_err(Error::Write)?;
            return Ok(Printed { findings: findings.to_vec(), ..printed });
        }
        left = left.saturating_sub(used);
        let effort = match outcome {
            // The page that was too much is done.
            Ok(()) => Effort::Full,
            Err(ended) => match less(part.effort, &ended) {
                Some(effort) => effort,
                None => return Err(ended.into_error(limits)),
            },
        };
        part = Part { from: position, effort };
    }
}

// ANCHOR: less
/// With which effort to try again; `None` when that does not help. What our
/// renderer cannot draw at all, the second may.
fn less(effort: Effort, ended: &Ended) -> Option<Effort> {
    match (effort, ended) {
        (Effort::Full, Ended::OutOfMemory) => Some(Effort::Frugal),
        // Less memory takes no less time.
        (Effort::Full, Ended::PageLate) => Some(Effort::Coarse),
        (Effort::Frugal, Ended::OutOfMemory | Ended::PageLate) => {
            Some(Effort::Coarse)
        }
        (Effort::Second, _) => None,
        (
            _,
            Ended::OutOfMemory
            | Ended::PageLate
            | Ended::For(Error::Crashed { .. }),
        ) => second_renderer().map(|_| Effort::Second),
        _ => None,
    }
}
// ANCHOR_END: less
