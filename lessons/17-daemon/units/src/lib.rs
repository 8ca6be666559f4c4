//! Durations, sizes and thresholds, as people write them in options and files.
//!
//! ```
//! use std::time::Duration;
//!
//! assert_eq!(units::duration("1h30m"), Ok(Duration::from_secs(5400)));
//! assert_eq!(units::in_words(Duration::from_secs(5400)), "1h 30m");
//! assert_eq!(units::size("100MB"), Ok(100_000_000));
//! ```

use std::fmt;
use std::marker::PhantomData;
use std::ops::RangeInclusive;
use std::time::Duration;

use serde::de::{self, IntoDeserializer};
use serde::{Deserialize, Deserializer};

/// A day, in seconds.
const DAY: u64 = 24 * 60 * 60;

/// The longest duration that is accepted: a longer one is a typing error, and
/// would not fit a clock.
const MAX_DURATION: Duration = Duration::from_secs(100 * 365 * DAY);

/// The shortest and the longest duration that an option in seconds takes. A
/// program that waited for longer than a day would seem to wait for ever.
const OPTION: RangeInclusive<Duration> =
    Duration::from_millis(100)..=Duration::from_secs(DAY);

/// A duration such as `"500ms"`, `"10m"` or `"1h30m"`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Length(
    /// The duration.
    pub Duration,
);

/// A size such as `"200MB"`, or a number of bytes.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Size(
    /// In bytes.
    pub u64,
);

/// A threshold: a number, or one with its unit.
#[derive(Debug, Clone, PartialEq)]
pub enum Amount {
    /// A number alone.
    Plain(f64),
    /// A number and its unit.
    WithUnit(f64, String),
}

/// A list of values; a single one needs no brackets.
#[derive(Debug, Clone, PartialEq)]
pub struct OneOrMore<T>(
    /// The values.
    pub Vec<T>,
);

/// Reads `"500ms"`, `"1s"`, `"10m"`, `"4h"`, `"30d"`, `"2w"`, `"1y"` and
/// several of them in a row, such as `"1h30m"`. A year has 365 days.
///
/// # Errors
/// A message for a person, when the text is something else, or longer than 100
/// years.
pub fn duration(text: &str) -> Result<Duration, String> {
    let wrong = || {
        format!(
            "`{}` is no length of time: write a number with its unit, such \
             as \"500ms\", \"10s\", \"5m\", \"4h\" or \"30d\"",
            text.escape_debug()
        )
    };
    let mut rest = text.trim();
    if rest.is_empty() {
        return Err(wrong());
    }
    let mut total = Duration::ZERO;
    while !rest.is_empty() {
        let (number, unit, after) = number_and_unit(rest).ok_or_else(wrong)?;
        let seconds = match unit {
            "ms" => 0.001,
            "s" => 1.0,
            "m" | "min" => 60.0,
            "h" => 3600.0,
            "d" => DAY as f64,
            "w" => (7 * DAY) as f64,
            "y" => (365 * DAY) as f64,
            _ => return Err(wrong()),
        };
        let part = Duration::try_from_secs_f64(number * seconds)
            .map_err(|_| wrong())?;
        total = total.saturating_add(part);
        if total > MAX_DURATION {
            return Err(format!("`{text}` is longer than 100 years"));
        }
        rest = after;
    }
    Ok(total)
}

/// Reads an option that counts seconds: `"90"`, or with a unit, as `"1m30s"`.
///
/// # Errors
/// A message for a person, when the text is something else, below 0.1 s, or
/// longer than a day.
pub fn seconds(text: &str) -> Result<Duration, String> {
    let read = match text.parse::<f64>() {
        Ok(number) => Duration::try_from_secs_f64(number).ok(),
        Err(_) => duration(text).ok(),
    };
    match read {
        Some(time) if OPTION.contains(&time) => Ok(time),
        _ => Err("say a number of seconds from 0.1 to 86400, which is a day, \
                  or a time with its unit, such as 90s or 2m"
            .to_owned()),
    }
}

/// Writes a duration in its two largest units, such as `"1h 30m"` or `"500ms"`.
/// [`duration`] can read the text.
pub fn in_words(time: Duration) -> String {
    if time < Duration::from_secs(1) {
        return format!("{}ms", time.as_millis());
    }
    let mut seconds = time.as_secs();
    let mut words = Vec::new();
    for (length, unit) in [(DAY, "d"), (3600, "h"), (60, "m"), (1, "s")] {
        if seconds >= length {
            words.push(format!("{}{unit}", seconds / length));
            seconds %= length;
        }
    }
    if words.len() == 1 && time.subsec_millis() > 0 && time.as_secs() < 60 {
        return format!("{}s", time.as_millis() as f64 / 1000.0);
    }
    // Two units say enough: "3d 4h".
    words.truncate(2);
    words.join(" ")
}

/// Reads `"200MB"`, `"1GB"`, or with factors of 1024 `"64KiB"`, as bytes.
///
/// # Errors
/// A message for a person, when the text is something else, or above 10^15.
pub fn size(text: &str) -> Result<u64, String> {
    let wrong = || {
        format!(
            "`{}` is no amount of data: write a number with its unit, such \
             as \"200MB\" or \"1GB\"",
            text.escape_debug()
        )
    };
    let (number, unit, rest) =
        number_and_unit(text.trim()).ok_or_else(wrong)?;
    let bytes = match unit {
        "B" => 1.0,
        "kB" | "KB" => 1e3,
        "MB" => 1e6,
        "GB" => 1e9,
        "KiB" => 1024.0,
        "MiB" => 1024.0 * 1024.0,
        "GiB" => 1024.0 * 1024.0 * 1024.0,
        _ => return Err(wrong()),
    };
    if !rest.is_empty() || number * bytes > 1e15 {
        return Err(wrong());
    }
    Ok((number * bytes) as u64)
}

/// Splits off a number without a sign, and the letters that follow it.
fn number_and_unit(text: &str) -> Option<(f64, &str, &str)> {
    let digits = text
        .find(|letter: char| !letter.is_ascii_digit() && letter != '.')
        .unwrap_or(text.len());
    let number: f64 = text[..digits].parse().ok()?;
    let behind = text[digits..].trim_start();
    let letters = behind
        .find(|letter: char| letter.is_ascii_digit() || letter == ' ')
        .unwrap_or(behind.len());
    let (unit, rest) = behind.split_at(letters);
    Some((number, unit, rest.trim_start()))
}

impl Amount {
    /// The threshold in the unit of a metric: `"ms"`, `"bit/s"`, `"rpm"` or
    /// `"share"`.
    ///
    /// # Errors
    /// A message for a person, when the unit does not fit or the value is out
    /// of range.
    pub fn in_unit(&self, unit: &str) -> Result<f64, String> {
        let (number, written) = match self {
            Amount::Plain(number) => (*number, ""),
            Amount::WithUnit(number, written) => (*number, written.as_str()),
        };
        let value = match (unit, written) {
            ("ms", "" | "ms") => number,
            ("ms", "s") => number * 1e3,
            ("bit/s", "" | "bit/s" | "bps") => number,
            ("bit/s", "kbit/s" | "kbps") => number * 1e3,
            ("bit/s", "Mbit/s" | "Mbps") => number * 1e6,
            ("bit/s", "Gbit/s" | "Gbps") => number * 1e9,
            ("share", "") => number,
            ("share", "%") => number / 100.0,
            ("rpm", "" | "rpm" | "RPM") => number,
            ("days", "" | "d" | "day" | "days") => number,
            _ => {
                let like = match unit {
                    "ms" => "100 or \"100ms\"",
                    "bit/s" => "50_000_000 or \"50 Mbit/s\"",
                    "share" => "0.05 or \"5%\"",
                    "days" => "14 or \"14d\"",
                    _ => "300",
                };
                return Err(format!("`{written}` does not fit: write {like}"));
            }
        };
        match unit {
            "share" if value > 1.0 => Err("a share is between 0 and 1: \
                write 0.05 or \"5%\""
                .to_owned()),
            // Whoever writes 50 means megabits.
            "bit/s" if value < 1000.0 => Err(format!(
                "{value} bit/s is slower than any link: write 50_000_000 or \
                 \"50 Mbit/s\""
            )),
            _ => Ok(value),
        }
    }
}

struct List<T>(PhantomData<T>);

impl<'de, T: Deserialize<'de>> de::Visitor<'de> for List<T> {
    type Value = Vec<T>;
    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("one value, or a list of them")
    }
    fn visit_str<E: de::Error>(self, text: &str) -> Result<Vec<T>, E> {
        Ok(vec![T::deserialize(text.into_deserializer())?])
    }
    fn visit_i64<E: de::Error>(self, number: i64) -> Result<Vec<T>, E> {
        Ok(vec![T::deserialize(number.into_deserializer())?])
    }
    fn visit_seq<A: de::SeqAccess<'de>>(
        self,
        mut list: A,
    ) -> Result<Vec<T>, A::Error> {
        let mut values = Vec::new();
        while let Some(value) = list.next_element()? {
            values.push(value);
        }
        Ok(values)
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for OneOrMore<T> {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        from.deserialize_any(List(PhantomData)).map(OneOrMore)
    }
}

struct Words;

impl de::Visitor<'_> for Words {
    type Value = String;
    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a text with its unit, such as \"10s\"")
    }
    fn visit_str<E: de::Error>(self, text: &str) -> Result<String, E> {
        Ok(text.to_owned())
    }
}

impl<'de> Deserialize<'de> for Length {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Length, D::Error> {
        let text = from.deserialize_str(Words)?;
        duration(&text).map(Length).map_err(de::Error::custom)
    }
}

struct Number;

impl de::Visitor<'_> for Number {
    type Value = Amount;
    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a number, or a text with its unit")
    }
    fn visit_i64<E: de::Error>(self, number: i64) -> Result<Amount, E> {
        self.visit_f64(number as f64)
    }
    fn visit_f64<E: de::Error>(self, number: f64) -> Result<Amount, E> {
        if number >= 0.0 && number.is_finite() {
            return Ok(Amount::Plain(number));
        }
        Err(E::custom(format!("{number} is out of range: 0 is the least")))
    }
    fn visit_str<E: de::Error>(self, text: &str) -> Result<Amount, E> {
        match number_and_unit(text.trim()) {
            Some((number, unit, "")) if number.is_finite() => {
                Ok(Amount::WithUnit(number, unit.to_owned()))
            }
            _ => Err(E::custom(format!(
                "`{}` is no number with a unit",
                text.escape_debug()
            ))),
        }
    }
}

impl<'de> Deserialize<'de> for Amount {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Amount, D::Error> {
        from.deserialize_any(Number)
    }
}

impl<'de> Deserialize<'de> for Size {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Size, D::Error> {
        match Amount::deserialize(from)? {
            Amount::Plain(bytes) => Ok(Size(bytes as u64)),
            Amount::WithUnit(number, unit) => size(&format!("{number}{unit}"))
                .map(Size)
                .map_err(de::Error::custom),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_of_time_are_read_as_people_write_them() {
        for (text, milliseconds) in [
            ("500ms", 500),
            ("1s", 1_000),
            ("1.5s", 1_500),
            ("10m", 600_000),
            ("4h", 14_400_000),
            ("1h30m", 5_400_000),
            ("1h 30m", 5_400_000),
            ("30d", 30 * 86_400_000),
            ("0s", 0),
        ] {
            let read = duration(text).expect(text);
            assert_eq!(read, Duration::from_millis(milliseconds), "{text}");
        }
    }

    #[test]
    fn an_option_may_count_seconds_or_name_its_unit() {
        for (text, milliseconds) in
            [("90", 90_000), ("0.3", 300), ("1m30s", 90_000), ("100ms", 100)]
        {
            let read = seconds(text).expect(text);
            assert_eq!(read, Duration::from_millis(milliseconds), "{text}");
        }
        for text in [
            "", "0", "0.09", "-1", "NaN", "inf", "soon", "1e300", "86401",
            "25h",
        ] {
            let message = seconds(text).expect_err(text);
            assert!(message.contains("number of seconds"), "{message}");
        }
    }

    #[test]
    fn what_is_no_length_of_time_is_refused_in_words() {
        for text in ["", "10", "s", "-1s", "1 parsec", "1s,", "1..2s", "é"] {
            let said = duration(text).expect_err(text);
            assert!(said.contains("such as"), "{text}: {said}");
        }
        for text in ["99999999999999999999d", "101y"] {
            assert!(duration(text).is_err(), "{text}");
        }
    }

    #[test]
    fn what_is_said_can_be_read_again() {
        for text in ["500ms", "1s", "1.5s", "1m", "1h 30m", "30d"] {
            assert_eq!(in_words(duration(text).expect(text)), text);
        }
    }

    #[test]
    fn thresholds_know_their_metrics_unit() {
        let amount =
            |number, unit: &str| Amount::WithUnit(number, unit.to_owned());
        assert_eq!(amount(50.0, "Mbit/s").in_unit("bit/s"), Ok(5e7));
        assert_eq!(amount(5.0, "%").in_unit("share"), Ok(0.05));
        assert_eq!(Amount::Plain(100.0).in_unit("ms"), Ok(100.0));
        assert_eq!(amount(14.0, "d").in_unit("days"), Ok(14.0));
        for (wrong, unit) in [
            (Amount::Plain(50.0), "bit/s"),
            (Amount::Plain(5.0), "share"),
            (amount(50.0, "Mbit/s"), "ms"),
        ] {
            let said = wrong.in_unit(unit).expect_err("does not fit");
            assert!(said.contains("write"), "{said}");
        }
    }
}
