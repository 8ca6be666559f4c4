//! Requests as telephones and Windows send them, made by us from what the
//! specifications and the reports of others say.

use harness::ipp::{Answer, Message, Value, operation, tag};
use harness::office::{DPI, Office, picture_of};
use harness::raster::{Raster, Samples, Sides, chart};
use harness::sample;
use harness::similarity::Picture;
use virtual_c360::{Side, TrayPage};

use operation::{
    CREATE_JOB, GET_PRINTER_ATTRIBUTES, PRINT_JOB, SEND_DOCUMENT, VALIDATE_JOB,
};

/// The job's state at a good end (RFC 8011, section 5.3.7).
const COMPLETED: i32 = 9;

/// A4 at the resolution of the tests.
const A4: (usize, usize) = (210 * DPI * 10 / 254, 297 * DPI * 10 / 254);

/// Pages that differ from each other.
fn pages(count: u8, color: bool) -> Vec<Picture> {
    let (width, height) = A4;
    (0..count).map(|n| chart(width, height, color, n * 50)).collect()
}

/// The paper as clients choose it: by its size, in hundredths of a millimetre.
fn media_col(job: Message, width: i32, height: i32) -> Message {
    job.collection("media-col", |media| {
        media
            .member("media-size")
            .collection("", |size| {
                size.member("x-dimension")
                    .integer("", width)
                    .member("y-dimension")
                    .integer("", height)
            })
            .member("media-source")
            .keyword("", "auto")
            .member("media-type")
            .keyword("", "stationery")
    })
}

/// Asks whether the job is welcome, makes it, sends the document, and waits.
fn print(
    office: &Office,
    format: &str,
    document: &[u8],
    attributes: impl Fn(Message) -> Message,
) -> i32 {
    let printer = &office.printer;
    let begin = |operation: u16| {
        let message = printer.message(operation);
        message.text(tag::NAME, "job-name", "Holiday")
    };
    let format = |message: Message| {
        message.text(tag::MIME_TYPE, "document-format", format)
    };
    let validated = format(begin(VALIDATE_JOB)).group(tag::JOB);
    is_taken_whole(&printer.ask(attributes(validated), &[]));
    let created = begin(CREATE_JOB).group(tag::JOB);
    let created = printer.ask(attributes(created), &[]);
    is_taken_whole(&created);
    let job = created.integer("job-id");
    let message = printer.message(SEND_DOCUMENT).integer("job-id", job);
    let message = format(message.boolean("last-document", true));
    let sent = printer.ask(message, document);
    is_taken_whole(&sent);
    assert_eq!(printer.wait_for_end(job), COMPLETED, "{:?}", printer.job(job));
    job
}

/// Successful, and nothing was ignored.
fn is_taken_whole(answer: &Answer) {
    let ignored: Vec<_> = answer.of(tag::UNSUPPORTED).collect();
    assert!(answer.status == 0 && ignored.is_empty(), "{answer:#x?}");
}

/// The page in the tray is the page that was sent.
fn is_page(page: &TrayPage, sent: &Picture) {
    let ours = picture_of(page);
    let theirs = sent.shrunk(DPI / 100).centred(ours.width, ours.height);
    let similarity = ours.similarity(&theirs);
    assert!(similarity > 0.95, "page {}: {similarity}", page.number);
    if ours.channels == theirs.channels {
        let distance = ours.distance(&theirs);
        assert!(distance < 6.0, "page {}: {distance}", page.number);
    }
}

fn sides(pages: &[TrayPage]) -> Vec<Side> {
    pages.iter().map(|page| page.side).collect()
}

// --- Telephones of Apple

/// Without these, AirPrint makes copies and colours itself, offers no duplex
/// or no paper, or does not set the printer up at all.
#[test]
fn an_iphone_is_told_what_it_needs() {
    let office = Office::open(&[]);
    let printer = office.printer.attributes();
    let urf = printer.texts("urf-supported");
    for key in ["V1.4", "W8", "SRGB24", "DM1"] {
        assert!(urf.contains(&key), "no {key} in {urf:?}");
    }
    for letters in ["CP", "RS", "PQ", "IS", "MT"] {
        let found = urf.iter().any(|key| key.starts_with(letters));
        assert!(found, "no {letters} in {urf:?}");
    }
    let formats = printer.texts("document-format-supported");
    for format in ["image/urf", "application/pdf", "image/jpeg"] {
        assert!(formats.contains(&format), "{formats:?}");
    }
    assert!(printer.texts("sides-supported").contains(&"two-sided-long-edge"));
    let copies = printer.values("copies-supported");
    assert!(matches!(copies, [Value::Range(1, 2..)]), "{copies:?}");
    for name in [
        "media-ready",
        "media-col-ready",
        "media-col-supported",
        "media-col-default",
        "media-default",
        "printer-uuid",
        "printer-icons",
        "printer-make-and-model",
        "printer-state-reasons",
    ] {
        assert!(!printer.values(name).is_empty(), "no {name}");
    }
}

#[test]
fn an_iphone_prints_two_copies_on_both_sides() {
    let office = Office::open(&[]);
    let sent = pages(2, true);
    let raster = Raster {
        sides: Sides::TwoLongEdge,
        ..Raster::new(DPI as u32, Samples::Rgb8)
    };
    print(&office, "image/urf", &raster.apple(&sent), |job| {
        media_col(job, 21_000, 29_700)
            .integer("copies", 2)
            .keyword("sides", "two-sided-long-edge")
            .keyword("print-color-mode", "color")
            .keyword(
                "multiple-document-handling",
                "separate-documents-collated-copies",
            )
            .enumerated("print-quality", 4)
            .resolution("printer-resolution", DPI as i32)
    });
    let tray = office.tray(4);
    assert_eq!(sides(&tray), [Side::Front, Side::Back].repeat(2));
    for (page, sent) in tray.iter().zip(sent.iter().cycle()) {
        assert_eq!(page.media, "A4");
        is_page(page, sent);
    }
}

#[test]
fn an_iphone_prints_a_photograph() {
    let office = Office::open(&[]);
    print(&office, "image/jpeg", &sample("photo.jpg"), |job| {
        media_col(job, 21_000, 29_700)
            .keyword("print-color-mode", "color")
            .keyword("print-scaling", "auto")
            .enumerated("orientation-requested", 4)
    });
    let [page] = &office.tray(1)[..] else { panic!("one page") };
    assert!(page.color);
    assert_eq!(page.media, "A4");
}

// --- Telephones with Android

#[test]
fn an_android_phone_prints_pwg_raster() {
    let office = Office::open(&[]);
    // Its print service looks at these first.
    let printer = office.printer.attributes();
    let types = printer.texts("pwg-raster-document-type-supported");
    assert!(types.contains(&"sgray_8") && types.contains(&"srgb_8"));
    let sheet_back = printer.texts("pwg-raster-document-sheet-back");
    assert_eq!(sheet_back, ["normal"]);

    let sent = pages(3, false);
    let raster = Raster {
        sides: Sides::TwoLongEdge,
        copies: 1,
        ..Raster::new(DPI as u32, Samples::Gray8)
    };
    print(&office, "image/pwg-raster", &raster.pwg(&sent), |job| {
        media_col(job, 21_000, 29_700)
            .integer("copies", 1)
            .keyword("sides", "two-sided-long-edge")
            .keyword("print-color-mode", "monochrome")
            .resolution("printer-resolution", DPI as i32)
    });
    let tray = office.tray(3);
    assert_eq!(sides(&tray), [Side::Front, Side::Back, Side::Front]);
    for (page, sent) in tray.iter().zip(&sent) {
        assert!(!page.color);
        is_page(page, sent);
    }
}

#[test]
fn a_phone_that_wants_letter_gets_letter() {
    let office = Office::open(&[]);
    let sent = chart(85 * DPI / 10, 11 * DPI, true, 0);
    let media = "na_letter_8.5x11in";
    let raster = Raster { media, ..Raster::new(DPI as u32, Samples::Rgb8) };
    let document = raster.pwg(std::slice::from_ref(&sent));
    print(&office, "image/pwg-raster", &document, |job| {
        media_col(job, 21_590, 27_940).keyword("sides", "one-sided")
    });
    let [page] = &office.tray(1)[..] else { panic!("one page") };
    assert_eq!((page.media.as_str(), page.side), ("Letter", Side::Simplex));
    is_page(page, &sent);
}

// --- Windows

/// Windows 11 stays at "connecting" when one of these is missing or of another
/// type.
#[test]
fn windows_gets_an_answer_to_each_of_its_questions() {
    let office = Office::open(&[]);
    let wanted = [
        ("charset-configured", "text"),
        ("color-supported", "boolean"),
        ("compression-supported", "text"),
        ("copies-supported", "range"),
        ("document-format-default", "text"),
        ("document-format-preferred", "text"),
        ("document-format-supported", "text"),
        ("finishings-supported", "integer"),
        ("ipp-features-supported", "text"),
        ("ipp-versions-supported", "text"),
        ("media-col-database", "collection"),
        ("media-col-default", "collection"),
        ("media-col-ready", "collection"),
        ("media-size-supported", "collection"),
        ("media-source-supported", "text"),
        ("media-type-supported", "text"),
        ("operations-supported", "integer"),
        ("orientation-requested-supported", "integer"),
        ("output-bin-supported", "text"),
        ("print-color-mode-supported", "text"),
        ("print-quality-supported", "integer"),
        ("printer-device-id", "text"),
        ("printer-dns-sd-name", "text"),
        ("printer-firmware-name", "text"),
        ("printer-firmware-string-version", "text"),
        ("printer-info", "text"),
        ("printer-location", "text"),
        ("printer-make-and-model", "text"),
        ("printer-name", "text"),
        ("printer-resolution-supported", "resolution"),
        ("printer-state", "integer"),
        ("printer-uuid", "text"),
        ("pwg-raster-document-resolution-supported", "resolution"),
        ("pwg-raster-document-sheet-back", "text"),
        ("pwg-raster-document-type-supported", "text"),
        ("sides-supported", "text"),
        ("uri-authentication-supported", "text"),
        ("uri-security-supported", "text"),
    ];
    let mut message = office.printer.message(GET_PRINTER_ATTRIBUTES);
    let mut name = "requested-attributes";
    for (attribute, _) in wanted {
        message = message.keyword(name, attribute);
        name = "";
    }
    let printer = office.printer.ask(message, &[]);
    assert!(printer.is_ok(), "{printer:#x?}");
    for (attribute, kind) in wanted {
        let values = printer.values(attribute);
        assert!(!values.is_empty(), "no {attribute}");
        for value in values {
            let found = match value {
                Value::Integer(_) => "integer",
                Value::Boolean(_) => "boolean",
                Value::Text(_) => "text",
                Value::Range(..) => "range",
                Value::Resolution(..) => "resolution",
                Value::Collection(_) => "collection",
                Value::Octets(_) | Value::None(_) => "something else",
            };
            assert_eq!(found, kind, "{attribute}: {value:?}");
        }
    }
    // Only what was asked for.
    let count: usize = printer.of(tag::PRINTER).map(|group| group.len()).sum();
    assert_eq!(wanted.len(), count, "{printer:#x?}");
}

#[test]
fn windows_prints_raster_on_both_sides_along_the_short_edge() {
    let office = Office::open(&[]);
    let sent = pages(2, true);
    let raster = Raster {
        sides: Sides::TwoShortEdge,
        ..Raster::new(DPI as u32, Samples::Rgb8)
    };
    print(&office, "image/pwg-raster", &raster.pwg(&sent), |job| {
        media_col(job, 21_000, 29_700)
            .integer("copies", 1)
            .keyword("sides", "two-sided-short-edge")
            .keyword("print-color-mode", "color")
            .keyword("output-bin", "face-down")
            .enumerated("orientation-requested", 3)
            .enumerated("print-quality", 4)
            .resolution("printer-resolution", DPI as i32)
    });
    let tray = office.tray(2);
    assert_eq!(sides(&tray), [Side::Front, Side::Back]);
    for (page, sent) in tray.iter().zip(&sent) {
        is_page(page, sent);
    }
}

// --- All of them

#[test]
fn a_document_of_a_wrong_name_is_printed_as_what_it_is() {
    let office = Office::open(&[]);
    let sent = pages(1, false);
    let raster = Raster::new(DPI as u32, Samples::Gray8);
    for (document, format) in [
        (raster.pwg(&sent), "application/octet-stream"),
        (raster.apple(&sent), "application/octet-stream"),
    ] {
        let message = office.printer.message(PRINT_JOB);
        let message = message.text(tag::MIME_TYPE, "document-format", format);
        let answer = office.printer.ask(message, &document);
        is_taken_whole(&answer);
        let job = answer.integer("job-id");
        assert_eq!(office.printer.wait_for_end(job), COMPLETED);
    }
    for page in office.tray(2) {
        is_page(&page, &sent[0]);
    }
}

#[test]
fn black_and_white_comes_out_in_black_and_white() {
    let office = Office::open(&[]);
    let sent = pages(1, false);
    let raster = Raster::new(DPI as u32, Samples::Black1);
    let document = raster.pwg(&sent);
    print(&office, "image/pwg-raster", &document, |job| {
        media_col(job, 21_000, 29_700)
    });
    let [page] = &office.tray(1)[..] else { panic!("one page") };
    // Each field is black or white, by its brightness.
    let mut bilevel = sent[0].clone();
    for sample in &mut bilevel.samples {
        *sample = if *sample < 128 { 0 } else { 255 };
    }
    is_page(page, &bilevel);
}
