//! How a sheet is held.

use serde::{Deserialize, Serialize};

use crate::keyword::keywords;

/// How a side of a sheet is held when it is read (IPP `orientation-requested`,
/// RFC 8011 section 5.2.10).
///
/// A page is never turned on its sheet: the sheet is turned for the page.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Orientation {
    /// The short edge is the top.
    Portrait,
    /// The long edge is the top.
    Landscape,
    /// As landscape, the other way up.
    ReverseLandscape,
    /// As portrait, the other way up.
    ReversePortrait,
}

keywords! {
    Orientation, "orientation",
    Portrait = "portrait",
    Landscape = "landscape",
    ReverseLandscape = "reverse-landscape",
    ReversePortrait = "reverse-portrait",
}

impl Orientation {
    /// Whether the long edge is the top.
    #[must_use]
    pub fn is_landscape(self) -> bool {
        matches!(self, Orientation::Landscape | Orientation::ReverseLandscape)
    }

    /// The number of IPP's enumeration, 3 to 6.
    #[must_use]
    pub fn ipp(self) -> i32 {
        match self {
            Orientation::Portrait => 3,
            Orientation::Landscape => 4,
            Orientation::ReverseLandscape => 5,
            Orientation::ReversePortrait => 6,
        }
    }

    /// The orientation of this number in IPP; `None` for 7, which leaves it to
    /// the printer, and for what is none.
    #[must_use]
    pub fn from_ipp(number: i32) -> Option<Orientation> {
        Orientation::ALL.iter().copied().find(|one| one.ipp() == number)
    }
}
