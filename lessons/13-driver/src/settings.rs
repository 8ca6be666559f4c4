//! The settings: how a document is to be printed.

use std::thread;

use serde::{Deserialize, Serialize};
use sheet::{
    Duplex, Layout, Media, MediaType, NumberUp, Orientation, PageSetup, Punch,
    Resume, Scaling, Side, Staple, Tray,
};

use crate::{Language, PageRanges};

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
    /// The language in which pages leave.
    pub language: Language,
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
    /// Where a printing goes on that was broken off; `None` prints all.
    pub resume: Option<Resume>,
    /// How many times each page is printed, 1 to 999, uncollated (PCL XL
    /// `PageCopies`). For collated sets leave it at 1 and ask the printer by
    /// PJL (`QTY`).
    pub copies: u16,
    /// One side of the paper or both.
    pub duplex: Duplex,
    /// How large a page is drawn on its sheet.
    pub scaling: Scaling,
    /// How many pages lie on a side.
    pub number_up: NumberUp,
    /// How a sheet is held; `None` turns it for its first page.
    pub orientation: Option<Orientation>,
    /// The tray; `None` leaves it to the printer, which looks for the paper.
    pub tray: Option<Tray>,
    /// The kind of paper; `None` takes any.
    pub media_type: Option<MediaType>,
    /// Draws lighter: see [`save_toner`](sheet::save_toner).
    pub save_toner: bool,
    /// Where each set is stapled. Only PostScript can say so by itself: with
    /// PCL XL, the printer is asked by PJL.
    pub staple: Option<Staple>,
    /// Where each sheet is punched; likewise.
    pub punch: Option<Punch>,
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
            language: Language::PclXl,
            dpi: 600,
            color: true,
            media: None,
            loaded: Vec::new(),
            pages: None,
            resume: None,
            copies: 1,
            duplex: Duplex::Off,
            scaling: Scaling::Auto,
            number_up: NumberUp::default(),
            orientation: None,
            tray: None,
            media_type: None,
            save_toner: false,
            staple: None,
            punch: None,
            threads: 2,
            second_pages: Vec::new(),
        }
    }
}

impl Settings {
    /// How pages are laid on sheets.
    #[must_use]
    pub fn layout(&self) -> Layout {
        Layout {
            dpi: self.dpi,
            media: self.media,
            loaded: self.loaded.clone(),
            scaling: self.scaling,
            number_up: self.number_up,
            orientation: self.orientation,
            duplex: self.duplex,
        }
    }

    /// What the printer is told of a side.
    pub(crate) fn page_setup<'a>(&self, side: &'a Side) -> PageSetup<'a> {
        PageSetup {
            sheet: &side.sheet,
            duplex: self.duplex,
            is_back: side.is_back,
            color: self.color,
            tray: self.tray,
            media_type: self.media_type,
            copies: self.copies,
        }
    }

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
