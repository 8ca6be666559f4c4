//! The driver as a program: `lesson13 render FILE` writes PCL XL to standard
//! output.

use std::error::Error;
use std::io::{self, Write};
use std::path::Path;
use std::{env, fs};

use driver::{Findings, Media, Settings, isolated};

const USAGE: &str = "usage: lesson13 render FILE [--dpi 300|600] [--grey] \
    [--media A4|Letter|A3] [--pages 3-7,10] [--copies N] [--threads N] \
    [--here] > FILE.pxl";

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
    eprintln!("{} pages, {} bytes of PCL XL", printed.pages, printed.bytes);
    Ok(())
}
