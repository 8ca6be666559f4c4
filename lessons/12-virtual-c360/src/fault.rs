//! The faults that the machine can be given.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// A fault of the machine, set on purpose.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize,
)]
#[serde(rename_all = "kebab-case")]
pub enum Fault {
    /// All is well.
    #[default]
    None,
    /// Paper is stuck: the page in progress is printed again afterwards.
    Jam,
    /// The tray is empty.
    PaperOut,
    /// The side door stands open.
    CoverOpen,
    /// It is off line: connections are refused.
    Offline,
    /// A page takes two seconds.
    Slow,
    /// It takes connections, and then neither reads nor says anything.
    Silent,
    /// It breaks each job's connection in the middle of a page.
    Reset,
}

impl Fault {
    /// All faults, in the order of the panel's buttons.
    pub const ALL: [Fault; 8] = [
        Fault::None,
        Fault::Jam,
        Fault::PaperOut,
        Fault::CoverOpen,
        Fault::Offline,
        Fault::Slow,
        Fault::Silent,
        Fault::Reset,
    ];

    /// Its name, as on the panel and on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Fault::None => "none",
            Fault::Jam => "jam",
            Fault::PaperOut => "paper-out",
            Fault::CoverOpen => "cover-open",
            Fault::Offline => "offline",
            Fault::Slow => "slow",
            Fault::Silent => "silent",
            Fault::Reset => "reset",
        }
    }

    /// PJL code and display text, if the machine itself notices the fault.
    /// In 41xyy, x is the tray and yy the paper: 4 is A4.
    pub(crate) fn status(self) -> Option<(u32, &'static str)> {
        match self {
            Fault::Jam => Some((40022, "PAPER JAM")),
            Fault::PaperOut => Some((41104, "TRAY 1 EMPTY: LOAD A4")),
            Fault::CoverOpen => Some((40021, "SIDE DOOR OPEN")),
            _ => None,
        }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Fault {
    type Err = String;

    fn from_str(text: &str) -> Result<Fault, String> {
        let found = Fault::ALL.into_iter().find(|f| f.name() == text);
        found.ok_or_else(|| {
            let names = Fault::ALL.map(Fault::name).join(", ");
            format!("this printer has no fault \"{text}\": say one of {names}")
        })
    }
}
