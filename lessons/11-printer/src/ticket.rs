//! The ticket of a job: what the printer is asked for, and the PJL for it.

use std::fmt;

use crate::{Punch, Staple};

/// The longest text between quotes, in characters (PJL manual, "JOB").
const LONGEST: usize = 80;

/// The universal exit language: leaves whatever language the printer is in
/// and returns to PJL (PJL manual, "Kernel commands"). A job that could
/// contain it could end itself and begin another.
pub const UEL: &[u8] = b"\x1b%-12345X";

/// What is asked of the printer for one job, in typed fields.
///
/// PJL is a text in which `"` ends a value and a line feed ends a command. So
/// nothing of it is ever put together from text that somebody chose: names are
/// reduced to what cannot end anything, secrets are refused at their
/// construction, all else is a number or an enumeration.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JobTicket {
    /// The document's name, for the printer's display.
    pub name: String,
    /// The name of whoever prints.
    pub user: String,
    /// Makes the job's name unique, so that its end is not mistaken for the
    /// end of another `report.pdf`. The print server puts the job's number
    /// here.
    pub id: String,
    /// Copies of the whole job, collated (`QTY`); 0 counts as 1.
    pub copies: u16,
    /// The language of the bytes that follow.
    pub language: Language,
    /// The sides to print on, for a language that does not say so itself, as
    /// PDF; `None` leaves it to the data.
    pub sides: Option<Sides>,
    /// Where each set is stapled, if it is. A printer without a stapler leaves
    /// the sets as they are, and says nothing.
    pub staple: Option<Staple>,
    /// Where each sheet is punched, if it is; likewise.
    pub punch: Option<Punch>,
    /// Ask first which papers lie in the printer's trays:
    /// [`Session::papers`](crate::Session::papers) has the answer.
    pub ask_for_papers: bool,
    /// Hold the job in the printer until its owner types a password there.
    pub secure_print: Option<SecurePrint>,
    /// Book the pages to a department.
    pub account_track: Option<AccountTrack>,
    /// Print as a user whom the printer knows.
    pub authentication: Option<UserAuthentication>,
}

/// The language of a job's bytes, named in `@PJL ENTER LANGUAGE`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Language {
    /// PCL 6, also called PCL XL.
    PclXl,
    /// PostScript.
    PostScript,
    /// PDF, for printers that take it.
    Pdf,
    /// No `ENTER LANGUAGE` is sent: the printer guesses from the bytes.
    Raw,
}

/// The sides of the paper that are printed on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sides {
    /// One.
    One,
    /// Both, to be turned like a book's leaf.
    LongEdge,
    /// Both, to be turned like a notepad's.
    ShortEdge,
}

/// A password, or the name that goes with it: sent exactly as given, or not
/// at all, because one changed letter is a wrong password, and a few wrong
/// passwords lock an account.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

/// The error for a secret that PJL cannot carry.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "a name or password for the printer must be 1 to {} printable ASCII \
     characters without a double quote",
    LONGEST
)]
pub struct BadSecret;

/// Secure print: the job waits in the printer's box (`HOLDTYPE = PRIVATE`).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SecurePrint {
    /// The name that the owner picks at the panel.
    pub id: Secret,
    /// The password that the owner types at the panel.
    pub password: Secret,
}

/// Account track: a department and its password. If they are wrong, the
/// printer drops the job without a message, and after a few such jobs it locks
/// the account: never let a program send such a job again by itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AccountTrack {
    /// The department's name at the printer.
    pub department: Secret,
    /// Its password.
    pub password: Secret,
}

/// User authentication at the printer. The warning of [`AccountTrack`] holds
/// here too.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UserAuthentication {
    /// The user's name at the printer.
    pub user: Secret,
    /// The password there.
    pub password: Secret,
}

impl JobTicket {
    /// One copy of a document, without any options.
    pub fn new(
        name: impl Into<String>,
        user: impl Into<String>,
        language: Language,
    ) -> JobTicket {
        JobTicket {
            name: name.into(),
            user: user.into(),
            id: String::new(),
            copies: 1,
            language,
            sides: None,
            staple: None,
            punch: None,
            ask_for_papers: false,
            secure_print: None,
            account_track: None,
            authentication: None,
        }
    }

    /// The name under which the printer reports this job's start and end:
    /// the document's name and, if there is one, the id.
    pub fn tag(&self) -> String {
        if self.id.is_empty() {
            return safe(&self.name, LONGEST);
        }
        let id = safe(&self.id, LONGEST / 2);
        format!("{} #{id}", safe(&self.name, LONGEST - id.len() - 2))
    }

    // ANCHOR: header
    /// The bytes before the job's data. Lines end with CR LF.
    pub fn header(&self) -> Vec<u8> {
        let mut lines = vec![
            format!("JOB NAME=\"{}\"", self.tag()),
            format!("SET JOBNAME=\"{}\"", safe(&self.name, LONGEST)),
            format!("SET USERNAME=\"{}\"", safe(&self.user, LONGEST)),
            format!("SET QTY={}", self.copies.max(1)),
        ];
        // ANCHOR_END: header
        // PJL manual, `DUPLEX` and `BINDING`.
        match self.sides {
            None => {}
            Some(Sides::One) => lines.push("SET DUPLEX=OFF".into()),
            Some(Sides::LongEdge) => {
                lines.push("SET DUPLEX=ON".into());
                lines.push("SET BINDING=LONGEDGE".into());
            }
            Some(Sides::ShortEdge) => {
                lines.push("SET DUPLEX=ON".into());
                lines.push("SET BINDING=SHORTEDGE".into());
            }
        }
        // Not in the PJL manual. Finishers of several makers take these names;
        // a printer that does not know them passes over them.
        if self.staple.is_some() || self.punch.is_some() {
            lines.push("SET FINISH=ON".into());
        }
        if let Some(staple) = self.staple {
            lines.push(format!("SET STAPLE={}", staple.name()));
        }
        if let Some(Punch { edge, holes }) = self.punch {
            lines.push(format!("SET PUNCH={}", edge.name()));
            lines.push(format!("SET PUNCHNUMBER={}", holes.clamp(2, 4)));
        }
        // From here to the language these are the C360's own commands, as
        // its maker's filter sends them.
        if self.account_track.is_some() || self.authentication.is_some() {
            lines.push("SET KMCOETYPE=0".into());
        }
        if let Some(AccountTrack { department, password }) = &self.account_track
        {
            lines.push(format!("SET KMSECTIONNAME = \"{}\"", department.0));
            lines.push(format!("SET KMSECTIONKEY2 = \"{}\"", password.0));
        }
        if let Some(UserAuthentication { user, password }) =
            &self.authentication
        {
            lines.push(format!("SET KMUSERNAME = \"{}\"", user.0));
            lines.push(format!("SET KMUSERKEY2 = \"{}\"", password.0));
        }
        if let Some(SecurePrint { id, password }) = &self.secure_print {
            lines.push("SET HOLD = ON".into());
            lines.push("SET HOLDTYPE = PRIVATE".into());
            lines.push(format!("SET KMJOBID = \"{}\"", id.0));
            lines.push(format!("SET HOLDKEY = \"{}\"", password.0));
        }
        if let Some(language) = self.language.name() {
            lines.push(format!("ENTER LANGUAGE = {language}"));
        }
        let mut bytes = UEL.to_vec();
        for line in lines {
            bytes.extend_from_slice(format!("@PJL {line}\r\n").as_bytes());
        }
        bytes
    }

    /// The bytes after the job's data.
    pub fn footer(&self) -> Vec<u8> {
        let end = format!("@PJL EOJ NAME=\"{}\"\r\n", self.tag());
        [UEL, end.as_bytes(), UEL].concat()
    }
}

impl Language {
    /// Its name in PJL; none for [`Language::Raw`].
    pub fn name(self) -> Option<&'static str> {
        match self {
            Language::PclXl => Some("PCLXL"),
            Language::PostScript => Some("POSTSCRIPT"),
            Language::Pdf => Some("PDF"),
            Language::Raw => None,
        }
    }
}

impl Secret {
    /// Takes a text that PJL can carry unchanged.
    ///
    /// # Errors
    /// When the text is empty, longer than 80 characters, or has a character
    /// that PJL cannot carry: a double quote, a control character, anything
    /// but ASCII.
    pub fn new(text: impl Into<String>) -> Result<Secret, BadSecret> {
        let text = text.into();
        if text.is_empty() || safe(&text, LONGEST) != text {
            return Err(BadSecret);
        }
        Ok(Secret(text))
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(…)")
    }
}

/// `text` as PJL can carry it between quotes: printable ASCII, no quote, no
/// longer than `most` characters.
pub(crate) fn safe(text: &str, most: usize) -> String {
    text.chars()
        .map(|c| match c {
            '"' => '\'',
            ' '..='~' => c,
            _ if c.is_control() => ' ',
            _ => '?',
        })
        .take(most)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Edge;

    fn text(bytes: Vec<u8>) -> String {
        String::from_utf8(bytes).expect("PJL is ASCII")
    }

    #[test]
    fn a_plain_job_has_a_plain_frame() {
        let mut ticket =
            JobTicket::new("report.pdf", "venkman", Language::PclXl);
        ticket.id = "7".into();
        ticket.copies = 2;
        assert_eq!(
            text(ticket.header()),
            "\x1b%-12345X@PJL JOB NAME=\"report.pdf #7\"\r\n\
             @PJL SET JOBNAME=\"report.pdf\"\r\n\
             @PJL SET USERNAME=\"venkman\"\r\n\
             @PJL SET QTY=2\r\n\
             @PJL ENTER LANGUAGE = PCLXL\r\n"
        );
        assert_eq!(
            text(ticket.footer()),
            "\x1b%-12345X@PJL EOJ NAME=\"report.pdf #7\"\r\n\x1b%-12345X"
        );
    }

    #[test]
    fn a_name_with_pjl_in_it_stays_a_name() {
        let nasty = "x\"\r\n@PJL SET QTY=999\r\n\x1b%-12345X@PJL RESET\n\0é";
        let ticket = JobTicket {
            id: nasty.into(),
            ..JobTicket::new(nasty, nasty, Language::Raw)
        };
        let header = text(ticket.header());
        assert_eq!(header.matches('\x1b').count(), 1, "{header}");
        assert_eq!(header.lines().count(), 4, "{header}");
        for line in header.trim_start_matches("\x1b%-12345X").lines() {
            assert!(line.starts_with("@PJL "), "{line}");
            assert!(line.matches('"').count() % 2 == 0, "{line}");
            assert!(line.len() < 120, "{line}");
        }
        assert_eq!(text(ticket.footer()).matches('\x1b').count(), 2);
    }

    #[test]
    fn any_name_at_all_makes_the_same_number_of_lines() {
        for code in (0..=0x10FFFFu32).step_by(7).chain(0..=0xFF) {
            let Some(c) = char::from_u32(code) else {
                continue;
            };
            let name = format!("{c}{c}@PJL");
            let ticket = JobTicket::new(name, "u", Language::Raw);
            assert_eq!(text(ticket.header()).lines().count(), 4, "{code:x}");
        }
    }

    #[test]
    fn a_secret_is_carried_exactly_or_refused() {
        assert!(Secret::new("p4ss word;=").is_ok());
        for bad in ["", "a\"b", "a\nb", "ключ", &"x".repeat(81)] {
            assert_eq!(Secret::new(bad), Err(BadSecret), "{bad:?}");
        }
        let secret = Secret::new("gozer").expect("plain");
        assert_eq!(format!("{secret:?}"), "Secret(…)");
    }

    #[test]
    fn the_finisher_is_asked_in_words_of_its_own() {
        let punch = Punch { edge: Edge::Top, holes: 4 };
        let ticket = JobTicket {
            staple: Some(Staple::Along(Edge::Left)),
            punch: Some(punch),
            ..JobTicket::new("a", "b", Language::PclXl)
        };
        let header = text(ticket.header());
        for line in ["FINISH=ON", "STAPLE=LEFT", "PUNCH=TOP", "PUNCHNUMBER=4"] {
            assert!(header.contains(&format!("@PJL SET {line}\r\n")), "{line}");
        }
    }

    #[test]
    fn secrets_are_sent_as_the_vendor_sends_them() {
        let secret = |text: &str| Secret::new(text).expect("plain");
        let ticket = JobTicket {
            secure_print: Some(SecurePrint {
                id: secret("box"),
                password: secret("1984"),
            }),
            account_track: Some(AccountTrack {
                department: secret("dept"),
                password: secret("pw"),
            }),
            authentication: Some(UserAuthentication {
                user: secret("egon"),
                password: secret("spores"),
            }),
            ..JobTicket::new("a", "b", Language::PostScript)
        };
        let header = text(ticket.header());
        for line in [
            "SET KMCOETYPE=0",
            "SET KMSECTIONNAME = \"dept\"",
            "SET KMSECTIONKEY2 = \"pw\"",
            "SET KMUSERNAME = \"egon\"",
            "SET KMUSERKEY2 = \"spores\"",
            "SET HOLD = ON",
            "SET HOLDTYPE = PRIVATE",
            "SET KMJOBID = \"box\"",
            "SET HOLDKEY = \"1984\"",
            "ENTER LANGUAGE = POSTSCRIPT",
        ] {
            assert!(header.contains(&format!("@PJL {line}\r\n")), "{line}");
        }
    }
}
