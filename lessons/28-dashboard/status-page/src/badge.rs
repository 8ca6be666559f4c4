//! A badge: a small picture with two words, for a page of somebody else.

use dashboard::api::State;
use maud::{Markup, html};
use report::format;
use unicode_width::UnicodeWidthStr;

use crate::figures::PartFigures;
use crate::page::state_in_words;

/// About the width of a letter of 11 pixels. The picture states the width of
/// each text, so that it fits in whatever font it is drawn.
const LETTER: usize = 7;
/// The room at each side of a text.
const ROOM: usize = 6;
/// White on these can be read (WCAG 2.2, section 1.4.3).
const LABEL: &str = "#444d56";
const GOOD: &str = "#14713d";
const WARN: &str = "#8a5700";
const BAD: &str = "#b42318";
const GREY: &str = "#57606a";

/// The state of a part.
pub(crate) fn of_state(part: &PartFigures) -> Markup {
    let color = match part.state {
        _ if part.in_work => GREY,
        State::Up => GOOD,
        State::Degraded => WARN,
        State::Down => BAD,
        _ => GREY,
    };
    badge(&part.name, state_in_words(part), color)
}

/// The availability of a part in the last days.
pub(crate) fn of_days(part: &PartFigures, days: usize) -> Markup {
    let (figure, color) = match part.availability(days) {
        None => ("not watched".to_owned(), GREY),
        Some(share) => {
            let color = match share {
                0.99.. => GOOD,
                0.95.. => WARN,
                _ => BAD,
            };
            (format::share(share), color)
        }
    };
    let of = format::plural(days, "day");
    badge(&part.name, &format!("{figure} in {of}"), color)
}

/// A name on grey beside words on a colour.
fn badge(name: &str, words: &str, color: &str) -> Markup {
    let (left, right) = (name.width() * LETTER, words.width() * LETTER);
    let edge = left + 2 * ROOM;
    let width = edge + right + 2 * ROOM;
    let said = format!("{name}: {words}");
    html! {
        svg xmlns="http://www.w3.org/2000/svg" width=(width) height="20"
            role="img" aria-label=(said) {
            title { (said) }
            rect width=(width) height="20" rx="3" fill=(LABEL) {}
            path d={ "M" (edge) " 0h" (width - edge - 3) "a3 3 0 0 1 3 3v14a3 "
                "3 0 0 1-3 3h-" (width - edge - 3) "z" } fill=(color) {}
            g fill="#fff" font-family="Verdana,DejaVu Sans,sans-serif"
                font-size="11" {
                text x=(ROOM) y="14" textLength=(left)
                    lengthAdjust="spacingAndGlyphs" { (name) }
                text x=(edge + ROOM) y="14" textLength=(right)
                    lengthAdjust="spacingAndGlyphs" { (words) }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::day::Day;

    fn part(down: i64) -> PartFigures {
        let day = Day { watched: 1_000, down, ..Day::default() };
        PartFigures {
            name: "A & B".to_owned(),
            state: State::Up,
            in_work: false,
            days: vec![day],
        }
    }

    #[test]
    fn a_badge_says_the_state_or_the_availability() {
        let state = of_state(&part(0)).into_string();
        assert!(state.starts_with("<svg xmlns="), "{state}");
        assert!(state.contains("A &amp; B: works"), "{state}");
        let days = of_days(&part(2), 30).into_string();
        assert!(days.contains("99.80\u{a0}% in 30 days"), "{days}");
        assert!(days.contains(GOOD));
        assert!(of_days(&part(20), 1).into_string().contains(WARN));
        assert!(of_days(&part(200), 1).into_string().contains(BAD));
    }
}
