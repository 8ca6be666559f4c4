//! The paper, by name or by its dimensions.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// By how much a paper may differ from a named one and still be it, in
/// hundredths of a millimetre.
const TOLERANCE: u32 = 50;
/// The narrowest and the widest custom paper, in hundredths of a millimetre:
/// what the C360 takes through its bypass.
const WIDTHS: (u32, u32) = (9_000, 31_110);
/// The shortest and the longest custom paper, likewise.
const LENGTHS: (u32, u32) = (13_970, 45_720);

/// The paper in the printer's trays.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum Media {
    /// 105 × 148 mm (ISO 216).
    A6,
    /// 148 × 210 mm (ISO 216).
    A5,
    /// 182 × 257 mm (JIS P 0138).
    B5,
    /// 7.25 × 10.5 inches.
    Executive,
    /// 210 × 297 mm (ISO 216).
    A4,
    /// 8.5 × 11 inches (ANSI A).
    Letter,
    /// 8.5 × 14 inches.
    Legal,
    /// 257 × 364 mm (JIS P 0138).
    B4,
    /// 297 × 420 mm (ISO 216).
    A3,
    /// 11 × 17 inches (ANSI B).
    Ledger,
    /// Any other paper that the bypass takes.
    Custom(CustomSize),
}

/// The dimensions of a paper that has no name here, standing upright.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CustomSize {
    width: u32,
    height: u32,
}

/// The text names no paper, or one that the printer cannot take.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "{0:?} is not a paper in this printer: use A4, Letter, A3 or another that \
     it knows, or a size such as 100x150mm, from 90x139.7mm to 311.1x457.2mm"
)]
pub struct UnknownMedia(String);

impl Media {
    /// Every paper with a name, the smallest first.
    pub const ALL: [Media; 10] = [
        Media::A6,
        Media::A5,
        Media::B5,
        Media::Executive,
        Media::A4,
        Media::Letter,
        Media::Legal,
        Media::B4,
        Media::A3,
        Media::Ledger,
    ];

    /// Those that nearly every such printer has loaded: among these a page gets
    /// its paper when it is not known what is loaded.
    pub const USUAL: [Media; 3] = [Media::A4, Media::Letter, Media::A3];

    /// The paper of this width and height in hundredths of a millimetre, either
    /// way round: one with a name if it is within half a millimetre of it.
    ///
    /// # Errors
    /// When the printer does not take paper of this size.
    pub fn from_size(width: u32, height: u32) -> Result<Media, UnknownMedia> {
        let (width, height) = (width.min(height), width.max(height));
        let near = |a: u32, b: u32| a.abs_diff(b) <= TOLERANCE;
        let same = |media: &Media| {
            let (w, h) = media.size();
            near(w, width) && near(h, height)
        };
        if let Some(media) = Media::ALL.into_iter().find(same) {
            return Ok(media);
        }
        let size = CustomSize { width, height };
        let fits = (WIDTHS.0..=WIDTHS.1).contains(&width)
            && (LENGTHS.0..=LENGTHS.1).contains(&height);
        if fits {
            Ok(Media::Custom(size))
        } else {
            Err(UnknownMedia(size.to_string()))
        }
    }

    /// Width and height in hundredths of a millimetre, standing upright: the
    /// unit of IPP's `media-size` (PWG 5100.3 section 3.13.7).
    #[must_use]
    pub fn size(self) -> (u32, u32) {
        match self {
            Media::A6 => (10_500, 14_800),
            Media::A5 => (14_800, 21_000),
            Media::B5 => (18_200, 25_700),
            Media::Executive => (18_415, 26_670),
            Media::A4 => (21_000, 29_700),
            Media::Letter => (21_590, 27_940),
            Media::Legal => (21_590, 35_560),
            Media::B4 => (25_700, 36_400),
            Media::A3 => (29_700, 42_000),
            Media::Ledger => (27_940, 43_180),
            Media::Custom(size) => (size.width, size.height),
        }
    }

    /// Width and height in points (1/72 inch), standing upright.
    #[must_use]
    pub fn points(self) -> (f64, f64) {
        let inches = |inches: f64| inches * 72.0;
        let mm = |hundredths: u32| f64::from(hundredths) / 100.0 * 72.0 / 25.4;
        match self {
            Media::Letter => (612.0, 792.0),
            Media::Executive => (inches(7.25), inches(10.5)),
            Media::Legal => (612.0, inches(14.0)),
            Media::Ledger => (inches(11.0), inches(17.0)),
            other => {
                let (width, height) = other.size();
                (mm(width), mm(height))
            }
        }
    }

    /// The self-describing name of PWG 5101.1, such as `iso_a4_210x297mm`.
    #[must_use]
    pub fn pwg_name(self) -> String {
        let name = match self {
            Media::A6 => "iso_a6_105x148mm",
            Media::A5 => "iso_a5_148x210mm",
            Media::B5 => "jis_b5_182x257mm",
            Media::Executive => "na_executive_7.25x10.5in",
            Media::A4 => "iso_a4_210x297mm",
            Media::Letter => "na_letter_8.5x11in",
            Media::Legal => "na_legal_8.5x14in",
            Media::B4 => "jis_b4_257x364mm",
            Media::A3 => "iso_a3_297x420mm",
            Media::Ledger => "na_ledger_11x17in",
            Media::Custom(size) => return format!("custom_{size}_{size}"),
        };
        name.to_owned()
    }
}

impl fmt::Display for Media {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Media::Custom(size) => size.fmt(f),
            named => fmt::Debug::fmt(named, f),
        }
    }
}

impl fmt::Display for CustomSize {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mm = |hundredths: u32| f64::from(hundredths) / 100.0;
        write!(f, "{}x{}mm", mm(self.width), mm(self.height))
    }
}

impl From<Media> for String {
    fn from(media: Media) -> String {
        media.to_string()
    }
}

impl TryFrom<String> for Media {
    type Error = UnknownMedia;

    fn try_from(text: String) -> Result<Media, UnknownMedia> {
        text.parse()
    }
}

impl FromStr for Media {
    type Err = UnknownMedia;

    /// Reads a name (`A4`), a size (`100x150mm`, `4x6in`) or a self-describing
    /// name of PWG 5101.1, which ends with a size.
    fn from_str(text: &str) -> Result<Media, UnknownMedia> {
        let unknown = || UnknownMedia(text.chars().take(40).collect());
        let same = |media: &Media| media.to_string().eq_ignore_ascii_case(text);
        if let Some(media) = Media::ALL.into_iter().find(same) {
            return Ok(media);
        }
        let size = text.rsplit_once('_').map_or(text, |(_, size)| size);
        let (width, height) = dimensions(size).ok_or_else(unknown)?;
        Media::from_size(width, height).map_err(|_| unknown())
    }
}

/// `100x150mm` or `4x6in` in hundredths of a millimetre.
fn dimensions(text: &str) -> Option<(u32, u32)> {
    let (numbers, unit) = match text.strip_suffix("mm") {
        Some(numbers) => (numbers, 100.0),
        None => (text.strip_suffix("in")?, 2540.0),
    };
    let (width, height) = numbers.split_once('x')?;
    let length = |text: &str| {
        let plain = |c: char| c.is_ascii_digit() || c == '.';
        if !text.chars().all(plain) {
            return None;
        }
        let hundredths = (text.parse::<f64>().ok()? * unit).round();
        (hundredths <= f64::from(LENGTHS.1)).then_some(hundredths as u32)
    };
    Some((length(width)?, length(height)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_paper_is_found_by_its_name_and_by_its_size() {
        for (text, media) in [
            ("A4", Media::A4),
            ("letter", Media::Letter),
            ("iso_a4_210x297mm", Media::A4),
            ("na_letter_8.5x11in", Media::Letter),
            ("na_ledger_11x17in", Media::Ledger),
            ("jis_b5_182x257mm", Media::B5),
            ("297x210mm", Media::A4),
        ] {
            assert_eq!(text.parse(), Ok(media), "{text}");
            assert_eq!(media.pwg_name().parse(), Ok(media));
            assert_eq!(media.to_string().parse(), Ok(media));
        }
    }

    #[test]
    fn a_paper_of_any_other_size_keeps_its_size() {
        let photo: Media = "100x150mm".parse().expect("it fits");
        assert_eq!(photo.size(), (10_000, 15_000));
        assert_eq!(photo.to_string(), "100x150mm");
        assert_eq!(photo.pwg_name(), "custom_100x150mm_100x150mm");
        assert_eq!(photo.pwg_name().parse(), Ok(photo));
        let json = serde_json::to_string(&photo).expect("plain");
        assert_eq!(json, "\"100x150mm\"");
        assert_eq!(serde_json::from_str::<Media>(&json).ok(), Some(photo));
    }

    #[test]
    fn what_the_printer_does_not_take_is_refused() {
        for text in [
            "",
            "A0",
            "x",
            "xmm",
            "10x10mm",
            "500x500mm",
            "1e9x1mm",
            "-1x2mm",
            "NaNxNaNmm",
            "99999999999999999999x1in",
            "custom_",
            "210x297",
        ] {
            assert!(text.parse::<Media>().is_err(), "{text}");
        }
    }
}
