//! Streams made by hand, read; and the same streams damaged in every way.

use std::ops::Range;

use super::*;
use crate::page::Side;

const HEADER: &[u8] = b") HP-PCL XL;2;0;made by hand\n";

/// 300 units per inch, data source open.
const SESSION: &[u8] = &[
    0xD1, 0x2C, 1, 0x2C, 1, 0xF8, 137, // UnitsPerMeasure 300 × 300
    0xC0, 0, 0xF8, 134,  // Measure eInch
    0x41, // BeginSession
    0xC0, 0, 0xF8, 136, // SourceType eDefaultSource
    0xC0, 1, 0xF8, 130,  // DataOrg eBinaryLowByteFirst
    0x48, // OpenDataSource
];
const END: &[u8] = &[0x49, 0x42]; // CloseDataSource, EndSession

/// Portrait, A6, simplex.
const PAGE: &[u8] = &[
    0xC0, 0, 0xF8, 40, // Orientation
    0xC0, 17, 0xF8, 37, // MediaSize
    0xC0, 0, 0xF8, 52,   // SimplexPageMode
    0x43, // BeginPage
];
const END_PAGE: &[u8] = &[0x44];

/// Colour space `space`, cursor at (`x`, `y`).
fn place(space: u8, x: u8, y: u8) -> Vec<u8> {
    vec![
        0xC0, space, 0xF8, 3, 0x6A, // SetColorSpace
        0xD1, x, 0, y, 0, 0xF8, 76, 0x6B, // SetCursor
    ]
}

/// An image of `width` × `height` samples of `depth` (0, 1, 2 for 1, 4, 8
/// bits), `size` units large, in one block.
fn image(
    mapping: u8,
    depth: u8,
    [width, height]: [u8; 2],
    size: [u8; 2],
    mode: u8,
    data: &[u8],
) -> Vec<u8> {
    let begin = [
        0xC0,
        mapping,
        0xF8,
        100, // ColorMapping
        0xC0,
        depth,
        0xF8,
        98, // ColorDepth
        0xC1,
        width,
        0,
        0xF8,
        108, // SourceWidth
        0xC1,
        height,
        0,
        0xF8,
        107, // SourceHeight
        0xD1,
        size[0],
        0,
        size[1],
        0,
        0xF8,
        103,  // DestinationSize
        0xB0, // BeginImage
        0xC1,
        0,
        0,
        0xF8,
        109, // StartLine
        0xC1,
        height,
        0,
        0xF8,
        99, // BlockHeight
        0xC0,
        mode,
        0xF8,
        101,  // CompressMode
        0xB1, // ReadImage
        0xFB,
        data.len() as u8, // dataLengthByte
    ];
    [&begin[..], data, &[0xB2]].concat()
}

fn one_page(inside: &[&[u8]]) -> Vec<u8> {
    let inside = inside.concat();
    [HEADER, SESSION, PAGE, &inside, END_PAGE, END].concat()
}

fn page(inside: &[&[u8]]) -> Page {
    let mut pages = pages(&one_page(inside)).expect("a good stream");
    assert_eq!(pages.len(), 1);
    pages.remove(0)
}

fn error(inside: &[&[u8]]) -> XlError {
    match pages(&one_page(inside)) {
        Err(Error::Xl(error)) => error,
        other => panic!("{other:?}"),
    }
}

fn row(page: &Page, y: u32, xs: Range<u32>) -> Vec<u8> {
    xs.map(|x| page.pixel(x, y)[0]).collect()
}

#[test]
fn a_blank_page_has_its_papers_size() {
    let page = page(&[]);
    assert_eq!((page.width, page.height, page.dpi), (1240, 1748, 300));
    assert_eq!((page.media.as_str(), page.side), ("A6", Side::Simplex));
    assert!(page.is_blank());
}

#[test]
fn grey_samples_are_painted_where_the_cursor_is() {
    let data = [1, 2, 3, 0, 4, 5, 6, 0]; // rows are padded to 4 bytes
    let page =
        page(&[&place(1, 10, 20), &image(0, 2, [3, 2], [3, 2], 0, &data)]);
    assert_eq!(row(&page, 20, 9..14), [255, 1, 2, 3, 255]);
    assert_eq!(row(&page, 21, 9..14), [255, 4, 5, 6, 255]);
    assert_eq!(row(&page, 22, 9..14), [255; 5]);
}

#[test]
fn rgb_samples_keep_their_colours() {
    for space in [2, 6] {
        let data = [255, 0, 0, 0, 0, 255, 0, 0];
        let page = page(&[
            &place(space, 0, 0),
            &image(0, 2, [2, 1], [2, 1], 0, &data),
        ]);
        assert!(page.is_color());
        assert_eq!(page.pixel(0, 0), [255, 0, 0]);
        assert_eq!(page.pixel(1, 0), [0, 0, 255]);
    }
}

#[test]
fn all_three_packings_give_the_same_picture() {
    let rows: [[u8; 8]; 3] = [
        [9, 9, 9, 9, 9, 9, 9, 9],
        [9, 9, 1, 2, 3, 9, 9, 9],
        [9, 9, 1, 2, 3, 9, 9, 7],
    ];
    let packed = [
        0x01, 9, 9, 0xFB, 9,    // two literal bytes, six times 9
        0x80, // nothing
        0x04, 9, 9, 1, 2, 3, 0xFE, 9, 0x07, 9, 9, 1, 2, 3, 9, 9, 7,
    ];
    let delta = [
        9, 0, 0xE0, 9, 9, 9, 9, 9, 9, 9, 9, // 8 bytes from the first
        4, 0, 0x42, 1, 2, 3, // leave 2, replace 3
        2, 0, 0x07, 7, // leave 7, replace 1
    ];
    for (mode, data) in [(0, rows.as_flattened()), (1, &packed), (3, &delta)] {
        let page =
            page(&[&place(1, 0, 0), &image(0, 2, [8, 3], [8, 3], mode, data)]);
        for (y, expected) in rows.iter().enumerate() {
            assert_eq!(row(&page, y as u32, 0..8), expected, "mode {mode}");
        }
    }
}

#[test]
fn a_run_may_go_on_into_the_next_row() {
    let data = [0xF9, 5]; // eight times 5, for two rows of four
    let page = page(&[&place(1, 0, 0), &image(0, 2, [4, 2], [4, 2], 1, &data)]);
    assert_eq!(row(&page, 0, 0..5), [5, 5, 5, 5, 255]);
    assert_eq!(row(&page, 1, 0..5), [5, 5, 5, 5, 255]);
}

#[test]
fn bits_and_palettes_become_pixels() {
    let bits = [0b1010_0000, 0, 0, 0];
    let direct =
        page(&[&place(1, 0, 0), &image(0, 0, [4, 1], [4, 1], 0, &bits)]);
    assert_eq!(row(&direct, 0, 0..4), [255, 0, 255, 0]);

    let nibbles = [0x0F, 0x80, 0, 0];
    let four =
        page(&[&place(1, 0, 0), &image(0, 1, [3, 1], [3, 1], 0, &nibbles)]);
    assert_eq!(row(&four, 0, 0..3), [0, 255, 136]);

    let palette = [
        0xC0, 2, 0xF8, 3, // eRGB
        0xC0, 2, 0xF8, 2, // PaletteDepth e8Bit
        0xC8, 0xC0, 6, 1, 2, 3, 4, 5, 6, 0xF8, 6,    // PaletteData
        0x6A, // SetColorSpace
    ];
    let indexed = page(&[
        &place(1, 0, 0),
        &palette,
        &image(1, 0, [4, 1], [4, 1], 0, &bits),
    ]);
    assert_eq!(indexed.pixel(0, 0), [4, 5, 6]);
    assert_eq!(indexed.pixel(1, 0), [1, 2, 3]);
}

#[test]
fn an_image_is_stretched_to_its_destination() {
    let data = [1, 2, 0, 0, 3, 4, 0, 0];
    let large =
        page(&[&place(1, 1, 1), &image(0, 2, [2, 2], [4, 4], 0, &data)]);
    assert_eq!(row(&large, 1, 0..6), [255, 1, 1, 2, 2, 255]);
    assert_eq!(row(&large, 4, 0..6), [255, 3, 3, 4, 4, 255]);
    let small =
        page(&[&place(1, 0, 0), &image(0, 2, [2, 2], [1, 1], 0, &data)]);
    assert_eq!(row(&small, 1, 0..2), [255, 255]);
    assert_ne!(small.pixel(0, 0), [255; 3]);
}

#[test]
fn origin_scale_and_saved_states_move_the_image() {
    let push = [0x61];
    let origin = [0xD1, 10, 0, 20, 0, 0xF8, 42, 0x75]; // SetPageOrigin
    let scale = [
        &[0xD5][..],
        &2f32.to_le_bytes(),
        &2f32.to_le_bytes(),
        &[0xF8, 43, 0x77], // SetPageScale
    ]
    .concat();
    let pop = [0x60];
    let dot = image(0, 2, [1, 1], [1, 1], 0, &[0, 0, 0, 0]);
    let at = place(1, 1, 1);
    let page = page(&[&push, &origin, &scale, &at, &dot, &pop, &at, &dot]);
    assert_eq!(page.pixel(12, 22), [0; 3]);
    assert_eq!(page.pixel(13, 23), [0; 3]);
    assert_eq!(page.pixel(14, 24), [255; 3]);
    assert_eq!(page.pixel(1, 1), [0; 3]);
}

#[test]
fn the_next_page_is_like_the_one_before_unless_it_says_so() {
    let duplex = [
        0xC8, 0xC0, 2, b'a', b'5', 0xF8, 37, // MediaSize by name
        0xC0, 1, 0xF8, 53, // DuplexPageMode
        0xC0, 1, 0xF8, 40, // landscape
        0x43,
    ];
    let copies = [0xC1, 3, 0, 0xF8, 49, 0x44]; // PageCopies, EndPage
    let stream = [
        HEADER,
        SESSION,
        &duplex,
        END_PAGE,
        &[0x43],
        &copies,
        &[0x43],
        END_PAGE,
        END,
    ]
    .concat();
    let pages = pages(&stream).expect("a good stream");
    let sides: Vec<_> = pages.iter().map(|p| (p.side, p.copies)).collect();
    assert_eq!(sides, [(Side::Front, 1), (Side::Back, 3), (Side::Front, 1)]);
    for page in pages {
        assert_eq!((page.width, page.height), (2480, 1748));
        assert_eq!(page.media, "A5");
    }
}

#[test]
fn high_byte_first_streams_and_other_units_are_read() {
    let stream = [
        b"( HP-PCL XL;3;0\n".as_slice(),
        &[0xD1, 0, 10, 0, 10, 0xF8, 137, 0xC0, 1, 0xF8, 134, 0x41],
        // CustomMediaSize 100 × 150 mm
        &[0xD1, 0, 100, 0, 150, 0xF8, 47, 0xC0, 1, 0xF8, 48, 0x43],
        END_PAGE,
        &[0x42],
    ]
    .concat();
    let pages = pages(&stream).expect("a good stream");
    assert_eq!((pages[0].width, pages[0].height), (1000, 1500));
    assert_eq!((pages[0].dpi, pages[0].media.as_str()), (254, "100x150 mm"));
}

#[test]
fn a_stream_finer_than_the_engine_is_printed_at_600_dpi() {
    let mut stream = one_page(&[]);
    let units = HEADER.len() + 1;
    stream[units..units + 4].copy_from_slice(&[0xB0, 4, 0xB0, 4]); // 1200
    let pages = pages(&stream).expect("a good stream");
    assert_eq!((pages[0].width, pages[0].dpi), (2480, 600));
}

#[test]
fn errors_name_the_operator_and_its_position() {
    let cursor = place(1, 0, 0);
    let two = &image(0, 2, [2, 1], [2, 1], 0, &[0; 4]);
    for (inside, subsystem, name, operator, position) in [
        (&[&[0xA8][..]][..], "KERNEL", "IllegalOperator", "Text", 4),
        (&[&[0xB7]], "KERNEL", "IllegalOperator", "0xB7", 4),
        (&[&[0x6A]], "KERNEL", "MissingAttribute", "SetColorSpace", 4),
        (&[two], "IMAGE", "CurrentCursorUndefined", "BeginImage", 4),
        (&[&[0x60]], "KERNEL", "IllegalOperatorSequence", "PopGS", 4),
        (&[&[0xB2]], "IMAGE", "IllegalOperatorSequence", "EndImage", 4),
        (&[&[0x41]], "KERNEL", "IllegalOperatorSequence", "BeginSession", 4),
        (&[&[0xFF]], "KERNEL", "IllegalTag", "BeginPage", 3),
        (&[&[0xFB, 1, 0]], "KERNEL", "ExtraData", "BeginPage", 3),
        (
            &[&cursor, &image(0, 2, [2, 1], [2, 1], 2, &[0; 4])],
            "IMAGE",
            "UnsupportedAttributeValue", // eJPEGCompression
            "ReadImage",
            7,
        ),
        (
            &[&cursor, &image(0, 2, [2, 1], [2, 1], 0, &[0; 3])],
            "IMAGE",
            "MissingData",
            "ReadImage",
            7,
        ),
        (
            &[&cursor, &image(0, 2, [2, 1], [2, 1], 0, &[0; 5])],
            "IMAGE",
            "ExtraData",
            "ReadImage",
            7,
        ),
        (
            &[&cursor, &image(0, 2, [4, 1], [4, 1], 1, &[0xF9, 5])],
            "IMAGE",
            "ExtraData", // a run longer than the image
            "ReadImage",
            7,
        ),
        (
            &[&cursor, &image(0, 2, [4, 1], [4, 1], 3, &[2, 0, 0x1E, 1])],
            "IMAGE",
            "ExtraData", // a change behind the row's end
            "ReadImage",
            7,
        ),
        (
            &[&cursor, &image(1, 2, [2, 1], [2, 1], 0, &[0; 4])],
            "IMAGE",
            "ImagePaletteMismatch",
            "BeginImage",
            6,
        ),
    ] {
        let found = error(inside);
        let expected = XlError {
            subsystem,
            error: name,
            operator: operator.into(),
            position,
        };
        assert_eq!(found, expected);
    }
}

#[test]
fn a_header_of_something_else_is_refused() {
    for (header, error) in [
        (&b"' HP-PCL XL;2;0\n"[..], "UnsupportedBinding"),
        (b") HP-PCL XL;9;0\n", "UnsupportedProtocol"),
        (b") HP-PCL XL\n", "UnsupportedProtocol"),
        (b") HP-PCL 5;2;0\n", "IllegalStreamHeader"),
        (b"%!PS-Adobe-3.0\n", "IllegalStreamHeader"),
        (b") HP-PCL XL;2;0", "IllegalStreamHeader"),
        (&[b')'; 100_000], "IllegalStreamHeader"),
        (b"", "IllegalStreamHeader"),
    ] {
        let Err(Error::Xl(found)) = pages(header) else {
            panic!("{header:?} was read")
        };
        assert_eq!(found.error, error);
    }
}

#[test]
fn a_stream_may_have_several_sessions() {
    let session = [SESSION, PAGE, END_PAGE, END].concat();
    let stream = [HEADER, &session, &session].concat();
    assert_eq!(pages(&stream).expect("a good stream").len(), 2);
}

#[test]
fn a_uel_after_the_session_is_left_unread() {
    let stream = [&one_page(&[])[..], b"\x1b%-12345X@PJL EOJ\r\n"].concat();
    let mut input = &stream[..];
    let summary = read(&mut input, &mut |_| Ok(())).expect("a good stream");
    assert_eq!(summary, Summary { pages: 1, class: (2, 0) });
    assert_eq!(input, b"\x1b%-12345X@PJL EOJ\r\n");
}

/// A stream with a bit of everything in it, for the damage below.
fn everything() -> Vec<u8> {
    let palette = [
        0xC0, 2, 0xF8, 3, 0xC0, 2, 0xF8, 2, 0xC8, 0xC0, 6, 1, 2, 3, 4, 5, 6,
        0xF8, 6, 0x6A,
    ];
    one_page(&[
        &[0x61],
        &place(1, 3, 3),
        &image(0, 2, [4, 2], [8, 8], 1, &[0xF9, 5]),
        &place(2, 9, 9),
        &image(0, 2, [2, 1], [2, 1], 3, &[4, 0, 0x42, 1, 2, 3]),
        &palette,
        &image(1, 0, [4, 1], [4, 1], 0, &[0xA0, 0, 0, 0]),
        &[0xC8, 0xC1, 3, 0, b'h', b'i', b'!', 0xF8, 129, 0x47], // Comment
        &[0x60],
    ])
}

#[test]
fn a_stream_that_breaks_off_anywhere_is_an_error_and_no_page() {
    let stream = everything();
    assert!(pages(&stream).is_ok());
    let session = HEADER.len();
    let end_page = stream.len() - END.len();
    for length in 0..stream.len() {
        let mut delivered = 0;
        let result = read(&mut &stream[..length], &mut |event| {
            delivered += u32::from(matches!(event, Event::Page(_)));
            Ok(())
        });
        // A header alone is a stream of nothing.
        assert_eq!(result.is_ok(), length == session, "cut at {length}");
        assert_eq!(delivered, u32::from(length >= end_page));
    }
}

#[test]
fn damaged_streams_never_panic() {
    let good = everything();
    // Xorshift with a fixed seed: the same damage at each run.
    let mut seed = 0x2545_F491_4F6C_DD1Du64;
    let mut random = move |below: usize| {
        seed ^= seed << 13;
        seed ^= seed >> 7;
        seed ^= seed << 17;
        (seed % below as u64) as usize
    };
    let (mut refused, mut read_well) = (0, 0);
    for _ in 0..20_000 {
        let mut stream = good.clone();
        for _ in 0..1 + random(4) {
            let at = HEADER.len() + random(stream.len() - HEADER.len());
            match random(4) {
                0 => stream[at] = random(256) as u8,
                1 => stream[at] ^= 1 << random(8),
                2 => drop(stream.remove(at)),
                _ => stream.insert(at, [0, 1, 127, 255][random(4)]),
            }
        }
        let mut input = &stream[..];
        match read(&mut input, &mut |_| Ok(())) {
            Ok(_) => read_well += 1,
            Err(_) => refused += 1,
        }
    }
    assert!(refused > 5_000 && read_well > 500, "{refused}, {read_well}");
}

#[test]
fn enormous_promises_cost_no_memory() {
    // 65,535 × 65,535 samples, stretched over 65,535 units, and no data.
    let begin = [
        0xC0, 0, 0xF8, 100, 0xC0, 2, 0xF8, 98, 0xC1, 255, 255, 0xF8, 108, 0xC1,
        255, 255, 0xF8, 107, 0xD1, 255, 255, 255, 255, 0xF8, 103, 0xB0, 0xC1,
        0, 0, 0xF8, 109, 0xC1, 255, 255, 0xF8, 99, 0xC0, 0, 0xF8, 101, 0xB1,
        0xFA, 255, 255, 255, 255,
    ];
    let stream = one_page(&[&place(2, 0, 0), &begin]);
    assert!(matches!(pages(&stream), Err(Error::Io(_))));
    // Attributes without end.
    let attributes = [0xC0, 0, 0xF8, 3].repeat(100_000);
    assert_eq!(error(&[&attributes]).error, "InternalOverflow");
    let states = [0x61].repeat(100_000);
    assert_eq!(error(&[&states]).error, "InternalOverflow");
    // A paper as large as a wall.
    let wall = [
        HEADER,
        SESSION,
        &[0xD1, 255, 255, 255, 255, 0xF8, 47, 0xC0, 0, 0xF8, 48, 0x43],
    ]
    .concat();
    let Err(Error::Xl(found)) = pages(&wall) else { panic!("was printed") };
    assert_eq!(found.error, "IllegalMediaSize");
}
