//! The pages of a document as our driver prints them.

use std::io::{self, BufReader};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Instant;
use std::{env, fs, thread};

use driver::isolated::{self, Limits, Stop};
use driver::{Document, Finding, Findings, PageOnSheet, Settings};
use virtual_c360::pcl_xl::{self, Event};

use crate::grey::{Grey, Part, grey_of_rgb};
use crate::{DPI, Result};

/// The argument with which this program tells of a document where its pages
/// lie on paper.
pub const PLACES: &str = "--places";
/// The resolution at which the print server prints.
const PRINTER_DPI: f64 = 600.0;
/// Dots of the printer in one of those that are compared.
const DOTS: f64 = PRINTER_DPI / DPI;

/// What our driver makes of a document.
pub struct OurPages {
    /// Why the check refused it, or the printing failed.
    pub refused: Option<String>,
    pub failed: Option<String>,
    /// What the job says of it.
    pub losses: Vec<Finding>,
    pub notes: Vec<Finding>,
    /// Where those of its pages lie on paper that can be read.
    pub places: Vec<Place>,
    /// The pages that came out, without the paper around them.
    pub pages: Vec<Grey>,
    /// How long check and printing took.
    pub seconds: f64,
}

/// Where a page lies on paper.
#[derive(Clone, Copy, Debug)]
pub struct Place {
    /// Its number in the document, from 1.
    pub page: usize,
    /// The dots left of it and above it.
    left: f64,
    top: f64,
    /// Dots to the point.
    pub scale: f64,
    /// Its size in points.
    width: f64,
    height: f64,
}

impl OurPages {
    /// Checks and prints a document as the print server does: in a child
    /// process, with the default settings and limits.
    pub fn print(path: &Path) -> io::Result<OurPages> {
        let began = Instant::now();
        let mut ours = OurPages {
            refused: None,
            failed: None,
            losses: Vec::new(),
            notes: Vec::new(),
            places: Vec::new(),
            pages: Vec::new(),
            seconds: 0.0,
        };
        let mut settings = Settings::default();
        let mut findings = Findings::default();
        match isolated::check(path, &settings) {
            Ok(summary) => {
                findings.extend(summary.findings);
                settings.second_pages = summary.second_pages;
            }
            Err(error) => {
                ours.refused = Some(error.to_string());
                return Ok(ours);
            }
        }
        ours.places = read_places(path)?;
        let (reader, mut writer) = io::pipe()?;
        let places = &ours.places;
        let (printed, pages) = thread::scope(|scope| {
            let pages = scope.spawn(move || read(reader, places));
            let limits = Limits::default();
            let printed = isolated::print(
                path,
                &settings,
                limits,
                &Stop::default(),
                &mut writer,
                &mut |_| (),
            );
            drop(writer);
            (printed, pages.join().expect("the reader does not panic"))
        });
        ours.pages = pages;
        match printed {
            Ok(printed) => findings.extend(printed.findings),
            Err(error) => ours.failed = Some(error.to_string()),
        }
        (ours.losses, ours.notes) =
            findings.to_vec().into_iter().partition(|finding| finding.loss);
        ours.seconds = began.elapsed().as_secs_f64();
        Ok(ours)
    }
}

/// Reads PCL XL as the virtual printer does, until it ends.
fn read(stream: impl io::Read, places: &[Place]) -> Vec<Grey> {
    let mut pages = Vec::new();
    let mut input = BufReader::new(stream);
    let result = pcl_xl::read(&mut input, &mut |event| {
        if let Event::Page(page) = event
            && let Some(place) = places.get(pages.len())
        {
            pages.push(place.cut_out(&page));
        }
        Ok(())
    });
    // A document that failed ends in the middle of a page.
    if result.is_err() {
        let _ = io::copy(&mut input, &mut io::sink());
    }
    pages
}

impl Place {
    /// The page, without the paper around it, at the resolution that is
    /// compared.
    fn cut_out(&self, sheet: &virtual_c360::Page) -> Grey {
        let dots = grey_of_rgb(&sheet.rgb());
        let (width, height) = (sheet.width as usize, sheet.height as usize);
        let size = |points: f64| (points * self.scale / DOTS).ceil() as usize;
        Grey { width, height, dots }.shrink(
            Part { left: self.left, top: self.top, across: DOTS, down: DOTS },
            size(self.width).min(sheet.width.div_ceil(DOTS as u32) as usize),
            size(self.height).min(sheet.height.div_ceil(DOTS as u32) as usize),
        )
    }

    /// What of another's page, drawn at `dpi`, has the same size and place.
    pub fn part_of(&self, theirs: &Grey, dpi: f64) -> Part {
        let step = DOTS / self.scale * dpi / 72.0;
        // One that ignores a page's `UserUnit` draws it smaller.
        let across = theirs.width as f64 / (self.width * dpi / 72.0);
        let down = theirs.height as f64 / (self.height * dpi / 72.0);
        let smaller = (across / down - 1.0).abs() < 0.02 && across < 0.9;
        let unit = if smaller { across } else { 1.0 };
        Part { left: 0.0, top: 0.0, across: step * unit, down: step * unit }
    }
}

/// Asks a process of its own, because a document may be hostile.
fn read_places(path: &Path) -> io::Result<Vec<Place>> {
    let output = Command::new("timeout")
        .args(["-s", "KILL", "60"])
        .arg(env::current_exe()?)
        .arg(PLACES)
        .arg(path)
        .stderr(Stdio::null())
        .output()?;
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let place = |line: &str| {
        let mut numbers =
            line.split(' ').map_while(|word| word.parse::<f64>().ok());
        let mut next = || numbers.next();
        Some(Place {
            page: next()? as usize,
            left: next()?,
            top: next()?,
            scale: next()?,
            width: next()?,
            height: next()?,
        })
    };
    Ok(text.lines().map_while(place).collect())
}

/// The other side of it.
pub fn write_places(path: &Path) -> Result<()> {
    let document = Document::open(fs::read(path)?)?;
    let settings = Settings::default();
    for page in 1..=document.page_count() {
        let sides = document.lay_out(&[page], &settings);
        let (Some(side), Some((width, height))) =
            (sides.first(), document.page_size(page))
        else {
            continue;
        };
        let PageOnSheet { left, top, scale, .. } = side.pages[0];
        println!("{page} {left} {top} {scale} {width} {height}");
    }
    Ok(())
}
