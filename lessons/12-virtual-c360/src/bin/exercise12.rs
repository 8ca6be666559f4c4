//! Exercise 12: unpack a row.
//!
//! A row of a page travels packed with PackBits, which PCL XL calls
//! `eRLECompression`. Unpack one, given and printed in hexadecimal digits:
//!
//! ```console
//! $ cargo run --bin exercise12 02aabbccfd01
//! aabbcc01010101
//! ```
//!
//! Check your work with `cargo test --test exercise12`.

fn main() {
    let digits = std::env::args().nth(1).unwrap_or_default();
    match bytes(&digits).as_deref().and_then(unpack) {
        Some(row) => {
            row.iter().for_each(|byte| print!("{byte:02x}"));
            println!();
        }
        None => println!("broken"),
    }
}

/// The row that `packed` stands for; none if `packed` breaks off. `packed` is a
/// sequence of counts `n`, each followed by the bytes that it counts:
///
/// - 0 to 127: the next `n` + 1 bytes are part of the row as they are;
/// - 129 to 255: the next byte is in the row 257 - `n` times;
/// - 128: nothing.
#[allow(unused_variables, reason = "the todo!() is yours to replace")]
fn unpack(packed: &[u8]) -> Option<Vec<u8>> {
    todo!("take a count off the front, then what it counts, until all is gone")
}

/// The bytes that `digits` stand for, two hexadecimal digits a byte.
fn bytes(digits: &str) -> Option<Vec<u8>> {
    let pair = |pair: &[u8]| {
        let pair = std::str::from_utf8(pair).ok()?;
        u8::from_str_radix(pair, 16).ok()
    };
    digits.as_bytes().chunks(2).map(pair).collect()
}
