//! The head of a server's answer.

use crate::url::shown;

/// The part of an answer's head that a speed test must know (RFC 9112).
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Head {
    pub status: u16,
    pub body: Body,
    /// Whether the connection carries another request after this answer.
    pub keeps_alive: bool,
    /// Where a redirect leads.
    pub location: Option<String>,
}

/// Where an answer's body ends (RFC 9112, section 6.3), and what is left.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Body {
    /// It has ended.
    Done,
    /// This number of bytes is still to come.
    Length(u64),
    /// The line with a chunk's size comes next (RFC 9112, section 7.1).
    ChunkSize,
    /// This number of bytes of a chunk is still to come.
    Chunk(u64),
    /// The empty line after a chunk comes next.
    ChunkEnd,
    /// The last chunk was read, the lines after it were not.
    Trailer,
    /// It ends with the connection.
    UntilClosed,
}

impl Head {
    /// Reads a head, from its status line to the empty line.
    pub fn read(head: &[u8]) -> Result<Head, &'static str> {
        // Fields may hold bytes of any encoding (RFC 9110, section 5.5).
        let text = String::from_utf8_lossy(head);
        let mut lines = text.split('\n').map(|l| l.trim_end_matches('\r'));
        let first = lines.next().unwrap_or_default();
        let (version, rest) =
            first.split_once(' ').ok_or("no status line of HTTP")?;
        if !matches!(version, "HTTP/1.1" | "HTTP/1.0") {
            return Err("no status line of HTTP/1.1");
        }
        let status = rest.split(' ').next().unwrap_or_default();
        let status = digits(status)
            .filter(|code| (100..600).contains(code) && status.len() == 3)
            .ok_or("no status that HTTP knows")? as u16;

        let mut length = None;
        let mut chunked = false;
        let mut keeps_alive = version == "HTTP/1.1";
        let mut location = None;
        for line in lines.take_while(|line| !line.is_empty()) {
            let (name, value) =
                line.split_once(':').ok_or("a line that is no field")?;
            let value = value.trim();
            match name.to_ascii_lowercase().as_str() {
                "content-length" => {
                    let new = digits(value).ok_or("a length that is none")?;
                    if length.replace(new).is_some_and(|old| old != new) {
                        return Err("two lengths");
                    }
                }
                "transfer-encoding" => {
                    if !value.eq_ignore_ascii_case("chunked") {
                        return Err("a transfer encoding other than chunked");
                    }
                    chunked = true;
                }
                "connection" => {
                    let said = value.to_ascii_lowercase();
                    keeps_alive = !said.contains("close")
                        && (keeps_alive || said.contains("keep-alive"));
                }
                "location" => location = Some(shown(value)),
                _ => {}
            }
        }
        let body = match (status, chunked, length) {
            (100..200 | 204 | 304, ..) | (_, false, Some(0)) => Body::Done,
            (_, true, _) => Body::ChunkSize,
            (_, false, Some(length)) => Body::Length(length),
            (_, false, None) => Body::UntilClosed,
        };
        keeps_alive &= body != Body::UntilClosed;
        Ok(Head { status, body, keeps_alive, location })
    }

    /// Whether the answer sends us elsewhere (RFC 9110, section 15.4).
    pub fn redirects(&self) -> bool {
        matches!(self.status, 301 | 302 | 303 | 307 | 308)
    }
}

fn digits(text: &str) -> Option<u64> {
    let all = text.bytes().all(|byte| byte.is_ascii_digit());
    text.parse().ok().filter(|_| all)
}

/// A chunk's size line: hexadecimal, and perhaps extensions.
pub(crate) fn chunk_size(line: &[u8]) -> Option<u64> {
    let text = std::str::from_utf8(line).ok()?;
    let size = text.split(';').next().unwrap_or_default().trim();
    let hexadecimal = size.bytes().all(|byte| byte.is_ascii_hexdigit());
    u64::from_str_radix(size, 16).ok().filter(|_| hexadecimal)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn body(fields: &str) -> Result<Body, &'static str> {
        let head = format!("HTTP/1.1 200 OK\r\n{fields}\r\n");
        Head::read(head.as_bytes()).map(|head| head.body)
    }

    #[test]
    fn a_body_ends_where_its_fields_say() {
        assert_eq!(body("Content-Length: 12\r\n"), Ok(Body::Length(12)));
        assert_eq!(body("content-length:0\r\n"), Ok(Body::Done));
        assert_eq!(
            body("Transfer-Encoding: chunked\r\nContent-Length: 12\r\n"),
            Ok(Body::ChunkSize)
        );
        assert_eq!(body(""), Ok(Body::UntilClosed));
        let no_content = Head::read(b"HTTP/1.0 204 Nothing\n\n");
        assert_eq!(no_content.expect("a head").body, Body::Done);
    }

    #[test]
    fn a_connection_is_kept_when_both_would() {
        let kept = |head: &[u8]| Head::read(head).expect("a head").keeps_alive;
        assert!(kept(b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\n"));
        assert!(!kept(b"HTTP/1.1 200 OK\r\n\r\n"));
        assert!(!kept(b"HTTP/1.1 204 x\r\nConnection: Close\r\n\r\n"));
        assert!(!kept(b"HTTP/1.0 204 x\r\n\r\n"));
        assert!(kept(b"HTTP/1.0 204 x\r\nConnection: keep-alive\r\n\r\n"));
    }

    #[test]
    fn what_makes_no_sense_is_refused() {
        for fields in [
            "Content-Length: -1\r\n",
            "Content-Length: +1\r\n",
            "Content-Length: 99999999999999999999999\r\n",
            "Content-Length: 1\r\nContent-Length: 2\r\n",
            "Transfer-Encoding: gzip, chunked\r\n",
            "no field\r\n",
        ] {
            assert!(body(fields).is_err(), "{fields:?} was taken");
        }
        for head in [
            &b""[..],
            b"SSH-2.0-OpenSSH_9.2\r\n",
            b"HTTP/2 200\r\n\r\n",
            b"HTTP/1.1 20 OK\r\n\r\n",
            b"HTTP/1.1 0200 OK\r\n\r\n",
            b"HTTP/1.1 \xff\r\n\r\n",
        ] {
            let taken = Head::read(head);
            assert!(taken.is_err(), "{head:?} was taken: {taken:?}");
        }
    }

    #[test]
    fn a_chunks_size_is_hexadecimal() {
        assert_eq!(chunk_size(b"1aF"), Some(0x1af));
        assert_eq!(chunk_size(b"0;name=value"), Some(0));
        for line in [&b""[..], b"+1", b"x", b"11111111111111111", b"\xff"] {
            assert_eq!(chunk_size(line), None, "{line:?}");
        }
    }
}
