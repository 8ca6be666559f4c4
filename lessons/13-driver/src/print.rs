//! The printing of a document: several threads draw its bands, one writes them
//! in their order.

use std::any::Any;
use std::io::{self, Write};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread;

use hayro::RenderCache;
use serde::{Deserialize, Serialize};

use crate::band::{BandRenderer, rows};
use crate::collector::Collector;
use crate::pcl_xl::Writer;
use crate::{
    Document, DocumentError, Duplex, Finding, Settings, SettingsError, Sheet,
};

/// How many bands a thread may be ahead of the writer.
const BANDS_AHEAD: usize = 2;
/// After how many pages a thread drops what it has cached of the document.
const PAGES_PER_CACHE: usize = 16;
/// Bytes of stack for a thread that draws or reads pages: forms may be nested deeply.
pub(crate) const STACK: usize = 16 << 20;
/// The most characters of a panic's message that are kept.
const LONGEST_MESSAGE: usize = 300;

/// What was printed.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Printed {
    /// Pages of the document, each counted once whatever the copies.
    pub pages: u32,
    /// Bytes of PCL XL.
    pub bytes: u64,
    /// What is not on paper as the document says, losses first.
    pub findings: Vec<Finding>,
}

/// Why printing stopped.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The document cannot be printed.
    #[error(transparent)]
    Document(#[from] DocumentError),
    /// The settings cannot be printed with.
    #[error(transparent)]
    Settings(#[from] SettingsError),
    /// The pages could not be delivered: a full disk, a lost line.
    #[error("the pages could not be written: {0}")]
    Write(#[source] io::Error),
    /// The drawing of this document crashed, and would crash again.
    #[error("the document could not be drawn: {how}")]
    Crashed {
        /// What happened, in words.
        how: String,
    },
    /// A page took longer than it may. Only [`isolated`](crate::isolated)
    /// sets such a limit.
    #[error(
        "a page was not drawn within {seconds} s; print the document as an \
         image, or print fewer pages"
    )]
    TimedOut {
        /// The limit for one page in seconds.
        seconds: u64,
    },
    /// The child process could not be started: the machine is at fault, not
    /// the document. Only [`isolated`](crate::isolated) has one.
    #[error("the renderer could not be started: {0}")]
    Start(#[source] io::Error),
    /// The child process could not read its document, or be understood.
    #[error("the renderer could not work: {0}")]
    Renderer(#[source] io::Error),
}

/// Prints `document` as PCL XL into `out` and calls `page_done` with each
/// page's number (from 1) when its last byte has been written.
///
/// With `n` threads (`settings.threads`), each draws every n-th band and is at
/// most two bands ahead of the writer. So the memory that is needed depends on
/// the paper and the threads, not on the number of pages.
///
/// # Errors
/// See [`Error`]. Nothing is written when the document, the range or the
/// settings are wrong.
pub fn print(
    document: &Document,
    settings: &Settings,
    out: &mut dyn Write,
    page_done: &mut dyn FnMut(u32),
) -> Result<Printed, Error> {
    settings.check()?;
    let pages = document.check(settings)?;
    let sheets: Vec<(u32, Sheet)> = pages
        .iter()
        .filter_map(|page| Some((*page, document.sheet(*page, settings)?)))
        .collect();
    let sheets = sheets.as_slice();
    let collector = Collector::new(document.findings().on(&pages));
    // ANCHOR: threads
    thread::scope(|scope| {
        let (mut threads, mut bands) = (Vec::new(), Vec::new());
        for thread in 0..settings.threads {
            let (sender, receiver) = sync_channel(BANDS_AHEAD);
            let collector = collector.for_thread();
            let work = move || {
                draw(document, settings, sheets, thread, &collector, &sender)
            };
            let builder = thread::Builder::new().stack_size(STACK);
            let started = builder.spawn_scoped(scope, work);
            threads.push(started.map_err(Error::Renderer)?);
            bands.push(receiver);
        }
        let printed = deliver(settings, sheets, &bands, out, page_done);
        // Threads that still draw find that nobody receives any more.
        drop(bands);
        for thread in threads {
            if let Err(panic) = thread.join() {
                return Err(Error::Crashed { how: panic_message(&*panic) });
            }
        }
        let findings = collector.to_vec();
        printed.map(|printed| Printed { findings, ..printed })
    })
    // ANCHOR_END: threads
}

/// Writes the bands in their order, and what belongs between them.
fn deliver(
    settings: &Settings,
    sheets: &[(u32, Sheet)],
    bands: &[Receiver<Band>],
    out: &mut dyn Write,
    page_done: &mut dyn FnMut(u32),
) -> Result<Printed, Error> {
    let mut bands = bands.iter().cycle();
    let mut next_band = || {
        let bands = bands.next().expect("at least one thread");
        // A thread that is gone too early has panicked; joining it says how.
        bands.recv().unwrap_or_else(|_| {
            Err(Error::Crashed { how: "a thread ended early".into() })
        })
    };
    let mut out = CountingWriter { out, bytes: 0 };
    let mut writer = Writer::default();
    writer.begin_session(settings.dpi);
    for (place, (page, sheet)) in sheets.iter().enumerate() {
        let back = settings.duplex != Duplex::Off && place % 2 == 1;
        writer.begin_page(sheet, settings.duplex, back, settings.color);
        out.write(&mut writer)?;
        for _ in band_tops(sheet) {
            writer.bytes = next_band()?;
            out.write(&mut writer)?;
        }
        writer.end_page(settings.copies);
        out.write(&mut writer)?;
        page_done(*page);
    }
    writer.end_session();
    out.write(&mut writer)?;
    out.out.flush().map_err(Error::Write)?;
    let pages = sheets.len().try_into().expect("pages are counted in u32");
    Ok(Printed { pages, bytes: out.bytes, findings: Vec::new() })
}

pub(crate) fn panic_message(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<String>().map(String::as_str);
    let text = text.or_else(|| panic.downcast_ref::<&str>().copied());
    text.unwrap_or("it panicked").chars().take(LONGEST_MESSAGE).collect()
}

/// A band as PCL XL, or why it could not be drawn.
type Band = Result<Vec<u8>, Error>;

/// The first row of each band.
fn band_tops(sheet: &Sheet) -> impl Iterator<Item = u16> + use<> {
    (0..sheet.height).step_by(rows(sheet).into())
}

/// Draws the bands of thread number `thread`, until all are sent or nobody
/// receives them any more.
fn draw(
    document: &Document,
    settings: &Settings,
    sheets: &[(u32, Sheet)],
    thread: usize,
    collector: &Collector,
    sender: &SyncSender<Band>,
) {
    let mut renderer = BandRenderer::new(collector);
    let mut band_number = 0;
    for (chunk, sheets) in sheets.chunks(PAGES_PER_CACHE).enumerate() {
        // What is cached belongs to an opened document. To open it again costs
        // time, with a password much of it.
        let reopened = match (chunk > 0).then(|| document.reopen()).transpose()
        {
            Ok(pdf) => pdf,
            Err(error) => return drop(sender.send(Err(error.into()))),
        };
        let pdf = reopened.as_ref().unwrap_or(document.pdf());
        let cache = RenderCache::new();
        for (number, sheet) in sheets {
            let Some(page) = document.page_of(pdf, *number) else { continue };
            collector.begin_page(*number);
            for top in band_tops(sheet) {
                let mine = band_number % settings.threads == thread;
                band_number += 1;
                if !mine {
                    continue;
                }
                let band =
                    renderer.band(page, &cache, sheet, top, settings.color);
                if sender.send(Ok(band)).is_err() {
                    return;
                }
            }
        }
    }
}

/// Counts the bytes that are written.
struct CountingWriter<'a> {
    out: &'a mut dyn Write,
    bytes: u64,
}

impl CountingWriter<'_> {
    fn write(&mut self, writer: &mut Writer) -> Result<(), Error> {
        self.out.write_all(&writer.bytes).map_err(Error::Write)?;
        self.bytes += writer.bytes.len() as u64;
        writer.bytes.clear();
        Ok(())
    }
}
