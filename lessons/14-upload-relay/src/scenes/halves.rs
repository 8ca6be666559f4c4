//! The two halves of the relay, and what they share.

use std::error::Error;
use std::io;
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::path::Path;
use std::sync::Arc;
use std::thread::{self, JoinHandle};
use std::time::Instant;

use axum::Router;
use job_queue::{Job, Queue};
use printer::{Deadlines, Printer};
use relay::{Intake, Limits, Spool, Worker, WorkerSettings, upload_route};

use crate::PATIENCE;

/// Where documents wait, and where jobs wait.
pub struct Shared {
    pub spool: Spool,
    pub queue: Arc<dyn Queue>,
}

impl Shared {
    pub fn open(folder: &Path) -> Result<Shared, Box<dyn Error>> {
        let spool = Spool::open(&folder.join("spool"))?;
        let file = folder.join("queue.db");
        let url = format!("sqlite:{}", file.display());
        Ok(Shared { spool, queue: job_queue::open(&url, "print")? })
    }
}

// ANCHOR: halves
/// The half that prints.
pub fn worker(
    shared: &Shared,
    printer: SocketAddr,
) -> Result<Worker, Box<dyn Error>> {
    let address = format!("tcp://{printer}").parse()?;
    Ok(Worker {
        queue: shared.queue.clone(),
        spool: shared.spool.clone(),
        printer: Printer::new(address, Deadlines::default()),
        settings: WorkerSettings::new("1"),
        stop: Arc::default(),
    })
}

/// Starts the half that takes uploads; port 0 is any free one.
pub fn start_intake(
    shared: &Shared,
    port: u16,
) -> io::Result<(SocketAddr, JoinHandle<io::Result<()>>)> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port))?;
    let address = listener.local_addr()?;
    let (spool, queue) = (shared.spool.clone(), shared.queue.clone());
    let intake = Intake::new(spool, queue, Limits::default());
    let routes = upload_route(intake);
    Ok((address, thread::spawn(move || serve(listener, routes))))
}
// ANCHOR_END: halves

/// Serves these routes, until the program ends.
pub fn serve(listener: TcpListener, routes: Router) -> io::Result<()> {
    listener.set_nonblocking(true)?;
    tokio::runtime::Runtime::new()?.block_on(async {
        let listener = tokio::net::TcpListener::from_std(listener)?;
        axum::serve(listener, routes).await
    })
}

/// Waits until the newest job is as `wanted`, and returns it.
pub fn wait_for_job(
    queue: &dyn Queue,
    wanted: impl Fn(&Job) -> bool,
) -> Result<Job, Box<dyn Error>> {
    let deadline = Instant::now() + PATIENCE;
    loop {
        // The version first: a change after the look is not missed.
        let version = queue.version()?;
        if let Some(job) = queue.jobs(1)?.pop()
            && wanted(&job)
        {
            return Ok(job);
        }
        let left = deadline.saturating_duration_since(Instant::now());
        if left.is_zero() {
            return Err("the job is not done in time".into());
        }
        queue.wait_for_change(version, left)?;
    }
}
