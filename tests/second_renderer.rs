//! The second renderer: a page that ours cannot draw whole is drawn by another
//! program, and the job says so.

use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};
use std::{env, fs};

use driver::isolated::{self, Limits, Stop};
use driver::{
    Error, NumberUp, Printed, SecondRenderer, SecondRendererChoice,
    SecondRendererError, Settings, set_second_renderer,
};
use harness::{Test, only_where, scratch, suite, test};
use virtual_c360::{Page, pcl_xl};

/// A JPEG of 32 × 32 dots in squares of 8, dark ones and grey ones, in
/// arithmetic coding, which our renderer has no decoder for, in hexadecimal.
const ARITHMETIC_JPEG: &str = "\
    ffd8ffe000104a46494600010100000100010000ffdb004300140e0f120f0d14121012\
    171514181e32211e1c1c1e3d2c2e243249404c4b47404645505a736250556d56454664\
    88656d777b8182814e608d978c7d96737e817cffc9000b080020002001011100ffcc00\
    0600101005ffda0008010100003f00ff009f498e7e402d42508ce8d55458dfb15b60ff\
    d9";

fn main() -> ExitCode {
    isolated::serve_if_child();
    let mut tests = vec![
        test!(what_is_no_second_renderer_is_refused_with_what_there_is),
        only_where(is_linux, test!(its_rows_lie_where_ours_would)),
        only_where(is_linux, test!(its_pages_share_a_side_as_ours_would)),
        only_where(is_linux, test!(one_that_complains_is_not_believed)),
        only_where(is_linux, test!(one_that_ends_too_early_fails_the_job)),
        only_where(is_linux, test!(one_that_never_ends_is_ended)),
        only_where(is_linux, test!(a_page_that_fails_is_given_to_it)),
        only_where(
            has_landlock,
            test!(it_can_neither_read_a_key_nor_write_a_file),
        ),
    ];
    for command in ["mutool", "pdftoppm", "gs"] {
        let name = format!("{command}_draws_what_ours_leaves_out");
        let run = move || draws_what_ours_leaves_out(command);
        let is_there = move || installed(command).map(drop);
        tests.push(only_where(is_there, Test::new(name, run)));
    }
    suite(tests)
}

fn is_linux() -> Result<(), String> {
    match cfg!(target_os = "linux") {
        true => Ok(()),
        false => Err("only Linux can isolate another program".into()),
    }
}

fn has_landlock() -> Result<(), String> {
    match isolated::isolation(&env::current_exe().map_err(text)?) {
        Ok(isolation) if isolation.files => Ok(()),
        Ok(isolation) => Err(isolation.to_string()),
        Err(error) => Err(text(error)),
    }
}

fn text(error: impl ToString) -> String {
    error.to_string()
}

fn installed(command: &str) -> Result<SecondRenderer, String> {
    let choice: SecondRendererChoice = command.parse().map_err(text)?;
    let found = SecondRenderer::find(choice).map_err(text)?;
    Ok(found.expect("one that is asked for is there, or an error"))
}

/// Pages of 72 × 72 points with these contents, and an object 3 that is a
/// picture, P, or a form, F.
fn pdf(contents: &[&str], object: &str) -> Vec<u8> {
    let count = contents.len();
    let kids: Vec<String> =
        (0..count).map(|page| format!("{} 0 R", 4 + 2 * page)).collect();
    let kids = kids.join(" ");
    let mut objects = vec![
        "<< /Type /Catalog /Pages 2 0 R >>".to_owned(),
        format!("<< /Type /Pages /Kids [{kids}] /Count {count} >>"),
        object.to_owned(),
    ];
    for (page, content) in contents.iter().enumerate() {
        let (stream, length) = (5 + 2 * page, content.len());
        objects.push(format!(
            "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 72 72]
                /Contents {stream} 0 R
                /Resources << /XObject << /P 3 0 R /F 3 0 R >> >> >>"
        ));
        objects.push(format!(
            "<< /Length {length} >> stream\n{content}\nendstream"
        ));
    }
    let (mut file, mut table) = (String::from("%PDF-1.4\n"), String::new());
    for (number, object) in (1..).zip(&objects) {
        table += &format!("{:010} 00000 n \n", file.len());
        file += &format!("{number} 0 obj\n{object}\nendobj\n");
    }
    let (start, size) = (file.len(), objects.len() + 1);
    file += &format!("xref\n0 {size}\n0000000000 65535 f \n{table}");
    file += &format!("trailer << /Size {size} /Root 1 0 R >>\n");
    file += &format!("startxref\n{start}\n%%EOF\n");
    file.into_bytes()
}

/// A content that shows the picture on all of its page.
const PICTURE: &str = "q 72 0 0 72 0 0 cm /P Do Q";

/// A picture that our renderer cannot decode.
fn arithmetic_jpeg() -> String {
    let length = ARITHMETIC_JPEG.len() + 1;
    format!(
        "<< /Type /XObject /Subtype /Image /Width 32 /Height 32
            /ColorSpace /DeviceGray /BitsPerComponent 8
            /Filter [/ASCIIHexDecode /DCTDecode] /Length {length} >>
        stream\n{ARITHMETIC_JPEG}>\nendstream"
    )
}

/// A page full of a picture that our renderer cannot decode.
fn with_arithmetic_jpeg() -> Vec<u8> {
    pdf(&[PICTURE], &arithmetic_jpeg())
}

/// A page that our renderer is never done with: squares by the million.
fn endless() -> Vec<u8> {
    let squares = "0 0 9 9 re f ".repeat(1000);
    let length = squares.len();
    let form = format!(
        "<< /Type /XObject /Subtype /Form /BBox [0 0 72 72]
            /Length {length} >> stream\n{squares}\nendstream"
    );
    pdf(&[&"/F Do ".repeat(100_000)], &form)
}

/// A folder with a document, and perhaps with a program that says that it is
/// `mutool`: a script, to which `$side` is the length of the page's sides in
/// dots, and `$rows` draws that many rows of it, dark grey.
struct Folder {
    folder: tempfile::TempDir,
    document: PathBuf,
}

impl Folder {
    fn with(document: &[u8]) -> Folder {
        let folder = scratch();
        let path = folder.path().join("document.pdf");
        fs::write(&path, document).expect("a document");
        Folder { document: path, folder }
    }

    fn program(&self, script: &str) -> SecondRenderer {
        let path = self.folder.path().join("mutool");
        let script = format!(
            "#!/bin/sh\n\
             side=${{10%.*}}\n\
             samples=3; kind=P6\n\
             if [ $6 = pgm ]; then samples=1; kind=P5; fi\n\
             header() {{ printf '%s\\n%s %s\\n255\\n' $kind $side $side; }}\n\
             rows() {{ printf \"%0$(($1 * side * samples))d\" 0; }}\n\
             {script}\n"
        );
        fs::write(&path, script).expect("a script");
        let anybody_runs_it = fs::Permissions::from_mode(0o755);
        fs::set_permissions(&path, anybody_runs_it).expect("it is ours");
        SecondRenderer::at(driver::Program::Mutool, path)
    }
}

/// The second renderer is the whole process's: one test at a time has it.
static TURN: Mutex<()> = Mutex::new(());

/// What came of a document.
struct Outcome {
    losses: Vec<String>,
    notes: Vec<String>,
    printed: Result<Printed, Error>,
    stream: Vec<u8>,
}

/// Checks and prints a document of one page as the print server does.
fn print(path: &Path, second: SecondRenderer, page_time: u64) -> Outcome {
    let settings = Settings { dpi: 300, color: true, ..Settings::default() };
    print_as(path, second, page_time, settings)
}

/// The same for any document, with these settings.
fn print_as(
    path: &Path,
    second: SecondRenderer,
    page_time: u64,
    settings: Settings,
) -> Outcome {
    let _turn = TURN.lock().unwrap_or_else(PoisonError::into_inner);
    set_second_renderer(Some(second));
    let summary = isolated::check(path, &settings).expect("it is checked");
    let settings = Settings { second_pages: summary.second_pages, ..settings };
    let page_time = Duration::from_secs(page_time);
    let limits = Limits { page_time, ..Limits::default() };
    let mut stream = Vec::new();
    let printed = isolated::print(
        path,
        &settings,
        limits,
        &Stop::default(),
        &mut stream,
        &mut |_| (),
    );
    set_second_renderer(None);
    let told = |loss: bool| {
        let findings = summary.findings.iter().filter(|one| one.loss == loss);
        findings.map(ToString::to_string).collect()
    };
    Outcome { losses: told(true), notes: told(false), printed, stream }
}

impl Outcome {
    /// The page that came out.
    fn page(self) -> Page {
        self.printed.expect("it is printed");
        let mut pages = pcl_xl::pages(&self.stream).expect("PCL XL");
        assert_eq!(pages.len(), 1);
        pages.remove(0)
    }

    fn error(self) -> String {
        self.printed.expect_err("it is not printed").to_string()
    }
}

/// The page's first column and row on A4 at 300 dpi.
const LEFT: u32 = 1090;
const TOP: u32 = 1604;

fn draws_what_ours_leaves_out(command: &str) {
    let folder = Folder::with(&with_arithmetic_jpeg());
    let second = installed(command).expect("it was found before");
    let name = second.name();
    let outcome = print(&folder.document, second, 60);
    assert_eq!(outcome.losses, [""; 0]);
    let drawn = format!("page 1: drawn by {name}, because ");
    assert!(outcome.notes[0].starts_with(&drawn), "{:?}", outcome.notes);
    let page = outcome.page();
    // Squares of 75 dots, dark and light in turn.
    let is_dark = |x: u32, y: u32| page.pixel(LEFT + x, TOP + y)[0] < 64;
    assert!(is_dark(37, 37) && is_dark(112, 112) && is_dark(262, 262));
    assert!(!is_dark(112, 37) && !is_dark(37, 112));
}

fn what_is_no_second_renderer_is_refused_with_what_there_is() {
    let refused = "xpdf".parse::<SecondRendererChoice>();
    let error = refused.expect_err("it is none");
    assert!(error.to_string().contains("mutool, pdftoppm or gs"));
    for word in ["auto", "off", "mutool", "pdftoppm", "gs"] {
        let choice: SecondRendererChoice = word.parse().expect("it is one");
        assert_eq!(choice.to_string(), word);
    }
    let off = SecondRenderer::find(SecondRendererChoice::Off);
    assert_eq!(off, Ok(None::<SecondRenderer>));
    let missing =
        SecondRendererError::Missing { command: "gs", package: "ghostscript" };
    assert!(missing.to_string().contains("install ghostscript"));
}

fn its_rows_lie_where_ours_would() {
    let folder = Folder::with(&with_arithmetic_jpeg());
    let second = folder.program("header; rows $side");
    let outcome = print(&folder.document, second, 60);
    assert_eq!(outcome.losses, [""; 0]);
    assert_eq!(outcome.notes.len(), 1, "{:?}", outcome.notes);
    let page = outcome.page();
    // The digit 0, which the script writes, is a dark grey.
    let grey = [b'0'; 3];
    for (x, y, dot) in [
        (LEFT, TOP, grey),
        (LEFT + 299, TOP + 299, grey),
        (LEFT - 1, TOP, [255; 3]),
        (LEFT, TOP - 1, [255; 3]),
        (LEFT + 300, TOP + 299, [255; 3]),
        (LEFT + 299, TOP + 300, [255; 3]),
    ] {
        assert_eq!(page.pixel(x, y), dot, "{x}, {y}");
    }
}

/// Two pages on a side, of which ours could draw the second: the squares lie
/// where they would if ours had drawn both.
fn its_pages_share_a_side_as_ours_would() {
    const BLACK: &str = "0 g 0 0 72 72 re f";
    let number_up = NumberUp::new(2).expect("two pages");
    let settings =
        Settings { dpi: 300, color: true, number_up, ..Settings::default() };
    let print = |first: &str| {
        let folder = Folder::with(&pdf(&[first, BLACK], &arithmetic_jpeg()));
        let second = folder.program("header; rows $side");
        print_as(&folder.document, second, 60, settings.clone())
    };
    let ours = print(BLACK);
    assert_eq!(ours.notes, [""; 0]);
    let second = print(PICTURE);
    assert_eq!(second.losses, [""; 0]);
    let ours = ours.page();
    let printed = second.printed.as_ref().expect("it is printed");
    let told: Vec<_> =
        printed.findings.iter().map(ToString::to_string).collect();
    assert!(
        told.iter().any(|one| one.contains(
            "page 2: drawn by MuPDF, because \
            another page on its side needs it"
        )),
        "{told:?}"
    );
    let second = second.page();
    assert_eq!((second.width, second.height), (ours.width, ours.height));
    let inked = |page: &Page, x, y| page.pixel(x, y) != [255; 3];
    let mut differ = 0;
    let mut dots = 0;
    for y in 0..ours.height {
        for x in 0..ours.width {
            dots += u32::from(inked(&ours, x, y));
            differ += u32::from(inked(&ours, x, y) != inked(&second, x, y));
        }
    }
    // An edge may lie a dot further.
    let edge = 4 * 2 * dots.isqrt();
    assert!(dots > 100_000 && differ <= edge, "{differ} of {dots} dots");
}

fn one_that_complains_is_not_believed() {
    let folder = Folder::with(&with_arithmetic_jpeg());
    let second = folder.program(
        "echo 'error: half of the page is missing' >&2; header; rows $side",
    );
    let outcome = print(&folder.document, second, 60);
    assert_eq!(outcome.losses.len(), 1, "{:?}", outcome.losses);
    assert!(outcome.page().is_blank(), "ours has no picture");
}

fn one_that_ends_too_early_fails_the_job() {
    let folder = Folder::with(&with_arithmetic_jpeg());
    // The trial is smaller.
    let second =
        folder.program("header; [ $side = 300 ] && side=150; rows $side");
    let error = print(&folder.document, second, 60).error();
    assert!(error.contains("MuPDF, which was to draw page 1"), "{error}");
}

fn one_that_never_ends_is_ended() {
    let folder = Folder::with(&with_arithmetic_jpeg());
    let second = folder.program(
        "header; if [ $side = 300 ]; then while :; do :; done; fi\n\
         rows $side",
    );
    let began = Instant::now();
    let error = print(&folder.document, second, 1).error();
    assert!(error.contains("MuPDF, which was to draw page 1"), "{error}");
    assert!(began.elapsed() < Duration::from_secs(60));
}

fn a_page_that_fails_is_given_to_it() {
    let folder = Folder::with(&endless());
    let second = folder.program("header; rows $side");
    let outcome = print(&folder.document, second, 1);
    let printed = outcome.printed.as_ref().expect("it is printed");
    let last = printed.findings.last().expect("it is told");
    let drawn = "page 1: drawn by MuPDF, because ";
    assert!(last.to_string().starts_with(drawn), "{last}");
    assert!(!last.loss);
    assert_eq!(outcome.page().pixel(LEFT, TOP), [b'0'; 3]);
}

fn it_can_neither_read_a_key_nor_write_a_file() {
    let keys = scratch();
    let key = keys.path().join("key");
    fs::write(&key, "secret").expect("a key");
    let folder = Folder::with(&with_arithmetic_jpeg());
    let second = folder.program(&format!(
        "[ -n \"$(cat $0)\" ] || echo 'error: it can read nothing' >&2\n\
         [ -z \"$(cat {key} 2>&1 | grep secret)\" ] ||\n\
           echo 'error: it can read the key' >&2\n\
         for folder in {keys} /tmp /var/tmp $(dirname $0); do\n\
           (: > $folder/written) 2>&-\n\
           [ ! -e $folder/written ] || echo 'error: it can write' >&2\n\
         done\n\
         header; rows $side",
        key = key.display(),
        keys = keys.path().display(),
    ));
    let outcome = print(&folder.document, second, 60);
    assert_eq!(outcome.losses, [""; 0]);
    assert_eq!(outcome.page().pixel(LEFT, TOP), [b'0'; 3]);
}
