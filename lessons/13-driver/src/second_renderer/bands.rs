//! The bands of a side that the second renderer draws: the rows of its pages,
//! placed on the sheet.

use std::fs::File;
use std::io;
use std::ops::Range;

use sheet::{PageOnSheet, save_toner};

use super::SecondRenderer;
use super::page::{SecondPage, Wanted};
use crate::language::BandWriter;
use crate::{Document, Error, Settings, Side};

/// Bytes of a dot: red, green, blue, and how opaque it is.
const DOT: usize = 4;

/// What the drawing of a document by the second renderer needs.
pub(crate) struct SecondDrawing {
    pub(super) renderer: SecondRenderer,
    document: File,
}

/// A side whose pages the second renderer draws, on its way into bands.
pub(crate) struct SecondSide<'a> {
    drawing: &'a SecondDrawing,
    document: &'a Document,
    side: &'a Side,
    settings: &'a Settings,
    /// The pages that have been begun, and are not done.
    pages: Vec<PlacedPage<'a>>,
    /// How many of the side's pages have been begun.
    begun: usize,
    images: BandWriter,
    pixels: Vec<u8>,
}

/// A page that the second renderer draws, and its place on the sheet.
struct PlacedPage<'a> {
    page: SecondPage,
    place: &'a PageOnSheet,
    /// How many of the page's rows have been read.
    read: i64,
}

impl SecondDrawing {
    /// Has the second renderer draw pages of this document.
    ///
    /// # Errors
    /// When the document cannot be handed to another program.
    pub fn new(
        renderer: SecondRenderer,
        document: &Document,
    ) -> io::Result<SecondDrawing> {
        let document = document_file(document)?;
        Ok(SecondDrawing { renderer, document })
    }

    /// What the program is called.
    pub fn name(&self) -> &'static str {
        self.renderer.name()
    }

    pub(super) fn start(&self, wanted: &Wanted) -> io::Result<SecondPage> {
        SecondPage::start(&self.renderer, &self.document, wanted)
    }

    /// Begins a side.
    pub fn begin<'a>(
        &'a self,
        document: &'a Document,
        side: &'a Side,
        settings: &'a Settings,
    ) -> SecondSide<'a> {
        SecondSide {
            drawing: self,
            document,
            side,
            settings,
            pages: Vec::new(),
            begun: 0,
            images: BandWriter::new(settings.language),
            pixels: Vec::new(),
        }
    }
}

impl<'a> SecondSide<'a> {
    /// These rows of the sheet as images; call it from top to bottom.
    ///
    /// # Errors
    /// [`Error::Crashed`] when the program does not draw a page whole.
    pub fn band(&mut self, rows: Range<u16>) -> Result<Vec<u8>, Error> {
        let name = self.drawing.name();
        while let Some(place) = self.side.pages.get(self.begun)
            && place.cell.top < rows.end
        {
            let begun = self.begin(place);
            self.pages
                .push(begun.map_err(|why| failed(name, place.number, &why))?);
            self.begun += 1;
        }
        let width = self.side.sheet.width;
        let row_bytes = usize::from(width) * DOT;
        let mut pixels = std::mem::take(&mut self.pixels);
        pixels.clear();
        pixels.resize(row_bytes * rows.len(), 0xFF);
        for mut page in std::mem::take(&mut self.pages) {
            let number = page.place.number;
            let lines = pixels.chunks_exact_mut(row_bytes);
            for (row, line) in rows.clone().zip(lines) {
                page.read_row(i64::from(row), line)
                    .map_err(|why| failed(name, number, &why))?;
            }
            if page.place.cell.bottom > rows.end {
                self.pages.push(page);
            } else {
                let end = page.page.finish();
                end.map_err(|why| failed(name, number, &why))?;
            }
        }
        if self.settings.save_toner {
            save_toner(&mut pixels);
        }
        let lines: Vec<&[u8]> = pixels.chunks_exact(row_bytes).collect();
        let color = self.settings.color;
        let band = self.images.band(&lines, rows.start, width, color);
        self.pixels = pixels;
        Ok(band)
    }

    fn begin(&self, place: &'a PageOnSheet) -> io::Result<PlacedPage<'a>> {
        let size = self.document.page_size(place.number);
        let page = self.drawing.start(&Wanted {
            page: place.number,
            size: size.unwrap_or_default(),
            dpi: place.scale * 72.0,
            color: self.settings.color,
            time: self.drawing.renderer.page_time,
        })?;
        Ok(PlacedPage { page, place, read: 0 })
    }
}

impl PlacedPage<'_> {
    // ANCHOR: row
    /// Fills a row of the sheet with what of the page lies on it.
    fn read_row(&mut self, row: i64, line: &mut [u8]) -> io::Result<()> {
        let PageOnSheet { left, top, cell, .. } = *self.place;
        let is_in_cell = (cell.top.into()..cell.bottom.into()).contains(&row);
        let wanted = row - top as i64;
        if !is_in_cell || wanted < 0 || wanted >= self.page.height() as i64 {
            return Ok(());
        }
        // What lies above the cell, or is on paper already.
        while self.read < wanted {
            let _ = self.page.next_row()?;
            self.read += 1;
        }
        let left = left as i64;
        let first = left.max(cell.left.into());
        let (dots, _) = line.as_chunks_mut::<DOT>();
        let dots = dots.iter_mut().take(cell.right.into());
        let dots = dots.skip(first as usize);
        let pixels = self.page.next_row()?.skip((first - left) as usize);
        for (dot, pixel) in dots.zip(pixels) {
            *dot = pixel;
        }
        self.read += 1;
        Ok(())
    }
    // ANCHOR_END: row
}

fn failed(name: &str, page: u32, error: &io::Error) -> Error {
    let how = format!("{name}, which was to draw page {page}, failed: {error}");
    Error::Crashed { how }
}

/// The document as a file in memory: the program reads what we read, and needs
/// no right to open the original.
#[cfg(target_os = "linux")]
fn document_file(document: &Document) -> io::Result<File> {
    use std::io::Write;

    use rustix::fs::{MemfdFlags, memfd_create};

    let mut file: File = memfd_create("document", MemfdFlags::CLOEXEC)?.into();
    let pdf = document.pdf().ok_or(io::ErrorKind::InvalidInput)?;
    file.write_all(pdf.data().as_ref())?;
    Ok(file)
}

/// Only Linux can isolate another program as we do.
#[cfg(not(target_os = "linux"))]
fn document_file(_: &Document) -> io::Result<File> {
    Err(io::ErrorKind::Unsupported.into())
}
