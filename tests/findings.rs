//! What is not on paper as the document says, and that somebody is told: by
//! the driver, and by the server with all its clients.

use std::fmt::Write as _;
use std::fs;
use std::io::Write;
use std::path::Path;
use std::process::{Command, ExitCode, Output};
use std::time::{Duration, Instant};

use driver::isolated::{self, Summary};
use driver::{Document, DocumentError, Error, Finding, Settings};
use flate2::Compression;
use flate2::write::ZlibEncoder;
use harness::{
    PrintServer, form, program, root, sample, scratch, suite, test, text_of,
};
use serde_json::{Value, json};
use virtual_c360::{Page, pcl_xl};

fn main() -> ExitCode {
    isolated::serve_if_child();
    suite(vec![
        test!(a_document_that_is_whole_has_no_findings),
        test!(a_page_that_is_not_in_the_file_is_named),
        test!(a_page_that_is_damaged_is_named),
        test!(a_page_that_comes_twice_is_printed_twice),
        test!(pages_that_only_the_count_knows_are_missed),
        test!(pages_none_of_which_can_be_read_are_refused),
        test!(content_that_breaks_off_is_told),
        test!(content_that_cannot_be_unpacked_is_told),
        test!(content_that_is_not_in_the_file_is_told),
        test!(what_a_page_draws_and_the_file_does_not_hold_is_told),
        test!(a_drawing_within_a_drawing_is_looked_at),
        test!(instructions_that_mean_nothing_are_noted),
        test!(pictures_that_cannot_be_decoded_are_told),
        test!(a_picture_with_too_little_data_is_told),
        test!(an_appearance_that_cannot_be_read_is_told),
        test!(the_drawing_finds_what_the_interpreter_warns_of),
        test!(a_page_that_takes_long_to_read_is_taken_with_a_note),
        test!(a_page_without_a_size_is_printed_as_a4),
        test!(a_document_with_a_web_page_behind_its_end_prints),
        test!(a_page_that_is_too_long_is_refused_with_figures_that_differ),
        test!(a_document_that_its_owner_forbids_to_print_prints_with_a_note),
        test!(a_job_that_cannot_be_printed_whole_waits_for_a_word),
        test!(the_talks_client_is_told_what_is_missing),
        test!(the_client_says_why_a_job_is_held),
        test!(a_server_may_print_what_is_not_whole_and_says_so),
        test!(a_server_may_refuse_what_is_not_whole),
        test!(a_note_holds_nobody_up),
    ])
}

/// A PDF, written by hand: its objects by their numbers.
#[derive(Default)]
struct Pdf(Vec<(u32, Vec<u8>)>);

impl Pdf {
    /// A catalog, and a list of pages.
    fn new(kids: &str, count: u32) -> Pdf {
        let pages = format!("<< /Type /Pages /Kids [{kids}] /Count {count} >>");
        Pdf::default()
            .object(1, "<< /Type /Catalog /Pages 2 0 R >>")
            .object(2, &pages)
            .object(5, "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>")
    }

    fn object(mut self, number: u32, body: &str) -> Pdf {
        self.0.push((number, body.as_bytes().to_vec()));
        self
    }

    fn stream(mut self, number: u32, dict: &str, data: &[u8]) -> Pdf {
        let length = data.len();
        let head = format!("<< {dict} /Length {length} >>\nstream\n");
        let mut body = head.into_bytes();
        body.extend_from_slice(data);
        body.extend_from_slice(b"\nendstream");
        self.0.push((number, body));
        self
    }

    /// A page of A4, whose content is the next object.
    fn page(self, number: u32, resources: &str) -> Pdf {
        let content = number + 1;
        self.object(
            number,
            &format!(
                "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] \
                 /Resources << /Font << /F1 5 0 R >> {resources} >> \
                 /Contents {content} 0 R >>"
            ),
        )
    }

    /// A page of A4 with a word on it.
    fn page_with(self, number: u32, word: &str) -> Pdf {
        let content = format!("BT /F1 24 Tf 60 400 Td ({word}) Tj ET");
        self.page(number, "").stream(number + 1, "", content.as_bytes())
    }

    /// A document of one page, which is object 10.
    fn with_content(resources: &str, content: &str) -> Pdf {
        Pdf::new("10 0 R", 1).page(10, resources).stream(
            11,
            "",
            content.as_bytes(),
        )
    }

    fn file(&self) -> Vec<u8> {
        let mut file = b"%PDF-1.7\n".to_vec();
        let mut table = String::new();
        for (number, body) in &self.0 {
            writeln!(table, "{number} 1\n{:010} 00000 n ", file.len())
                .expect("in memory");
            file.extend(format!("{number} 0 obj\n").into_bytes());
            file.extend_from_slice(body);
            file.extend_from_slice(b"\nendobj\n");
        }
        let start = file.len();
        file.extend(
            format!(
                "xref\n{table}trailer << /Size 100 /Root 1 0 R >>\n\
                 startxref\n{start}\n%%EOF\n"
            )
            .into_bytes(),
        );
        file
    }
}

fn deflated(content: &[u8]) -> Vec<u8> {
    let mut encoder = ZlibEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(content).expect("in memory");
    encoder.finish().expect("in memory")
}

/// Twenty lines of text, each of its own.
fn lines() -> Vec<u8> {
    let mut content = String::from("BT /F1 18 Tf 40 800 Td\n");
    for line in 0..20 {
        let square = line * line * 7919;
        writeln!(content, "(line {line} {square}) Tj 0 -30 Td")
            .expect("in memory");
    }
    content.push_str("ET");
    content.into_bytes()
}

fn draft() -> Settings {
    Settings { dpi: 300, color: false, ..Settings::default() }
}

fn try_check(file: &[u8]) -> Result<Summary, Error> {
    let folder = scratch();
    let path = folder.path().join("document.pdf");
    fs::write(&path, file).expect("a disk with room");
    isolated::check(&path, &draft())
}

fn check(pdf: &Pdf) -> Summary {
    try_check(&pdf.file()).expect("it can be printed")
}

fn loss(text: &str, pages: &[u32]) -> Finding {
    let (text, pages) = (text.to_owned(), pages.to_vec());
    Finding { loss: true, text, pages }
}

fn note(text: &str, pages: &[u32]) -> Finding {
    Finding { loss: false, ..loss(text, pages) }
}

/// The one finding of a document of one page, which is a loss.
fn only_loss(pdf: &Pdf) -> String {
    let findings = check(pdf).findings;
    let [Finding { loss: true, text, pages }] = findings.as_slice() else {
        panic!("{findings:#?}");
    };
    assert_eq!(pages, &[1]);
    text.clone()
}

/// The pages that are printed: their numbers, and the dots on them.
fn print_pages(file: Vec<u8>, pages: Option<&str>) -> (Vec<u32>, Vec<Vec<u8>>) {
    let document = Document::open(file).expect("it opens");
    let pages = pages.map(|pages| pages.parse().expect("a range"));
    let settings = Settings { pages, ..draft() };
    let (mut stream, mut numbers) = (Vec::new(), Vec::new());
    let printed =
        driver::print(&document, &settings, &mut stream, &mut |page| {
            numbers.push(page);
        });
    printed.expect("it prints");
    let pages = pcl_xl::pages(&stream).expect("it is PCL XL");
    (numbers, pages.iter().map(Page::rgb).collect())
}

fn a_document_that_is_whole_has_no_findings() {
    let samples = [
        "base14",
        "drawing",
        "forms",
        "landscape",
        "mixed",
        "owner-password",
        "photo",
        "report",
    ];
    for name in samples {
        let path = root().join("tests/samples").join(name);
        let began = Instant::now();
        let summary = isolated::check(&path.with_extension("pdf"), &draft());
        println!("{name}: checked in {:?}", began.elapsed());
        let findings = summary.expect("a good sample").findings;
        assert_eq!(findings, [], "{name}");
    }
}

const MISSING_PAGE: &str =
    "the page is damaged and cannot be read; it is missing";

fn a_page_that_is_not_in_the_file_is_named() {
    let pdf = Pdf::new("10 0 R 12 0 R 14 0 R", 3)
        .page_with(10, "page 1")
        .page_with(14, "page 3");
    let summary = check(&pdf);
    assert_eq!((summary.page_count, summary.pages), (3, vec![1, 3]));
    assert_eq!(summary.findings, [loss(MISSING_PAGE, &[2])]);
    // The others keep their numbers.
    let (numbers, pages) = print_pages(pdf.file(), None);
    assert_eq!(numbers, [1, 3]);
    let (numbers, third) = print_pages(pdf.file(), Some("3"));
    assert_eq!(numbers, [3]);
    assert!(pages[1] == third[0] && pages[0] != third[0]);
}

fn a_page_that_is_damaged_is_named() {
    let pdf = Pdf::new("10 0 R 12 0 R 14 0 R", 3)
        .page_with(10, "page 1")
        .object(12, "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842 /Re")
        .page_with(14, "page 3");
    let summary = check(&pdf);
    assert_eq!((summary.page_count, summary.pages), (3, vec![1, 3]));
    assert_eq!(summary.findings, [loss(MISSING_PAGE, &[2])]);
}

fn a_page_that_comes_twice_is_printed_twice() {
    let pdf = Pdf::new("10 0 R 10 0 R 14 0 R", 3)
        .page_with(10, "twice")
        .page_with(14, "once");
    let summary = check(&pdf);
    assert_eq!(summary.page_count, 3);
    assert_eq!(summary.findings, []);
    let (numbers, pages) = print_pages(pdf.file(), None);
    assert_eq!(numbers, [1, 2, 3]);
    assert!(pages[0] == pages[1] && pages[1] != pages[2]);
}

fn pages_that_only_the_count_knows_are_missed() {
    let pdf = Pdf::new("10 0 R", 4).page_with(10, "the only one");
    let text = "of the 4 pages that the document says it has, only 1 can be \
                found";
    assert_eq!(check(&pdf).findings, [loss(text, &[])]);
    // Pages in groups: one group comes twice, and one is not there.
    let pdf = Pdf::new("20 0 R 20 0 R 21 0 R", 2)
        .object(20, "<< /Type /Pages /Kids [10 0 R] /Count 1 >>")
        .object(21, "<< /Type /Pages /Count 1 >>")
        .page_with(10, "the only one");
    let summary = check(&pdf);
    assert_eq!((summary.page_count, summary.pages), (2, vec![1]));
    let twice =
        "a group of pages comes twice in the list of pages; it is printed once";
    let expected = [loss(twice, &[]), loss(MISSING_PAGE, &[2])];
    assert_eq!(summary.findings, expected);
}

fn pages_none_of_which_can_be_read_are_refused() {
    let pdf = Pdf::new("10 0 R 12 0 R", 2).page_with(10, "the only one").file();
    let document = Document::open(pdf).expect("it opens");
    let pages = Some("2".parse().expect("a range"));
    let error = document.check(&Settings { pages, ..draft() });
    assert_eq!(error, Err(DocumentError::DamagedPages));
}

fn packed_page(data: &[u8]) -> Pdf {
    Pdf::new("10 0 R", 1).page(10, "").stream(11, "/Filter /FlateDecode", data)
}

fn content_that_breaks_off_is_told() {
    let packed = deflated(&lines());
    assert_eq!(check(&packed_page(&packed)).findings, []);
    let half = only_loss(&packed_page(&packed[..packed.len() / 2]));
    let start = "its content is damaged: it breaks off after ";
    assert!(half.starts_with(start), "{half}");
    let mut flipped = packed.clone();
    flipped[packed.len() / 2] ^= 0x10;
    let flipped = only_loss(&packed_page(&flipped));
    assert!(flipped.starts_with("its content is damaged: "), "{flipped}");
    // Also when it is not packed.
    let content = String::from_utf8(lines()).expect("ASCII");
    let plain = Pdf::with_content("", content.trim_end_matches(|c| c != '\n'));
    assert_eq!(check(&plain).findings, [], "it ends between two operators");
    let endless = Pdf::with_content(
        "",
        "BT /F1 18 Tf 40 800 Td (first) Tj 0 -30 Td (a line that has no end",
    );
    let text = only_loss(&endless);
    assert!(text.starts_with("its content breaks off: "), "{text}");
}

fn content_that_cannot_be_unpacked_is_told() {
    let mut packed = deflated(&lines());
    packed[..8].fill(0xFF);
    assert_eq!(
        only_loss(&packed_page(&packed)),
        "its content is damaged: it cannot be unpacked"
    );
    let unknown = Pdf::new("10 0 R", 1).page(10, "").stream(
        11,
        "/Filter /XXXDecode",
        b"q",
    );
    assert_eq!(
        only_loss(&unknown),
        "its content is damaged: it is packed in a way unknown to us \
         (XXXDecode)"
    );
}

fn content_that_is_not_in_the_file_is_told() {
    let pdf = Pdf::new("10 0 R", 1).page(10, "");
    assert_eq!(
        only_loss(&pdf),
        "a part of the page's content is missing from the file"
    );
    let pdf = Pdf::new("10 0 R", 1)
        .object(10, "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] >>");
    assert_eq!(check(&pdf).findings, [], "an empty page needs no content");
}

fn what_a_page_draws_and_the_file_does_not_hold_is_told() {
    for (resources, content, what) in [
        ("/XObject << /X 20 0 R >>", "/X Do", "picture or drawing"),
        ("", "/X Do", "picture or drawing"),
        ("/Shading << /X 20 0 R >>", "/X sh", "gradient"),
        (
            "/Pattern << /X 20 0 R >>",
            "/Pattern cs /X scn 0 0 9 9 re f",
            "pattern",
        ),
    ] {
        let text = only_loss(&Pdf::with_content(resources, content));
        assert_eq!(
            text,
            format!("a {what} that it draws (X) is missing from the file")
        );
    }
}

fn a_drawing_within_a_drawing_is_looked_at() {
    let form = "/Type /XObject /Subtype /Form /BBox [0 0 595 842]";
    let packed = deflated(&lines());
    let pdf = Pdf::with_content("/XObject << /X 20 0 R >>", "/X Do /X Do")
        .stream(
            20,
            &format!("{form} /Resources << /XObject << /Y 21 0 R >> >>"),
            b"/Y Do",
        )
        .stream(
            21,
            &format!("{form} /Filter /FlateDecode"),
            &packed[..packed.len() / 2],
        );
    let text = only_loss(&pdf);
    let start = "its drawing is damaged: it breaks off after ";
    assert!(text.starts_with(start), "{text}");
}

fn instructions_that_mean_nothing_are_noted() {
    let text = "its content has instructions that mean nothing, such as \"frobnicate\"";
    let pdf = Pdf::with_content("", "0 0 9 9 re f 1 2 frobnicate");
    assert_eq!(check(&pdf).findings, [note(text, &[1])]);
    let tolerant = Pdf::with_content("", "BX 1 2 frobnicate EX 0 0 9 9 re f");
    assert_eq!(check(&tolerant).findings, []);
}

const PICTURE: &str = "/Type /XObject /Subtype /Image /Width 64 /Height 64 \
    /BitsPerComponent 8 /ColorSpace /DeviceRGB";

fn picture(entries: &str, data: &[u8]) -> Pdf {
    Pdf::with_content("/XObject << /X 20 0 R >>", "9 0 0 9 0 0 cm /X Do")
        .stream(20, entries, data)
}

fn pictures_that_cannot_be_decoded_are_told() {
    let whole = vec![0x55; 64 * 64 * 3];
    assert_eq!(check(&picture(PICTURE, &whole)).findings, []);
    for filter in ["JPXDecode", "DCTDecode", "JBIG2Decode"] {
        let entries = format!("{PICTURE} /Filter /{filter}");
        let text = only_loss(&picture(&entries, b"not a picture at all"));
        assert_eq!(text, "a picture cannot be decoded and is missing");
    }
    let entries = format!("{PICTURE} /Filter /XXXDecode");
    assert_eq!(
        only_loss(&picture(&entries, &whole)),
        "a picture is damaged: it is packed in a way unknown to us (XXXDecode)"
    );
}

fn a_picture_with_too_little_data_is_told() {
    let rows = vec![0x55; 64 * 10 * 3];
    let short = "a picture is damaged: it breaks off after 10 of 64 rows";
    assert_eq!(only_loss(&picture(PICTURE, &rows)), short);
    let entries = format!("{PICTURE} /Filter /FlateDecode");
    assert_eq!(only_loss(&picture(&entries, &deflated(&rows))), short);
    // A JPEG picture that ends within its data.
    let jpeg = b"\xFF\xD8\xFF\xDA\0\x08\x01\x01\0\0\x3F\0 and so on";
    let entries = format!("{PICTURE} /Filter /DCTDecode");
    assert_eq!(
        only_loss(&picture(&entries, jpeg)),
        "a picture is damaged: it is cut off"
    );
    // The same in the content itself.
    let inline = Pdf::with_content(
        "",
        "9 0 0 9 0 0 cm BI /W 8 /H 8 /BPC 8 /CS /G ID 0123456789abcdef\nEI",
    );
    assert_eq!(
        only_loss(&inline),
        "a picture is damaged: it breaks off after 2 of 8 rows"
    );
}

fn an_appearance_that_cannot_be_read_is_told() {
    let pdf = Pdf::new("10 0 R", 1).object(
        10,
        "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] \
             /Annots [<< /Type /Annot /Subtype /Screen /F 4 \
             /Rect [100 100 300 200] /AP << /N 20 0 R >> >>] >>",
    );
    assert_eq!(
        only_loss(&pdf),
        "a comment or a form field cannot be read and is missing"
    );
}

fn the_drawing_finds_what_the_interpreter_warns_of() {
    let entries = format!("{PICTURE} /Filter /DCTDecode");
    let file = picture(&entries, b"not a picture at all").file();
    let document = Document::open(file).expect("it opens");
    let printed =
        driver::print(&document, &draft(), &mut std::io::sink(), &mut |_| ());
    let text = "a picture cannot be decoded and is missing";
    assert_eq!(printed.expect("it prints").findings, [loss(text, &[1])]);
}

/// It would take for ever. The printing has a limit for that, and its word
/// counts.
fn a_page_that_takes_long_to_read_is_taken_with_a_note() {
    let path = root().join("tests/samples/bad/billion-laughs.pdf");
    let began = Instant::now();
    let summary = isolated::check(&path, &draft()).expect("it is taken");
    assert!(began.elapsed() < Duration::from_secs(60));
    let text = "not all pages could be looked through before the printing: \
                that takes too long";
    assert_eq!(summary.findings, [note(text, &[])]);
}

fn a_page_without_a_size_is_printed_as_a4() {
    let content = "0 g 100 400 200 100 re f";
    let boxed = |boxes: &str| {
        Pdf::new("10 0 R", 1)
            .object(
                10,
                &format!(
                    "<< /Type /Page /Parent 2 0 R {boxes} /Contents 11 0 R >>"
                ),
            )
            .stream(11, "", content.as_bytes())
    };
    let (_, whole) =
        print_pages(boxed("/MediaBox [0 0 595.276 841.89]").file(), None);
    let no_size = "the document gives the page no size; it is printed as A4";
    let cropped = "the document crops the page to nothing; it is printed \
                   uncropped";
    for (boxes, text) in [
        ("/MediaBox [0 0 0 0]", no_size),
        ("/MediaBox [10 10 10 800]", no_size),
        ("/MediaBox [0 0 595.276 841.89] /CropBox [700 0 900 842]", cropped),
        ("/MediaBox [0 0 595.276 841.89] /CropBox [0 0 0 0]", cropped),
    ] {
        let pdf = boxed(boxes);
        assert_eq!(check(&pdf).findings, [note(text, &[1])], "{boxes}");
        let (_, pages) = print_pages(pdf.file(), None);
        assert!(pages == whole, "{boxes}");
    }
}

fn a_document_with_a_web_page_behind_its_end_prints() {
    let whole = Pdf::new("10 0 R", 1).page_with(10, "all of it").file();
    for behind in [
        "<html><body>Powered by a web server. 1 0 obj</body></html>\n",
        "\r\n--boundary--\r\n",
        &"<!-- 7 objections -->\n".repeat(100_000),
    ] {
        let file = [whole.as_slice(), behind.as_bytes()].concat();
        assert_eq!(try_check(&file).expect("it prints").findings, []);
    }
    // An update of the document that was cut off is no web page.
    let update = "12 0 obj\n<< /Type /Page >>\nendobj\n13 0 obj\n<< /Le";
    let file = [whole.as_slice(), update.as_bytes()].concat();
    let error = try_check(&file).expect_err("its end is missing");
    let truncated = Error::Document(DocumentError::Truncated).to_string();
    assert_eq!(error.to_string(), truncated);
}

fn a_page_that_is_too_long_is_refused_with_figures_that_differ() {
    let pdf = Pdf::new("10 0 R", 1)
        .object(10, "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 14401 10] >>");
    let error = try_check(&pdf.file()).expect_err("one point too long");
    assert_eq!(
        error.to_string(),
        "page 1 is 5080.4 × 3.6 mm large; a page may be at most 5080 mm long"
    );
}

const FORBIDDEN: &str = "the document's owner forbids printing; whoever may \
    read it may print it here, so it is printed";

fn a_document_that_its_owner_forbids_to_print_prints_with_a_note() {
    let summary = try_check(&sample("print-not-allowed.pdf"));
    assert_eq!(summary.expect("it prints").findings, [note(FORBIDDEN, &[])]);
}

/// Two pages, of which the second cannot be read.
fn not_whole() -> Vec<u8> {
    Pdf::new("10 0 R 12 0 R", 2).page_with(10, "the first").file()
}

const LOSS: &str =
    "page 2: the page is damaged and cannot be read; it is missing";

fn upload(server: &PrintServer, file: Vec<u8>) -> Value {
    let response = server.upload("letter.pdf", file, &[]);
    assert_eq!(response.status(), 201, "{}", text_of(response));
    let Ok(job) = response.json() else { panic!("the job is no JSON") };
    job
}

fn a_job_that_cannot_be_printed_whole_waits_for_a_word() {
    let data = scratch();
    let mut server = PrintServer::start(data.path(), &[]);
    let job = upload(&server, not_whole());
    assert_eq!(job["state"], "held");
    assert_eq!(job["notes"], json!([LOSS]));
    assert_eq!(job["incomplete"], true);
    let reason = job["reason"].as_str().expect("a reason");
    assert!(reason.contains(LOSS), "{reason}");
    server.program.wait_for_line(&format!("job 1 .*held.*{LOSS}"));
    // A later one overtakes it, so it has really waited.
    let next = server.print("report.pdf", &[("pages", "1")]);
    server.wait_for_state(&next, "printed");

    let path = format!("/api/jobs/{}/release", job["id"].as_str().expect("id"));
    assert_eq!(server.request("POST", &path).status(), 200);
    let job = server.wait_for_state(&job, "printed");
    assert_eq!((&job["printed"], &job["sides"]), (&json!(1), &json!(1)));
    assert_eq!(job["notes"], json!([LOSS]));
    assert_eq!(job["reason"], format!("not all of it is on paper: {LOSS}"));
}

fn the_talks_client_is_told_what_is_missing() {
    let data = scratch();
    let server = PrintServer::start(data.path(), &[]);
    let send = |file: Vec<u8>| {
        let response = server.post("/upload", form("a.pdf", file, &[]), None);
        assert_eq!(response.status(), 200);
        let reply: Value = response.json().expect("JSON");
        assert_eq!(reply["Status"], "Success");
        reply["Job_status"].as_str().expect("words").to_owned()
    };
    assert_eq!(send(sample("report.pdf")), "Sent for printing");
    assert_eq!(
        send(sample("print-not-allowed.pdf")),
        format!("Sent for printing. Note: {FORBIDDEN}")
    );
    assert_eq!(
        send(not_whole()),
        format!(
            "Held until somebody releases it, for it cannot be printed \
             whole: {LOSS}"
        )
    );
}

/// Runs the client as its user does.
fn print(server: &PrintServer, file: &Path) -> Output {
    Command::new(program("print-client"))
        .env("PRINT_SERVER", &server.address)
        .env("PRINT_SERVER_KEY", &server.key)
        .arg(file)
        .output()
        .expect("the client starts")
}

fn the_client_says_why_a_job_is_held() {
    let data = scratch();
    let server = PrintServer::start(data.path(), &[]);
    let file = data.path().join("letter.pdf");
    fs::write(&file, not_whole()).expect("a disk with room");
    let output = print(&server, &file);
    assert_eq!(output.status.code(), Some(3), "{output:?}");
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(said.contains("held") && said.contains(LOSS), "{said}");
}

fn a_server_may_print_what_is_not_whole_and_says_so() {
    let data = scratch();
    let options = ["--on-doubt", "print"];
    let mut server = PrintServer::start(data.path(), &options);
    let file = data.path().join("letter.pdf");
    fs::write(&file, not_whole()).expect("a disk with room");
    let output = print(&server, &file);
    assert_eq!(output.status.code(), Some(4), "{output:?}");
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(said.contains("1 page printed, but"), "{said}");
    assert!(said.contains(LOSS), "{said}");
    server.program.wait_for_line(&format!("job 1 is printed.*{LOSS}"));
}

fn a_server_may_refuse_what_is_not_whole() {
    let data = scratch();
    let config = data.path().join("print-server.toml");
    fs::write(&config, "on-doubt = \"refuse\"\n").expect("a disk with room");
    let config = config.to_str().expect("a path in UTF-8");
    let server = PrintServer::start(data.path(), &["--config", config]);
    let response = server.upload("letter.pdf", not_whole(), &[]);
    assert_eq!(response.status(), 422);
    let reply: Value = response.json().expect("JSON");
    let words = reply["error"].as_str().expect("words");
    assert!(words.contains(LOSS), "{words}");
    assert_eq!(server.spooled(), Vec::<std::path::PathBuf>::new());
    assert_eq!(server.jobs(), Vec::<Value>::new());
}

fn a_note_holds_nobody_up() {
    let data = scratch();
    let options = ["--on-doubt", "refuse"];
    let server = PrintServer::start(data.path(), &options);
    let job = upload(&server, sample("print-not-allowed.pdf"));
    let job = server.wait_for_state(&job, "printed");
    assert_eq!(job["notes"], json!([FORBIDDEN]));
    assert_eq!(
        (&job["reason"], &job["incomplete"]),
        (&Value::Null, &json!(false))
    );
}
