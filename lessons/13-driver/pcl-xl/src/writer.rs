//! The writer of PCL XL, the binary page language of office printers.
//!
//! From Hewlett-Packard's *PCL XL Feature Reference, Protocol Class 2.0*, and
//! its supplement for Class 2.1. A stream is a header line and then operators.
//! An operator is one byte; before it stand its attributes, each a value with
//! the tag of its type, and then the attribute's own tag. All of it is
//! little-endian, as the header's `)` declares. What is written here needs
//! Protocol Class 2.1 (2000), which adds delta row compression.

use sheet::{Duplex, Media, Orientation, PageSetup, Tray};

/// The tags of values (reference, "Data type tags").
mod tag {
    // Data types.
    pub const UBYTE: u8 = 0xC0;
    pub const UINT16: u8 = 0xC1;
    pub const REAL32_XY: u8 = 0xD5;
    pub const UBYTE_ARRAY: u8 = 0xC8;
    pub const UINT16_XY: u8 = 0xD1;
    pub const SINT16_XY: u8 = 0xD3;
    /// An attribute's one-byte tag follows.
    pub const ATTRIBUTE: u8 = 0xF8;
    /// Embedded data follows, its length as 32 bits before it.
    pub const DATA: u8 = 0xFA;
}

/// An operator's tag.
#[derive(Clone, Copy, Debug)]
#[repr(u8)]
enum Operator {
    BeginSession = 0x41,
    EndSession = 0x42,
    BeginPage = 0x43,
    EndPage = 0x44,
    OpenDataSource = 0x48,
    CloseDataSource = 0x49,
    SetColorSpace = 0x6A,
    SetCursor = 0x6B,
    BeginImage = 0xB0,
    ReadImage = 0xB1,
    EndImage = 0xB2,
}

/// An attribute's tag.
#[derive(Clone, Copy, Debug)]
#[repr(u8)]
enum Attribute {
    ColorSpace = 0x03,
    MediaSize = 0x25,
    MediaSource = 0x26,
    MediaType = 0x27,
    Orientation = 0x28,
    CustomMediaSize = 0x2F,
    CustomMediaSizeUnits = 0x30,
    PageCopies = 0x31,
    SimplexPageMode = 0x34,
    DuplexPageMode = 0x35,
    DuplexPageSide = 0x36,
    Point = 0x4C,
    ColorDepth = 0x62,
    BlockHeight = 0x63,
    ColorMapping = 0x64,
    CompressMode = 0x65,
    DestinationSize = 0x67,
    SourceHeight = 0x6B,
    SourceWidth = 0x6C,
    StartLine = 0x6D,
    DataOrg = 0x82,
    Measure = 0x86,
    SourceType = 0x88,
    UnitsPerMeasure = 0x89,
    ErrorReport = 0x8F,
}

/// How the rows of a `ReadImage` are compressed (enumeration `CompressMode`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Compression {
    /// `eRLECompression`: [`packbits`](crate::packbits).
    PackBits = 1,
    /// `eDeltaRowCompression`: [`delta_row`](crate::delta_row). Whether the
    /// row above survives from one `ReadImage` to the next is left open by
    /// the reference, so an image of this kind should have only one.
    DeltaRow = 3,
}

/// Writes PCL XL into a buffer, an operator at a time.
#[derive(Default)]
pub struct Writer {
    /// What has been written so far. Send it, clear it, go on.
    pub bytes: Vec<u8>,
}

impl Writer {
    /// The stream's header, `BeginSession` at `dpi` units to the inch, and
    /// `OpenDataSource`.
    pub fn begin_session(&mut self, dpi: u16) {
        self.bytes.extend_from_slice(
            b") HP-PCL XL;2;1;Comment Taming Systems with Rust\n",
        );
        self.ubyte(Attribute::Measure, 0); // eInch
        self.xy(tag::UINT16_XY, Attribute::UnitsPerMeasure, dpi, dpi);
        self.ubyte(Attribute::ErrorReport, 2); // eErrorPage
        self.operator(Operator::BeginSession);
        self.ubyte(Attribute::SourceType, 0); // eDefaultDataSource
        self.ubyte(Attribute::DataOrg, 1); // eBinaryLowByteFirst
        self.operator(Operator::OpenDataSource);
    }

    /// `CloseDataSource` and `EndSession`.
    pub fn end_session(&mut self) {
        self.operator(Operator::CloseDataSource);
        self.operator(Operator::EndSession);
    }

    /// `BeginPage` for a side of a sheet, and `SetColorSpace`: sRGB or grey.
    pub fn begin_page(&mut self, page: &PageSetup<'_>) {
        let PageSetup { sheet, duplex, is_back, .. } = *page;
        let landscape = sheet.orientation.is_landscape();
        self.ubyte(Attribute::Orientation, orientation(sheet.orientation));
        match media_size(sheet.media) {
            Some(number) => self.ubyte(Attribute::MediaSize, number),
            None => {
                let (width, height) = sheet.media.size();
                self.real_xy(Attribute::CustomMediaSize, width, height);
                // eTenthsOfAMillimeter
                self.ubyte(Attribute::CustomMediaSizeUnits, 2);
            }
        }
        self.ubyte(Attribute::MediaSource, media_source(page.tray));
        if let Some(media_type) = page.media_type {
            let name = media_type.printer_name();
            self.text(Attribute::MediaType, name);
        }
        match binding(duplex, landscape) {
            None => self.ubyte(Attribute::SimplexPageMode, 0),
            Some(edge) => {
                self.ubyte(Attribute::DuplexPageMode, edge);
                self.ubyte(Attribute::DuplexPageSide, is_back.into());
            }
        }
        self.operator(Operator::BeginPage);
        self.set_color_space(page.color);
    }

    /// `SetColorSpace` for the images that follow: sRGB or grey. A printer makes
    /// grey of black toner alone.
    pub fn set_color_space(&mut self, color: bool) {
        self.ubyte(Attribute::ColorSpace, if color { 2 } else { 1 });
        self.operator(Operator::SetColorSpace);
    }

    /// `EndPage`, printed `copies` times.
    pub fn end_page(&mut self, copies: u16) {
        self.uint16(Attribute::PageCopies, copies);
        self.operator(Operator::EndPage);
    }

    /// `SetCursor` to the left edge of row `top`, and `BeginImage` for rows
    /// of 8-bit samples, one dot a pixel.
    // ANCHOR: image
    pub fn begin_image(&mut self, top: u16, width: u16, height: u16) {
        self.xy(tag::SINT16_XY, Attribute::Point, 0, top);
        self.operator(Operator::SetCursor);
        self.ubyte(Attribute::ColorMapping, 0); // eDirectPixel
        self.ubyte(Attribute::ColorDepth, 2); // e8Bit
        self.uint16(Attribute::SourceWidth, width);
        self.uint16(Attribute::SourceHeight, height);
        self.xy(tag::UINT16_XY, Attribute::DestinationSize, width, height);
        self.operator(Operator::BeginImage);
    }
    // ANCHOR_END: image

    /// `ReadImage`: `rows` rows of the image from row `start` on, each padded
    /// to a multiple of four bytes and compressed.
    ///
    /// # Panics
    /// When the data is longer than 4 GiB, which no band is.
    pub fn read_image(
        &mut self,
        start: u16,
        rows: u16,
        compression: Compression,
        data: &[u8],
    ) {
        self.uint16(Attribute::StartLine, start);
        self.uint16(Attribute::BlockHeight, rows);
        self.ubyte(Attribute::CompressMode, compression as u8);
        self.operator(Operator::ReadImage);
        let length = u32::try_from(data.len()).expect("a band is small");
        self.bytes.push(tag::DATA);
        self.bytes.extend_from_slice(&length.to_le_bytes());
        self.bytes.extend_from_slice(data);
    }

    /// `EndImage`.
    pub fn end_image(&mut self) {
        self.operator(Operator::EndImage);
    }

    fn operator(&mut self, operator: Operator) {
        self.bytes.push(operator as u8);
    }

    fn ubyte(&mut self, attribute: Attribute, value: u8) {
        self.bytes.extend([tag::UBYTE, value, tag::ATTRIBUTE, attribute as u8]);
    }

    fn uint16(&mut self, attribute: Attribute, value: u16) {
        self.bytes.push(tag::UINT16);
        self.bytes.extend(value.to_le_bytes());
        self.bytes.extend([tag::ATTRIBUTE, attribute as u8]);
    }

    /// Two hundredths, as tenths.
    fn real_xy(&mut self, attribute: Attribute, x: u32, y: u32) {
        self.bytes.push(tag::REAL32_XY);
        for hundredths in [x, y] {
            self.bytes.extend((hundredths as f32 / 10.0).to_le_bytes());
        }
        self.bytes.extend([tag::ATTRIBUTE, attribute as u8]);
    }

    /// A short text, as an array of bytes with its length before it.
    fn text(&mut self, attribute: Attribute, text: &str) {
        self.bytes.extend([tag::UBYTE_ARRAY, tag::UBYTE, text.len() as u8]);
        self.bytes.extend(text.as_bytes());
        self.bytes.extend([tag::ATTRIBUTE, attribute as u8]);
    }

    fn xy(&mut self, kind: u8, attribute: Attribute, x: u16, y: u16) {
        self.bytes.push(kind);
        self.bytes.extend(x.to_le_bytes());
        self.bytes.extend(y.to_le_bytes());
        self.bytes.extend([tag::ATTRIBUTE, attribute as u8]);
    }
}

/// The enumeration `MediaSize`; `None` for a paper that has no number.
fn media_size(media: Media) -> Option<u8> {
    Some(match media {
        Media::Letter => 0,
        Media::Legal => 1,
        Media::A4 => 2,
        Media::Executive => 3,
        Media::Ledger => 4,
        Media::A3 => 5,
        Media::B4 => 10,
        Media::B5 => 11,
        Media::A5 => 16,
        Media::A6 => 17,
        Media::Custom(_) => return None,
    })
}

/// The enumeration `MediaSource`. It has no number for a fourth tray: the
/// external trays begin at 8.
fn media_source(tray: Option<Tray>) -> u8 {
    match tray {
        None => 1,               // eAutoSelect
        Some(Tray::Bypass) => 3, // eMultiPurposeTray
        Some(Tray::Tray1) => 4,  // eUpperCassette
        Some(Tray::Tray2) => 5,  // eLowerCassette
        Some(Tray::Tray3) => 7,  // eThirdCassette
        Some(Tray::Tray4) => 8,
    }
}

/// The enumeration `Orientation`.
fn orientation(orientation: Orientation) -> u8 {
    match orientation {
        Orientation::Portrait => 0,
        Orientation::Landscape => 1,
        Orientation::ReversePortrait => 2,
        Orientation::ReverseLandscape => 3,
    }
}

/// The enumeration `DuplexPageMode`: 0 binds along the page's horizontal
/// edge, 1 along its vertical edge.
fn binding(duplex: Duplex, landscape: bool) -> Option<u8> {
    match duplex {
        Duplex::Off => None,
        Duplex::LongEdge => Some(u8::from(!landscape)),
        Duplex::ShortEdge => Some(u8::from(landscape)),
    }
}
