//! What is printed through CUPS, and what comes out.

use std::path::PathBuf;

use harness::office::{Office, picture_of, poppler};
use harness::{Test, Tool, needs, root, test};
use virtual_c360::{Side, TrayPage};

use crate::scheduler::Cups;

pub fn tests() -> Vec<Test> {
    [
        test!(a_pdf_comes_out_as_it_is),
        test!(a_photograph_comes_out),
        test!(a_text_comes_out),
        test!(both_sides_are_printed_on),
        test!(only_the_wanted_pages_come_out),
        test!(three_copies_come_out_as_sets),
        test!(the_paper_is_letter_where_it_is_wanted),
        test!(a_page_in_black_and_white_is_grey),
    ]
    .map(|test| needs(Tool::Cups, needs(Tool::Poppler, test)))
    .into()
}

/// A document of six pages on A4, one of them with pictures.
const REPORT: &str = "report.pdf";

fn sample(name: &str) -> PathBuf {
    root().join("tests/samples").join(name)
}

/// Prints a document through CUPS and waits for its pages.
fn print(
    document: &str,
    options: &[&str],
    count: usize,
) -> (Office, Vec<TrayPage>) {
    let office = Office::open(&[]);
    let cups = Cups::start(&Tool::Cups.find().expect("it was found"));
    cups.add_printer(&office.printer.uri);
    let all = [options, &["-o", "printer-resolution=300dpi"]].concat();
    cups.print(&sample(document), &all);
    cups.wait_until_idle();
    let tray = office.tray(count);
    assert_eq!(tray.len(), count, "{tray:#?}");
    (office, tray)
}

/// The page in the tray is this page of the report.
fn is_page(printed: &TrayPage, page: u32, color: bool) {
    let ours = picture_of(printed);
    let theirs = poppler(&sample(REPORT), page, color);
    let theirs = theirs.centred(ours.width, ours.height);
    let similarity = ours.similarity(&theirs);
    println!("page {page}: {similarity:.4}");
    assert!(similarity > 0.95, "page {page}: {similarity}");
}

fn a_pdf_comes_out_as_it_is() {
    let (_office, tray) = print(REPORT, &["-o", "sides=one-sided"], 6);
    for (printed, page) in tray.iter().zip(1..) {
        assert_eq!(printed.media, "A4");
        assert_eq!(printed.side, Side::Simplex);
        is_page(printed, page, true);
    }
}

fn a_photograph_comes_out() {
    let (_office, tray) = print("photo.jpg", &[], 1);
    let [page] = &tray[..] else { panic!("{tray:#?}") };
    assert!(page.color);
    // The picture is 3 : 2 and fills the paper in one direction: most of a
    // half of it is not white.
    let picture = picture_of(page);
    let inked = picture.luma().iter().filter(|luma| **luma < 250.0).count();
    let area = picture.width * picture.height;
    assert!(inked * 10 > area * 3, "{inked} of {area}");
}

fn a_text_comes_out() {
    let (_office, tray) = print("make.py", &["-o", "page-ranges=1"], 1);
    let [page] = &tray[..] else { panic!("{tray:#?}") };
    // Black letters on white paper.
    assert!(!page.color);
    let luma = picture_of(page).luma();
    let inked = luma.iter().filter(|luma| **luma < 128.0).count();
    assert!(inked > 500 && inked < luma.len() / 4, "{inked}");
}

fn both_sides_are_printed_on() {
    let sides = ["-o", "sides=two-sided-long-edge"];
    let (_office, tray) = print(REPORT, &sides, 6);
    let sides: Vec<Side> = tray.iter().map(|page| page.side).collect();
    assert_eq!(sides, [Side::Front, Side::Back].repeat(3));
    for (printed, page) in tray.iter().zip(1..) {
        is_page(printed, page, true);
    }
}

fn only_the_wanted_pages_come_out() {
    let (_office, tray) = print(REPORT, &["-o", "page-ranges=2-3,5"], 3);
    for (printed, page) in tray.iter().zip([2, 3, 5]) {
        is_page(printed, page, true);
    }
}

fn three_copies_come_out_as_sets() {
    let options = ["-n", "3", "-o", "page-ranges=1-2"];
    let (_office, tray) = print(REPORT, &options, 6);
    for (printed, page) in tray.iter().zip([1, 2].into_iter().cycle()) {
        is_page(printed, page, true);
    }
}

fn the_paper_is_letter_where_it_is_wanted() {
    let options = ["-o", "media=Letter", "-o", "page-ranges=1"];
    let (_office, tray) = print(REPORT, &options, 1);
    assert_eq!(tray[0].media, "Letter");
}

fn a_page_in_black_and_white_is_grey() {
    let options = ["-o", "print-color-mode=monochrome", "-o", "page-ranges=2"];
    let (_office, tray) = print(REPORT, &options, 1);
    assert!(!tray[0].color);
    is_page(&tray[0], 2, false);
}
