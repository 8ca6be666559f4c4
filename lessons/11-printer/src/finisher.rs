//! What the printer's finisher is asked for, in PJL.

/// Where each set is stapled.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Staple {
    /// One staple in the upper left corner.
    TopLeft,
    /// One staple in the lower left corner.
    BottomLeft,
    /// One staple in the upper right corner.
    TopRight,
    /// Two along an edge.
    Along(Edge),
}

/// An edge of a sheet as it is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Edge {
    /// The left one.
    Left,
    /// The upper one.
    Top,
    /// The right one.
    Right,
}

/// Where each sheet is punched.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Punch {
    /// Along which edge.
    pub edge: Edge,
    /// How many holes: 2, 3 or 4.
    pub holes: u8,
}

impl Staple {
    /// Its name in PJL.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Staple::TopLeft => "TOPLEFT",
            Staple::BottomLeft => "BOTTOMLEFT",
            Staple::TopRight => "TOPRIGHT",
            Staple::Along(edge) => edge.name(),
        }
    }
}

impl Edge {
    /// Its name in PJL.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Edge::Left => "LEFT",
            Edge::Top => "TOP",
            Edge::Right => "RIGHT",
        }
    }
}
