//! What a person asks for besides the document.

/// What a person asks for besides the document.
#[derive(Debug, Clone, Default)]
pub struct Order {
    /// Which pages, such as `3-7,10`; all when absent.
    pub pages: Option<String>,
    /// How many copies; 0 counts as 1.
    pub copies: u16,
    /// `long-edge`, `short-edge`, or one-sided when absent.
    pub duplex: Option<String>,
    /// Grey instead of colour.
    pub grey: bool,
    /// The paper, such as `A4`; when absent, the loaded one that fits best.
    pub media: Option<String>,
    /// The user who asks.
    pub user: String,
    /// Wait on the server until somebody releases it.
    pub hold: bool,
}
