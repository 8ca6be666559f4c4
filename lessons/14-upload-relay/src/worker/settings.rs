//! The settings of a worker.

use std::time::Duration;

use driver::{Language, Media, isolated::Limits};

use crate::{Intakes, PrinterAccess, PrinterState};

/// How a worker works.
#[derive(Debug, Clone)]
pub struct WorkerSettings {
    /// The worker's name, shown with its jobs. Different for each worker.
    pub name: String,
    /// How long a job stays ours without a sign of life from us.
    pub lease: Duration,
    /// The printer's resolution in dots per inch: 300 or 600.
    pub dpi: u16,
    /// The language in which pages leave for the printer.
    pub language: Language,
    /// Whether the printer takes PDF: one that is to be printed as it is goes
    /// to it as it is, and the printer draws it.
    pub takes_pdf: bool,
    /// Whether the printer has colours: one that has not gets every job in
    /// grey.
    pub color: bool,
    /// How many threads render.
    pub threads: usize,
    /// The papers in the printer's trays; when none is named here, the printer
    /// is asked before each job.
    pub loaded: Vec<Media>,
    /// What rendering one document may take.
    pub limits: Limits,
    /// What the printer asks of a job before it prints.
    pub access: PrinterAccess,
    /// Whether data in the printer's own language are printed, unrendered.
    pub allow_raw: bool,
    /// Whether workers with spools of their own share the queue: a document
    /// that is not in ours may be in theirs.
    pub is_shared: bool,
    /// The intakes on other machines whose documents are fetched; by default
    /// there are none.
    pub intakes: Intakes,
    /// Learns what the printer says of itself.
    pub printer_state: PrinterState,
    /// Receives what a log should hold. By default errors go to standard
    /// error, and the rest nowhere: the queue knows it too.
    pub log: fn(LogMessage),
}

/// A line for the log: what became of a job, of the printer or of the queue.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LogMessage {
    /// All is as it should be.
    Info(String),
    /// A job or the printer may need a person.
    Warning(String),
    /// No job can tell of it: a queue that does not answer.
    Error(String),
}

impl WorkerSettings {
    /// The usual: 600 dpi, all cores, a lease of ten seconds.
    #[must_use]
    pub fn new(name: &str) -> WorkerSettings {
        WorkerSettings {
            name: name.to_owned(),
            lease: Duration::from_secs(10),
            dpi: 600,
            language: Language::default(),
            takes_pdf: false,
            color: true,
            threads: driver::default_threads(),
            loaded: Vec::new(),
            limits: Limits::default(),
            access: PrinterAccess::default(),
            allow_raw: false,
            is_shared: false,
            intakes: Intakes::default(),
            printer_state: PrinterState::default(),
            log: |message| {
                if let LogMessage::Error(text) = message {
                    eprintln!("{text}");
                }
            },
        }
    }
}
