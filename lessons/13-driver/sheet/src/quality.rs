//! Print quality, and the saving of toner.

use serde::{Deserialize, Serialize};

use crate::keyword::keywords;

/// How much effort is spent on a page (IPP `print-quality`, RFC 8011 section
/// 5.2.13).
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize,
)]
#[serde(rename_all = "kebab-case")]
pub enum Quality {
    /// 300 dots per inch: a quarter of the data.
    Draft,
    /// The resolution that the server is set to.
    #[default]
    Normal,
    /// 600 dots per inch.
    High,
}

keywords! {
    Quality, "quality",
    Draft = "draft",
    Normal = "normal",
    High = "high",
}

impl Quality {
    /// Dots per inch, where `normal` is the server's own.
    #[must_use]
    pub fn dpi(self, normal: u16) -> u16 {
        match self {
            Quality::Draft => 300,
            Quality::Normal => normal,
            Quality::High => 600,
        }
    }

    /// The number of IPP's enumeration, 3 to 5.
    #[must_use]
    pub fn ipp(self) -> i32 {
        match self {
            Quality::Draft => 3,
            Quality::Normal => 4,
            Quality::High => 5,
        }
    }

    /// The quality of this number in IPP.
    #[must_use]
    pub fn from_ipp(number: i32) -> Option<Quality> {
        Quality::ALL.iter().copied().find(|one| one.ipp() == number)
    }
}

// ANCHOR: save_toner
/// Makes dots lighter, to save toner: each sample, 0 to 255, gets three fifths
/// of its darkness. White stays white, black becomes a grey of 102, and what
/// differed still differs.
pub fn save_toner(samples: &mut [u8]) {
    for sample in samples {
        let darkness = u16::from(255 - *sample);
        *sample = 255 - (darkness * 3 / 5) as u8;
    }
}
// ANCHOR_END: save_toner
