//! A whole stream: its header, and then its operators.

use std::io::{self, BufRead, Read};

use super::error::{Error, XlError};
use super::session::{Event, Session};
use super::token::Tokens;

/// The longest header, in bytes.
const LONGEST_HEADER: u64 = 1024;

/// The summary of a stream that was read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Summary {
    /// Pages in the stream, copies not counted.
    pub pages: u32,
    /// Its protocol class, such as (2, 1).
    pub class: (u8, u8),
}

/// Reads one stream, from its header to the UEL, which is left unread, or to
/// the end of the input.
///
/// `each` is called with every event; its error ends the reading.
///
/// # Errors
/// [`Error::Xl`] where a printer would stop, [`Error::Io`] when the stream
/// breaks off within a session, or `each` failed.
pub fn read(
    input: &mut dyn BufRead,
    each: &mut dyn FnMut(Event) -> io::Result<()>,
) -> Result<Summary, Error> {
    let (big_endian, class) = header(input)?;
    let mut session = Session::new(Tokens { input, big_endian }, each);
    // Several sessions may follow one another: only a UEL or the end of the
    // input ends the stream.
    while session.step()? {}
    Ok(Summary { pages: session.pages, class })
}

/// `)` for low byte first or `(` for high byte first, then text up to a line
/// feed: ` HP-PCL XL;2;0;anything`.
fn header(input: &mut dyn BufRead) -> Result<(bool, (u8, u8)), Error> {
    let mut line = Vec::new();
    input.take(LONGEST_HEADER).read_until(b'\n', &mut line)?;
    let bad = |error| {
        Error::Xl(XlError {
            subsystem: "KERNEL",
            error,
            operator: "StreamHeader".into(),
            position: 0,
        })
    };
    let big_endian = match line.first() {
        Some(b')') => false,
        Some(b'(') => true,
        Some(b'\'') => return Err(bad("UnsupportedBinding")),
        _ => return Err(bad("IllegalStreamHeader")),
    };
    if line.last() != Some(&b'\n') {
        return Err(bad("IllegalStreamHeader"));
    }
    let text = String::from_utf8_lossy(&line[1..]);
    let mut fields = text.trim_end().split(';');
    if fields.next() != Some(" HP-PCL XL") {
        return Err(bad("IllegalStreamHeader"));
    }
    let mut number = || fields.next().and_then(|text| text.parse().ok());
    match (number(), number()) {
        (Some(major @ 1..=3), Some(minor)) => Ok((big_endian, (major, minor))),
        _ => Err(bad("UnsupportedProtocol")),
    }
}
