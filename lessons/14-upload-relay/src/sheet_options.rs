//! The options of a job that are about sheets: how pages come onto them, and
//! what becomes of them.

use driver::{
    MediaType, NumberUp, Orientation, Punch, Quality, Scaling, Settings,
    Staple, Tray,
};
use printer::{Edge, JobTicket};
use serde::{Deserialize, Serialize};

use crate::Refusal;

/// How pages come onto sheets, and what becomes of the sheets.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct SheetOptions {
    /// How large a page is drawn.
    pub scaling: Scaling,
    /// How many pages lie on a side.
    pub number_up: NumberUp,
    /// How a sheet is held; when absent, as its first page wants it.
    pub orientation: Option<Orientation>,
    /// The tray; when absent, the one that has the paper.
    pub tray: Option<Tray>,
    /// The kind of paper; when absent, any.
    pub media_type: Option<MediaType>,
    /// Where each set is stapled, if it is.
    pub staple: Option<Staple>,
    /// Where each sheet is punched, if it is.
    pub punch: Option<Punch>,
    /// Whether all is drawn lighter.
    pub save_toner: bool,
    /// How much effort is spent.
    pub quality: Quality,
    /// Dots per inch, 300 or 600; when absent, what the quality says.
    pub resolution: Option<u16>,
    /// Whether a banner page comes first, which says whose job it is.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub banner: bool,
}

/// What the printer's finisher can do. Printers do not say: an administrator
/// does.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Finisher {
    /// Whether there is a stapler.
    pub staples: bool,
    /// Whether there is a punch.
    pub punches: bool,
}

impl SheetOptions {
    /// Whether nothing was asked for.
    #[must_use]
    pub fn is_default(&self) -> bool {
        *self == SheetOptions::default()
    }

    /// Dots per inch, where `normal` is the server's own.
    #[must_use]
    pub fn dpi(&self, normal: u16) -> u16 {
        self.resolution.unwrap_or(self.quality.dpi(normal))
    }

    /// How many sides hold `pages` pages.
    #[must_use]
    pub fn sides(&self, pages: u32) -> u32 {
        pages.div_ceil(self.number_up.get().into())
    }

    /// Tells the driver.
    pub(crate) fn apply(&self, settings: &mut Settings) {
        settings.dpi = self.dpi(settings.dpi);
        settings.scaling = self.scaling;
        settings.number_up = self.number_up;
        settings.orientation = self.orientation;
        settings.tray = self.tray;
        settings.media_type = self.media_type;
        settings.save_toner = self.save_toner;
        settings.staple = self.staple;
        settings.punch = self.punch;
    }

    /// Tells the printer's finisher.
    pub(crate) fn finish(&self, ticket: &mut JobTicket) {
        ticket.staple = self.staple.map(|staple| match staple {
            Staple::TopLeft => printer::Staple::TopLeft,
            Staple::BottomLeft => printer::Staple::BottomLeft,
            Staple::TopRight => printer::Staple::TopRight,
            Staple::DualLeft => printer::Staple::Along(Edge::Left),
            Staple::DualTop => printer::Staple::Along(Edge::Top),
            Staple::DualRight => printer::Staple::Along(Edge::Right),
        });
        ticket.punch = self.punch.map(|punch| {
            let edge = match punch {
                Punch::DualLeft | Punch::TripleLeft | Punch::QuadLeft => {
                    Edge::Left
                }
                Punch::DualTop | Punch::TripleTop | Punch::QuadTop => Edge::Top,
                Punch::DualRight | Punch::TripleRight | Punch::QuadRight => {
                    Edge::Right
                }
            };
            printer::Punch { edge, holes: punch.holes() }
        });
    }

    /// Sets the option that a field of the form names. False when the field is
    /// another's.
    ///
    /// # Errors
    /// What the field can be.
    pub(crate) fn set(
        &mut self,
        name: &str,
        value: &str,
    ) -> Result<bool, Refusal> {
        let wrong = |field, expected: &str| Refusal::Field {
            field,
            value: value.to_owned(),
            expected: expected.to_owned(),
        };
        // What is left empty is not asked for.
        let text = Some(value).filter(|text| !text.trim().is_empty());
        match name {
            "scaling" => {
                self.scaling = keyword(text, "scaling")?.unwrap_or_default();
            }
            "number-up" => {
                let number = text.map(|text| {
                    let number = text.parse().ok().and_then(NumberUp::new);
                    let numbers = "say 1, 2, 4, 6, 9 or 16";
                    number.ok_or_else(|| wrong("number-up", numbers))
                });
                self.number_up = number.transpose()?.unwrap_or_default();
            }
            "orientation" => self.orientation = keyword(text, "orientation")?,
            "tray" => self.tray = keyword(text, "tray")?,
            "media-type" => self.media_type = keyword(text, "media-type")?,
            "staple" => {
                self.staple = match yes_or_no(value) {
                    Some(yes) => yes.then_some(Staple::TopLeft),
                    None => keyword(text, "staple")?,
                }
            }
            "punch" => {
                self.punch = match yes_or_no(value) {
                    Some(yes) => yes.then_some(Punch::DualLeft),
                    None => keyword(text, "punch")?,
                }
            }
            "save-toner" => {
                let yes = yes_or_no(value);
                let expected = "say true or false";
                self.save_toner =
                    yes.ok_or_else(|| wrong("save-toner", expected))?;
            }
            "banner" => {
                let yes = yes_or_no(value);
                let expected = "say true or false";
                self.banner = yes.ok_or_else(|| wrong("banner", expected))?;
            }
            "quality" => {
                self.quality = keyword(text, "quality")?.unwrap_or_default();
            }
            "resolution" => {
                self.resolution = match text {
                    None => None,
                    Some("300") => Some(300),
                    Some("600") => Some(600),
                    _ => return Err(wrong("resolution", "say 300 or 600")),
                }
            }
            _ => return Ok(false),
        }
        Ok(true)
    }

    /// Refuses what this finisher cannot do.
    ///
    /// # Errors
    /// [`Refusal::Field`].
    pub(crate) fn check(&self, finisher: Finisher) -> Result<(), Refusal> {
        let cannot = |field, value: String, what: &str| {
            let expected = format!(
                "this server's printer has no {what}, as far as its \
                 administrator has said"
            );
            Err(Refusal::Field { field, value, expected })
        };
        match (self.staple, self.punch) {
            (Some(staple), _) if !finisher.staples => {
                cannot("staple", staple.to_string(), "stapler")
            }
            (_, Some(punch)) if !finisher.punches => {
                cannot("punch", punch.to_string(), "punch")
            }
            _ => Ok(()),
        }
    }

    /// Refuses all options for what goes to the printer as it is.
    ///
    /// # Errors
    /// [`Refusal::Field`].
    pub(crate) fn check_raw(&self) -> Result<(), Refusal> {
        if self.is_default() {
            return Ok(());
        }
        Err(Refusal::Field {
            field: "format",
            value: "raw".to_owned(),
            expected:
                "raw data goes to the printer as it is, without scaling, \
                       finishing or any other option for its sheets"
                    .to_owned(),
        })
    }
}

/// A field's value as one of its keywords.
fn keyword<T>(
    text: Option<&str>,
    field: &'static str,
) -> Result<Option<T>, Refusal>
where
    T: std::str::FromStr<Err = driver::UnknownKeyword>,
{
    let Some(text) = text else { return Ok(None) };
    text.parse().map(Some).map_err(|error: driver::UnknownKeyword| {
        Refusal::Field {
            field,
            value: error.text,
            expected: format!("say {}", error.known.join(", ")),
        }
    })
}

/// A value that says yes or no; the empty one says no.
pub(crate) fn yes_or_no(value: &str) -> Option<bool> {
    match value {
        "true" | "yes" | "on" | "1" => Some(true),
        "false" | "no" | "off" | "0" | "" => Some(false),
        _ => None,
    }
}
