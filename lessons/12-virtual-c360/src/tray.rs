//! The output tray: a folder with one PNG a page.

use std::collections::VecDeque;
use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};

use serde::Serialize;

use crate::machine::JobInfo;
use crate::page::{Page, SheetRequest, Side};

/// The file with the number of pages ever printed.
const COUNT: &str = "pagecount";
/// The ending of the names of files that are not pages yet.
const UNFINISHED: &str = ".unfinished";

/// A page that has come out, as a PNG.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct TrayPage {
    /// The machine's page count with this page, from 1; no number is used
    /// twice.
    pub number: u32,
    /// The job's name.
    pub job: String,
    /// The job's user.
    pub user: String,
    /// Which page of its job, from 1; copies count on.
    pub page: u32,
    /// Where the PNG is.
    pub file: PathBuf,
    /// Pixels across.
    pub width: u32,
    /// Pixels down.
    pub height: u32,
    /// Pixels per inch.
    pub dpi: u32,
    /// Whether it has any colour.
    pub color: bool,
    /// Name of the paper, such as `A4`.
    pub media: String,
    /// Which side of the sheet.
    pub side: Side,
    /// What was asked of the sheet.
    #[serde(flatten)]
    pub sheet: SheetRequest,
    /// When it came out, in milliseconds since 1970.
    pub printed_at: u64,
}

impl TrayPage {
    /// The page `number_in_job` of this job, whose PNG is in `file`.
    pub(crate) fn new(
        number: u32,
        number_in_job: u32,
        file: PathBuf,
        page: &Page,
        job: &JobInfo,
    ) -> TrayPage {
        TrayPage {
            number,
            job: job.name.clone(),
            user: job.user.clone(),
            page: number_in_job,
            file,
            width: page.width,
            height: page.height,
            dpi: page.dpi,
            color: page.is_color(),
            media: page.media.clone(),
            side: page.side,
            sheet: SheetRequest {
                staple: page.sheet.staple.clone().or(job.staple.clone()),
                punch: page.sheet.punch.clone().or(job.punch.clone()),
                ..page.sheet.clone()
            },
            printed_at: now(),
        }
    }
}

/// The folder of the pages. When it is full, each new page takes the place of
/// the oldest.
pub(crate) struct Tray {
    folder: PathBuf,
    /// The most pages in it.
    keep: usize,
    files: VecDeque<PathBuf>,
    /// Pages ever printed; kept in a file of the tray.
    pub count: u32,
}

impl Tray {
    pub fn open(folder: &Path, keep: usize) -> io::Result<Tray> {
        fs::create_dir_all(folder)?;
        let mut files = Vec::new();
        for entry in fs::read_dir(folder)? {
            let path = entry?.path();
            match page_number(&path) {
                Some(number) => files.push((number, path)),
                // Left behind when the machine lost its power.
                None if is_unfinished(&path) => fs::remove_file(&path)?,
                None => {}
            }
        }
        files.sort();
        let counted = fs::read_to_string(folder.join(COUNT));
        let counted = counted.ok().and_then(|text| text.trim().parse().ok());
        let last = files.last().map_or(0, |(number, _)| *number);
        Ok(Tray {
            folder: fs::canonicalize(folder)?,
            keep: keep.max(1),
            files: files.into_iter().map(|(_, path)| path).collect(),
            count: counted.unwrap_or(0).max(last),
        })
    }

    /// The folder, in which unfinished files may lie too.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Makes room for the next page and returns its number and its file.
    fn reserve(&mut self, job: &str, page: u32) -> io::Result<(u32, PathBuf)> {
        let number = self.count + 1;
        let plain = |c: char| match c {
            _ if c.is_ascii_alphanumeric() => c,
            '.' | '-' | '_' => c,
            _ => '-',
        };
        let stem = Path::new(job).file_stem().unwrap_or_default();
        let stem = stem.to_string_lossy();
        let stem: String = stem.chars().map(plain).take(40).collect();
        let stem = stem.trim_matches(['-', '.']);
        let stem = if stem.is_empty() { "job" } else { stem };
        while self.files.len() >= self.keep {
            if let Some(oldest) = self.files.pop_front() {
                // An error means that somebody took the page already.
                let _ = fs::remove_file(oldest);
            }
        }
        let name = format!("{number:04}-{stem}-p{page}.png");
        Ok((number, self.folder.join(name)))
    }

    /// Counts a page whose file has its name now.
    fn add(&mut self, number: u32, file: PathBuf) -> io::Result<()> {
        self.count = number;
        self.files.push_back(file);
        let counting = self.folder.join(format!("{COUNT}{UNFINISHED}"));
        fs::write(&counting, format!("{number}\n"))?;
        fs::rename(counting, self.folder.join(COUNT))
    }

    /// Puts a page on top, whose PNG was written to `from`.
    pub fn put(
        &mut self,
        from: &Path,
        page: &Page,
        job: &JobInfo,
        number_in_job: u32,
    ) -> io::Result<TrayPage> {
        let (number, file) = self.reserve(&job.name, number_in_job)?;
        fs::rename(from, &file)?;
        self.add(number, file.clone())?;
        Ok(TrayPage::new(number, number_in_job, file, page, job))
    }

    /// Puts a copy of the page `of` on top.
    pub fn put_copy(
        &mut self,
        of: &TrayPage,
        number_in_job: u32,
    ) -> io::Result<TrayPage> {
        let (number, file) = self.reserve(&of.job, number_in_job)?;
        let unfinished = self.folder.join(format!("{number}{UNFINISHED}"));
        fs::copy(&of.file, &unfinished)?;
        fs::rename(unfinished, &file)?;
        self.add(number, file.clone())?;
        let printed_at = now();
        let page = number_in_job;
        Ok(TrayPage { number, page, file, printed_at, ..of.clone() })
    }
}

/// Writes `page` to a file of `folder` that does not count as a page yet.
pub(crate) fn write_unfinished(
    folder: &Path,
    page: &Page,
    name: &str,
) -> io::Result<PathBuf> {
    let path = folder.join(format!("{name}{UNFINISHED}"));
    let mut file = BufWriter::with_capacity(1 << 18, File::create(&path)?);
    page.write_png(&mut file)?;
    file.flush()?;
    Ok(path)
}

fn is_unfinished(path: &Path) -> bool {
    path.to_string_lossy().ends_with(UNFINISHED)
}

fn page_number(path: &Path) -> Option<u32> {
    let name = path.file_name()?.to_str()?.strip_suffix(".png")?;
    name.split_once('-')?.0.parse().ok()
}

fn now() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    since.map_or(0, |time| time.as_millis() as u64)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn print(tray: &mut Tray, job: &str) -> TrayPage {
        let page = Page::new(4, 4, 300, "A4");
        let file = write_unfinished(tray.folder(), &page, "x");
        let file = file.expect("written");
        let info = JobInfo { name: job.into(), ..JobInfo::default() };
        tray.put(&file, &page, &info, 2).expect("put")
    }

    #[test]
    fn a_page_is_named_for_its_number_job_and_page() {
        let folder = tempfile::tempdir().expect("a folder");
        let mut tray = Tray::open(folder.path(), 10).expect("opens");
        for (job, name) in [
            ("report.pdf", "0001-report-p2.png"),
            ("../../etc/passwd", "0002-passwd-p2.png"),
            ("", "0003-job-p2.png"),
            ("Übersicht 3.pdf", "0004-bersicht-3-p2.png"),
        ] {
            let page = print(&mut tray, job);
            let found = page.file.file_name().expect("a name");
            assert_eq!(found.to_string_lossy(), name);
        }
    }

    #[test]
    fn the_count_survives_and_the_oldest_pages_make_room() {
        let folder = tempfile::tempdir().expect("a folder");
        let mut tray = Tray::open(folder.path(), 3).expect("opens");
        (0..5).for_each(|_| drop(print(&mut tray, "a")));
        fs::write(folder.path().join("7.unfinished"), "half").expect("put");
        let mut tray = Tray::open(folder.path(), 3).expect("opens again");
        assert_eq!(print(&mut tray, "b").number, 6);
        let mut names: Vec<_> = fs::read_dir(folder.path())
            .expect("lists")
            .map(|entry| entry.expect("entry").file_name())
            .collect();
        names.sort();
        assert_eq!(
            names,
            ["0004-a-p2.png", "0005-a-p2.png", "0006-b-p2.png", "pagecount"]
        );
    }
}
