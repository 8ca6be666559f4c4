//! One running print server: its parts, started and stopped in order.

use crate::api::{self, Desk};
use crate::events::Events;
use crate::http;
use crate::options::{Options, PrinterChoice, Role};
use driver::isolated::Limits as RenderLimits;
use job_queue::{Queue, State};
use printer::{Address, Deadlines, Printer};
use relay::{Intake, Limits, PrintJob, Spool, Worker, WorkerSettings};
use std::collections::HashSet;
use std::fs;
use std::io;
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{self, JoinHandle};
use std::time::Duration;
use thiserror::Error;
use tokio::runtime::Runtime;
use tokio::sync::{oneshot, watch};
use virtual_c360::VirtualC360;

/// A print server that runs until it is stopped or dropped.
pub struct Server {
    address: SocketAddr,
    queue: Arc<dyn Queue>,
    printer: String,
    tray: Option<PathBuf>,
    virtual_printer: Option<VirtualC360>,
    stop_http: Option<oneshot::Sender<()>>,
    closing: watch::Sender<bool>,
    stop_workers: Arc<AtomicBool>,
    threads: Vec<JoinHandle<()>>,
}

/// Why the server could not start.
#[derive(Debug, Error)]
pub enum StartError {
    /// Somebody else listens there, most likely.
    #[error(
        "cannot listen on {address}: {source}. Is another print server \
         running? Choose another address with --listen"
    )]
    Listen {
        /// Where.
        address: SocketAddr,
        /// What the system says.
        source: io::Error,
    },
    /// The data folder cannot be used.
    #[error(
        "cannot keep data in {}: {source}. Choose a folder of yours with \
         --data", folder.display()
    )]
    Data {
        /// Which folder.
        folder: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// No data folder was named and the system has no place for one.
    #[error("there is no home folder: choose a folder with --data")]
    NoDataFolder,
    /// The queue cannot be opened.
    #[error(transparent)]
    Queue(#[from] job_queue::Error),
    /// The virtual printer cannot be started.
    #[error("the virtual C360 cannot start: {0}")]
    VirtualPrinter(io::Error),
    /// No threads to be had.
    #[error("the server cannot start its threads: {0}")]
    Threads(io::Error),
}

impl Server {
    /// Starts the parts that the options ask for; returns when the server
    /// can be used.
    ///
    /// # Errors
    /// [`StartError`] says which part, why, and what to do.
    pub fn start(options: &Options) -> Result<Server, StartError> {
        let data = match &options.data {
            Some(folder) => folder.clone(),
            None => data_folder().ok_or(StartError::NoDataFolder)?,
        };
        let in_data =
            |source| StartError::Data { folder: data.clone(), source };
        fs::create_dir_all(&data).map_err(in_data)?;
        let spool = Spool::open(&data.join("spool")).map_err(in_data)?;
        let queue = open_queue(options, &data)?;
        let listen = |source| {
            let address = options.listen;
            StartError::Listen { address, source }
        };
        let listener = TcpListener::bind(options.listen).map_err(listen)?;
        let address = listener.local_addr().map_err(listen)?;

        let mut server = Server {
            address,
            queue: queue.clone(),
            printer: "printed by another process".to_owned(),
            tray: None,
            virtual_printer: None,
            stop_http: None,
            closing: watch::Sender::new(false),
            stop_workers: Arc::new(AtomicBool::new(false)),
            threads: Vec::new(),
        };
        if options.role != Role::Intake {
            let printer = server.find_printer(options, &data)?;
            server.start_worker(options, &spool, printer);
        }
        let desk = Desk {
            intake: Intake { spool, queue, limits: limits(options) },
            events: Events::start(server.queue.clone()),
            printer: server.printer.clone(),
            panel: server.panel(),
            closing: server.closing.subscribe(),
        };
        let router = api::router(desk, options.role != Role::Worker);
        server.start_http(listener, router).map_err(StartError::Threads)?;
        Ok(server)
    }

    /// Where the server answers.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The queue in words.
    #[must_use]
    pub fn queue(&self) -> String {
        self.queue.describe()
    }

    /// The printer in words.
    #[must_use]
    pub fn printer(&self) -> &str {
        &self.printer
    }

    /// Where the virtual printer's pages land.
    #[must_use]
    pub fn tray(&self) -> Option<&Path> {
        self.tray.as_deref()
    }

    /// The virtual printer, when no other was named.
    #[must_use]
    pub fn virtual_printer(&self) -> Option<&VirtualC360> {
        self.virtual_printer.as_ref()
    }

    /// The virtual printer's front panel, as an address for a browser.
    #[must_use]
    pub fn panel(&self) -> Option<String> {
        let panel = self.virtual_printer.as_ref()?.panel()?;
        Some(format!("http://{panel}/"))
    }

    /// Stops in order: no new requests, the job in hand finished or handed
    /// back, then the virtual printer.
    pub fn stop(mut self) {
        self.shut_down();
    }

    fn find_printer(
        &mut self,
        options: &Options,
        data: &Path,
    ) -> Result<Address, StartError> {
        let PrinterChoice::Network(address) = &options.printer else {
            let (printer, address) =
                start_virtual(data).map_err(StartError::VirtualPrinter)?;
            self.printer = format!("virtual C360 at {address}");
            self.tray = Some(data.join("tray"));
            self.virtual_printer = Some(printer);
            return Ok(address);
        };
        self.printer = address.to_string();
        Ok(address.clone())
    }

    fn start_worker(
        &mut self,
        options: &Options,
        spool: &Spool,
        address: Address,
    ) {
        let cores = thread::available_parallelism().map_or(1, usize::from);
        let worker = Worker {
            queue: self.queue.clone(),
            spool: spool.clone(),
            printer: Printer::new(
                address,
                Deadlines {
                    silence: options.printer_silence,
                    ..Deadlines::default()
                },
            ),
            settings: WorkerSettings {
                name: format!("print-server {}", std::process::id()),
                lease: options.lease,
                dpi: options.dpi,
                threads: options.threads.unwrap_or(cores),
                limits: RenderLimits::default(),
            },
            stop: self.stop_workers.clone(),
        };
        let (queue, spool) = (self.queue.clone(), spool.clone());
        let stop = self.stop_workers.clone();
        self.threads.push(thread::spawn(move || worker.run()));
        thread::spawn(move || keep_house(&*queue, &spool, &stop));
    }

    fn start_http(
        &mut self,
        listener: TcpListener,
        router: axum::Router,
    ) -> io::Result<()> {
        let runtime = Runtime::new()?;
        listener.set_nonblocking(true)?;
        let listener = {
            let _inside = runtime.enter();
            tokio::net::TcpListener::from_std(listener)?
        };
        let (stop, stopped) = oneshot::channel();
        self.stop_http = Some(stop);
        self.threads.push(thread::spawn(move || {
            runtime.block_on(http::serve(listener, router, stopped));
            runtime.shutdown_background();
        }));
        Ok(())
    }

    fn shut_down(&mut self) {
        self.closing.send_replace(true);
        self.stop_workers.store(true, Ordering::Relaxed);
        drop(self.stop_http.take());
        for thread in self.threads.drain(..) {
            if thread.join().is_err() {
                eprintln!("a thread of the server panicked");
            }
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.shut_down();
    }
}

fn open_queue(
    options: &Options,
    data: &Path,
) -> Result<Arc<dyn Queue>, job_queue::Error> {
    match options.queue.as_str() {
        "sqlite" => {
            let file = data.join("queue.db");
            job_queue::open(&format!("sqlite:{}", file.display()), "print")
        }
        url => job_queue::open(url, "print"),
    }
}

fn start_virtual(data: &Path) -> io::Result<(VirtualC360, Address)> {
    let printer = VirtualC360::start(virtual_c360::Settings {
        panel: Some(SocketAddr::from((Ipv4Addr::LOCALHOST, 0))),
        ..virtual_c360::Settings::new(data.join("tray"))
    })?;
    let address = format!("tcp://{}", printer.address());
    Ok((printer, address.parse().expect("an address of ours")))
}

fn limits(options: &Options) -> Limits {
    Limits {
        bytes: options.max_upload.saturating_mul(1024 * 1024),
        idle: options.upload_silence,
        total: options.upload_deadline,
        allow_raw: options.allow_raw,
        ..Limits::default()
    }
}

/// The folder for a program's own data, as each system has it.
fn data_folder() -> Option<PathBuf> {
    // systemd names one for a service (systemd.exec(5), StateDirectory=).
    if let Some(folder) = std::env::var_os("STATE_DIRECTORY") {
        return Some(folder.into());
    }
    Some(dirs::data_local_dir()?.join("print-server"))
}

/// Once an hour: forgets finished jobs and documents that nobody needs.
fn keep_house(queue: &dyn Queue, spool: &Spool, stop: &AtomicBool) {
    const HOUR: Duration = Duration::from_secs(3600);
    const MONTH: Duration = Duration::from_secs(30 * 24 * 3600);
    while !stop.load(Ordering::Relaxed) {
        let swept = queue.forget_finished(MONTH).and_then(|_| {
            let jobs = queue.jobs(usize::MAX)?;
            let wanted: HashSet<String> = jobs
                .iter()
                .filter(|job| job.state != State::Done)
                .filter_map(|job| serde_json::from_str(&job.payload).ok())
                .map(|job: PrintJob| job.document)
                .collect();
            Ok(spool.sweep(HOUR, |hash| wanted.contains(hash)))
        });
        match swept {
            Ok(Ok(_)) => {}
            Ok(Err(error)) => eprintln!("cleaning the spool: {error}"),
            Err(error) => eprintln!("cleaning the queue: {error}"),
        }
        thread::park_timeout(HOUR);
    }
}
