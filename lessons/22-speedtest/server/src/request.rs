//! A request, and the reading of its head (RFC 9112).

/// The most header fields of a request.
const MOST_HEADERS: usize = 64;

/// A request, as far as this server needs it.
#[derive(Debug, PartialEq)]
pub(crate) struct Request {
    pub(crate) method: String,
    /// Without its query.
    pub(crate) path: String,
    pub(crate) query: String,
    /// The host that was asked for; old clients name none.
    pub(crate) host: Option<String>,
    pub(crate) length: Length,
    /// The client waits for a go-ahead before it sends the body (RFC 9110,
    /// section 10.1.1).
    pub(crate) expects: bool,
    /// The client wants to ask more on this connection.
    pub(crate) keeps_alive: bool,
}

/// How long a body is.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Length {
    /// This number of bytes; 0 in most requests.
    Known(u64),
    /// Each chunk says how long it is.
    Chunked,
}

/// Why a request cannot be read.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Malformed {
    /// Its head does not end.
    TooLong,
    /// It is not HTTP/1.
    NotHttp,
    /// It asks for no path.
    Target,
    /// It names no host, or two, or an impossible one (RFC 9112, section 3.2).
    Host,
    /// Its body's length stands there twice, or is no number. A proxy might
    /// have read another one (RFC 9112, section 11.2).
    Length,
    /// Its chunked body is broken.
    Chunk,
    /// Its chunked body is longer than this.
    TooMuch(u64),
}

impl Request {
    /// Reads a head, and says how long it was. Nothing when it is not whole.
    pub(crate) fn parse(
        bytes: &[u8],
    ) -> Result<Option<(Request, usize)>, Malformed> {
        let mut headers = [httparse::EMPTY_HEADER; MOST_HEADERS];
        let mut head = httparse::Request::new(&mut headers);
        let length = match head.parse(bytes) {
            Ok(httparse::Status::Complete(length)) => length,
            Ok(httparse::Status::Partial) => return Ok(None),
            Err(httparse::Error::TooManyHeaders) => {
                return Err(Malformed::TooLong);
            }
            Err(_) => return Err(Malformed::NotHttp),
        };
        let all = |name: &'static str| {
            head.headers
                .iter()
                .filter(move |header| header.name.eq_ignore_ascii_case(name))
                .map(|header| String::from_utf8_lossy(header.value))
        };
        let says = |name, word: &str| {
            all(name).any(|value| {
                value
                    .split(',')
                    .any(|one| one.trim().eq_ignore_ascii_case(word))
            })
        };
        let keeps_alive = match head.version {
            Some(1) => !says("connection", "close"),
            _ => says("connection", "keep-alive"),
        };
        let (host, path, query) = target(head.path.unwrap_or_default())?;
        let hosts: Vec<_> = all("host").collect();
        let host = match (host, &hosts[..]) {
            (_, []) if head.version == Some(0) => None,
            (Some(host), [_]) => Some(host),
            (None, [host]) => Some(host.as_ref()),
            _ => return Err(Malformed::Host),
        };
        if !host.is_none_or(is_plain) {
            return Err(Malformed::Host);
        }
        let request = Request {
            method: head.method.unwrap_or_default().to_owned(),
            path: path.to_owned(),
            query: query.to_owned(),
            host: host.map(str::to_owned),
            length: body_length(
                all("content-length").collect(),
                all("transfer-encoding").collect(),
            )?,
            expects: says("expect", "100-continue"),
            keeps_alive,
        };
        Ok(Some((request, length)))
    }

    /// The value of a field in the query.
    pub(crate) fn field(&self, name: &str) -> Option<&str> {
        let fields =
            self.query.split('&').filter_map(|one| one.split_once('='));
        fields
            .filter(|(field, _)| *field == name)
            .map(|(_, value)| value)
            .next()
    }
}

fn body_length(
    lengths: Vec<std::borrow::Cow<'_, str>>,
    encodings: Vec<std::borrow::Cow<'_, str>>,
) -> Result<Length, Malformed> {
    match (&lengths[..], &encodings[..]) {
        ([], []) => Ok(Length::Known(0)),
        ([length], []) => {
            digits(length).map(Length::Known).ok_or(Malformed::Length)
        }
        ([], [encoding]) if encoding.trim().eq_ignore_ascii_case("chunked") => {
            Ok(Length::Chunked)
        }
        _ => Err(Malformed::Length),
    }
}

/// The host, the path and the query of a request's target. Proxies are asked
/// for whole addresses, and a server has to take them, too (RFC 9112, section
/// 3.2.2).
fn target(target: &str) -> Result<(Option<&str>, &str, &str), Malformed> {
    let (target, query) = target.split_once('?').unwrap_or((target, ""));
    if target.starts_with('/') {
        return Ok((None, target, query));
    }
    let (scheme, rest) = target.split_once("://").ok_or(Malformed::Target)?;
    if !["http", "https"].contains(&scheme.to_ascii_lowercase().as_str()) {
        return Err(Malformed::Target);
    }
    let (host, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
    Ok((Some(host), if path.is_empty() { "/" } else { path }, query))
}

/// A host that can be written into an address: letters, digits and `.:-[]`.
pub(crate) fn is_plain(host: &str) -> bool {
    let plain =
        |byte: u8| byte.is_ascii_alphanumeric() || b".:-[]".contains(&byte);
    !host.is_empty() && host.len() <= 255 && host.bytes().all(plain)
}

/// A number as HTTP writes it: Rust would take `+5` as well.
pub(crate) fn digits(text: &str) -> Option<u64> {
    let all = text.bytes().all(|byte| byte.is_ascii_digit());
    text.parse().ok().filter(|_| all)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Result<Request, Malformed> {
        Request::parse(text.as_bytes())
            .map(|found| found.expect("a whole head").0)
    }

    #[test]
    fn a_head_is_read() {
        let request = parse(
            "POST /__up?a=1&bytes=7 HTTP/1.1\r\nHost: x:1\r\n\
             Content-Length: 12\r\nExpect: 100-continue\r\n\r\n",
        )
        .expect("a request");
        assert_eq!(request.path, "/__up");
        assert_eq!(request.field("bytes"), Some("7"));
        assert_eq!(request.field("byte"), None);
        assert_eq!(request.host.as_deref(), Some("x:1"));
        assert_eq!(request.length, Length::Known(12));
        assert!(request.expects && request.keeps_alive);
    }

    #[test]
    fn a_whole_address_is_its_host_and_its_path() {
        for (target, host, path) in [
            ("http://x:1/a?b=c", "x:1", "/a"),
            ("HTTP://x", "x", "/"),
            ("http://x?b=c", "x", "/"),
            ("/a", "y", "/a"),
        ] {
            let head = format!("GET {target} HTTP/1.1\r\nHost: y\r\n\r\n");
            let request = parse(&head).expect("a request");
            assert_eq!(request.host.as_deref(), Some(host));
            assert_eq!(request.path, path);
        }
        for target in ["*", "x:1", "ftp://x/", "?y", "a/b"] {
            let head = format!("GET {target} HTTP/1.1\r\nHost: y\r\n\r\n");
            assert_eq!(parse(&head), Err(Malformed::Target), "{target}");
        }
    }

    #[test]
    fn a_length_that_two_could_read_differently_is_refused() {
        for headers in [
            "Content-Length: 1\r\nContent-Length: 1\r\n",
            "Content-Length: 1\r\nTransfer-Encoding: chunked\r\n",
            "Transfer-Encoding: gzip\r\n",
            "Content-Length: +5\r\n",
            "Content-Length: 99999999999999999999\r\n",
            "Content-Length: \r\n",
        ] {
            let head = format!("POST / HTTP/1.1\r\nHost: x\r\n{headers}\r\n");
            assert_eq!(parse(&head), Err(Malformed::Length), "{headers}");
        }
    }

    #[test]
    fn half_a_head_is_waited_for_and_noise_is_not() {
        assert_eq!(Request::parse(b"GET / HT"), Ok(None));
        assert_eq!(
            Request::parse(b"\x16\x03\x01\x02"),
            Err(Malformed::NotHttp)
        );
    }

    #[test]
    fn a_request_says_one_host_that_can_be() {
        for headers in
            ["", "Host: a\r\nHost: a\r\n", "Host: \r\n", "Host: a\"b/<c>\r\n"]
        {
            let head = format!("GET / HTTP/1.1\r\n{headers}\r\n");
            assert_eq!(parse(&head), Err(Malformed::Host), "{headers}");
        }
        let old = parse("GET / HTTP/1.0\r\n\r\n").expect("a request");
        assert_eq!(old.host, None);
        assert!(!old.keeps_alive);
    }
}
