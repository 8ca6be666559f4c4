//! The same work in a child process, under limits.
//!
//! A document comes from a stranger. It may ask for more memory than there
//! is, run for hours, or find a bug. So a server has it drawn by a child: its
//! own program, started again. The child limits its own memory and gives up
//! its right to files and to the network, the parent watches the clock, and
//! whatever happens, it happens to one job.
//!
//! The program must call [`serve_if_child`] first thing in `main`:
//!
//! ```no_run
//! driver::isolated::serve_if_child(); // returns at once in the parent
//! ```

mod child;
mod isolation;
mod office;
mod office_child;
mod parent;
mod printing;
mod protocol;
mod sandbox;
mod stop;
mod thumbnails;
mod time_limit;
mod watchdog;

pub use child::serve_if_child;
pub use isolation::{Isolation, isolation};
pub use printing::print;
pub use stop::Stop;
pub use thumbnails::thumbnails;

use std::path::Path;
use std::time::Duration;

use office::Prepared;
use protocol::{Answer, Heard, Request, Task};
use serde::{Deserialize, Serialize};

use crate::{Error, Finding, Findings, Format, Settings};

/// What a child may use.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Limits {
    /// Address space in bytes (`RLIMIT_AS`); obeyed on Linux and the BSDs,
    /// noted on macOS, ignored on Windows, which has no such call.
    pub memory: u64,
    /// Processor time for one page. The intake's check has the same time as a
    /// whole. By the clock it may take ten times as long, as it does on a busy
    /// machine, not counting the time that the parent takes to accept its
    /// bytes. On Windows, which does not tell the processor time, it is the
    /// clock's.
    pub page_time: Duration,
    /// Processor time for all pages of a document.
    pub document_time: Duration,
}

impl Default for Limits {
    /// 1 GiB, 60 s a page and 30 minutes a document.
    fn default() -> Limits {
        Limits {
            memory: 1 << 30,
            page_time: Duration::from_secs(60),
            document_time: Duration::from_secs(30 * 60),
        }
    }
}

/// What the intake wants to know of a document.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Summary {
    /// What the document is.
    pub format: Format,
    /// The pages that will be printed, ascending, from 1.
    pub pages: Vec<u32>,
    /// How many pages the document has.
    pub page_count: u32,
    /// What will not be on paper as the document says, losses first.
    pub findings: Vec<Finding>,
    /// The pages that the second renderer is to draw: for
    /// [`Settings::second_pages`].
    pub second_pages: Vec<u32>,
}

/// Opens and checks the document at `path` in a child process under the
/// default [`Limits`]: its pages are counted, their sizes and the range are
/// checked, and the chosen pages are read as if they were drawn. A page that
/// is too much for the child, or comes after the time that a client can be
/// kept waiting, is not read: that is a finding. LibreOffice makes an office
/// document a PDF before.
///
/// # Errors
/// See [`Error`].
pub fn check(path: &Path, settings: &Settings) -> Result<Summary, Error> {
    let limits = Limits::default();
    let document = Prepared::new(path, &Stop::default())?;
    let path = &document.path;
    let request = Request::new(Task::Check, path, settings, limits);
    let mut checked: Option<Summary> = None;
    let mut findings = Findings::default();
    let mut second_pages = Vec::new();
    let outcome = parent::run(&request, &Stop::default(), &mut |heard| {
        match heard {
            Heard::Checked(summary) => checked = Some(summary),
            Heard::Inspected(page) => {
                second_pages.extend(page.second.then_some(page.page));
                findings.extend(page.findings);
            }
            _ => {}
        }
        Ok(())
    });
    let outcome = outcome.map_err(|ended| ended.into_error(limits));
    let Some(mut summary) = checked else {
        return Err(outcome.err().unwrap_or_else(protocol::unreadable));
    };
    let why = match outcome {
        Ok(Answer::Inspected) => None,
        Err(Error::TimedOut { .. } | Error::DocumentTimedOut { .. }) => {
            Some("that takes too long".to_owned())
        }
        Err(Error::Crashed { how }) => Some(how),
        Ok(_) => return Err(protocol::unreadable()),
        Err(error) => return Err(error),
    };
    if let Some(why) = why {
        // Without their numbers, which depend on how busy the machine is: the
        // same document is to have the same findings.
        let text = "not all pages could be looked through before the printing";
        findings.note(None, format!("{text}: {why}"));
    }
    summary.format = document.was.unwrap_or(summary.format);
    findings.extend(summary.findings);
    summary.findings = findings.to_vec();
    summary.second_pages = second_pages;
    Ok(summary)
}
