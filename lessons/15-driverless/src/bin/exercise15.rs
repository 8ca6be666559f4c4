//! Exercise 15: read attributes that anybody may have sent.
//!
//! Take the attributes of an IPP message apart, and do not believe its lengths:
//!
//! ```console
//! $ cargo run --bin exercise15 47000361626300022d31
//! abc = -1
//! ```
//!
//! Check your work with `cargo test --test exercise15`.

/// An attribute: its name, and its values as text.
struct Attribute {
    name: String,
    values: Vec<String>,
}

fn main() {
    let hex = std::env::args().nth(1).unwrap_or_default();
    match read_attributes(&bytes_of(&hex)) {
        Ok(attributes) => {
            for Attribute { name, values } in attributes {
                println!("{name} = {}", values.join(", "));
            }
        }
        Err(why) => println!("refused: {why}"),
    }
}

/// Reads attributes until the bytes end. Each is
///
/// - one byte, the tag of its type,
/// - two bytes, the length of its name, and the name,
/// - two bytes, the length of its value, and the value.
///
/// An empty name means: one more value of the attribute before. Lengths are
/// signed (`i16::from_be_bytes`).
///
/// Returns "negative length", "cut off" when the bytes end in the middle of an
/// attribute, or "no name" when there is no attribute before. Never panics.
#[allow(unused_variables, reason = "the todo!() is yours to replace")]
fn read_attributes(bytes: &[u8]) -> Result<Vec<Attribute>, &'static str> {
    todo!("read tag, name and value, as often as there are bytes")
}

/// The bytes of a field as text.
#[allow(dead_code, reason = "for you")]
fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// The bytes that hexadecimal digits stand for.
fn bytes_of(hex: &str) -> Vec<u8> {
    let digits: Vec<u32> = hex.chars().filter_map(|c| c.to_digit(16)).collect();
    let byte = |pair: &[u32]| (pair[0] * 16 + pair[1]) as u8;
    digits.chunks_exact(2).map(byte).collect()
}
