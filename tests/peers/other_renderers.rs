//! The other renderers: poppler, MuPDF and Ghostscript, and the pages that
//! they draw.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::io::{self, BufRead, BufReader, Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::{fs, str};

use crate::grey::{Grey, Part, grey_of_rgb};

/// Who they are, in the order in which their results are kept.
pub const NAMES: [&str; 3] = ["poppler", "MuPDF", "Ghostscript"];
/// How many seconds each has for a document.
const SECONDS: &str = "60";
/// How much memory each may use, in bytes.
const MEMORY: &str = "--as=3000000000";
/// How many times finer they draw than is compared: at the resolution that is
/// compared, what is thinner than a dot would be drawn as one.
const FINER: f64 = 3.0;
/// The most pages that are drawn one by one where a renderer left some out.
const MOST_SINGLE_PAGES: usize = 60;

/// What they drew of a document: for each renderer its pages, in order. A
/// page that one could not draw is `None`.
pub type Drawn = [Vec<Option<Grey>>; 3];

/// Has each renderer draw the whole document for `dpi`, or takes what it drew
/// of the same bytes before from `kept`. They draw in colour, as we do: colours
/// that are blended in grey come out otherwise.
pub fn draw(document: &Path, dpi: f64, kept: &Path) -> io::Result<Drawn> {
    let mut hasher = DefaultHasher::new();
    fs::read(document)?.hash(&mut hasher);
    let key = format!("{:016x}-{:.0}", hasher.finish(), dpi * 100.0);
    let file = |which: usize| kept.join(format!("{key}-{}", NAMES[which]));
    let mut drawn = [Vec::new(), Vec::new(), Vec::new()];
    let mut fresh = [false; 3];
    for (which, pages) in drawn.iter_mut().enumerate() {
        *pages = match fs::File::open(file(which)) {
            Ok(kept) => read_kept(kept)?,
            Err(_) => {
                fresh[which] = true;
                run(which, document, dpi, None)?.into_iter().map(Some).collect()
            }
        };
    }
    // One that leaves out a page it cannot draw would shift those behind it.
    let pages = drawn.iter().map(Vec::len).max().unwrap_or(0);
    for (which, of_one) in drawn.iter_mut().enumerate() {
        let fewer = of_one.len() < pages && !of_one.is_empty();
        if fresh[which] && fewer && pages <= MOST_SINGLE_PAGES {
            *of_one = (1..=pages)
                .map(|page| {
                    let page = run(which, document, dpi, Some(page))?;
                    Ok(page.into_iter().next())
                })
                .collect::<io::Result<_>>()?;
        }
        if fresh[which] {
            keep(&file(which), of_one)?;
        }
    }
    Ok(drawn)
}

/// Runs one of the renderers on all pages or on one (from 1); what it drew
/// until it failed or its time was up counts.
fn run(
    which: usize,
    document: &Path,
    dpi: f64,
    page: Option<usize>,
) -> io::Result<Vec<Grey>> {
    let dpi = format!("{:.3}", dpi * FINER);
    let page = page.map(|page| page.to_string());
    let mut command = Command::new("prlimit");
    command.args([MEMORY, "timeout", "-s", "KILL", SECONDS]);
    match which {
        0 => {
            command.args(["pdftoppm", "-q", "-cropbox", "-r", &dpi]);
            if let Some(page) = &page {
                command.args(["-f", page, "-l", page]);
            }
            command.arg(document);
        }
        1 => {
            let options = ["-q", "-F", "ppm", "-o", "-", "-r", &dpi];
            command.args(["mutool", "draw"]).args(options);
            command.arg(document).args(page);
        }
        _ => {
            command.args(["gs", "-q", "-dSAFER", "-dBATCH", "-dNOPAUSE"]);
            command.args(["-sDEVICE=ppmraw", "-dUseCropBox", "-dPrinted"]);
            command.args(["-dTextAlphaBits=4", "-dGraphicsAlphaBits=4"]);
            command.args(["-sstdout=%stderr", "-sOutputFile=-"]);
            command.arg(format!("-r{dpi}"));
            if let Some(page) = &page {
                command.arg(format!("-dFirstPage={page}"));
                command.arg(format!("-dLastPage={page}"));
            }
            command.arg(document);
        }
    }
    command.stdin(Stdio::null()).stderr(Stdio::null()).stdout(Stdio::piped());
    let mut child = command.spawn()?;
    let mut out = BufReader::new(child.stdout.take().expect("piped above"));
    let mut pages = Vec::new();
    while let Ok(Some(page)) = read_pnm(&mut out) {
        let part = Part { left: 0.0, top: 0.0, across: FINER, down: FINER };
        let size = |fine: usize| (fine as f64 / FINER).ceil() as usize;
        pages.push(page.shrink(part, size(page.width), size(page.height)));
    }
    // It may have more to say than is understood.
    let _ = io::copy(&mut out, &mut io::sink());
    child.wait()?;
    Ok(pages)
}

/// Reads the next binary PGM or PPM of 8 bits, colours as grey; `None` at the
/// end.
fn read_pnm(input: &mut impl BufRead) -> io::Result<Option<Grey>> {
    let bad = || io::Error::other("neither a PGM nor a PPM of 8 bits");
    let mut fields = Vec::new();
    let mut line = Vec::new();
    while fields.len() < 4 {
        line.clear();
        if input.read_until(b'\n', &mut line)? == 0 {
            return if fields.is_empty() { Ok(None) } else { Err(bad()) };
        }
        let text = str::from_utf8(&line).map_err(|_| bad())?;
        let text = text.split('#').next().unwrap_or_default();
        fields.extend(text.split_whitespace().map(str::to_owned));
    }
    let number = |at: usize| fields[at].parse::<usize>().map_err(|_| bad());
    let (width, height) = (number(1)?, number(2)?);
    let samples = match fields[0].as_str() {
        "P5" => 1,
        "P6" => 3,
        _ => return Err(bad()),
    };
    if number(3)? != 255 || width * height > 1 << 28 {
        return Err(bad());
    }
    let mut dots = vec![0; width * height * samples];
    input.read_exact(&mut dots)?;
    if samples == 3 {
        dots = grey_of_rgb(&dots);
    }
    Ok(Some(Grey { width, height, dots }))
}

/// The pages in a file, an empty picture for one that could not be drawn.
fn keep(file: &Path, pages: &[Option<Grey>]) -> io::Result<()> {
    let half: PathBuf = file.with_extension("half");
    let mut out = io::BufWriter::new(fs::File::create(&half)?);
    for page in pages {
        let none = Grey::white(0, 0);
        let page = page.as_ref().unwrap_or(&none);
        write!(out, "P5\n{} {}\n255\n", page.width, page.height)?;
        out.write_all(&page.dots)?;
    }
    out.flush()?;
    fs::rename(half, file)
}

fn read_kept(file: impl Read) -> io::Result<Vec<Option<Grey>>> {
    let mut input = BufReader::new(file);
    let mut pages = Vec::new();
    while let Some(page) = read_pnm(&mut input)? {
        pages.push((page.width > 0).then_some(page));
    }
    Ok(pages)
}
