//! The machine's status, for the panel and in PJL.

use serde::Serialize;

use crate::fault::Fault;

/// The answer to `@PJL INFO ID`.
pub const MODEL: &str = "KONICA MINOLTA C360 (virtual)";

/// PJL status codes (PJL manual, appendix D).
pub(crate) const READY: u32 = 10001;
pub(crate) const PRINTING: u32 = 10023;

/// The answer to `GET /api/status`.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct MachineStatus {
    /// PJL status code.
    pub code: u32,
    /// The text on the display.
    pub display: String,
    /// Whether it would print a job that came now.
    pub online: bool,
    /// The present fault.
    pub fault: Fault,
    /// Name of the job that it prints.
    pub job: Option<String>,
    /// User of the job that it prints.
    pub user: Option<String>,
    /// Jobs that wait for the engine.
    pub waiting: usize,
    /// Pages ever printed.
    pub page_count: u32,
    /// What was wrong with the last job, if anything.
    pub message: Option<String>,
}

impl MachineStatus {
    /// The answer to `INFO STATUS`, without its first line.
    pub(crate) fn lines(&self) -> String {
        status_lines(self.code, &self.display, self.online)
    }
}

/// An unsolicited message about the device (PJL manual, "USTATUS").
pub(crate) fn device_message(code: u32, display: &str, online: bool) -> String {
    let lines = status_lines(code, display, online);
    format!("@PJL USTATUS DEVICE\r\n{lines}\x0c")
}

fn status_lines(code: u32, display: &str, online: bool) -> String {
    let online = if online { "TRUE" } else { "FALSE" };
    format!("CODE={code}\r\nDISPLAY=\"{display}\"\r\nONLINE={online}\r\n")
}
