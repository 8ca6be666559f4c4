//! Exercise 05: read frames from a stream that somebody else has written.
//!
//! A frame is four bytes of length, the highest first, and then the body, which
//! has that length.
//!
//! ```text
//! cargo run --bin exercise05 < tests/samples/report.pdf
//! cargo test --test exercise05
//! ```
//!
//! A PDF file is no stream of frames. Its first four bytes are `%PDF`, which
//! makes a length of 626,017,350 B, and that is to be refused.

#![allow(dead_code, unused, reason = "until the todo!() is replaced")]

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
    todo!("read four bytes, judge the length, then read the body")
}

/// Reads `most` bytes, or fewer where the stream ends before.
fn up_to(most: usize, input: &mut impl Read) -> io::Result<Vec<u8>> {
    let most = most.try_into().expect("lengths of memory fit into 64 bits");
    let mut bytes = Vec::new();
    input.take(most).read_to_end(&mut bytes)?;
    Ok(bytes)
}
