//! The thumbnails: small pictures of pages, drawn when somebody wants to see
//! them.

use std::collections::{HashMap, VecDeque};
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;

use driver::isolated;
use tokio::sync::Semaphore;
use tokio::task::spawn_blocking;

use crate::Preview;

/// The longer side of a picture, in pixels.
const LONGEST: u16 = 360;
/// How many pages of a document that somebody looks at are drawn at once.
const AT_ONCE: u32 = 12;
/// The same of a job, of which mostly the first page is looked at.
const AT_ONCE_OF_JOB: u32 = 4;
/// The same of an office document: LibreOffice reads all of it each time.
const AT_ONCE_OF_OFFICE: u32 = 120;
/// The most bytes of pictures that are kept: about a thousand pages.
const MOST_BYTES: usize = 24 << 20;
/// What a picture takes beside its own bytes, about.
const FRAME: usize = 200;

/// A document that is drawn.
#[derive(Clone, Debug)]
pub struct Source {
    /// A name that is different for every document.
    key: String,
    path: PathBuf,
    /// How many pages are drawn at once.
    at_once: u32,
    /// Keeps the file while it is read.
    _preview: Option<Arc<Preview>>,
}

impl Source {
    /// A document that somebody looks at.
    #[must_use]
    pub fn of(preview: &Arc<Preview>) -> Source {
        let at_once = match preview.document.format {
            driver::Format::Office => AT_ONCE_OF_OFFICE,
            _ => AT_ONCE,
        };
        Source {
            key: preview.id.clone(),
            path: preview.document.path().to_owned(),
            at_once,
            _preview: Some(preview.clone()),
        }
    }

    /// The document of a job, which lies at `path` and has this hash.
    #[must_use]
    pub fn of_job(hash: &str, path: PathBuf) -> Source {
        let at_once = AT_ONCE_OF_JOB;
        Source { key: hash.to_owned(), path, at_once, _preview: None }
    }

    /// The pages that are drawn together with this one: the first and the last.
    fn block(&self, page: u32) -> (u32, u32) {
        let first = page.saturating_sub(1) / self.at_once * self.at_once + 1;
        (first, first.saturating_add(self.at_once - 1))
    }
}

/// Draws pictures of pages, few at a time, and keeps the newest. Clones share
/// them.
#[derive(Clone, Debug)]
pub struct Thumbnails {
    kept: Arc<Mutex<Kept>>,
    /// How many more children may draw now.
    drawing: Arc<Semaphore>,
}

impl Default for Thumbnails {
    /// Half of the processors draw at most: the other half prints.
    fn default() -> Thumbnails {
        let processors = thread::available_parallelism().map_or(1, usize::from);
        let drawing = Arc::new(Semaphore::new((processors / 2).max(1)));
        Thumbnails { kept: Arc::default(), drawing }
    }
}

impl Thumbnails {
    // ANCHOR: page
    /// The picture of a page (from 1) as PNG; `None` when there is none: the
    /// document has no such page, or it cannot be drawn.
    pub async fn page(&self, source: Source, page: u32) -> Option<Arc<[u8]>> {
        if let Some(known) = self.kept().get(&source.key, page) {
            return known;
        }
        let drawing = self.drawing.clone().acquire_owned().await.ok()?;
        // Whoever drew meanwhile may have drawn this one.
        if let Some(known) = self.kept().get(&source.key, page) {
            return known;
        }
        let all = self.clone();
        let work = spawn_blocking(move || {
            let _until_the_end = drawing;
            all.draw(&source, page);
            all.kept().get(&source.key, page)
        });
        work.await.ok()??
    }
    // ANCHOR_END: page

    fn draw(&self, source: &Source, page: u32) {
        let (first, last) = source.block(page);
        let mut missing: Vec<u32> = (first..=last).collect();
        let mut each = |page, png: &[u8]| {
            missing.retain(|one| *one != page);
            self.kept().keep(&source.key, page, Some(png.into()));
        };
        let pages = first..=last;
        // Why it cannot be drawn was said when it came.
        let drawn =
            isolated::thumbnails(&source.path, pages, LONGEST, &mut each);
        if let Err(driver::Error::Start(_)) = drawn {
            return;
        }
        for page in missing {
            self.kept().keep(&source.key, page, None);
        }
    }

    fn kept(&self) -> MutexGuard<'_, Kept> {
        // A picture is kept or forgotten in one step.
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

type Name = (String, u32);

/// The pictures that are kept, by document and page; `None` for a page that
/// has none.
#[derive(Debug, Default)]
struct Kept {
    pictures: HashMap<Name, Option<Arc<[u8]>>>,
    /// The oldest first.
    order: VecDeque<Name>,
    bytes: usize,
}

impl Kept {
    fn get(&self, key: &str, page: u32) -> Option<Option<Arc<[u8]>>> {
        self.pictures.get(&(key.to_owned(), page)).cloned()
    }

    fn keep(&mut self, key: &str, page: u32, picture: Option<Arc<[u8]>>) {
        let name = (key.to_owned(), page);
        let size =
            |one: &Option<Arc<[u8]>>| one.as_ref().map_or(0, |png| png.len());
        self.bytes += size(&picture) + FRAME;
        match self.pictures.insert(name.clone(), picture) {
            Some(before) => self.bytes -= size(&before) + FRAME,
            None => self.order.push_back(name),
        }
        while self.bytes > MOST_BYTES {
            let Some(oldest) = self.order.pop_front() else { return };
            if let Some(gone) = self.pictures.remove(&oldest) {
                self.bytes -= size(&gone) + FRAME;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_oldest_pictures_are_forgotten_first() {
        let mut kept = Kept::default();
        let megabyte: Arc<[u8]> = vec![0; 1 << 20].into();
        for page in 1..=30 {
            kept.keep("report", page, Some(megabyte.clone()));
        }
        assert_eq!(kept.get("report", 1), None);
        assert!(kept.get("report", 30).is_some());
        assert!(kept.bytes <= MOST_BYTES);
        assert_eq!(kept.pictures.len(), kept.order.len());
        // The same once more takes no more room.
        let bytes = kept.bytes;
        kept.keep("report", 30, Some(megabyte));
        assert_eq!(kept.bytes, bytes);
    }

    #[test]
    fn pages_are_drawn_in_blocks() {
        let source = Source::of_job("hash", PathBuf::new());
        assert_eq!(source.block(1), (1, 4));
        assert_eq!(source.block(4), (1, 4));
        assert_eq!(source.block(5), (5, 8));
        assert_eq!(source.block(u32::MAX).1, u32::MAX);
    }
}
