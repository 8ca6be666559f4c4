//! The ticket: how a job is to be printed, and for whom.

use std::net::IpAddr;

/// How a job is to be printed, and for whom. Only what the printer's
/// [`Description`](crate::Description) offers gets into a ticket; `None` leaves
/// the choice to the program.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Ticket {
    /// The job's name, at most 255 bytes without control characters.
    pub name: String,
    /// The name under which the sender has signed in: the job's owner.
    pub owner: Option<String>,
    /// What the sender calls themselves (`requesting-user-name`). To be shown,
    /// never to be believed.
    pub said_name: String,
    /// The address that the job came from.
    pub host: Option<IpAddr>,
    /// How many copies; `None` is one.
    pub copies: Option<u16>,
    /// Whether copies come in sorted sets (`multiple-document-handling`).
    pub collated: Option<bool>,
    /// One side of the paper, or both (`sides`).
    pub sides: Option<Sides>,
    /// Colours or grey (`print-color-mode`).
    pub color_mode: Option<ColorMode>,
    /// The paper (`media` or `media-col`).
    pub media: Option<MediaChoice>,
    /// The pages to print, from 1, first and last; empty for all of them.
    pub page_ranges: Vec<(u32, u32)>,
    /// How the pages stand (`orientation-requested`).
    pub orientation: Option<Orientation>,
    /// How pages are made to fit the paper (`print-scaling`).
    pub scaling: Option<Scaling>,
    /// How much toner and time to spend (`print-quality`).
    pub quality: Option<Quality>,
    /// Dots per inch (`printer-resolution`).
    pub resolution: Option<u16>,
    /// What is done to the paper afterwards, without `none`.
    pub finishings: Vec<Finishing>,
    /// How many pages go on one side (`number-up`).
    pub number_up: Option<u8>,
    /// Whether a banner page comes first (`job-sheets`).
    pub banner: Option<bool>,
    /// The job waits until somebody releases it (`job-hold-until`).
    pub hold: bool,
    /// The PIN that releases it (`job-password`); the job is held then.
    pub pin: Option<Pin>,
}

impl Ticket {
    /// What this ticket says of the printing, and where it says nothing, what
    /// the other one did.
    pub(crate) fn or(self, other: Ticket) -> Ticket {
        let pages = match self.page_ranges.is_empty() {
            true => other.page_ranges,
            false => self.page_ranges,
        };
        let finishings = match self.finishings.is_empty() {
            true => other.finishings,
            false => self.finishings,
        };
        Ticket {
            copies: self.copies.or(other.copies),
            collated: self.collated.or(other.collated),
            sides: self.sides.or(other.sides),
            color_mode: self.color_mode.or(other.color_mode),
            media: self.media.or(other.media),
            page_ranges: pages,
            orientation: self.orientation.or(other.orientation),
            scaling: self.scaling.or(other.scaling),
            quality: self.quality.or(other.quality),
            resolution: self.resolution.or(other.resolution),
            finishings,
            number_up: self.number_up.or(other.number_up),
            banner: self.banner.or(other.banner),
            ..self
        }
    }
}

/// A PIN, kept out of logs.
#[derive(Clone, PartialEq, Eq)]
pub struct Pin(String);

impl Pin {
    /// The PIN with these characters.
    #[must_use]
    pub fn new(digits: impl Into<String>) -> Pin {
        Pin(digits.into())
    }

    /// Its characters.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl std::fmt::Debug for Pin {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Pin(…)")
    }
}

/// Writes an enum of which each variant is a keyword of IPP.
macro_rules! keywords {
    ($(#[$about:meta])* $name:ident {
        $($(#[$doc:meta])* $variant:ident = $word:literal),* $(,)?
    }) => {
        $(#[$about])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum $name { $($(#[$doc])* $variant),* }

        impl $name {
            /// All of them.
            pub const ALL: &[$name] = &[$($name::$variant),*];

            /// Its keyword in IPP.
            #[must_use]
            pub fn keyword(self) -> &'static str {
                match self { $($name::$variant => $word),* }
            }

            /// The one with this keyword.
            #[must_use]
            pub fn from_keyword(word: &str) -> Option<$name> {
                match word { $($word => Some($name::$variant),)* _ => None }
            }
        }
    };
}

keywords! {
    /// One side of the paper or both (RFC 8011, section 5.2.8).
    Sides {
        /// One side.
        One = "one-sided",
        /// Both, to be turned like a book's leaf.
        LongEdge = "two-sided-long-edge",
        /// Both, to be turned like a notepad's.
        ShortEdge = "two-sided-short-edge",
    }
}

keywords! {
    /// Colours or grey (PWG 5100.14, section 5.2.3).
    ColorMode {
        /// As the document is.
        Auto = "auto",
        /// In colour.
        Color = "color",
        /// In shades of grey.
        Monochrome = "monochrome",
    }
}

keywords! {
    /// How pages are made to fit the paper (PWG 5100.16, section 5.2).
    Scaling {
        /// As the printer thinks best.
        Auto = "auto",
        /// Shrunk where something would be cut off, else left as they are.
        AutoFit = "auto-fit",
        /// As large as they fit on the paper whole.
        Fit = "fit",
        /// As small as they cover the paper whole.
        Fill = "fill",
        /// Left as they are.
        None = "none",
    }
}

ipp_message::numbers! {
    /// How pages stand on the paper (RFC 8011, section 5.2.10).
    Orientation {
        /// Upright.
        Portrait = 3,
        /// Turned by 90 degrees against the clock.
        Landscape = 4,
        /// Turned by 90 degrees with the clock.
        ReverseLandscape = 5,
        /// Upside down.
        ReversePortrait = 6,
    }
}

ipp_message::numbers! {
    /// How much toner and time to spend (RFC 8011, section 5.2.13).
    Quality {
        /// Little.
        Draft = 3,
        /// The usual.
        Normal = 4,
        /// Much.
        High = 5,
    }
}

ipp_message::numbers! {
    /// What is done to the printed paper (RFC 8011, section 5.2.6, and
    /// PWG 5100.1, section 6). "Left" and "top" are those of the upright page.
    Finishing {
        /// A staple wherever the printer has its place for one.
        Staple = 4,
        /// Holes wherever the printer has its place for them.
        Punch = 5,
        /// One staple in the corner at the top left.
        StapleTopLeft = 20,
        /// One staple in the corner at the bottom left.
        StapleBottomLeft = 21,
        /// One staple in the corner at the top right.
        StapleTopRight = 22,
        /// Two staples along the left edge.
        StapleDualLeft = 28,
        /// Two staples along the top edge.
        StapleDualTop = 29,
        /// Two staples along the right edge.
        StapleDualRight = 30,
        /// Two holes along the left edge.
        PunchDualLeft = 74,
        /// Two holes along the top edge.
        PunchDualTop = 75,
        /// Two holes along the right edge.
        PunchDualRight = 76,
        /// Three holes along the left edge.
        PunchTripleLeft = 78,
        /// Three holes along the top edge.
        PunchTripleTop = 79,
        /// Three holes along the right edge.
        PunchTripleRight = 80,
        /// Four holes along the left edge.
        PunchQuadLeft = 82,
        /// Four holes along the top edge.
        PunchQuadTop = 83,
        /// Four holes along the right edge.
        PunchQuadRight = 84,
    }
}

impl Finishing {
    /// Whether it makes holes; the others staple.
    pub(crate) fn punches(self) -> bool {
        matches!(self.number(), 5 | 70..=93)
    }
}

/// The paper that a job asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MediaChoice {
    /// The paper's size, one of the printer's, if it matters.
    pub paper: Option<crate::Paper>,
    /// The tray, by its keyword in [`Description::trays`](
    /// crate::Description::trays).
    pub source: Option<String>,
    /// The kind of paper, by its keyword (`stationery`).
    pub kind: Option<String>,
    /// Whether the page goes to the paper's very edge (all margins are zero).
    pub borderless: bool,
}
