//! Where paper is taken from, and of what kind it is.

use serde::{Deserialize, Serialize};

use crate::keyword::keywords;

/// A tray of the printer, by its keyword in IPP (`media-source`, PWG 5100.3
/// section 3.13.8). No tray named leaves it to the printer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Tray {
    /// The upper one.
    #[serde(rename = "tray-1")]
    Tray1,
    /// The one below it.
    #[serde(rename = "tray-2")]
    Tray2,
    /// The upper one of the cabinet.
    #[serde(rename = "tray-3")]
    Tray3,
    /// The lower one of the cabinet.
    #[serde(rename = "tray-4")]
    Tray4,
    /// The bypass, for single sheets and thick paper.
    #[serde(rename = "by-pass-tray")]
    Bypass,
}

keywords! {
    Tray, "tray",
    Tray1 = "tray-1",
    Tray2 = "tray-2",
    Tray3 = "tray-3",
    Tray4 = "tray-4",
    Bypass = "by-pass-tray",
}

/// What kind of paper it is, by its keyword in IPP (`media-type`, PWG 5101.1
/// section 3). No type named leaves it to the tray.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum MediaType {
    /// Plain paper.
    #[serde(rename = "stationery")]
    Plain,
    /// Thick paper, 91 to 150 g/m².
    #[serde(rename = "stationery-heavyweight")]
    Thick,
    /// Card, 151 g/m² and more.
    #[serde(rename = "cardstock")]
    Card,
    /// Paper with the head of a letter on it.
    #[serde(rename = "stationery-letterhead")]
    Letterhead,
    /// Film for a projector.
    #[serde(rename = "transparency")]
    Transparency,
    /// Envelopes.
    #[serde(rename = "envelope")]
    Envelope,
    /// Labels.
    #[serde(rename = "labels")]
    Labels,
}

keywords! {
    MediaType, "media type",
    Plain = "stationery",
    Thick = "stationery-heavyweight",
    Card = "cardstock",
    Letterhead = "stationery-letterhead",
    Transparency = "transparency",
    Envelope = "envelope",
    Labels = "labels",
}

impl MediaType {
    /// The name under which the C360 knows the paper, in PCL XL and in
    /// PostScript.
    #[must_use]
    pub fn printer_name(self) -> &'static str {
        match self {
            MediaType::Plain => "Plain",
            MediaType::Thick => "Thick1",
            MediaType::Card => "Thick3",
            MediaType::Letterhead => "Letterhead",
            MediaType::Transparency => "Transparency",
            MediaType::Envelope => "Envelope",
            MediaType::Labels => "Label",
        }
    }
}
