//! The printer that nobody has to own: a bizhub C360 in software.
//!
//! It listens where a printer listens, speaks PJL, reads PCL XL (and
//! PostScript, when Ghostscript is installed), and each page falls into its
//! tray as a PNG. It jams, runs out of paper and falls silent when it is
//! told to, by [`VirtualC360::set_fault`] or on its front panel, a web page.
//!
//! ```no_run
//! use std::time::Duration;
//! use virtual_c360::{Fault, Settings, VirtualC360};
//!
//! let printer = VirtualC360::start(Settings::new("tray"))?;
//! println!("print to tcp://{}", printer.address());
//! printer.set_fault(Fault::Jam);
//! // … the sender finds out, somebody opens the side door …
//! printer.set_fault(Fault::None);
//! for page in printer.wait_for_pages(1, Duration::from_secs(10))? {
//!     println!("{}", page.file.display());
//! }
//! # Ok::<(), std::io::Error>(())
//! ```
//!
//! | what | where |
//! |---|---|
//! | the machine | [`VirtualC360`], [`Settings`], [`MachineStatus`] |
//! | what goes wrong with it | [`Fault`] |
//! | what comes out of it | [`TrayPage`], [`Page`], [`Side`] |
//! | the page language | [`pcl_xl`] |

mod connection;
mod error_page;
mod fault;
mod listener;
mod machine;
mod page;
mod panel;
pub mod pcl_xl;
mod pjl;
mod postscript;
mod thumbnail;
mod tray;
mod wire;

pub use fault::Fault;
pub use machine::MachineStatus;
pub use page::{Page, Side};
pub use tray::TrayPage;

use listener::Listener;
use machine::Machine;
use panel::Panel;
use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

/// What `@PJL INFO ID` answers.
pub const MODEL: &str = "KONICA MINOLTA C360 (virtual)";

/// How the machine is set up.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Where it takes jobs. Port 0 is any free one.
    pub listen: SocketAddr,
    /// Where its front panel is, if it is to have one.
    pub panel: Option<SocketAddr>,
    /// The folder that pages fall into; made if it is not there.
    pub tray: PathBuf,
    /// How many pages the tray holds before the oldest makes room.
    pub keep: usize,
    /// How long a job's sender may pause before the job is given up.
    pub io_timeout: Duration,
    /// How long a page takes under [`Fault::Slow`].
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
            tray: tray.into(),
            keep: 1000,
            io_timeout: Duration::from_secs(60),
            slow_page: Duration::from_secs(2),
            interpreter_limit: postscript::INTERPRETER_LIMIT,
        }
    }
}

/// The running machine. It stops when it is dropped; its tray stays.
pub struct VirtualC360 {
    machine: Arc<Machine>,
    listener: Listener,
    panel: Option<Panel>,
}

impl VirtualC360 {
    /// Switches it on.
    ///
    /// # Errors
    /// When a port is taken or the tray cannot be made.
    pub fn start(settings: Settings) -> io::Result<VirtualC360> {
        let (listen, panel) = (settings.listen, settings.panel);
        let machine = Arc::new(Machine::new(settings)?);
        let listener = Listener::open(Arc::clone(&machine), listen)?;
        let mut printer = VirtualC360 { machine, listener, panel: None };
        if let Some(address) = panel {
            let machine = Arc::clone(&printer.machine);
            printer.panel =
                Some(Panel::open(machine, printer.address(), address)?);
        }
        Ok(printer)
    }

    /// Where it takes jobs.
    pub fn address(&self) -> SocketAddr {
        self.listener.address
    }

    /// Where its front panel is.
    pub fn panel(&self) -> Option<SocketAddr> {
        self.panel.as_ref().map(|panel| panel.address)
    }

    /// The tray's folder.
    pub fn tray(&self) -> PathBuf {
        self.machine.folder()
    }

    /// The pages that came out since it was switched on, oldest first, as
    /// many as the tray holds.
    pub fn pages(&self) -> Vec<TrayPage> {
        self.machine.pages()
    }

    /// Waits until `n` pages have come out since it was switched on.
    ///
    /// # Errors
    /// [`io::ErrorKind::TimedOut`] when they have not within `timeout`.
    pub fn wait_for_pages(
        &self,
        n: usize,
        timeout: Duration,
    ) -> io::Result<Vec<TrayPage>> {
        let pages = self.machine.wait_for_pages(n, timeout);
        if pages.len() < n {
            let words = format!(
                "{} of {n} pages came out within {timeout:?}",
                pages.len()
            );
            return Err(io::Error::new(io::ErrorKind::TimedOut, words));
        }
        Ok(pages)
    }

    /// What its display says, and more.
    pub fn status(&self) -> MachineStatus {
        self.machine.status()
    }

    /// What is wrong with it.
    pub fn fault(&self) -> Fault {
        self.machine.fault()
    }

    /// Makes something go wrong with it, or puts it right. When this returns,
    /// the network shows it.
    pub fn set_fault(&self, fault: Fault) {
        self.machine.set_fault(fault, self.address());
    }

    /// Switches it off: connections are closed, the tray stays.
    pub fn stop(self) {
        drop(self);
    }
}

impl Drop for VirtualC360 {
    fn drop(&mut self) {
        drop(self.panel.take());
        self.machine.stop();
        self.listener.join();
        self.machine.wait_until_quiet(Duration::from_secs(5));
    }
}
