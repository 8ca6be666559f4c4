//! The test suites of IPP that come with `ipptool` (package cups-ipp-utils):
//! IPP/1.1 (RFC 8011), IPP/2.0 (PWG 5100.12) and IPP Everywhere (PWG 5100.14),
//! each of their tests, with documents of our own.

#[path = "ipp_suites/samples.rs"]
mod samples;
#[path = "ipp_suites/script.rs"]
mod script;

use std::fs;
use std::path::PathBuf;
use std::process::{Command, ExitCode};

use harness::ipp::{Answer, IppPrinter, Value};
use harness::{PrintServer, Tool, needs, scratch, suite, test};

use script::Outcome;

/// The suites; each includes the one before.
const SUITES: [&str; 3] =
    ["ipp-1.1.test", "ipp-2.0.test", "ipp-everywhere.test"];

/// What `ipptool` 2.4 does not find out by itself, because its suite asks for
/// an attribute that no standard has (`print-quality` of the printer).
const TOLD: [&str; 3] = [
    "OPTIONAL_DRAFT_QUALITY",
    "OPTIONAL_NORMAL_QUALITY",
    "OPTIONAL_HIGH_QUALITY",
];

fn main() -> ExitCode {
    suite(vec![
        needs(Tool::Ipptool, test!(every_suite_passes_over_ipp)),
        needs(Tool::Ipptool, test!(every_suite_passes_over_ipps)),
    ])
}

fn every_suite_passes_over_ipp() {
    let data = scratch();
    let server = PrintServer::start(data.path(), &["--dpi", "300"]);
    let printer = IppPrinter::new(&server.address, "/ipp/print");
    run_all(&printer.uri, &printer.attributes());
}

fn every_suite_passes_over_ipps() {
    let data = scratch();
    let server = PrintServer::start(data.path(), &["--dpi", "300"]);
    let printer = IppPrinter::new(&server.address, "/ipp/print");
    // TLS is spoken on the same port.
    let uri = printer.uri.replacen("ipp:", "ipps:", 1);
    run_all(&uri, &printer.attributes());
}

/// Runs all suites against the printer, which says this about itself.
fn run_all(uri: &str, printer: &Answer) {
    let folder = scratch();
    let suites = suites();
    for file in SUITES {
        fs::copy(suites.join(file), folder.path().join(file)).expect(file);
    }
    samples::write(folder.path(), &resolutions(printer));

    // The last suite includes the one before, and so on.
    let last = SUITES[SUITES.len() - 1];
    let mut ipptool = Command::new("ipptool");
    // -t prints a line for each test, -I goes on after one that failed.
    // Without -T: with a time-out it hears nothing over TLS (CUPS 2.4.2).
    ipptool.args(["-t", "-I", "-f", "document-a4.pdf"]);
    for name in TOLD {
        ipptool.args(["-d", &format!("{name}=1")]);
    }
    // It keeps the certificates that it has met in its home.
    ipptool.env("HOME", folder.path());
    ipptool.args([uri, last]).current_dir(folder.path());
    let output = ipptool.output().expect("ipptool was found");
    let said = String::from_utf8_lossy(&output.stdout);
    let outcomes = script::outcomes(&said);

    // It may end in the middle without a word: count what it has done.
    let cases = script::read(&folder.path().join(last));
    let wanted: Vec<String> =
        cases.iter().map(|case| script::shown(&case.name)).collect();
    let done: Vec<&str> =
        outcomes.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(done, wanted, "it said\n{said}");

    let mut before = 0;
    for file in SUITES {
        let end = script::read(&folder.path().join(file)).len();
        report(file, uri, &outcomes[before..end]);
        before = end;
    }
    let failed = |outcome: &&(_, Outcome)| outcome.1 == Outcome::Fail;
    let failed: Vec<_> = outcomes.iter().filter(failed).collect();
    assert!(failed.is_empty(), "{failed:#?}; it said\n{said}");

    // What was skipped needs something that this printer does not offer.
    let mut wrong = Vec::new();
    for (case, (name, outcome)) in cases.iter().zip(&outcomes) {
        let may = case.needs.iter().any(|need| !is_offered(need, printer));
        if *outcome == Outcome::Skip && !may {
            wrong.push(format!("{name}, which needs {:?}", case.needs));
        }
    }
    assert!(wrong.is_empty(), "skipped: {wrong:#?}; it said\n{said}");
    assert!(output.status.success(), "{:?} after\n{said}", output.status);
}

/// Says how many tests there were, and how they ended.
fn report(file: &str, uri: &str, outcomes: &[(String, Outcome)]) {
    let count = |wanted: Outcome| {
        outcomes.iter().filter(|(_, outcome)| *outcome == wanted).count()
    };
    let [passed, failed, skipped] =
        [Outcome::Pass, Outcome::Fail, Outcome::Skip].map(count);
    let count = outcomes.len();
    println!(
        "{file} at {uri}: {count} tests, {passed} passed, {failed} failed, \
         {skipped} skipped"
    );
}

/// Whether the printer offers what a suite calls by this name.
fn is_offered(name: &str, printer: &Answer) -> bool {
    let has = |attribute: &str, value: &str| {
        printer.texts(attribute).contains(&value)
    };
    let operates = |operation: i32| {
        let operations = printer.values("operations-supported");
        operations.contains(&Value::Integer(operation))
    };
    match name {
        "OPTIONAL_POSTSCRIPT" => {
            has("document-format-supported", "application/postscript")
        }
        "OPTIONAL_STANDARD_SHEET" => has("job-sheets-supported", "standard"),
        "OPTIONAL_4X6_MEDIA" => has("media-supported", "na_index-4x6_4x6in"),
        "OPTIONAL_PRINT_URI" => operates(3),
        // It is a fetch from an address, which the tests have not.
        "OPTIONAL_SEND_URI" | "document-uri" => operates(7),
        _ => match raster_type(name) {
            Some(kind) => has("pwg-raster-document-type-supported", kind),
            None => match name.strip_prefix("HAVE_") {
                Some(dpi) if dpi.ends_with("DPI") => {
                    let dpi = dpi.trim_end_matches("DPI").parse();
                    resolutions(printer).contains(&dpi.expect("a number"))
                }
                _ => true,
            },
        },
    }
}

fn raster_type(name: &str) -> Option<&'static str> {
    Some(match name {
        "HAVE_BLACK_1" => "black_1",
        "HAVE_SGRAY_8" => "sgray_8",
        "HAVE_SRGB_8" => "srgb_8",
        "HAVE_SRGB_16" => "srgb_16",
        "HAVE_CMYK_8" => "cmyk_8",
        _ => return None,
    })
}

/// The resolutions of PWG raster, in dots an inch.
fn resolutions(printer: &Answer) -> Vec<u32> {
    let found = printer.values("pwg-raster-document-resolution-supported");
    found
        .iter()
        .map(|value| match value {
            Value::Resolution(across, along, 3) if across == along => {
                u32::try_from(*across).expect("a resolution")
            }
            other => panic!("{other:?} is no resolution in dots an inch"),
        })
        .collect()
}

/// The folder of the suites.
fn suites() -> PathBuf {
    let places =
        ["/usr/share/cups/ipptool", "/opt/homebrew/share/cups/ipptool"];
    let places = places.map(PathBuf::from);
    let found = places.into_iter().find(|it| it.join(SUITES[0]).is_file());
    found.expect("the suites are installed with ipptool")
}
