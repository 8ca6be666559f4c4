//! The description: what a printer is and what it can do.

use crate::{
    ColorMode, Finishing, Orientation, Paper, Quality, Scaling, Sides,
};

/// What a printer is and what it can do. What is not in here is not offered, and
/// a job that asks for it is told that it is not supported.
///
/// The first element of each list is what the printer does by default.
#[derive(Clone, Debug)]
pub struct Description {
    /// The printer's name, as in the dialogue of an operating system.
    pub name: String,
    /// One line about it (`printer-info`).
    pub info: String,
    /// Where it stands (`printer-location`); may be empty.
    pub location: String,
    /// The maker, `KONICA MINOLTA`.
    pub maker: String,
    /// The model, without the maker.
    pub model: String,
    /// The printer's UUID, 16 bytes: the same for as long as it exists.
    pub uuid: [u8; 16],
    /// The version of the program.
    pub firmware: String,
    /// The path of a page about the printer on the same server, `/`.
    pub more_info: String,
    /// MIME types of documents, the default first.
    /// `application/octet-stream` stands for a document that the program looks
    /// at.
    pub formats: Vec<&'static str>,
    /// The kinds of pixels in PWG raster that are taken, `srgb_8`
    /// (PWG 5102.4, table 10).
    pub raster_types: Vec<&'static str>,
    /// The most copies of a job.
    pub most_copies: u16,
    /// Whether copies can come unsorted, each page as often as it is wanted.
    pub uncollated: bool,
    /// The sides that it prints on.
    pub sides: Vec<Sides>,
    /// Colours, grey, or the program's choice.
    pub color_modes: Vec<ColorMode>,
    /// The papers.
    pub papers: Vec<Paper>,
    /// The trays, `tray-1` (PWG 5100.7, section 6.3.2.4). A job that names none
    /// leaves the choice to the printer.
    pub trays: Vec<&'static str>,
    /// The kinds of paper, `stationery`.
    pub kinds: Vec<&'static str>,
    /// How much at each edge cannot be printed on, in hundredths of a
    /// millimetre.
    pub margin: i32,
    /// Whether the page can go to the paper's very edge.
    pub borderless: bool,
    /// Whether page ranges can be chosen.
    pub page_ranges: bool,
    /// The orientations.
    pub orientations: Vec<Orientation>,
    /// How pages can be made to fit.
    pub scalings: Vec<Scaling>,
    /// The qualities.
    pub qualities: Vec<Quality>,
    /// Dots per inch.
    pub resolutions: Vec<u16>,
    /// What can be done to the paper.
    pub finishings: Vec<Finishing>,
    /// How many pages go on one side; 1 is among them.
    pub number_up: Vec<u8>,
    /// Whether there are banner pages.
    pub banners: bool,
    /// Whether jobs can wait for a PIN.
    pub pins: bool,
    /// Pages a minute, in grey and in colour.
    pub pages_per_minute: (i32, i32),
    /// The largest document, in bytes.
    pub largest_document: u64,
    /// The ways by which it is reached.
    pub access: Vec<Access>,
}

/// One way to reach the printer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Access {
    /// Over TLS: `ipps` instead of `ipp`.
    pub tls: bool,
    /// How it knows who asks.
    pub authentication: Authentication,
}

/// How a printer knows who asks (RFC 8011, section 5.4.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Authentication {
    /// It does not.
    None,
    /// HTTP Basic (RFC 7617).
    Basic,
}

impl Description {
    /// The maker and the model in one.
    pub(crate) fn make_and_model(&self) -> String {
        format!("{} {}", self.maker, self.model)
    }
}
