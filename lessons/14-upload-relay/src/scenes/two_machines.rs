//! The two halves on two machines: each has a folder of its own.

use std::error::Error;
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::sync::atomic::Ordering;
use std::time::Duration;
use std::{fs, io, thread};

use axum::body::Body;
use axum::extract::Request;
use axum::http::header;
use axum::middleware::{Next, from_fn};
use axum::response::Response;
use job_queue::State;
use relay::{Intake, Intakes, KnownIntake, Limits, Spool, upload_route};
use reqwest::blocking::Client;
use tokio_stream::{StreamExt, once};
use virtual_c360::{Settings, VirtualC360};

use super::client::send_form;
use super::halves::{Shared, serve, wait_for_job, worker};
use crate::{DOCUMENT, PAGES, PATIENCE};

// ANCHOR: two_machines
pub fn play() -> Result<(), Box<dyn Error>> {
    let folder = tempfile::tempdir()?;
    let printer =
        VirtualC360::start(Settings::new(folder.path().join("tray")))?;

    // One machine takes the document in, and tells each job where that is.
    let there = Shared::open(&folder.path().join("intake"))?;
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
    let address = listener.local_addr()?;
    start_intake(listener, &there)?;
    send_form(address, &fs::read(DOCUMENT)?)?;
    println!("intake   has report.pdf");

    // The other machine knows the queue, and where the intake is.
    let spool = Spool::open(&folder.path().join("worker"))?;
    let here = Shared { spool, queue: there.queue.clone() };
    let known = KnownIntake {
        address: format!("http://{address}").parse()?,
        key: "the key of the worker's account there".to_owned(),
    };
    let mut worker = worker(&here, printer.address())?;
    worker.settings.intakes = Intakes::new(
        Client::builder(),
        None,
        vec![known],
        here.spool.fetched(),
        |text| println!("worker   {text}"),
    )?;
    println!("worker   has no document");
    // ANCHOR_END: two_machines

    let stop = worker.stop.clone();
    let printing = thread::spawn(move || worker.run());
    let pages = printer.wait_for_pages(PAGES, PATIENCE)?;
    println!("tray     {} pages of {}", pages.len(), pages[0].job);
    let job = wait_for_job(&*there.queue, |job| job.state == State::Done)?;
    println!("queue    job {} is {}", job.id, job.state);

    stop.store(true, Ordering::Relaxed);
    printing.join().expect("a worker catches the panics of its jobs");
    Ok(())
}

/// Starts an intake whose documents can be fetched.
fn start_intake(listener: TcpListener, shared: &Shared) -> io::Result<()> {
    let (spool, queue) = (shared.spool.clone(), shared.queue.clone());
    let address: SocketAddr = listener.local_addr()?;
    let documents = spool.document_route().layer(from_fn(watch));
    let mut intake = Intake::new(spool, queue, Limits::default());
    intake.address = format!("http://{address}").parse().ok();
    let routes = upload_route(intake).merge(documents);
    thread::spawn(move || serve(listener, routes));
    Ok(())
}

/// Shows what a worker asks for, and cuts its first connection.
async fn watch(request: Request, next: Next) -> Response {
    let range = request.headers().get(header::RANGE).cloned();
    let response = next.run(request).await;
    match range.as_ref().and_then(|range| range.to_str().ok()) {
        Some(range) => {
            println!("intake   is asked for the rest, {range}");
            response
        }
        None => {
            println!("intake   is asked for report.pdf, and the wire is cut");
            response.map(cut)
        }
    }
}

/// The first piece of the body, and then the end of the connection.
fn cut(body: Body) -> Body {
    let pieces = body.into_data_stream().take(1);
    let broken = once(()).then(|()| async {
        // The first piece is to be on its way.
        tokio::time::sleep(Duration::from_millis(100)).await;
        let reset = io::Error::from(io::ErrorKind::ConnectionReset);
        Err(axum::Error::new(reset))
    });
    Body::from_stream(pieces.chain(broken))
}
