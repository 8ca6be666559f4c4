//! One print server: its parts, started and stopped in order.

use std::collections::HashSet;
use std::env;
use std::error::Error;
use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::middleware::from_fn;
use daemon::http::RateLimit;
use daemon::{Daemon, Lock, LockError, Tasks};
use driver::isolated::Limits as RenderLimits;
use driver::{SecondRenderer, SecondRendererError};
use ipp_printer::{DnsSd, DnsSdError};
use job_queue::{Job, Queue, State};
use printer::{Address, Deadlines, Printer};
use relay::{
    Finisher, Intake, Intakes, Limits, LogMessage, PinTries, PrintJob,
    PrinterState, Spool, Worker, WorkerSettings,
};
use sign_in::Signer;
use thiserror::Error;
use tokio::net::TcpListener;
use tokio::sync::oneshot;
use virtual_c360::VirtualC360;

use crate::api::{self, AppState};
use crate::events::Events;
use crate::ipp;
use crate::metrics::Metrics;
use crate::options::{Options, PrinterChoice, Role};
use crate::printers;
use crate::records::Records;
use crate::roles;
use crate::visitor::{introduce, only_printing};

/// Why the server cannot start.
#[derive(Debug, Error)]
pub enum StartError {
    /// The address cannot be used. Most likely another program listens there.
    #[error(transparent)]
    Listen(io::Error),
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
    /// Another process prints what is in the data folder.
    #[error(
        "another print server prints from this folder: {0}. Stop it, or \
         choose another folder with --data. Several share one folder with \
         --role intake, and with --role worker and one --printer for all"
    )]
    Taken(LockError),
    /// The queue cannot be opened.
    #[error(transparent)]
    Queue(#[from] job_queue::Error),
    /// The records cannot be kept.
    #[error(transparent)]
    Records(#[from] print_records::Error),
    /// The virtual printer cannot be started.
    #[error("the virtual C360 cannot start: {0}")]
    VirtualPrinter(io::Error),
    /// The second renderer that is asked for cannot be used.
    #[error(transparent)]
    SecondRenderer(#[from] SecondRendererError),
    /// The printer cannot be announced.
    #[error(transparent)]
    DnsSd(#[from] DnsSdError),
    /// No threads to be had.
    #[error("the server cannot start its threads: {0}")]
    Threads(io::Error),
}

/// A print server that runs, as it describes itself.
#[derive(Clone)]
pub struct Running {
    /// Where it answers.
    pub address: SocketAddr,
    /// The page, with a token that signs a browser in once.
    pub link: String,
    /// A description of the queue.
    pub queue: String,
    /// A description of the printer.
    pub printer: String,
    /// Where the virtual printer's pages land.
    pub tray: Option<PathBuf>,
    /// The virtual printer's front panel, as an address for a browser.
    pub panel: Option<String>,
    /// The virtual printer, when no other was named.
    pub virtual_printer: Option<Arc<VirtualC360>>,
    /// The address of the IPP printer, where documents are taken in.
    pub ipp: Option<String>,
    /// The printer's entry on the network, when it is asked for.
    dns_sd: Option<Arc<DnsSd>>,
}

// ANCHOR: run
/// Runs a print server until the daemon is asked to end, and then finishes the
/// job in hand. `started` is called once the server answers.
///
/// # Errors
/// What keeps the server from running, with what to do about it.
pub async fn run(
    daemon: Daemon,
    options: Options,
    started: impl FnOnce(&Running),
) -> Result<(), Box<dyn Error>> {
    let (listener, app, running, printed) = start(&daemon, &options).await?;
    started(&running);
    // From here on only the worker keeps the virtual printer.
    let dns_sd = running.dns_sd.clone();
    drop(running);
    let served = daemon.serve(listener, app).await;
    drop(dns_sd);
    // Nothing is sent: the channel closes when the worker has ended.
    let _ = printed.await;
    served
}
// ANCHOR_END: run

type Parts = (TcpListener, Router, Running, oneshot::Receiver<()>);

async fn start(
    daemon: &Daemon,
    options: &Options,
) -> Result<Parts, StartError> {
    let second = SecondRenderer::find(options.second_renderer)?;
    if let Some(second) = &second {
        let name = second.name();
        tracing::info!("{name} draws what our own renderer cannot");
    }
    driver::set_second_renderer(second);
    if !options.fonts.is_empty() {
        driver::set_font_folders(options.fonts.clone());
    }
    let data = daemon.data();
    let in_data = |source| StartError::Data { folder: data.to_owned(), source };
    let spool = Spool::open(&data.join("spool")).map_err(in_data)?;
    warn_of_password(options);
    let queue = open_queue(options, data)?;
    for warning in queue.warnings() {
        tracing::warn!("{warning}");
    }
    log_isolation(daemon);
    let listener = daemon.listen(options.listen).await;
    let listener = listener.map_err(StartError::Listen)?;
    let address = listener.local_addr().map_err(StartError::Listen)?;

    let mut running = Running {
        address,
        link: daemon.link(address),
        queue: queue.describe(),
        printer: "printed by another process".to_owned(),
        tray: None,
        panel: None,
        virtual_printer: None,
        ipp: None,
        dns_sd: None,
    };
    let records = match options.role {
        Role::Worker => None,
        _ => Some(Records::open(options, data, queue.clone(), printers::NAME)?),
    };
    let metrics = Metrics::register(daemon, queue.clone(), records.clone());
    let printer_state = PrinterState::default();
    // Where this process may ask the printer how it is.
    let mut printer_address = match &options.printer {
        PrinterChoice::Network(address) => Some(address.clone()),
        PrinterChoice::Virtual => None,
    };
    let (end, printed) = oneshot::channel();
    if options.role != Role::Intake {
        let lock = lock(options, data).map_err(|error| match error {
            LockError::Unusable { source, .. } => in_data(source),
            busy => StartError::Taken(busy),
        })?;
        let printer = running.find_printer(options, data)?;
        printer_address = Some(printer.clone());
        let name = worker_name(daemon);
        if lock.is_exclusive() {
            // Nobody else prints from this folder: whoever of it still holds
            // a job is dead, whatever the clock says.
            let shared = options.is_queue_shared();
            let names = if shared { name.as_str() } else { "" };
            if let Err(error) = queue.declare_dead(names) {
                // Then their leases run out.
                tracing::warn!("{error}");
            }
        }
        let mut worker = worker(options, daemon, &queue, &spool, printer);
        worker.settings.printer_state = printer_state.clone();
        warn_of_documents_elsewhere(options, &*queue, &spool)?;
        // Dropped in this order: once the end is known, the folder is free.
        let keep = (lock, end, running.virtual_printer.clone());
        print(daemon.tasks(), worker, keep).map_err(StartError::Threads)?;
        keep_house(daemon, &queue, &spool);
    }
    let events = Events::start(queue.clone(), spool.clone(), daemon);
    let mut intake = Intake::new(spool, queue, limits(options));
    if let Some(records) = &records {
        intake.outbox = Some(records.outbox().to_owned());
        intake.admission = Some(Arc::new(records.clone()));
        records.start(daemon).map_err(StartError::Threads)?;
    }
    let uploads = RateLimit::new(options.upload_rate());
    let parts = ipp::Parts {
        intake: intake.clone(),
        state: printer_state,
        address: printer_address,
        loaded: options.media.clone(),
        records: records.clone(),
        uploads: uploads.clone(),
    };
    let over_tls_only = daemon.url(address).starts_with("https:");
    let description = ipp::description(daemon, options, &parts, over_tls_only);
    if options.role != Role::Worker {
        running.ipp = Some(ipp::url(daemon, address));
        running.dns_sd = ipp::announce(options, address, &description)?;
    }
    let state = AppState {
        intake,
        events: events.map_err(StartError::Threads)?,
        pin_tries: PinTries::default(),
        open: options.what_is_open(),
        records,
        printer: running.printer.clone(),
        panel: running.panel.clone(),
        tasks: daemon.tasks().clone(),
        closing: daemon.shutdown().watch(),
    };
    let printer = ipp::router(description, parts);
    let routes = routes(daemon, options, state, printer, &uploads);
    let app = metrics.watch(routes);
    Ok((listener, app, running, printed))
}

/// Says in the log what a stranger's document can reach while it is drawn.
fn log_isolation(daemon: &Daemon) {
    let key = daemon.data().join("key");
    let work = move || match driver::isolated::isolation(&key) {
        Ok(isolation) if isolation.files => tracing::info!("{isolation}"),
        Ok(isolation) => tracing::warn!("{isolation}"),
        Err(error) => tracing::error!("{error}"),
    };
    drop(daemon.tasks().spawn_blocking("isolation", work));
}

// ANCHOR: routes
/// The page and the API need a key. The talk's own client knows of no key, and
/// nor do most programs that speak IPP: they are let in from wherever the
/// administrator says, at first from this machine.
fn routes(
    daemon: &Daemon,
    options: &Options,
    state: AppState,
    printer: Router,
    uploads: &RateLimit,
) -> Router {
    let users = daemon.sign_in().users(roles::ROLES, options.what_is_open());
    if options.role == Role::Worker {
        let signed_in = api::router(state, None).layer(from_fn(introduce));
        return daemon.app(signed_in.merge(users), Router::new());
    }
    let intake = state.intake.clone();
    let signed_in = api::router(state, Some(uploads));
    let signed_in = signed_in.layer(from_fn(introduce)).merge(users);
    let upload = uploads.protect(relay::upload_route(intake));
    let sign_in = daemon.sign_in();
    let upload = upload.layer(from_fn(introduce));
    let upload = sign_in.require(roles::PRINT, upload);
    let open = options.openness();
    let upload = sign_in.open_to(&open, upload);
    // Everybody may ask what the printer can do.
    let printer = printer.layer(from_fn(introduce));
    let printer = printer.layer(from_fn(only_printing));
    let printer = sign_in.identify(&open, printer);
    daemon.app(signed_in, upload.merge(printer))
}
// ANCHOR_END: routes

/// Locks the data folder: the jobs in it are printed by one server, or by
/// workers for the same printer.
fn lock(options: &Options, data: &Path) -> Result<Lock, LockError> {
    let path = data.join("printing.lock");
    match (&options.printer, options.role) {
        (PrinterChoice::Network(address), Role::Worker) => {
            Lock::share(&path, &format!("workers for {address}"))
        }
        // Each server has a virtual printer of its own.
        _ => Lock::take(&path),
    }
}

impl Running {
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
            self.panel = printer.panel().map(|at| format!("http://{at}/"));
            self.virtual_printer = Some(Arc::new(printer));
            return Ok(address);
        };
        self.printer = address.to_string();
        Ok(address.clone())
    }
}

fn worker(
    options: &Options,
    daemon: &Daemon,
    queue: &Arc<dyn Queue>,
    spool: &Spool,
    address: Address,
) -> Worker {
    let deadlines =
        Deadlines { silence: options.printer_silence, ..Deadlines::default() };
    Worker {
        queue: queue.clone(),
        spool: spool.clone(),
        printer: Printer::new(address, deadlines),
        settings: WorkerSettings {
            name: format!("{} {}", worker_name(daemon), std::process::id()),
            lease: options.lease,
            dpi: options.dpi,
            language: options.language,
            threads: options.threads.unwrap_or_else(driver::default_threads),
            loaded: options.media.clone(),
            limits: RenderLimits::default(),
            allow_raw: options.allow_raw,
            is_shared: options.is_queue_shared(),
            intakes: Intakes::default(),
            printer_state: PrinterState::default(),
            log,
        },
        stop: daemon.shutdown().flag(),
    }
}

/// The first words of the names of this data folder's workers: the same after
/// each start, and different from other folders'.
fn worker_name(daemon: &Daemon) -> String {
    let secret = daemon.key().expose().as_bytes();
    let mark = Signer::new(secret, "data folder").sign("mark");
    format!("print-server {}", &mark[..8])
}

/// Says at the start what another server on this queue has to do.
fn warn_of_documents_elsewhere(
    options: &Options,
    queue: &dyn Queue,
    spool: &Spool,
) -> Result<(), job_queue::Error> {
    if !options.is_queue_shared() {
        return Ok(());
    }
    tracing::info!(
        "the queue may be shared, and the documents are not: each server \
         prints what came in by way of its own --data folder"
    );
    let elsewhere = |job: &&Job| {
        matches!(job.state, State::Waiting | State::Held)
            && PrintJob::from_payload(&job.payload)
                .is_ok_and(|order| !spool.path(&order.document).exists())
    };
    let jobs = queue.pending()?;
    match jobs.iter().filter(elsewhere).count() {
        0 => {}
        count => tracing::warn!(
            "of the jobs that wait, {count} have their document in the folder \
             of another server, which has to print them"
        ),
    }
    Ok(())
}

fn log(message: LogMessage) {
    match message {
        LogMessage::Info(text) => tracing::info!("{text}"),
        LogMessage::Warning(text) => tracing::warn!("{text}"),
        LogMessage::Error(text) => tracing::error!("{text}"),
    }
}

/// Prints until told to stop, and lets go of what it keeps. A panic over a
/// job is logged, counted and shown in `/healthz`, and the next is printed.
fn print(
    tasks: &Tasks,
    worker: Worker,
    keep: impl Send + 'static,
) -> io::Result<()> {
    let jobs = tasks.clone();
    let work = move || {
        let mut next = None;
        while let Some(claim) = worker.next_job(next.take()) {
            let printed = jobs.call("print job", || worker.print(claim));
            next = printed.unwrap_or(None);
        }
        drop(keep);
    };
    tasks.thread("printing", work).map(drop)
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

/// Warns if the queue's password stands on the command line.
fn warn_of_password(options: &Options) {
    let has_password = options.queue.contains('@');
    if has_password && env::args().any(|word| word.contains(&options.queue)) {
        tracing::warn!(
            "every user of this machine can see the password in --queue, in \
             the list of processes: write `queue` into the file of --config, \
             or set PRINT_SERVER_QUEUE"
        );
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
        on_doubt: options.on_doubt,
        finisher: Finisher { staples: options.stapler, punches: options.punch },
        log,
        ..Limits::default()
    }
}

/// Once an hour: forgets finished jobs and documents that nobody needs.
fn keep_house(daemon: &Daemon, queue: &Arc<dyn Queue>, spool: &Spool) {
    let (queue, spool) = (queue.clone(), spool.clone());
    let stop = daemon.shutdown().wait();
    let tasks = daemon.tasks().clone();
    let work = async move {
        let mut clock = tokio::time::interval(HOUR);
        loop {
            clock.tick().await;
            let (queue, spool) = (queue.clone(), spool.clone());
            let sweep = move || sweep(&*queue, &spool);
            // A panic is logged. The next try is in an hour.
            let _ = tasks.spawn_blocking("sweeping", sweep).await;
        }
    };
    daemon.tasks().spawn("housekeeping", async move {
        tokio::select! {
            () = work => {}
            () = stop => {}
        }
    });
}

const HOUR: Duration = Duration::from_secs(3600);

fn sweep(queue: &dyn Queue, spool: &Spool) {
    const MONTH: Duration = Duration::from_secs(30 * 24 * 3600);
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
        Ok(Err(error)) => tracing::warn!("cleaning the spool: {error}"),
        Err(error) => tracing::warn!("cleaning the queue: {error}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use job_queue::NewJob;
    use std::sync::atomic::{AtomicBool, Ordering};

    /// A bug over one job: here, in what keeps the log.
    #[test]
    fn a_panic_over_a_job_is_told_and_the_next_job_is_taken() {
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("queue.db");
        let queue =
            job_queue::open(&format!("sqlite:{}", file.display()), "print")
                .expect("a queue");
        let ids = ["not a print job", "not one either"].map(|payload| {
            let job = NewJob::new(payload).max_attempts(1);
            queue.enqueue(job).expect("queued").id
        });
        let settings = WorkerSettings {
            lease: Duration::from_millis(200),
            log: |message| match message {
                LogMessage::Warning(text) if text.starts_with("job 1 ") => {
                    panic!("no ink to write with")
                }
                _ => {}
            },
            ..WorkerSettings::new("worker")
        };
        let stop = Arc::<AtomicBool>::default();
        let worker = Worker {
            queue: queue.clone(),
            spool: Spool::open(folder.path()).expect("a spool"),
            printer: Printer::new(
                "tcp://192.0.2.9".parse().expect("an address"),
                Deadlines::default(),
            ),
            settings,
            stop: stop.clone(),
        };
        let tasks = Tasks::default();
        print(&tasks, worker, ()).expect("a thread");
        let state = |id| queue.job(id).expect("a queue").expect("a job").state;
        let mut version = 0;
        while ids.iter().any(|id| state(id) != State::Dead) {
            let wait = Duration::from_secs(60);
            let now = queue.wait_for_change(version, wait).expect("a queue");
            assert_ne!(now, version, "the worker does nothing any more");
            version = now;
        }
        let report = daemon::Health::new(&tasks).report();
        let task = &report["tasks"]["print job"];
        assert_eq!(task["panics"], 1, "{task}");
        // The second job went well: there is no trouble any more.
        assert_eq!(task["lost"], false, "{task}");
        stop.store(true, Ordering::Relaxed);
    }
}
