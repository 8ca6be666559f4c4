//! The style of a font: what can be told from its name and its description.

/// What a font looks like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Style {
    pub family: Family,
    pub bold: bool,
    pub italic: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Family {
    Sans,
    Serif,
    Mono,
}

/// Flags of a font's description (ISO 32000-2, table 121).
const FIXED_PITCH: u32 = 1 << 0;
const SERIF: u32 = 1 << 1;
const ITALIC: u32 = 1 << 6;
const FORCE_BOLD: u32 = 1 << 18;

const MONO_WORDS: [&str; 7] =
    ["courier", "mono", "consol", "typewriter", "fixed", "code", "terminal"];
const SANS_WORDS: [&str; 4] = ["sans", "arial", "helvetica", "gothic"];
const SERIF_WORDS: [&str; 20] = [
    "times",
    "serif",
    "roman",
    "mincho",
    "heiseimin",
    "song",
    "simsun",
    "ming",
    "mysungmyeongjo",
    "myeongjo",
    "batang",
    "georgia",
    "garamond",
    "palatino",
    "bookman",
    "bookantiqua",
    "century",
    "cambria",
    "minion",
    "schoolbook",
];

impl Style {
    /// The style of a font of this name, whose description has these flags.
    pub fn of(name: &str, flags: u32) -> Style {
        let name = name.to_ascii_lowercase();
        let has = |words: &[&str]| words.iter().any(|w| name.contains(w));
        let family = if has(&MONO_WORDS) || flags & FIXED_PITCH != 0 {
            Family::Mono
        } else if has(&SANS_WORDS) {
            Family::Sans
        } else if has(&SERIF_WORDS) || flags & SERIF != 0 {
            Family::Serif
        } else {
            Family::Sans
        };
        Style {
            family,
            bold: has(&["bold", "black", "heavy", "demi"])
                || flags & FORCE_BOLD != 0,
            italic: has(&["italic", "oblique"]) || flags & ITALIC != 0,
        }
    }
}
