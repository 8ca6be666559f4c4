//! The driver from end to end: a document, drawn, written as PCL XL, sent to
//! the virtual C360, and its pages compared with poppler's.

use std::io::{self, Write};
use std::net::{Shutdown, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};
use std::time::{Duration, Instant};

use driver::isolated::{self, Limits, Stop};
use driver::{Document, DocumentError, Duplex, Error, Media, Settings};
use harness::similarity::Picture;
use harness::{Test, Tool, needs, only_where, root, scratch, suite, test};
use virtual_c360::pcl_xl;
use virtual_c360::{Page, Side, TrayPage, VirtualC360};

/// The documents that print.
const SAMPLES: [&str; 8] = [
    "base14",
    "drawing",
    "forms",
    "landscape",
    "mixed",
    "owner-password",
    "photo",
    "report",
];

fn main() -> ExitCode {
    isolated::serve_if_child();
    let mut tests = vec![
        test!(a_range_prints_exactly_its_pages),
        test!(copies_and_sides_reach_the_printer),
        test!(a_page_of_another_paper_begins_a_new_sheet),
        test!(every_page_lies_on_the_paper_that_fits_it),
        test!(a_paper_that_is_asked_for_holds_every_page),
        test!(the_number_of_threads_changes_no_byte),
        test!(grey_pages_are_grey),
        test!(a_child_prints_the_same_bytes),
        test!(every_bad_document_is_refused_with_its_reason),
        test!(a_page_that_takes_too_long_is_given_up),
        test!(a_page_that_asks_for_too_much_memory_fails_its_job_alone),
        test!(an_output_that_fails_ends_the_job),
        only_where(
            || landlock_abi().map(drop),
            test!(a_child_can_neither_read_a_key_nor_connect),
        ),
        test!(wrong_settings_are_refused_before_a_byte_is_written),
    ];
    for sample in SAMPLES {
        for (colors, color) in [("colour", true), ("grey", false)] {
            let name = format!("{sample}_in_{colors}_is_what_poppler_draws");
            let run = move || looks_like_popplers(sample, color, 300);
            tests.push(needs(Tool::Poppler, Test::new(name, run)));
        }
    }
    for sample in ["photo", "base14"] {
        let name = format!("{sample}_at_600_dpi_is_what_poppler_draws");
        let run = move || looks_like_popplers(sample, true, 600);
        tests.push(needs(Tool::Poppler, Test::new(name, run)));
    }
    suite(tests)
}

fn sample(name: &str) -> PathBuf {
    root().join("tests/samples").join(name).with_extension("pdf")
}

fn bad(name: &str) -> PathBuf {
    sample(&format!("bad/{name}"))
}

/// Quick to draw, for tests of anything but looks.
fn draft() -> Settings {
    Settings { dpi: 300, color: false, ..Settings::default() }
}

fn draw(path: &Path, settings: &Settings) -> (Vec<u8>, Vec<u32>) {
    let bytes = std::fs::read(path).expect("a sample is there");
    let document = Document::open(bytes).expect("a good sample opens");
    let (mut stream, mut done) = (Vec::new(), Vec::new());
    let printed =
        driver::print(&document, settings, &mut stream, &mut |page| {
            done.push(page)
        })
        .expect("a good sample prints");
    assert_eq!(printed.bytes, stream.len() as u64);
    assert_eq!(printed.pages as usize, done.len());
    (stream, done)
}

/// The pages as the virtual printer's reader, which was written by another
/// hand, understands them.
fn read_back(stream: &[u8]) -> Vec<Page> {
    pcl_xl::pages(stream).expect("it understands every operator")
}

fn looks_like_popplers(name: &str, color: bool, dpi: u16) {
    let path = sample(name);
    let settings = Settings { dpi, color, ..Settings::default() };
    let folder = scratch();
    let pages = send(&path, &settings, folder.path());
    for page in &pages {
        assert_eq!(page.dpi, u32::from(dpi));
        let ours = Picture::from_png(&page.file).expect("a page is a PNG");
        let theirs = poppler(&path, page.page, dpi, color);
        let theirs = theirs.centred(ours.width, ours.height);
        let factor = usize::from(dpi / 100);
        let (ours, theirs) = (ours.shrunk(factor), theirs.shrunk(factor));
        let similarity = ours.similarity(&theirs);
        println!("{name} page {} at {dpi} dpi: {similarity:.4}", page.page);
        assert!(similarity >= 0.95, "page {}: {similarity}", page.page);
        if ours.channels == theirs.channels {
            let distance = ours.distance(&theirs);
            assert!(distance < 6.0, "page {}: {distance}", page.page);
        }
    }
}

/// Prints by a child on a printer of its own, through a real socket.
fn send(path: &Path, settings: &Settings, tray: &Path) -> Vec<TrayPage> {
    let printer = VirtualC360::start(virtual_c360::Settings::new(tray))
        .expect("a printer starts");
    let mut line = TcpStream::connect(printer.address()).expect("it listens");
    line.write_all(
        b"\x1B%-12345X@PJL JOB NAME=\"test\"\r\n\
          @PJL ENTER LANGUAGE = PCLXL\r\n",
    )
    .expect("it takes the header");
    let limits = Limits::default();
    let printed = isolated::print(
        path,
        settings,
        limits,
        &Stop::default(),
        &mut line,
        &mut |_| (),
    )
    .expect("a good sample prints");
    line.write_all(b"\x1B%-12345X@PJL EOJ\r\n\x1B%-12345X")
        .expect("it takes the footer");
    line.shutdown(Shutdown::Write).expect("the line is up");
    io::copy(&mut line, &mut io::sink()).expect("it hangs up in peace");
    printer
        .wait_for_pages(printed.pages as usize, Duration::from_secs(60))
        .expect("every page comes out")
}

fn poppler(path: &Path, page: u32, dpi: u16, color: bool) -> Picture {
    let mut pdftoppm = Command::new("pdftoppm");
    let (page, dpi) = (page.to_string(), dpi.to_string());
    pdftoppm.args(["-cropbox", "-r", &dpi, "-f", &page, "-l", &page]);
    if !color {
        pdftoppm.arg("-gray");
    }
    let output = pdftoppm.arg(path).output().expect("pdftoppm starts");
    Picture::from_pnm(output.stdout.as_slice()).expect("it draws the page")
}

fn a_range_prints_exactly_its_pages() {
    let (_, all) = draw(&sample("mixed"), &draft());
    assert_eq!(all, [1, 2, 3, 4, 5, 6, 7, 8]);
    let pages = Some("2-3, 7,4-4".parse().expect("a range"));
    let (stream, done) = draw(&sample("mixed"), &Settings { pages, ..draft() });
    assert_eq!(done, [2, 3, 4, 7]);
    let media: Vec<String> =
        read_back(&stream).into_iter().map(|page| page.media).collect();
    assert_eq!(media, ["A3", "Letter", "A4", "A4"]);
}

fn copies_and_sides_reach_the_printer() {
    let settings = Settings { copies: 7, duplex: Duplex::LongEdge, ..draft() };
    let (stream, _) = draw(&sample("report"), &settings);
    let pages = read_back(&stream);
    assert!(pages.iter().all(|page| page.copies == 7));
    let sides: Vec<Side> = pages.iter().map(|page| page.side).collect();
    assert_eq!(sides, [Side::Front, Side::Back].repeat(3));
    let (stream, _) = draw(&sample("report"), &draft());
    let simplex = |page: &Page| page.side == Side::Simplex && page.copies == 1;
    assert!(read_back(&stream).iter().all(simplex));
}

fn a_page_of_another_paper_begins_a_new_sheet() {
    let settings = Settings { duplex: Duplex::LongEdge, ..draft() };
    let folder = scratch();
    let pages = send(&sample("mixed"), &settings, folder.path());
    let sides: Vec<(&str, Side)> =
        pages.iter().map(|page| (page.media.as_str(), page.side)).collect();
    let expected = [
        ("A4", Side::Front),
        ("A3", Side::Front),
        ("Letter", Side::Front),
        ("A4", Side::Front),
        ("A4", Side::Back),
        ("A4", Side::Front),
        ("A4", Side::Back),
        ("A4", Side::Front),
    ];
    assert_eq!(sides, expected);
}

fn every_page_lies_on_the_paper_that_fits_it() {
    let (stream, _) = draw(&sample("mixed"), &draft());
    let sheets: Vec<_> = read_back(&stream)
        .into_iter()
        .map(|page| (page.media.clone(), page.width > page.height))
        .collect();
    let expected = [
        ("A4", false),
        ("A3", false),
        ("Letter", false),
        ("A4", true),
        ("A4", true), // turned by 90 degrees
        ("A4", false),
        ("A4", false), // A5 in its middle
        ("A4", false), // cropped to A5
    ];
    assert_eq!(sheets, expected.map(|(media, wide)| (media.into(), wide)));
}

fn a_paper_that_is_asked_for_holds_every_page() {
    let media = Some(Media::Letter);
    let (stream, _) = draw(&sample("mixed"), &Settings { media, ..draft() });
    for page in read_back(&stream) {
        assert_eq!(page.media, "Letter");
        let short = page.width.min(page.height);
        assert!(short.abs_diff(2550) <= 1, "{short}");
    }
}

fn the_number_of_threads_changes_no_byte() {
    let with = |threads| {
        let settings = Settings { color: true, threads, ..draft() };
        draw(&sample("mixed"), &settings).0
    };
    let one = with(1);
    for threads in [2, 3, 7] {
        assert!(one == with(threads), "{threads} threads");
    }
}

fn grey_pages_are_grey() {
    let (stream, _) = draw(&sample("landscape"), &draft());
    for page in read_back(&stream) {
        assert!(!page.is_color() && !page.is_blank());
    }
}

fn a_child_prints_the_same_bytes() {
    let settings = Settings { color: true, ..draft() };
    let (here, pages) = draw(&sample("mixed"), &settings);
    let summary = isolated::check(&sample("mixed"), &settings)
        .expect("a good sample passes the intake");
    assert_eq!(summary.pages, pages);
    assert_eq!(summary.page_count, 8);
    let (mut there, mut done) = (Vec::new(), Vec::new());
    let printed = isolated::print(
        &sample("mixed"),
        &settings,
        Limits::default(),
        &Stop::default(),
        &mut there,
        &mut |page| done.push(page),
    )
    .expect("a good sample prints");
    assert!(here == there, "the same bytes");
    assert_eq!((done, printed.bytes), (pages, there.len() as u64));
}

fn every_bad_document_is_refused_with_its_reason() {
    let not_printable = |what: &str| DocumentError::NotPrintable {
        looks_like: what.to_owned(),
    };
    let cases = [
        ("empty", DocumentError::Empty),
        ("blank", DocumentError::Empty),
        ("truncated", DocumentError::Truncated),
        ("truncated-linearized", DocumentError::Truncated),
        ("garbage", DocumentError::Broken),
        ("encrypted", DocumentError::Encrypted),
        ("no-pages", DocumentError::NoPages),
        ("cyclic-pages", DocumentError::NoPages),
        (
            "huge-page",
            DocumentError::PageTooLarge {
                page: 1,
                width_mm: 9999.9,
                height_mm: 9999.9,
            },
        ),
        (
            "absurd-picture",
            DocumentError::TooManyPixels {
                page: 1,
                width: 100_000,
                height: 100_000,
                most: 74,
            },
        ),
        ("zip-named", not_printable("a ZIP archive")),
        ("web-page-named", not_printable("a web page (HTML)")),
        ("noise", not_printable("data of an unknown kind")),
    ];
    for (name, reason) in cases {
        let began = Instant::now();
        let error = isolated::check(&bad(name), &draft())
            .expect_err("a bad document is refused");
        assert!(began.elapsed() < Duration::from_secs(5), "{name}");
        match error {
            Error::Document(error) => assert_eq!(error, reason, "{name}"),
            other => panic!("{name}: {other}"),
        }
    }
    // These are odd but harmless, and print; the last two are no PDFs.
    for name in ["cyclic-form", "nested-arrays", "png-named", "text-named"] {
        print_bad(name, Limits::default()).expect(name);
    }
}

fn print_bad(name: &str, limits: Limits) -> Result<driver::Printed, Error> {
    let (sink, stop) = (&mut io::sink(), Stop::default());
    isolated::print(&bad(name), &draft(), limits, &stop, sink, &mut |_| ())
}

fn a_page_that_takes_too_long_is_given_up() {
    let page_time = Duration::from_secs(1);
    let limits = Limits { page_time, ..Limits::default() };
    let began = Instant::now();
    let error = print_bad("billion-laughs", limits)
        .expect_err("no machine draws this within a second");
    assert!(matches!(error, Error::TimedOut { seconds: 1 }), "{error}");
    assert!(began.elapsed() < Duration::from_secs(10));
}

fn a_page_that_asks_for_too_much_memory_fails_its_job_alone() {
    if cfg!(any(windows, target_os = "macos")) {
        return; // No such limit there, as the documentation says.
    }
    let error = print_bad("bomb", Limits::default())
        .expect_err("a page of 1 GB does not fit into 1 GB");
    let memory = "it needs more memory than it may use";
    assert!(
        matches!(&error, Error::Crashed { how } if how == memory),
        "{error}"
    );
}

/// A disk with room for this many bytes.
struct AlmostFull(usize);

impl Write for AlmostFull {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0 = self.0.checked_sub(bytes.len()).ok_or_else(|| {
            io::Error::new(io::ErrorKind::StorageFull, "the disk is full")
        })?;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn an_output_that_fails_ends_the_job() {
    let settings = Settings::default();
    let limits = Limits::default();
    let photo = sample("photo");
    let error = isolated::print(
        &photo,
        &settings,
        limits,
        &Stop::default(),
        &mut AlmostFull(100_000),
        &mut |_| (),
    )
    .expect_err("the page is larger");
    assert!(matches!(error, Error::Write(_)), "{error}");
}

/// A child that has not yet read a byte of its document is as shut off as one
/// that draws it.
fn a_child_can_neither_read_a_key_nor_connect() {
    let folder = scratch();
    let key = folder.path().join("key");
    std::fs::write(&key, "a secret").expect("a key is written");
    let isolation = isolated::isolation(&key).expect("a child tries");
    println!("{isolation}");
    let abi = landlock_abi().expect("asked before");
    assert!(isolation.files);
    assert_eq!(isolation.tcp, abi >= 4, "TCP can be shut off since Linux 6.7");
    assert_eq!(isolation.udp, abi >= 10, "UDP can be shut off since Linux 7.2");
}

/// The version of Landlock in this kernel, found by shutting off a thread.
#[cfg(target_os = "linux")]
fn landlock_abi() -> Result<i32, String> {
    use landlock::{AccessFs, LandlockStatus, Ruleset, RulesetAttr};
    let thread = std::thread::spawn(|| {
        let ruleset = Ruleset::default();
        ruleset.handle_access(AccessFs::ReadFile)?.create()?.restrict_self()
    });
    let status = thread.join().expect("no panic").map_err(|e| e.to_string())?;
    match status.landlock {
        LandlockStatus::Available { effective_abi, kernel_abi } => {
            Ok(kernel_abi.unwrap_or(effective_abi as i32))
        }
        none => Err(format!(
            "this kernel has no Landlock ({none:?}): a child may read every \
             file of its user; Linux has it since 5.13"
        )),
    }
}

#[cfg(not(target_os = "linux"))]
fn landlock_abi() -> Result<i32, String> {
    Err("only Linux has Landlock: a child may read its user's files".into())
}

fn wrong_settings_are_refused_before_a_byte_is_written() {
    let bytes = std::fs::read(sample("report")).expect("it is there");
    let document = Document::open(bytes).expect("it opens");
    let outside = Some("5-9".parse().expect("a range"));
    for (settings, said) in [
        (Settings { copies: 0, ..draft() }, "0 copies"),
        (Settings { copies: 1000, ..draft() }, "1000 copies"),
        (Settings { dpi: 1200, ..draft() }, "1200 dpi"),
        (Settings { threads: 0, ..draft() }, "0 threads"),
        (Settings { pages: outside, ..draft() }, "which has 6 pages"),
    ] {
        let mut out = Vec::new();
        let error = driver::print(&document, &settings, &mut out, &mut |_| ())
            .expect_err("these cannot be printed with");
        assert!(error.to_string().contains(said), "{error}");
        assert!(out.is_empty());
    }
}
