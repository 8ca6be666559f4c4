//! A printer on its own: IPP in front of a relay, in front of a virtual C360.

use std::error::Error;
use std::io;
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::sync::Arc;
use std::thread;

use axum::Router;
use axum::extract::Extension;
use ipp_printer::{
    Access, Authentication, Description, IppPrinter, RelaySpooler, Requester,
    list_answer, list_request,
};
use printer::{Deadlines, Printer};
use relay::{Intake, Limits, Spool, Worker, WorkerSettings};
use tempfile::TempDir;
use virtual_c360::{Settings, VirtualC360};

/// The same for as long as this printer exists.
const UUID: [u8; 16] = *b"driverless-print";

/// A printer that nobody has to own, and that needs no driver.
pub struct LessonPrinter {
    pub c360: VirtualC360,
    address: SocketAddr,
    _folder: TempDir,
}

impl LessonPrinter {
    /// Starts it; port 0 is any free one. Each request and its answer are shown
    /// to `observe`.
    pub fn start(
        port: u16,
        observe: impl Fn(String) + Send + Sync + 'static,
    ) -> Result<LessonPrinter, Box<dyn Error>> {
        let folder = tempfile::tempdir()?;
        let c360 = VirtualC360::start(Settings {
            papers: vec!["A4".to_owned(), "A3".to_owned()],
            ..Settings::new(folder.path().join("tray"))
        })?;
        let paper_printer: printer::Address =
            format!("tcp://{}", c360.address()).parse()?;
        let spool = Spool::open(&folder.path().join("spool"))?;
        let file = folder.path().join("queue.db");
        let url = format!("sqlite:{}", file.display());
        let queue = job_queue::open(&url, "print")?;

        // ANCHOR: start
        // The relay of the last lesson: one half prints ...
        let worker = Worker {
            queue: queue.clone(),
            spool: spool.clone(),
            printer: Printer::new(paper_printer.clone(), Deadlines::default()),
            settings: WorkerSettings::new("1"),
            stop: Arc::default(),
        };
        let state = worker.settings.printer_state.clone();
        thread::spawn(move || worker.run());
        // ... and the other takes documents, now from a printer of IPP.
        let limits = Limits::default();
        let description = describe(&limits);
        let intake = Intake::new(spool, queue, limits);
        let spooler = RelaySpooler::new(intake, state).printer(paper_printer);
        let printer = IppPrinter::new("/ipp/print", description, spooler)
            .observe(move |request, answer| {
                observe(format!(
                    "-> {}\n<- {}",
                    list_request(request),
                    list_answer(answer)
                ));
            });
        // Whoever can reach this machine from itself may do everything.
        let everybody = Requester { operator: true, ..Requester::default() };
        let router = printer.router().layer(Extension(everybody));
        // ANCHOR_END: start

        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port))?;
        let address = listener.local_addr()?;
        thread::spawn(move || serve_http(listener, router));
        Ok(LessonPrinter { c360, address, _folder: folder })
    }

    /// Where it answers.
    pub fn address(&self) -> SocketAddr {
        self.address
    }
}

// ANCHOR: describe
fn describe(limits: &Limits) -> Description {
    Description {
        info: "A printer that nobody has to own".to_owned(),
        access: vec![Access {
            tls: false,
            authentication: Authentication::None,
        }],
        ..Description::c360("C360", UUID, limits)
    }
}
// ANCHOR_END: describe

fn serve_http(listener: TcpListener, router: Router) -> io::Result<()> {
    listener.set_nonblocking(true)?;
    tokio::runtime::Runtime::new()?.block_on(async {
        let listener = tokio::net::TcpListener::from_std(listener)?;
        axum::serve(listener, router).await
    })
}
