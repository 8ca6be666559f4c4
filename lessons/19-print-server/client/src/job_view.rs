//! One job, as the server shows it.

use serde::{Deserialize, Serialize};

/// One job, as `GET /api/jobs` shows it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct JobView {
    /// The job's number.
    pub id: String,
    /// `waiting`, `held`, `printing`, `printed`, `failed`, `cancelled` or
    /// `uncertain`.
    pub state: String,
    /// Why the job is in this state, as a sentence, if there is a reason.
    pub reason: Option<String>,
    /// What is not on paper as the document says, or will not be, as
    /// sentences; what is lost comes first.
    #[serde(default)]
    pub notes: Vec<String>,
    /// Whether text, a picture or a page is lost, or would be.
    #[serde(default)]
    pub incomplete: bool,
    /// The printer that prints it, by its name.
    #[serde(default)]
    pub printer: String,
    /// The file's name.
    pub name: String,
    /// The person whose job it is, by name; empty when it is nobody's.
    pub user: String,
    /// The name that the request gave its person; it proves nothing.
    #[serde(default)]
    pub claimed_user: String,
    /// Whether it waits for somebody to enter its PIN.
    #[serde(default)]
    pub needs_pin: bool,
    /// The document's size in bytes.
    pub bytes: u64,
    /// The pages asked for, such as `3-7,10`; all of them when absent.
    pub pages: Option<String>,
    /// How many pages one copy has, of those asked for; 0 when not known.
    #[serde(default)]
    pub page_count: u32,
    /// How many copies.
    pub copies: u16,
    /// Whether both sides of the paper are used.
    #[serde(default)]
    pub duplex: bool,
    /// Colour, or grey.
    #[serde(default)]
    pub color: bool,
    /// The paper, where one was asked for.
    #[serde(default)]
    pub media: Option<String>,
    /// Page sides that will come out, all copies together; 0 when not known.
    pub sides: u32,
    /// Page sides that the printer says are out.
    pub printed: u32,
    /// Pages whose data has gone to the printer.
    pub sent: u32,
    /// Of an uncertain job, the first page that the printer has not said is
    /// out; null when all are, or nobody knows.
    #[serde(default)]
    pub next_page: Option<u32>,
    /// How often it was tried.
    pub attempts: u32,
    /// Until when it can be printed once more, in milliseconds since 1970, if it
    /// can.
    #[serde(default)]
    pub kept_until: Option<u64>,
    /// When it was queued, in milliseconds since 1970.
    pub queued_at: u64,
    /// When it last changed, in milliseconds since 1970.
    pub changed_at: u64,
}

impl JobView {
    /// Whether nothing more will happen to it without a person.
    #[must_use]
    pub fn is_final(&self) -> bool {
        matches!(
            self.state.as_str(),
            "printed" | "failed" | "cancelled" | "uncertain"
        )
    }
}
