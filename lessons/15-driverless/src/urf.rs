//! Apple raster, and what the printer says about it: `urf-supported`, and the
//! key `URF` of DNS-SD.
//!
//! Apple has published no specification. The letters and numbers are those
//! that CUPS and PAPPL print with; trays have the numbers of PWG 5102.4,
//! section 4.3.3.1.5 (`MediaPosition`).

use crate::{ColorMode, Description, Finishing, Quality, Sides};

/// The MIME type of Apple raster.
pub(crate) const FORMAT: &str = "image/urf";

/// Trays with the numbers by which clients ask for them.
const TRAYS: [(&str, u8); 11] = [
    ("auto", 0),
    ("main", 1),
    ("alternate", 2),
    ("large-capacity", 3),
    ("manual", 4),
    ("by-pass-tray", 19),
    ("tray-1", 20),
    ("tray-2", 21),
    ("tray-3", 22),
    ("tray-4", 23),
    ("tray-5", 24),
];

/// Kinds of paper with their numbers.
const KINDS: [(&str, u8); 7] = [
    ("auto", 0),
    ("stationery", 1),
    ("transparency", 2),
    ("envelope", 3),
    ("cardstock", 4),
    ("labels", 5),
    ("stationery-letterhead", 6),
];

/// What this printer does with Apple raster; nothing when it takes none.
///
/// A client that does not find its wish here makes the pages accordingly
/// itself: without `CP` it sends each copy, without `DM` one-sided pages.
pub(crate) fn urf_supported(printer: &Description) -> Vec<String> {
    if !printer.formats.contains(&FORMAT) {
        return Vec::new();
    }
    let mut keys = vec!["V1.4".to_owned(), "W8".to_owned()];
    if printer.color_modes.contains(&ColorMode::Color) {
        keys.push("SRGB24".to_owned());
    }
    keys.push(format!("CP{}", printer.most_copies.clamp(1, 255)));
    keys.push(numbers("RS", printer.resolutions.iter().copied()));
    if printer.sides.contains(&Sides::LongEdge) {
        // The back is sent upright, as the front.
        keys.push("DM1".to_owned());
    }
    let named = |names: &[&str], all: &[(&str, u8)]| -> Vec<u16> {
        let number = |name| all.iter().find(|entry| entry.0 == name);
        names.iter().copied().filter_map(number).map(|e| e.1.into()).collect()
    };
    let trays = named(&printer.trays, &TRAYS);
    let kinds = named(&printer.kinds, &KINDS);
    for (letters, all) in [("IS", trays), ("MT", kinds)] {
        if !all.is_empty() {
            keys.push(numbers(letters, all.into_iter()));
        }
    }
    let quality = |quality: &Quality| quality.number() as u16;
    keys.push(numbers("PQ", printer.qualities.iter().map(quality)));
    // 3 is `none`.
    let finishing = |finishing: &Finishing| finishing.number() as u16;
    let finishings = printer.finishings.iter().map(finishing);
    keys.push(numbers("FN", [3].into_iter().chain(finishings)));
    keys
}

/// `RS300-600`: letters, and numbers in their order.
fn numbers(letters: &str, numbers: impl Iterator<Item = u16>) -> String {
    let mut numbers: Vec<u16> = numbers.collect();
    numbers.sort_unstable();
    numbers.dedup();
    let numbers: Vec<String> =
        numbers.iter().map(|number| number.to_string()).collect();
    format!("{letters}{}", numbers.join("-"))
}
