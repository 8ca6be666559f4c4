//! Paper's rules: which annotations and layers are printed, and what is drawn
//! for fields and comments that leave their looks to the viewer.

use std::fmt::Write;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use driver::{Document, Settings, isolated};
use harness::{root, scratch, suite, test};
use virtual_c360::{Page, pcl_xl};

fn main() -> ExitCode {
    isolated::serve_if_child();
    suite(vec![
        test!(an_annotation_is_printed_as_its_flags_say),
        test!(an_annotation_that_cannot_be_read_hides_no_other),
        test!(an_annotation_within_the_list_of_its_page_obeys_too),
        test!(a_box_without_its_mark_is_no_loss),
        test!(a_layer_is_printed_as_it_says_of_paper),
        test!(an_expression_says_when_its_layers_are_printed),
        test!(an_expression_without_end_does_no_harm),
        test!(a_filled_form_shows_its_values),
        test!(a_form_that_asks_for_it_is_drawn_anew),
        test!(letters_beyond_latin_are_in_a_field),
        test!(comments_without_an_appearance_are_drawn),
        test!(a_marker_pen_hides_no_text),
        test!(a_mark_without_a_frame_is_drawn_by_its_code),
        test!(an_encrypted_document_obeys_too),
        test!(a_document_with_a_stream_for_its_table_obeys_too),
        test!(a_damaged_document_obeys_too),
        test!(a_hundred_thousand_annotations_are_no_attack),
        test!(hostile_fields_and_comments_do_no_harm),
    ])
}

/// A document of one page of 595 × 842 points, A4, with these annotations, whose
/// objects have the numbers from 10 on. In the catalog and in the page stands
/// what is given.
fn pdf(catalog: &str, page: &str, objects: &[&str]) -> Vec<u8> {
    let page = format!(
        "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] {page} >>"
    );
    let head = [
        format!("<< /Type /Catalog /Pages 2 0 R {catalog} >>"),
        "<< /Type /Pages /Kids [3 0 R] /Count 1 >>".to_owned(),
        page,
    ];
    let head = (1..).zip(head.iter().map(String::as_str));
    let rest = (10..).zip(objects.iter().copied());
    let mut file = String::from("%PDF-1.7\n");
    let mut table = String::new();
    for (number, object) in head.chain(rest) {
        let _ = write!(table, "{number} 1\n{:010} 00000 n \n", file.len());
        let _ = write!(file, "{number} 0 obj\n{object}\nendobj\n");
    }
    let start = file.len();
    let _ = write!(
        file,
        "xref\n{table}trailer\n<< /Size 1000 /Root 1 0 R >>\n\
         startxref\n{start}\n%%EOF\n"
    );
    file.into_bytes()
}

/// A page with these annotations, the objects from 10 on.
fn annotated(catalog: &str, annotations: &[&str]) -> Vec<u8> {
    let list: String =
        (10..10 + annotations.len()).map(|id| format!("{id} 0 R ")).collect();
    pdf(catalog, &format!("/Annots [{list}]"), annotations)
}

/// A black square as an appearance, the object with this number.
const SQUARE: &str = "<< /Type /XObject /Subtype /Form /BBox [0 0 10 10] \
    /Length 15 >>\nstream\n0 0 10 10 re f\n\nendstream";

struct Paper(Page);

/// Prints a document of one page.
fn print(file: &[u8]) -> Paper {
    print_with_findings(file).0
}

fn print_with_findings(file: &[u8]) -> (Paper, Vec<driver::Finding>) {
    let document = Document::open(file.to_vec()).expect("it opens");
    let settings = Settings { dpi: 300, threads: 1, ..Settings::default() };
    let settings = Settings { color: true, ..settings };
    let mut stream = Vec::new();
    let printed = driver::print(&document, &settings, &mut stream, &mut |_| ())
        .expect("it prints");
    let mut pages = pcl_xl::pages(&stream).expect("the printer understands");
    assert_eq!(pages.len(), 1);
    (Paper(pages.remove(0)), printed.findings)
}

impl Paper {
    /// The share of this rectangle, in points of the page, that has a dot
    /// which `is_ink`.
    fn share(
        &self,
        [x0, y0, x1, y1]: [f64; 4],
        is_ink: impl Fn([u8; 3]) -> bool,
    ) -> f64 {
        let Paper(page) = self;
        let scale = f64::from(page.dpi) / 72.0;
        // The page lies in the middle of the paper.
        let left = (f64::from(page.width) - 595.0 * scale) / 2.0;
        let top = (f64::from(page.height) - 842.0 * scale) / 2.0;
        let columns = (left + x0 * scale) as u32..(left + x1 * scale) as u32;
        let rows = (top + (842.0 - y1) * scale) as u32
            ..(top + (842.0 - y0) * scale) as u32;
        let all = columns.len() * rows.len();
        let inked = rows
            .flat_map(|y| columns.clone().map(move |x| (x, y)))
            .filter(|(x, y)| is_ink(page.pixel(*x, *y)))
            .count();
        inked as f64 / all as f64
    }

    fn ink(&self, area: [f64; 4]) -> f64 {
        self.share(area, |pixel| pixel.iter().any(|sample| *sample < 128))
    }

    fn is_blank(&self, area: [f64; 4]) -> bool {
        self.ink(area) == 0.0
    }
}

/// The place of annotation number `place` from the top, and its `/Rect`.
fn row(place: usize) -> ([f64; 4], String) {
    let y = 760.0 - 30.0 * place as f64;
    ([50.0, y, 70.0, y + 20.0], format!("/Rect [50 {y} 70 {}]", y + 20.0))
}

fn an_annotation_is_printed_as_its_flags_say() {
    let (print_, hidden, no_view, invisible) = (4, 2, 32, 1);
    let cases = [
        ("/Subtype /Stamp", 0, false),
        ("/Subtype /Stamp", print_, true),
        ("/Subtype /Stamp", print_ | no_view, true),
        ("/Subtype /Stamp", print_ | hidden, false),
        ("/Subtype /Stamp", no_view, false),
        ("/Subtype /Popup", print_, false),
        // Only of a kind that nobody knows this flag says anything.
        ("/Subtype /Stamp", print_ | invisible, true),
        ("/Subtype /Novelty", print_ | invisible, false),
        ("/Subtype /Novelty", print_, true),
        ("/Subtype /Stamp /AS /On", print_, true),
        // A layer that is off has nothing on paper.
        ("/Subtype /Stamp /OC 50 0 R", print_, false),
    ];
    let mut annotations = Vec::new();
    for (place, (kind, flags, _)) in cases.iter().enumerate() {
        let (_, rect) = row(place);
        annotations.push(format!(
            "<< /Type /Annot {kind} {rect} /F {flags} /AP << /N 49 0 R >> >>"
        ));
    }
    let mut objects: Vec<&str> =
        annotations.iter().map(String::as_str).collect();
    let count = objects.len();
    objects.resize(39, "null");
    objects.extend([SQUARE, "<< /Type /OCG >>"]);
    let list: String =
        (10..10 + count).map(|id| format!("{id} 0 R ")).collect();
    let layers = "/OCProperties << /OCGs [50 0 R] /D << /OFF [50 0 R] >> >>";
    let paper = print(&pdf(layers, &format!("/Annots [{list}]"), &objects));
    for (place, (kind, flags, printed)) in cases.into_iter().enumerate() {
        let ink = paper.ink(row(place).0);
        assert_eq!(ink > 0.9, printed, "{kind} /F {flags}: {ink}");
        assert_eq!(ink == 0.0, !printed, "{kind} /F {flags}: {ink}");
    }
}

fn an_annotation_that_cannot_be_read_hides_no_other() {
    let (area, rect) = row(0);
    let stamp =
        format!("<< /Subtype /Stamp {rect} /F 4 /AP << /N 11 0 R >> >>");
    let page = "/Annots [77 0 R null 11 0 R 10 0 R]";
    let paper = print(&pdf("", page, &[&stamp, SQUARE]));
    assert!(paper.ink(area) > 0.9);
}

fn an_annotation_within_the_list_of_its_page_obeys_too() {
    for own_list in [false, true] {
        let (shown, rect) = row(0);
        let (gone, other) = row(1);
        let list = format!(
            "[<< /Subtype /Stamp {other} /F 0 /AP << /N 10 0 R >> >> \
             << /Subtype /Stamp {rect} /F 36 /AP << /N 10 0 R >> >>]"
        );
        let page = match own_list {
            true => "/Annots 11 0 R".to_owned(),
            false => format!("/Annots {list}"),
        };
        let paper = print(&pdf("", &page, &[SQUARE, &list]));
        assert!(paper.ink(shown) > 0.9 && paper.is_blank(gone));
    }
}

fn a_box_without_its_mark_is_no_loss() {
    let (area, rect) = row(0);
    let field = format!(
        "<< /Subtype /Widget /FT /Btn {rect} /F 4 /AS /Off \
         /AP << /N << /Yes 11 0 R >> >> >>"
    );
    let (paper, findings) =
        print_with_findings(&pdf("", "/Annots [10 0 R]", &[&field, SQUARE]));
    assert!(paper.is_blank(area));
    assert!(findings.is_empty(), "{findings:?}");
}

/// Prints a page with a square for each of these property lists, one below the
/// other. Says which squares are on paper.
fn shown(properties: &str, lists: &[&str], layers: &[&str]) -> Vec<bool> {
    let mut operators = String::new();
    let mut named = String::new();
    for (place, list) in lists.iter().enumerate() {
        let y = 760 - 30 * place;
        let _ = write!(named, "/P{place} {list} ");
        let _ = writeln!(operators, "/OC /P{place} BDC 50 {y} 20 20 re f EMC");
    }
    let content = format!(
        "<< /Length {} >>\nstream\n{operators}\nendstream",
        operators.len()
    );
    let mut objects = vec![content.as_str()];
    objects.extend(layers);
    let page =
        format!("/Contents 10 0 R /Resources << /Properties << {named} >> >>");
    let catalog = format!("/OCProperties << {properties} >>");
    let paper = print(&pdf(&catalog, &page, &objects));
    (0..lists.len()).map(|place| paper.ink(row(place).0) > 0.5).collect()
}

fn a_layer_is_printed_as_it_says_of_paper() {
    let layers = [
        "<< /Type /OCG /Usage << /Print << /PrintState /OFF >> >> >>",
        "<< /Type /OCG /Usage << /Print << /PrintState /ON >> >> >>",
        "<< /Type /OCG >>",
        "<< /Type /OCG /Usage << /View << /ViewState /OFF >> >> >>",
    ];
    let lists = ["11 0 R", "12 0 R", "13 0 R", "14 0 R"];
    let all = "/OCGs [11 0 R 12 0 R 13 0 R 14 0 R]";
    let print_ = format!("/AS [<< /Event /Print {all} /Category [/Print] >>]");
    let view = format!("/AS [<< /Event /View {all} /Category [/View] >>]");
    for (config, expected) in [
        // Asked for: what a layer says, and else what is set.
        (format!("/OFF [12 0 R] {print_}"), [false, true, true, true]),
        (format!("/BaseState /OFF {print_}"), [false, true, false, false]),
        (
            format!("/BaseState /OFF /ON [13 0 R 14 0 R] {print_}"),
            [false, true, true, true],
        ),
        // Not asked for: only what must not be printed is left out.
        ("/OFF [12 0 R]".to_owned(), [false, false, true, true]),
        (view, [false, true, true, true]),
    ] {
        let properties = format!("{all} /D << {config} >>");
        assert_eq!(shown(&properties, &lists, &layers), expected, "{config}");
    }
}

fn an_expression_says_when_its_layers_are_printed() {
    // 11 is on, 12 is off.
    let cases = [
        ("/VE [/Not 11 0 R]", false),
        ("/VE [/Not 12 0 R]", true),
        ("/VE [/And 11 0 R 12 0 R]", false),
        ("/VE [/Or 11 0 R 12 0 R]", true),
        ("/VE [/And 11 0 R [/Not [/Or 12 0 R [/Not 11 0 R]]]]", true),
        // The expression counts, and not what stands beside it.
        ("/VE [/Not 11 0 R] /OCGs 11 0 R", false),
        ("/VE [/Or 11 0 R] /OCGs 12 0 R /P /AllOn", true),
        ("/OCGs [11 0 R 12 0 R] /P /AnyOff", true),
        ("/OCGs [11 0 R 12 0 R] /P /AllOn", false),
    ];
    let expressions = cases.map(|(it, _)| format!("<< /Type /OCMD {it} >>"));
    let mut layers = vec!["<< /Type /OCG >>"; 2];
    layers.extend(expressions.iter().map(String::as_str));
    let names: Vec<String> =
        (13..13 + cases.len()).map(|id| format!("{id} 0 R")).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let properties = "/OCGs [11 0 R 12 0 R] /D << /OFF [12 0 R] >>";
    let shown = shown(properties, &names, &layers);
    assert_eq!(shown, cases.map(|(_, expected)| expected));
}

fn an_expression_without_end_does_no_harm() {
    // One that contains itself, and one that doubles with each level.
    let mut layers = vec![
        "<< /Type /OCG >>".to_owned(),
        "<< /Type /OCMD /VE 13 0 R >>".to_owned(),
        "[/And 13 0 R 13 0 R]".to_owned(),
        "<< /Type /OCMD /VE 15 0 R >>".to_owned(),
    ];
    for id in 15..45 {
        layers.push(format!("[/And {next} 0 R {next} 0 R]", next = id + 1));
    }
    layers.push("[/Not 11 0 R]".to_owned());
    let layers: Vec<&str> = layers.iter().map(String::as_str).collect();
    let began = Instant::now();
    let _ = shown("/OCGs [11 0 R]", &["12 0 R", "14 0 R"], &layers);
    assert!(began.elapsed() < Duration::from_secs(20));
}

/// Red letters, and no black frame is mistaken for them.
fn is_red([red, green, blue]: [u8; 3]) -> bool {
    red > 128 && green < 128 && blue < 128
}

const FORM: &str = "/AcroForm << /DA (/Helv 12 Tf 1 0 0 rg) >>";

/// A form with these fields, one below the other, each 200 points wide and 20
/// high.
fn form(catalog: &str, fields: &[&str]) -> Vec<u8> {
    let fields: Vec<String> = (0..)
        .zip(fields)
        .map(|(place, field)| {
            let y = 760 - 30 * place;
            let rect = format!("/Rect [50 {y} 250 {}]", y + 20);
            format!("<< /Subtype /Widget /F 4 {rect} {field} >>")
        })
        .collect();
    let fields: Vec<&str> = fields.iter().map(String::as_str).collect();
    annotated(catalog, &fields)
}

/// The place of field number `place`, from this share of its width to that.
fn part(place: usize, from: f64, to: f64) -> [f64; 4] {
    let ([left, bottom, _, top], _) = row(place);
    [left + 200.0 * from, bottom, left + 200.0 * to, top]
}

fn a_filled_form_shows_its_values() {
    let (left, middle, right, all) =
        ((0.0, 0.3), (0.35, 0.65), (0.7, 1.0), (0.0, 1.0));
    let cases = [
        ("/FT /Tx /V (GOZER)", left, vec![middle, right]),
        ("/FT /Tx /V (GOZER) /Q 1", middle, vec![left, right]),
        ("/FT /Tx /V (GOZER) /Q 2", right, vec![left, middle]),
        ("/FT /Tx /V <FEFF0047004F005A00450052>", left, vec![right]),
        // Six cells, of which the first is used.
        (
            "/FT /Tx /V (G) /Ff 16777216 /MaxLen 6",
            (0.0, 0.17),
            vec![(0.17, 1.0)],
        ),
        ("/FT /Tx /V (secret) /Ff 8192", left, vec![right]),
        (
            "/FT /Ch /Ff 131072 /V (b) /Opt [[(a) (one)] [(b) (two)]]",
            left,
            vec![right],
        ),
        ("/FT /Btn /Ff 65536 /MK << /CA (Push) >>", middle, vec![left, right]),
        ("/FT /Btn /V /Yes", middle, vec![left, right]),
        ("/FT /Btn /V /Yes /AS /Off", (0.0, 0.0), vec![all]),
        ("/FT /Sig /V << /Type /Sig >>", (0.0, 0.0), vec![all]),
        ("/FT /Tx", (0.0, 0.0), vec![all]),
        ("/Parent 30 0 R", left, vec![right]),
        // A text that has to fit.
        (
            "/FT /Tx /V (a text that is longer than its field is wide, by far) \
          /DA (/Helv 0 Tf 1 0 0 rg)",
            right,
            vec![],
        ),
    ];
    let fields: Vec<&str> = cases.iter().map(|case| case.0).collect();
    let mut file = form(FORM, &fields);
    // A parent, which says what its field does not say itself.
    let parent = b"\n30 0 obj\n<< /FT /Tx /V (GOZER) >>\nendobj\n";
    let at = file.windows(4).position(|word| word == b"xref").expect("a table");
    file.splice(at..at, parent.iter().copied());
    let paper = print(&file);
    for (place, (field, inked, blank)) in cases.into_iter().enumerate() {
        let red = |(from, to)| paper.share(part(place, from, to), is_red);
        assert!(inked.1 == 0.0 || red(inked) > 0.01, "{field}: {inked:?}");
        for part in blank {
            assert!(red(part) == 0.0, "{field}: {part:?}");
        }
    }
}

fn a_form_that_asks_for_it_is_drawn_anew() {
    let fields = [
        "/FT /Tx /V (I) /AP << /N 12 0 R >>",
        "/FT /Btn /V /Yes /AS /Yes /AP << /N << /Yes 12 0 R >> >>",
    ];
    for (asks, anew) in [("true", true), ("false", false)] {
        let form_ = format!(
            "/AcroForm << /NeedAppearances {asks} \
             /DA (/Helv 12 Tf 1 0 0 rg) >>"
        );
        let mut file = form(&form_, &fields);
        let at = file.windows(4).position(|word| word == b"xref");
        let square = format!("\n12 0 obj\n{SQUARE}\nendobj\n");
        file.splice(at.expect("a table")..at.unwrap_or(0), square.into_bytes());
        let paper = print(&file);
        let red = paper.share(part(0, 0.0, 1.0), is_red);
        assert_eq!(red > 0.0, anew);
        assert_eq!(paper.ink(part(0, 0.5, 1.0)) > 0.9, !anew);
        // A box's mark is the form's own in any case.
        assert!(paper.ink(part(1, 0.5, 1.0)) > 0.9);
    }
}

fn comments_without_an_appearance_are_drawn() {
    // LOW, MID and TOP stand for heights within the comment.
    let cases = [
        ("/Subtype /Highlight", "", 0.95),
        ("/Subtype /Underline", "", 0.02),
        ("/Subtype /StrikeOut", "", 0.02),
        ("/Subtype /Squiggly", "", 0.02),
        ("/Subtype /Square /IC [1 0 0]", "", 0.95),
        ("/Subtype /Circle /BS << /W 2 >>", "", 0.05),
        (
            "/Subtype /Line /LE [/OpenArrow /ClosedArrow]",
            "/L [60 MID 240 MID]",
            0.02,
        ),
        ("/Subtype /PolyLine", "/Vertices [60 LOW 150 TOP 240 LOW]", 0.02),
        (
            "/Subtype /Polygon /IC [1 0 0]",
            "/Vertices [60 LOW 150 TOP 240 LOW]",
            0.2,
        ),
        ("/Subtype /Ink /BS << /W 3 >>", "/InkList [[60 MID 240 MID]]", 0.1),
        (
            "/Subtype /FreeText /DA (/Helv 12 Tf 1 0 0 rg)",
            "/C [] /Contents (Who you gonna call?)",
            0.05,
        ),
        ("/Subtype /Stamp /Name /Confidential", "", 0.05),
        ("/Subtype /Caret", "", 0.3),
        ("/Subtype /Text", "", 0.05),
        ("/Subtype /Link /Border [0 0 2]", "", 0.1),
    ];
    let mut comments = Vec::new();
    for (place, (kind, more, _)) in cases.iter().enumerate() {
        let y = 760 - 30 * place;
        let top = y + 20;
        let more = more
            .replace("LOW", &(y + 2).to_string())
            .replace("MID", &(y + 10).to_string())
            .replace("TOP", &(y + 18).to_string());
        let color = if more.contains("/C ") { "" } else { "/C [1 0 0]" };
        comments.push(format!(
            "<< {kind} /F 4 {color} {more} /Rect [50 {y} 250 {top}] \
             /QuadPoints [50 {top} 250 {top} 50 {y} 250 {y}] >>"
        ));
    }
    let comments: Vec<&str> = comments.iter().map(String::as_str).collect();
    let paper = print(&annotated("", &comments));
    for (place, (kind, _, least)) in cases.iter().enumerate() {
        let red = paper.share(part(place, 0.0, 1.0), |[r, g, b]| {
            r > 150 && g < 100 && b < 100
        });
        assert!(red >= *least, "{kind}: {red}");
        let ([_, _, _, top], _) = row(place);
        let below = [40.0, top + 2.0, 260.0, top + 8.0];
        assert!(place == 0 || paper.is_blank(below), "{kind}");
    }
}

fn a_marker_pen_hides_no_text() {
    let (area, rect) = row(0);
    let mark =
        format!("<< /Subtype /Highlight {rect} /F 4 /AP << /N 11 0 R >> >>");
    // A group of its own, in which there is nothing to shine through.
    let appearance = "<< /Type /XObject /Subtype /Form /BBox [0 0 20 20] \
        /Group << /S /Transparency >> /Resources << /ExtGState << /G << \
        /BM /Multiply >> >> >> /Length 31 >>\nstream\n\
        /G gs 1 1 0 rg 0 0 20 20 re f  \nendstream";
    let [left, bottom, ..] = area;
    let text = format!("{left} {bottom} 10 20 re f");
    let content =
        format!("<< /Length {} >>\nstream\n{text}\nendstream", text.len());
    let page = "/Contents 12 0 R /Annots [10 0 R]";
    let paper = print(&pdf("", page, &[&mark, appearance, &content]));
    let part = |from, to| [left + from, bottom, left + to, bottom + 20.0];
    let yellow = |[r, g, b]: [u8; 3]| r > 200 && g > 200 && b < 100;
    assert!(paper.share(part(0.0, 10.0), |[r, ..]| r < 50) > 0.9, "the text");
    assert!(paper.share(part(10.0, 20.0), yellow) > 0.9, "the mark");
}

fn a_mark_without_a_frame_is_drawn_by_its_code() {
    let (area, rect) = row(0);
    let field = format!(
        "<< /Subtype /Widget /FT /Btn {rect} /F 4 /AS /Yes \
         /DA (/ZaDb 0 Tf 0 g) /MK << /CA (n) >> \
         /AP << /N << /Yes 11 0 R >> >> >>"
    );
    // An appearance that does not say how large it is.
    let appearance = "<< /Length 0 >>\nstream\n\nendstream";
    let file = pdf("", "/Annots [10 0 R]", &[&field, appearance]);
    let (paper, findings) = print_with_findings(&file);
    assert!(paper.ink(area) > 0.3);
    assert!(findings.is_empty(), "{findings:?}");
}

/// Prints a sample in which a stamp for the screen, two for paper, a field and
/// a layer follow each other, and checks them all.
fn obeys(file: &[u8]) {
    let paper = print(file);
    assert!(paper.is_blank(part(0, 0.0, 1.0)), "for the screen only");
    assert!(paper.ink(part(1, 0.0, 1.0)) > 0.9, "for paper only");
    assert!(paper.share(part(2, 0.0, 0.3), is_red) > 0.01, "a field");
    assert!(paper.ink(part(3, 0.0, 1.0)) > 0.9, "for paper, in the list");
    assert!(paper.is_blank(part(4, 0.0, 1.0)), "not the layer that is on");
}

fn sample(name: &str) -> Vec<u8> {
    let path = root().join("tests/samples").join(name).with_extension("pdf");
    std::fs::read(path).expect("a sample is there")
}

fn an_encrypted_document_obeys_too() {
    for name in ["paper-aes", "paper-rc4"] {
        obeys(&sample(name));
    }
}

fn a_document_with_a_stream_for_its_table_obeys_too() {
    obeys(&sample("paper-streams"));
}

fn a_damaged_document_obeys_too() {
    for name in ["paper-streams", "paper-rc4"] {
        let mut file = sample(name);
        // What said where the table begins says something else.
        let at = file.windows(9).rposition(|word| word == b"startxref");
        let at = at.expect("it is there") + 10;
        file[at] = if file[at] == b'9' { b'1' } else { file[at] + 1 };
        let findings = Document::open(file.clone()).expect("it opens");
        if findings.findings().is_empty() {
            obeys(&file);
        }
    }
}

fn letters_beyond_latin_are_in_a_field() {
    // "Łódź" and "Москва", and no letter that the font lacks is a loss of the
    // letters around it.
    let fields = [
        "/FT /Tx /V <FEFF0041004100410141> /DA (/Helv 12 Tf 1 0 0 rg)",
        "/FT /Tx /V <FEFF0141014100410041> /DA (/Helv 12 Tf 1 0 0 rg)",
    ];
    let paper = print(&form(FORM, &fields));
    assert!(paper.share(part(0, 0.0, 0.15), is_red) > 0.05);
    assert!(paper.share(part(1, 0.08, 0.2), is_red) > 0.05);
}

fn a_hundred_thousand_annotations_are_no_attack() {
    let count = 100_000;
    let list: String = (0..count).map(|_| "10 0 R ".to_owned()).collect();
    let inline: String = (0..count)
        .map(|_| "<< /Subtype /Square /Rect [0 0 9 9] /F 4 >>")
        .collect();
    let comment = "<< /Subtype /Square /Rect [50 50 90 90] /F 4 >>";
    for list in [list, inline] {
        let file = pdf("", &format!("/Annots [{list}]"), &[comment]);
        let folder = scratch();
        let path = folder.path().join("many.pdf");
        std::fs::write(&path, file).expect("a file is written");
        let began = Instant::now();
        let settings = Settings { dpi: 300, ..Settings::default() };
        // Whatever comes of it: it fails alone, in time.
        let _ = isolated::check(&path, &settings);
        assert!(began.elapsed() < Duration::from_secs(60));
    }
}

fn hostile_fields_and_comments_do_no_harm() {
    let long = "x".repeat(200_000);
    let fields = [
        // Its own parent.
        "/FT /Tx /Parent 10 0 R".to_owned(),
        format!("/FT /Tx /Ff 4096 /V ({long}) /DA (/F 0 Tf)"),
        format!("/FT /Tx /Ff 16777216 /MaxLen 2000000000 /V ({long})"),
        "/FT /Tx /V (x) /DA (/F 1e30 Tf -1e30 g)".to_owned(),
        "/FT /Ch /V (x) /Opt 40 0 R".to_owned(),
        "/FT /Btn /V /Yes /MK << /R -999999999 /BC [1 2 3] >>".to_owned(),
        "/FT /Tx /V (x) /BS << /W 1e38 /S /D /D [-1 0] >> /MK << /BC [0] >>"
            .to_owned(),
    ];
    let fields: Vec<&str> = fields.iter().map(String::as_str).collect();
    let _ = print(&form(FORM, &fields));
    let comments = [
        "<< /Subtype /Ink /Rect [0 0 1e38 1e38] /F 4 /InkList [[1e38 -1e38 5]] >>",
        "<< /Subtype /Line /Rect [0 0 9 9] /F 4 /L [0 0 0 0] /LE [/Diamond /Slash] >>",
        "<< /Subtype /Squiggly /Rect [0 0 9 9] /F 4 /QuadPoints \
         [0 1e9 1e9 1e9 0 0 1e9 0] >>",
        "<< /Subtype /Circle /Rect [9 9 9 9] /F 4 /RD [1 2 3 4] /CA 1e38 >>",
        "<< /Subtype /FreeText /Rect [9 9 9 9] /F 4 /Contents (x) >>",
        "<< /Subtype /Stamp /Rect [9 9 9 9] /F 4 >>",
        "<< /Subtype /Stamp /F 4 /Rect [0 0] >>",
        "<< /Subtype /Polygon /Rect [0 0 9 9] /F 4 /Vertices [1] >>",
        "<< /Subtype /Highlight /Rect [0 0 9 9] /F 4 /C [] >>",
    ];
    let _ = print(&annotated("", &comments));
}
