//! How pages come onto sheets: several on a side, larger and smaller, on the
//! paper that was asked for, in black that is black.

use driver::{
    Document, Media, MediaType, NumberUp, Orientation, Resume, Scaling,
    Settings, Tray,
};
use virtual_c360::{Page, Side, pcl_xl};

/// A document whose pages, each of `width` × `height` points, have one content
/// each.
fn pdf(width: u32, height: u32, contents: &[String]) -> Vec<u8> {
    let kids: String =
        (0..contents.len()).map(|at| format!("{} 0 R ", 3 + 2 * at)).collect();
    let count = contents.len();
    let mut objects = vec![
        "<< /Type /Catalog /Pages 2 0 R >>".to_owned(),
        format!("<< /Type /Pages /Kids [{kids}] /Count {count} >>"),
    ];
    for (at, content) in contents.iter().enumerate() {
        let (number, length) = (4 + 2 * at, content.len());
        objects.push(format!(
            "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 {width} {height}] \
             /Contents {number} 0 R >>"
        ));
        objects.push(format!(
            "<< /Length {length} >> stream\n{content}\nendstream"
        ));
    }
    let (mut file, mut places) = (String::from("%PDF-1.4\n"), String::new());
    for (number, object) in (1..).zip(&objects) {
        places += &format!("{:010} 00000 n \n", file.len());
        file += &format!("{number} 0 obj\n{object}\nendobj\n");
    }
    let (start, count) = (file.len(), objects.len() + 1);
    file += &format!("xref\n0 {count}\n0000000000 65535 f \n{places}");
    file += &format!("trailer << /Size {count} /Root 1 0 R >>\n");
    file += &format!("startxref\n{start}\n%%EOF\n");
    file.into_bytes()
}

/// Content that fills the page, and far beyond it, with a colour.
fn filled([r, g, b]: [u8; 3]) -> String {
    let share = |value: u8| f64::from(value) / 255.0;
    let (r, g, b) = (share(r), share(g), share(b));
    format!("{r} {g} {b} rg -2000 -2000 9000 9000 re f")
}

/// The colour of page `number`, from 1.
fn color_of(number: u32) -> [u8; 3] {
    [(number * 12) as u8, 0, 255 - (number * 12) as u8]
}

fn colored_pages(count: u32) -> Vec<u8> {
    let contents: Vec<String> =
        (1..=count).map(|number| filled(color_of(number))).collect();
    pdf(595, 842, &contents)
}

fn settings() -> Settings {
    Settings { dpi: 300, threads: 2, ..Settings::default() }
}

fn stream(file: &[u8], settings: &Settings) -> Vec<u8> {
    let document = Document::open(file.to_vec()).expect("it opens");
    let mut stream = Vec::new();
    driver::print(&document, settings, &mut stream, &mut |_| ())
        .expect("it prints");
    stream
}

fn print(file: &[u8], settings: &Settings) -> Vec<Page> {
    pcl_xl::pages(&stream(file, settings)).expect("the printer understands")
}

fn is_near(a: [u8; 3], b: [u8; 3]) -> bool {
    a.iter().zip(b).all(|(a, b)| a.abs_diff(b) <= 2)
}

/// The first and the last column and row that are not white.
fn inked(page: &Page) -> [u32; 4] {
    let is_ink = |x, y| page.pixel(x, y) != [255; 3];
    let columns: Vec<u32> = (0..page.width)
        .filter(|x| (0..page.height).any(|y| is_ink(*x, y)))
        .collect();
    let rows: Vec<u32> = (0..page.height)
        .filter(|y| (0..page.width).any(|x| is_ink(x, *y)))
        .collect();
    let ends = |of: &[u32]| (of[0], of[of.len() - 1]);
    let ((left, right), (top, bottom)) = (ends(&columns), ends(&rows));
    [left, top, right, bottom]
}

#[test]
fn a_side_holds_its_pages_row_by_row_and_none_reaches_into_another() {
    let file = colored_pages(17);
    for number_up in NumberUp::ALL {
        let n = u32::from(number_up.get());
        let settings = Settings { number_up, ..settings() };
        let sides = print(&file, &settings);
        assert_eq!(sides.len() as u32, 17_u32.div_ceil(n));
        let (columns, rows) = match n {
            2 => (2, 1),
            6 => (3, 2),
            square => (square.isqrt(), square.isqrt()),
        };
        let mut number = 0;
        for side in &sides {
            assert_eq!(side.width > side.height, columns > rows, "{n}");
            for place in 0..n {
                number += 1;
                let x = side.width * (2 * (place % columns) + 1) / columns / 2;
                let y = side.height * (2 * (place / columns) + 1) / rows / 2;
                let found = side.pixel(x, y);
                let expected =
                    if number <= 17 { color_of(number) } else { [255; 3] };
                assert!(is_near(found, expected), "{n}: {number} {found:?}");
            }
        }
    }
}

#[test]
fn each_scaling_draws_a_page_as_large_as_it_says() {
    // A5 on A4 at 300 dpi: 1748 × 2480 on 2480 × 3508 dots.
    let a5 = pdf(420, 595, &[filled([0; 3])]);
    // A3 on A4: twice as large.
    let a3 = pdf(842, 1191, &[filled([0; 3])]);
    let media = Some(Media::A4);
    let drawn = |file: &[u8], scaling| {
        let settings = Settings { scaling, media, ..settings() };
        let [left, top, right, bottom] = inked(&print(file, &settings)[0]);
        // In the middle, within a dot or two.
        assert!(left.abs_diff(2479 - right) <= 2, "{scaling}: {left} {right}");
        assert!(top.abs_diff(3507 - bottom) <= 2, "{scaling}: {top} {bottom}");
        (right - left + 1, bottom - top + 1)
    };
    let near = |(a, b): (u32, u32), (c, d): (u32, u32)| {
        assert!(a.abs_diff(c) <= 4 && b.abs_diff(d) <= 4, "{a} × {b}");
    };
    let (actual, whole) = ((1750, 2480), (2480, 3508));
    near(drawn(&a5, Scaling::Auto), actual);
    near(drawn(&a5, Scaling::AutoFit), actual);
    near(drawn(&a5, Scaling::None), actual);
    near(drawn(&a5, Scaling::Fill), whole);
    // 4.2 mm are left free at each edge: about 50 dots.
    near(drawn(&a5, Scaling::Fit), (2380, 3372));
    near(drawn(&a3, Scaling::Auto), whole);
    near(drawn(&a3, Scaling::AutoFit), (2380, 3367));
    near(drawn(&a3, Scaling::None), whole);
}

#[test]
fn what_is_not_asked_for_changes_no_byte() {
    let file = colored_pages(3);
    let asked = Settings {
        scaling: Scaling::Auto,
        number_up: NumberUp::new(1).expect("one"),
        orientation: Some(Orientation::Portrait),
        ..settings()
    };
    assert!(stream(&file, &settings()) == stream(&file, &asked));
}

#[test]
fn the_number_of_threads_changes_no_byte_of_a_shared_side() {
    let file = colored_pages(9);
    let number_up = NumberUp::new(4).expect("one of them");
    let with =
        |threads| stream(&file, &Settings { number_up, threads, ..settings() });
    assert!(with(1) == with(3));
}

#[test]
fn saved_toner_makes_black_a_grey_and_leaves_white_alone() {
    let file = pdf(595, 842, &["0 g 100 100 200 200 re f".to_owned()]);
    let page = &print(&file, &Settings { save_toner: true, ..settings() })[0];
    let (x, y) = (200 * 300 / 72, (842 - 200) * 300 / 72);
    assert_eq!(page.pixel(x, y), [102; 3]);
    assert_eq!(page.pixel(5, 5), [255; 3]);
}

#[test]
fn black_text_in_a_colour_document_is_sent_as_grey() {
    let black = "0 g 100 700 300 40 re f".to_owned();
    let red = "1 0 0 rg 100 100 300 40 re f".to_owned();
    let spaces = |content: String| {
        let stream = stream(&pdf(595, 842, &[content]), &settings());
        // SetColorSpace: the space's number, its attribute, the operator.
        let set = |space| [0xC0, space, 0xF8, 0x03, 0x6A];
        let count = |space: u8| {
            stream.windows(5).filter(|at| *at == set(space)).count()
        };
        (count(1), count(2))
    };
    // The page's own sRGB, and back to it.
    assert_eq!(spaces(black.clone()), (1, 2));
    assert_eq!(spaces(red.clone()), (0, 1));
    assert_eq!(spaces(format!("{black} {red}")), (1, 2));
}

#[test]
fn the_printer_is_told_which_paper_from_which_tray() {
    let settings = Settings {
        media: Some("100x150mm".parse().expect("a size")),
        tray: Some(Tray::Bypass),
        media_type: Some(MediaType::Card),
        ..settings()
    };
    let page = &print(&colored_pages(1), &settings)[0];
    assert_eq!(page.media, "100x150 mm");
    assert_eq!((page.width, page.height), (1181, 1772));
    assert_eq!(page.sheet.tray.as_deref(), Some("bypass"));
    assert_eq!(page.sheet.media_type.as_deref(), Some("Thick3"));
    for media in Media::ALL {
        let settings = Settings { media: Some(media), ..self::settings() };
        let page = &print(&colored_pages(1), &settings)[0];
        let (width, _) = media.points();
        let dots = (width * 300.0 / 72.0).round() as u32;
        assert!(page.width.abs_diff(dots) <= 1, "{media}");
        assert_eq!(page.sheet.tray, None);
    }
}

#[test]
fn a_sheet_is_turned_when_that_is_asked_for() {
    for &orientation in Orientation::ALL {
        let orientation = Some(orientation);
        let settings = Settings { orientation, ..settings() };
        let page = &print(&colored_pages(1), &settings)[0];
        let landscape = orientation.is_some_and(Orientation::is_landscape);
        assert_eq!(page.width > page.height, landscape, "{orientation:?}");
    }
}

#[test]
fn a_printing_goes_on_from_a_page_and_then_with_whole_sets() {
    let file = colored_pages(5);
    let duplex = driver::Duplex::LongEdge;
    let resume = Some(Resume { page: 4, more_sets: 1 });
    let pages = print(&file, &Settings { resume, duplex, ..settings() });
    let seen: Vec<_> = pages
        .iter()
        .map(|page| {
            let color = page.pixel(page.width / 2, page.height / 2);
            let number = (1..=5).find(|n| is_near(color, color_of(*n)));
            (number.expect("one of the pages"), page.side)
        })
        .collect();
    use Side::{Back, Front};
    assert_eq!(
        seen,
        [
            (3, Front),
            (4, Back),
            (5, Front),
            (1, Front),
            (2, Back),
            (3, Front),
            (4, Back),
            (5, Front),
        ]
    );
}
