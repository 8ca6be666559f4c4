//! Solution 05: read frames from a stream that somebody else has written.
//!
//! A frame is four bytes of length, the highest first, and then the body, which
//! has that length.
//!
//! ```text
//! cargo run --bin solution05 < tests/samples/report.pdf
//! cargo test --test solution05
//! ```
//!
//! A PDF file is no stream of frames. Its first four bytes are `%PDF`, which
//! makes a length of 626,017,350 B, and that is to be refused.

use std::{
    io::{self, Error, ErrorKind, Read},
    process::ExitCode,
};

/// The longest body that is accepted, in bytes.
const LONGEST: usize = 64 * 1024;

fn main() -> ExitCode {
    let mut stdin = io::stdin().lock();
    loop {
        match read_frame(&mut stdin) {
            Ok(Some(body)) => println!("a frame of {} B", body.len()),
            Ok(None) => {
                println!("the end");
                return ExitCode::SUCCESS;
            }
            Err(error) => {
                println!("{:?}: {error}", error.kind());
                return ExitCode::SUCCESS;
            }
        }
    }
}

/// The body of the next frame, or `None` where the stream ends after a whole
/// frame.
///
/// A stream that ends within a frame is [`ErrorKind::UnexpectedEof`], a length
/// above [`LONGEST`] is [`ErrorKind::InvalidData`].
fn read_frame(input: &mut impl Read) -> io::Result<Option<Vec<u8>>> {
    let head = up_to(4, input)?;
    if head.is_empty() {
        return Ok(None);
    }
    let cut = || Error::new(ErrorKind::UnexpectedEof, "half a frame");
    let head = head.try_into().map_err(|_| cut())?;

    // The length is only a claim, and somebody else makes it.
    let length = usize::try_from(u32::from_be_bytes(head));
    let length = length.unwrap_or(usize::MAX);
    if length > LONGEST {
        let what = format!("{length} B announced, {LONGEST} B allowed");
        return Err(Error::new(ErrorKind::InvalidData, what));
    }
    let body = up_to(length, input)?;
    if body.len() < length { Err(cut()) } else { Ok(Some(body)) }
}

/// Reads `most` bytes, or fewer where the stream ends before.
fn up_to(most: usize, input: &mut impl Read) -> io::Result<Vec<u8>> {
    let most = most.try_into().expect("lengths of memory fit into 64 bits");
    let mut bytes = Vec::new();
    input.take(most).read_to_end(&mut bytes)?;
    Ok(bytes)
}
