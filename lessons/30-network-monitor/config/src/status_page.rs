//! The public status page: what strangers may see, and under which names.

/// The public status page. It needs no key, so it shows what is named here and
/// nothing else.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StatusPage {
    /// Its title.
    pub title: String,
    /// What it shows, in this order.
    pub shown: Vec<Shown>,
}

/// Something that the public sees, and its name there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shown {
    /// The names of its targets: of one alone, or of those of a group.
    pub targets: Vec<String>,
    /// Its name on the public page. Unique.
    pub name: String,
}
