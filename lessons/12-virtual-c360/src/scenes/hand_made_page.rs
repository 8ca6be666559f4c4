//! A page in PCL XL without any driver: what each byte says.

use virtual_c360::pcl_xl;

/// A few bytes of the stream, and their meaning.
type Piece = (Vec<u8>, &'static str);

/// A ghost of 16 by 16 bits; 1 is black here.
const GHOST: [u16; 16] = [
    0b0000_0111_1110_0000,
    0b0001_1111_1111_1000,
    0b0011_1111_1111_1100,
    0b0111_1111_1111_1110,
    0b0111_0011_1001_1110,
    0b0110_0001_0000_1110,
    0b0110_0101_0010_1110,
    0b0111_0011_1001_1110,
    0b0111_1111_1111_1110,
    0b0111_1110_0111_1110,
    0b0111_1100_0011_1110,
    0b0111_1100_0011_1110,
    0b0111_1110_0111_1110,
    0b0111_1111_1111_1110,
    0b0111_1011_1101_1110,
    0b0011_0001_1000_1100,
];

// ANCHOR: page
/// The page's stream, piece by piece: each operator comes after the
/// attributes that it takes, each attribute after its value.
pub fn ghost() -> Vec<Piece> {
    // 300 units an inch; an A6 page; a picture of 16 × 16 bits that is
    // spread over 960 × 960 units.
    let begin = ") HP-PCL XL;2;0\n";
    let mut page: Vec<Piece> = vec![
        (begin.into(), "header: low byte first, class 2.0"),
        (hex("D1 2C01 2C01 F8 89"), "300 x 300 UnitsPerMeasure"),
        (hex("C0 00 F8 86 41"), "eInch Measure BeginSession"),
        (hex("C0 00 F8 88"), "eDefaultSource SourceType"),
        (hex("C0 01 F8 82 48"), "eLowByteFirst DataOrg OpenDataSource"),
        (hex("C0 00 F8 28"), "ePortrait Orientation"),
        (hex("C0 11 F8 25 43"), "eA6 MediaSize BeginPage"),
        (hex("C0 01 F8 03 6A"), "eGray ColorSpace SetColorSpace"),
        (hex("D1 8C00 C800 F8 4C 6B"), "(140, 200) Point SetCursor"),
        (hex("C0 00 F8 64"), "eDirectPixel ColorMapping"),
        (hex("C0 00 F8 62"), "e1Bit ColorDepth"),
        (hex("C1 1000 F8 6C C1 1000 F8 6B"), "16 SourceWidth 16 SourceHeight"),
        (hex("D1 C003 C003 F8 67 B0"), "960 x 960 DestinationSize BeginImage"),
        (hex("C1 0000 F8 6D C1 1000 F8 63"), "0 StartLine 16 BlockHeight"),
        (hex("C0 00 F8 65 B1"), "eNoCompression CompressMode ReadImage"),
        (hex("FB 40"), "64 bytes of data follow"),
    ];
    // A row is padded to 4 bytes; 1 is white in eGray.
    for row in GHOST {
        let [high, low] = (!row).to_be_bytes();
        page.push((vec![high, low, 0, 0], ""));
    }
    page.push((hex("B2 44 49 42"), "EndImage EndPage … EndSession"));
    page
}
// ANCHOR_END: page

/// The bytes of all pieces.
pub fn stream(pieces: &[Piece]) -> Vec<u8> {
    pieces.iter().flat_map(|(bytes, _)| bytes.clone()).collect()
}

/// Prints the pieces with their meaning, and the picture as the machine's
/// reader has painted it.
pub fn explain(pieces: &[Piece]) {
    let page =
        pcl_xl::pages(&stream(pieces)).expect("made with care").remove(0);
    let mut row = 0u32;
    for (bytes, meaning) in pieces {
        let mut shown: String =
            bytes.iter().take(12).map(|b| format!("{b:02x} ")).collect();
        if bytes.len() > 12 {
            shown.push('…');
        }
        if !meaning.is_empty() {
            println!("  {shown:38} {meaning}");
            continue;
        }
        // A row of the picture: look at the middle of each of its bits.
        let point = |x: u32| page.pixel(140 + x * 60 + 30, 200 + row * 60 + 30);
        let picture: String = (0..16u32)
            .map(|x| if point(x)[0] < 128 { "##" } else { "  " })
            .collect();
        println!("  {shown:38} {}", picture.trim_end());
        row += 1;
    }
}

/// Bytes from their hexadecimal digits.
fn hex(text: &str) -> Vec<u8> {
    let digits: Vec<u8> =
        text.chars().filter_map(|c| c.to_digit(16)).map(|d| d as u8).collect();
    digits.chunks_exact(2).map(|pair| pair[0] << 4 | pair[1]).collect()
}
