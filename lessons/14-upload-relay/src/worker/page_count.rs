//! The printer's count of pages, held against what was ordered.

use printer::Report;

use super::delivery::suspicion;
use super::outcome::Outcome;
use super::shared_job::JobState;
use crate::PrintJob;
use driver::Duplex;

/// The most page sides that the printer can have printed for this job. It may
/// count the blank back of a last sheet. Of a document that goes to the printer
/// as it is, we know only that each page has a byte.
pub(super) fn most_sides(job: &PrintJob) -> u32 {
    let sides = match job.set_sides() {
        0 => u32::try_from(job.bytes).unwrap_or(u32::MAX),
        sides => sides.saturating_add(sides % 2),
    };
    sides.saturating_mul(u32::from(job.copies))
}

/// The outcome of a job whose end the printer has confirmed, if it answers at
/// all.
///
/// Fewer pages than ordered are not printed: where the others are, a person
/// has to find out. Two other ways of counting are known, sheets instead of
/// sides and one copy instead of all: such a job is printed, with a note.
pub(super) fn judge(
    job: &PrintJob,
    report: &Report,
    state: &mut JobState,
) -> Outcome {
    if let Some(pages) = report.pages {
        state.count(pages);
    }
    if job.printer_pin.is_some() {
        if state.progress.printed == 0 {
            state.progress.is_at_printer = true;
            return Outcome::Printed;
        }
        state.progress.note(
            "the printer did not wait for the PIN: it seems not to know \
             secure print",
        );
    }
    if !report.confirmed {
        state.progress.note(
            "the printer never answers: that the paper is out is not \
                    confirmed",
        );
        return Outcome::Printed;
    }
    // A sending that goes on after another has its sets in it.
    let copies = match state.progress.resume {
        Some(_) => 1,
        None => u32::from(job.copies),
    };
    let set = state.set_sides.unwrap_or(job.set_sides());
    let ordered = set.saturating_mul(copies);
    let counted = state.progress.printed;
    if ordered == 0 || counted >= ordered {
        return Outcome::Printed;
    }
    if counted == 0 {
        if let Some(whose) = &state.passwords {
            let why = "the printer says that the job has ended, without a page";
            return Outcome::Uncertain(suspicion(why, whose));
        }
        state.progress.note(
            "the printer said that the job has ended, and not how many \
                    pages came out",
        );
        return Outcome::Printed;
    }
    let sheets = set.div_ceil(2).saturating_mul(copies);
    let counts_sheets = job.duplex != Duplex::Off && counted == sheets;
    let counts_one_copy = copies > 1 && counted == set;
    if counts_sheets || counts_one_copy {
        let what = if counts_sheets { "sheets" } else { "pages of one copy" };
        state.progress.note(&format!(
            "the printer counted {counted} for {ordered} pages: it seems to \
             count {what}"
        ));
        return Outcome::Printed;
    }
    Outcome::Uncertain(format!(
        "the printer says that the job has ended after {counted} of {ordered} \
         pages"
    ))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Progress;
    use crate::worker::shared_job::SharedJob;
    use printer::Event;

    fn job(pages: u32, copies: u16, duplex: Duplex) -> PrintJob {
        PrintJob { page_count: pages, copies, duplex, ..PrintJob::unknown() }
    }

    /// How a job ends whose printer says `pages` at the end, after `counted`
    /// single pages.
    fn end(
        job: &PrintJob,
        counted: &[u32],
        pages: Option<u32>,
    ) -> (Outcome, u32, Vec<String>) {
        let shared = SharedJob::new(job, &Progress::default());
        let mut state = shared.lock();
        for page in counted {
            state.apply(crate::worker::shared_job::Note::Printer(Event::Page(
                *page,
            )));
        }
        let report =
            Report { sent: 1, pages, confirmed: true, warnings: Vec::new() };
        let outcome = judge(job, &report, &mut state);
        let notes = &state.progress.findings;
        let notes = notes.iter().map(ToString::to_string).collect();
        (outcome, state.progress.printed, notes)
    }

    #[test]
    fn all_pages_are_printed_without_a_note() {
        for (counted, pages) in
            [(&[1, 2][..], Some(2)), (&[], Some(2)), (&[1, 2], None)]
        {
            let (outcome, printed, notes) =
                end(&job(2, 1, Duplex::Off), counted, pages);
            assert!(matches!(outcome, Outcome::Printed));
            assert_eq!((printed, notes.len()), (2, 0));
        }
    }

    #[test]
    fn fewer_pages_than_ordered_are_uncertain() {
        for (counted, pages) in
            [(&[1][..], Some(1)), (&[], Some(1)), (&[1], None)]
        {
            let (outcome, printed, _) =
                end(&job(2, 1, Duplex::Off), counted, pages);
            let Outcome::Uncertain(why) = outcome else {
                panic!("{counted:?} {pages:?}")
            };
            assert!(why.contains("1 of 2 pages"), "{why}");
            assert_eq!(printed, 1);
        }
    }

    #[test]
    fn a_printer_that_counts_nothing_or_otherwise_is_noted() {
        for (job, pages, word) in [
            (job(2, 1, Duplex::Off), None, "not how many"),
            (job(2, 1, Duplex::Off), Some(0), "not how many"),
            (job(4, 1, Duplex::LongEdge), Some(2), "sheets"),
            (job(2, 3, Duplex::Off), Some(2), "one copy"),
        ] {
            let (outcome, _, notes) = end(&job, &[], pages);
            assert!(matches!(outcome, Outcome::Printed), "{word}");
            assert!(notes.iter().any(|note| note.contains(word)), "{notes:?}");
        }
    }

    #[test]
    fn a_figure_that_cannot_be_is_not_believed() {
        let (outcome, printed, notes) =
            end(&job(2, 1, Duplex::Off), &[1, 2], Some(u32::MAX));
        assert!(matches!(outcome, Outcome::Printed));
        assert_eq!(printed, 2);
        assert!(notes[0].contains("4294967295"), "{notes:?}");
        // A duplex job of three pages has a blank back.
        let (_, printed, notes) =
            end(&job(3, 1, Duplex::LongEdge), &[], Some(4));
        assert_eq!((printed, notes.len()), (4, 0));
    }
}
