//! The choice of pages: `3-7,10`.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

/// A choice of pages, as a person types it: `3-7,10`, `5-` or `-2`.
///
/// Pages count from 1. They are printed in the document's order and once
/// each, whatever the order of the ranges.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct PageRanges(Vec<(u32, Option<u32>)>);

/// Why a choice of pages cannot be printed.
#[derive(
    Clone, Debug, PartialEq, Eq, thiserror::Error, Serialize, Deserialize,
)]
pub enum RangeError {
    /// The text is not a list of pages.
    #[error("{0:?} is not a choice of pages; write for example 3-7,10")]
    Syntax(String),
    /// A range ends before it begins.
    #[error("the range {first}-{last} runs backwards; write {last}-{first}")]
    Reversed {
        /// The page before the dash.
        first: u32,
        /// The page after it.
        last: u32,
    },
    /// A page is named that the document does not have.
    #[error("page {page} is not in the document, which has {pages} pages")]
    OutsideDocument {
        /// The page that was asked for.
        page: u32,
        /// How many pages the document has.
        pages: u32,
    },
}

impl PageRanges {
    /// The chosen pages of a document of `pages` pages, ascending, from 1.
    ///
    /// # Errors
    /// [`RangeError::OutsideDocument`] when a named page does not exist.
    pub fn resolve(&self, pages: u32) -> Result<Vec<u32>, RangeError> {
        let mut chosen = Vec::new();
        for &(first, last) in &self.0 {
            let last = last.unwrap_or(pages.max(first));
            if last > pages {
                let page = if first > pages { first } else { last };
                return Err(RangeError::OutsideDocument { page, pages });
            }
            chosen.extend(first..=last);
            chosen.sort_unstable();
            chosen.dedup();
        }
        Ok(chosen)
    }
}

impl FromStr for PageRanges {
    type Err = RangeError;

    fn from_str(text: &str) -> Result<PageRanges, RangeError> {
        let syntax = || RangeError::Syntax(text.chars().take(60).collect());
        let number = |digits: &str| match digits.trim().parse::<u32>() {
            Ok(page) if page > 0 && !digits.contains('+') => Ok(page),
            _ => Err(syntax()),
        };
        let range = |part: &str| match part.split_once('-') {
            None => number(part).map(|page| (page, Some(page))),
            Some((first, "")) => Ok((number(first)?, None)),
            Some(("", last)) => Ok((1, Some(number(last)?))),
            Some((first, last)) => {
                let (first, last) = (number(first)?, number(last)?);
                if first > last {
                    return Err(RangeError::Reversed { first, last });
                }
                Ok((first, Some(last)))
            }
        };
        // A thousand ranges is more than a person types, and little memory.
        if text.len() > 10_000 {
            return Err(syntax());
        }
        text.split(',')
            .map(|part| range(part.trim()))
            .collect::<Result<_, _>>()
            .map(PageRanges)
    }
}

impl fmt::Display for PageRanges {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (place, (first, last)) in self.0.iter().enumerate() {
            let comma = if place > 0 { "," } else { "" };
            match last {
                Some(last) if last == first => write!(f, "{comma}{first}")?,
                Some(last) => write!(f, "{comma}{first}-{last}")?,
                None => write!(f, "{comma}{first}-")?,
            }
        }
        Ok(())
    }
}

impl TryFrom<String> for PageRanges {
    type Error = RangeError;

    fn try_from(text: String) -> Result<PageRanges, RangeError> {
        text.parse()
    }
}

impl From<PageRanges> for String {
    fn from(ranges: PageRanges) -> String {
        ranges.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chosen(text: &str, pages: u32) -> Result<Vec<u32>, RangeError> {
        text.parse::<PageRanges>()?.resolve(pages)
    }

    #[test]
    fn ranges_are_printed_in_the_documents_order_and_once_each() {
        assert_eq!(chosen("10, 3-5,4-6", 12), Ok(vec![3, 4, 5, 6, 10]));
        assert_eq!(chosen("-2,11-", 12), Ok(vec![1, 2, 11, 12]));
    }

    #[test]
    fn what_is_not_a_range_is_refused_with_its_own_words() {
        for wrong in ["", "-", "0", "1-0", "a", "1,,2", "1-2-3", "+1", "2.5"] {
            let error = chosen(wrong, 9).unwrap_err();
            assert_eq!(error, RangeError::Syntax(wrong.into()), "{wrong}");
        }
        let reversed = RangeError::Reversed { first: 7, last: 3 };
        assert_eq!(chosen("7-3", 9), Err(reversed));
    }

    #[test]
    fn a_page_outside_the_document_is_named_with_the_number_of_pages() {
        let outside =
            |page| Err(RangeError::OutsideDocument { page, pages: 9 });
        assert_eq!(chosen("8-10", 9), outside(10));
        assert_eq!(chosen("12", 9), outside(12));
        assert_eq!(chosen("12-", 9), outside(12));
        assert_eq!(chosen("1-4294967295", 9), outside(u32::MAX));
    }

    #[test]
    fn a_choice_survives_the_trip_through_json() {
        let ranges: PageRanges = "3-7,10,12-".parse().unwrap();
        let json = serde_json::to_string(&ranges).unwrap();
        assert_eq!(json, r#""3-7,10,12-""#);
        assert_eq!(serde_json::from_str::<PageRanges>(&json).unwrap(), ranges);
    }
}
