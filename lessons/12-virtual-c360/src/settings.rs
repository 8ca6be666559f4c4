//! The machine's settings.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::time::Duration;

use accounts::Accounts;

/// The machine's settings.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The address at which it takes jobs. Port 0 stands for any free one.
    pub listen: SocketAddr,
    /// The address of its front panel, if it is to have one.
    pub panel: Option<SocketAddr>,
    /// The address at which it takes jobs by LPD (RFC 1179), for its queue
    /// `Print`, if it is to.
    pub lpd: Option<SocketAddr>,
    /// The folder for its pages; made if it is not there.
    pub tray: PathBuf,
    /// The papers that it says are in its trays, the first in tray 1. It has
    /// every paper all the same: it never stands still for want of one.
    pub papers: Vec<String>,
    /// The accounts that may print; with none, everybody may.
    pub accounts: Accounts,
    /// How many pages the tray holds. Beyond that, each new page takes the
    /// place of the oldest.
    pub keep: usize,
    /// How long a job's sender may pause before the job is given up.
    pub io_timeout: Duration,
    /// How long a page takes under [`Fault::Slow`](crate::Fault::Slow).
    pub slow_page: Duration,
    /// How long Ghostscript may take for one job.
    pub interpreter_limit: Duration,
}

impl Settings {
    /// A machine on any free port of this computer, without a panel.
    pub fn new(tray: impl Into<PathBuf>) -> Settings {
        Settings {
            listen: (Ipv4Addr::LOCALHOST, 0).into(),
            panel: None,
            lpd: None,
            tray: tray.into(),
            papers: Vec::new(),
            accounts: Accounts::default(),
            keep: 1000,
            io_timeout: Duration::from_secs(60),
            slow_page: Duration::from_secs(2),
            interpreter_limit: Duration::from_secs(120),
        }
    }

    /// The paper in the tray that a PJL setting is about, `INTRAY1SIZE` for
    /// example.
    pub(crate) fn paper_of(&self, setting: &str) -> Option<&str> {
        let tray = setting.strip_prefix("INTRAY")?.strip_suffix("SIZE")?;
        let place = tray.parse::<usize>().ok()?.checked_sub(1)?;
        self.papers.get(place).map(String::as_str)
    }
}
