//! Exercise 25: times, unpacked.
//!
//! A block keeps times in few bytes: for each time how much its difference
//! from the time before differs from the difference before. `pack` writes
//! them; `unpack` is yours.
//!
//! ```console
//! $ cargo run --bin exercise25 pack 0 1000 2001 3000 4000
//! 00 d0 0f 02 03 02
//! $ cargo run --bin exercise25 unpack 00 d0 0f 02 03 02
//! 0 1000 2001 3000 4000
//! ```
//!
//! Check your work with `cargo test --test exercise25`.

fn main() {
    let mut arguments = std::env::args().skip(1);
    let command = arguments.next();
    match command.as_deref() {
        Some("pack") => {
            let time = |word: String| word.parse().expect("a whole number");
            let times: Vec<i64> = arguments.map(time).collect();
            let bytes = pack(&times);
            let shown: Vec<String> =
                bytes.iter().map(|byte| format!("{byte:02x}")).collect();
            println!("{}", shown.join(" "));
        }
        Some("unpack") => {
            let byte = |word: String| {
                u8::from_str_radix(&word, 16).expect("two hexadecimal digits")
            };
            let bytes: Vec<u8> = arguments.map(byte).collect();
            match unpack(&bytes) {
                Some(times) => {
                    let shown: Vec<String> =
                        times.iter().map(i64::to_string).collect();
                    println!("{}", shown.join(" "));
                }
                None => println!("the last number is not whole"),
            }
        }
        _ => println!("pack TIME… or unpack BYTE…"),
    }
}

fn pack(times: &[i64]) -> Vec<u8> {
    let mut bytes = Vec::new();
    let (mut last, mut last_difference) = (0, 0);
    for time in times {
        let difference = time - last;
        put(&mut bytes, zigzag(difference - last_difference));
        (last, last_difference) = (*time, difference);
    }
    bytes
}

/// Appends seven bits a byte, the lowest first. Every byte but a number's
/// last has its highest bit set.
fn put(bytes: &mut Vec<u8>, mut number: u64) {
    while number > 0x7f {
        bytes.push(number as u8 | 0x80);
        number >>= 7;
    }
    bytes.push(number as u8);
}

/// 0, -1, 1, -2 … as 0, 1, 2, 3 …
fn zigzag(number: i64) -> u64 {
    ((number << 1) ^ (number >> 63)) as u64
}

/// 0, 1, 2, 3 … as 0, -1, 1, -2 …
fn from_zigzag(number: u64) -> i64 {
    (number >> 1) as i64 ^ -((number & 1) as i64)
}

/// The times that [`pack`] has packed, or nothing when the bytes end in the
/// middle of a number. No number has more than nine bytes.
fn unpack(bytes: &[u8]) -> Option<Vec<i64>> {
    let mut times = Vec::new();
    let (mut last, mut last_difference) = (0, 0);
    let (mut number, mut shift) = (0, 0);
    for byte in bytes {
        number |= u64::from(byte & 0x7f) << shift;
        shift += 7;
        if *byte < 0x80 {
            last_difference += from_zigzag(number);
            last += last_difference;
            times.push(last);
            (number, shift) = (0, 0);
        }
    }
    // In the middle of a number, some bits have come already.
    (shift == 0).then_some(times)
}
