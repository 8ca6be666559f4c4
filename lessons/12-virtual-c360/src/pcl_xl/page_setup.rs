//! Paper, orientation and side of the next page.

use super::error::Error;
use super::names::attr;
use super::operation::Operation;
use super::token::Shape;
use crate::page::{Page, Side};
use crate::paper::{self, MM_PER_INCH, PAPERS, Paper};

/// The longest paper that the machine takes, in millimetres: A3 and a margin.
const LONGEST_MM: f64 = 458.0;
/// The shortest paper that the machine takes, in millimetres.
const SHORTEST_MM: f64 = 10.0;
/// The most copies of one page.
const MOST_COPIES: f64 = 999.0;

/// The settings of `BeginPage`. Those that it leaves out stay as they were.
pub struct PageSetup {
    media: Media,
    landscape: bool,
    duplex: bool,
    /// Whether the next page is the back of its sheet.
    back: bool,
    tray: Option<String>,
    media_type: Option<String>,
}

struct Media {
    name: String,
    /// Width and height in millimetres.
    size: [f64; 2],
}

impl Default for PageSetup {
    fn default() -> PageSetup {
        let media = Media { name: "A4".into(), size: [210.0, 297.0] };
        PageSetup {
            media,
            landscape: false,
            duplex: false,
            back: false,
            tray: None,
            media_type: None,
        }
    }
}

impl PageSetup {
    /// Takes the attributes of `BeginPage`.
    pub fn update(&mut self, operation: &Operation) -> Result<(), Error> {
        if let Some(orientation) = operation.optional(attr::ORIENTATION)? {
            self.landscape = match orientation as u8 {
                0 | 2 | 4 => false,
                1 | 3 => true,
                _ => return Err(operation.error("IllegalAttributeValue")),
            };
        }
        if let Some(media) = media(operation)? {
            self.media = media;
        }
        if let Some(source) = operation.optional(attr::MEDIA_SOURCE)? {
            self.tray = tray(source).map(str::to_owned);
        }
        if let Some(name) = operation.value(attr::MEDIA_TYPE) {
            if name.shape != Shape::Array {
                return Err(operation.error("IllegalAttributeDataType"));
            }
            self.media_type = Some(text(&name.numbers));
        }
        if operation.value(attr::SIMPLEX_PAGE_MODE).is_some() {
            (self.duplex, self.back) = (false, false);
        }
        if operation.value(attr::DUPLEX_PAGE_MODE).is_some() {
            self.duplex = true;
        }
        if let Some(side) = operation.optional(attr::DUPLEX_PAGE_SIDE)? {
            self.back = side == 1.0;
        }
        Ok(())
    }

    /// A white page as it is set up, of `dpi` pixels an inch.
    pub fn next_page(&mut self, dpi: f64) -> Page {
        let [mut width, mut height] =
            self.media.size.map(|mm| (mm / MM_PER_INCH * dpi).round() as u32);
        if self.landscape {
            (width, height) = (height, width);
        }
        let name = self.media.name.clone();
        let mut page = Page::new(width, height, dpi as u32, name);
        page.side = match (self.duplex, self.back) {
            (false, _) => Side::Simplex,
            (true, false) => Side::Front,
            (true, true) => Side::Back,
        };
        page.sheet.tray = self.tray.clone();
        page.sheet.media_type = self.media_type.clone();
        self.back = self.duplex && !self.back;
        page
    }
}

/// The tray of this number in the enumeration `MediaSource`.
fn tray(source: f64) -> Option<&'static str> {
    match source as u8 {
        2 | 3 => Some("bypass"),
        4 => Some("tray 1"),
        5 => Some("tray 2"),
        7 => Some("tray 3"),
        8 => Some("tray 4"),
        _ => None,
    }
}

/// The beginning of a text, which is an array of bytes.
fn text(bytes: &[f64]) -> String {
    let letters = bytes.iter().take(40).map(|&n| char::from(n as u8));
    letters.filter(|letter| !letter.is_control()).collect()
}

/// How many copies `EndPage` asks for.
pub fn copies(operation: &Operation) -> Result<u16, Error> {
    let copies = operation.optional(attr::PAGE_COPIES)?.unwrap_or(1.0);
    Ok(copies.clamp(0.0, MOST_COPIES) as u16)
}

fn media(operation: &Operation) -> Result<Option<Media>, Error> {
    if let Some(value) = operation.value(attr::MEDIA_SIZE) {
        let found = match value.shape {
            Shape::Scalar => PAPERS
                .iter()
                .find(|paper| f64::from(paper.number) == value.numbers[0]),
            // Since class 2.1 a paper may be called by its name.
            Shape::Array => {
                let name = text(&value.numbers);
                PAPERS
                    .iter()
                    .find(|paper| paper.name.eq_ignore_ascii_case(&name))
            }
            _ => None,
        };
        let Some(Paper { name, size, .. }) = found else {
            return Err(operation.error("IllegalMediaSize"));
        };
        return Ok(Some(Media { name: (*name).into(), size: *size }));
    }
    if operation.value(attr::CUSTOM_MEDIA_SIZE).is_none() {
        return Ok(None);
    }
    let to_mm = match operation.scalar(attr::CUSTOM_MEDIA_SIZE_UNITS)? as u8 {
        0 => MM_PER_INCH,
        1 => 1.0,
        2 => 0.1,
        _ => return Err(operation.error("IllegalAttributeValue")),
    };
    let size = operation.xy(attr::CUSTOM_MEDIA_SIZE)?.map(|n| n * to_mm);
    if !size.iter().all(|mm| (SHORTEST_MM..=LONGEST_MM).contains(mm)) {
        return Err(operation.error("IllegalMediaSize"));
    }
    let name = paper::name_of_size(size);
    Ok(Some(Media { name, size }))
}
