//! Numbers as bytes, as few as they need.
//!
//! A number is LEB128: seven bits a byte, the lowest first, the eighth bit
//! set in all bytes but the last. One with a sign is folded first (0, -1, 1,
//! -2 …: "zigzag"). Both are what Protocol Buffers write
//! (protobuf.dev/programming-guides/encoding).
//!
//! Values that were measured one after another are much alike, and have few
//! decimals. So they are integers, each as its difference from the one
//! before:
//!
//! ```text
//! decimals 1 byte: values are integers, divided by ten to this power;
//!          255: they are 8 bytes each, NaN for none
//! values   0 for none, else 1 + the folded difference from the last value
//! ```

/// In place of the decimals.
const AS_THEY_ARE: u8 = 255;
/// Integers up to here are exact as floating-point numbers.
const EXACT: f64 = 9_007_199_254_740_992.0;

/// Appends values; NaN is none.
pub(super) fn put_values(
    bytes: &mut Vec<u8>,
    values: impl Iterator<Item = f64> + Clone,
) {
    let decimals = [0_u8, 3, 6].into_iter().find(|decimals| {
        let scale = 10_f64.powi(i32::from(*decimals));
        values.clone().all(|value| is_whole(value, scale))
    });
    bytes.push(decimals.unwrap_or(AS_THEY_ARE));
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
        put(bytes, 1 + folded(value - last));
        last = value;
    }
}

/// Takes as many values from the front as there are places for them.
pub(super) fn take_values<'a>(
    bytes: &mut &[u8],
    places: impl Iterator<Item = &'a mut f64>,
) -> Option<()> {
    let (&decimals, rest) = bytes.split_first()?;
    *bytes = rest;
    if decimals == AS_THEY_ARE {
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
            last = last.wrapping_add(unfolded(difference - 1));
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

/// Appends a number.
pub(super) fn put(bytes: &mut Vec<u8>, mut number: u64) {
    while number > 0x7f {
        bytes.push(number as u8 | 0x80);
        number >>= 7;
    }
    bytes.push(number as u8);
}

/// Appends a number that may be negative.
pub(super) fn put_signed(bytes: &mut Vec<u8>, number: i64) {
    put(bytes, folded(number));
}

/// Takes a number from the front.
pub(super) fn take(bytes: &mut &[u8]) -> Option<u64> {
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
pub(super) fn take_signed(bytes: &mut &[u8]) -> Option<i64> {
    take(bytes).map(unfolded)
}

fn folded(number: i64) -> u64 {
    ((number << 1) ^ (number >> 63)) as u64
}

fn unfolded(number: u64) -> i64 {
    (number >> 1) as i64 ^ -((number & 1) as i64)
}
