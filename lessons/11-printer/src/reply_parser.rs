//! Cuts what the printer sends into messages, and reads each one.

use crate::status::Status;

/// The character that ends each message.
const FORM_FEED: u8 = 0x0C;

/// One message of the printer (PJL manual, "Status readback commands").
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reply {
    /// Answer to `INFO STATUS`.
    Status(Status),
    /// Unsolicited: the device's state changed (`USTATUS DEVICE`).
    Device(Status),
    /// Unsolicited: a job's first page is being made ready (`USTATUS JOB`).
    JobStart {
        /// As the job's own `@PJL JOB NAME` had it.
        name: String,
    },
    /// Unsolicited: a job's last page is out.
    JobEnd {
        /// As the job's own `@PJL JOB NAME` had it.
        name: String,
        /// Pages printed, when the printer counts them.
        pages: Option<u32>,
    },
    /// Unsolicited: the job was cancelled at the printer's panel.
    JobCancelled {
        /// As the job's own `@PJL JOB NAME` had it.
        name: String,
    },
    /// Unsolicited: how many pages of the job are out (`USTATUS PAGE`).
    Page(u32),
    /// Answer to `INQUIRE`: a setting's value, or `?` when there is no such
    /// setting.
    Setting {
        /// Such as `INTRAY1SIZE`.
        name: String,
        /// Such as `A4`.
        value: String,
    },
    /// The words of an `ECHO` command, sent back. All replies to earlier
    /// commands have come before it.
    Echo(String),
    /// The first line of any other message.
    Other(String),
}

/// Cuts what the printer sends into [`Reply`]s, however the bytes arrive.
///
/// A message ends with a form feed. The printer is not trusted: a message
/// longer than [`ReplyParser::LONGEST`] is dropped up to its form feed, bytes
/// that are not UTF-8 are replaced, and a number that cannot be read counts as
/// missing.
#[derive(Debug, Default)]
pub struct ReplyParser {
    message: Vec<u8>,
    too_long: bool,
}

impl ReplyParser {
    /// The longest message that is kept, in bytes.
    pub const LONGEST: usize = 8 * 1024;

    /// A parser at the beginning of a message.
    pub fn new() -> ReplyParser {
        ReplyParser::default()
    }

    /// Takes the bytes that came and hands each whole message on.
    pub fn feed(&mut self, bytes: &[u8], mut each: impl FnMut(Reply)) {
        for piece in bytes.split_inclusive(|&byte| byte == FORM_FEED) {
            let (piece, ends) = match piece.split_last() {
                Some((&FORM_FEED, text)) => (text, true),
                _ => (piece, false),
            };
            if self.message.len() + piece.len() > ReplyParser::LONGEST {
                self.too_long = true;
                self.message.clear();
            }
            if !self.too_long {
                self.message.extend_from_slice(piece);
            }
            if ends {
                if !self.too_long {
                    let text = String::from_utf8_lossy(&self.message);
                    parse(&text).into_iter().for_each(&mut each);
                }
                self.message.clear();
                self.too_long = false;
            }
        }
    }
}

/// The first line names the message, the others are `KEY=value`.
fn parse(message: &str) -> Option<Reply> {
    let mut lines = message.lines().map(str::trim).filter(|l| !l.is_empty());
    let first = lines.next()?;
    let mut words = first.split_ascii_whitespace();
    if words.next() != Some("@PJL") {
        return Some(Reply::Other(printable(first)));
    }
    let rest: Vec<&str> = lines.collect();
    let value = |key: &str| {
        rest.iter().find_map(|line| {
            let (name, value) = line.split_once('=')?;
            name.trim().eq_ignore_ascii_case(key).then(|| unquoted(value))
        })
    };
    let status = || {
        Some(Status {
            code: value("CODE")?.parse().ok()?,
            display: printable(value("DISPLAY").unwrap_or_default()),
            online: match value("ONLINE") {
                Some("TRUE") => Some(true),
                Some("FALSE") => Some(false),
                _ => None,
            },
        })
    };
    let name = || value("NAME").unwrap_or_default().to_owned();
    let known = match (words.next(), words.next()) {
        (Some("INFO"), Some("STATUS")) => status().map(Reply::Status),
        (Some("USTATUS"), Some("DEVICE")) => status().map(Reply::Device),
        (Some("USTATUS"), Some("PAGE")) => {
            rest.first().and_then(|n| n.parse().ok()).map(Reply::Page)
        }
        (Some("USTATUS"), Some("JOB")) => match rest.first() {
            Some(&"START") => Some(Reply::JobStart { name: name() }),
            Some(&"END") => Some(Reply::JobEnd {
                name: name(),
                pages: value("PAGES").and_then(|n| n.parse().ok()),
            }),
            Some(&("CANCELED" | "CANCELLED" | "CANCEL")) => {
                Some(Reply::JobCancelled { name: name() })
            }
            _ => None,
        },
        (Some("INQUIRE"), Some(name)) => {
            rest.first().map(|value| Reply::Setting {
                name: printable(name),
                value: printable(unquoted(value)),
            })
        }
        (Some("ECHO"), _) => {
            let words = first.split_once("ECHO").map_or("", |(_, text)| text);
            Some(Reply::Echo(words.trim().to_owned()))
        }
        _ => None,
    };
    Some(known.unwrap_or_else(|| Reply::Other(printable(first))))
}

fn unquoted(value: &str) -> &str {
    value.trim().trim_matches('"')
}

/// `text` fit for terminals and web pages, where it will be shown, and at most
/// 200 characters long.
fn printable(text: &str) -> String {
    safe_text::plain(text, 200)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all(bytes: &[u8]) -> Vec<Reply> {
        let mut found = Vec::new();
        ReplyParser::new().feed(bytes, |reply| found.push(reply));
        found
    }

    const TALK: &[u8] = b"@PJL INFO STATUS\r\nCODE=10001\r\nDISPLAY=\"Ready\"\
        \r\nONLINE=TRUE\r\n\x0c@PJL ECHO gozer 1984\r\n\x0c\
        @PJL USTATUS JOB\r\nSTART\r\nNAME=\"report.pdf #7\"\r\n\x0c\
        @PJL USTATUS PAGE\r\n2\r\n\x0c\
        @PJL USTATUS DEVICE\r\nCODE=40022\r\nDISPLAY=\"JAM\"\r\n\
        ONLINE=FALSE\r\n\x0c\
        @PJL USTATUS JOB\r\nEND\r\nNAME=\"report.pdf #7\"\r\nPAGES=3\r\n\x0c\
        @PJL INQUIRE INTRAY1SIZE\r\nA4\r\n\x0c";

    #[test]
    fn each_kind_of_message_is_read() {
        let name = || "report.pdf #7".to_owned();
        let status = |code, display: &str, online| Status {
            code,
            display: display.into(),
            online: Some(online),
        };
        assert_eq!(
            all(TALK),
            [
                Reply::Status(status(10001, "Ready", true)),
                Reply::Echo("gozer 1984".into()),
                Reply::JobStart { name: name() },
                Reply::Page(2),
                Reply::Device(status(40022, "JAM", false)),
                Reply::JobEnd { name: name(), pages: Some(3) },
                Reply::Setting {
                    name: "INTRAY1SIZE".into(),
                    value: "A4".into(),
                },
            ]
        );
    }

    #[test]
    fn it_does_not_matter_how_the_bytes_arrive() {
        let whole = all(TALK);
        for size in 1..TALK.len() {
            let (mut replies, mut found) = (ReplyParser::new(), Vec::new());
            for piece in TALK.chunks(size) {
                replies.feed(piece, |reply| found.push(reply));
            }
            assert_eq!(found, whole, "in pieces of {size}");
        }
    }

    #[test]
    fn an_endless_message_is_dropped_and_the_next_one_is_read() {
        let (mut replies, mut found) = (ReplyParser::new(), Vec::new());
        for _ in 0..1000 {
            replies.feed(&[b'x'; 1000], |reply| found.push(reply));
            assert!(replies.message.capacity() <= 2 * ReplyParser::LONGEST);
        }
        replies.feed(b"\x0c@PJL ECHO here\r\n\x0c", |r| found.push(r));
        assert_eq!(found, [Reply::Echo("here".into())]);
    }

    #[test]
    fn nonsense_is_never_a_status() {
        for nonsense in [
            "\x0c",
            "\r\n\r\n\x0c",
            "@PJL\x0c",
            "@PJL USTATUS\x0c",
            "@PJL USTATUS DEVICE\x0c",
            "@PJL USTATUS DEVICE\r\nCODE=\r\n\x0c",
            "@PJL USTATUS DEVICE\r\nCODE=-1\r\n\x0c",
            "@PJL USTATUS DEVICE\r\nCODE=99999999999999999999\r\n\x0c",
            "@PJL USTATUS PAGE\r\nmany\r\n\x0c",
            "@PJL INQUIRE INTRAY1SIZE\x0c",
            "@PJL USTATUS JOB\r\nMAYBE\r\n\x0c",
            "@PJL INFO STATUS\r\n=\r\n=\"\r\n\x0c",
        ] {
            for reply in all(nonsense.as_bytes()) {
                assert!(matches!(reply, Reply::Other(_)), "{nonsense:?}");
            }
        }
        for byte in 0..=u8::MAX {
            all(&[byte, b'=', byte, FORM_FEED, byte]);
        }
    }

    #[test]
    fn control_characters_do_not_reach_a_terminal() {
        let found = all(
            b"@PJL INFO STATUS\r\nCODE=10001\r\nDISPLAY=\"\x1b[2J\"\r\n\x0c",
        );
        let [Reply::Status(status)] = &found[..] else { panic!("{found:?}") };
        assert_eq!(status.display, "[2J");
        let found = all("@PJL INFO STATUS\r\nCODE=10001\r\n\
            DISPLAY=\"Re\u{202e}ady\u{2028}\"\r\n\x0c"
            .as_bytes());
        let [Reply::Status(status)] = &found[..] else { panic!("{found:?}") };
        assert_eq!(status.display, "Ready");
    }
}
