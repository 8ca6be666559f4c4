//! A printer driver: PDF in, PCL XL or PostScript out.
//!
//! A driver answers one question: which dots go where. This one opens a PDF,
//! places its pages on [`Sheet`]s, draws it in *bands* of some hundred rows
//! (never a whole page, let alone a whole document, as pixels), packs each
//! row, and wraps the rows in PCL XL, the binary page language of office
//! printers. It knows nothing of queues, and nothing of the connection to the
//! printer.
//!
//! ```no_run
//! use driver::{Document, Settings};
//!
//! let document = Document::open(std::fs::read("report.pdf")?)?;
//! let mut paper = std::fs::File::create("report.pxl")?;
//! let pages = Some("3-7,10".parse()?);
//! let settings = Settings { pages, ..Settings::default() };
//! let mut page_done = |page| println!("{page}");
//! driver::print(&document, &settings, &mut paper, &mut page_done)?;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! Documents come from strangers, so a server calls [`isolated`], which does
//! the same in a child process under limits.

mod band;
mod document;
mod inspection;
mod interpreter;
pub mod isolated;
mod language;
mod page_box;
mod part;
mod print;
mod range;
mod raster_band;
mod second_renderer;
mod settings;
mod thumbnail;

pub use document::{Document, DocumentError};
pub use findings::{Finding, Findings};
pub use fonts::set_font_folders;
pub use formats::Format;
pub use language::Language;
pub use pcl_xl::{delta_row, packbits};
pub use print::{Error, Printed, print};
pub use range::{PageRanges, RangeError};
pub use second_renderer::{
    Program, SecondRenderer, SecondRendererChoice, SecondRendererError,
    set_second_renderer,
};
pub use settings::{MOST_THREADS, Settings, SettingsError, default_threads};
pub use sheet::{
    Duplex, Media, MediaType, NumberUp, Orientation, PageOnSheet, Punch,
    Quality, Resume, Scaling, Sheet, Side, Staple, Tray, UnknownKeyword,
    UnknownMedia,
};
