//! A ticket, in the words of the relay.

use driver::{Duplex, Media, NumberUp, Punch, Staple};
use relay::{JobOptions, PrintJob, Sender, SheetOptions};

use crate::{
    ColorMode, Finishing, MediaChoice, Orientation, Paper, Quality, Scaling,
    Sides, Ticket,
};

/// The papers of the driver, and what IPP calls them (PWG 5101.1), the usual
/// ones first.
pub(super) const PAPERS: [(Media, Paper); 10] = [
    (Media::A4, Paper::A4),
    (Media::Letter, Paper::LETTER),
    (Media::A3, Paper::A3),
    (Media::A5, Paper::A5),
    (Media::Legal, Paper::LEGAL),
    (Media::Ledger, Paper::TABLOID),
    (Media::A6, Paper::new("iso_a6_105x148mm", 10_500, 14_800)),
    (Media::B5, Paper::new("jis_b5_182x257mm", 18_200, 25_700)),
    (Media::B4, Paper::new("jis_b4_257x364mm", 25_700, 36_400)),
    (Media::Executive, Paper::new("na_executive_7.25x10.5in", 18_415, 26_670)),
];

/// Whose job it is.
pub(super) fn sender(ticket: &Ticket) -> Sender {
    Sender {
        user: ticket.owner.clone(),
        host: ticket.host,
        ..Sender::default()
    }
}

/// How the document is to be printed.
pub(super) fn options(ticket: &Ticket) -> JobOptions {
    let choice = ticket.media.as_ref();
    JobOptions {
        printer: None,
        pages: pages(&ticket.page_ranges),
        copies: ticket.copies.unwrap_or(1),
        duplex: match ticket.sides {
            None | Some(Sides::One) => Duplex::Off,
            Some(Sides::LongEdge) => Duplex::LongEdge,
            Some(Sides::ShortEdge) => Duplex::ShortEdge,
        },
        color: ticket.color_mode != Some(ColorMode::Monochrome),
        media: choice.and_then(|choice| media(choice.paper?)),
        sheets: sheet_options(ticket),
        user: ticket.said_name.clone(),
        hold: ticket.hold,
        pin: ticket.pin.as_ref().map(|pin| pin.expose().to_owned()),
        ..JobOptions::default()
    }
}

/// The driver and the finisher know their settings by the keywords of IPP.
fn sheet_options(ticket: &Ticket) -> SheetOptions {
    let choice = ticket.media.as_ref();
    let source = choice.and_then(|choice| choice.source.as_deref());
    let kind = choice.and_then(|choice| choice.kind.as_deref());
    let scaling = ticket.scaling.map(Scaling::keyword);
    SheetOptions {
        scaling: parsed(scaling).unwrap_or_default(),
        number_up: ticket.number_up.and_then(NumberUp::new).unwrap_or_default(),
        orientation: ticket.orientation.map(|held| match held {
            Orientation::Portrait => driver::Orientation::Portrait,
            Orientation::Landscape => driver::Orientation::Landscape,
            Orientation::ReverseLandscape => {
                driver::Orientation::ReverseLandscape
            }
            Orientation::ReversePortrait => {
                driver::Orientation::ReversePortrait
            }
        }),
        tray: parsed(source),
        media_type: parsed(kind),
        staple: ticket.finishings.iter().find_map(staple),
        punch: ticket.finishings.iter().find_map(punch),
        save_toner: false,
        quality: match ticket.quality {
            Some(Quality::Draft) => driver::Quality::Draft,
            None | Some(Quality::Normal) => driver::Quality::Normal,
            Some(Quality::High) => driver::Quality::High,
        },
        resolution: ticket.resolution,
        banner: ticket.banner.unwrap_or(false),
    }
}

/// The ticket of a job that the relay has: what the options came to.
pub(super) fn ticket(job: &PrintJob) -> Ticket {
    let pages = job.pages.as_deref().unwrap_or_default();
    let sheets = &job.sheets;
    let media = MediaChoice {
        paper: job.media.and_then(paper),
        source: sheets.tray.map(|tray| tray.keyword().to_owned()),
        kind: sheets.media_type.map(|kind| kind.keyword().to_owned()),
        borderless: false,
    };
    let is_chosen =
        media.paper.is_some() || media.source.is_some() || media.kind.is_some();
    let staple = sheets.staple.map(Staple::ipp);
    let punch = sheets.punch.map(Punch::ipp);
    let numbers = staple.into_iter().chain(punch);
    Ticket {
        name: job.name.clone(),
        owner: Some(job.user.clone()).filter(|name| !name.is_empty()),
        said_name: job.claimed_user.clone(),
        host: job.host.parse().ok(),
        copies: Some(job.copies),
        sides: Some(match job.duplex {
            Duplex::Off => Sides::One,
            Duplex::LongEdge => Sides::LongEdge,
            Duplex::ShortEdge => Sides::ShortEdge,
        }),
        color_mode: Some(match job.color {
            true => ColorMode::Color,
            false => ColorMode::Monochrome,
        }),
        media: is_chosen.then_some(media),
        page_ranges: pages.split(',').filter_map(range).collect(),
        orientation: sheets.orientation.map(|held| match held {
            driver::Orientation::Portrait => Orientation::Portrait,
            driver::Orientation::Landscape => Orientation::Landscape,
            driver::Orientation::ReverseLandscape => {
                Orientation::ReverseLandscape
            }
            driver::Orientation::ReversePortrait => {
                Orientation::ReversePortrait
            }
        }),
        scaling: Scaling::from_keyword(sheets.scaling.keyword()),
        quality: Some(match sheets.quality {
            driver::Quality::Draft => Quality::Draft,
            driver::Quality::Normal => Quality::Normal,
            driver::Quality::High => Quality::High,
        }),
        resolution: sheets.resolution,
        finishings: numbers.filter_map(Finishing::from_number).collect(),
        number_up: Some(sheets.number_up.get()),
        banner: Some(sheets.banner),
        ..Ticket::default()
    }
}

/// The setting with this keyword.
fn parsed<T: std::str::FromStr>(keyword: Option<&str>) -> Option<T> {
    keyword?.parse().ok()
}

fn staple(finishing: &Finishing) -> Option<Staple> {
    if *finishing == Finishing::Staple {
        return Some(Staple::TopLeft);
    }
    let same = |one: &&Staple| one.ipp() == finishing.number();
    Staple::ALL.iter().find(same).copied()
}

fn punch(finishing: &Finishing) -> Option<Punch> {
    if *finishing == Finishing::Punch {
        return Some(Punch::DualLeft);
    }
    let same = |one: &&Punch| one.ipp() == finishing.number();
    Punch::ALL.iter().find(same).copied()
}

/// The driver's paper of this size.
fn media(wanted: Paper) -> Option<Media> {
    let (media, _) = PAPERS.iter().find(|(_, paper)| *paper == wanted)?;
    Some(*media)
}

/// IPP's paper of this size, if it has a name.
pub(super) fn paper(wanted: Media) -> Option<Paper> {
    let (_, paper) = PAPERS.iter().find(|(media, _)| *media == wanted)?;
    Some(*paper)
}

/// `3-7,10-10`, of pairs from first to last.
fn pages(ranges: &[(u32, u32)]) -> Option<String> {
    let ranges: Vec<String> =
        ranges.iter().map(|(first, last)| format!("{first}-{last}")).collect();
    (!ranges.is_empty()).then(|| ranges.join(","))
}

/// A range as a person types it; one without its end goes to the last page that
/// IPP can count.
fn range(text: &str) -> Option<(u32, u32)> {
    let text = text.trim();
    let number = |text: &str| text.trim().parse().ok();
    match text.split_once('-') {
        None => Some((number(text)?, number(text)?)),
        Some((first, "")) => Some((number(first)?, i32::MAX as u32)),
        Some(("", last)) => Some((1, number(last)?)),
        Some((first, last)) => Some((number(first)?, number(last)?)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_come_and_go_as_a_person_types_them() {
        assert_eq!(pages(&[]), None);
        let text = pages(&[(3, 7), (10, 10)]).expect("pages");
        assert_eq!(text, "3-7,10-10");
        let ranges: Vec<_> = text.split(',').filter_map(range).collect();
        assert_eq!(ranges, [(3, 7), (10, 10)]);
        assert_eq!(range(" 5- "), Some((5, i32::MAX as u32)));
        assert_eq!(range("-2"), Some((1, 2)));
        assert_eq!(range("x"), None);
    }

    #[test]
    fn each_paper_has_its_name_and_its_size() {
        for media in Media::ALL {
            let paper = paper(media).expect("a paper of IPP");
            assert_eq!(super::media(paper), Some(media));
            assert_eq!(paper.name, media.pwg_name());
            let (width, height) = media.size();
            let size = (paper.width as u32, paper.height as u32);
            assert_eq!(size, (width, height));
        }
    }

    #[test]
    fn a_ticket_becomes_the_options_of_a_job_and_a_ticket_again() {
        let ticket = Ticket {
            name: "report".to_owned(),
            owner: Some("egon".to_owned()),
            said_name: "Slimer".to_owned(),
            copies: Some(3),
            sides: Some(Sides::ShortEdge),
            color_mode: Some(ColorMode::Monochrome),
            media: Some(MediaChoice {
                paper: Some(Paper::A3),
                source: Some("tray-2".to_owned()),
                kind: Some("cardstock".to_owned()),
                borderless: false,
            }),
            page_ranges: vec![(3, 7), (10, 10)],
            orientation: Some(Orientation::Landscape),
            scaling: Some(Scaling::Fill),
            quality: Some(Quality::Draft),
            resolution: Some(300),
            finishings: vec![
                Finishing::StapleDualLeft,
                Finishing::PunchTripleLeft,
            ],
            number_up: Some(4),
            banner: Some(true),
            ..Ticket::default()
        };
        let options = options(&ticket);
        assert_eq!(options.pages.as_deref(), Some("3-7,10-10"));
        assert_eq!(options.sheets.staple, Some(Staple::DualLeft));
        let job = PrintJob {
            name: ticket.name.clone(),
            user: "egon".to_owned(),
            claimed_user: options.user.clone(),
            pages: options.pages,
            copies: options.copies,
            duplex: options.duplex,
            color: options.color,
            media: options.media,
            sheets: options.sheets,
            ..PrintJob::unknown()
        };
        assert_eq!(super::ticket(&job), ticket);
    }
}
