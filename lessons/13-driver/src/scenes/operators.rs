//! The operators of a PCL XL stream, read back.

use std::io;

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

/// An operator with what stands before it, and the data after it.
pub struct Operator {
    pub name: &'static str,
    pub tag: u8,
    pub attributes: Vec<Attribute>,
    /// How many bytes of embedded data follow.
    pub data: Option<usize>,
}

/// A value and its name.
pub struct Attribute {
    pub name: &'static str,
    pub values: Vec<u16>,
    pub bytes: Vec<u8>,
}

impl Operator {
    /// The first value of the attribute `name`; 0 when there is none.
    pub fn value(&self, name: &str) -> u16 {
        let found = self.attributes.iter().find(|given| given.name == name);
        found.map_or(0, |attribute| attribute.values[0])
    }
}

/// Reads a stream as our writer makes it, after its first line.
pub fn read(stream: &[u8]) -> io::Result<Vec<Operator>> {
    let cut_off = || io::Error::other("the stream is cut off");
    let line = stream.iter().position(|byte| *byte == b'\n');
    let mut rest = &stream[line.ok_or_else(cut_off)? + 1..];
    let (mut operators, mut attributes) = (Vec::<Operator>::new(), Vec::new());
    while let Some((&tag, after)) = rest.split_first() {
        let size = match tag {
            0xC0 => 1,
            0xC1 => 2,
            0xD1 | 0xD3 => 4,
            0xFA => {
                let (length, after) =
                    after.split_first_chunk().ok_or_else(cut_off)?;
                let length = u32::from_le_bytes(*length) as usize;
                rest = after.get(length..).ok_or_else(cut_off)?;
                if let Some(operator) = operators.last_mut() {
                    operator.data = Some(length);
                }
                continue;
            }
            tag => {
                let name = name_of(OPERATORS, tag);
                let attributes = std::mem::take(&mut attributes);
                operators.push(Operator { name, tag, attributes, data: None });
                rest = after;
                continue;
            }
        };
        // The value's type, the value, 0xF8, and the attribute's tag.
        let bytes = rest.get(..size + 3).ok_or_else(cut_off)?;
        let values = match &bytes[1..=size] {
            [byte] => vec![u16::from(*byte)],
            value => value
                .chunks(2)
                .map(|pair| u16::from_le_bytes([pair[0], pair[1]]))
                .collect(),
        };
        let name = name_of(ATTRIBUTES, bytes[size + 2]);
        attributes.push(Attribute { name, values, bytes: bytes.to_vec() });
        rest = &rest[size + 3..];
    }
    Ok(operators)
}

fn name_of(names: &[(u8, &'static str)], tag: u8) -> &'static str {
    let found = names.iter().find(|(known, _)| *known == tag);
    found.map_or("?", |(_, name)| name)
}
