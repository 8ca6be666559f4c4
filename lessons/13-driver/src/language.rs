//! The language in which pages leave, and its writers.

use serde::{Deserialize, Serialize};
use sheet::{PageSetup, Punch, Staple};

use crate::Settings;

/// The language in which pages leave.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize,
)]
#[serde(rename_all = "kebab-case")]
pub enum Language {
    /// PCL XL, Protocol Class 2.1.
    #[default]
    PclXl,
    /// PostScript, Level 3.
    PostScript,
}

impl std::str::FromStr for Language {
    type Err = String;

    fn from_str(text: &str) -> Result<Language, String> {
        match text {
            "pcl-xl" => Ok(Language::PclXl),
            "postscript" => Ok(Language::PostScript),
            _ => Err("say pcl-xl or postscript".to_owned()),
        }
    }
}

/// The writer of what stands around the images.
pub(crate) enum Writer {
    PclXl(pcl_xl::Writer),
    PostScript(postscript::Writer),
}

/// The writer of a band's images.
pub(crate) enum BandWriter {
    PclXl(pcl_xl::BandWriter),
    PostScript(postscript::BandWriter),
}

impl Writer {
    pub fn new(settings: &Settings) -> Writer {
        match settings.language {
            Language::PclXl => Writer::PclXl(pcl_xl::Writer::default()),
            Language::PostScript => {
                Writer::PostScript(postscript::Writer::new(settings.dpi))
            }
        }
    }

    /// What has been written so far.
    pub fn bytes(&mut self) -> &mut Vec<u8> {
        match self {
            Writer::PclXl(writer) => &mut writer.bytes,
            Writer::PostScript(writer) => &mut writer.bytes,
        }
    }

    pub fn begin_document(
        &mut self,
        settings: &Settings,
        staple: Option<Staple>,
        punch: Option<Punch>,
    ) {
        match self {
            Writer::PclXl(writer) => writer.begin_session(settings.dpi),
            Writer::PostScript(writer) => {
                writer.begin_document(settings.color, staple, punch);
            }
        }
    }

    /// Goes on behind a side that another writer wrote.
    pub fn go_on_after(&mut self, page: &PageSetup<'_>) {
        if let Writer::PostScript(writer) = self {
            writer.go_on_after(page);
        }
    }

    /// Begins side `number`, from 1.
    pub fn begin_page(&mut self, number: usize, page: &PageSetup<'_>) {
        match self {
            Writer::PclXl(writer) => writer.begin_page(page),
            Writer::PostScript(writer) => writer.begin_page(number, page),
        }
    }

    pub fn end_page(&mut self, copies: u16) {
        match self {
            Writer::PclXl(writer) => writer.end_page(copies),
            Writer::PostScript(writer) => writer.end_page(),
        }
    }

    /// Ends the document, which had `sides` sides.
    pub fn end_document(&mut self, sides: usize) {
        match self {
            Writer::PclXl(writer) => writer.end_session(),
            Writer::PostScript(writer) => writer.end_document(sides),
        }
    }
}

impl BandWriter {
    pub fn new(language: Language) -> BandWriter {
        match language {
            Language::PclXl => BandWriter::PclXl(Default::default()),
            Language::PostScript => BandWriter::PostScript(Default::default()),
        }
    }

    /// Rows of opaque RGBA pixels as images, the first at row `top`.
    pub fn band(
        &mut self,
        rows: &[&[u8]],
        top: u16,
        width: u16,
        color: bool,
    ) -> Vec<u8> {
        match self {
            BandWriter::PclXl(writer) => writer.band(rows, top, width, color),
            BandWriter::PostScript(writer) => {
                writer.band(rows, top, width, color)
            }
        }
    }
}
