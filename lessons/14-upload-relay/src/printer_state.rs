//! The printer's state: what it last said of itself, to whichever part of this
//! program spoke with it.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use printer::{Printer, Severity, Status};

/// How long a word of the printer counts as news.
const FRESH: Duration = Duration::from_secs(2);

/// What is known of a printer. Clones share it.
///
/// The worker keeps it as it prints or waits for the printer. At other times
/// [`ask`](PrinterState::ask) speaks with the printer itself: many printers
/// take one connection at a time, so nobody asks while the worker speaks.
#[derive(Clone, Debug, Default)]
pub struct PrinterState(Arc<Known>);

#[derive(Debug, Default)]
struct Known {
    last: Mutex<Last>,
    /// Held by whoever asks.
    asking: Mutex<()>,
}

#[derive(Debug, Default)]
struct Last {
    heard: Heard,
    at: Option<Instant>,
    /// How many conversations the worker has with the printer.
    conversations: u32,
}

/// What was last heard of a printer.
#[derive(Clone, Debug, Default)]
pub struct Heard {
    /// Its own word, if it has said one.
    pub status: Option<Status>,
    /// Why it could not be asked after that, as a sentence.
    pub trouble: Option<String>,
    /// The papers in its trays: the tray's number, from 1, and the paper's
    /// name, such as `A4`.
    pub papers: Vec<(usize, String)>,
}

impl Heard {
    /// Why the printer needs a person, as a sentence, if it does.
    #[must_use]
    pub fn needs_person(&self) -> Option<String> {
        let held = self.status.as_ref();
        let held = held.filter(|it| it.severity() == Severity::Attention);
        let words = |status: &Status| status.meaning().to_owned();
        self.trouble.clone().or_else(|| held.map(words))
    }
}

impl PrinterState {
    /// What was heard last. Asks `printer`, if one is given, when that was a
    /// while ago and nobody else speaks with it. Blocks for as long as the
    /// printer takes to answer.
    #[must_use]
    pub fn ask(&self, printer: Option<&Printer>) -> Heard {
        let last = self.last();
        let is_news = last.at.is_some_and(|at| at.elapsed() < FRESH);
        let is_busy = last.conversations > 0;
        let heard = last.heard.clone();
        drop(last);
        let Some(printer) = printer else { return heard };
        if is_news || is_busy || !printer.address().replies() {
            return heard;
        }
        // Somebody else asks this very moment: the last answer will do.
        let Ok(_asking) = self.0.asking.try_lock() else { return heard };
        match printer.survey() {
            Ok((status, papers)) => {
                let mut last = self.last();
                last.heard.papers = papers;
                last.hear(status);
                last.heard.clone()
            }
            Err(error) => {
                self.failed(&error);
                self.last().heard.clone()
            }
        }
    }

    /// Takes over what the printer has said.
    pub(crate) fn hear(&self, status: &Status) {
        self.last().hear(status.clone());
    }

    /// The printer takes jobs again, whatever was wrong with it.
    pub(crate) fn is_well(&self) {
        let mut last = self.last();
        last.heard.trouble = None;
        let status = &last.heard.status;
        let was_held =
            |status: &Status| status.severity() == Severity::Attention;
        if status.as_ref().is_some_and(was_held) {
            last.heard.status = None;
        }
    }

    /// Takes over what went wrong with the printer.
    pub(crate) fn failed(&self, error: &printer::Error) {
        let mut last = self.last();
        last.at = Some(Instant::now());
        match error {
            printer::Error::NotReady(status) => last.hear(status.clone()),
            error => last.heard.trouble = Some(error.to_string()),
        }
    }

    /// The worker speaks with the printer until this is dropped.
    pub(crate) fn conversation(&self) -> Conversation<'_> {
        self.last().conversations += 1;
        Conversation(self)
    }

    fn last(&self) -> MutexGuard<'_, Last> {
        self.0.last.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Last {
    fn hear(&mut self, status: Status) {
        self.at = Some(Instant::now());
        self.heard.status = Some(status);
        self.heard.trouble = None;
    }
}

/// A conversation with the printer, which is not to be disturbed.
pub(crate) struct Conversation<'a>(&'a PrinterState);

impl Drop for Conversation<'_> {
    fn drop(&mut self) {
        self.0.last().conversations -= 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use printer::Deadlines;
    use virtual_c360::{Fault, VirtualC360};

    #[test]
    fn an_idle_printer_is_asked_and_one_that_is_spoken_with_is_not() {
        let folder = tempfile::tempdir().expect("a folder");
        let tray = folder.path().join("tray");
        let c360 = VirtualC360::start(virtual_c360::Settings {
            papers: vec!["A4".to_owned(), "A3".to_owned()],
            ..virtual_c360::Settings::new(tray)
        })
        .expect("a printer");
        let address = format!("tcp://{}", c360.address());
        let printer = Printer::new(
            address.parse().expect("an address"),
            Deadlines::default(),
        );
        let state = PrinterState::default();
        assert_eq!(state.ask(None).status, None);
        c360.set_fault(Fault::CoverOpen);

        let conversation = state.conversation();
        assert_eq!(state.ask(Some(&printer)).status, None);
        drop(conversation);
        let heard = state.ask(Some(&printer));
        assert_eq!(heard.status.map(|status| status.code), Some(40021));
        let papers = [(1, "A4".to_owned()), (2, "A3".to_owned())];
        assert_eq!(heard.papers, papers);
    }
}
