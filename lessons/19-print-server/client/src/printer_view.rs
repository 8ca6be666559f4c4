//! One printer, as the server shows it.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// One printer, as `GET /api/printers` shows it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PrinterView {
    /// The printer's name, for [`Order::printer`](crate::Order::printer).
    pub name: String,
    /// What it is, with its address.
    #[serde(default)]
    pub printer: String,
    /// `idle`, `printing` or `stopped`.
    #[serde(default)]
    pub state: String,
    /// Why no job is sent to it now; `None` while jobs are.
    pub paused: Option<String>,
    /// What it says of itself, if it is not well.
    #[serde(default)]
    pub message: Option<String>,
    /// How many jobs wait for it or are in print.
    #[serde(default)]
    pub jobs: usize,
    /// All else that the server says of it.
    #[serde(flatten)]
    pub more: Map<String, Value>,
}
