//! A group of targets.

/// Targets that belong together, with a state of their own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Group {
    /// Its name. Unique.
    pub name: String,
    /// Its targets, in the order of the file.
    pub targets: Vec<String>,
}
