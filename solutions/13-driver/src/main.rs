//! The exercise, done: pack a row of dots with PackBits, as lesson 13 does.
//!
//! ```console
//! $ cargo run --bin solution13                 # four rows of its own
//! $ cargo run --bin solution13 FFFFFFFF00      # or yours, in hexadecimal
//! $ cargo test --test solution13               # is it right?
//! ```
//!
//! A packet begins with a count byte. 0 to 127: the next 1 to 128 bytes stand
//! for themselves. 255 down to 129: the next byte is meant 2 to 128 times,
//! that is 257 − count times. About 10 minutes.

use std::env;

/// The most bytes that one packet can stand for.
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
fn pack(row: &[u8]) -> Vec<u8> {
    let (mut packets, mut others) = (Vec::new(), Vec::new());
    let mut rest = row;
    while let [first, ..] = rest {
        let run = rest.iter().take_while(|byte| *byte == first).count();
        let (now, after) = rest.split_at(run);
        rest = after;
        if run < 3 {
            others.extend_from_slice(now);
            continue;
        }
        copy(&mut others, &mut packets);
        for piece in now.chunks(LONGEST) {
            // One byte left over gives 0: copy one.
            packets.extend([(257 - piece.len()) as u8, *first]);
        }
    }
    copy(&mut others, &mut packets);
    packets
}

/// Bytes that stand for themselves.
fn copy(others: &mut Vec<u8>, packets: &mut Vec<u8>) {
    for piece in others.chunks(LONGEST) {
        packets.push((piece.len() - 1) as u8);
        packets.extend_from_slice(piece);
    }
    others.clear();
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
