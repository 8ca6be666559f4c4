//! A part of a printing: where it begins, where it ends, and with how much
//! effort it is drawn.

use serde::{Deserialize, Serialize};

use crate::Settings;

/// How far a printing has come.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize,
)]
pub(crate) struct Position {
    /// How many sides are done.
    pub sides: usize,
    /// How many rows of the next one are done; 0 when it was not begun.
    pub rows: u16,
}

/// How much memory and time may be spent on a page.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize,
)]
pub(crate) enum Effort {
    /// As the settings say.
    #[default]
    Full,
    /// The same page in less memory: lower bands, one after the other.
    Frugal,
    /// As frugal, and at half the resolution.
    Coarse,
    /// By the second renderer.
    Second,
}

impl Effort {
    /// How many threads draw.
    pub fn threads(self, settings: &Settings) -> usize {
        if self == Effort::Full { settings.threads } else { 1 }
    }

    /// How many dots of the paper, across and down, are drawn as one.
    pub fn dot(self) -> u16 {
        if self == Effort::Coarse { 2 } else { 1 }
    }
}

/// What is to be printed at once.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize,
)]
pub(crate) struct Part {
    /// Where to begin.
    pub from: Position,
    /// How much effort to spend. Only with full effort more than a page is
    /// printed, and the document's end is written.
    pub effort: Effort,
}
