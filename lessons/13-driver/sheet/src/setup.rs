//! What a printer is told of a side before its images.

use crate::{Duplex, MediaType, Sheet, Tray};

/// What a printer is told of a side before its images.
#[derive(Clone, Copy, Debug)]
pub struct PageSetup<'a> {
    /// The side's sheet.
    pub sheet: &'a Sheet,
    /// One side of the paper or both.
    pub duplex: Duplex,
    /// Whether this side is a back.
    pub is_back: bool,
    /// In colours, or grey.
    pub color: bool,
    /// The tray; `None` leaves it to the printer.
    pub tray: Option<Tray>,
    /// The kind of paper; `None` takes any.
    pub media_type: Option<MediaType>,
    /// How many times the side is printed, one after the other.
    pub copies: u16,
}
