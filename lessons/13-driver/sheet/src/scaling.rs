//! Scaling, and the number of pages on a side.

use serde::{Deserialize, Serialize};

use crate::keyword::keywords;

/// How large a page is drawn on its part of the sheet (IPP `print-scaling`, PWG
/// 5100.16 section 5.2.4). In every case it is centred, and keeps its shape.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize,
)]
#[serde(rename_all = "kebab-case")]
pub enum Scaling {
    /// As it is. A page that sticks out by more than a point is scaled down
    /// until its edges are the sheet's: what was made for another paper has
    /// margins of its own.
    #[default]
    Auto,
    /// As it is; a page that sticks out is scaled down to what the printer can
    /// print of the sheet, so that nothing is cut off.
    AutoFit,
    /// Scaled, up or down, to what the printer can print of the sheet.
    Fit,
    /// Scaled, up or down, until it covers the sheet. What sticks out is cut
    /// off.
    Fill,
    /// As it is. What sticks out is cut off.
    None,
}

keywords! {
    Scaling, "scaling",
    Auto = "auto",
    AutoFit = "auto-fit",
    Fit = "fit",
    Fill = "fill",
    None = "none",
}

/// How many pages lie on a side (IPP `number-up`, RFC 8011 section 5.2.9): 1,
/// 2, 4, 6, 9 or 16. The first is at the upper left, the next to its right, and
/// so on, row by row (`toright-tobottom` of PWG 5100.3 section 3.16).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "u8", into = "u8")]
pub struct NumberUp(u8);

impl NumberUp {
    /// Every value.
    pub const ALL: [NumberUp; 6] = [
        NumberUp(1),
        NumberUp(2),
        NumberUp(4),
        NumberUp(6),
        NumberUp(9),
        NumberUp(16),
    ];

    /// `None` when there is no such value.
    #[must_use]
    pub fn new(pages: u8) -> Option<NumberUp> {
        NumberUp::ALL.into_iter().find(|number| number.0 == pages)
    }

    /// The number of pages on a side.
    #[must_use]
    pub fn get(self) -> u8 {
        self.0
    }

    /// Columns and rows on a side that stands upright as its pages do, when the
    /// number is a square; otherwise on a side that lies across them.
    pub(crate) fn grid(self) -> (u8, u8) {
        match self.0 {
            2 => (2, 1),
            4 => (2, 2),
            6 => (3, 2),
            9 => (3, 3),
            16 => (4, 4),
            _ => (1, 1),
        }
    }
}

impl Default for NumberUp {
    fn default() -> NumberUp {
        NumberUp(1)
    }
}

impl TryFrom<u8> for NumberUp {
    type Error = &'static str;

    fn try_from(pages: u8) -> Result<NumberUp, &'static str> {
        NumberUp::new(pages).ok_or("a side holds 1, 2, 4, 6, 9 or 16 pages")
    }
}

impl From<NumberUp> for u8 {
    fn from(number: NumberUp) -> u8 {
        number.0
    }
}
