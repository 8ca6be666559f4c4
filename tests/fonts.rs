//! What the driver draws for fonts that a document leaves to its reader.
//!
//! Each document here is a page of a few lines. It is drawn as a server has it
//! drawn, with the folders of fonts that the test names.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

use driver::isolated::{self, Limits, Stop};
use driver::{Finding, Settings};
use harness::{PrintServer, only_where, root, scratch, suite, test};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use tempfile::TempDir;
use virtual_c360::{Page, pcl_xl};

/// Where Debian has the fonts of fonts-noto-cjk.
const NOTO_CJK: &str = "/usr/share/fonts/opentype/noto";
/// Makes this program work on a document for a test of its own.
const WORK: &str = "--work";
const DPI: u32 = 300;
/// The distance of two lines, and of two letters, in points: 200 dots. So a
/// letter looks the same in each place. And where the first line stands.
const LINE: u32 = 48;
const TOP: u32 = 760;

fn main() -> ExitCode {
    isolated::serve_if_child();
    if std::env::args().nth(1).is_some_and(|argument| argument == WORK) {
        work_for_parent();
        return ExitCode::SUCCESS;
    }
    suite(vec![
        test!(latin_greek_and_cyrillic_need_no_font_of_the_machine),
        test!(letters_without_a_font_are_named_before_anything_is_printed),
        only_where(
            has_noto_cjk,
            test!(east_asian_letters_are_drawn_with_the_machines_fonts),
        ),
        test!(glyph_numbers_are_read_by_the_table_of_letters),
        test!(glyph_numbers_of_an_absent_font_are_never_used_in_another),
        test!(glyph_numbers_of_arial_are_known),
        test!(a_font_that_is_no_object_of_its_own_is_replaced_as_well),
        test!(a_damaged_font_is_drawn_by_its_table_of_letters_and_noted),
        test!(bullets_of_wingdings_are_no_letters),
        test!(a_letter_that_is_not_shown_is_not_missing),
        test!(a_server_holds_a_job_whose_letters_no_font_has),
        only_where(
            has_noto_cjk,
            test!(a_server_finds_letters_in_the_folders_it_is_given),
        ),
    ])
}

fn has_noto_cjk() -> Result<(), String> {
    let file = Path::new(NOTO_CJK).join("NotoSansCJK-Regular.ttc");
    let missing = || "Debian: apt install fonts-noto-cjk".to_owned();
    file.exists().then_some(()).ok_or_else(missing)
}

/// The lines in Latin, Greek and Cyrillic: their font, and their text.
const EUROPE: [(&str, &str); 4] = [
    (
        "/Subtype /TrueType /BaseFont /Arial /Encoding << /BaseEncoding \
         /WinAnsiEncoding /Differences [65 /afii10017 /afii10018 /afii10019 \
         /afii10020 /afii10021 /afii10070 /afii10062 /uni0490] >>",
        "(ABCDEFGH)",
    ),
    (
        "/Subtype /TrueType /BaseFont /TimesNewRoman /Encoding << \
         /Differences [65 /Alpha /Beta /Gamma /Delta /omega /alphatonos \
         /uni1F04 /zeta] >>",
        "(ABCDEFGH)",
    ),
    (
        "/Subtype /Type1 /BaseFont /Helvetica /Encoding << /Differences [65 \
         /Lslash /lslash /aogonek /eogonek /Zdotaccent /scaron /rcaron /uring \
         ] >>",
        "(ABCDEFGH)",
    ),
    (
        "/Subtype /TrueType /BaseFont /Calibri /Encoding /WinAnsiEncoding",
        "(Calibr!?)",
    ),
];

/// The lines of eastern Asia.
const ASIA: [(&str, &str); 3] = [
    (
        "/Subtype /Type0 /BaseFont /HeiseiMin-W3 /Encoding /UniJIS-UTF16-H \
         /DescendantFonts [<< /Type /Font /Subtype /CIDFontType0 /BaseFont \
         /HeiseiMin-W3 /CIDSystemInfo << /Registry (Adobe) /Ordering (Japan1) \
         /Supplement 2 >> /DW 1000 >>]",
        "<65e5672c8a9e306e65877ae0>",
    ),
    (
        "/Subtype /Type0 /BaseFont /STSong-Light /Encoding /UniGB-UTF16-H \
         /DescendantFonts [<< /Type /Font /Subtype /CIDFontType0 /BaseFont \
         /STSong-Light /CIDSystemInfo << /Registry (Adobe) /Ordering (GB1) \
         /Supplement 2 >> /DW 1000 >>]",
        "<4e2d658765876863>",
    ),
    (
        "/Subtype /Type0 /BaseFont /HYGothic-Medium /Encoding /UniKS-UTF16-H \
         /DescendantFonts [<< /Type /Font /Subtype /CIDFontType0 /BaseFont \
         /HYGothic-Medium /CIDSystemInfo << /Registry (Adobe) /Ordering \
         (Korea1) /Supplement 2 >> /DW 1000 >>]",
        "<d55cad6dc5b4>",
    ),
];

fn latin_greek_and_cyrillic_need_no_font_of_the_machine() {
    let document = Sheet::new(&EUROPE);
    assert_eq!(losses(&document.check(&[])), [""; 0]);
    let page = document.print(&[]);
    for line in 0..EUROPE.len() {
        let letters = letters(&page, line, 8);
        assert!(letters.iter().all(|letter| !letter.is_empty()), "{line}");
        assert_eq!(different(&letters), 8, "line {line}: the same letters");
    }
}

fn letters_without_a_font_are_named_before_anything_is_printed() {
    let document = Sheet::new(&ASIA);
    let findings = document.check(&[]);
    let losses = losses(&findings);
    assert_eq!(losses.len(), 3, "{losses:#?}");
    for words in [
        "letters of the font HeiseiMin-W3, such as の文日本章語, have",
        "letters of the font STSong-Light, such as 中文档, have",
        "letters of the font HYGothic-Medium, such as 국어한, have",
    ] {
        assert!(losses.iter().any(|loss| loss.contains(words)), "{losses:#?}");
    }
    assert!(losses[0].contains("fonts-noto-cjk"), "{losses:#?}");
    let of_letters = findings.iter().filter(|finding| finding.loss);
    assert!(of_letters.into_iter().all(|finding| finding.pages == [1]));
}

fn east_asian_letters_are_drawn_with_the_machines_fonts() {
    let document = Sheet::new(&ASIA);
    let noto = [PathBuf::from(NOTO_CJK)];
    assert_eq!(losses(&document.check(&noto)), [""; 0]);
    let page = document.print(&noto);
    for (line, count) in [(0, 6), (1, 4), (2, 3)] {
        let letters = letters(&page, line, count);
        assert!(letters.iter().all(|letter| !letter.is_empty()), "{line}");
    }
    // The letter 文 is in the Chinese line twice.
    assert_eq!(different(&letters(&page, 0, 6)), 6);
    assert_eq!(different(&letters(&page, 1, 4)), 3);
    assert_eq!(different(&letters(&page, 2, 3)), 3);
}

/// A composite font with glyph numbers for codes.
fn by_glyph(name: &str, more: &str, more_of_descendant: &str) -> String {
    format!(
        "/Subtype /Type0 /BaseFont /{name} /Encoding /Identity-H \
         /DescendantFonts [<< /Type /Font /Subtype /CIDFontType2 /BaseFont \
         /{name} /CIDSystemInfo << /Registry (Adobe) /Ordering (Identity) \
         /Supplement 0 >> /DW 1000 {more_of_descendant} >>] {more}"
    )
}

/// A table that says that the codes from 1 on are these letters.
fn table(letters: &str) -> Vec<u8> {
    let mut map =
        String::from("begincmap 1 begincodespacerange <0000> <FFFF> ");
    map.push_str("endcodespacerange 100 beginbfchar\n");
    for (code, letter) in (1..).zip(letters.chars()) {
        let _ = writeln!(map, "<{code:04X}> <{:04X}>", u32::from(letter));
    }
    map.push_str("endbfchar endcmap");
    stream("", map.as_bytes())
}

/// The glyphs of `Номер` in the program's own font, embedded.
fn embedded_reference() -> Sheet {
    let file =
        root().join("lessons/13-driver/fonts/faces/WorkshopSans-Bold.ttf");
    let file = std::fs::read(file).expect("the font is there");
    let font = by_glyph(
        "Workshop",
        "",
        "/FontDescriptor << /Type /FontDescriptor /FontName /Workshop /Flags 4 \
         /FontFile2 9 0 R >>",
    );
    let text = "<03700391038F03880393>";
    Sheet::with(&[(&font, text)], &[stream("", &file)])
}

fn glyph_numbers_are_read_by_the_table_of_letters() {
    let font = by_glyph("Arial,Bold", "/ToUnicode 9 0 R", "");
    let document =
        Sheet::with(&[(&font, "<00010002000300040005>")], &[table("Номер")]);
    assert_eq!(document.check(&[]), []);
    let page = document.print(&[]);
    assert_eq!(
        letters(&page, 0, 5),
        letters(&embedded_reference().print(&[]), 0, 5)
    );
}

fn glyph_numbers_of_an_absent_font_are_never_used_in_another() {
    let font = by_glyph("Nowhere-Sans", "", "");
    let document = Sheet::new(&[(&font, "<002400250026>")]);
    let losses = losses(&document.check(&[]));
    let [loss] = losses.as_slice() else { panic!("{losses:#?}") };
    assert!(loss.contains("text in the font Nowhere-Sans"), "{loss}");
    assert!(loss.contains("embedded"), "{loss}");
    // Three times the same sign for a letter that is not known.
    let letters = letters(&document.print(&[]), 0, 3);
    assert_eq!(different(&letters), 1);
}

fn glyph_numbers_of_arial_are_known() {
    let by_number = by_glyph("ArialMT", "", "");
    let by_letter = by_glyph("ArialMT", "/ToUnicode 9 0 R", "");
    let numbers = Sheet::new(&[(&by_number, "<0024002500E001040012>")]);
    let letters_of = Sheet::with(
        &[(&by_letter, "<00010002000300040005>")],
        &[table("ABŁĄ/")],
    );
    assert_eq!(
        letters(&numbers.print(&[]), 0, 5),
        letters(&letters_of.print(&[]), 0, 5)
    );
}

fn a_font_that_is_no_object_of_its_own_is_replaced_as_well() {
    let font = by_glyph("Arial,Bold", "/ToUnicode 9 0 R", "");
    let line = (font.as_str(), "<00010002000300040005>");
    let objects = Sheet::with(&[line], &[table("Номер")]);
    let inline = Sheet::with_inline_fonts(&[line], &[table("Номер")]);
    assert_eq!(inline.check(&[]), []);
    let (page, reference) = (inline.print(&[]), objects.print(&[]));
    assert_eq!(letters(&page, 0, 5), letters(&reference, 0, 5));
}

fn a_damaged_font_is_drawn_by_its_table_of_letters_and_noted() {
    let font = by_glyph(
        "ABCDEF+Arial,Bold",
        "/ToUnicode 9 0 R",
        "/FontDescriptor << /Type /FontDescriptor /FontName /Arial,Bold /Flags \
         4 /FontFile2 10 0 R >>",
    );
    let document = Sheet::with(
        &[(&font, "<00010002000300040005>")],
        &[table("Номер"), stream("", b"no font at all")],
    );
    let findings = document.check(&[]);
    let [note] = findings.as_slice() else { panic!("{findings:#?}") };
    assert!(!note.loss, "{note}");
    assert!(note.text.contains("Arial,Bold is damaged"), "{note}");
    assert_eq!(
        letters(&document.print(&[]), 0, 5),
        letters(&embedded_reference().print(&[]), 0, 5)
    );
}

fn bullets_of_wingdings_are_no_letters() {
    let wingdings = (
        "/Subtype /TrueType /BaseFont /Wingdings-Regular /FontDescriptor << \
         /Type /FontDescriptor /FontName /Wingdings-Regular /Flags 4 >>",
        "(ln)",
    );
    let letters_of = (
        "/Subtype /TrueType /BaseFont /Arial /Encoding << /Differences [1 \
         /uni25CF /uni25A0] >>",
        "<0102>",
    );
    let document = Sheet::new(&[wingdings, letters_of]);
    assert_eq!(losses(&document.check(&[])), [""; 0]);
    let page = document.print(&[]);
    assert_eq!(letters(&page, 0, 2), letters(&page, 1, 2));
}

fn a_letter_that_is_not_shown_is_not_missing() {
    // All of Japanese may be written in a font of which one line is Latin.
    let (font, _) = ASIA[0];
    let document = Sheet::new(&[(font, "<004100420043>")]);
    assert_eq!(losses(&document.check(&[])), [""; 0]);
}

/// A server with fonts from this folder only prints a document with lines of
/// all scripts; its job as it comes back at once.
fn job_of_a_server(fonts: &Path) -> (PrintServer, TempDir, Value) {
    let data = scratch();
    let fonts = fonts.to_str().expect("an ordinary path");
    let options = ["--fonts", fonts, "--second-renderer", "off"];
    let server = PrintServer::start(data.path(), &options);
    let lines: Vec<_> = EUROPE.into_iter().chain(ASIA).collect();
    let document = Sheet::new(&lines);
    let bytes = std::fs::read(&document.path).expect("it was written");
    let response = server.upload("fonts.pdf", bytes, &[]);
    assert_eq!(response.status(), 201);
    let job = response.json().expect("a job in JSON");
    (server, data, job)
}

fn a_server_holds_a_job_whose_letters_no_font_has() {
    let empty = scratch();
    let (_server, _data, job) = job_of_a_server(empty.path());
    assert_eq!(job["state"], "held", "{job:#}");
    let reason = job["reason"].as_str().expect("a reason");
    for font in ["HeiseiMin-W3", "STSong-Light", "HYGothic-Medium"] {
        assert!(job["notes"].to_string().contains(font), "{job:#}");
    }
    assert!(reason.contains("fonts-noto-cjk"), "{reason}");
    for font in ["Arial", "TimesNewRoman", "Helvetica"] {
        assert!(!job["notes"].to_string().contains(font), "{job:#}");
    }
}

fn a_server_finds_letters_in_the_folders_it_is_given() {
    let (server, _data, job) = job_of_a_server(Path::new(NOTO_CJK));
    let job = server.wait_for_state(&job, "printed");
    assert_eq!(job["incomplete"], false, "{job:#}");
}

/// A document of one page, in a file.
struct Sheet {
    _folder: TempDir,
    path: PathBuf,
}

impl Sheet {
    fn new(lines: &[(&str, &str)]) -> Sheet {
        Sheet::with(lines, &[])
    }

    /// Lines of text, each letter in a place of its own, and more objects:
    /// their numbers begin with 9.
    fn with(lines: &[(&str, &str)], more: &[Vec<u8>]) -> Sheet {
        Sheet::of(lines, more, false)
    }

    /// The same, with the fonts written where they are named.
    fn with_inline_fonts(lines: &[(&str, &str)], more: &[Vec<u8>]) -> Sheet {
        Sheet::of(lines, more, true)
    }

    fn of(lines: &[(&str, &str)], more: &[Vec<u8>], is_inline: bool) -> Sheet {
        let first_font = 9 + more.len();
        let (mut fonts, mut content) = (String::new(), String::new());
        for (line, (font, text)) in lines.iter().enumerate() {
            let (x, y) = (LINE, TOP - LINE * line as u32);
            let object = first_font + line;
            let _ = match is_inline {
                true => write!(fonts, "/F{line} << /Type /Font {font} >> "),
                false => write!(fonts, "/F{line} {object} 0 R "),
            };
            // One letter in 48 points, whatever its width: each is shown by
            // itself, from its code's bytes on.
            for (place, code) in codes(text, lines[line].0).enumerate() {
                let x = x + LINE * place as u32;
                let _ = writeln!(
                    content,
                    "BT /F{line} 24 Tf {x} {y} Td <{code}> Tj ET"
                );
            }
        }
        let mut objects: Vec<Vec<u8>> = vec![
            b"<< /Type /Catalog /Pages 2 0 R >>".to_vec(),
            b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>".to_vec(),
            format!(
                "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] \
                 /Resources << /Font << {fonts} >> >> /Contents 4 0 R >>"
            )
            .into_bytes(),
            stream("", content.as_bytes()),
        ];
        objects.resize(8, b"null".to_vec());
        objects.extend(more.iter().cloned());
        for (font, _) in lines {
            objects.push(format!("<< /Type /Font {font} >>").into_bytes());
        }
        let folder = scratch();
        let path = folder.path().join("fonts.pdf");
        std::fs::write(&path, file(&objects)).expect("it is written");
        Sheet { _folder: folder, path }
    }

    fn check(&self, fonts: &[PathBuf]) -> Vec<Finding> {
        work(&self.path, fonts).findings
    }

    fn print(&self, fonts: &[PathBuf]) -> Page {
        let stream = work(&self.path, fonts).stream;
        let mut pages =
            pcl_xl::pages(&stream).expect("it understands every operator");
        assert_eq!(pages.len(), 1);
        pages.remove(0)
    }
}

/// The codes of a text in a content stream, in hexadecimal.
fn codes(text: &str, font: &str) -> impl Iterator<Item = String> + use<> {
    let digits: String = match text.strip_prefix('<') {
        Some(text) => text.trim_end_matches('>').to_owned(),
        None => text[1..text.len() - 1]
            .bytes()
            .map(|byte| format!("{byte:02X}"))
            .collect(),
    };
    let length = if font.contains("Type0") { 4 } else { 2 };
    let digits: Vec<char> = digits.chars().collect();
    let codes: Vec<String> =
        digits.chunks(length).map(|code| code.iter().collect()).collect();
    codes.into_iter()
}

fn stream(entries: &str, bytes: &[u8]) -> Vec<u8> {
    let mut object =
        format!("<< /Length {} {entries} >>\nstream\n", bytes.len())
            .into_bytes();
    object.extend_from_slice(bytes);
    object.extend_from_slice(b"\nendstream");
    object
}

/// A PDF of these objects, of which the first is the catalogue.
fn file(objects: &[Vec<u8>]) -> Vec<u8> {
    let mut file = b"%PDF-1.7\n".to_vec();
    let mut table =
        format!("xref\n0 {}\n0000000000 65535 f \n", objects.len() + 1);
    for (number, object) in (1..).zip(objects) {
        let _ = writeln!(table, "{:010} 00000 n ", file.len());
        file.extend(format!("{number} 0 obj\n").into_bytes());
        file.extend_from_slice(object);
        file.extend_from_slice(b"\nendobj\n");
    }
    let start = file.len();
    let size = objects.len() + 1;
    file.extend(table.into_bytes());
    file.extend(
        format!(
            "trailer << /Size {size} /Root 1 0 R >>\nstartxref\n{start}\n%%EOF\n"
        )
        .into_bytes(),
    );
    file
}

/// What was made of a document.
#[derive(Default, Deserialize, Serialize)]
struct Work {
    /// What was found before it was printed.
    findings: Vec<Finding>,
    /// The PCL XL.
    stream: Vec<u8>,
}

/// Has another process of this program work, which finds fonts in these
/// folders only: a process looks in the same folders for all its life.
fn work(path: &Path, fonts: &[PathBuf]) -> Work {
    let output = Command::new(std::env::current_exe().expect("it runs"))
        .arg(WORK)
        .arg(path)
        .args(fonts)
        .output()
        .expect("this program starts again");
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{errors}");
    serde_json::from_slice(&output.stdout).expect("its work")
}

/// The other process.
fn work_for_parent() {
    let mut arguments = std::env::args_os().skip(2).map(PathBuf::from);
    let path = arguments.next().expect("a document is named");
    driver::set_font_folders(arguments.collect());
    let settings =
        Settings { dpi: DPI as u16, color: false, ..Settings::default() };
    let summary = isolated::check(&path, &settings).expect("it can be read");
    let mut work = Work { findings: summary.findings, ..Work::default() };
    isolated::print(
        &path,
        &settings,
        Limits::default(),
        &Stop::default(),
        &mut work.stream,
        &mut |_| (),
    )
    .expect("it prints");
    serde_json::to_writer(std::io::stdout(), &work).expect("it is written");
}

fn losses(findings: &[Finding]) -> Vec<String> {
    let losses = findings.iter().filter(|finding| finding.loss);
    losses.map(|finding| finding.text.clone()).collect()
}

/// The ink of a letter: its dark pixels, from where its place begins.
type Ink = Vec<(u32, u32)>;

/// The ink of the first letters of a line.
fn letters(page: &Page, line: usize, count: usize) -> Vec<Ink> {
    let dots = |points: u32| points * DPI / 72;
    let below = dots(842 - TOP + LINE * line as u32 + 10);
    let above = below - dots(LINE - 2);
    (0..count as u32)
        .map(|place| {
            let left = dots(LINE - 2 + LINE * place);
            let mut ink = Vec::new();
            for y in above..below {
                for x in left..left + dots(LINE - 4) {
                    if page.pixel(x, y)[0] < 128 {
                        ink.push((x - left, y - above));
                    }
                }
            }
            ink
        })
        .collect()
}

fn different(letters: &[Ink]) -> usize {
    let mut letters = letters.to_vec();
    letters.sort_unstable();
    letters.dedup();
    letters.len()
}
