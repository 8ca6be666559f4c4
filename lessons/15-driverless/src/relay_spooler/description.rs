//! What a C360 with a relay in front of it is and can do.

use driver::{MediaType, NumberUp, Punch, Staple, Tray};
use relay::{Finisher, Limits};

use super::RAW;
use super::job_options::PAPERS;
use crate::{
    ColorMode, Description, Finishing, Orientation, Quality, Scaling, Sides,
};

/// The margin that the C360 cannot print on, in hundredths of a millimetre.
const MARGIN: i32 = 420;
/// Pages that it prints in a minute, in grey and in colour.
const PAGES_PER_MINUTE: (i32, i32) = (36, 36);

impl Description {
    /// A C360 behind a relay with these limits. `uuid` is the printer's own for
    /// as long as it exists. Nothing is said yet of how it is reached.
    #[must_use]
    pub fn c360(name: &str, uuid: [u8; 16], limits: &Limits) -> Description {
        let formats = driver::Format::ALL
            .into_iter()
            .filter(|format| *format != driver::Format::Office)
            .map(driver::Format::media_type);
        let raw = limits.allow_raw.then_some(RAW);
        let any = raw.into_iter().chain(["application/octet-stream"]);
        Description {
            name: name.to_owned(),
            info: name.to_owned(),
            location: String::new(),
            maker: "KONICA MINOLTA".to_owned(),
            model: "C360".to_owned(),
            uuid,
            firmware: env!("CARGO_PKG_VERSION").to_owned(),
            more_info: "/".to_owned(),
            formats: formats.chain(any).collect(),
            raster_types: vec!["srgb_8", "sgray_8", "black_1"],
            most_copies: 999,
            uncollated: false,
            sides: Sides::ALL.to_vec(),
            color_modes: ColorMode::ALL.to_vec(),
            papers: PAPERS.iter().map(|(_, paper)| *paper).collect(),
            trays: Tray::ALL.iter().map(|tray| tray.keyword()).collect(),
            kinds: MediaType::ALL.iter().map(|kind| kind.keyword()).collect(),
            margin: MARGIN,
            borderless: false,
            page_ranges: true,
            orientations: Orientation::ALL.to_vec(),
            scalings: Scaling::ALL.to_vec(),
            qualities: vec![Quality::Normal, Quality::Draft, Quality::High],
            resolutions: vec![600, 300],
            finishings: finishings(limits.finisher),
            number_up: (1..=16).filter(is_number_up).collect(),
            banners: true,
            pins: true,
            pages_per_minute: PAGES_PER_MINUTE,
            largest_document: limits.bytes,
            access: Vec::new(),
        }
    }
}

fn is_number_up(pages: &u8) -> bool {
    NumberUp::new(*pages).is_some()
}

fn finishings(finisher: Finisher) -> Vec<Finishing> {
    let mut numbers = Vec::new();
    if finisher.staples {
        numbers.push(Finishing::Staple.number());
        numbers.extend(Staple::ALL.iter().map(|staple| staple.ipp()));
    }
    if finisher.punches {
        numbers.push(Finishing::Punch.number());
        numbers.extend(Punch::ALL.iter().map(|punch| punch.ipp()));
    }
    numbers.into_iter().filter_map(Finishing::from_number).collect()
}
