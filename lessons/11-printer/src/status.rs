//! The printer's status code, and what it means to a person.

use std::fmt;

/// The printer's own report of its status: a code, the text on its display, and
/// whether it takes data (PJL manual, "INFO STATUS" and appendix D).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Status {
    /// Five digits. Programs branch on this and on nothing else.
    pub code: u32,
    /// The text on the display, in whatever language its owner chose.
    pub display: String,
    /// Whether the printer says it is on line; not every message says so.
    pub online: Option<bool>,
}

/// How much a status needs a person.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// It waits for a job.
    Ready,
    /// It works.
    Busy,
    /// It goes on, but somebody should know.
    Warning,
    /// It stands still until a person has been there.
    Attention,
}

impl Status {
    /// How much this status needs a person, by the code's first digits
    /// (PJL manual, table of status categories under "USTATUS").
    pub fn severity(&self) -> Severity {
        match self.code {
            10000..=10004 if self.online == Some(false) => {
                // "Off line" pressed at the panel: ready in name only.
                Severity::Attention
            }
            10000 | 10001 => Severity::Ready,
            10006 | 10010..=10014 => Severity::Warning,
            10002..=19999 => Severity::Busy,
            30000..=39999 => Severity::Warning,
            40000..=59999 => Severity::Attention,
            // An unknown code stops nobody, unless the printer says it does.
            _ if self.online == Some(false) => Severity::Attention,
            _ => Severity::Busy,
        }
    }

    /// The code in words, with what to do about it.
    pub fn meaning(&self) -> &'static str {
        match self.code {
            10000 | 10001 if self.online == Some(false) => {
                "off line: press the printer's Start or On line key"
            }
            10000 | 10001 => "ready",
            10003 => "warming up",
            10006 => "toner is low: order a cartridge",
            10007 => "a job is being cancelled",
            10023 => "printing",
            10000..=19999 => "working",
            30000..=34999 => "a message that goes away by itself",
            35000..=39999 => "may need help: look at the printer's display",
            40010 => "no toner cartridge: put one in",
            40021 => "a cover is open: close it",
            40022 => "paper jam: open the side door and take the paper out",
            40038 => "toner is low and it waits: press Continue",
            40079 => "off line: press the printer's Start or On line key",
            40000..=40999 => "needs a person: look at the printer's display",
            41000..=41999 => "out of paper: load the tray that it names",
            42000..=42999 | 44000..=44999 => {
                "paper jam: open the side door and take the paper out"
            }
            43000..=43999 => "the finisher or a tray unit needs a person",
            50000..=59999 => {
                "hardware fault: switch it off and on, or call service"
            }
            _ => "a code this program does not know",
        }
    }
}

impl fmt::Display for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.code, self.meaning())?;
        if !self.display.is_empty() {
            write!(f, " (its display says \"{}\")", self.display)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn status(code: u32) -> Status {
        Status { code, display: "GIBBERISH".into(), online: Some(true) }
    }

    #[test]
    fn a_code_tells_whether_a_person_is_needed() {
        use Severity::*;
        for (code, severity) in [
            (10001, Ready),
            (10023, Busy),
            (10006, Warning),
            (30016, Warning),
            (35075, Warning),
            (40021, Attention),
            (40022, Attention),
            (41204, Attention),
            (42203, Attention),
            (50000, Attention),
        ] {
            assert_eq!(status(code).severity(), severity, "{code}");
        }
    }

    #[test]
    fn the_display_is_shown_and_never_decides() {
        let jam = Status { display: "PRÊT".into(), ..status(40022) };
        assert_eq!(jam.severity(), Severity::Attention);
        assert!(jam.to_string().contains("paper jam"));
        assert!(jam.to_string().contains("PRÊT"));
    }

    #[test]
    fn a_ready_printer_that_is_off_line_needs_a_person() {
        let pressed = Status { online: Some(false), ..status(10001) };
        assert_eq!(pressed.severity(), Severity::Attention);
        assert!(pressed.meaning().contains("off line"));
    }
}
