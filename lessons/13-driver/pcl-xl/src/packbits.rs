//! PackBits: long runs become two bytes.
//!
//! The compression that PCL XL calls `eRLECompression` (PCL XL Feature
//! Reference, Protocol Class 2.0, "Run-length compression"), that TIFF 6.0
//! describes in section 9, and that Apple had in 1984. The data is a row of
//! packets. A packet begins with a count byte *n*: 0 to 127 copies the next
//! *n* + 1 bytes as they are; −1 to −127 (255 to 129) repeats the next byte
//! 1 − *n* times; −128 does nothing and is never written here.

/// The most bytes that one packet can stand for.
const LONGEST: usize = 128;

/// Appends `row`, compressed, to `out`.
///
/// Runs of two bytes are left among the literal bytes that surround them,
/// since a packet of their own would save nothing. In the worst case the
/// result is longer than the row by one byte in 128.
// ANCHOR: encode
pub fn encode(row: &[u8], out: &mut Vec<u8>) {
    let mut literal = 0;
    let mut at = 0;
    while let Some([a, b, c]) = row[at..].first_chunk() {
        if a != b || b != c {
            at += 1;
            continue;
        }
        let run = run_length(&row[at..]);
        put_literal(&row[literal..at], out);
        put_run(row[at], run, out);
        at += run;
        literal = at;
    }
    put_literal(&row[literal..], out);
}
// ANCHOR_END: encode

/// How many times the first byte of `bytes` stands there in succession.
fn run_length(bytes: &[u8]) -> usize {
    let first = bytes[0];
    let pattern = [first; 16];
    let mut run = 1;
    // Sixteen bytes at a time: most of a page is white.
    while bytes.get(run..run + 16).is_some_and(|next| next == pattern) {
        run += 16;
    }
    run + bytes[run..].iter().take_while(|byte| **byte == first).count()
}

fn put_run(byte: u8, mut run: usize, out: &mut Vec<u8>) {
    while run > 0 {
        let now = run.min(LONGEST);
        // A single byte left over is the packet "copy one byte": 0.
        out.extend([(257 - now) as u8, byte]);
        run -= now;
    }
}

fn put_literal(bytes: &[u8], out: &mut Vec<u8>) {
    for piece in bytes.chunks(LONGEST) {
        out.push((piece.len() - 1) as u8);
        out.extend_from_slice(piece);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn packed(row: &[u8]) -> Vec<u8> {
        let mut out = Vec::new();
        encode(row, &mut out);
        out
    }

    /// A decoder of its own, straight from TIFF 6.0, section 9.
    fn unpacked(mut packets: &[u8]) -> Vec<u8> {
        let mut row = Vec::new();
        while let [count, rest @ ..] = packets {
            packets = match *count as i8 {
                -128 => rest,
                n @ 0.. => {
                    let (literal, rest) = rest.split_at(n as usize + 1);
                    row.extend_from_slice(literal);
                    rest
                }
                n => {
                    row.extend(vec![rest[0]; 1 + n.unsigned_abs() as usize]);
                    &rest[1..]
                }
            };
        }
        row
    }

    #[test]
    fn the_example_of_apples_technical_note_1023_is_packed_as_it_says() {
        let row = [
            0xAA, 0xAA, 0xAA, 0x80, 0x00, 0x2A, 0xAA, 0xAA, 0xAA, 0xAA, 0x80,
            0x00, 0x2A, 0x22, 0xAA, 0xAA, 0xAA, 0xAA, 0xAA, 0xAA, 0xAA, 0xAA,
            0xAA, 0xAA,
        ];
        let packets = [
            0xFE, 0xAA, 0x02, 0x80, 0x00, 0x2A, 0xFD, 0xAA, 0x03, 0x80, 0x00,
            0x2A, 0x22, 0xF7, 0xAA,
        ];
        assert_eq!(packed(&row), packets);
    }

    #[test]
    fn every_row_comes_back_as_it_was() {
        let mut seed = 1_u32;
        let mut random = || {
            seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            seed >> 16
        };
        for length in [0, 1, 2, 3, 127, 128, 129, 130, 256, 257, 385, 5000] {
            for variety in [1, 2, 40] {
                let mut row = Vec::new();
                while row.len() < length {
                    let byte = (random() % variety) as u8;
                    let run = 1 + random() % 200 * u32::from(byte & 1 == 0);
                    row.extend(vec![byte; run as usize]);
                }
                row.truncate(length);
                assert_eq!(unpacked(&packed(&row)), row);
            }
        }
    }

    #[test]
    fn a_row_without_runs_grows_by_one_byte_in_128() {
        let row: Vec<u8> = (0..1280).map(|n| n as u8).collect();
        assert_eq!(packed(&row).len(), 1290);
    }

    #[test]
    fn a_white_row_of_an_a4_page_becomes_234_bytes() {
        assert_eq!(packed(&vec![0xFF; 4961 * 3 + 1]).len(), 234);
    }
}
