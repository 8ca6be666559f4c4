//! The reading of a ticket: what a request asks for, held against what the
//! printer offers.

use ipp::attribute::IppAttribute;
use ipp::prelude::IppValue;

use crate::media::{self, MediaReader};
use crate::{
    ColorMode, Description, Finishing, Orientation, Pin, Quality, Refusal,
    Requester, Scaling, Sides, Status, Ticket,
};
use ipp_message::request::{Request, as_word, values};
use ipp_message::values::{PER_INCH, attribute, unsupported};

/// The number of the finishing that does nothing (RFC 8011, section 5.2.6).
pub(crate) const NO_FINISHING: i32 = 3;
/// The only place where the paper comes out.
pub(crate) const OUTPUT_BIN: &str = "face-down";
/// The members of `overrides` that the printer reads. With pages alone nothing
/// is overridden; any other member is not supported.
pub(crate) const OVERRIDES: [&str; 3] =
    ["pages", "document-number", "document-numbers"];
/// The shortest and the longest PIN.
pub(crate) const PIN_LENGTH: std::ops::RangeInclusive<usize> = 4..=16;
/// The longest name of a job, in characters.
const LONGEST_NAME: usize = 255;
/// The most page ranges of a job.
const MOST_RANGES: usize = 100;

/// A ticket, and what of the request could not get into it.
#[derive(Debug)]
pub(crate) struct ReadTicket {
    pub ticket: Ticket,
    /// Attributes and values that the printer does not support.
    pub unsupported: Vec<IppAttribute>,
}

impl ReadTicket {
    /// The ticket that a request asks for.
    ///
    /// # Errors
    /// When the request cannot be understood. What cannot be honoured is in
    /// [`unsupported`](ReadTicket::unsupported).
    pub(crate) fn read(
        request: &Request,
        requester: &Requester,
        description: &Description,
    ) -> Result<ReadTicket, Refusal> {
        let plain = |name| -> Result<String, Refusal> {
            let word = request.word(name)?.unwrap_or_default();
            Ok(safe_text::plain(word, LONGEST_NAME))
        };
        let mut name = plain("job-name")?;
        if name.is_empty() {
            name = plain("document-name")?;
        }
        if name.is_empty() {
            name = "Untitled".to_owned();
        }
        let mut read = ReadTicket {
            ticket: Ticket {
                name,
                owner: requester.name.clone(),
                said_name: plain("requesting-user-name")?,
                host: requester.host,
                ..Ticket::default()
            },
            unsupported: Vec::new(),
        };
        read.read_pin(request, description)?;
        for asked in request.job_attributes() {
            read.read_attribute(asked, description);
        }
        Ok(read)
    }

    /// Refuses what has to be honoured and cannot be: all of it with
    /// `ipp-attribute-fidelity` (RFC 8011, section 4.2.1.1), else what is named
    /// in `job-mandatory-attributes` (PWG 5100.7, section 6.1.2).
    pub(crate) fn check_fidelity(
        &self,
        request: &Request,
    ) -> Result<(), Refusal> {
        let all = request.boolean("ipp-attribute-fidelity")?.unwrap_or(false);
        let mandatory = request.words("job-mandatory-attributes")?;
        let missed = self.unsupported.iter().find(|attribute| {
            all || mandatory.contains(&attribute.name().as_str())
        });
        match missed {
            None => Ok(()),
            Some(missed) => Err(Refusal::new(
                Status::AttributesOrValuesNotSupported,
                format!(
                    "this printer does not support {} as it was asked for, and \
                     the job must be printed exactly so or not at all",
                    missed.name()
                ),
            )),
        }
    }

    /// `job-password` is an operation attribute (PWG 5100.11, section 5.1).
    fn read_pin(
        &mut self,
        request: &Request,
        description: &Description,
    ) -> Result<(), Refusal> {
        let Some(value) = request.get("job-password") else { return Ok(()) };
        let IppValue::OctetString(bytes) = value else {
            return Err(Refusal::new(
                Status::BadRequest,
                "job-password is no string of octets",
            ));
        };
        let encryption = request.word("job-password-encryption")?;
        let is_plain = encryption.unwrap_or("none") == "none";
        let is_pin = bytes.iter().all(u8::is_ascii_digit)
            && PIN_LENGTH.contains(&bytes.len());
        if description.pins && is_plain && is_pin {
            let pin = String::from_utf8_lossy(bytes);
            self.ticket.pin = Some(Pin::new(pin));
            return Ok(());
        }
        // Printed at once, it would lie open in the tray.
        Err(Refusal::new(
            Status::AttributesOrValuesNotSupported,
            "this job cannot wait for its PIN: send 4 to 16 digits, without \
             encryption of their own",
        ))
    }

    fn read_attribute(&mut self, asked: &IppAttribute, printer: &Description) {
        let ticket = &mut self.ticket;
        let value = asked.value();
        let is_read = match asked.name().as_str() {
            // ANCHOR: attributes
            "copies" => set(&mut ticket.copies, || {
                let copies = u16::try_from(integer(value)?).ok()?;
                (1..=printer.most_copies).contains(&copies).then_some(copies)
            }),
            "sides" => set(&mut ticket.sides, || {
                offered(Sides::from_keyword(as_word(value)?)?, &printer.sides)
            }),
            "print-color-mode" => set(&mut ticket.color_mode, || {
                let mode = ColorMode::from_keyword(as_word(value)?)?;
                offered(mode, &printer.color_modes)
            }),
            "print-quality" => set(&mut ticket.quality, || {
                let quality = Quality::from_number(enumerated(value)?)?;
                offered(quality, &printer.qualities)
            }),
            // ANCHOR_END: attributes
            "page-ranges" if printer.page_ranges => page_ranges(value)
                .map(|ranges| ticket.page_ranges = ranges)
                .is_some(),
            "print-scaling" => set(&mut ticket.scaling, || {
                let scaling = Scaling::from_keyword(as_word(value)?)?;
                offered(scaling, &printer.scalings)
            }),
            "orientation-requested" => set(&mut ticket.orientation, || {
                let way = Orientation::from_number(enumerated(value)?)?;
                offered(way, &printer.orientations)
            }),
            "printer-resolution" => set(&mut ticket.resolution, || {
                let IppValue::Resolution { cross_feed, feed, units } = value
                else {
                    return None;
                };
                let dpi = u16::try_from(*feed).ok()?;
                (cross_feed == feed && *units == PER_INCH)
                    .then(|| offered(dpi, &printer.resolutions))?
            }),
            "number-up" => set(&mut ticket.number_up, || {
                let pages = u8::try_from(integer(value)?).ok()?;
                offered(pages, &printer.number_up)
            }),
            "multiple-document-handling" => {
                set(&mut ticket.collated, || match as_word(value)? {
                    "separate-documents-collated-copies" => Some(true),
                    "separate-documents-uncollated-copies" => {
                        printer.uncollated.then_some(false)
                    }
                    _ => None,
                })
            }
            "finishings" => finishings(value, printer)
                .map(|wanted| ticket.finishings = wanted)
                .is_some(),
            "job-sheets" => set(&mut ticket.banner, || match as_word(value)? {
                "none" => Some(false),
                "standard" => printer.banners.then_some(true),
                _ => None,
            }),
            "job-hold-until" => match as_word(value) {
                Some("no-hold") => true,
                Some("indefinite") => {
                    ticket.hold = true;
                    true
                }
                _ => false,
            },
            "output-bin" => as_word(value) == Some(OUTPUT_BIN),
            "print-content-optimize" | "print-rendering-intent" => {
                as_word(value) == Some("auto")
            }
            "overrides" => values(value).all(overrides_nothing),
            // The more detailed of the two counts.
            "media" if ticket.media.is_some() => true,
            "media" => set(&mut ticket.media, || {
                media::by_name(as_word(value)?, printer)
            }),
            "media-col" => {
                let mut reader = MediaReader::new(printer);
                let unsupported = reader.read(value);
                ticket.media = reader.choice().or(ticket.media.take());
                self.unsupported.extend(unsupported);
                return;
            }
            _ => {
                let name = asked.name().as_str();
                self.unsupported.push(attribute(name, unsupported()));
                return;
            }
        };
        if !is_read {
            self.unsupported.push(asked.clone());
        }
    }
}

/// Sets a field of the ticket, and says whether there was something to set.
fn set<T>(field: &mut Option<T>, read: impl FnOnce() -> Option<T>) -> bool {
    let value = read();
    let is_read = value.is_some();
    if is_read {
        *field = value;
    }
    is_read
}

fn offered<T: PartialEq>(wanted: T, offer: &[T]) -> Option<T> {
    offer.contains(&wanted).then_some(wanted)
}

fn integer(value: &IppValue) -> Option<i32> {
    match value {
        IppValue::Integer(number) => Some(*number),
        _ => None,
    }
}

fn enumerated(value: &IppValue) -> Option<i32> {
    match value {
        IppValue::Enum(number) => Some(*number),
        _ => None,
    }
}

/// Ranges of pages in ascending order, none of which meets another
/// (RFC 8011, section 5.2.7).
fn page_ranges(value: &IppValue) -> Option<Vec<(u32, u32)>> {
    let mut ranges: Vec<(u32, u32)> = Vec::new();
    for range in values(value) {
        let IppValue::RangeOfInteger { min, max } = range else { return None };
        let first = u32::try_from(*min).ok()?;
        let last = u32::try_from(*max).ok()?;
        let before = ranges.last().map_or(0, |range| range.1);
        if first <= before || last < first || ranges.len() == MOST_RANGES {
            return None;
        }
        ranges.push((first, last));
    }
    Some(ranges)
}

/// Every finishing that is wanted, if the printer has them all. It staples in
/// one place and punches in one.
fn finishings(
    value: &IppValue,
    printer: &Description,
) -> Option<Vec<Finishing>> {
    let mut wanted = Vec::new();
    for value in values(value) {
        let number = enumerated(value)?;
        if number == NO_FINISHING {
            continue;
        }
        let finishing = Finishing::from_number(number)?;
        let finishing = offered(finishing, &printer.finishings)?;
        let same = |other: &Finishing| other.punches() == finishing.punches();
        match wanted.iter().find(|other| same(other)) {
            Some(other) if *other == finishing => {}
            Some(_) => return None,
            None => wanted.push(finishing),
        }
    }
    Some(wanted)
}

fn overrides_nothing(value: &IppValue) -> bool {
    let IppValue::Collection(members) = value else { return false };
    members.keys().all(|name| OVERRIDES.contains(&name.as_str()))
}
