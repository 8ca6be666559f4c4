//! The public status page: what strangers may see, and under which names.

/// The public status page. It needs no key, so it shows what is named here and
/// nothing else.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StatusPage {
    /// Its title.
    pub title: String,
    /// The targets that it shows, in this order.
    pub targets: Vec<Shown>,
}

/// Something that the public sees, and its name there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shown {
    /// Its name in the file.
    pub of: String,
    /// Its name on the public page. Unique.
    pub name: String,
}
