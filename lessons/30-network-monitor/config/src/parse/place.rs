//! The table `[[place]]`, and the places of a target.

use std::time::Duration;

use serde::Deserialize;
use sign_in::account_name;
use toml::Spanned;

use super::{Named, Result, Source, Table};
use crate::Place;
use daemon::units::{Length, OneOrMore};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct PlaceTable {
    name: Spanned<String>,
    away_after: Option<Spanned<Length>>,
}

impl Named for PlaceTable {
    fn name(&self) -> &Spanned<String> {
        &self.name
    }
}

pub(super) fn place(
    source: &Source<'_>,
    table: Table<PlaceTable>,
) -> Result<Place> {
    let PlaceTable { name, away_after } = table.value;
    let text = name.get_ref();
    let is_account = account_name(text).is_ok_and(|name| name == *text);
    if !is_account || text.contains('@') {
        let what = "a place has a name of small letters a to z, digits, and \
                    . _ -: it is that of the account with its key";
        return Err(source.error(name.span(), "place.name", what));
    }
    if text == Place::HERE {
        let what = "`here` is where the monitor itself is: take another name";
        return Err(source.error(name.span(), "place.name", what));
    }
    let after = away_after.as_ref().map(|length| length.get_ref().0);
    let after = after.unwrap_or(Place::AWAY_AFTER);
    if let Some(written) = &away_after
        && after < Duration::from_secs(1)
    {
        let what = "it is missed too soon: \"1s\" is the least";
        return Err(source.error(written.span(), "place.away_after", what));
    }
    Ok(Place { name: name.into_inner(), away_after: after })
}

/// The places from which a target is measured: `here` unless it says
/// otherwise.
pub(super) fn places_of(
    source: &Source<'_>,
    written: Option<&Spanned<OneOrMore<String>>>,
    known: &[Place],
) -> Result<Vec<String>> {
    let Some(written) = written else {
        return Ok(vec![Place::HERE.to_owned()]);
    };
    let error =
        |what: String| Err(source.error(written.span(), "target.places", what));
    let mut places: Vec<String> = Vec::new();
    for name in &written.get_ref().0 {
        let is_known = known.iter().any(|place| place.name == *name);
        if name != Place::HERE && !is_known {
            return error(format!(
                "there is no [[place]] named `{}`: add it, or correct the \
                 name",
                name.escape_debug()
            ));
        }
        if !places.contains(name) {
            places.push(name.clone());
        }
    }
    if places.is_empty() {
        return error("it is measured nowhere: name a place".to_owned());
    }
    Ok(places)
}
