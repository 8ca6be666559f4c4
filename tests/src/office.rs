//! An office: a print server, and the printer that it prints on.

use std::path::Path;
use std::time::Duration;

use tempfile::TempDir;
use virtual_c360::{Settings, TrayPage, VirtualC360};

use crate::ipp::IppPrinter;
use crate::similarity::Picture;
use crate::{PrintServer, scratch};

/// The resolution of all that is printed here: 300 dots an inch is quick.
pub const DPI: usize = 300;

/// How long a page may take. Only a test that fails waits so long.
const PATIENCE: Duration = Duration::from_secs(120);

/// A print server with a virtual C360, and the printer that its clients see.
pub struct Office {
    /// The server.
    pub server: PrintServer,
    /// What clients see.
    pub printer: IppPrinter,
    machine: VirtualC360,
    _folders: [TempDir; 2],
}

impl Office {
    /// Opens one, with these options of the server.
    pub fn open(options: &[&str]) -> Office {
        let [tray, data] = [scratch(), scratch()];
        let machine = VirtualC360::start(Settings::new(tray.path()));
        let machine = machine.expect("a printer starts");
        let address = format!("tcp://{}", machine.address());
        let dpi = DPI.to_string();
        let all = ["--printer", &address, "--dpi", &dpi];
        let server =
            PrintServer::start(data.path(), &[&all[..], options].concat());
        let printer = IppPrinter::new(&server.address, "/ipp/print");
        Office { server, printer, machine, _folders: [tray, data] }
    }

    /// All pages that have come out, once there are as many as `count`.
    pub fn tray(&self, count: usize) -> Vec<TrayPage> {
        self.machine.wait_for_pages(count, PATIENCE).expect("pages come out")
    }
}

/// A page of the tray, at 100 dots an inch.
///
/// # Panics
/// When its file cannot be read.
pub fn picture_of(page: &TrayPage) -> Picture {
    let whole = Picture::from_png(&page.file).expect("a page is a PNG");
    whole.shrunk(page.dpi as usize / 100)
}

/// A page of a PDF as poppler draws it, at 100 dots an inch.
///
/// # Panics
/// When poppler cannot draw it.
pub fn poppler(file: &Path, page: u32, color: bool) -> Picture {
    let mut pdftoppm = std::process::Command::new("pdftoppm");
    let page = page.to_string();
    pdftoppm.args(["-cropbox", "-r", "300", "-f", &page, "-l", &page]);
    if !color {
        pdftoppm.arg("-gray");
    }
    let output = pdftoppm.arg(file).output().expect("pdftoppm starts");
    let drawn = Picture::from_pnm(output.stdout.as_slice());
    drawn.expect("it draws the page").shrunk(3)
}
