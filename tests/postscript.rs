//! PostScript out of the driver, as Ghostscript understands it: the same pages
//! as in PCL XL, on the sheets that were asked for.

use std::fs;
use std::io::Write;
use std::process::{Command, ExitCode};

use driver::{
    Document, Duplex, Language, NumberUp, Orientation, Punch, Settings, Staple,
    Tray,
};
use harness::{Tool, needs, scratch, suite, test};
use printer::{Deadlines, JobTicket, Printer};
use virtual_c360::{Page, Side, TrayPage, VirtualC360, pcl_xl};

fn main() -> ExitCode {
    let gs = Tool::Ghostscript;
    suite(vec![
        test!(a_document_keeps_the_structuring_conventions),
        needs(gs, test!(pages_are_those_of_pcl_xl)),
        needs(gs, test!(the_printer_is_told_of_sides_trays_and_finishing)),
        needs(gs, test!(another_interpreter_passes_over_what_it_has_not)),
    ])
}

fn settings() -> Settings {
    Settings { dpi: 300, ..Settings::default() }
}

fn draw(name: &str, settings: &Settings) -> Vec<u8> {
    let document = Document::open(harness::sample(name)).expect("it opens");
    let mut stream = Vec::new();
    driver::print(&document, settings, &mut stream, &mut |_| ())
        .expect("it prints");
    stream
}

fn postscript(name: &str, settings: &Settings) -> Vec<u8> {
    let language = Language::PostScript;
    draw(name, &Settings { language, ..settings.clone() })
}

/// Prints PostScript on the virtual C360.
fn print(stream: &[u8]) -> Vec<(TrayPage, Vec<u8>)> {
    let tray = scratch();
    let c360 = VirtualC360::start(virtual_c360::Settings::new(tray.path()))
        .expect("a printer");
    let printer = Printer::new(c360.address().into(), Deadlines::default());
    let ticket = JobTicket::new("a.ps", "egon", printer::Language::PostScript);
    let mut session = printer.start(&ticket, |_| {}).expect("it is ready");
    session.write_all(stream).expect("it takes it");
    let report = session.finish().expect("it prints");
    assert_eq!(report.warnings, []);
    let pixels = |page: &TrayPage| {
        let file = fs::File::open(&page.file).expect("a page");
        let decoder = png::Decoder::new(std::io::BufReader::new(file));
        let mut reader = decoder.read_info().expect("a PNG");
        let size = reader.output_buffer_size().expect("it fits");
        let mut pixels = vec![0; size];
        reader.next_frame(&mut pixels).expect("whole");
        match reader.info().color_type {
            png::ColorType::Grayscale => {
                pixels.iter().flat_map(|grey| [*grey; 3]).collect()
            }
            _ => pixels,
        }
    };
    c360.pages().into_iter().map(|page| (page.clone(), pixels(&page))).collect()
}

fn a_document_keeps_the_structuring_conventions() {
    let bytes = postscript("report.pdf", &settings());
    let text = String::from_utf8(bytes).expect("ASCII");
    assert!(text.is_ascii());
    assert!(text.starts_with("%!PS-Adobe-3.0\n"));
    assert!(text.ends_with("%%Trailer\n%%Pages: 6\n%%EOF\n"));
    let pages: Vec<&str> =
        text.lines().filter(|line| line.starts_with("%%Page:")).collect();
    assert_eq!(pages[5], "%%Page: 6 6");
    assert_eq!(pages.len(), 6);
    assert!(text.lines().all(|line| line.len() < 255));
    // Sheets that do not differ are told of once.
    assert_eq!(text.matches("/PageSize").count(), 1);
}

fn pages_are_those_of_pcl_xl() {
    let four = NumberUp::new(4).expect("one of them");
    let landscape = Some(Orientation::Landscape);
    for (name, settings) in [
        ("report.pdf", settings()),
        ("photo.pdf", settings()),
        ("mixed.pdf", settings()),
        ("landscape.pdf", Settings { color: false, ..settings() }),
        ("report.pdf", Settings { number_up: four, ..settings() }),
        ("report.pdf", Settings { orientation: landscape, ..settings() }),
    ] {
        let expected: Vec<Page> =
            pcl_xl::pages(&draw(name, &settings)).expect("PCL XL");
        let printed = print(&postscript(name, &settings));
        assert_eq!(printed.len(), expected.len(), "{name}");
        for (page, (in_tray, pixels)) in expected.iter().zip(&printed) {
            assert_eq!(in_tray.media, page.media, "{name}");
            assert_eq!(
                (in_tray.width, in_tray.height),
                (page.width, page.height)
            );
            assert_eq!(in_tray.color, page.is_color(), "{name}");
            let rgb = page.rgb();
            let differ = rgb.iter().zip(pixels).filter(|(a, b)| a != b);
            let share = differ.count() as f64 / pixels.len() as f64;
            assert!(share == 0.0, "{name} {}: {share}", in_tray.page);
        }
    }
}

fn the_printer_is_told_of_sides_trays_and_finishing() {
    let settings = Settings {
        duplex: Duplex::LongEdge,
        tray: Some(Tray::Tray2),
        staple: Some(Staple::DualLeft),
        punch: Some(Punch::QuadLeft),
        ..settings()
    };
    let stream = postscript("mixed.pdf", &settings);
    let expected: Vec<Side> = pcl_xl::pages(&draw("mixed.pdf", &settings))
        .expect("PCL XL")
        .iter()
        .map(|page| page.side)
        .collect();
    let pages = print(&stream);
    let sides: Vec<Side> = pages.iter().map(|(page, _)| page.side).collect();
    assert_eq!(sides, expected);
    for (page, _) in pages {
        assert_eq!(page.sheet.tray.as_deref(), Some("tray 2"));
        assert_eq!(page.sheet.staple.as_deref(), Some("2"));
        assert_eq!(page.sheet.punch.as_deref(), Some("4"));
    }
}

/// Ghostscript as it is, which has neither trays nor a finisher.
fn another_interpreter_passes_over_what_it_has_not() {
    let settings = Settings {
        tray: Some(Tray::Bypass),
        staple: Some(Staple::TopLeft),
        punch: Some(Punch::DualTop),
        ..settings()
    };
    let folder = scratch();
    let file = folder.path().join("a.ps");
    fs::write(&file, postscript("report.pdf", &settings)).expect("written");
    let output = Command::new(Tool::Ghostscript.find().expect("it is there"))
        .args(["-q", "-dSAFER", "-dBATCH", "-dNOPAUSE", "-sDEVICE=nullpage"])
        .arg(&file)
        .output()
        .expect("it runs");
    assert!(output.status.success());
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    assert_eq!(said + &String::from_utf8_lossy(&output.stderr), "");
}
