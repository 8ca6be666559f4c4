//! An entry: what a milestone of the queue says in the words of printing.

/// What a milestone of a job says, for the ledger.
///
/// The ledger itself takes the job's number, times, state and reason from the
/// milestone.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Entry {
    /// The person who asked; empty when nobody signed in.
    pub user: String,
    /// The document's name, unless names are not to be kept.
    pub name: Option<String>,
    /// From where it came, such as an address.
    pub origin: Option<String>,
    /// The printer's name.
    pub printer: String,
    /// Colour, or grey.
    pub color: bool,
    /// The page sides that the run of this milestone was asked for; for a job
    /// that waits, those of the run to come.
    pub ordered: u32,
    /// The page sides of that run that are on paper, as far as is known.
    pub pages: u32,
    /// The sheets of paper that they take.
    pub sheets: u32,
}
