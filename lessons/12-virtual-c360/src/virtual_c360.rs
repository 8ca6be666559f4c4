//! The machine as its owner has it: switched on, looked at, switched off.

use std::io;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use crate::fault::Fault;
use crate::listener::Listener;
use crate::lpd::Lpd;
use crate::machine::Machine;
use crate::panel::Panel;
use crate::secure_box::SecureJob;
use crate::settings::Settings;
use crate::status::MachineStatus;
use crate::tray::TrayPage;

/// How long switching off waits for the connections to end.
const LAST_CONNECTIONS: Duration = Duration::from_secs(5);

/// The running machine. It stops when it is dropped; its tray stays.
pub struct VirtualC360 {
    machine: Arc<Machine>,
    listener: Listener,
    panel: Option<Panel>,
    lpd: Option<Lpd>,
}

impl VirtualC360 {
    /// Switches the machine on.
    ///
    /// # Errors
    /// When a port is taken or the tray cannot be made.
    pub fn start(settings: Settings) -> io::Result<VirtualC360> {
        let (listen, panel) = (settings.listen, settings.panel);
        let lpd = settings.lpd;
        let machine = Arc::new(Machine::new(settings)?);
        let listener = Listener::open(Arc::clone(&machine), listen)?;
        let mut printer =
            VirtualC360 { machine, listener, panel: None, lpd: None };
        if let Some(address) = panel {
            let machine = Arc::clone(&printer.machine);
            printer.panel = Some(Panel::open(machine, address)?);
        }
        if let Some(address) = lpd {
            let machine = Arc::clone(&printer.machine);
            let first = printer.address();
            printer.lpd = Some(Lpd::open(machine, address, first)?);
        }
        Ok(printer)
    }

    /// The address at which it takes jobs.
    pub fn address(&self) -> SocketAddr {
        self.listener.address
    }

    /// The address of its front panel.
    pub fn panel(&self) -> Option<SocketAddr> {
        self.panel.as_ref().map(|panel| panel.address)
    }

    /// The address at which it takes jobs by LPD.
    pub fn lpd(&self) -> Option<SocketAddr> {
        self.lpd.as_ref().map(|lpd| lpd.address)
    }

    /// The tray's folder.
    pub fn tray(&self) -> PathBuf {
        self.machine.folder()
    }

    /// The pages that have come out since it was switched on, oldest first,
    /// at most [`Settings::keep`] of them.
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
            let text = format!(
                "{} of {n} pages came out within {timeout:?}",
                pages.len()
            );
            return Err(io::Error::new(io::ErrorKind::TimedOut, text));
        }
        Ok(pages)
    }

    /// The machine's status.
    pub fn status(&self) -> MachineStatus {
        self.machine.status()
    }

    /// The machine's present fault.
    pub fn fault(&self) -> Fault {
        self.machine.fault()
    }

    /// Causes a fault, or clears it with [`Fault::None`]. When this returns,
    /// the network shows the change.
    pub fn set_fault(&self, fault: Fault) {
        self.machine.set_fault(fault);
    }

    /// The jobs that wait in the machine until their owner types a password.
    pub fn secure_jobs(&self) -> Vec<SecureJob> {
        self.machine.secure_jobs()
    }

    /// Prints a job that waits for its password; false when this is not the
    /// password, or there is no such job.
    ///
    /// # Errors
    /// The operating system has no thread for it.
    pub fn print_secure_job(
        &self,
        number: u64,
        password: &str,
    ) -> io::Result<bool> {
        self.machine.print_from_box(number, password)
    }

    /// The accounts that are locked after too many wrong passwords, such as
    /// `department sales`.
    pub fn locked_accounts(&self) -> Vec<String> {
        self.machine.locked_accounts()
    }

    /// Unlocks them, as an administrator does at the panel.
    pub fn unlock_accounts(&self) {
        self.machine.unlock_accounts();
    }

    /// Switches the machine off: connections are closed, the tray stays.
    pub fn stop(self) {
        drop(self);
    }
}

impl Drop for VirtualC360 {
    fn drop(&mut self) {
        drop(self.panel.take());
        self.machine.stop();
        drop(self.lpd.take());
        self.listener.join();
        self.machine.wait_until_quiet(LAST_CONNECTIONS);
    }
}
