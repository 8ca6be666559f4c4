//! The cookies of one visit: what a site asks a browser to remember from one
//! redirect to the next (RFC 6265).

use hyper::HeaderMap;
use hyper::header::SET_COOKIE;
use url::Url;

/// The number of cookies and the bytes of one that a browser must keep at least
/// (RFC 6265, section 6.1). More are not kept.
const MOST: usize = 50;
const MOST_BYTES: usize = 4096;

/// Cookies by name, each with the host that set it.
#[derive(Clone, Default, PartialEq, Eq)]
pub(super) struct Cookies(Vec<Cookie>);

#[derive(Clone, PartialEq, Eq)]
struct Cookie {
    name: String,
    value: String,
    /// The host to which it goes, and all hosts below it if it has a domain.
    host: String,
    below: bool,
    secure: bool,
}

impl Cookies {
    /// Takes the cookies of an answer. What is no cookie is left out, as a
    /// browser does.
    pub fn take(&mut self, from: &Url, headers: &HeaderMap) {
        for header in headers.get_all(SET_COOKIE) {
            let text = String::from_utf8_lossy(header.as_bytes());
            let host = from.host_str().unwrap_or_default();
            let Some((cookie, ends)) = read(&text, host) else { continue };
            let same = |one: &Cookie| {
                one.name == cookie.name && one.host == cookie.host
            };
            self.0.retain(|one| !same(one));
            if !ends && self.0.len() < MOST {
                self.0.push(cookie);
            }
        }
    }

    /// What stands in the `Cookie` field of a request, if anything.
    pub fn field(&self, to: &Url) -> Option<String> {
        let host = to.host_str().unwrap_or_default();
        let mut field = String::new();
        for cookie in &self.0 {
            let there = cookie.host == host
                || (cookie.below && is_below(host, &cookie.host));
            if there && (!cookie.secure || to.scheme() == "https") {
                let comma = if field.is_empty() { "" } else { "; " };
                field += &format!("{comma}{}={}", cookie.name, cookie.value);
            }
        }
        (!field.is_empty()).then_some(field)
    }
}

/// A cookie, and whether it ends at once, which is how a site takes it back.
fn read(text: &str, host: &str) -> Option<(Cookie, bool)> {
    let mut parts = text.split(';');
    let (name, value) = parts.next()?.split_once('=')?;
    let (name, value) = (name.trim(), value.trim());
    let plain = |text: &str| text.bytes().all(|byte| byte.is_ascii_graphic());
    if name.is_empty() || !plain(name) || !value.bytes().all(is_in_a_value) {
        return None;
    }
    if name.len() + value.len() > MOST_BYTES {
        return None;
    }
    let mut cookie = Cookie {
        name: name.to_owned(),
        value: value.to_owned(),
        host: host.to_owned(),
        below: false,
        secure: false,
    };
    let mut ends = false;
    for part in parts {
        let (key, value) = part.split_once('=').unwrap_or((part, ""));
        match key.trim().to_ascii_lowercase().as_str() {
            "secure" => cookie.secure = true,
            "max-age" => {
                ends = value.trim().parse().is_ok_and(|age: i64| age <= 0);
            }
            "domain" => {
                let value = value.trim().trim_start_matches('.');
                let domain = value.to_ascii_lowercase();
                if domain != host && !is_below(host, &domain) {
                    return None;
                }
                (cookie.host, cookie.below) = (domain, true);
            }
            _ => {}
        }
    }
    Some((cookie, ends))
}

fn is_in_a_value(byte: u8) -> bool {
    byte == b' ' || byte.is_ascii_graphic()
}

/// Whether a host is in a domain. One without a dot is nobody's.
fn is_below(host: &str, domain: &str) -> bool {
    domain.contains('.')
        && host.strip_suffix(domain).is_some_and(|rest| rest.ends_with('.'))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn url(text: &str) -> Url {
        Url::parse(text).expect("a URL")
    }

    fn set(cookies: &mut Cookies, from: &str, text: &str) {
        let mut headers = HeaderMap::new();
        headers.append(SET_COOKIE, text.parse().expect("a value"));
        cookies.take(&url(from), &headers);
    }

    #[test]
    fn a_cookie_goes_back_to_its_host_and_to_no_other() {
        let mut cookies = Cookies::default();
        set(&mut cookies, "https://a.example/x", "id=7; Path=/; HttpOnly");
        set(&mut cookies, "https://a.example/", "lang=de; Secure");
        let field = |to: &str| cookies.field(&url(to));
        assert_eq!(
            field("https://a.example/y").as_deref(),
            Some("id=7; lang=de")
        );
        assert_eq!(field("http://a.example/").as_deref(), Some("id=7"));
        assert_eq!(field("https://b.example/"), None);
        assert_eq!(field("https://x.a.example/"), None);
    }

    #[test]
    fn a_domain_is_ones_own_or_above() {
        let mut cookies = Cookies::default();
        let from = "https://login.a.example/";
        set(&mut cookies, from, "id=7; Domain=.a.example");
        set(&mut cookies, from, "bad=1; Domain=b.example");
        set(&mut cookies, from, "all=1; Domain=example");
        let field = |to: &str| cookies.field(&url(to));
        assert_eq!(field("https://www.a.example/").as_deref(), Some("id=7"));
        assert_eq!(field("https://nota.example/"), None);
        assert_eq!(field("https://b.example/"), None);
    }

    #[test]
    fn a_cookie_is_replaced_and_taken_back() {
        let mut cookies = Cookies::default();
        let from = "http://a.example/";
        set(&mut cookies, from, "id=7");
        set(&mut cookies, from, "id=8");
        assert_eq!(cookies.field(&url(from)).as_deref(), Some("id=8"));
        set(&mut cookies, from, "id=; Max-Age=0");
        assert_eq!(cookies.field(&url(from)), None);
        set(&mut cookies, from, "no cookie");
        set(&mut cookies, from, "=7");
        assert_eq!(cookies.field(&url(from)), None);
    }
}
