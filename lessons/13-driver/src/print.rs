//! The printing of a document: several threads draw its bands, one writes them
//! in their order.

use std::any::Any;
use std::io::{self, Write};
use std::ops::Range;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread;

use canvas::Pictures;
use findings::Collector;
use raster::Raster;
use serde::{Deserialize, Serialize};

use crate::band::{BandCache, BandRenderer, bands};
use crate::document::reopen;
use crate::language::Writer;
use crate::part::{Effort, Part, Position};
use crate::second_renderer::{SecondDrawing, SecondSide, second_renderer};
use crate::{
    Document, DocumentError, Finding, RangeError, Settings, SettingsError, Side,
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
    /// Sides of sheets, those without a page included.
    pub sides: u32,
    /// Bytes of PCL XL or PostScript.
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
        "a page was not drawn in {seconds} s of processor time; print the \
         document as an image"
    )]
    TimedOut {
        /// The limit for one page in seconds.
        seconds: u64,
    },
    /// All pages together took longer than they may.
    #[error(
        "the document was not drawn in {minutes} minutes of processor time; \
         print fewer pages at once"
    )]
    DocumentTimedOut {
        /// The limit for the document in minutes.
        minutes: u64,
    },
    /// Somebody stopped the drawing: see [`Stop`](crate::isolated::Stop).
    #[error("the drawing was stopped")]
    Stopped,
    /// The child process could not be started: the machine is at fault, not
    /// the document. Only [`isolated`](crate::isolated) has one.
    #[error("the renderer could not be started: {0}")]
    Start(#[source] io::Error),
    /// The child process could not read its document, or be understood.
    #[error("the renderer could not work: {0}")]
    Renderer(#[source] io::Error),
}

/// Prints `document` into `out` and calls `page_done` for each side
/// of a sheet when its last byte has been written, with the number (from 1) of
/// the last page on it.
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
    let mut printed = Printed::default();
    let mut write = |step: &Step<'_>| {
        out.write_all(step.data)?;
        printed.bytes += step.data.len() as u64;
        if step.ends_page {
            printed.pages += step.pages;
            printed.sides += 1;
            page_done(step.page);
        }
        Ok(())
    };
    let whole = Part::default();
    let findings = print_part(document, settings, whole, &mut write)?;
    out.flush().map_err(Error::Write)?;
    Ok(Printed { findings, ..printed })
}

/// A step of a printing: data that is to be written as a whole, or not at all.
pub(crate) struct Step<'a> {
    /// PCL XL or PostScript.
    pub data: &'a [u8],
    /// The number of the last page on the side in hand, from 1.
    pub page: u32,
    /// How many pages lie on that side.
    pub pages: u32,
    /// Whether this is the last of the side.
    pub ends_page: bool,
    /// Where the printing stands after it.
    pub position: Position,
    /// What was found so far.
    pub findings: &'a Collector,
}

/// Prints a part of `document`, a step after the other, and returns what was
/// found in it.
pub(crate) fn print_part(
    document: &Document,
    settings: &Settings,
    part: Part,
    write: &mut dyn FnMut(&Step<'_>) -> io::Result<()>,
) -> Result<Vec<Finding>, Error> {
    settings.check()?;
    let numbers = document.check(settings)?;
    let mut sides = document.lay_out(&numbers, settings);
    if let Some(resume) = settings.resume {
        sides = sheet::resume(&sides, resume);
        if sides.is_empty() {
            let (page, pages) = (resume.page, document.page_count());
            let outside = RangeError::OutsideDocument { page, pages };
            return Err(Error::Document(outside.into()));
        }
    }
    let sides = sides.as_slice();
    let collector = Collector::new(document.findings().on(&numbers));
    let pictures = &Arc::<Pictures>::default();
    let second = second_drawing(document, settings, part)?;
    let second = second.as_ref();
    // ANCHOR: threads
    thread::scope(|scope| {
        let (mut threads, mut bands) = (Vec::new(), Vec::new());
        let count = part.effort.threads(settings);
        for thread in 0..count {
            let (sender, receiver) = sync_channel(BANDS_AHEAD);
            let collector = collector.for_thread();
            let drawing = Drawing { document, settings, sides, part, second };
            let work = move || {
                let mine = |band: usize| band % count == thread;
                drawing.draw(mine, pictures, &collector, &sender)
            };
            let builder = thread::Builder::new().stack_size(STACK);
            let started = builder.spawn_scoped(scope, work);
            threads.push(started.map_err(Error::Renderer)?);
            bands.push(receiver);
        }
        let drawing = Drawing { document, settings, sides, part, second };
        let printed = drawing.deliver(&bands, &collector, write);
        // Threads that still draw find that nobody receives any more.
        drop(bands);
        for thread in threads {
            if let Err(panic) = thread.join() {
                return Err(Error::Crashed { how: panic_message(&*panic) });
            }
        }
        printed.map(|()| collector.to_vec())
    })
    // ANCHOR_END: threads
}

/// The drawing by the second renderer, when pages of the part need it.
fn second_drawing(
    document: &Document,
    settings: &Settings,
    part: Part,
) -> Result<Option<SecondDrawing>, Error> {
    let is_needed =
        part.effort == Effort::Second || !settings.second_pages.is_empty();
    let is_needed = is_needed && document.pdf().is_some();
    let renderer = second_renderer().filter(|_| is_needed);
    let drawing = renderer.map(|one| SecondDrawing::new(one, document));
    drawing.transpose().map_err(Error::Renderer)
}

pub(crate) fn panic_message(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<String>().map(String::as_str);
    let text = text.or_else(|| panic.downcast_ref::<&str>().copied());
    text.unwrap_or("it panicked").chars().take(LONGEST_MESSAGE).collect()
}

/// A band in the page language, or why it could not be drawn.
type Band = Result<Vec<u8>, Error>;

/// A part of a document that is drawn and delivered.
#[derive(Clone, Copy)]
struct Drawing<'a> {
    document: &'a Document,
    settings: &'a Settings,
    sides: &'a [Side],
    part: Part,
    second: Option<&'a SecondDrawing>,
}

impl<'a> Drawing<'a> {
    /// The sides of the part, by their place among all.
    fn places(&self) -> Range<usize> {
        let from = self.part.from.sides.min(self.sides.len());
        match self.part.effort {
            Effort::Full => from..self.sides.len(),
            _ => from..self.sides.len().min(from + 1),
        }
    }

    /// What is still to be drawn of the side at this place, band by band.
    fn bands(&self, place: usize) -> impl Iterator<Item = Range<u16>> + use<> {
        let Position { sides, rows } = self.part.from;
        let first = if place == sides { rows } else { 0 };
        bands(&self.sides[place].sheet, first, self.part.effort)
    }

    /// The second renderer, when it is to draw this side.
    fn second(&self, side: &Side) -> Option<&'a SecondDrawing> {
        let is_chosen =
            |number: u32| self.settings.second_pages.contains(&number);
        let is_mine = self.part.effort == Effort::Second
            || side.pages.iter().any(|page| is_chosen(page.number));
        self.second.filter(|_| is_mine)
    }

    /// Begins a side that the second renderer draws, and notes why it does.
    fn begin_second(
        &self,
        side: &'a Side,
        findings: &Collector,
    ) -> Option<SecondSide<'a>> {
        let second = self.second(side)?;
        let why = match self.part.effort {
            Effort::Second => "our own renderer could not draw it",
            _ => "another page on its side needs it",
        };
        let noted = findings.for_thread();
        for page in &side.pages {
            if !self.settings.second_pages.contains(&page.number) {
                noted.begin_page(page.number);
                let name = second.name();
                noted.note(format!("drawn by {name}, because {why}"));
            }
        }
        Some(second.begin(self.document, side, self.settings))
    }

    /// Writes the bands in their order, and what belongs between them.
    fn deliver(
        &self,
        bands: &[Receiver<Band>],
        findings: &Collector,
        write: &mut dyn FnMut(&Step<'_>) -> io::Result<()>,
    ) -> Result<(), Error> {
        let mut bands = bands.iter().cycle();
        let mut next_band = || {
            let bands = bands.next().expect("at least one thread");
            // A thread that is gone too early has panicked; joining it says
            // how.
            bands.recv().unwrap_or_else(|_| {
                Err(Error::Crashed { how: "a thread ended early".into() })
            })
        };
        let settings = self.settings;
        let mut writer = Writer::new(settings);
        let Position { sides: done, rows } = self.part.from;
        if (done, rows) == (0, 0) {
            let Settings { staple, punch, .. } = *settings;
            writer.begin_document(settings, staple, punch);
        }
        // The last side that the printer was told of.
        let begun = (done + usize::from(rows > 0)).checked_sub(1);
        if let Some(side) = begun.and_then(|begun| self.sides.get(begun)) {
            writer.go_on_after(&settings.page_setup(side));
        }
        for place in self.places() {
            let side = &self.sides[place];
            let sheet = &side.sheet;
            let mut second = self.begin_second(side, findings);
            for rows in self.bands(place) {
                // Nothing of a page is written before it can be drawn.
                let band = match &mut second {
                    Some(second) => second.band(rows.clone())?,
                    None => next_band()?,
                };
                if rows.start == 0 {
                    writer.begin_page(place + 1, &settings.page_setup(side));
                }
                writer.bytes().extend(band);
                let ends_page = rows.end == sheet.height;
                let mut position = Position { sides: place, rows: rows.end };
                if ends_page {
                    writer.end_page(settings.copies);
                    position = Position { sides: place + 1, rows: 0 };
                }
                write(&Step {
                    data: writer.bytes(),
                    page: side.last_page(),
                    pages: side.pages.len() as u32,
                    ends_page,
                    position,
                    findings,
                })
                .map_err(Error::Write)?;
                writer.bytes().clear();
            }
        }
        if self.part.effort == Effort::Full {
            writer.end_document(self.sides.len());
            write(&Step {
                data: writer.bytes(),
                page: self.sides.last().map_or(0, Side::last_page),
                pages: 0,
                ends_page: false,
                position: Position { sides: self.sides.len(), rows: 0 },
                findings,
            })
            .map_err(Error::Write)?;
        }
        Ok(())
    }

    /// Draws the bands that are `mine`, by their number in the part, until all
    /// are sent or nobody receives them any more.
    fn draw(
        &self,
        mine: impl Fn(usize) -> bool,
        pictures: &Arc<Pictures>,
        collector: &Collector,
        sender: &SyncSender<Band>,
    ) {
        let mut renderer = BandRenderer::new(
            collector,
            self.document.substitutes(),
            self.settings.language,
        );
        if let Some(raster) = self.document.raster() {
            return self.draw_raster(raster, mine, &mut renderer, sender);
        }
        let Some(pdf) = self.document.pdf() else { return };
        let mut number = 0;
        let places: Vec<usize> = self.places().collect();
        for (chunk, places) in places.chunks(PAGES_PER_CACHE).enumerate() {
            // What is cached belongs to an opened document. To open it again
            // costs time, with a password much of it.
            let reopened = (chunk > 0).then(|| reopen(pdf)).transpose();
            let reopened = match reopened {
                Ok(pdf) => pdf,
                Err(error) => return drop(sender.send(Err(error.into()))),
            };
            let pdf = reopened.as_ref().unwrap_or(pdf);
            let cache = BandCache::new(pictures, collector);
            for &place in places {
                let side = &self.sides[place];
                if self.second(side).is_some() {
                    continue;
                }
                let mut pages = Vec::new();
                for place in &side.pages {
                    if self.part.effort == Effort::Coarse {
                        collector.begin_page(place.number);
                        collector.note(coarse(self.settings.dpi));
                    }
                    let page = self.document.page_of(pdf, place.number);
                    pages.extend(page.map(|page| (page, place)));
                }
                for rows in self.bands(place) {
                    number += 1;
                    if !mine(number - 1) {
                        continue;
                    }
                    let (effort, settings) = (self.part.effort, self.settings);
                    let sheet = &side.sheet;
                    let band = renderer
                        .band(&pages, &cache, sheet, rows, effort, settings);
                    if sender.send(Ok(band)).is_err() {
                        return;
                    }
                }
            }
        }
    }
}

impl Drawing<'_> {
    /// The same for pages that came as pixels.
    fn draw_raster(
        &self,
        raster: &Raster,
        mine: impl Fn(usize) -> bool,
        renderer: &mut BandRenderer,
        sender: &SyncSender<Band>,
    ) {
        let sides = self.places().map(|place| (place, &self.sides[place]));
        let bands = sides.flat_map(|(place, side)| {
            self.bands(place).map(move |rows| (side, rows))
        });
        for (number, (side, rows)) in bands.enumerate() {
            if !mine(number) {
                continue;
            }
            let band = renderer
                .raster_band(raster, side, rows, self.settings)
                .map_err(Error::Renderer);
            if sender.send(band).is_err() {
                return;
            }
        }
    }
}

/// The note on a page that is drawn with half as many dots.
fn coarse(dpi: u16) -> String {
    format!(
        "the page needs more memory or time than it may use, so it is \
         printed at {} dpi instead of {dpi}",
        dpi / Effort::Coarse.dot()
    )
}
