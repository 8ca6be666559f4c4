//! The bands of a page that the second renderer draws: its rows, placed on the
//! sheet.

use std::fs::File;
use std::io;
use std::ops::Range;

use super::SecondRenderer;
use super::page::{SecondPage, Wanted};
use crate::image::ImageWriter;
use crate::{Document, Error, Settings, Sheet};

/// Bytes of a dot: red, green, blue, and how opaque it is.
const DOT: usize = 4;

/// What the drawing of a document by the second renderer needs.
pub(crate) struct SecondDrawing {
    pub(super) renderer: SecondRenderer,
    document: File,
}

/// A page that the second renderer draws, on its way into bands.
pub(crate) struct SecondBands<'a> {
    name: &'static str,
    number: u32,
    page: SecondPage,
    sheet: &'a Sheet,
    color: bool,
    images: ImageWriter,
    pixels: Vec<u8>,
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

    /// Begins page `number` (from 1), which is `size` points large.
    ///
    /// # Errors
    /// [`Error::Crashed`] when the program does not draw it.
    pub fn begin<'a>(
        &self,
        number: u32,
        size: (f32, f32),
        sheet: &'a Sheet,
        settings: &Settings,
    ) -> Result<SecondBands<'a>, Error> {
        let wanted = Wanted {
            page: number,
            size,
            dpi: sheet.scale * 72.0,
            color: settings.color,
            time: self.renderer.page_time,
        };
        let name = self.renderer.name();
        Ok(SecondBands {
            name,
            number,
            page: self
                .start(&wanted)
                .map_err(|error| failed(name, number, &error))?,
            sheet,
            color: settings.color,
            images: ImageWriter::default(),
            pixels: Vec::new(),
            read: 0,
        })
    }
}

impl SecondBands<'_> {
    /// These rows of the sheet as PCL XL images; call it from top to bottom.
    ///
    /// # Errors
    /// [`Error::Crashed`] when the program has ended too early.
    pub fn band(&mut self, rows: Range<u16>) -> Result<Vec<u8>, Error> {
        let row_bytes = usize::from(self.sheet.width) * DOT;
        self.pixels.clear();
        self.pixels.resize(row_bytes * rows.len(), 0xFF);
        let mut pixels = std::mem::take(&mut self.pixels);
        for (row, line) in rows.clone().zip(pixels.chunks_exact_mut(row_bytes))
        {
            self.read_row(i64::from(row), line)
                .map_err(|error| failed(self.name, self.number, &error))?;
        }
        self.pixels = pixels;
        let lines: Vec<&[u8]> = self.pixels.chunks_exact(row_bytes).collect();
        let width = self.sheet.width;
        Ok(self.images.band(&lines, rows.start, width, self.color))
    }

    // ANCHOR: row
    /// Fills a row of the sheet with what of the page lies on it.
    fn read_row(&mut self, row: i64, line: &mut [u8]) -> io::Result<()> {
        let wanted = row - self.sheet.top as i64;
        if wanted < 0 || wanted >= self.page.height() as i64 {
            return Ok(());
        }
        // What lies above the sheet, or is on paper already.
        while self.read < wanted {
            let _ = self.page.next_row()?;
            self.read += 1;
        }
        let left = self.sheet.left as i64;
        let (dots, _) = line.as_chunks_mut::<DOT>();
        let dots = dots.iter_mut().skip(left.max(0) as usize);
        let pixels = self.page.next_row()?.skip((-left).max(0) as usize);
        for (dot, pixel) in dots.zip(pixels) {
            *dot = pixel;
        }
        self.read += 1;
        Ok(())
    }
    // ANCHOR_END: row

    /// Waits for the program's end.
    ///
    /// # Errors
    /// [`Error::Crashed`] when it failed at last.
    pub fn finish(self) -> Result<(), Error> {
        let (name, number) = (self.name, self.number);
        let end = self.page.finish();
        end.map_err(|error| failed(name, number, &error))
    }
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
    file.write_all(document.pdf().data().as_ref())?;
    Ok(file)
}

/// Only Linux can isolate another program as we do.
#[cfg(not(target_os = "linux"))]
fn document_file(_: &Document) -> io::Result<File> {
    Err(io::ErrorKind::Unsupported.into())
}
