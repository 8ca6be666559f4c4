//! The numbers of the operators and attributes that this reader knows, by
//! their names in the reference (appendix F, "Operator tags", and G,
//! "Attribute IDs").

pub mod op {
    pub const BEGIN_SESSION: u8 = 0x41;
    pub const END_SESSION: u8 = 0x42;
    pub const BEGIN_PAGE: u8 = 0x43;
    pub const END_PAGE: u8 = 0x44;
    pub const COMMENT: u8 = 0x47;
    pub const OPEN_DATA_SOURCE: u8 = 0x48;
    pub const CLOSE_DATA_SOURCE: u8 = 0x49;
    pub const SET_COLOR_TREATMENT: u8 = 0x58;
    pub const POP_GS: u8 = 0x60;
    pub const PUSH_GS: u8 = 0x61;
    pub const SET_COLOR_SPACE: u8 = 0x6A;
    pub const SET_CURSOR: u8 = 0x6B;
    pub const SET_CURSOR_REL: u8 = 0x6C;
    pub const SET_PAGE_DEFAULT_CTM: u8 = 0x74;
    pub const SET_PAGE_ORIGIN: u8 = 0x75;
    pub const SET_PAGE_ROTATION: u8 = 0x76;
    pub const SET_PAGE_SCALE: u8 = 0x77;
    pub const SET_ROP: u8 = 0x7B;
    pub const BEGIN_IMAGE: u8 = 0xB0;
    pub const READ_IMAGE: u8 = 0xB1;
    pub const END_IMAGE: u8 = 0xB2;
}

pub mod attr {
    pub const PALETTE_DEPTH: u16 = 2;
    pub const COLOR_SPACE: u16 = 3;
    pub const PALETTE_DATA: u16 = 6;
    pub const MEDIA_SIZE: u16 = 37;
    pub const MEDIA_SOURCE: u16 = 38;
    pub const MEDIA_TYPE: u16 = 39;
    pub const ORIENTATION: u16 = 40;
    pub const PAGE_ANGLE: u16 = 41;
    pub const PAGE_ORIGIN: u16 = 42;
    pub const PAGE_SCALE: u16 = 43;
    pub const ROP3: u16 = 44;
    pub const CUSTOM_MEDIA_SIZE: u16 = 47;
    pub const CUSTOM_MEDIA_SIZE_UNITS: u16 = 48;
    pub const PAGE_COPIES: u16 = 49;
    pub const SIMPLEX_PAGE_MODE: u16 = 52;
    pub const DUPLEX_PAGE_MODE: u16 = 53;
    pub const DUPLEX_PAGE_SIDE: u16 = 54;
    pub const POINT: u16 = 76;
    pub const COLOR_DEPTH: u16 = 98;
    pub const BLOCK_HEIGHT: u16 = 99;
    pub const COLOR_MAPPING: u16 = 100;
    pub const COMPRESS_MODE: u16 = 101;
    pub const DESTINATION_SIZE: u16 = 103;
    pub const SOURCE_HEIGHT: u16 = 107;
    pub const SOURCE_WIDTH: u16 = 108;
    pub const START_LINE: u16 = 109;
    pub const PAD_BYTES_MULTIPLE: u16 = 110;
    pub const DATA_ORG: u16 = 130;
    pub const MEASURE: u16 = 134;
    pub const SOURCE_TYPE: u16 = 136;
    pub const UNITS_PER_MEASURE: u16 = 137;
}

/// Operators that are accepted because they change nothing on a page of
/// images: how colours are treated and dithered, with what lines and areas
/// would be drawn, and clipping to the whole page. `PaintPath` is among them
/// because every operator that would add to the path is refused: the path that
/// it paints is empty.
pub const HARMLESS: &[(u8, &str)] = &[
    (0x4A, "EchoComment"),
    (0x57, "SetDefaultGS"),
    (op::SET_COLOR_TREATMENT, "SetColorTreatment"),
    (0x63, "SetBrushSource"),
    (0x69, "SetClipToPage"),
    (0x6D, "SetHalftoneMethod"),
    (0x6E, "SetFillMode"),
    (0x70, "SetLineDash"),
    (0x71, "SetLineCap"),
    (0x72, "SetLineJoin"),
    (0x73, "SetMiterLimit"),
    (0x78, "SetPatternTxMode"),
    (0x79, "SetPenSource"),
    (0x7A, "SetPenWidth"),
    (0x7C, "SetSourceTxMode"),
    (0x7E, "SetNeutralAxis"),
    (0x7F, "SetClipMode"),
    (0x85, "NewPath"),
    (0x86, "PaintPath"),
    (0x92, "SetColorTrapping"),
    (0x94, "SetAdaptiveHalftoning"),
];

/// The name of operator `tag`.
pub fn operator_name(tag: u8) -> String {
    const KNOWN: &[(u8, &str)] = &[
        (op::BEGIN_SESSION, "BeginSession"),
        (op::END_SESSION, "EndSession"),
        (op::BEGIN_PAGE, "BeginPage"),
        (op::END_PAGE, "EndPage"),
        (op::COMMENT, "Comment"),
        (op::OPEN_DATA_SOURCE, "OpenDataSource"),
        (op::CLOSE_DATA_SOURCE, "CloseDataSource"),
        (0x4F, "BeginFontHeader"),
        (0x52, "BeginChar"),
        (0x5B, "BeginStream"),
        (0x5E, "ExecStream"),
        (op::POP_GS, "PopGS"),
        (op::PUSH_GS, "PushGS"),
        (0x62, "SetClipReplace"),
        (0x67, "SetClipIntersect"),
        (0x68, "SetClipRectangle"),
        (op::SET_COLOR_SPACE, "SetColorSpace"),
        (op::SET_CURSOR, "SetCursor"),
        (op::SET_CURSOR_REL, "SetCursorRel"),
        (0x6F, "SetFont"),
        (op::SET_PAGE_DEFAULT_CTM, "SetPageDefaultCTM"),
        (op::SET_PAGE_ORIGIN, "SetPageOrigin"),
        (op::SET_PAGE_ROTATION, "SetPageRotation"),
        (op::SET_PAGE_SCALE, "SetPageScale"),
        (op::SET_ROP, "SetROP"),
        (0x80, "SetPathToClip"),
        (0x84, "CloseSubPath"),
        (0x9B, "LinePath"),
        (0xA0, "Rectangle"),
        (0xA1, "RectanglePath"),
        (0xA8, "Text"),
        (op::BEGIN_IMAGE, "BeginImage"),
        (op::READ_IMAGE, "ReadImage"),
        (op::END_IMAGE, "EndImage"),
        (0xB3, "BeginRastPattern"),
        (0xB6, "BeginScan"),
        (0xBF, "PassThrough"),
    ];
    let name = KNOWN.iter().chain(HARMLESS).find(|(code, _)| *code == tag);
    name.map_or_else(|| format!("0x{tag:02X}"), |(_, name)| (*name).into())
}
