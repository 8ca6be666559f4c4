//! The printer's condition at this moment.

/// How the printer is at this moment.
#[derive(Clone, Debug, PartialEq)]
pub struct Condition {
    /// Whether it works.
    pub activity: Activity,
    /// Why it is so: keywords of `printer-state-reasons` with their severity,
    /// `media-empty-error`. None when nothing is to say.
    pub reasons: Vec<&'static str>,
    /// The same as a sentence; may be empty.
    pub message: String,
    /// Whether it takes jobs.
    pub accepting: bool,
    /// How many jobs wait or are being printed.
    pub queued: u32,
    /// What is in the trays, the first in the default one.
    pub ready: Vec<Ready>,
    /// Toner and the like, as far as known.
    pub supplies: Vec<Supply>,
}

/// What a printer does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Activity {
    /// It waits for a job.
    Idle = 3,
    /// It prints.
    Processing = 4,
    /// It stands still until somebody has been there.
    Stopped = 5,
}

/// The paper in a tray.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ready {
    /// The tray, one of [`Description::trays`](crate::Description::trays).
    pub tray: &'static str,
    /// The size of its paper.
    pub paper: crate::Paper,
    /// The kind of its paper, `stationery`.
    pub kind: &'static str,
}

/// Something that is used up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Supply {
    /// What it is, for people: `Black toner`.
    pub name: String,
    /// Its type in the Printer MIB (RFC 3805, `PrtMarkerSuppliesTypeTC`):
    /// `toner`.
    pub kind: &'static str,
    /// Its colour, `black`.
    pub color: &'static str,
    /// How much is left, in per cent; `None` when the printer does not say.
    pub level: Option<u8>,
}
