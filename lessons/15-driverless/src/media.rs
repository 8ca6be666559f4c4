//! Paper in the words of IPP: names, and collections of what is known of a
//! paper (PWG 5100.7, section 6.3).

use std::collections::BTreeMap;

use ipp::attribute::IppAttribute;
use ipp::prelude::IppValue;
use ipp::value::IppName;

use crate::{Description, MediaChoice, Paper, Ready};
use ipp_message::request::as_word;
use ipp_message::values::{attribute, collection, integer, keyword};

/// How far a size may be from that of a paper, in hundredths of a millimetre.
const TOLERANCE: i32 = 50;
/// Leaves a choice to the printer.
pub(crate) const AUTO: &str = "auto";
/// The members of `media-col` that the printer reads.
pub(crate) const MEMBERS: [&str; 8] = [
    "media-size",
    "media-size-name",
    "media-source",
    "media-type",
    "media-bottom-margin",
    "media-left-margin",
    "media-right-margin",
    "media-top-margin",
];

/// The paper with this name.
pub(crate) fn by_name(
    name: &str,
    printer: &Description,
) -> Option<MediaChoice> {
    let paper = printer.papers.iter().find(|paper| paper.name == name)?;
    Some(MediaChoice {
        paper: Some(*paper),
        source: None,
        kind: None,
        borderless: false,
    })
}

/// The paper of this size, whichever way it lies.
fn by_size(width: i32, height: i32, printer: &Description) -> Option<Paper> {
    let near = |a: i32, b: i32| a.abs_diff(b) <= TOLERANCE.unsigned_abs();
    let papers = printer.papers.iter().copied();
    papers.into_iter().find(|paper| {
        near(width, paper.width) && near(height, paper.height)
            || near(height, paper.width) && near(width, paper.height)
    })
}

/// Reads a `media-col` that somebody sent.
pub(crate) struct MediaReader<'d> {
    printer: &'d Description,
    paper: Option<Paper>,
    source: Option<String>,
    kind: Option<String>,
    /// The margins that are asked for.
    margins: Vec<i32>,
}

type Members = BTreeMap<IppName, IppValue>;

impl MediaReader<'_> {
    pub(crate) fn new(printer: &Description) -> MediaReader<'_> {
        MediaReader {
            printer,
            paper: None,
            source: None,
            kind: None,
            margins: Vec::new(),
        }
    }

    /// Reads it, and returns what of it the printer does not support.
    pub(crate) fn read(&mut self, value: &IppValue) -> Option<IppAttribute> {
        let IppValue::Collection(members) = value else {
            return Some(attribute("media-col", value.clone()));
        };
        let mut unsupported = Members::new();
        for (name, value) in members {
            if !self.read_member(name, value) {
                unsupported.insert(name.clone(), value.clone());
            }
        }
        let is_all = unsupported.is_empty();
        let rest = IppValue::Collection(unsupported);
        (!is_all).then(|| attribute("media-col", rest))
    }

    fn read_member(&mut self, name: &str, value: &IppValue) -> bool {
        let printer = self.printer;
        match name {
            "media-size" => {
                let paper = size(value).and_then(|(width, height)| {
                    by_size(width, height, printer)
                });
                self.paper = paper.or(self.paper);
                paper.is_some()
            }
            "media-size-name" => {
                let media =
                    as_word(value).and_then(|name| by_name(name, printer));
                let is_known = media.is_some();
                self.paper = self.paper.or(media.and_then(|it| it.paper));
                is_known
            }
            "media-source" => choose(&mut self.source, value, &printer.trays),
            "media-type" => choose(&mut self.kind, value, &printer.kinds),
            "media-bottom-margin"
            | "media-left-margin"
            | "media-right-margin"
            | "media-top-margin" => match value {
                IppValue::Integer(margin)
                    if *margin == printer.margin
                        || *margin == 0 && printer.borderless =>
                {
                    self.margins.push(*margin);
                    true
                }
                _ => false,
            },
            _ => false,
        }
    }

    /// The paper that is asked for, if one is.
    pub(crate) fn choice(self) -> Option<MediaChoice> {
        let margins = &self.margins;
        let is_wish = self.paper.is_some()
            || self.source.is_some()
            || self.kind.is_some();
        is_wish.then(|| MediaChoice {
            borderless: !margins.is_empty()
                && margins.iter().all(|margin| *margin == 0),
            paper: self.paper,
            source: self.source,
            kind: self.kind,
        })
    }
}

fn choose(
    field: &mut Option<String>,
    value: &IppValue,
    offer: &[&str],
) -> bool {
    match as_word(value) {
        Some(AUTO) => true,
        Some(word) if offer.contains(&word) => {
            *field = Some(word.to_owned());
            true
        }
        _ => false,
    }
}

/// The dimensions in a `media-size`, in hundredths of a millimetre.
fn size(value: &IppValue) -> Option<(i32, i32)> {
    let IppValue::Collection(members) = value else { return None };
    let dimension = |name| match members.get(name) {
        Some(IppValue::Integer(number)) => Some(*number),
        _ => None,
    };
    Some((dimension("x-dimension")?, dimension("y-dimension")?))
}

/// The `media-size` of a paper.
pub(crate) fn size_of(paper: Paper) -> IppValue {
    collection([
        ("x-dimension", integer(paper.width)),
        ("y-dimension", integer(paper.height)),
    ])
}

/// The `media-col` of a paper, with what is known of it.
pub(crate) fn media_col(
    paper: Option<Paper>,
    margin: i32,
    source: Option<&str>,
    kind: Option<&str>,
) -> IppValue {
    let mut members = vec![
        ("media-bottom-margin", integer(margin)),
        ("media-left-margin", integer(margin)),
        ("media-right-margin", integer(margin)),
        ("media-top-margin", integer(margin)),
    ];
    if let Some(paper) = paper {
        members.push(("media-size", size_of(paper)));
        members.push(("media-size-name", keyword(paper.name)));
    }
    members.extend(source.map(|tray| ("media-source", keyword(tray))));
    members.extend(kind.map(|kind| ("media-type", keyword(kind))));
    collection(members)
}

/// The `media-col` of what a job asks for.
pub(crate) fn media_col_of(
    media: &MediaChoice,
    printer: &Description,
) -> IppValue {
    let margin = if media.borderless { 0 } else { printer.margin };
    let source = media.source.as_deref();
    media_col(media.paper, margin, source, media.kind.as_deref())
}

/// The `media-col` of what is in a tray.
pub(crate) fn media_col_ready(ready: &Ready, margin: i32) -> IppValue {
    media_col(Some(ready.paper), margin, Some(ready.tray), Some(ready.kind))
}
