//! Values of attributes, made from our own words.
//!
//! Each is cut to the length that IPP allows for its type, so that making one
//! cannot fail.

use ipp::attribute::IppAttribute;
use ipp::prelude::IppValue;
use ipp::value::{BoundedString, IppDateTime, IppTextValue};

/// Out-of-band values: no value of any type, but a reason why there is none
/// (RFC 8010, section 3.5.2).
const UNSUPPORTED: u8 = 0x10;
const UNKNOWN: u8 = 0x12;

/// Dots per inch, as IPP numbers units (RFC 8011, section 5.1.16).
pub const PER_INCH: i8 = 3;

/// The longest text in bytes.
const LONGEST_TEXT: usize = 1023;

/// An attribute with one of our own names.
pub fn attribute(name: &str, value: IppValue) -> IppAttribute {
    IppAttribute::new(bounded::<255>(name), value)
}

/// Several values of one type; one alone is that value itself.
pub fn several(values: impl IntoIterator<Item = IppValue>) -> IppValue {
    let mut values: Vec<IppValue> = values.into_iter().collect();
    match values.len() {
        0 => IppValue::NoValue,
        1 => values.remove(0),
        _ => IppValue::Array(values),
    }
}

/// A keyword.
pub fn keyword(word: &str) -> IppValue {
    IppValue::Keyword(bounded(word))
}

/// Several keywords.
pub fn keywords<'w>(words: impl IntoIterator<Item = &'w str>) -> IppValue {
    several(words.into_iter().map(keyword))
}

/// Text for people, cut at 1,023 bytes.
pub fn text(text: &str) -> IppValue {
    let text = IppTextValue::new(cut(text, LONGEST_TEXT));
    text.map_or(IppValue::NoValue, IppValue::TextWithoutLanguage)
}

/// A name.
pub fn name(name: &str) -> IppValue {
    IppValue::NameWithoutLanguage(bounded(name))
}

/// A URI.
pub fn uri(uri: &str) -> IppValue {
    IppValue::Uri(bounded(uri))
}

/// A media type, such as `application/pdf`.
pub fn mime_type(kind: &str) -> IppValue {
    IppValue::MimeMediaType(bounded(kind))
}

/// The one character set that is spoken here.
pub fn charset() -> IppValue {
    IppValue::Charset(bounded("utf-8"))
}

/// The language of all texts.
pub fn language() -> IppValue {
    IppValue::NaturalLanguage(bounded("en"))
}

/// A number, as large as there are.
pub fn integer(number: impl TryInto<i32>) -> IppValue {
    IppValue::Integer(number.try_into().unwrap_or(i32::MAX))
}

/// Several numbers of an enumeration.
pub fn enums(numbers: impl IntoIterator<Item = i32>) -> IppValue {
    several(numbers.into_iter().map(IppValue::Enum))
}

/// All numbers from `min` to `max`.
pub fn range(min: i32, max: i32) -> IppValue {
    IppValue::RangeOfInteger { min, max }
}

/// Dots per inch, as many across as down.
pub fn resolution(dpi: u16) -> IppValue {
    let dpi = i32::from(dpi);
    IppValue::Resolution { cross_feed: dpi, feed: dpi, units: PER_INCH }
}

/// Bytes that are not shown to people.
pub fn octets(text: &str) -> IppValue {
    IppValue::OctetString(cut(text, LONGEST_TEXT).to_owned().into())
}

/// Attributes within an attribute (RFC 8010, section 3.1.6).
pub fn collection(
    members: impl IntoIterator<Item = (&'static str, IppValue)>,
) -> IppValue {
    let members = members.into_iter();
    IppValue::Collection(
        members.map(|(name, value)| (bounded(name), value)).collect(),
    )
}

/// The value that stands for an attribute that nobody knows.
pub fn unsupported() -> IppValue {
    IppValue::Other { tag: UNSUPPORTED, data: Default::default() }
}

/// The value of what exists and is not known.
pub fn unknown() -> IppValue {
    IppValue::Other { tag: UNKNOWN, data: Default::default() }
}

/// A moment in UTC (RFC 2579, `DateAndTime`).
pub fn date_time(millis: u64) -> IppValue {
    let seconds = millis / 1000;
    let (year, month, day) = civil_date(seconds / 86_400);
    let part = |divisor: u64, modulus: u64| {
        u8::try_from(seconds / divisor % modulus).unwrap_or_default()
    };
    IppValue::DateTime(IppDateTime {
        year,
        month,
        day,
        hour: part(3600, 24),
        minutes: part(60, 60),
        seconds: part(1, 60),
        deci_seconds: u8::try_from(millis / 100 % 10).unwrap_or_default(),
        utc_dir: '+',
        utc_hours: 0,
        utc_mins: 0,
    })
}

/// Year, month and day of a number of days since 1970. The year is taken to
/// begin in March, so that the day of a leap year comes last.
fn civil_date(days: u64) -> (u16, u8, u8) {
    // Days since the first of March of the year 0, and the cycle of 400 years.
    let days = days.saturating_add(719_468);
    let (cycle, day) = (days / 146_097, days % 146_097);
    let year = (day - day / 1460 + day / 36_524 - day / 146_096) / 365;
    let day = day - (365 * year + year / 4 - year / 100);
    let month = (5 * day + 2) / 153;
    let day = day - (153 * month + 2) / 5 + 1;
    let month = if month < 10 { month + 3 } else { month - 9 };
    let year = cycle * 400 + year + u64::from(month <= 2);
    let small = |number| u8::try_from(number).unwrap_or_default();
    (u16::try_from(year).unwrap_or(u16::MAX), small(month), small(day))
}

fn bounded<const MAX: usize>(text: &str) -> BoundedString<MAX> {
    BoundedString::new_truncated(cut(text, MAX))
}

/// The text, as far as it fits into this number of bytes.
fn cut(text: &str, most: usize) -> &str {
    &text[..text.floor_char_boundary(most)]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_has_the_date_of_the_calendar() {
        for (days, date) in [
            (0, (1970, 1, 1)),
            (11_016, (2000, 2, 29)),
            (11_017, (2000, 3, 1)),
            (20_785, (2026, 11, 28)),
            (47_540, (2100, 2, 28)),
            (47_541, (2100, 3, 1)),
        ] {
            assert_eq!(civil_date(days), date, "{days}");
        }
    }

    #[test]
    fn a_text_is_cut_between_two_letters() {
        let IppValue::Keyword(word) = keyword(&"ü".repeat(200)) else {
            panic!("a keyword");
        };
        assert_eq!(word.as_str(), "ü".repeat(127));
    }
}
