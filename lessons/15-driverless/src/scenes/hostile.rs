//! Requests that are meant to do harm.

use std::error::Error;
use std::net::SocketAddr;

use ipp_printer::Status;

use super::client::post;
use super::lesson_printer::LessonPrinter;
use super::message::{put, request};

pub fn play() -> Result<(), Box<dyn Error>> {
    let printer = LessonPrinter::start(0, |_| ())?;
    let address = printer.address();
    for (what, message) in requests(address) {
        let answer = match post(address, &message, b"") {
            Ok(answer) => status(&answer),
            Err(error) => error.to_string(),
        };
        println!("{what:42} {answer}");
    }
    println!();
    Ok(())
}

// ANCHOR: requests
fn requests(address: SocketAddr) -> Vec<(&'static str, Vec<u8>)> {
    let ask = || request(11, address);
    let end = |mut message: Vec<u8>| {
        message.push(0x03);
        message
    };
    let mut nested = ask();
    put(&mut nested, 0x34, "media-col", b"");
    for _ in 0..1000 {
        put(&mut nested, 0x4a, "", b"media-size");
        put(&mut nested, 0x34, "", b"");
    }
    let mut negative = ask();
    negative.extend([0x44, 0xff, 0xff]);
    // The text says that it is 9 bytes long, and is 2.
    let mut inner = ask();
    put(&mut inner, 0x35, "message", b"\0\x02en\0\x09hi");
    let mut unknown = ask();
    unknown[3] = 0xff;
    let whole = end(ask());
    vec![
        ("a question", whole.clone()),
        ("the same, cut off in the middle", whole[..60].to_vec()),
        ("three bytes", vec![1, 1, 0]),
        ("collections 1,000 deep", end(nested)),
        ("a length of -1", end(negative)),
        ("a text longer than its value", end(inner)),
        ("an operation that does not exist", end(unknown)),
    ]
}
// ANCHOR_END: requests

/// The status of an answer, in its third and fourth byte.
fn status(answer: &[u8]) -> String {
    let number = answer
        .get(2..4)
        .map_or(0, |bytes| i32::from(bytes[0]) << 8 | i32::from(bytes[1]));
    match Status::from_number(number) {
        Some(status) => format!("{number:#06x} {status:?}"),
        None => format!("{number:#06x}"),
    }
}
