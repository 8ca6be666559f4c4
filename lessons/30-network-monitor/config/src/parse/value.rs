//! The values that several tables have: numbers in a range, hosts, URLs.

use std::fmt;
use std::ops::RangeInclusive;
use std::path::{Path, PathBuf};

use toml::Spanned;

use super::{Result, Source};
use daemon::units::Amount;

pub(super) fn within<T: PartialOrd + Copy + fmt::Display>(
    source: &Source<'_>,
    key: &str,
    written: Option<&Spanned<T>>,
    range: RangeInclusive<T>,
) -> Result<Option<T>> {
    let Some(written) = written else { return Ok(None) };
    let value = *written.get_ref();
    if range.contains(&value) {
        return Ok(Some(value));
    }
    let (least, most) = (range.start(), range.end());
    let what = format!("{value} is out of range: write {least} to {most}");
    Err(source.error(written.span(), key, what))
}

pub(super) fn in_unit(
    source: &Source<'_>,
    key: &str,
    written: Option<&Spanned<Amount>>,
    unit: &str,
) -> Result<Option<f64>> {
    let Some(written) = written else { return Ok(None) };
    let value = written.get_ref().in_unit(unit);
    value.map(Some).map_err(|what| source.error(written.span(), key, what))
}

pub(super) fn host_of(
    source: &Source<'_>,
    key: &str,
    host: &Spanned<String>,
) -> Result<String> {
    let text = host.get_ref();
    // An IPv6 address may stand in brackets, as in a URL.
    let bare = text
        .strip_prefix('[')
        .and_then(|text| text.strip_suffix(']'))
        .filter(|text| text.parse::<std::net::Ipv6Addr>().is_ok())
        .unwrap_or(text);
    let plain =
        |letter: char| letter.is_alphanumeric() || ".-_:%".contains(letter);
    let port = bare.matches(':').count() == 1;
    let sound = !bare.is_empty()
        && bare.len() <= 253
        && !bare.starts_with('-')
        && !port
        && bare.chars().all(plain);
    if sound {
        return Ok(bare.to_owned());
    }
    let what = format!(
        "`{}` is no host: write a name or an address alone, such as \
         \"router.example.org\" or \"192.0.2.1\"",
        text.escape_debug()
    );
    Err(source.error(host.span(), key, what))
}

pub(super) fn http_url(
    source: &Source<'_>,
    key: &str,
    url: &Spanned<String>,
) -> Result<String> {
    let text = url.get_ref();
    let sound = reqwest::Url::parse(text).is_ok_and(|url| {
        matches!(url.scheme(), "http" | "https") && url.has_host()
    });
    if sound {
        return Ok(text.clone());
    }
    // A URL may hold a token or a password, so it is not repeated.
    let what = "this is no address of a web server: write one such as \
                \"https://example.org/path\"";
    Err(source.error(url.span(), key, what))
}

/// A path beside the configuration file, unless it starts at the root.
pub(super) fn beside(file: &Path, path: &Path) -> PathBuf {
    match file.parent() {
        Some(folder) => folder.join(path),
        None => path.to_owned(),
    }
}
