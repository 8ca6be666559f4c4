//! The two directions of a link.

/// Which way something goes, seen from the client.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) enum Direction {
    /// From the client to the server.
    Upload,
    /// From the server to the client.
    Download,
}

impl Direction {
    pub fn opposite(self) -> Direction {
        match self {
            Direction::Upload => Direction::Download,
            Direction::Download => Direction::Upload,
        }
    }
}
