//! Says what a PCL XL stream says, an operator a line.

use std::io;

/// Prints a stream as our writer makes it. Image data becomes its length,
/// beside what the rows take when they are unpacked.
pub fn explain(stream: &[u8]) -> io::Result<()> {
    let cut_off = || io::Error::other("the stream is cut off");
    let line = stream.iter().position(|byte| *byte == b'\n');
    let (header, mut rest) = stream.split_at(line.ok_or_else(cut_off)?);
    println!("   {}", String::from_utf8_lossy(header));
    rest = &rest[1..];
    let (mut words, mut width, mut rows) = (String::new(), 0, 0);
    while let Some((&tag, after)) = rest.split_first() {
        rest = after;
        let size = match tag {
            0xC0 => 1,
            0xC1 => 2,
            0xD1 | 0xD3 => 4,
            0xFA => {
                let (length, after) =
                    rest.split_first_chunk().ok_or_else(cut_off)?;
                let length = u32::from_le_bytes(*length) as usize;
                rest = after.get(length..).ok_or_else(cut_off)?;
                let plain = super::size(width * rows);
                println!("      {plain} in {}", super::size(length as u64));
                continue;
            }
            operator => {
                println!("   {}{words}", name(OPERATORS, operator));
                words.clear();
                continue;
            }
        };
        let value = rest.get(..size).ok_or_else(cut_off)?;
        let Some(&[0xF8, attribute]) = rest.get(size..size + 2) else {
            return Err(io::Error::other("a value without a name"));
        };
        rest = &rest[size + 2..];
        let numbers: Vec<u16> = match value {
            [byte] => vec![u16::from(*byte)],
            _ => value
                .chunks(2)
                .map(|b| u16::from_le_bytes([b[0], b[1]]))
                .collect(),
        };
        match attribute {
            0x6C => width = u64::from(numbers[0]) * 3,
            0x63 => rows = u64::from(numbers[0]),
            _ => {}
        }
        words += &format!(" {}={numbers:?}", name(ATTRIBUTES, attribute));
    }
    Ok(())
}

fn name(names: &[(u8, &'static str)], tag: u8) -> &'static str {
    let found = names.iter().find(|(known, _)| *known == tag);
    found.map_or("?", |(_, name)| name)
}

const OPERATORS: &[(u8, &str)] = &[
    (0x41, "BeginSession"),
    (0x42, "EndSession"),
    (0x43, "BeginPage"),
    (0x44, "EndPage"),
    (0x48, "OpenDataSource"),
    (0x49, "CloseDataSource"),
    (0x6A, "SetColorSpace"),
    (0x6B, "SetCursor"),
    (0xB0, "BeginImage"),
    (0xB1, "ReadImage"),
    (0xB2, "EndImage"),
];

const ATTRIBUTES: &[(u8, &str)] = &[
    (0x03, "ColorSpace"),
    (0x25, "MediaSize"),
    (0x26, "MediaSource"),
    (0x28, "Orientation"),
    (0x31, "PageCopies"),
    (0x34, "SimplexPageMode"),
    (0x35, "DuplexPageMode"),
    (0x36, "DuplexPageSide"),
    (0x4C, "Point"),
    (0x62, "ColorDepth"),
    (0x63, "BlockHeight"),
    (0x64, "ColorMapping"),
    (0x65, "CompressMode"),
    (0x67, "DestinationSize"),
    (0x6B, "SourceHeight"),
    (0x6C, "SourceWidth"),
    (0x6D, "StartLine"),
    (0x82, "DataOrg"),
    (0x86, "Measure"),
    (0x88, "SourceType"),
    (0x89, "UnitsPerMeasure"),
    (0x8F, "ErrorReport"),
];
