//! The document: a PDF, or what has been made one, opened and checked.

use std::collections::HashSet;
use std::fs::File;
use std::io::{self, Read};
use std::sync::Arc;

use canvas::PictureMemory;
use damage::PageTree;
use fonts::{Remark, Substitutes};
use formats::LOOKED_AT;
use hayro_syntax::object::dict::keys;
use hayro_syntax::object::{Dict, Name, Object};
use hayro_syntax::page::{Page, Resources};
use hayro_syntax::{DecryptionError, LoadPdfError, Pdf, PdfData};
use pictures::PictureError;
use raster::{Raster, Source};
use serde::{Deserialize, Serialize};

use crate::{Findings, Format, RangeError, Settings, Sheet, Side, page_box};

/// The longest side of a page, in points: 200 inches or 5.08 m, the limit of
/// ISO 32000-1, Annex C.2. Larger pages are a mistake or an attack.
const LONGEST_SIDE: f64 = 14_400.0;
/// What is said of a text that is too long.
const TOO_LONG: &str = "it is longer than 32 MiB; print it in parts";
/// What is said of an office document that came here as it is.
const NOT_CONVERTED: &str = "it has not been made a PDF; export it as one";
/// How deep forms within forms are searched for pictures.
const DEEPEST_FORM: u32 = 16;

/// A document, opened and checked.
pub struct Document {
    format: Format,
    content: Content,
    findings: Findings,
    substitutes: Arc<Substitutes>,
}

/// What the pages of a document are drawn from.
enum Content {
    /// A PDF, or a picture or a text that has become one.
    Pdf { pdf: Pdf, tree: PageTree },
    /// Pages that came as pixels.
    Raster(Raster),
}

/// Why a document cannot be printed.
#[derive(Clone, Debug, PartialEq, thiserror::Error, Serialize, Deserialize)]
pub enum DocumentError {
    /// Nothing came, or only blanks.
    #[error("the document is empty; was the upload cut off?")]
    Empty,
    /// The file is something that cannot be printed.
    #[error(
        "this is {looks_like}, which cannot be printed; export it as PDF and \
         try again"
    )]
    NotPrintable {
        /// What it is, with its article: "a GIF picture".
        looks_like: String,
    },
    /// A picture, a text or a raster that cannot be read.
    #[error("this is {what}, and {how}")]
    Unreadable {
        /// What it is, with its article: "a PNG picture".
        what: String,
        /// What is wrong with it, and what to do.
        how: String,
    },
    /// An office document, where nothing can make it a PDF.
    #[error(
        "this is an office document, and LibreOffice, which makes it a PDF, is \
         not installed on the server; install it there (Debian: apt install \
         libreoffice), or export the document as PDF"
    )]
    NoLibreOffice,
    /// The end of the file is missing, and with it, perhaps, pages.
    #[error("the PDF is cut off: its end is missing; send it again")]
    Truncated,
    /// The file is damaged beyond reading.
    #[error("the PDF is damaged and cannot be read; export it again")]
    Broken,
    /// A password is needed, or the encryption is unknown.
    #[error("the PDF is protected by a password; save it without one")]
    Encrypted,
    /// A PDF without a single page.
    #[error("the PDF has no pages")]
    NoPages,
    /// None of the pages that are to be printed can be read.
    #[error("the chosen pages are damaged and cannot be read; export it again")]
    DamagedPages,
    /// A page that no paper is made for.
    #[error(
        "page {page} is {width_mm:.1} × {height_mm:.1} mm large; a page may \
         be at most 5080 mm long"
    )]
    PageTooLarge {
        /// The page, from 1.
        page: u32,
        /// Its width in millimetres, rounded up to a tenth.
        width_mm: f64,
        /// Its height in millimetres, rounded up to a tenth.
        height_mm: f64,
    },
    /// A picture that would fill the memory.
    #[error(
        "a picture on page {page} is {width} × {height} pixels large; scale it \
         down to at most {most} million pixels"
    )]
    TooManyPixels {
        /// The page, from 1.
        page: u32,
        /// The picture's width in pixels.
        width: u32,
        /// The picture's height in pixels.
        height: u32,
        /// The most pixels that a picture of its kind may have, in millions.
        most: u32,
    },
    /// The choice of pages does not fit the document.
    #[error(transparent)]
    Range(#[from] RangeError),
}

impl Document {
    /// Opens a document of any [`Format`] but [`Format::Office`]. Of a PDF only
    /// the structure is read, no page's content. One that is encrypted with
    /// the empty password opens like any other.
    ///
    /// # Errors
    /// Every [`DocumentError`] except those of a single page or a range. A
    /// file whose end is missing is [`DocumentError::Truncated`] although its
    /// pages might be pieced together: those that were cut off would be
    /// missing on paper, and nobody would be told.
    pub fn open(bytes: impl Into<PdfData>) -> Result<Document, DocumentError> {
        let bytes: PdfData = bytes.into();
        let mut findings = Findings::default();
        let format = format_of(bytes.as_ref())?;
        // ANCHOR: made
        let bytes = match format {
            Format::Jpeg => pictures::jpeg_to_pdf(bytes.as_ref())
                .map_err(|error| in_picture(format, error))?
                .into(),
            Format::Png => pictures::png_to_pdf(bytes.as_ref())
                .map_err(|error| in_picture(format, error))?
                .into(),
            Format::Text => text_pages::to_pdf(bytes.as_ref(), &mut findings)
                .map_err(|_| unreadable(format, TOO_LONG))?
                .into(),
            Format::PwgRaster | Format::AppleRaster => {
                let source = Source::Memory(Arc::new(bytes));
                return Document::open_raster(format, source);
            }
            Format::Office => return Err(unreadable(format, NOT_CONVERTED)),
            Format::Pdf => bytes,
        };
        // ANCHOR_END: made
        Document::open_pdf(format, bytes, findings)
    }

    /// Opens a document in a file. Of a raster, which may be long, no more is
    /// read into memory at once than some rows.
    ///
    /// # Errors
    /// As [`open`](Self::open), and when the file cannot be read.
    pub fn open_file(
        mut file: File,
    ) -> io::Result<Result<Document, DocumentError>> {
        let mut bytes = Vec::new();
        file.by_ref().take(LOOKED_AT as u64).read_to_end(&mut bytes)?;
        if let Ok(format @ (Format::PwgRaster | Format::AppleRaster)) =
            Format::of(&bytes)
        {
            return Ok(Document::open_raster(format, Source::from(file)));
        }
        file.read_to_end(&mut bytes)?;
        Ok(Document::open(bytes))
    }

    fn open_raster(
        format: Format,
        source: Source,
    ) -> Result<Document, DocumentError> {
        let raster = Raster::open(source)
            .map_err(|error| unreadable(format, &error.to_string()))?;
        Ok(Document {
            format,
            content: Content::Raster(raster),
            findings: Findings::default(),
            substitutes: Arc::default(),
        })
    }

    fn open_pdf(
        format: Format,
        bytes: PdfData,
        mut findings: Findings,
    ) -> Result<Document, DocumentError> {
        check_end(bytes.as_ref())?;
        let pdf = Pdf::new(bytes).map_err(|error| match error {
            LoadPdfError::Decryption(
                DecryptionError::PasswordProtected
                | DecryptionError::UnsupportedAlgorithm,
            ) => DocumentError::Encrypted,
            _ => DocumentError::Broken,
        })?;
        let tree = PageTree::read(&pdf, &mut findings);
        if tree.page_count() == 0 {
            return Err(DocumentError::NoPages);
        }
        if pdf.pages().is_empty() {
            return Err(DocumentError::Broken);
        }
        if let Some(note) = paper::permission_note(&pdf) {
            findings.note(None, note);
        }
        let pdf = page_box::mend(pdf, &tree, &mut findings);
        let pdf = paper::prepare(pdf, &mut |loss| findings.loss(None, loss));
        let (pdf, substitutes) =
            fonts::prepare(pdf, &mut |remark| match remark {
                Remark { loss: true, text } => findings.loss(None, text),
                Remark { text, .. } => findings.note(None, text),
            });
        let substitutes = Arc::new(substitutes);
        let content = Content::Pdf { pdf, tree };
        Ok(Document { format, content, findings, substitutes })
    }

    /// What it was when it came.
    pub fn format(&self) -> Format {
        self.format
    }

    /// What was found when the document was opened. What its pages' content
    /// holds, [`print`](crate::print()) finds.
    pub fn findings(&self) -> &Findings {
        &self.findings
    }

    /// What is drawn instead of fonts that the document does not hold.
    pub(crate) fn substitutes(&self) -> &Arc<Substitutes> {
        &self.substitutes
    }

    /// How many pages the document has, at least one, with those that cannot
    /// be read.
    pub fn page_count(&self) -> u32 {
        let count = match &self.content {
            Content::Pdf { tree, .. } => tree.page_count(),
            Content::Raster(raster) => raster.pages().len(),
        };
        count.try_into().expect("both have a limit")
    }

    /// Width and height of page `number` (from 1) in points (1/72 inch) as a
    /// reader sees it: cropped, turned and enlarged by its `UserUnit`. `None`
    /// when there is no such page, or it cannot be read.
    pub fn page_size(&self, number: u32) -> Option<(f32, f32)> {
        let (width, height) = self.size(number)?;
        Some((width as f32, height as f32))
    }

    /// Checks that the document can be printed as `settings` say, and names
    /// its chosen pages, ascending, from 1. No page's content is read. A page
    /// that cannot be read is among the [`findings`](Self::findings).
    ///
    /// # Errors
    /// What is wrong with the range, or with the first page that is wrong.
    pub fn check(
        &self,
        settings: &Settings,
    ) -> Result<Vec<u32>, DocumentError> {
        let pages = match &settings.pages {
            Some(ranges) => ranges.resolve(self.page_count())?,
            None => (1..=self.page_count()).collect(),
        };
        let mut readable = false;
        for &number in &pages {
            let Some(size) = self.size(number) else { continue };
            readable = true;
            check_size(number, size)?;
            if let Some(page) = self.page(number) {
                check_pictures(number, page)?;
            }
        }
        if readable { Ok(pages) } else { Err(DocumentError::DamagedPages) }
    }

    /// The sheet on which page `number` (from 1) lies by itself; `None` when
    /// there is no such page, or it cannot be read.
    pub fn sheet(&self, number: u32, settings: &Settings) -> Option<Sheet> {
        let sides = self.lay_out(&[number], settings);
        sides.first().map(|side| side.sheet)
    }

    /// The sides on which these pages lie, without those that cannot be read.
    pub fn lay_out(&self, numbers: &[u32], settings: &Settings) -> Vec<Side> {
        let sized = |&number: &u32| {
            let (width, height) = self.size(number)?;
            Some((number, width, height))
        };
        let pages: Vec<_> = numbers.iter().filter_map(sized).collect();
        sheet::lay_out(&pages, &settings.layout())
    }

    /// The size of page `number` (from 1), as [`page_size`](Self::page_size)
    /// gives it.
    fn size(&self, number: u32) -> Option<(f64, f64)> {
        match &self.content {
            Content::Pdf { .. } => Some(size(self.page(number)?)),
            Content::Raster(raster) => {
                let page = (number as usize).checked_sub(1)?;
                Some(raster.pages().get(page)?.size())
            }
        }
    }

    /// The document as it was opened, when it is a PDF or has become one.
    pub(crate) fn pdf(&self) -> Option<&Pdf> {
        match &self.content {
            Content::Pdf { pdf, .. } => Some(pdf),
            Content::Raster(_) => None,
        }
    }

    /// The document, when its pages came as pixels.
    pub(crate) fn raster(&self) -> Option<&Raster> {
        match &self.content {
            Content::Pdf { .. } => None,
            Content::Raster(raster) => Some(raster),
        }
    }

    /// Page `number` (from 1) of the PDF as it was opened.
    pub(crate) fn page(&self, number: u32) -> Option<&Page<'_>> {
        self.page_of(self.pdf()?, number)
    }

    /// The same page of the PDF when it was opened again.
    pub(crate) fn page_of<'a>(
        &self,
        pdf: &'a Pdf,
        number: u32,
    ) -> Option<&'a Page<'a>> {
        match &self.content {
            Content::Pdf { tree, .. } => pdf.pages().get(tree.place(number)?),
            Content::Raster(_) => None,
        }
    }
}

/// A PDF read again, with nothing cached of its pages.
pub(crate) fn reopen(pdf: &Pdf) -> Result<Pdf, DocumentError> {
    Pdf::new(pdf.data().clone()).map_err(|_| DocumentError::Broken)
}

/// The enlargement of a page's unit (ISO 32000-1, 14.8.2 `UserUnit`).
pub(crate) fn user_unit(page: &Page<'_>) -> f64 {
    let unit = page.raw().get::<f64>(keys::USER_UNIT).unwrap_or(1.0);
    if unit.is_finite() && unit > 0.0 { unit } else { 1.0 }
}

fn size(page: &Page<'_>) -> (f64, f64) {
    let (width, height) = page.render_dimensions();
    let unit = user_unit(page);
    (f64::from(width) * unit, f64::from(height) * unit)
}

fn check_size(
    number: u32,
    (width, height): (f64, f64),
) -> Result<(), DocumentError> {
    // Not a number is too large as well.
    if width <= LONGEST_SIDE && height <= LONGEST_SIDE {
        return Ok(());
    }
    // Rounded up, so that what is too long is shown to be.
    let mm = |points: f64| (points * 254.0 / 72.0).ceil() / 10.0;
    let (width_mm, height_mm) = (mm(width), mm(height));
    Err(DocumentError::PageTooLarge { page: number, width_mm, height_mm })
}

/// Refuses pictures that claim to be too large: there, a few bytes can ask for
/// gigabytes of memory.
fn check_pictures(number: u32, page: &Page<'_>) -> Result<(), DocumentError> {
    let pictures = pictures(page);
    match pictures.iter().find(|picture| picture.halvings().is_none()) {
        Some(picture) => {
            let (page, most) = (number, picture.most_megapixels());
            let PictureMemory { width, height, .. } = *picture;
            Err(DocumentError::TooManyPixels { page, width, height, most })
        }
        None => Ok(()),
    }
}

/// What every picture that the page's resources name needs.
fn pictures(page: &Page<'_>) -> Vec<PictureMemory> {
    let mut pictures = Vec::new();
    let mut seen = HashSet::new();
    let mut search = vec![(page.resources().x_objects.clone(), 0)];
    while let Some((objects, depth)) = search.pop() {
        for name in objects.keys() {
            let Some(Object::Stream(object)) = objects.get::<Object<'_>>(&name)
            else {
                continue;
            };
            if !seen.insert(object.obj_id()) {
                continue;
            }
            let kind = object.dict().get::<Name<'_>>(keys::SUBTYPE);
            if kind.is_some_and(|kind| &*kind == b"Image".as_slice()) {
                pictures.extend(PictureMemory::of(&object));
            }
            let inner = object.dict().get::<Dict<'_>>(keys::RESOURCES);
            if let Some(inner) = inner.filter(|_| depth < DEEPEST_FORM) {
                search.push((Resources::new(inner).x_objects, depth + 1));
            }
        }
    }
    pictures
}

/// The format of a file that is not empty.
fn format_of(bytes: &[u8]) -> Result<Format, DocumentError> {
    let start = bytes.iter().position(|byte| !is_blank(*byte));
    if start.is_none() {
        return Err(DocumentError::Empty);
    }
    Format::of(bytes).map_err(|kind| DocumentError::NotPrintable {
        looks_like: kind.to_owned(),
    })
}

fn unreadable(format: Format, how: &str) -> DocumentError {
    let (what, how) = (format.to_string(), how.to_owned());
    DocumentError::Unreadable { what, how }
}

fn in_picture(format: Format, error: PictureError) -> DocumentError {
    match error {
        PictureError::TooManyPixels { width, height, most } => {
            DocumentError::TooManyPixels { page: 1, width, height, most }
        }
        error => unreadable(format, &error.to_string()),
    }
}

/// Checks the end of a PDF: the trailer (ISO 32000-1, 7.5.5).
fn check_end(bytes: &[u8]) -> Result<(), DocumentError> {
    let end = bytes.iter().rposition(|byte| !is_blank(*byte));
    let bytes = &bytes[..end.map_or(0, |end| end + 1)];
    // ANCHOR: trailer
    // Every complete PDF ends with `startxref`, an offset and `%%EOF`; some
    // programs forget the last. One that was saved twice, or arranged for the
    // web, has others further up, which are followed by objects. What a web
    // server has added behind its end is no part of it.
    let trailer = bytes.windows(9).rposition(|word| word == b"startxref");
    match trailer {
        Some(at) if !has_object(&bytes[at..]) => Ok(()),
        _ => Err(DocumentError::Truncated),
    }
    // ANCHOR_END: trailer
}

/// Whether an object begins here, as it does at the start of a line: "12 0 obj".
fn has_object(bytes: &[u8]) -> bool {
    bytes.split(|byte| matches!(byte, b'\n' | b'\r')).any(|line| {
        let line = line.strip_prefix(b"%%EOF").unwrap_or(line);
        let mut words =
            line.split(u8::is_ascii_whitespace).filter(|word| !word.is_empty());
        let mut is_number = || {
            words.next().is_some_and(|word| word.iter().all(u8::is_ascii_digit))
        };
        is_number()
            && is_number()
            && words.next().is_some_and(|word| word.starts_with(b"obj"))
    })
}

fn is_blank(byte: u8) -> bool {
    byte == 0 || byte.is_ascii_whitespace()
}
