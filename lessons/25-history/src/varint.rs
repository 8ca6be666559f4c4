//! Varints: integers in as few bytes as each of them needs.
//!
//! A varint is LEB128: seven bits a byte, the lowest first, the eighth bit set
//! in all bytes but the last. A number with a sign is mapped to one without
//! first (0, -1, 1, -2 … become 0, 1, 2, 3 …: *zigzag*). Both are the encoding
//! of Protocol Buffers (protobuf.dev/programming-guides/encoding).
//!
//! Values that were measured one after another are much alike, and have few
//! decimals. So a column of values is written as integers, each as its
//! difference from the one before:
//!
//! ```text
//! decimals 1 byte: the values are integers, divided by ten to this power;
//!          255: they are 8 bytes each, NaN for none
//! values   0 for none, else 1 + the zigzag of the difference
//! ```

/// In place of the decimals: the values are floating-point numbers.
const FLOATS: u8 = 255;
/// Integers below this are exact as floating-point numbers.
const EXACT: f64 = 9_007_199_254_740_992.0;

// ANCHOR: values
/// Appends values; NaN is none.
pub(crate) fn put_values(
    bytes: &mut Vec<u8>,
    values: impl Iterator<Item = f64> + Clone,
) {
    let decimals = [0_u8, 3, 6].into_iter().find(|decimals| {
        let scale = 10_f64.powi(i32::from(*decimals));
        values.clone().all(|value| is_whole(value, scale))
    });
    bytes.push(decimals.unwrap_or(FLOATS));
    let Some(decimals) = decimals else {
        return bytes.extend(values.flat_map(f64::to_le_bytes));
    };
    let scale = 10_f64.powi(i32::from(decimals));
    let mut last = 0;
    for value in values {
        if value.is_nan() {
            put(bytes, 0);
            continue;
        }
        let value = (value * scale).round() as i64;
        put(bytes, 1 + zigzag(value - last));
        last = value;
    }
}
// ANCHOR_END: values

/// Takes values from the front, one for each place. `None` when the bytes are
/// not what [`put_values`] writes.
pub(crate) fn take_values<'a>(
    bytes: &mut &[u8],
    places: impl Iterator<Item = &'a mut f64>,
) -> Option<()> {
    let (&decimals, rest) = bytes.split_first()?;
    *bytes = rest;
    if decimals == FLOATS {
        for place in places {
            let (value, rest) = bytes.split_first_chunk()?;
            *place = f64::from_le_bytes(*value);
            *bytes = rest;
        }
        return Some(());
    }
    let decimals = Some(decimals).filter(|decimals| *decimals < 10)?;
    let scale = 10_f64.powi(i32::from(decimals));
    let mut last = 0_i64;
    for place in places {
        let difference = take(bytes)?;
        *place = f64::NAN;
        if difference > 0 {
            last = last.wrapping_add(from_zigzag(difference - 1));
            *place = last as f64 / scale;
        }
    }
    Some(())
}

/// Whether a value comes back as it was.
fn is_whole(value: f64, scale: f64) -> bool {
    let whole = (value * scale).round();
    value.is_nan() || (whole.abs() < EXACT && whole / scale == value)
}

// ANCHOR: put
/// Appends a number.
pub(crate) fn put(bytes: &mut Vec<u8>, mut number: u64) {
    while number > 0x7f {
        bytes.push(number as u8 | 0x80);
        number >>= 7;
    }
    bytes.push(number as u8);
}
// ANCHOR_END: put

/// Appends a number that may be negative.
pub(crate) fn put_signed(bytes: &mut Vec<u8>, number: i64) {
    put(bytes, zigzag(number));
}

/// Takes a number from the front. `None` when there is none.
pub(crate) fn take(bytes: &mut &[u8]) -> Option<u64> {
    let mut number = 0;
    for shift in (0..64).step_by(7) {
        let (&byte, rest) = bytes.split_first()?;
        *bytes = rest;
        number |= u64::from(byte & 0x7f) << shift;
        if byte < 0x80 {
            return Some(number);
        }
    }
    None
}

/// Takes a number that may be negative from the front.
pub(crate) fn take_signed(bytes: &mut &[u8]) -> Option<i64> {
    take(bytes).map(from_zigzag)
}

/// 0, -1, 1, -2 … as 0, 1, 2, 3 …
fn zigzag(number: i64) -> u64 {
    ((number << 1) ^ (number >> 63)) as u64
}

fn from_zigzag(number: u64) -> i64 {
    (number >> 1) as i64 ^ -((number & 1) as i64)
}
