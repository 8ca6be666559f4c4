//! The print job: the payload of a job in the queue, and how far it has come.

use driver::{Duplex, Finding, Media, PageRanges, Resume, Settings};
use printer::{JobTicket, Language, Sides};
use serde::{Deserialize, Serialize};
use transfer::{IntakeAddress, RemoteDocument, is_document_name};

use crate::job_findings::{limited, losses, new_ones};
use crate::{PinHash, PrinterPin, SheetOptions};

/// The most copies of one job.
pub(crate) const MOST_COPIES: u16 = 999;

/// The most notes about the printing of one job, beside its findings.
const MOST_NOTES: usize = 64;

/// What is to be printed, and how.
///
/// A print job holds no time and no random number, so that the same request
/// sent twice is the same payload.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PrintJob {
    /// SHA-256 of the document, in hexadecimal: its name in the spool.
    pub document: String,
    /// The address of the intake that has the document in its spool, such as
    /// `https://printing.example:8631`; empty when the document is in the
    /// worker's own.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub intake: String,
    /// The name of the printer that it was sent to; empty when there is only
    /// one. The lane of the queue says which prints it.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub printer: String,
    /// The file's name as the person knows it.
    pub name: String,
    /// The person who had signed in, and whose job this is; empty when it is
    /// nobody's by name.
    pub user: String,
    /// The name that the request gave its person: a label that grants nothing.
    #[serde(default)]
    pub claimed_user: String,
    /// The address that the document came from; empty when unknown.
    #[serde(default)]
    pub host: String,
    /// The document's size in bytes.
    pub bytes: u64,
    /// What the document is.
    pub format: Format,
    /// How many pages one copy has, of those asked for; 0 when raw.
    pub page_count: u32,
    /// Which pages, such as `3-7,10`; all of them when absent.
    pub pages: Option<String>,
    /// How many copies, sorted into sets.
    pub copies: u16,
    /// Both sides of the paper, and how it turns.
    pub duplex: Duplex,
    /// Colour, or grey.
    pub color: bool,
    /// The paper; when absent, the one that is loaded and fits each page best.
    #[serde(default)]
    pub media: Option<Media>,
    /// How pages come onto sheets, and what becomes of the sheets.
    #[serde(default, skip_serializing_if = "SheetOptions::is_default")]
    pub sheets: SheetOptions,
    /// What releases the job, if a PIN does.
    #[serde(default)]
    pub pin: Option<PinHash>,
    /// What lets the job out of the printer's own box, if it is to wait there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub printer_pin: Option<PrinterPin>,
    /// The department at the printer that its pages are booked to; the usual
    /// one when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub department: Option<String>,
    /// What will not be on paper as the document says, losses first.
    #[serde(default)]
    pub findings: Vec<Finding>,
    /// The pages that the second renderer draws, from 1.
    #[serde(default)]
    pub second_pages: Vec<u32>,
}

/// What kind of document is printed.
///
/// In a payload it is one word, such as `"pdf"` or `"raw"`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Format {
    /// Data in the printer's own language, passed through as it is.
    Raw,
    /// What our driver renders.
    #[serde(untagged)]
    Document(driver::Format),
}

impl PrintJob {
    /// The driver's settings for this job.
    #[must_use]
    pub fn settings(&self, dpi: u16, threads: usize) -> Settings {
        let mut settings = Settings {
            dpi,
            color: self.color,
            media: self.media,
            loaded: Vec::new(),
            pages: self.ranges(),
            // The printer makes the copies, in sorted sets: see `ticket`.
            copies: 1,
            duplex: self.duplex,
            threads,
            second_pages: self.second_pages.clone(),
            ..Settings::default()
        };
        self.sheets.apply(&mut settings);
        settings
    }

    /// The PJL frame around the job, whose pages leave in `language`; `id` makes
    /// its name unique.
    #[must_use]
    pub fn ticket(&self, id: &str, language: driver::Language) -> JobTicket {
        let language = match (self.format, language) {
            (Format::Raw, _) => Language::Raw,
            (_, driver::Language::PclXl) => Language::PclXl,
            (_, driver::Language::PostScript) => Language::PostScript,
        };
        let mut ticket =
            JobTicket::new(&self.name, self.shown_user(), language);
        id.clone_into(&mut ticket.id);
        ticket.copies = self.copies;
        // PostScript says so itself.
        if language == Language::PclXl {
            self.sheets.finish(&mut ticket);
        }
        ticket
    }

    /// Whether this is a PDF that a printer can draw as well as we: all of its
    /// pages, each as it is, on one sheet or side. How sheets are finished and
    /// turned, PJL says.
    #[must_use]
    pub fn is_plain_pdf(&self) -> bool {
        let SheetOptions { staple, punch, banner, .. } = self.sheets;
        let none = SheetOptions::default();
        let plain = SheetOptions { staple, punch, banner, ..none };
        self.format == Format::Document(driver::Format::Pdf)
            && self.pages.is_none()
            && self.media.is_none()
            && self.color
            && self.sheets == plain
            && self.losses().is_empty()
    }

    /// The PJL frame around a PDF that goes to the printer as it is.
    pub(crate) fn pdf_ticket(&self, id: &str) -> JobTicket {
        let language = Language::Pdf;
        let mut ticket =
            JobTicket::new(&self.name, self.shown_user(), language);
        id.clone_into(&mut ticket.id);
        ticket.copies = self.copies;
        ticket.sides = Some(match self.duplex {
            Duplex::Off => Sides::One,
            Duplex::LongEdge => Sides::LongEdge,
            Duplex::ShortEdge => Sides::ShortEdge,
        });
        self.sheets.finish(&mut ticket);
        ticket
    }

    pub(crate) fn ranges(&self) -> Option<PageRanges> {
        let text = self.pages.as_deref()?;
        Some(text.parse().expect("checked as it came in, and from the queue"))
    }

    /// The print job in a payload of the queue, with every field as the intake
    /// lets it in: whoever can write to the queue is not to reach beyond it.
    ///
    /// # Errors
    /// What is wrong with it, as the end of a sentence about the job.
    pub fn from_payload(payload: &str) -> Result<PrintJob, String> {
        let job = serde_json::from_str::<PrintJob>(payload)
            .map_err(|_| "this is no print job of ours".to_owned())?;
        let wrong =
            |what: &str| Err(format!("this is no print job of ours: {what}"));
        if !is_document_name(&job.document) {
            return wrong("its document is no name in the spool");
        }
        if !job.intake.is_empty() && !IntakeAddress::is_one(&job.intake) {
            return wrong("its intake has no address that can be");
        }
        if let Some(Err(error)) =
            job.pages.as_deref().map(str::parse::<PageRanges>)
        {
            return wrong(&format!("its pages cannot be: {error}"));
        }
        if !(1..=MOST_COPIES).contains(&job.copies) {
            return wrong("its number of copies cannot be");
        }
        if !matches!(job.sheets.resolution, None | Some(300 | 600)) {
            return wrong("its resolution cannot be");
        }
        Ok(job)
    }

    /// Its document, as another machine has it.
    pub(crate) fn remote_document(&self) -> RemoteDocument {
        RemoteDocument {
            intake: self.intake.clone(),
            hash: self.document.clone(),
            bytes: self.bytes,
        }
    }

    /// Stands for a payload that is not ours, so that it can be shown.
    #[must_use]
    pub fn unknown() -> PrintJob {
        PrintJob {
            document: String::new(),
            intake: String::new(),
            printer: String::new(),
            name: "(not a print job)".to_owned(),
            user: String::new(),
            claimed_user: String::new(),
            host: String::new(),
            bytes: 0,
            format: Format::Raw,
            page_count: 0,
            pages: None,
            copies: 1,
            duplex: Duplex::Off,
            color: true,
            media: None,
            sheets: SheetOptions::default(),
            pin: None,
            printer_pin: None,
            department: None,
            findings: Vec::new(),
            second_pages: Vec::new(),
        }
    }

    /// The name of the person for people to read: the one who had signed in, or
    /// else the one that the request gave.
    #[must_use]
    pub fn shown_user(&self) -> &str {
        match self.user.as_str() {
            "" => &self.claimed_user,
            user => user,
        }
    }

    /// Keeps what was found, as far as it fits into a queue.
    pub fn set_findings(&mut self, findings: Vec<Finding>) {
        self.findings = limited(findings);
    }

    /// What will be missing on paper, as sentences.
    #[must_use]
    pub fn losses(&self) -> Vec<String> {
        losses(&self.findings)
    }

    /// How many sheets of paper hold the first `sides` page sides of the job:
    /// each copy begins on a sheet of its own.
    #[must_use]
    pub fn sheets(&self, sides: u32) -> u32 {
        let copy = self.sides() / u32::from(self.copies.max(1));
        if self.duplex == Duplex::Off {
            return sides;
        }
        if copy == 0 {
            return sides.div_ceil(2);
        }
        let (whole, rest) = (sides / copy, sides % copy);
        whole * copy.div_ceil(2) + rest.div_ceil(2)
    }

    /// How many page sides will come out of the printer.
    #[must_use]
    pub fn sides(&self) -> u32 {
        self.set_sides().saturating_mul(u32::from(self.copies))
    }

    /// How many page sides one copy has; 0 when raw.
    #[must_use]
    pub fn set_sides(&self) -> u32 {
        self.sheets.sides(self.page_count)
    }
}

/// How far a job has come. The worker keeps this in the queue as it prints, on
/// the disk, so that after a crash a person is told which pages are known
/// to have come out.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Progress {
    /// The phase that the job is in.
    pub phase: Phase,
    /// Page sides that the printer said it has printed.
    pub printed: u32,
    /// Pages whose data has gone to the printer in full.
    pub sent: u32,
    /// What holds the printer up, in words.
    pub condition: Option<String>,
    /// What was found only as the document was drawn, and what the printer said
    /// that a person should know.
    #[serde(default)]
    pub findings: Vec<Finding>,
    /// Whether the job's banner page is on paper. It is none of the job's pages.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub banner: bool,
    /// Where this sending began, when a person had it go on after another.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub resume: Option<Resume>,
    /// Whether the job waits in the printer, until its PIN is typed there. What
    /// becomes of it then, the printer tells nobody.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub is_at_printer: bool,
    /// Page sides of the sending before that are on paper, its banner page
    /// included, as far as whoever had the job sent again knows: only until a
    /// worker has it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub earlier: Option<u32>,
}

/// The phases of a job in a worker's hands.
#[derive(
    Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize,
)]
#[serde(rename_all = "lowercase")]
pub enum Phase {
    /// The first page is being rendered; the printer has nothing yet.
    #[default]
    Rendering,
    /// The first byte may have reached the printer.
    Sending,
    /// The last byte has gone.
    Sent,
    /// The printer said that every page is out.
    Printed,
}

impl Progress {
    /// Keeps what was found as the document of `job` was drawn, without what
    /// the job knew before.
    pub fn set_findings(&mut self, findings: Vec<Finding>, job: &PrintJob) {
        let new = limited(new_ones(findings, &job.findings));
        self.findings.extend(new);
    }

    /// Notes, once, what a person should know of the printing. A printer that
    /// babbles cannot fill the queue.
    pub(crate) fn note(&mut self, text: &str) {
        let note =
            Finding { loss: false, text: text.to_owned(), pages: Vec::new() };
        let notes = self.findings.iter().filter(|known| known.pages.is_empty());
        if notes.count() < MOST_NOTES && !self.findings.contains(&note) {
            self.findings.push(note);
        }
    }

    /// What was found missing only as the document was drawn, as sentences.
    #[must_use]
    pub fn losses(&self) -> Vec<String> {
        losses(&self.findings)
    }

    /// The progress as the note that the queue keeps.
    #[must_use]
    pub fn to_note(&self) -> String {
        serde_json::to_string(self).expect("plain data")
    }

    /// The progress in a note; what is not one counts as no progress.
    #[must_use]
    pub fn from_note(note: Option<&str>) -> Progress {
        note.and_then(|note| serde_json::from_str(note).ok())
            .unwrap_or_default()
    }
}
