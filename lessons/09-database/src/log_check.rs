//! The write-ahead log of a file that nobody has open, examined before SQLite
//! reads it.
//!
//! SQLite takes what it can from a log that a crash has left, up to the first
//! frame whose checksum is wrong, and forgets the rest without a word: the
//! usual rest is a transaction that the crash has cut off. But where whole
//! transactions follow, the log is damaged, and what it acknowledged is lost.
//!
//! <https://www.sqlite.org/fileformat2.html#the_write_ahead_log>

use std::{
    fs::File,
    io::{self, BufReader, Read},
    path::Path,
};

use crate::{Database, Result};

/// The log begins with one of these, which also says how its checksums count:
/// by words with the least or the most significant byte first.
const LITTLE_ENDIAN: u32 = 0x377f_0682;
const BIG_ENDIAN: u32 = 0x377f_0683;
const HEADER: usize = 32;
const FRAME_HEADER: usize = 24;
/// A writer in another process may be at work while the log is read: damage
/// is still there at the third look.
const LOOKS: u32 = 3;

impl Database {
    /// Finds out whether the log has transactions that SQLite will not see.
    ///
    /// # Errors
    /// [`Error::Damaged`](crate::Error::Damaged).
    pub(crate) fn check_log(&self) -> Result<()> {
        let log = self.beside("-wal");
        let mut found = None;
        for _ in 0..LOOKS {
            // A log that cannot be read is SQLite's to complain of.
            found = examine(&log).ok().flatten();
            if found.is_none() {
                return Ok(());
            }
        }
        let (good, lost) = found.unwrap_or_default();
        Err(self.damaged(format!(
            "of the changes in its log, {}, the first {good} pages can be \
             read, and up to {lost} more cannot. To go on without those: \
             sqlite3 {} 'PRAGMA wal_checkpoint(TRUNCATE)'",
            log.display(),
            self.path().display()
        )))
    }
}

/// How many frames are good, and how many are behind them; `None` if no
/// transaction is.
fn examine(log: &Path) -> io::Result<Option<(u64, u64)>> {
    let mut log = BufReader::with_capacity(1 << 16, File::open(log)?);
    let mut header = [0; HEADER];
    if log.read_exact(&mut header).is_err() || header == [0; HEADER] {
        return Ok(None);
    }
    let word = |bytes: &[u8], at: usize| {
        u32::from_be_bytes([
            bytes[at],
            bytes[at + 1],
            bytes[at + 2],
            bytes[at + 3],
        ])
    };
    let magic = word(&header, 0);
    let page = usize::try_from(word(&header, 8)).unwrap_or(0);
    let mut sums =
        Sums { little_endian: magic == LITTLE_ENDIAN, state: [0; 2] };
    sums.add(&header[..24]);
    let is_header = matches!(magic, LITTLE_ENDIAN | BIG_ENDIAN)
        && sums.state == [word(&header, 24), word(&header, 28)]
        && page.is_power_of_two()
        && (512..=65536).contains(&page);
    if !is_header {
        // It is written at once, before any frame: this was no crash.
        let mut rest = Vec::new();
        log.take(1 << 20).read_to_end(&mut rest)?;
        let lost = rest.len() / (FRAME_HEADER + 512);
        return Ok((lost > 0).then_some((0, lost as u64)));
    }
    let (mut good, mut behind, mut lost) = (0, 0, 0);
    let mut frame = vec![0; FRAME_HEADER + page];
    while log.read_exact(&mut frame).is_ok() {
        // Frames from before the log was begun anew have other salts.
        let is_of_this_log = frame[8..16] == header[16..24];
        if behind == 0 && is_of_this_log {
            sums.add(&frame[..8]);
            sums.add(&frame[FRAME_HEADER..]);
            if sums.state == [word(&frame, 16), word(&frame, 20)] {
                good += 1;
                continue;
            }
        }
        behind += 1;
        // The last frame of a transaction names the size of the database.
        if is_of_this_log && word(&frame, 4) != 0 && behind > 1 {
            lost = behind;
        }
    }
    Ok((lost > 0).then_some((good, lost)))
}

/// SQLite's running checksum.
struct Sums {
    little_endian: bool,
    state: [u32; 2],
}

impl Sums {
    /// Adds bytes, a multiple of eight.
    fn add(&mut self, bytes: &[u8]) {
        let word = |four: [u8; 4]| match self.little_endian {
            true => u32::from_le_bytes(four),
            false => u32::from_be_bytes(four),
        };
        let [mut first, mut second] = self.state;
        for eight in bytes.chunks_exact(8) {
            let one = word([eight[0], eight[1], eight[2], eight[3]]);
            let two = word([eight[4], eight[5], eight[6], eight[7]]);
            first = first.wrapping_add(one).wrapping_add(second);
            second = second.wrapping_add(two).wrapping_add(first);
        }
        self.state = [first, second];
    }
}
