//! Documents that are no PDFs: pictures, text, and the raster of clients
//! without a driver, each from its upload to the tray of the virtual C360.

use std::path::Path;
use std::process::{Command, ExitCode};
use std::time::Duration;

use driver::{Document, Settings};
use harness::raster::{Raster, Samples, Sides, chart};
use harness::similarity::Picture;
use harness::{
    PrintServer, Test, Tool, needs, only_where, program, sample, scratch,
    suite, test, text_of,
};
use serde_json::Value;
use tempfile::TempDir;
use virtual_c360::pcl_xl;
use virtual_c360::{Page, Side, TrayPage, VirtualC360};

/// A colour of the chart in `tests/samples/pictures`.
type Color = [u8; 3];
const RED: Color = [220, 30, 30];
const GREEN: Color = [30, 160, 60];
const BLUE: Color = [40, 60, 200];
const DARK: Color = [50, 50, 50];
const WHITE: Color = [255; 3];
/// The chart's quarters, row by row.
const CHART: [Color; 4] = [RED, GREEN, BLUE, DARK];

fn main() -> ExitCode {
    driver::isolated::serve_if_child();
    suite(vec![
        test!(pictures_of_every_kind_come_out_as_they_are),
        test!(a_photograph_is_turned_as_its_camera_was_held),
        test!(a_photograph_that_breaks_off_waits_for_a_word),
        test!(what_can_be_seen_through_is_laid_on_white),
        test!(a_text_comes_out_in_pages_of_lines),
        test!(letters_that_no_font_has_are_told),
        test!(raster_pages_come_out_dot_for_dot),
        test!(raster_pages_in_every_kind_of_samples_come_out),
        test!(the_back_of_a_sheet_is_turned_upright),
        test!(raster_of_another_resolution_is_fitted_to_the_printers),
        test!(raster_pages_share_a_side_when_asked_to),
        test!(a_range_of_pages_counts_in_every_format),
        test!(the_talks_route_takes_every_format),
        test!(the_bytes_count_and_not_the_name),
        test!(hostile_documents_are_refused_and_leave_nothing),
        #[cfg(unix)]
        test!(an_office_document_is_printed_as_the_pdf_it_becomes),
        #[cfg(unix)]
        test!(without_libreoffice_a_person_is_told_what_to_do),
        #[cfg(target_os = "linux")]
        only_where(
            has_landlock,
            test!(libreoffice_cannot_read_what_is_not_its_own),
        ),
        only_where(
            find_libreoffice,
            test!(libreoffice_makes_documents_of_many_kinds_pages),
        ),
        test!(no_beginning_of_a_document_crashes_the_driver),
        test!(no_changed_byte_of_a_document_crashes_the_driver),
        needs(
            Tool::Poppler,
            Test::new("a_photograph_is_what_poppler_draws", photograph),
        ),
    ])
}

/// A server and its printer.
struct World {
    printer: VirtualC360,
    server: PrintServer,
    folder: TempDir,
}

impl World {
    fn start(options: &[&str]) -> World {
        World::start_in(scratch(), options, None)
    }

    /// The same in a folder that is there, where programs are looked for on
    /// this `path`.
    fn start_in(
        folder: TempDir,
        options: &[&str],
        path: Option<&Path>,
    ) -> World {
        let tray = folder.path().join("tray");
        let printer = VirtualC360::start(virtual_c360::Settings::new(tray))
            .expect("a printer starts");
        let address = format!("tcp://{}", printer.address());
        let data = folder.path().join("data");
        let mut command = Command::new(program("print-server"));
        command.arg("--data").arg(&data).args(["--printer", &address]);
        command.args(["--listen", "127.0.0.1:0"]).args(options);
        command.args(["--second-renderer", "off"]);
        if let Some(path) = path {
            let temporary = folder.path().join("tmp");
            std::fs::create_dir_all(&temporary).expect("a folder");
            command.env("PATH", path).env("TMPDIR", temporary);
        }
        let server = PrintServer::start_with(&mut command, &data);
        World { printer, server, folder }
    }

    /// Prints a document that is taken; returns the job, and all pages that
    /// have come out so far.
    fn print(
        &self,
        name: &str,
        document: Vec<u8>,
        fields: &[(&'static str, &str)],
    ) -> (Value, Vec<TrayPage>) {
        let response = self.server.upload(name, document, fields);
        assert_eq!(response.status(), 201, "{name}: {}", text_of(response));
        let Ok(job) = response.json() else { panic!("the job is no JSON") };
        let job = self.server.wait_for_state(&job, "printed");
        (job, self.printer.pages())
    }

    /// The page that a document of one page becomes.
    fn page(&self, name: &str, document: Vec<u8>) -> Picture {
        let (job, pages) = self.print(name, document, &[]);
        assert_eq!(job["sides"], 1, "{job:#}");
        picture(pages.last().expect("a page"))
    }
}

fn picture(page: &TrayPage) -> Picture {
    Picture::from_png(&page.file).expect("a page is a PNG")
}

/// The colour of a dot.
fn dot(page: &Picture, x: usize, y: usize) -> Color {
    let at = (y * page.width + x) * page.channels;
    match page.samples[at..at + page.channels] {
        [r, g, b] => [r, g, b],
        _ => [page.samples[at]; 3],
    }
}

/// The colours in the middles of the four quarters of a picture of 2.4 by 1.6
/// inches that lies in the middle of a page.
fn quarters(
    page: &Picture,
    dpi: f64,
    (width, height): (f64, f64),
) -> [Color; 4] {
    let at = |across: f64, down: f64| {
        let x = page.width as f64 / 2.0 + across * width * dpi / 4.0;
        let y = page.height as f64 / 2.0 + down * height * dpi / 4.0;
        dot(page, x as usize, y as usize)
    };
    [at(-1.0, -1.0), at(1.0, -1.0), at(-1.0, 1.0), at(1.0, 1.0)]
}

fn is_near(a: Color, b: Color, most: u8) -> bool {
    a.iter().zip(b).all(|(a, b)| a.abs_diff(b) <= most)
}

fn pictures_of_every_kind_come_out_as_they_are() {
    let world = World::start(&[]);
    for (name, most) in [
        ("chart.jpg", 6),
        ("progressive.jpg", 6),
        ("interlaced.png", 0),
        // What ink looks like is a matter of profiles.
        ("cmyk.jpg", 90),
    ] {
        let page = world.page(name, sample(&format!("pictures/{name}")));
        assert_eq!((page.width, page.height), (7016, 4961), "{name}");
        let found = quarters(&page, 600.0, (2.4, 1.6));
        for (found, color) in found.into_iter().zip(CHART) {
            assert!(is_near(found, color, most), "{name}: {found:?}");
        }
        assert_eq!(dot(&page, 10, 10), WHITE, "{name}");
        // Beside the picture's edge, and within it.
        let left = (7016 - 1440) / 2;
        assert_eq!(dot(&page, left - 3, 2480), WHITE, "{name}");
    }
    let grey = world.page("grey.jpg", sample("pictures/grey.jpg"));
    let [red, green, blue, dark] = quarters(&grey, 600.0, (2.4, 1.6));
    assert!(is_near(red, [87; 3], 8) && is_near(green, [110; 3], 8));
    assert!(is_near(blue, [70; 3], 8) && is_near(dark, DARK, 8));
}

/// The chart with a camera's note on how it was held.
fn turned(orientation: u8) -> Vec<u8> {
    let mut jpeg = sample("pictures/chart.jpg");
    let mut note = b"\xFF\xE1\0\x22Exif\0\0MM\0*\0\0\0\x08\0\x01".to_vec();
    note.extend(b"\x01\x12\0\x03\0\0\0\x01\0");
    note.extend([orientation, 0, 0, 0, 0, 0, 0]);
    assert_eq!(note.len(), 0x22 + 2);
    jpeg.splice(2..2, note);
    jpeg
}

/// Draws a document in this process at 300 dpi.
fn draw(document: Vec<u8>, settings: &Settings) -> Vec<Page> {
    let document = Document::open(document).expect("it can be printed");
    let mut stream = Vec::new();
    driver::print(&document, settings, &mut stream, &mut |_| ())
        .expect("it is drawn");
    pcl_xl::pages(&stream).expect("the printer understands it")
}

fn draft() -> Settings {
    Settings { dpi: 300, ..Settings::default() }
}

fn to_picture(page: &Page, folder: &Path) -> Picture {
    let path = folder.join("page.png");
    let file = std::fs::File::create(&path).expect("a file");
    page.write_png(file).expect("it is written");
    Picture::from_png(&path).expect("it is read")
}

fn a_photograph_is_turned_as_its_camera_was_held() {
    let folder = scratch();
    for (orientation, order) in [
        (1, [0, 1, 2, 3]),
        (2, [1, 0, 3, 2]),
        (3, [3, 2, 1, 0]),
        (4, [2, 3, 0, 1]),
        (5, [0, 2, 1, 3]),
        (6, [2, 0, 3, 1]),
        (7, [3, 1, 2, 0]),
        (8, [1, 3, 0, 2]),
    ] {
        let pages = draw(turned(orientation), &draft());
        let page = to_picture(&pages[0], folder.path());
        let is_upright = page.height > page.width;
        assert_eq!(is_upright, orientation > 4, "{orientation}");
        let size = if is_upright { (1.6, 2.4) } else { (2.4, 1.6) };
        let found = quarters(&page, 300.0, size);
        for (found, color) in found.into_iter().zip(order.map(|at| CHART[at])) {
            assert!(is_near(found, color, 8), "{orientation}: {found:?}");
        }
    }
}

/// Its end is there, and its pixels are not: a copy that was cut and mended.
fn a_photograph_that_breaks_off_waits_for_a_word() {
    let world = World::start(&[]);
    let whole = sample("photo.jpg");
    let mut half = whole[..whole.len() / 2].to_vec();
    half.extend([0xFF, 0xD9]);
    let answer = world.server.upload("photo.jpg", half, &[]);
    assert_eq!(answer.status(), 201);
    let job: Value = answer.json().expect("a job");
    assert_eq!(job["state"], "held");
    let reason = job["reason"].as_str().expect("a reason");
    let words = "a picture is damaged: it breaks off after ";
    assert!(reason.contains(words), "{reason}");
}

/// A PNG picture of one colour, 100 pixels to the inch.
fn png_of(
    color: png::ColorType,
    depth: png::BitDepth,
    (width, height): (u32, u32),
    pixel: &[u8],
) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut encoder = png::Encoder::new(&mut bytes, width, height);
    encoder.set_color(color);
    encoder.set_depth(depth);
    if color == png::ColorType::Indexed {
        encoder.set_palette(&[0, 0, 0, 220, 30, 30][..]);
        encoder.set_trns(&[255, 255][..]);
    }
    let mut writer = encoder.write_header().expect("a header");
    let pixels = pixel.repeat((width * height) as usize);
    writer.write_image_data(&pixels).expect("pixels");
    writer.finish().expect("an end");
    bytes
}

fn what_can_be_seen_through_is_laid_on_white() {
    use png::{BitDepth, ColorType};
    let folder = scratch();
    for (color, depth, pixel, seen) in [
        (ColorType::Rgba, BitDepth::Eight, &[0, 0, 0, 0][..], WHITE),
        (ColorType::Rgba, BitDepth::Eight, &[0, 0, 0, 128], [127; 3]),
        (
            ColorType::Rgba,
            BitDepth::Sixteen,
            &[255, 255, 0, 0, 0, 0, 255, 255],
            [255, 0, 0],
        ),
        (ColorType::GrayscaleAlpha, BitDepth::Eight, &[0, 255], [0; 3]),
        (ColorType::Grayscale, BitDepth::Sixteen, &[100, 0], [100; 3]),
        (ColorType::Indexed, BitDepth::Eight, &[1], RED),
    ] {
        let picture = png_of(color, depth, (96, 96), pixel);
        let page = to_picture(&draw(picture, &draft())[0], folder.path());
        let middle = dot(&page, page.width / 2, page.height / 2);
        assert!(is_near(middle, seen, 1), "{color:?} {depth:?}: {middle:?}");
    }
}

/// The rows of dots on which a page has ink, and the columns.
fn ink(page: &Picture) -> (Vec<usize>, Vec<usize>) {
    let row_bytes = page.width * page.channels;
    let rows = page.samples.chunks_exact(row_bytes);
    let is_inked = |samples: &[u8]| samples.iter().any(|sample| *sample < 128);
    let rows: Vec<&[u8]> = rows.collect();
    let inked: Vec<usize> =
        (0..rows.len()).filter(|row| is_inked(rows[*row])).collect();
    let columns = (0..page.width).filter(|column| {
        let at = column * page.channels;
        inked.iter().any(|row| rows[*row][at] < 128)
    });
    let columns = columns.collect();
    (inked, columns)
}

fn a_text_comes_out_in_pages_of_lines() {
    let folder = scratch();
    let text = format!("first\x0c{}\n\ttab\x0c\x0cfourth", "W".repeat(81));
    let pages = draw(text.into_bytes(), &draft());
    assert_eq!(pages.len(), 4);
    assert!(pages[2].is_blank());
    let points = |dots: usize| dots as f64 * 72.0 / 300.0;
    // "first" in the first line: five letters of 6 points each.
    let (rows, columns) = ink(&to_picture(&pages[0], folder.path()));
    let top = points(*rows.first().expect("ink"));
    assert!((60.9..73.0).contains(&top), "{top}");
    let left = points(*columns.first().expect("ink"));
    let right = points(*columns.last().expect("ink"));
    assert!(left > 57.0 && right < 57.7 + 5.0 * 6.0, "{left} to {right}");
    // 81 letters are a line of 80 and one below it, before that with the tab.
    let (rows, columns) = ink(&to_picture(&pages[1], folder.path()));
    let gaps = rows.windows(2).filter(|pair| pair[1] > pair[0] + 1).count();
    assert_eq!(gaps, 2, "three lines");
    let right = points(*columns.last().expect("ink"));
    assert!((530.0..538.0).contains(&right), "{right}");
}

fn letters_that_no_font_has_are_told() {
    let fonts = scratch();
    let fonts = fonts.path().to_str().expect("an ordinary path").to_owned();
    let world = World::start(&["--fonts", &fonts, "--on-doubt", "print"]);
    let text = "Dear printer,\nGrüße, привет, 日本語.\n";
    let (job, pages) = world.print("letter.txt", text.into(), &[]);
    let notes = job["notes"].to_string();
    assert!(notes.contains("日本語"), "{notes}");
    assert!(notes.contains("fonts-noto-cjk"), "{notes}");
    assert!(!notes.contains('ü') && !notes.contains('п'), "{notes}");
    let (rows, _) = ink(&picture(&pages[0]));
    assert!(rows.len() > 50, "the other letters are there");
}

/// A page of A4 at 600 dpi.
const A4: (usize, usize) = (4961, 7016);

fn raster_pages_come_out_dot_for_dot() {
    let world = World::start(&[]);
    let charts: Vec<Picture> =
        (0..3).map(|number| chart(A4.0, A4.1, true, number)).collect();
    let raster =
        Raster { sides: Sides::TwoLongEdge, ..Raster::new(600, Samples::Rgb8) };
    let mut seen = 0;
    for (name, file) in [
        ("three.pwg", raster.pwg(&charts)),
        ("three.urf", raster.apple(&charts)),
    ] {
        let fields = [("duplex", "true")];
        let (job, pages) = world.print(name, file, &fields);
        assert_eq!(job["sides"], 3, "{job:#}");
        assert_eq!(job["notes"], serde_json::json!([]), "{job:#}");
        let pages = &pages[seen..];
        seen += pages.len();
        let sides: Vec<Side> = pages.iter().map(|page| page.side).collect();
        assert_eq!(sides, [Side::Front, Side::Back, Side::Front], "{name}");
        for (page, chart) in pages.iter().zip(&charts) {
            assert_eq!(page.media, "A4");
            assert!(picture(page) == *chart, "{name} page {}", page.page);
        }
    }
}

fn raster_pages_in_every_kind_of_samples_come_out() {
    let folder = scratch();
    let (width, height) = (A4.0 / 2, A4.1 / 2);
    let colored = chart(width, height, true, 7);
    for samples in [
        Samples::Black1,
        Samples::Gray8,
        Samples::Rgb8,
        Samples::Rgb16,
        Samples::Cmyk8,
    ] {
        let raster = Raster::new(300, samples);
        let file = raster.pwg(std::slice::from_ref(&colored));
        let pages = draw(file, &draft());
        let page = to_picture(&pages[0], folder.path());
        for (x, y) in [(30, 30), (width / 2 + 9, height / 2 + 9), (700, 900)] {
            let [r, g, b] = dot(&colored, x, y);
            let luma =
                (299 * u32::from(r) + 587 * u32::from(g) + 114 * u32::from(b))
                    / 1000;
            let expected = match samples {
                Samples::Black1 if luma < 128 => [0; 3],
                Samples::Black1 => WHITE,
                Samples::Gray8 => [luma as u8; 3],
                _ => [r, g, b],
            };
            let found = dot(&page, x, y);
            assert!(is_near(found, expected, 1), "{samples:?}: {found:?}");
        }
    }
}

fn the_back_of_a_sheet_is_turned_upright() {
    let folder = scratch();
    let (width, height) = (A4.0 / 2, A4.1 / 2);
    let upright = chart(width, height, false, 3);
    let mut over = upright.clone();
    over.samples.reverse();
    let raster = Raster::new(300, Samples::Gray8);
    let mut file = raster.pwg(&[upright.clone(), over]);
    // The second page says that it lies upside down.
    let second =
        file.windows(9).rposition(|word| word == b"PwgRaster").expect("a page");
    file[second + 456..][..8].fill(0xFF);
    let pages = draw(file, &draft());
    for page in &pages {
        let page = to_picture(page, folder.path());
        assert!(page.samples == upright.samples);
    }
}

fn raster_of_another_resolution_is_fitted_to_the_printers() {
    let world = World::start(&[]);
    let small = chart(A4.0 / 4, A4.1 / 4, true, 5);
    let raster = Raster::new(150, Samples::Rgb8);
    let file = raster.apple(std::slice::from_ref(&small));
    let (_, pages) = world.print("coarse.urf", file, &[]);
    let page = picture(&pages[0]);
    assert_eq!((page.width, page.height), A4);
    let similarity = page.shrunk(4).similarity(&small);
    assert!(similarity > 0.99, "{similarity}");
    // And down, from 600 to 300 dpi.
    let large = chart(A4.0, A4.1, true, 5);
    let raster = Raster::new(600, Samples::Rgb8);
    let pages = draw(raster.pwg(std::slice::from_ref(&large)), &draft());
    let folder = scratch();
    let page = to_picture(&pages[0], folder.path());
    let half = large.shrunk(2).centred(page.width, page.height);
    let similarity = page.similarity(&half);
    assert!(similarity > 0.99, "{similarity}");
}

fn raster_pages_share_a_side_when_asked_to() {
    let number_up = driver::NumberUp::new(2).expect("one of the numbers");
    let charts: Vec<Picture> =
        (0..2).map(|at| chart(A4.0 / 2, A4.1 / 2, true, at * 90)).collect();
    let file = Raster::new(300, Samples::Rgb8).pwg(&charts);
    let pages = draw(file, &Settings { number_up, ..draft() });
    assert_eq!(pages.len(), 1);
    let folder = scratch();
    let page = to_picture(&pages[0], folder.path());
    assert!(page.width > page.height);
    // The middle of a field in each half has its page's colour.
    for (at, chart) in charts.iter().enumerate() {
        let (x, y) = (chart.width * 9 / 16 - 40, chart.height * 13 / 24 - 40);
        let from_middle = |place: usize, whole: usize| {
            (place as f64 - whole as f64 / 2.0) / whole as f64
        };
        // On A4 two pages of A4 are printed at 0.68 of their size or so.
        let across = (at as f64 * 2.0 + 1.0) / 4.0 * page.width as f64
            + from_middle(x, chart.width) * chart.width as f64 * 0.68;
        let down = page.height as f64 / 2.0
            + from_middle(y, chart.height) * chart.height as f64 * 0.68;
        let found = dot(&page, across as usize, down as usize);
        let color = dot(chart, x, y);
        assert!(is_near(found, color, 2), "{at}: {found:?} for {color:?}");
    }
}

fn a_range_of_pages_counts_in_every_format() {
    let world = World::start(&[]);
    let charts: Vec<Picture> =
        (0..4).map(|at| chart(620, 877, true, at)).collect();
    let raster = Raster::new(75, Samples::Rgb8);
    let text = b"one\x0ctwo\x0cthree\x0cfour".to_vec();
    let mut pages = 0;
    for (name, document) in [
        ("a.pwg", raster.pwg(&charts)),
        ("a.urf", raster.apple(&charts)),
        ("a.txt", text),
    ] {
        let fields = [("pages", "2,4")];
        let (job, tray) = world.print(name, document.clone(), &fields);
        assert_eq!(job["sides"], 2, "{name}");
        pages += 2;
        assert_eq!(tray.len(), pages, "{name}");
        let beyond = world.server.upload(name, document, &[("pages", "2-5")]);
        assert_eq!(beyond.status(), 416, "{name}");
    }
}

fn the_talks_route_takes_every_format() {
    let world = World::start(&[]);
    let small = [chart(620, 877, true, 0)];
    let raster = Raster::new(75, Samples::Rgb8);
    for (name, document) in [
        ("chart.jpg", sample("pictures/chart.jpg")),
        ("interlaced.png", sample("pictures/interlaced.png")),
        ("letter.txt", b"Dear printer".to_vec()),
        ("page.pwg", raster.pwg(&small)),
        ("page.urf", raster.apple(&small)),
    ] {
        let form = harness::form(name, document, &[]);
        let reply = world.server.post("/upload", form, None);
        assert_eq!(reply.status(), 200, "{name}: {}", text_of(reply));
        let reply: Value = reply.json().expect("it is JSON");
        assert_eq!(reply["Status"], "Success");
        assert_eq!(reply["Job_status"], "Sent for printing", "{name}");
    }
    let pages = world.printer.wait_for_pages(5, Duration::from_secs(120));
    assert_eq!(pages.expect("they come out").len(), 5);
}

fn the_bytes_count_and_not_the_name() {
    let world = World::start(&[]);
    let jpeg = sample("pictures/chart.jpg");
    // A name without a kind, and one of another picture.
    for name in ["holiday", "holiday.png", "IMG_0001.JPG"] {
        world.page(name, jpeg.clone());
    }
    for (name, document, word) in [
        ("report.pdf", jpeg.clone(), "it is a JPEG picture; name it .jpg"),
        ("photo.jpg", sample("report.pdf"), "it is a PDF; name it .pdf"),
        ("table.xlsx", b"a,b\n1,2\n".to_vec(), "plain text"),
        ("photo.gif", b"GIF89a......".to_vec(), "GIF picture"),
        ("page.html", b"<!DOCTYPE html><p>x".to_vec(), "web page"),
        ("old.txt", b"caf\xE9 au lait".to_vec(), "another encoding"),
        ("page.ps", b"%!PS-Adobe-3.0\n".to_vec(), "PostScript"),
        ("job.prn", b"\x1B%-12345X@PJL RESET\n".to_vec(), "PJL"),
    ] {
        let reply = world.server.upload(name, document, &[]);
        assert_eq!(reply.status(), 415, "{name}");
        let said = text_of(reply);
        assert!(said.contains(word), "{name}: {said}");
    }
}

fn hostile_documents_are_refused_and_leave_nothing() {
    let world = World::start(&[]);
    let charts: Vec<Picture> =
        (0..2).map(|at| chart(620, 877, true, at)).collect();
    let raster = Raster::new(75, Samples::Rgb8);
    let (pwg, apple) = (raster.pwg(&charts), raster.apple(&charts));
    let (jpeg, png) =
        (sample("pictures/chart.jpg"), sample("pictures/interlaced.png"));
    let cut = |document: &[u8], part: usize| {
        document[..document.len() * part / 100].to_vec()
    };
    // A number of four bytes in the head of the first page.
    let with = |at: usize, number: u32| {
        let mut file = pwg.clone();
        file[4 + at..8 + at].copy_from_slice(&number.to_be_bytes());
        file
    };
    let mut huge = apple.clone();
    huge[12 + 12..12 + 20].fill(0xFF);
    let mut wrong_sum = png.clone();
    let sum = wrong_sum.len() - 14;
    wrong_sum[sum] ^= 0xFF;
    let mut absurd = jpeg.clone();
    let frame = absurd.windows(2).position(|two| two == [0xFF, 0xC0]);
    let frame = frame.expect("a frame");
    absurd[frame + 5..frame + 9].fill(0xFF);
    let bomb = png_of(
        png::ColorType::Grayscale,
        png::BitDepth::Eight,
        (20_000, 20_000),
        &[0],
    );
    for (what, document, word) in [
        ("a cut JPEG", cut(&jpeg, 60), "its end is missing"),
        ("a JPEG's beginning", cut(&jpeg, 3), "its end is missing"),
        ("a cut PNG", cut(&png, 60), "its end is missing"),
        ("a PNG's beginning", cut(&png, 3), "its end is missing"),
        ("a cut PWG raster", cut(&pwg, 60), "page 2 is cut off"),
        ("a PWG raster's head", cut(&pwg, 1), "page 1 is cut off"),
        ("a cut Apple raster", cut(&apple, 60), "page 2 is cut off"),
        ("pages that are missing", with(452, 3), "only 2 of its 3 pages"),
        ("a huge PWG raster", with(372, u32::MAX), "pixels large"),
        ("a huge Apple raster", huge, "pixels large"),
        ("a raster without dots", with(276, 0), "dots an inch"),
        ("planes of colours", with(396, 2), "one after the other"),
        ("another line length", with(392, 1), "contradict"),
        ("an unknown colour", with(400, 61), "colour space"),
        ("an odd sample", with(384, 3), "bits"),
        ("a wrong sum", wrong_sum, "CRC"),
        ("a picture of 65535 by 65535", absurd, "pixels"),
        ("a picture of 400 million pixels", bomb, "pixels"),
    ] {
        let reply = world.server.upload("document", document, &[]);
        let status = reply.status();
        let said = text_of(reply);
        assert_eq!(status, 422, "{what}: {said}");
        assert!(said.contains(word), "{what}: {said}");
        assert_eq!(world.server.spooled().len(), 0, "{what}");
    }
    assert_eq!(world.server.jobs(), Vec::<Value>::new());
}

/// A server with a LibreOffice that is this script.
#[cfg(unix)]
fn with_libreoffice(script: &str) -> World {
    use std::os::unix::fs::PermissionsExt;
    let folder = scratch();
    let programs = folder.path().join("programs");
    std::fs::create_dir(&programs).expect("a folder");
    let soffice = programs.join("soffice");
    std::fs::write(&soffice, format!("#!/bin/sh\n{script}\n"))
        .expect("it is written");
    let rights = std::fs::Permissions::from_mode(0o755);
    std::fs::set_permissions(&soffice, rights).expect("it may be run");
    std::fs::write(programs.join("made.pdf"), sample("report.pdf"))
        .expect("it is written");
    World::start_in(folder, &[], Some(&programs))
}

/// How many files are left in the folder for temporary ones.
#[cfg(unix)]
fn left_behind(world: &World) -> usize {
    let temporary = world.folder.path().join("tmp");
    std::fs::read_dir(temporary).expect("a folder").count()
}

#[cfg(unix)]
fn an_office_document_is_printed_as_the_pdf_it_becomes() {
    let world =
        with_libreoffice("cp \"$(dirname \"$0\")/made.pdf\" document.pdf");
    for (at, name) in
        ["letter.docx", "letter.odt", "table.xlsx"].into_iter().enumerate()
    {
        let document = sample(&format!("office/{name}"));
        let (job, pages) = world.print(name, document, &[("pages", "2-4")]);
        assert_eq!(job["sides"], 3, "{name}");
        assert_eq!(pages.len(), 3 * (at + 1), "{name}");
        assert_eq!(left_behind(&world), 0, "{name}");
    }
    // One that makes nothing of it.
    let world = with_libreoffice("exit 0");
    let document = sample("office/letter.doc");
    let reply = world.server.upload("letter.doc", document, &[]);
    assert_eq!(reply.status(), 422);
    let said = text_of(reply);
    assert!(said.contains("LibreOffice cannot read it"), "{said}");
    assert_eq!(world.server.spooled().len() + left_behind(&world), 0);
}

#[cfg(unix)]
fn without_libreoffice_a_person_is_told_what_to_do() {
    let folder = scratch();
    let nothing = folder.path().join("nothing");
    let world = World::start_in(folder, &[], Some(&nothing));
    for (name, file) in [
        ("letter.docx", "office/letter.docx"),
        ("letter.odt", "office/letter.odt"),
        ("letter.doc", "office/letter.doc"),
        ("letter.rtf", "office/letter.rtf"),
        ("report.pdf", "bad/word-named.pdf"),
    ] {
        let document = sample(file);
        let reply = world.server.upload(name, document, &[]);
        assert_eq!(reply.status(), 415, "{name}");
        let said = text_of(reply);
        assert!(said.contains("apt install libreoffice"), "{name}: {said}");
        assert_eq!(world.server.spooled().len(), 0, "{name}");
    }
}

/// A LibreOffice that obeys its document and not its owner: it prints what it
/// can read of the server's own files, and writes beside its folder.
#[cfg(target_os = "linux")]
fn libreoffice_cannot_read_what_is_not_its_own() {
    let world = with_libreoffice(
        "here=$(dirname \"$0\")\n\
         cp \"$here/../data/key\" . && exit 1\n\
         cp \"$here/made.pdf\" \"$here/../stolen.pdf\" && exit 1\n\
         cp \"$here/made.pdf\" document.pdf",
    );
    let document = sample("office/letter.docx");
    let (job, _) = world.print("letter.docx", document, &[]);
    assert_eq!(job["sides"], 6, "it could do neither");
    assert!(!world.folder.path().join("stolen.pdf").exists());
}

#[cfg(target_os = "linux")]
fn has_landlock() -> Result<(), String> {
    use landlock::{
        AccessFs, LandlockStatus, RestrictionStatus, Ruleset, RulesetAttr,
        RulesetError,
    };
    let restrict = || -> Result<RestrictionStatus, RulesetError> {
        let ruleset = Ruleset::default();
        ruleset.handle_access(AccessFs::ReadFile)?.create()?.restrict_self()
    };
    let thread = std::thread::spawn(restrict);
    let status = thread.join().expect("no panic").map_err(|e| e.to_string())?;
    match status.landlock {
        LandlockStatus::Available { .. } => Ok(()),
        none => Err(format!("this kernel has no Landlock ({none:?})")),
    }
}

fn find_libreoffice() -> Result<(), String> {
    Command::new("soffice")
        .arg("--version")
        .output()
        .map(drop)
        .map_err(|_| "Debian: apt install libreoffice".to_owned())
}

fn libreoffice_makes_documents_of_many_kinds_pages() {
    let world = World::start(&[]);
    for name in
        ["letter.docx", "letter.odt", "letter.doc", "letter.rtf", "table.xlsx"]
    {
        let page = world.page(name, sample(&format!("office/{name}")));
        let (rows, _) = ink(&page);
        assert!(rows.len() > 20, "{name} has letters");
    }
}

/// Small documents of every format.
fn small_documents() -> Vec<Vec<u8>> {
    let page = [chart(24, 36, true, 0), chart(24, 36, true, 9)];
    let rgb = Raster::new(72, Samples::Rgb8);
    vec![
        rgb.pwg(&page),
        rgb.apple(&page),
        Raster::new(72, Samples::Black1).pwg(&page),
        Raster::new(72, Samples::Cmyk8).apple(&page),
        png_of(
            png::ColorType::Rgba,
            png::BitDepth::Eight,
            (4, 4),
            &[1, 2, 3, 4],
        ),
        "a\tb\x0cä日\x08e\u{301}".into(),
    ]
}

fn no_beginning_of_a_document_crashes_the_driver() {
    for document in small_documents() {
        for end in 0..document.len() {
            let _ = Document::open(document[..end].to_vec());
        }
        draw(document, &draft());
    }
}

fn no_changed_byte_of_a_document_crashes_the_driver() {
    for document in small_documents() {
        for at in 0..document.len() {
            let mut changed = document.clone();
            changed[at] ^= 1 << (at % 8);
            let Ok(opened) = Document::open(changed) else { continue };
            // One in so many is drawn as well: it takes longer.
            if at % 199 == 0 {
                let mut sink = std::io::sink();
                let _ =
                    driver::print(&opened, &draft(), &mut sink, &mut |_| ());
            }
        }
    }
}

/// The photograph of the samples, beside poppler's drawing of the same
/// picture in a PDF.
fn photograph() {
    let folder = scratch();
    let pages = draw(sample("photo.jpg"), &draft());
    let ours = to_picture(&pages[0], folder.path());
    let jpeg = sample("photo.jpg");
    let pdf = folder.path().join("photo.pdf");
    std::fs::write(&pdf, pictures::jpeg_to_pdf(&jpeg).expect("a picture"))
        .expect("it is written");
    let output = std::process::Command::new("pdftoppm")
        .args(["-r", "300"])
        .arg(&pdf)
        .output()
        .expect("pdftoppm starts");
    let theirs =
        Picture::from_pnm(output.stdout.as_slice()).expect("it draws it");
    let theirs = theirs.centred(ours.width, ours.height);
    let (ours, theirs) = (ours.shrunk(3), theirs.shrunk(3));
    let similarity = ours.similarity(&theirs);
    assert!(similarity > 0.97, "{similarity}");
    assert!(ours.distance(&theirs) < 3.0);
}
