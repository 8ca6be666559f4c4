//! Looks for PJL in data that are passed on to the printer unchanged.

use std::io::BufRead;

use crate::UEL;

/// The beginning of a PJL command.
const PREFIX: &[u8] = b"@PJL";

/// Enough of the first line to name its command, in bytes.
const LINE: usize = 64;

/// The worst commands, and what they do. All others are refused as well.
const DANGEROUS: &[(&str, &str)] = &[
    ("FSUPLOAD", "which reads files from the printer's disk"),
    ("FSDOWNLOAD", "which writes files to the printer's disk"),
    ("FSDELETE", "which deletes files on the printer's disk"),
    ("FSQUERY", "which looks for files on the printer's disk"),
    ("FSDIRLIST", "which lists the printer's disk"),
    ("FSMKDIR", "which makes folders on the printer's disk"),
    ("FSINIT", "which erases the printer's disk"),
    ("DEFAULT", "which changes the printer's settings for good"),
    ("INITIALIZE", "which resets the printer's settings to the factory's"),
    ("RDYMSG", "which changes what the printer's display says"),
    ("OPMSG", "which takes the printer off line with a message"),
    ("DMINFO", "which reads the printer's management objects"),
    ("DMCMD", "which changes the printer's management objects"),
    ("RESET", "which resets the printer"),
];

/// Looks for PJL in data that are passed on to the printer unchanged.
///
/// Such data must not leave their frame: a UEL anywhere in them would end the
/// job and begin PJL of the author's choice, and PJL at their very start would
/// be read as part of our header. Some PJL commands read the printer's disk,
/// erase it or change its settings for good, so none of them is let through.
///
/// Feed the scanner each chunk of the data in order, before it is sent.
#[derive(Debug, Default)]
pub struct RawScanner {
    /// Bytes scanned so far.
    scanned: u64,
    /// How many bytes of a UEL the data so far end with.
    matched: usize,
    /// The first bytes that are not white space, until they are judged.
    start: Vec<u8>,
    start_judged: bool,
}

/// Why data is not passed on.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// `ESC%-12345X` in the data.
    #[error(
        "the data has a UEL (ESC%-12345X) at byte {at}, which would end the \
         job and let its author command the printer. Print it to a file \
         without PJL, or send the document instead"
    )]
    Uel {
        /// Offset of its first byte.
        at: u64,
    },
    /// `@PJL` at the beginning.
    #[error(
        "the data begins with PJL ({command}), {}. Print it to a file \
         without PJL, or send the document instead",
        danger(command)
    )]
    Pjl {
        /// The command, such as `FSDELETE`.
        command: String,
    },
}

fn danger(command: &str) -> &'static str {
    let known = DANGEROUS.iter().find(|(name, _)| *name == command);
    known.map_or("which only we may send", |(_, what)| what)
}

impl RawScanner {
    /// A scanner before the first byte.
    pub fn new() -> RawScanner {
        RawScanner::default()
    }

    /// Scans the next chunk.
    ///
    /// # Errors
    /// The first thing found that must not be passed on. The scanner cannot
    /// be used after that.
    pub fn feed(&mut self, chunk: &[u8]) -> Result<(), Refused> {
        self.scan_start(chunk)?;
        let mut rest = chunk;
        // A UEL may begin in one chunk and end in the next.
        while self.matched > 0 {
            let Some((&byte, after)) = rest.split_first() else {
                return Ok(());
            };
            self.step(byte)?;
            rest = after;
        }
        // `skip_until` is the standard library's memchr: it stays fast in
        // builds that are not optimised.
        while let Ok(skipped @ 1..) = rest.skip_until(UEL[0]) {
            self.scanned += skipped as u64;
            if chunk[chunk.len() - rest.len() - 1] != UEL[0] {
                return Ok(());
            }
            self.matched = 1;
            while self.matched > 0 {
                let Some((&byte, after)) = rest.split_first() else {
                    return Ok(());
                };
                self.step(byte)?;
                rest = after;
            }
        }
        Ok(())
    }

    /// Call this after the last chunk: judges a first line that has no end.
    ///
    /// # Errors
    /// As [`feed`](Self::feed).
    pub fn end(mut self) -> Result<(), Refused> {
        self.start_judged = true;
        self.judge_start()
    }

    fn step(&mut self, byte: u8) -> Result<(), Refused> {
        self.scanned += 1;
        self.matched = match byte {
            _ if byte == UEL[self.matched] => self.matched + 1,
            _ if byte == UEL[0] => 1,
            _ => 0,
        };
        if self.matched == UEL.len() {
            self.matched = 0;
            return Err(Refused::Uel { at: self.scanned - UEL.len() as u64 });
        }
        Ok(())
    }

    fn scan_start(&mut self, chunk: &[u8]) -> Result<(), Refused> {
        if self.start_judged {
            return Ok(());
        }
        for &byte in chunk {
            let blank = byte <= b' ';
            if self.start.is_empty() && blank && byte != UEL[0] {
                continue;
            }
            self.start.push(byte);
            let short = self.start.len().min(PREFIX.len());
            if !self.start[..short].eq_ignore_ascii_case(&PREFIX[..short])
                || self.start.len() == LINE
                || byte == b'\n'
            {
                self.start_judged = true;
                return self.judge_start();
            }
        }
        Ok(())
    }

    fn judge_start(&mut self) -> Result<(), Refused> {
        let start = std::mem::take(&mut self.start);
        if start.len() < PREFIX.len()
            || !start[..PREFIX.len()].eq_ignore_ascii_case(PREFIX)
        {
            return Ok(());
        }
        let line = String::from_utf8_lossy(&start[PREFIX.len()..]);
        let command: String = line
            .trim_start()
            .chars()
            .take_while(char::is_ascii_alphanumeric)
            .collect();
        Err(Refused::Pjl { command: command.to_ascii_uppercase() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn in_pieces(data: &[u8], size: usize) -> Result<(), Refused> {
        let mut scanner = RawScanner::new();
        for piece in data.chunks(size) {
            scanner.feed(piece)?;
        }
        scanner.end()
    }

    #[test]
    fn a_uel_is_found_wherever_it_is_and_however_it_is_cut() {
        for before in [0, 1, 7, 8, 9, 63, 64, 65, 1000] {
            for filler in [b'x', 0x1b, b'%'] {
                let mut data = vec![filler; before];
                data.extend_from_slice(UEL);
                data.extend_from_slice(b"@PJL RESET\r\n");
                let found = Err(Refused::Uel { at: before as u64 });
                for size in [1, 2, 3, 8, 9, 10, 64, 4096] {
                    assert_eq!(in_pieces(&data, size), found, "{size}");
                }
            }
        }
    }

    #[test]
    fn what_only_looks_like_a_uel_passes() {
        for data in [
            &b"\x1b%-12345"[..],
            b"\x1b%-12345Y",
            b"\x1b\x1b\x1b%-1234\x1b%-1234",
            b"%-12345X",
            b"",
            b"%!PS-Adobe-3.0\n(\x1bE) show",
            b"mail me @PJL",
            b"@P",
        ] {
            for size in [1, 3, 100] {
                assert_eq!(in_pieces(data, size), Ok(()), "{data:?}");
            }
        }
    }

    #[test]
    fn every_dangerous_command_at_the_start_is_refused_by_name() {
        for (command, why) in DANGEROUS {
            for data in [
                format!("@PJL {command} X=1\r\n"),
                format!("\r\n\t @pjl  {}\n", command.to_lowercase()),
                format!("@PJL {command}"),
            ] {
                for size in [1, 5, 500] {
                    let refused = in_pieces(data.as_bytes(), size);
                    let refused = refused.expect_err(&data);
                    assert_eq!(
                        refused,
                        Refused::Pjl { command: (*command).to_owned() }
                    );
                    assert!(refused.to_string().contains(why));
                }
            }
        }
        assert!(in_pieces(b"@PJL SET QTY=99\r\n", 100).is_err());
    }
}
