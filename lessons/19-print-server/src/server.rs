//! One print server: its parts, started and stopped in order.

use std::error::Error;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;

use axum::Router;
use daemon::Daemon;
use daemon::http::RateLimit;
use driver::SecondRenderer;
use ipp_printer::DnsSd;
use previews::{Previews, Thumbnails};
use print_options::{Options, Role};
use relay::{Intake, Keeping, Limits, PinTries, Spool};
use tokio::net::TcpListener;
use tokio::sync::oneshot;
use virtual_c360::VirtualC360;

use crate::api::AppState;
use crate::attention;
use crate::events::Events;
use crate::housekeeping::keep_house;
use crate::ipp;
use crate::machines;
use crate::metrics::Metrics;
use crate::previews_api;
use crate::printers::{Printer, Printers, Virtual};
use crate::queue;
use crate::records::Records;
use crate::routes::routes;
use crate::start_error::StartError;
use crate::watching;
use crate::workers::{self, log};

/// A print server that runs, as it describes itself.
#[derive(Clone)]
pub struct Running {
    /// Where it answers.
    pub address: SocketAddr,
    /// The page, with a token that signs a browser in once.
    pub link: String,
    /// A description of the queue.
    pub queue: String,
    /// The printers, the default one first.
    pub printers: Vec<RunningPrinter>,
    /// The address of the default IPP printer, where documents are taken in.
    pub ipp: Option<String>,
    /// The printers' entries on the network, when they are asked for.
    dns_sd: Option<Arc<DnsSd>>,
}

/// A printer of a server that runs.
#[derive(Clone)]
pub struct RunningPrinter {
    /// Its name.
    pub name: String,
    /// A description, with its address.
    pub printer: String,
    /// Where a virtual printer's pages land.
    pub tray: Option<PathBuf>,
    /// A virtual printer's front panel, as an address for a browser.
    pub panel: Option<String>,
    /// The printer itself, when it is a virtual one.
    pub virtual_printer: Option<Arc<VirtualC360>>,
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
    let queue = queue::open(options, data)?;
    queue::set_spool_aside(&*queue, data).map_err(in_data)?;
    let spool = Spool::open(&data.join("spool")).map_err(in_data)?;
    log_isolation(daemon);
    let listener = daemon.listen(options.listen).await;
    let listener = listener.map_err(StartError::Listen)?;
    let address = listener.local_addr().map_err(StartError::Listen)?;

    let own = machines::own_address(options, address);
    let is_printing = options.role != Role::Intake;
    let lock = is_printing.then(|| workers::lock(options, data)).transpose();
    let lock = lock.map_err(|error| StartError::locked(error, data))?;
    let (printers, started) = Printers::find(options, data, &queue)
        .map_err(StartError::VirtualPrinter)?;
    let mut running = Running {
        address,
        link: daemon.link(address),
        queue: queue.describe(),
        printers: describe(&printers, &started),
        ipp: None,
        dns_sd: None,
    };
    let records = match options.role {
        Role::Worker => None,
        _ => Some(Records::open(options, data, queue.clone(), &printers)?),
    };
    let metrics = Metrics::register(
        daemon,
        queue.clone(),
        printers.clone(),
        records.clone(),
    );
    // The channel closes when the last worker has ended.
    let (end, printed) = oneshot::channel();
    if let Some(lock) = lock {
        let crew = workers::Crew {
            daemon,
            options,
            queue: &queue,
            spool: &spool,
            intakes: machines::intakes(options, own.clone(), &spool)?,
        };
        crew.start(&printers, started, lock, end)?;
        attention::start(daemon, options, &queue, &printers)
            .map_err(StartError::Threads)?;
    }
    let keeping = Keeping {
        queue: queue.clone(),
        spool: spool.clone(),
        documents: options.keep_documents,
    };
    keep_house(daemon, keeping);
    let events = Events::start(queue.clone(), printers.clone(), &spool, daemon);
    let mut intake = Intake::new(spool, queue, limits(options));
    intake.address = own;
    intake.destinations = printers.destinations();
    if let Some(records) = &records {
        intake.outbox = Some(records.outbox().to_owned());
        intake.admission = Some(Arc::new(records.clone()));
        records.start(daemon).map_err(StartError::Threads)?;
    }
    if options.role != Role::Worker {
        watching::start(daemon, options, &intake)
            .map_err(StartError::Threads)?;
    }
    let uploads = RateLimit::new(options.upload_rate());
    let over_tls_only = daemon.url(address).starts_with("https:");
    let entrances = ipp::Parts {
        daemon,
        options,
        printers: &printers,
        intake: &intake,
        records: records.as_ref(),
        uploads: &uploads,
        over_tls_only,
    }
    .entrances();
    if options.role != Role::Worker {
        running.ipp = Some(ipp::url(daemon, address));
        running.dns_sd = ipp::announce(daemon, options, address, &entrances)?;
    }
    let previews = Previews::default();
    previews_api::forget_old(daemon, &previews);
    let state = AppState {
        intake,
        previews,
        thumbnails: Thumbnails::default(),
        printers,
        events: events.map_err(StartError::Threads)?,
        pin_tries: PinTries::default(),
        open: options.what_is_open(),
        records,
        tasks: daemon.tasks().clone(),
        closing: daemon.shutdown().watch(),
    };
    let routes = routes(daemon, options, state, entrances, &uploads);
    let app = metrics.watch(routes);
    Ok((listener, app, running, printed))
}

/// The printers as the server describes itself.
fn describe(printers: &Printers, started: &Virtual) -> Vec<RunningPrinter> {
    let describe = |printer: &Printer| RunningPrinter {
        name: printer.name().to_owned(),
        printer: printer.description.clone(),
        tray: printer.tray.clone(),
        panel: printer.panel.clone(),
        virtual_printer: started.get(printer.name()).cloned(),
    };
    printers.iter().map(describe).collect()
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

fn limits(options: &Options) -> Limits {
    Limits {
        bytes: options.max_upload.saturating_mul(1024 * 1024),
        idle: options.upload_silence,
        total: options.upload_deadline,
        allow_raw: options.allow_raw,
        on_doubt: options.on_doubt,
        keep_documents: options.keep_documents,
        log,
        ..Limits::default()
    }
}
