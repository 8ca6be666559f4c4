//! The driver as a program: `lesson13 render FILE` writes PCL XL, or
//! PostScript, to standard output.

use std::error::Error;
use std::io::{self, Write};
use std::path::Path;
use std::{env, fs};

use driver::{Findings, Media, NumberUp, Settings, isolated};

const USAGE: &str = "usage: lesson13 render FILE [--dpi 300|600] [--grey] \
    [--language pcl-xl|postscript] [--media A4|Letter|A3|100x150mm] \
    [--scaling auto|auto-fit|fit|fill|none] [--number-up 1|2|4|6|9|16] \
    [--orientation landscape] [--save-toner] [--pages 3-7,10] [--copies N] \
    [--threads N] [--here] > FILE.pxl";

pub fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = env::args().skip(2).collect();
    let mut settings = Settings::default();
    let (mut file, mut here) = (None, false);
    let mut words = arguments.iter();
    while let Some(word) = words.next() {
        let mut value = || words.next().ok_or(USAGE);
        match word.as_str() {
            "--dpi" => settings.dpi = value()?.parse()?,
            "--grey" => settings.color = false,
            "--media" => settings.media = Some(value()?.parse::<Media>()?),
            "--language" => settings.language = value()?.parse()?,
            "--scaling" => settings.scaling = value()?.parse()?,
            "--number-up" => {
                let number = value()?.parse().ok().and_then(NumberUp::new);
                settings.number_up = number.ok_or(USAGE)?;
            }
            "--orientation" => settings.orientation = Some(value()?.parse()?),
            "--save-toner" => settings.save_toner = true,
            "--pages" => settings.pages = Some(value()?.parse()?),
            "--copies" => settings.copies = value()?.parse()?,
            "--threads" => settings.threads = value()?.parse()?,
            // In this process, without the child and its limits.
            "--here" => here = true,
            _ if file.is_none() && !word.starts_with("--") => file = Some(word),
            _ => return Err(USAGE.into()),
        }
    }
    let path = Path::new(file.ok_or(USAGE)?);
    let mut out = io::stdout().lock();
    let mut page = |page| eprintln!("page {page}");
    let mut findings = Findings::default();
    let printed = if here {
        let document = driver::Document::open(fs::read(path)?)?;
        driver::print(&document, &settings, &mut out, &mut page)?
    } else {
        findings.extend(isolated::check(path, &settings)?.findings);
        let limits = isolated::Limits::default();
        let stop = isolated::Stop::default();
        isolated::print(path, &settings, limits, &stop, &mut out, &mut page)?
    };
    out.flush()?;
    findings.extend(printed.findings);
    for finding in findings.to_vec() {
        eprintln!("{finding}");
    }
    eprintln!("{} pages, {} bytes", printed.pages, printed.bytes);
    Ok(())
}
