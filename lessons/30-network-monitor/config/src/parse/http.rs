//! The keys of a target of kind `http`.

use ping::check::{Http, JsonValue, SignIn};
use reqwest::Method;
use reqwest::header::{HeaderName, HeaderValue};
use toml::Spanned;

use super::target::TargetTable;
use super::value::{http_url, within};
use super::{Result, Source};

/// The most redirects that a target may ask for: browsers follow twenty.
const MOST_REDIRECTS: u32 = 20;

/// How a page is fetched; its URL is there.
pub(super) fn http(source: &Source<'_>, table: &TargetTable) -> Result<Http> {
    let url = table.url.as_ref().map(|url| http_url(source, "target.url", url));
    let usual = Http::new(url.transpose()?.unwrap_or_default());
    let redirects = table.redirects.as_ref();
    let redirects =
        within(source, "target.redirects", redirects, 0..=MOST_REDIRECTS)?;
    let text = |written: &Option<Spanned<String>>| {
        written.as_ref().map(|text| text.get_ref().clone())
    };
    let status = table.status.as_ref();
    Ok(Http {
        method: method(source, table)?.unwrap_or(usual.method),
        headers: headers(source, table)?,
        body: text(&table.body).unwrap_or_default(),
        sign_in: sign_in(source, table)?,
        status: status.map_or_else(Vec::new, |list| list.get_ref().0.clone()),
        keyword: text(&table.keyword),
        json: json(source, table)?,
        redirects: redirects.unwrap_or(usual.redirects),
        any_certificate: table
            .any_certificate
            .as_ref()
            .is_some_and(|any| *any.get_ref()),
        ..usual
    })
}

fn method(source: &Source<'_>, table: &TargetTable) -> Result<Option<String>> {
    let Some(written) = &table.method else { return Ok(None) };
    let method = written.get_ref().to_ascii_uppercase();
    const KNOWN: [Method; 7] = [
        Method::GET,
        Method::HEAD,
        Method::POST,
        Method::PUT,
        Method::PATCH,
        Method::DELETE,
        Method::OPTIONS,
    ];
    if KNOWN.iter().any(|known| known.as_str() == method) {
        return Ok(Some(method));
    }
    let what = format!(
        "`{}` is not asked for: write one of {}",
        written.get_ref().escape_debug(),
        KNOWN.each_ref().map(Method::as_str).join(", ")
    );
    Err(source.error(written.span(), "target.method", what))
}

fn headers(
    source: &Source<'_>,
    table: &TargetTable,
) -> Result<Vec<(String, ping::check::Secret)>> {
    let Some(written) = &table.headers else { return Ok(Vec::new()) };
    let key = "target.headers";
    let mut headers = Vec::new();
    for (name, value) in written.get_ref() {
        let value = value.read(source, written.span(), key)?;
        let sound = HeaderName::try_from(name).is_ok()
            && HeaderValue::from_str(value.reveal()).is_ok();
        if !sound {
            let what = format!(
                "`{}` and its value are no HTTP header: take out spaces in \
                 the name and control characters",
                name.escape_debug()
            );
            return Err(source.error(written.span(), key, what));
        }
        headers.push((name.clone(), value));
    }
    Ok(headers)
}

fn sign_in(source: &Source<'_>, table: &TargetTable) -> Result<Option<SignIn>> {
    Ok(match (&table.basic, &table.bearer) {
        (None, None) => None,
        (Some(basic), None) => {
            let key = "target.basic";
            let (at, basic) = (basic.span(), basic.get_ref());
            if basic.user.contains(':') {
                let what = "a user's name has no colon (RFC 7617): take it out";
                return Err(source.error(at, key, what));
            }
            let password = basic.password.read(source, at, key)?;
            Some(SignIn::Basic { user: basic.user.clone(), password })
        }
        (None, Some(bearer)) => {
            let token = bearer.get_ref();
            let token = token.read(source, bearer.span(), "target.bearer")?;
            Some(SignIn::Bearer(token))
        }
        (Some(_), Some(bearer)) => {
            let what = "there is one way to sign in: keep `basic` or `bearer`";
            return Err(source.error(bearer.span(), "target.bearer", what));
        }
    })
}

fn json(source: &Source<'_>, table: &TargetTable) -> Result<Option<JsonValue>> {
    let Some(written) = &table.json else { return Ok(None) };
    let (pointer, value) =
        (&written.get_ref().pointer, &written.get_ref().value);
    if !pointer.is_empty() && !pointer.starts_with('/') {
        let what = format!(
            "`{}` is no JSON Pointer (RFC 6901): write one such as \
             \"/database/state\"",
            pointer.escape_debug()
        );
        return Err(source.error(written.span(), "target.json", what));
    }
    let (pointer, value) = (pointer.clone(), value.clone());
    Ok(Some(JsonValue { pointer, value }))
}
