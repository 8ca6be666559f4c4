//! Your turn: pack a row of dots with PackBits, as lesson 13 does.
//!
//! ```console
//! $ cargo run --bin exercise13                 # four rows of its own
//! $ cargo run --bin exercise13 FFFFFFFF00      # or yours, in hexadecimal
//! $ cargo test --test exercise13               # is it right?
//! ```
//!
//! A packet begins with a count byte. 0 to 127: the next 1 to 128 bytes stand
//! for themselves. 255 down to 129: the next byte is meant 2 to 128 times,
//! that is 257 − count times. About 10 minutes.

use std::env;

/// The most bytes that one packet can stand for.
#[allow(dead_code, reason = "you will need it")]
const LONGEST: usize = 128;

fn main() {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let rows = match arguments.as_slice() {
        [] => vec![vec![0xFF; 620], edge(), (0..40).collect(), vec![7, 7]],
        given => given.iter().map(|row| from_hex(row)).collect(),
    };
    for row in rows {
        let packets = pack(&row);
        println!("{} -> {} B: {}", row.len(), packets.len(), hex(&packets));
    }
}

/// The packets for `row`. Three equal bytes or more are worth a run; any
/// other bytes are copied, as many as possible with one count byte.
#[allow(unused_variables, reason = "you will need it")]
fn pack(row: &[u8]) -> Vec<u8> {
    todo!(
        "walk along the row: a byte that stands there three times or more in \
         succession becomes a run, and the bytes between runs are copied"
    )
}

/// White paper with the edge of a letter on it.
fn edge() -> Vec<u8> {
    [&[0xFF; 30][..], &[0xC0, 0x31, 0x00, 0x2A, 0x9F], &[0xFF; 30]].concat()
}

fn from_hex(text: &str) -> Vec<u8> {
    let digits: Vec<u8> = text
        .chars()
        .map(|digit| digit.to_digit(16).expect("a hexadecimal digit") as u8)
        .collect();
    digits.chunks(2).map(|pair| pair[0] << 4 | pair[1]).collect()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02X}")).collect()
}
