//! The settings: how a document is to be printed.

use std::{fmt, str::FromStr, thread};

use serde::{Deserialize, Serialize};

use crate::PageRanges;

/// The most threads that draw: more would hold more memory than they save time.
pub const MOST_THREADS: usize = 64;

/// One thread for each processor of this machine, as far as a job may have
/// them.
#[must_use]
pub fn default_threads() -> usize {
    let processors = thread::available_parallelism();
    threads_for(processors.map_or(1, usize::from))
}

fn threads_for(processors: usize) -> usize {
    processors.clamp(1, MOST_THREADS)
}

/// How a document is to be printed. The default: every page once, in colour,
/// at 600 dpi, on the paper that fits it, on one side.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Settings {
    /// Dots per inch: 300 or 600.
    pub dpi: u16,
    /// sRGB when true, else 8-bit grey.
    pub color: bool,
    /// The paper; `None` chooses the one that fits each page best.
    pub media: Option<Media>,
    /// The papers to choose from, because they are in the printer's trays. When
    /// none is known to be, any may be asked for.
    pub loaded: Vec<Media>,
    /// The pages; `None` prints all of them.
    pub pages: Option<PageRanges>,
    /// How many times each page is printed, 1 to 999, uncollated (PCL XL
    /// `PageCopies`). For collated sets leave it at 1 and ask the printer by
    /// PJL (`QTY`).
    pub copies: u16,
    /// One side of the paper or both.
    pub duplex: Duplex,
    /// How many threads draw, 1 to 64. The result does not depend on it.
    pub threads: usize,
    /// The pages (from 1) that the second renderer draws, as the check said:
    /// see [`set_second_renderer`](crate::set_second_renderer).
    pub second_pages: Vec<u32>,
}

/// Why settings cannot be printed with.
#[derive(
    Clone, Debug, PartialEq, Eq, thiserror::Error, Serialize, Deserialize,
)]
pub enum SettingsError {
    /// Neither 300 nor 600 dpi.
    #[error("{0} dpi: this printer prints at 300 or 600 dpi")]
    Dpi(u16),
    /// Not 1 to 999 copies.
    #[error("{0} copies: ask for 1 to 999")]
    Copies(u16),
    /// Not 1 to 64 threads.
    #[error("{0} threads: use 1 to {MOST_THREADS}")]
    Threads(usize),
}

impl Default for Settings {
    fn default() -> Settings {
        Settings {
            dpi: 600,
            color: true,
            media: None,
            loaded: Vec::new(),
            pages: None,
            copies: 1,
            duplex: Duplex::Off,
            threads: 2,
            second_pages: Vec::new(),
        }
    }
}

impl Settings {
    /// Checks every setting.
    ///
    /// # Errors
    /// The first setting that is out of range.
    pub fn check(&self) -> Result<(), SettingsError> {
        if !matches!(self.dpi, 300 | 600) {
            return Err(SettingsError::Dpi(self.dpi));
        }
        if !(1..=999).contains(&self.copies) {
            return Err(SettingsError::Copies(self.copies));
        }
        if !(1..=MOST_THREADS).contains(&self.threads) {
            return Err(SettingsError::Threads(self.threads));
        }
        Ok(())
    }
}

/// The paper in the printer's trays.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Media {
    /// 210 × 297 mm (ISO 216).
    A4,
    /// 8.5 × 11 inches (ANSI A).
    Letter,
    /// 297 × 420 mm (ISO 216).
    A3,
}

impl Media {
    /// Every size, the smallest first.
    pub const ALL: [Media; 3] = [Media::A4, Media::Letter, Media::A3];

    /// Width and height in points (1/72 inch), standing upright.
    pub fn points(self) -> (f64, f64) {
        let mm = |mm: f64| mm * 72.0 / 25.4;
        match self {
            Media::A4 => (mm(210.0), mm(297.0)),
            Media::Letter => (612.0, 792.0),
            Media::A3 => (mm(297.0), mm(420.0)),
        }
    }
}

impl fmt::Display for Media {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self, f)
    }
}

/// The text names no paper.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is not a paper in this printer: use A4, Letter or A3")]
pub struct UnknownMedia(String);

impl FromStr for Media {
    type Err = UnknownMedia;

    fn from_str(text: &str) -> Result<Media, UnknownMedia> {
        Media::ALL
            .into_iter()
            .find(|media| media.to_string().eq_ignore_ascii_case(text))
            .ok_or_else(|| UnknownMedia(text.chars().take(40).collect()))
    }
}

/// One side of the paper or both.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Duplex {
    /// One side.
    Off,
    /// Both, to be turned like a book's leaf.
    LongEdge,
    /// Both, to be turned like a notepad's.
    ShortEdge,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_machine_of_any_size_gets_threads_that_a_job_may_have() {
        for processors in [0, 1, 64, 65, 128, 4096] {
            let threads = threads_for(processors);
            let settings = Settings { threads, ..Settings::default() };
            assert_eq!(settings.check(), Ok(()), "{processors}");
        }
        assert_eq!(threads_for(128), MOST_THREADS);
    }
}
