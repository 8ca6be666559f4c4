//! Every PDF of a folder, printed by our driver as the print server has it
//! printed, and each page compared with what poppler, MuPDF and Ghostscript
//! draw. README.md says how to run it and what it means.

mod apt;
mod grey;
mod other_renderers;
mod our_pages;
mod pages_table;

use std::collections::HashSet;
use std::error::Error;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::{env, fs, thread};

use driver::SecondRenderer;
use serde::{Deserialize, Serialize};

use grey::Grey;
use our_pages::OurPages;

type Result<T> = std::result::Result<T, Box<dyn Error>>;

/// The resolution at which pages are compared.
const DPI: f64 = 50.0;
/// A page that agrees less with the best of the others is named.
const ENOUGH: f64 = 0.9;
const USAGE: &str = "cargo bench --bench peer-pages -- FOLDER [--sample N] \
    [--names FILE] [--out FOLDER] [--resume] [--at-once N] \
    [--second-renderer auto|off|mutool|pdftoppm|gs]";

/// What became of a document.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Outcome {
    name: String,
    /// Why it was refused at the check, or failed at printing.
    refused: Option<String>,
    failed: Option<String>,
    /// What the job says of it, in words.
    losses: Vec<String>,
    notes: Vec<String>,
    /// How many pages each of the others finds.
    other_counts: [usize; 3],
    pages: Vec<PageOutcome>,
    seconds: f64,
}

/// What became of a page.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct PageOutcome {
    page: usize,
    /// How far it agrees with each of the others that drew it.
    agreement: [Option<f64>; 3],
    /// Whether the job says something of this page.
    loss: bool,
    note: bool,
    /// How much of it is ink, 0 to 1.
    inked: f64,
}

impl PageOutcome {
    /// The agreement with the best of the others; none where none drew it.
    fn best(&self) -> Option<f64> {
        self.agreement.into_iter().flatten().reduce(f64::max)
    }
}

impl Outcome {
    /// The number of pages on which at least two of the others agree, or else
    /// as many as came out.
    fn expected_pages(&self) -> usize {
        let [a, b, c] = self.other_counts;
        match (a == b || a == c, b == c) {
            (true, _) => a,
            (_, true) => b,
            _ => self.pages.len(),
        }
    }
}

struct Options {
    folder: PathBuf,
    names: Vec<String>,
    out: PathBuf,
    resume: bool,
    at_once: usize,
}

fn main() -> Result<()> {
    driver::isolated::serve_if_child();
    if let [_, word, path] = env::args().collect::<Vec<_>>().as_slice()
        && word == our_pages::PLACES
    {
        return our_pages::write_places(Path::new(path));
    }
    let options = options()?;
    for (program, package) in [
        ("pdftoppm", "poppler-utils"),
        ("mutool", "mupdf-tools"),
        ("gs", "ghostscript"),
    ] {
        apt::need(program, package)?;
    }
    let kept = options.out.join("others");
    let pictures = options.out.join("pictures");
    fs::create_dir_all(&kept)?;
    fs::create_dir_all(&pictures)?;
    let list = options.out.join("outcomes.jsonl");
    let mut done: Vec<Outcome> = Vec::new();
    if options.resume {
        for line in fs::read_to_string(&list)?.lines() {
            done.push(serde_json::from_str(line)?);
        }
    }
    let names: HashSet<&String> = done.iter().map(|one| &one.name).collect();
    let left: Vec<String> = options.names.clone();
    let left: Vec<&String> =
        left.iter().filter(|name| !names.contains(name)).collect();
    let mut file = fs::File::options();
    let file = file.create(true).append(options.resume);
    let file = file.write(true).truncate(!options.resume).open(&list)?;

    // A document at a time for each thread; what is done is written at once.
    let next = AtomicUsize::new(0);
    let results = Mutex::new((file, Vec::new()));
    let work = || -> io::Result<()> {
        while let Some(name) = left.get(next.fetch_add(1, Ordering::Relaxed)) {
            let outcome = compare(&options.folder, name, &kept, &pictures)?;
            let (file, outcomes) =
                &mut *results.lock().expect("nobody panics with the lock");
            writeln!(file, "{}", serde_json::to_string(&outcome)?)?;
            outcomes.push(outcome);
            eprint!("\r{} of {} ", outcomes.len(), left.len());
        }
        Ok(())
    };
    thread::scope(|scope| {
        let threads: Vec<_> =
            (0..options.at_once).map(|_| scope.spawn(work)).collect();
        threads
            .into_iter()
            .try_for_each(|thread| thread.join().expect("it does not panic"))
    })?;
    eprintln!();
    done.extend(results.into_inner().expect("as above").1);
    done.sort_by(|a, b| a.name.cmp(&b.name));
    pages_table::print(&done);
    println!("\nAll of it is in {}.", options.out.display());
    Ok(())
}

fn options() -> Result<Options> {
    // `cargo bench` adds an option of its own.
    let words: Vec<String> =
        env::args().skip(1).filter(|word| word != "--bench").collect();
    let (mut folder, mut chosen, mut sample) = (None, None, usize::MAX);
    let mut out = PathBuf::from("target/peer-pages");
    let (mut resume, mut at_once) = (false, 2);
    let mut words = words.into_iter();
    while let Some(word) = words.next() {
        let mut value = || words.next().ok_or(USAGE);
        match word.as_str() {
            "--sample" => sample = value()?.parse()?,
            "--names" => chosen = Some(fs::read_to_string(value()?)?),
            "--out" => out = value()?.into(),
            "--at-once" => at_once = value()?.parse()?,
            "--resume" => resume = true,
            "--second-renderer" => {
                let second = SecondRenderer::find(value()?.parse()?)?;
                driver::set_second_renderer(second);
            }
            _ if folder.is_none() && !word.starts_with("--") => {
                folder = Some(PathBuf::from(word));
            }
            _ => return Err(USAGE.into()),
        }
    }
    let folder = folder.ok_or(USAGE)?;
    let mut names = Vec::new();
    for file in fs::read_dir(&folder)? {
        let name = file?.file_name().to_string_lossy().into_owned();
        if name.to_lowercase().ends_with(".pdf") {
            names.push(name);
        }
    }
    names.sort();
    if let Some(chosen) = chosen {
        let chosen: HashSet<&str> = chosen.lines().collect();
        names.retain(|name| chosen.contains(name.as_str()));
    }
    // Evenly spread over the folder.
    let step = names.len().div_ceil(sample.max(1)).max(1);
    let names = names.into_iter().step_by(step).collect();
    Ok(Options { folder, names, out, resume, at_once })
}

/// Prints a document, has the others draw it, and compares.
fn compare(
    folder: &Path,
    name: &str,
    kept: &Path,
    pictures: &Path,
) -> io::Result<Outcome> {
    let path = folder.join(name);
    let ours = OurPages::print(&path)?;
    let scales = ours.places.iter().map(|place| place.scale * 72.0 / 600.0);
    let dpi = DPI * scales.fold(1.0, f64::min);
    let others = other_renderers::draw(&path, dpi, kept)?;
    let mut pages = Vec::new();
    for (place, page) in ours.places.iter().zip(&ours.pages) {
        let number = place.page;
        let theirs: Vec<Option<Grey>> = others
            .iter()
            .map(|pages| {
                let theirs = pages.get(number - 1)?.as_ref()?;
                let part = place.part_of(theirs, dpi);
                Some(theirs.shrink(part, page.width, page.height))
            })
            .collect();
        let agreement = [0, 1, 2].map(|which| {
            theirs[which].as_ref().map(|theirs| page.agreement(theirs))
        });
        let says = |findings: &[driver::Finding]| {
            findings.iter().any(|finding| {
                finding.pages.is_empty()
                    || finding.pages.contains(&(number as u32))
            })
        };
        let outcome = PageOutcome {
            page: number,
            agreement,
            loss: says(&ours.losses),
            note: says(&ours.notes),
            inked: page.inked(),
        };
        if let Some(best) = outcome.best().filter(|best| *best < ENOUGH) {
            let file = format!("{best:.3}-{name}-{number}.png");
            let blank = Grey::white(page.width, page.height);
            let mut row = vec![page];
            row.extend(theirs.iter().map(|one| one.as_ref().unwrap_or(&blank)));
            grey::write_beside(fs::File::create(pictures.join(file))?, &row)?;
        }
        pages.push(outcome);
    }
    let words = |findings: &[driver::Finding]| {
        findings.iter().map(ToString::to_string).collect()
    };
    Ok(Outcome {
        name: name.to_owned(),
        refused: ours.refused,
        failed: ours.failed,
        losses: words(&ours.losses),
        notes: words(&ours.notes),
        other_counts: others.each_ref().map(Vec::len),
        pages,
        seconds: ours.seconds,
    })
}
