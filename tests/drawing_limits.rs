//! What a page may cost: meshes, patterns and large scans print in the memory
//! of a band; a page that is too much is drawn with less; a drawing can be
//! stopped.

use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, Stdio};
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

use driver::isolated::{self, Limits, Stop};
use driver::{DocumentError, Error, Finding, Printed, Settings};
use harness::similarity::Picture;
use harness::{
    PrintServer, Tool, needs, only_where, root, scratch, suite, test, text_of,
};
use virtual_c360::{Page, pcl_xl};

fn main() -> ExitCode {
    isolated::serve_if_child();
    suite(vec![
        test!(a_mesh_over_the_whole_page_takes_the_memory_of_a_band),
        test!(the_dots_of_a_mesh_have_the_colours_of_its_corners),
        test!(a_mesh_with_a_function_has_the_functions_colours),
        test!(patterns_take_the_memory_of_what_is_seen_of_them),
        test!(a_line_of_millions_of_dashes_is_drawn_as_a_solid_one),
        test!(a_pattern_whose_cells_are_smaller_than_a_dot_is_drawn),
        needs(Tool::Poppler, test!(large_scans_print_as_poppler_draws_them)),
        test!(a_scan_takes_less_than_five_seconds_of_processor_time),
        test!(a_picture_that_cannot_be_decoded_in_memory_is_refused_at_once),
        test!(a_page_that_needs_too_much_memory_is_drawn_in_lower_bands),
        test!(a_page_that_needs_far_too_much_memory_is_drawn_coarsely),
        test!(a_page_that_takes_too_long_is_drawn_coarsely),
        test!(pages_before_and_after_a_difficult_one_are_printed_once),
        only_where(
            is_linux,
            test!(time_that_the_machine_did_not_have_is_not_counted),
        ),
        test!(a_document_has_a_limit_as_a_whole),
        test!(a_child_ends_when_its_parent_is_gone),
        only_where(
            is_linux,
            test!(a_renderer_is_told_nothing_of_the_servers_environment),
        ),
        test!(a_drawing_can_be_stopped_whatever_it_does),
        test!(a_drawing_that_was_stopped_before_it_began_does_not_begin),
        test!(a_cancelled_job_ends_in_the_middle_of_a_slow_page),
        test!(a_server_stops_in_the_middle_of_a_slow_page),
    ])
}

fn is_linux() -> Result<(), String> {
    match cfg!(target_os = "linux") {
        true => Ok(()),
        false => Err("a child's number is found by Linux's /proc".into()),
    }
}

/// A PDF, made object by object. 1 is the catalogue and 2 the page tree.
#[derive(Default)]
struct Pdf {
    objects: Vec<Vec<u8>>,
    pages: Vec<usize>,
}

impl Pdf {
    /// Adds an object; returns its number.
    fn add(&mut self, object: impl Into<Vec<u8>>) -> usize {
        self.objects.push(object.into());
        self.objects.len() + 2
    }

    fn stream(&mut self, dict: &str, data: &[u8]) -> usize {
        let length = data.len();
        let head = format!("<< {dict} /Length {length} >>\nstream\n");
        self.add([head.as_bytes(), data, b"\nendstream"].concat())
    }

    /// Adds an A4 page.
    fn page(&mut self, resources: &str, content: &str) {
        let content = self.stream("", content.as_bytes());
        let page = self.add(format!(
            "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] \
             /Resources << {resources} >> /Contents {content} 0 R >>"
        ));
        self.pages.push(page);
    }

    fn write(self, folder: &Path) -> PathBuf {
        let kids: Vec<String> =
            self.pages.iter().map(|page| format!("{page} 0 R")).collect();
        let (kids, count) = (kids.join(" "), self.pages.len());
        let catalogue = b"<< /Type /Catalog /Pages 2 0 R >>".to_vec();
        let tree = format!("<< /Type /Pages /Kids [{kids}] /Count {count} >>");
        let mut file = b"%PDF-1.7\n".to_vec();
        let mut table = String::new();
        let objects = [catalogue, tree.into_bytes()];
        for (number, object) in (1..).zip(objects.iter().chain(&self.objects)) {
            table += &format!("{:010} 00000 n \n", file.len());
            file.extend(format!("{number} 0 obj\n").as_bytes());
            file.extend(object);
            file.extend(b"\nendobj\n");
        }
        let (start, size) = (file.len(), self.objects.len() + 3);
        let end = format!(
            "xref\n0 {size}\n0000000000 65535 f \n{table}trailer \
             << /Size {size} /Root 1 0 R >>\nstartxref\n{start}\n%%EOF\n"
        );
        file.extend(end.as_bytes());
        let path = folder.join("document.pdf");
        std::fs::write(&path, file).expect("a document is written");
        path
    }
}

/// A document of one page.
fn one_page(
    folder: &Path,
    resources: &str,
    content: &str,
    objects: Vec<(String, Vec<u8>)>,
) -> PathBuf {
    let mut pdf = Pdf::default();
    for (dict, data) in objects {
        pdf.stream(&dict, &data);
    }
    pdf.page(resources, content);
    pdf.write(folder)
}

/// Prints in a child at 600 dpi in colour; returns the stream as well.
fn print_within(
    path: &Path,
    limits: Limits,
) -> (Result<Printed, Error>, Vec<u8>, Vec<u32>) {
    let (settings, stop) = (Settings::default(), Stop::default());
    let (mut out, mut done) = (Vec::new(), Vec::new());
    let mut page_done = |page| done.push(page);
    let printed = isolated::print(
        path,
        &settings,
        limits,
        &stop,
        &mut out,
        &mut page_done,
    );
    (printed, out, done)
}

/// So much that no page fits whole: one of A4 is 140 MB, and two threads have
/// stacks and heaps of their own.
fn little_memory() -> Limits {
    Limits { memory: 400 << 20, ..Limits::default() }
}

fn print_in_little_memory(path: &Path) -> Vec<Page> {
    let (printed, out, _) = print_within(path, little_memory());
    let printed = printed.expect("it prints");
    assert_eq!(printed.findings, [], "and in full");
    pcl_xl::pages(&out).expect("a printer understands it")
}

/// The coordinates of A4 in 32 bits each, and a colour.
fn corner(flag: Option<u8>, x: f64, y: f64, color: [u8; 3]) -> Vec<u8> {
    let mut bytes: Vec<u8> = flag.into_iter().collect();
    for part in [x / 595.0, y / 842.0] {
        let place = (part * f64::from(u32::MAX)).round() as u32;
        bytes.extend(place.to_be_bytes());
    }
    bytes.extend(color);
    bytes
}

const RED: [u8; 3] = [255, 0, 0];
const GREEN: [u8; 3] = [0, 255, 0];
const BLUE: [u8; 3] = [0, 0, 255];

const MESH: &str = "/ColorSpace /DeviceRGB /BitsPerCoordinate 32 \
    /BitsPerComponent 8 /BitsPerFlag 8 /Decode [0 595 0 842 0 1 0 1 0 1]";

/// Meshes over a whole page, of each type.
fn meshes() -> Vec<(String, Vec<u8>)> {
    let triangle = [
        corner(Some(0), 0.0, 0.0, RED),
        corner(Some(0), 595.0, 0.0, GREEN),
        corner(Some(0), 297.5, 842.0, BLUE),
    ]
    .concat();
    let lattice = [
        corner(None, 0.0, 0.0, RED),
        corner(None, 595.0, 0.0, GREEN),
        corner(None, 0.0, 842.0, BLUE),
        corner(None, 595.0, 842.0, RED),
    ]
    .concat();
    let sides = |points: usize| {
        let thirds = [0.0, 1.0 / 3.0, 2.0 / 3.0, 1.0];
        let (left, top): (Vec<_>, Vec<_>) = thirds
            .iter()
            .map(|part| ((0.0, 842.0 * part), (595.0 * part, 842.0)))
            .unzip();
        let (right, bottom): (Vec<_>, Vec<_>) = thirds
            .iter()
            .rev()
            .map(|part| ((595.0, 842.0 * part), (595.0 * part, 0.0)))
            .unzip();
        let mut outline =
            [&left[..3], &top[..3], &right[..3], &bottom[..3]].concat();
        for (x, y) in [(1.0, 1.0), (1.0, 2.0), (2.0, 2.0), (2.0, 1.0)] {
            outline.push((595.0 * x / 3.0, 842.0 * y / 3.0));
        }
        let mut patch = vec![0];
        for (x, y) in &outline[..points] {
            patch.extend(&corner(None, *x, *y, RED)[..8]);
        }
        for color in [RED, BLUE, RED, GREEN] {
            patch.extend(color);
        }
        patch
    };
    vec![
        (format!("/ShadingType 4 {MESH}"), triangle),
        (format!("/ShadingType 5 /VerticesPerRow 2 {MESH}"), lattice),
        (format!("/ShadingType 6 {MESH}"), sides(12)),
        (format!("/ShadingType 7 {MESH}"), sides(16)),
    ]
}

/// The dot of a page at this place, in points from its lower left corner.
fn dot(page: &Page, x: f64, y: f64) -> [u8; 3] {
    let scale = f64::from(page.dpi) / 72.0;
    let column = (x * scale) as u32;
    let row = page.height - 1 - (y * scale) as u32;
    page.pixel(column, row)
}

fn is_near(dot: [u8; 3], color: [u8; 3]) -> bool {
    dot.iter().zip(color).all(|(a, b)| a.abs_diff(b) <= 12)
}

fn a_mesh_over_the_whole_page_takes_the_memory_of_a_band() {
    for mesh in meshes() {
        let folder = scratch();
        let shading = "/Shading << /S 3 0 R >>";
        let path = one_page(folder.path(), shading, "/S sh", vec![mesh]);
        let pages = print_in_little_memory(&path);
        assert!(is_near(dot(&pages[0], 12.0, 12.0), [249, 4, 2]));
    }
}

fn the_dots_of_a_mesh_have_the_colours_of_its_corners() {
    for (number, mesh) in (4..).zip(meshes()) {
        let folder = scratch();
        let shading = "/Shading << /S 3 0 R >>";
        let path = one_page(folder.path(), shading, "/S sh", vec![mesh]);
        let page = &print_in_little_memory(&path)[0];
        let top = if number == 4 { 297.5 } else { 2.0 };
        for (x, y, color) in
            [(4.0, 2.0, RED), (591.0, 2.0, GREEN), (top, 838.0, BLUE)]
        {
            let dot = dot(page, x, y);
            assert!(is_near(dot, color), "type {number}: {dot:?}");
        }
        let outside = dot(page, 10.0, 838.0);
        assert_eq!(outside == [255; 3], number == 4, "type {number}");
    }
}

fn a_mesh_with_a_function_has_the_functions_colours() {
    let folder = scratch();
    // One number for each corner, and a function that makes it a colour:
    // red below one half, blue from there on.
    let mesh = "/ShadingType 4 /ColorSpace /DeviceRGB /BitsPerCoordinate 32 \
        /BitsPerComponent 8 /BitsPerFlag 8 /Decode [0 595 0 842 0 1] \
        /Function << /FunctionType 3 /Domain [0 1] /Bounds [0.5] \
        /Encode [0 1 0 1] /Functions [\
        << /FunctionType 2 /Domain [0 1] /C0 [1 0 0] /C1 [1 0 0] /N 1 >> \
        << /FunctionType 2 /Domain [0 1] /C0 [0 0 1] /C1 [0 0 1] /N 1 >>] >>";
    let mut data = Vec::new();
    for (x, y, value) in [(0.0, 0.0, 0), (595.0, 0.0, 0), (297.5, 842.0, 255)] {
        data.extend(&corner(Some(0), x, y, [value; 3])[..10]);
    }
    let shading = "/Pattern << /P << /PatternType 2 /Shading 3 0 R >> >>";
    let content = "/Pattern cs /P scn 0 0 595 842 re f";
    let mesh = vec![(mesh.to_owned(), data)];
    let path = one_page(folder.path(), shading, content, mesh);
    let page = &print_in_little_memory(&path)[0];
    assert!(is_near(dot(page, 297.5, 100.0), RED));
    assert!(is_near(dot(page, 297.5, 410.0), RED));
    assert!(is_near(dot(page, 297.5, 435.0), BLUE));
    assert!(is_near(dot(page, 297.5, 800.0), BLUE));
}

/// A page that is filled with so many patterns whose cells are larger than it
/// is, and that shows `seen` of them.
fn filled_with_patterns(folder: &Path, count: usize, seen: &str) -> PathBuf {
    let cell = |number: usize| {
        let dict = "/Type /Pattern /PatternType 1 /PaintType 1 /TilingType 1 \
            /BBox [0 0 700 900] /XStep 700 /YStep 900 /Resources << >>";
        let grey = number as f64 / count as f64;
        let content = format!("{grey} 0 0 rg 0 0 700 900 re f");
        (dict.to_owned(), content.into_bytes())
    };
    let cells: Vec<_> = (0..count).map(cell).collect();
    let names: Vec<String> =
        (0..count).map(|cell| format!("/P{cell} {} 0 R", cell + 3)).collect();
    let fills: Vec<String> = (0..count)
        .map(|cell| {
            format!("q {seen} /Pattern cs /P{cell} scn 0 0 595 842 re f Q")
        })
        .collect();
    let resources = format!("/Pattern << {} >>", names.join(" "));
    one_page(folder, &resources, &fills.join("\n"), cells)
}

fn patterns_take_the_memory_of_what_is_seen_of_them() {
    let folder = scratch();
    let clip = "13 600 90 90 re W n";
    let path = filled_with_patterns(folder.path(), 70, clip);
    let pages = print_in_little_memory(&path);
    assert!(is_near(dot(&pages[0], 50.0, 650.0), [251, 0, 0]));
    assert_eq!(dot(&pages[0], 300.0, 300.0), [255; 3]);
}

fn a_line_of_millions_of_dashes_is_drawn_as_a_solid_one() {
    let folder = scratch();
    let content = "[0.0001 0.0001] 0 d 9 w 10 10 m 585 832 l S";
    let path = one_page(folder.path(), "", content, Vec::new());
    let pages = print_in_little_memory(&path);
    assert_eq!(dot(&pages[0], 297.5, 421.0), [0; 3]);
}

fn a_pattern_whose_cells_are_smaller_than_a_dot_is_drawn() {
    let folder = scratch();
    let dict = "/Type /Pattern /PatternType 1 /PaintType 1 /TilingType 1 \
        /BBox [0 0 0.01 0.01] /XStep 0.01 /YStep 0.01 /Resources << >>";
    let cell = (dict.to_owned(), b"1 0 0 rg 0 0 0.005 0.01 re f".to_vec());
    let content = "/Pattern cs /P scn 0 0 595 842 re f";
    let pattern = "/Pattern << /P 3 0 R >>";
    let path = one_page(folder.path(), pattern, content, vec![cell]);
    let [red, green, blue] =
        dot(&print_in_little_memory(&path)[0], 300.0, 99.0);
    assert!(red > 240 && green < 200 && green == blue, "{red} {green} {blue}");
}

fn scan(name: &str) -> PathBuf {
    root().join("tests/samples/scans").join(name).with_extension("pdf")
}

fn large_scans_print_as_poppler_draws_them() {
    for name in ["jpeg-a3-600dpi", "jpeg2000-a4-600dpi"] {
        let path = scan(name);
        isolated::check(&path, &Settings::default()).expect("it is taken in");
        let (printed, out, _) = print_within(&path, Limits::default());
        let printed = printed.expect("what is taken in is printed");
        assert_eq!(printed.findings, [], "{name}");
        let page = &pcl_xl::pages(&out).expect("a printer understands it")[0];
        let mut png = Vec::new();
        page.write_png(&mut png).expect("memory takes it");
        let folder = scratch();
        let file = folder.path().join("page.png");
        std::fs::write(&file, png).expect("a page is written");
        let ours = Picture::from_png(&file).expect("a page is a PNG");
        let ours = ours.shrunk(6);
        let mut pdftoppm = Command::new("pdftoppm");
        let output = pdftoppm.args(["-r", "100"]).arg(&path).output();
        let drawn = output.expect("pdftoppm starts").stdout;
        let theirs = Picture::from_pnm(drawn.as_slice()).expect("a page");
        let theirs = theirs.centred(ours.width, ours.height);
        let similarity = ours.similarity(&theirs);
        println!("{name}: {similarity:.4}");
        assert!(similarity >= 0.95, "{name}: {similarity}");
    }
}

fn a_scan_takes_less_than_five_seconds_of_processor_time() {
    let page_time = Duration::from_secs(5);
    let limits = Limits { page_time, ..Limits::default() };
    let (printed, ..) = print_within(&scan("jpeg-a4-600dpi"), limits);
    assert_eq!(printed.expect("it is quick").findings, []);
}

fn a_picture_that_cannot_be_decoded_in_memory_is_refused_at_once() {
    let folder = scratch();
    let dict = "/Type /XObject /Subtype /Image /Width 16000 /Height 16000 \
        /BitsPerComponent 8 /ColorSpace /DeviceRGB /Filter /DCTDecode";
    let picture = vec![(dict.to_owned(), Vec::new())];
    let resources = "/XObject << /I 3 0 R >>";
    let content = "q 595 0 0 842 0 0 cm /I Do Q";
    let path = one_page(folder.path(), resources, content, picture);
    let refused = isolated::check(&path, &Settings::default());
    let error = refused.expect_err("256 million pixels in colour");
    let expected = Error::Document(DocumentError::TooManyPixels {
        page: 1,
        width: 16_000,
        height: 16_000,
        most: 223,
    });
    assert_eq!(error.to_string(), expected.to_string());
}

fn a_page_that_needs_too_much_memory_is_drawn_in_lower_bands() {
    let folder = scratch();
    // 250 textures of 250 rows are 1.2 GB; of the 100 rows of a lower band,
    // half a gigabyte.
    let path = filled_with_patterns(folder.path(), 250, STRIPE);
    let (printed, out, done) = print_within(&path, Limits::default());
    let printed = printed.expect("it is tried with less");
    assert_eq!(printed.findings, [], "nothing is different on paper");
    assert_eq!((printed.bytes, done), (out.len() as u64, vec![1]));
    let pages = pcl_xl::pages(&out).expect("the stream is one");
    let page = &pages[0];
    for y in [401.0, 415.0, 429.0] {
        assert!(is_near(dot(page, 300.0, y), [254, 0, 0]));
    }
    assert_eq!(dot(page, 300.0, 390.0), [255; 3]);
}

/// A part of the page that is 30 points high: 250 rows.
const STRIPE: &str = "0 400 595 30 re W n";

fn coarse(findings: &[Finding], pages: &[u32]) {
    let text = "the page needs more memory or time than it may use, so it is \
                printed at 300 dpi instead of 600";
    let text = text.to_owned();
    let note = Finding { loss: false, text, pages: pages.to_vec() };
    assert_eq!(findings, [note]);
}

fn a_page_that_needs_far_too_much_memory_is_drawn_coarsely() {
    let folder = scratch();
    // 1.4 GB in the rows of a lower band, and a quarter of that with a quarter
    // of its dots.
    let path = filled_with_patterns(folder.path(), 700, STRIPE);
    let (printed, out, done) = print_within(&path, Limits::default());
    coarse(&printed.expect("it is tried with less").findings, &[1]);
    assert_eq!(done, [1]);
    let page = &pcl_xl::pages(&out).expect("the stream is one")[0];
    assert_eq!((page.dpi, page.width, page.height), (600, 4961, 7016));
    assert!(is_near(dot(page, 300.0, 402.0), [254, 0, 0]));
    assert!(is_near(dot(page, 594.0, 428.0), [254, 0, 0]));
}

/// A shading whose every dot takes long to compute.
fn slow_shading(pdf: &mut Pdf, operators: usize) {
    let steps = "sin cos mul dup ".repeat(operators);
    let function = format!("{{{steps} pop pop 0 0 0 }}");
    let domain = "/Domain [0 1000 0 1000]";
    let range = "/Range [0 1 0 1 0 1]";
    let dict = format!("/FunctionType 4 {domain} {range}");
    pdf.stream(&dict, function.as_bytes());
    pdf.add(format!(
        "<< /ShadingType 1 /ColorSpace /DeviceRGB {domain} /Function 3 0 R >>"
    ));
}

const SHADING: &str = "/Shading << /S 4 0 R >>";

fn a_page_that_takes_too_long_is_drawn_coarsely() {
    let folder = scratch();
    let mut pdf = Pdf::default();
    slow_shading(&mut pdf, 60);
    pdf.page(SHADING, "0 0 100 100 re W n /S sh");
    let path = pdf.write(folder.path());
    // With a quarter of the dots it takes a quarter of the time. So there is
    // a limit, among these that double, that only the coarse page keeps.
    let mut page_time = Duration::from_millis(50);
    loop {
        let limits = Limits { page_time, ..Limits::default() };
        match print_within(&path, limits) {
            (Ok(printed), ..) => return coarse(&printed.findings, &[1]),
            (Err(Error::TimedOut { .. }), ..) => page_time *= 2,
            (Err(error), ..) => panic!("{error}"),
        }
    }
}

fn pages_before_and_after_a_difficult_one_are_printed_once() {
    let folder = scratch();
    let mut pdf = Pdf::default();
    let cells = 700;
    for number in 0..cells {
        let dict = "/Type /Pattern /PatternType 1 /PaintType 1 \
            /TilingType 1 /BBox [0 0 700 900] /XStep 700 /YStep 900 \
            /Resources << >>";
        let content = format!("0 {} 0 rg 0 0 700 900 re f", number % 2);
        pdf.stream(dict, content.as_bytes());
    }
    let names: Vec<String> =
        (0..cells).map(|cell| format!("/P{cell} {} 0 R", cell + 3)).collect();
    let fills: Vec<String> = (0..cells)
        .map(|cell| format!("/Pattern cs /P{cell} scn 0 0 595 30 re f"))
        .collect();
    let resources = format!("/Pattern << {} >>", names.join(" "));
    pdf.page("", "1 0 0 rg 0 0 595 842 re f");
    // The first rows are printed before it is found out.
    let top = "0 0 1 rg 0 600 595 242 re f\n";
    pdf.page(&resources, &format!("{top}{}", fills.join("\n")));
    pdf.page("", "1 0 0 rg 0 0 595 842 re f");
    let path = pdf.write(folder.path());
    let (printed, out, done) = print_within(&path, Limits::default());
    let printed = printed.expect("it is tried with less");
    coarse(&printed.findings, &[2]);
    assert_eq!(printed.pages, 3);
    assert_eq!(printed.bytes, out.len() as u64);
    assert_eq!(done, [1, 2, 3]);
    let pages = pcl_xl::pages(&out).expect("the stream is one");
    let colors =
        |page: usize| [15.0, 450.0, 820.0].map(|y| dot(&pages[page], 300.0, y));
    assert_eq!(colors(0), [RED; 3]);
    assert_eq!(colors(1), [GREEN, [255; 3], BLUE]);
    assert_eq!(colors(2), [RED; 3]);
}

/// Ten forms in each of ten forms, twelve times over.
fn endless_page(pdf: &mut Pdf) {
    let form = "/Type /XObject /Subtype /Form /BBox [0 0 595 842]";
    let mut inner = pdf.stream(form, b"0 0 9 9 re f");
    for _ in 0..12 {
        let resources =
            format!("{form} /Resources << /XObject << /F {inner} 0 R >> >>");
        inner = pdf.stream(&resources, "/F Do ".repeat(10).as_bytes());
    }
    let resources = format!("/XObject << /F {inner} 0 R >>");
    pdf.page(&resources, "/F Do");
}

/// Stops all children of this process for a while, once.
#[cfg(target_os = "linux")]
struct Pause {
    pause: Duration,
    is_over: bool,
    bytes: u64,
}

#[cfg(target_os = "linux")]
impl Write for Pause {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if !std::mem::replace(&mut self.is_over, true) {
            let pause = self.pause;
            let child = renderer();
            signal("-STOP", child);
            thread::spawn(move || {
                thread::sleep(pause);
                signal("-CONT", child);
            });
        }
        self.bytes += bytes.len() as u64;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(target_os = "linux")]
fn signal(signal: &str, process: u32) {
    let mut kill = Command::new("kill");
    let sent = kill.arg(signal).arg(process.to_string()).status();
    assert!(sent.expect("kill starts").success());
}

/// The child that was started by this thread.
#[cfg(target_os = "linux")]
fn renderer() -> u32 {
    let children = std::fs::read_to_string("/proc/thread-self/children");
    let children = children.expect("Linux lists a thread's children");
    let mut children = children.split_whitespace();
    let child = children.next_back().expect("a child draws");
    child.parse().expect("a number")
}

#[cfg(target_os = "linux")]
fn time_that_the_machine_did_not_have_is_not_counted() {
    let page_time = Duration::from_secs(2);
    let limits = Limits { page_time, ..Limits::default() };
    let settings = Settings::default();
    // It gets no processor for longer than a page may take.
    let pause = page_time * 2;
    let mut out = Pause { pause, is_over: false, bytes: 0 };
    let printed = isolated::print(
        &root().join("tests/samples/report.pdf"),
        &settings,
        limits,
        &Stop::default(),
        &mut out,
        &mut |_| (),
    );
    let printed = printed.expect("it has used little of its time");
    assert_eq!((printed.pages, printed.bytes), (6, out.bytes));
    assert_eq!(printed.findings, []);
}

#[cfg(not(target_os = "linux"))]
fn time_that_the_machine_did_not_have_is_not_counted() {}

fn a_document_has_a_limit_as_a_whole() {
    let folder = scratch();
    let mut pdf = Pdf::default();
    slow_shading(&mut pdf, 60);
    for _ in 0..1000 {
        pdf.page(SHADING, "/S sh");
    }
    let path = pdf.write(folder.path());
    let document_time = Duration::from_secs(2);
    let limits = Limits { document_time, ..Limits::default() };
    let (printed, ..) = print_within(&path, limits);
    let error = printed.expect_err("1,000 slow pages take longer");
    assert!(matches!(error, Error::DocumentTimedOut { minutes: 1 }), "{error}");
}

/// A document of an ordinary page, and one that is never done.
fn endless_document(folder: &Path) -> PathBuf {
    let mut pdf = Pdf::default();
    pdf.page("", "0 0 9 9 re f");
    endless_page(&mut pdf);
    pdf.write(folder)
}

fn a_child_ends_when_its_parent_is_gone() {
    let folder = scratch();
    let mut child = Command::new(std::env::current_exe().expect("it runs"))
        .arg("--driver-renderer-child")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("this program starts again");
    let mut input = child.stdin.take().expect("piped");
    let request = serde_json::json!({
        "task": { "Print": {
            "from": { "sides": 0, "rows": 0 },
            "effort": "Full",
        } },
        "path": endless_document(folder.path()),
        "settings": Settings::default(),
        "limits": Limits::default(),
    });
    writeln!(input, "{request}").expect("the child listens");
    let mut output = child.stdout.take().expect("piped");
    let mut header = [0; 20];
    output.read_exact(&mut header).expect("it has drawn a band");
    // A child sees nothing else of its parent's death.
    drop(input);
    let status = child.wait().expect("it ends by itself");
    assert!(!status.success(), "{status}");
}

/// A password in the environment is for the server alone.
fn a_renderer_is_told_nothing_of_the_servers_environment() {
    let data = scratch();
    let mut command = Command::new(harness::program("print-server"));
    command.args(["--listen", "127.0.0.1:0", "--second-renderer", "off"]);
    command.arg("--data").arg(data.path());
    command.env("XDG_CONFIG_HOME", data.path());
    command.env("PRINT_SERVER_QUEUE", "sqlite");
    command.env("MAIL_PASSWORD", "swordfish");
    let server = PrintServer::start_with(&mut command, data.path());
    let response = server.upload("slow.pdf", slow_document(), &[]);
    assert_eq!(response.status(), 201, "{}", text_of(response));

    let of_the_server = environment_of(server.program.id());
    assert!(of_the_server.contains("swordfish"), "{of_the_server}");
    let told = environment_of(renderer_of(&server));
    for secret in ["PRINT_SERVER_", "MAIL_PASSWORD", "swordfish"] {
        assert!(!told.contains(secret), "{told}");
    }
    assert!(told.contains("PATH="), "{told}");
}

fn environment_of(process: u32) -> String {
    let path = format!("/proc/{process}/environ");
    let bytes = std::fs::read(path).expect("it runs");
    String::from_utf8_lossy(&bytes).replace('\0', "\n")
}

/// The process that draws for a server, as soon as there is one.
fn renderer_of(server: &PrintServer) -> u32 {
    let threads = format!("/proc/{}/task", server.program.id());
    let began = Instant::now();
    while began.elapsed() < Duration::from_secs(60) {
        let threads = std::fs::read_dir(&threads).expect("the server runs");
        for thread in threads.flatten() {
            let children = thread.path().join("children");
            // A thread may have ended meanwhile.
            let children = std::fs::read_to_string(children);
            for child in children.unwrap_or_default().split_whitespace() {
                let command = std::fs::read(format!("/proc/{child}/cmdline"));
                let command = command.unwrap_or_default();
                let command = String::from_utf8_lossy(&command);
                if command.contains("--driver-renderer-child") {
                    return child.parse().expect("a number");
                }
            }
        }
        thread::sleep(Duration::from_millis(10));
    }
    panic!("no renderer was started");
}

fn a_drawing_can_be_stopped_whatever_it_does() {
    let folder = scratch();
    let path = endless_document(folder.path());
    let stop = Stop::default();
    let (done, first_page) = mpsc::channel();
    let stopper = stop.clone();
    let stopping = thread::spawn(move || {
        first_page.recv().expect("the first page is done");
        stopper.stop();
        Instant::now()
    });
    let settings = Settings::default();
    let error = isolated::print(
        &path,
        &settings,
        Limits::default(),
        &stop,
        &mut io::sink(),
        &mut |page| done.send(page).expect("somebody waits"),
    )
    .expect_err("the second page is never done");
    assert!(matches!(error, Error::Stopped), "{error}");
    let stopped = stopping.join().expect("no panic");
    // Far less than the minute that the page may take.
    assert!(stopped.elapsed() < Duration::from_secs(10));
}

fn a_drawing_that_was_stopped_before_it_began_does_not_begin() {
    let stop = Stop::default();
    stop.stop();
    let mut out = Vec::new();
    let error = isolated::print(
        &root().join("tests/samples/report.pdf"),
        &Settings::default(),
        Limits::default(),
        &stop,
        &mut out,
        &mut |_| (),
    )
    .expect_err("nobody wants it");
    assert!(matches!(error, Error::Stopped), "{error}");
    assert!(out.is_empty());
}

/// A document whose page takes minutes.
fn slow_document() -> Vec<u8> {
    let folder = scratch();
    let mut pdf = Pdf::default();
    slow_shading(&mut pdf, 20_000);
    pdf.page(SHADING, "/S sh");
    let path = pdf.write(folder.path());
    std::fs::read(path).expect("it was written")
}

/// A server that is drawing a slow page, and the job.
fn slow_job(data: &Path) -> (PrintServer, serde_json::Value) {
    let server = PrintServer::start(data, &[]);
    let response = server.upload("slow.pdf", slow_document(), &[]);
    assert_eq!(response.status(), 201, "{}", text_of(response));
    let Ok(job) = response.json() else { panic!("the job is no JSON") };
    let job = server.wait_for_state(&job, "printing");
    (server, job)
}

/// Far less than what the page takes, also on a busy machine.
const SOON: Duration = Duration::from_secs(15);

fn a_cancelled_job_ends_in_the_middle_of_a_slow_page() {
    let data = scratch();
    let (server, job) = slow_job(data.path());
    let began = Instant::now();
    let path = format!("/api/jobs/{}", job["id"].as_str().expect("an id"));
    assert_eq!(server.request("DELETE", &path).status(), 200);
    server.wait_for_state(&job, "cancelled");
    assert!(began.elapsed() < SOON, "{:?}", began.elapsed());
    // The printer has got nothing of it, and takes the next job.
    let next = server.print("report.pdf", &[("pages", "1")]);
    server.wait_for_state(&next, "printed");
}

fn a_server_stops_in_the_middle_of_a_slow_page() {
    let data = scratch();
    let (mut server, job) = slow_job(data.path());
    let began = Instant::now();
    server.program.terminate();
    server.program.wait_for_end();
    assert!(began.elapsed() < SOON, "{:?}", began.elapsed());
    // Nothing was sent, so the job is what it was.
    let server = PrintServer::start(data.path(), &[]);
    let job = server.wait_for_state(&job, "printing");
    assert_eq!(job["printed"], 0, "{job:#}");
}
