//! Exercise 15, done: read attributes that anybody may have sent.

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
fn read_attributes(bytes: &[u8]) -> Result<Vec<Attribute>, &'static str> {
    let mut rest = bytes;
    let mut attributes: Vec<Attribute> = Vec::new();
    while !rest.is_empty() {
        rest = &rest[1..];
        let name = text(take_field(&mut rest)?);
        let value = text(take_field(&mut rest)?);
        if name.is_empty() {
            let last = attributes.last_mut().ok_or("no name")?;
            last.values.push(value);
        } else {
            attributes.push(Attribute { name, values: vec![value] });
        }
    }
    Ok(attributes)
}

/// Takes a length, and as many bytes, off the front.
fn take_field<'b>(rest: &mut &'b [u8]) -> Result<&'b [u8], &'static str> {
    let (length, after) = rest.split_first_chunk().ok_or("cut off")?;
    let length = i16::from_be_bytes(*length);
    let length = usize::try_from(length).map_err(|_| "negative length")?;
    let (field, after) = after.split_at_checked(length).ok_or("cut off")?;
    *rest = after;
    Ok(field)
}

/// The bytes of a field as text.
fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// The bytes that hexadecimal digits stand for.
fn bytes_of(hex: &str) -> Vec<u8> {
    let digits: Vec<u32> = hex.chars().filter_map(|c| c.to_digit(16)).collect();
    let byte = |pair: &[u32]| (pair[0] * 16 + pair[1]) as u8;
    digits.chunks_exact(2).map(byte).collect()
}
