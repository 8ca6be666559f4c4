//! What becomes of the printed sheets.

use serde::{Deserialize, Serialize};

use crate::keyword::keywords;

/// One side of the paper or both.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize,
)]
pub enum Duplex {
    /// One side.
    #[default]
    Off,
    /// Both, to be turned like a book's leaf.
    LongEdge,
    /// Both, to be turned like a notepad's.
    ShortEdge,
}

/// Where each set is stapled, by its keyword in IPP (`finishings`, PWG 5100.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Staple {
    /// One staple in the upper left corner.
    TopLeft,
    /// One staple in the lower left corner.
    BottomLeft,
    /// One staple in the upper right corner.
    TopRight,
    /// Two along the left edge.
    DualLeft,
    /// Two along the upper edge.
    DualTop,
    /// Two along the right edge.
    DualRight,
}

keywords! {
    Staple, "staple",
    TopLeft = "top-left",
    BottomLeft = "bottom-left",
    TopRight = "top-right",
    DualLeft = "dual-left",
    DualTop = "dual-top",
    DualRight = "dual-right",
}

/// Where each sheet is punched, by its keyword in IPP (`finishings`, PWG
/// 5100.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Punch {
    /// Two holes along the left edge.
    DualLeft,
    /// Two holes along the upper edge.
    DualTop,
    /// Two holes along the right edge.
    DualRight,
    /// Three holes along the left edge.
    TripleLeft,
    /// Three holes along the upper edge.
    TripleTop,
    /// Three holes along the right edge.
    TripleRight,
    /// Four holes along the left edge.
    QuadLeft,
    /// Four holes along the upper edge.
    QuadTop,
    /// Four holes along the right edge.
    QuadRight,
}

keywords! {
    Punch, "punch",
    DualLeft = "dual-left",
    DualTop = "dual-top",
    DualRight = "dual-right",
    TripleLeft = "triple-left",
    TripleTop = "triple-top",
    TripleRight = "triple-right",
    QuadLeft = "quad-left",
    QuadTop = "quad-top",
    QuadRight = "quad-right",
}

impl Staple {
    /// The number of IPP's enumeration `finishings` (PWG 5100.1, table 1).
    #[must_use]
    pub fn ipp(self) -> i32 {
        match self {
            Staple::TopLeft => 20,
            Staple::BottomLeft => 21,
            Staple::TopRight => 22,
            Staple::DualLeft => 28,
            Staple::DualTop => 29,
            Staple::DualRight => 30,
        }
    }

    /// The staple of this number in IPP; 4, "somewhere", is the upper left
    /// corner.
    #[must_use]
    pub fn from_ipp(number: i32) -> Option<Staple> {
        if number == 4 {
            return Some(Staple::TopLeft);
        }
        Staple::ALL.iter().copied().find(|one| one.ipp() == number)
    }
}

impl Punch {
    /// The number of IPP's enumeration `finishings` (PWG 5100.1, table 1).
    #[must_use]
    pub fn ipp(self) -> i32 {
        match self {
            Punch::DualLeft => 74,
            Punch::DualTop => 75,
            Punch::DualRight => 76,
            Punch::TripleLeft => 78,
            Punch::TripleTop => 79,
            Punch::TripleRight => 80,
            Punch::QuadLeft => 82,
            Punch::QuadTop => 83,
            Punch::QuadRight => 84,
        }
    }

    /// The holes of this number in IPP; 5, "somewhere", are two at the left.
    #[must_use]
    pub fn from_ipp(number: i32) -> Option<Punch> {
        if number == 5 {
            return Some(Punch::DualLeft);
        }
        Punch::ALL.iter().copied().find(|one| one.ipp() == number)
    }

    /// How many holes.
    #[must_use]
    pub fn holes(self) -> u8 {
        match self {
            Punch::DualLeft | Punch::DualTop | Punch::DualRight => 2,
            Punch::TripleLeft | Punch::TripleTop | Punch::TripleRight => 3,
            Punch::QuadLeft | Punch::QuadTop | Punch::QuadRight => 4,
        }
    }
}
