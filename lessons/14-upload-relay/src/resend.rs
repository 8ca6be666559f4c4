//! A job that is sent again because a person says so: whole, or from a page on.

use driver::{Duplex, Resume};
use job_queue::{Error, JobId, Queue};
use thiserror::Error as ThisError;

use crate::{PrintJob, Progress};

/// The most pages among which one is looked for.
const MOST_PAGES: u32 = 1_000_000;

/// Why a job is not sent again.
#[derive(Debug, ThisError)]
pub enum ResendError {
    /// The queue says no, or does not answer.
    #[error(transparent)]
    Queue(#[from] Error),
    /// The payload is no print job.
    #[error("job {0} cannot be sent again: {1}")]
    Broken(JobId, String),
    /// The job has no such page.
    #[error(
        "page {0} is none of the pages that the job prints: name one of them"
    )]
    NoSuchPage(u32),
    /// Nobody knows the job's pages.
    #[error("raw printer data cannot go on from a page: send all of it again")]
    Raw,
    /// Several sets in one sending would get one staple.
    #[error(
        "stapled sets cannot go on within a set: print the missing pages as a \
         job of their own, and the missing sets as another"
    )]
    Stapled,
}

/// Sends a job again that failed, was cancelled or is uncertain: all of it, or,
/// when `from` names a page (from 1), from there to the end of the set that was
/// broken off, and then the sets that are missing. On paper with two sides it
/// begins with the sheet that has the page.
///
/// # Errors
/// See [`ResendError`].
pub fn resend(
    queue: &dyn Queue,
    id: &JobId,
    from: Option<u32>,
) -> Result<(), ResendError> {
    let queued = queue.job(id)?.ok_or(Error::NoSuchJob(*id))?;
    let before = Progress::from_note(queued.progress.as_deref());
    let banner = u32::from(before.banner);
    // What is on paper stays on record.
    let earlier = Some(before.printed.saturating_add(banner));
    let mut progress = Progress { earlier, ..Progress::default() };
    if let Some(page) = from {
        let job = PrintJob::from_payload(&queued.payload);
        let job = job.map_err(|why| ResendError::Broken(*id, why))?;
        progress.resume = Some(where_to_go_on(&job, &before, page)?);
        let out = out_before(&job, &before, page);
        progress.earlier = Some(out.saturating_add(banner));
    }
    Ok(queue.resend_noting(id, &progress.to_note())?)
}

/// The page sides of one sending of a job: all of them, or those that were
/// left; 0 when nobody knows.
#[must_use]
pub fn sending_sides(job: &PrintJob, progress: &Progress) -> u32 {
    Run::of(job, progress).map_or(0, |run| {
        let others = run.set.saturating_mul(u32::from(run.others));
        (run.set - run.skipped.min(run.set)).saturating_add(others)
    })
}

/// The page sides of the sending that are on paper, when all before this page
/// are.
fn out_before(job: &PrintJob, sending: &Progress, page: u32) -> u32 {
    let (Some(run), Some(place)) = (Run::of(job, sending), place_of(job, page))
    else {
        return sending.printed;
    };
    let side = place / u32::from(job.sheets.number_up.get());
    let sets = u32::from(run.others - run.sets_after(sending.printed));
    let all = run.set.saturating_mul(sets).saturating_add(side);
    all.saturating_sub(run.skipped).max(sending.printed)
}

/// The first page that the printer has not said is out: what a person is asked
/// to confirm. `None` when all are out, or nobody knows.
#[must_use]
pub fn next_page(job: &PrintJob, progress: &Progress) -> Option<u32> {
    let run = Run::of(job, progress)?;
    let done = run.done_of_set(progress.printed);
    let place = done * u32::from(job.sheets.number_up.get());
    pages(job)?.get(place as usize).copied()
}

fn where_to_go_on(
    job: &PrintJob,
    before: &Progress,
    page: u32,
) -> Result<Resume, ResendError> {
    let run = Run::of(job, before).ok_or(ResendError::Raw)?;
    place_of(job, page).ok_or(ResendError::NoSuchPage(page))?;
    let more_sets = run.sets_after(before.printed);
    if more_sets > 0 && job.sheets.staple.is_some() {
        return Err(ResendError::Stapled);
    }
    Ok(Resume { page, more_sets })
}

/// A sending of a job: what is left of a set, and whole sets after it.
struct Run {
    /// Sides of the first set that came before this sending.
    skipped: u32,
    /// Sides of a whole set.
    set: u32,
    /// Whole sets after the first.
    others: u16,
}

impl Run {
    fn of(job: &PrintJob, progress: &Progress) -> Option<Run> {
        let set = job.set_sides();
        if set == 0 {
            return None;
        }
        let Some(resume) = progress.resume else {
            let others = job.copies.saturating_sub(1);
            return Some(Run { skipped: 0, set, others });
        };
        let place = place_of(job, resume.page).unwrap_or(0);
        let side = place / u32::from(job.sheets.number_up.get());
        // A back goes with its front.
        let skipped = match job.duplex {
            Duplex::Off => side,
            _ => side - side % 2,
        };
        Some(Run { skipped, set, others: resume.more_sets })
    }

    /// How many sides of the set in hand are out.
    fn done_of_set(&self, printed: u32) -> u32 {
        let all = self.skipped.saturating_add(printed);
        if self.sets_after(printed) == 0 && all >= self.set {
            // The last set has no other after it.
            let sets = u32::from(self.others);
            return all.saturating_sub(sets * self.set).min(self.set);
        }
        all % self.set
    }

    /// How many whole sets follow the one in hand.
    fn sets_after(&self, printed: u32) -> u16 {
        let all = self.skipped.saturating_add(printed);
        let done = u16::try_from(all / self.set).unwrap_or(u16::MAX);
        self.others.saturating_sub(done)
    }
}

/// The pages that the job prints, ascending.
fn pages(job: &PrintJob) -> Option<Vec<u32>> {
    match job.ranges() {
        None => Some((1..=job.page_count.min(MOST_PAGES)).collect()),
        Some(ranges) => {
            let mut pages = ranges.resolve(MOST_PAGES).ok()?;
            pages.truncate(job.page_count as usize);
            Some(pages)
        }
    }
}

/// The place of a page among those that the job prints, from 0.
fn place_of(job: &PrintJob, page: u32) -> Option<u32> {
    let place = pages(job)?.binary_search(&page).ok()?;
    u32::try_from(place).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Format;

    fn job(pages: u32, copies: u16, duplex: Duplex) -> PrintJob {
        let format = Format::Document(driver::Format::Pdf);
        let page_count = pages;
        PrintJob { format, page_count, copies, duplex, ..PrintJob::unknown() }
    }

    fn after(printed: u32, resume: Option<Resume>) -> Progress {
        Progress { printed, resume, ..Progress::default() }
    }

    #[test]
    fn the_page_after_the_last_confirmed_one_is_the_next() {
        let one = job(5, 1, Duplex::Off);
        assert_eq!(next_page(&one, &after(0, None)), Some(1));
        assert_eq!(next_page(&one, &after(3, None)), Some(4));
        assert_eq!(next_page(&one, &after(5, None)), None);
        let three = job(5, 3, Duplex::Off);
        assert_eq!(next_page(&three, &after(7, None)), Some(3));
        assert_eq!(next_page(&three, &after(15, None)), None);
        let some =
            PrintJob { pages: Some("2,7-9".into()), ..job(4, 1, Duplex::Off) };
        assert_eq!(next_page(&some, &after(2, None)), Some(8));
    }

    #[test]
    fn the_sets_that_are_missing_follow() {
        let three = job(5, 3, Duplex::Off);
        let sets = |printed, resume| {
            let before = after(printed, resume);
            let resume = where_to_go_on(&three, &before, 2);
            resume.expect("it can go on").more_sets
        };
        assert_eq!(sets(3, None), 2);
        assert_eq!(sets(7, None), 1);
        assert_eq!(sets(14, None), 0);
        // It went on with pages 4 and 5, and two sets after them.
        let again = Some(Resume { page: 4, more_sets: 2 });
        assert_eq!(sets(1, again), 2);
        assert_eq!(sets(2, again), 1);
        assert_eq!(sets(8, again), 0);
    }

    #[test]
    fn what_is_on_paper_before_the_page_is_known() {
        let one = job(5, 1, Duplex::Off);
        // Two are confirmed, and the third is in the tray as well.
        assert_eq!(out_before(&one, &after(2, None), 4), 3);
        assert_eq!(out_before(&one, &after(0, None), 1), 0);
        // To print a confirmed page once more takes none off the paper.
        assert_eq!(out_before(&one, &after(3, None), 2), 3);
        let three = job(5, 3, Duplex::Off);
        assert_eq!(out_before(&three, &after(7, None), 4), 8);
        let again = Some(Resume { page: 4, more_sets: 2 });
        assert_eq!(sending_sides(&three, &after(0, again)), 12);
        assert_eq!(out_before(&three, &after(3, again), 3), 4);
        assert_eq!(sending_sides(&three, &after(0, None)), 15);
        let duplex = job(5, 1, Duplex::LongEdge);
        let again = Some(Resume { page: 4, more_sets: 0 });
        assert_eq!(sending_sides(&duplex, &after(0, again)), 3);
        assert_eq!(sending_sides(&PrintJob::unknown(), &after(9, None)), 0);
    }

    #[test]
    fn what_cannot_go_on_is_refused_with_words() {
        let one = job(5, 1, Duplex::Off);
        let refused = where_to_go_on(&one, &after(0, None), 6);
        assert!(matches!(refused, Err(ResendError::NoSuchPage(6))));
        let refused = where_to_go_on(&one, &after(0, None), 0);
        assert!(matches!(refused, Err(ResendError::NoSuchPage(0))));
        let raw = where_to_go_on(&PrintJob::unknown(), &after(0, None), 1);
        assert!(matches!(raw, Err(ResendError::Raw)));
        let mut stapled = job(5, 2, Duplex::Off);
        stapled.sheets.staple = Some(driver::Staple::TopLeft);
        let refused = where_to_go_on(&stapled, &after(2, None), 3);
        assert!(matches!(refused, Err(ResendError::Stapled)));
        let last = where_to_go_on(&stapled, &after(7, None), 3);
        assert!(last.is_ok());
    }
}
