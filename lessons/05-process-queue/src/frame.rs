//! Frames, the messages on a pipe: four bytes of length, the highest first, and
//! then the body, which has that length.

use std::io::{self, Error, ErrorKind, Read, Write};

/// The longest body that we send and accept, in bytes.
pub const LONGEST: usize = 64 * 1024;

// ANCHOR: write
pub fn write_frame(out: &mut impl Write, body: &[u8]) -> io::Result<()> {
    let length = u32::try_from(allowed(body.len())?);
    let length = length.expect("what is allowed fits").to_be_bytes();
    out.write_all(&[&length, body].concat())?;
    out.flush()
}
// ANCHOR_END: write

/// Reads the next body, or `None` where the stream ends after a whole frame.
// ANCHOR: read
pub fn read_frame(input: &mut impl Read) -> io::Result<Option<Vec<u8>>> {
    let head = up_to(4, input)?;
    if head.is_empty() {
        return Ok(None);
    }
    let Ok(head) = head.try_into() else { return Err(cut()) };

    // Refused before a byte of memory is asked for.
    let length = usize::try_from(u32::from_be_bytes(head));
    let length = allowed(length.unwrap_or(usize::MAX))?;
    let body = up_to(length, input)?;
    if body.len() < length { Err(cut()) } else { Ok(Some(body)) }
}

fn allowed(length: usize) -> io::Result<usize> {
    if length > LONGEST {
        let what = format!("{length} B announced, {LONGEST} B allowed");
        return Err(Error::new(ErrorKind::InvalidData, what));
    }
    Ok(length)
}
// ANCHOR_END: read

/// Reads `most` bytes, or fewer where the stream ends before.
fn up_to(most: usize, input: &mut impl Read) -> io::Result<Vec<u8>> {
    let most = most.try_into().expect("lengths of memory fit into 64 bits");
    let mut bytes = Vec::new();
    input.take(most).read_to_end(&mut bytes)?;
    Ok(bytes)
}

fn cut() -> Error {
    let what = "the stream ends in the middle of a frame";
    Error::new(ErrorKind::UnexpectedEof, what)
}
