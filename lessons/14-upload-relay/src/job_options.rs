//! The options of a job: how its document is to be printed.

use driver::{Duplex, Media};

use crate::{Format, PrintJob, Sender, SheetOptions};

/// How a document is to be printed, in whatever protocol that was said.
#[derive(Clone, PartialEq)]
pub struct JobOptions {
    /// The name of the printer; when absent, the first that the sender may use.
    pub printer: Option<String>,
    /// Which pages, such as `3-7,10`; all of them when absent.
    pub pages: Option<String>,
    /// How many copies, 1 to 999.
    pub copies: u16,
    /// Both sides of the paper, and how it turns.
    pub duplex: Duplex,
    /// Colour, or grey.
    pub color: bool,
    /// The paper; when absent, the one that is loaded and fits each page best.
    pub media: Option<Media>,
    /// How pages come onto sheets, and what becomes of the sheets.
    pub sheets: SheetOptions,
    /// The name that the request gives its person. It proves nothing and
    /// grants nothing.
    pub user: String,
    /// Whether the job waits until somebody releases it.
    pub hold: bool,
    /// The PIN that releases it, 4 to 16 digits; a job with one is held.
    pub pin: Option<String>,
    /// Where the PIN is typed.
    pub pin_at: PinAt,
    /// The department at the printer that its pages are booked to; the usual
    /// one when absent.
    pub department: Option<String>,
    /// Whether the document is in the printer's own language, and goes to the
    /// printer as it is. What any other document is, its bytes say.
    pub raw: bool,
}

/// Where the PIN of a job is typed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum PinAt {
    /// Where jobs are released: the job waits in the queue.
    #[default]
    Server,
    /// At the printer's own panel: the job waits in the printer.
    Printer,
}

impl Default for JobOptions {
    fn default() -> JobOptions {
        JobOptions {
            printer: None,
            pages: None,
            copies: 1,
            duplex: Duplex::Off,
            color: true,
            media: None,
            sheets: SheetOptions::default(),
            user: String::new(),
            hold: false,
            pin: None,
            pin_at: PinAt::Server,
            department: None,
            raw: false,
        }
    }
}

impl JobOptions {
    /// The job of `sender` that prints a document of this name and size. Where
    /// the document is, and how many pages it has, is not known yet.
    pub(crate) fn into_job(
        self,
        name: String,
        bytes: u64,
        sender: Sender,
    ) -> PrintJob {
        let format = match self.raw {
            true => Format::Raw,
            // Until it has been looked at.
            false => Format::Document(driver::Format::Pdf),
        };
        PrintJob {
            document: String::new(),
            intake: String::new(),
            printer: String::new(),
            name,
            user: sender.user.unwrap_or_default(),
            claimed_user: self.user,
            host: sender.host.map(|host| host.to_string()).unwrap_or_default(),
            bytes,
            format,
            page_count: 0,
            pages: self.pages,
            copies: self.copies,
            duplex: self.duplex,
            color: self.color,
            media: self.media,
            sheets: self.sheets,
            pin: None,
            printer_pin: None,
            department: self.department,
            findings: Vec::new(),
            second_pages: Vec::new(),
        }
    }
}
