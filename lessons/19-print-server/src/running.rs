//! The whole server as a value, for lessons and tests.

use std::error::Error;
use std::net::SocketAddr;
use std::sync::mpsc::channel;
use std::thread::{self, JoinHandle};

use daemon::Daemon;
use print_options::Options;
use virtual_c360::VirtualC360;

use crate::server::{Running, RunningPrinter, run};

/// A print server in a thread of this process, until it is stopped or
/// dropped. A process can have only one, and no second one after it, because
/// its log and its signals can be set up only once.
pub struct Server {
    running: Running,
    daemon: Daemon,
    thread: Option<JoinHandle<()>>,
}

impl Server {
    /// Starts the parts that the options ask for, and returns when the server
    /// can be used.
    ///
    /// # Errors
    /// It cannot run. The reason is in the log.
    pub fn start(options: &Options) -> Result<Server, Box<dyn Error>> {
        let options = options.clone();
        let (tell, started) = channel();
        let life = move || {
            let for_daemon = options.daemon.clone();
            Daemon::run("print-server", &for_daemon, |daemon| {
                let itself = daemon.clone();
                run(daemon, options, move |running| {
                    // The caller waits for this below.
                    let _ = tell.send((running.clone(), itself));
                })
            });
        };
        let thread = thread::Builder::new().spawn(life)?;
        let (running, daemon) = started
            .recv()
            .map_err(|_| "the print server cannot start: its log says why")?;
        Ok(Server { running, daemon, thread: Some(thread) })
    }

    /// Where the server answers.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.running.address
    }

    /// The key that its clients send.
    #[must_use]
    pub fn key(&self) -> &str {
        self.daemon.key().expose()
    }

    /// The printers, the default one first.
    #[must_use]
    pub fn printers(&self) -> &[RunningPrinter] {
        &self.running.printers
    }

    /// A description of the default printer.
    #[must_use]
    pub fn printer(&self) -> &str {
        self.running.printers.first().map_or("", |first| &first.printer)
    }

    /// The default printer, when it is a virtual one.
    #[must_use]
    pub fn virtual_printer(&self) -> Option<&VirtualC360> {
        self.running.printers.first()?.virtual_printer.as_deref()
    }

    /// Stops in order: no new requests, the job in hand finished or handed
    /// back, then the virtual printer.
    pub fn stop(mut self) {
        self.shut_down();
    }

    fn shut_down(&mut self) {
        self.daemon.shutdown().stop();
        if let Some(thread) = self.thread.take() {
            // Its panic is in the log.
            let _ = thread.join();
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.shut_down();
    }
}
