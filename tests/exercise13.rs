//! Checks exercise 13: rows packed with PackBits come back as they were.

#[macro_use]
mod program;

#[test]
fn every_row_comes_back_and_runs_are_short() {
    let edge = "FF".repeat(30) + "C031002A9F" + &"FF".repeat(30);
    for (row, most) in [
        ("FF".into(), 2),
        ("0707".into(), 3),
        ("FF".repeat(128), 2),
        ("FF".repeat(129), 4),
        ("FF".repeat(620), 10),
        (edge, 10),
        ((0..=255).map(|byte| format!("{byte:02X}")).collect(), 258),
        ("0101020203030304".repeat(40), 321),
    ] {
        let printed = program::output_of(program!("13"), &[&row]);
        let packets = bytes(printed.trim().rsplit(' ').next().unwrap_or(""));
        let row = bytes(&row);
        assert_eq!(unpacked(&packets), row, "the packets {packets:02X?}");
        assert!(
            packets.len() <= most,
            "{} bytes became {}; {most} are enough",
            row.len(),
            packets.len()
        );
    }
}

fn bytes(hex: &str) -> Vec<u8> {
    let pairs = hex.as_bytes().chunks(2);
    let pairs = pairs.map(|pair| String::from_utf8_lossy(pair).into_owned());
    pairs
        .map(|pair| u8::from_str_radix(&pair, 16).expect("hexadecimal digits"))
        .collect()
}

/// TIFF 6.0, section 9, backwards.
fn unpacked(mut packets: &[u8]) -> Vec<u8> {
    let mut row = Vec::new();
    while let [count, rest @ ..] = packets {
        let (bytes, times, taken) = match *count {
            128 => (&rest[..0], 0, 0),
            n @ 0..128 => (&rest[..usize::from(n) + 1], 1, usize::from(n) + 1),
            n => (&rest[..1], 257 - usize::from(n), 1),
        };
        row.extend(bytes.repeat(times));
        packets = &rest[taken..];
    }
    row
}
