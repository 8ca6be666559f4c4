//! How threads, and other processes, hear that the queue has changed.
//!
//! Threads wait on a condition variable. Processes watch the folder: whoever
//! has committed a change writes a byte to a file beside the queue, and the
//! system notifies all that watch.
//!
//! The write-ahead log would be the obvious thing to watch, for it changes
//! with every commit. But it changes a moment *before* the commit can be
//! seen, and a watcher that looks at once sees the old state and goes back to
//! sleep.

use std::{
    fs::{File, OpenOptions},
    io::{self, Seek, Write},
    path::{Path, PathBuf},
    sync::{Arc, Condvar, Mutex},
    time::Instant,
};

use notify::{EventKind, RecursiveMode, Watcher};

use super::lock;
use crate::{Error, Result};

pub(super) struct ChangeSignal {
    newest: Arc<NewestVersion>,
    path: PathBuf,
    /// Opened once there is something to say.
    file: Mutex<Option<File>>,
    _watcher: notify::RecommendedWatcher,
}

/// The newest version that this process knows of.
#[derive(Default)]
struct NewestVersion {
    version: Mutex<u64>,
    changed: Condvar,
}

impl NewestVersion {
    /// Wakes those that wait, and returns true, if this version is news.
    fn update(&self, version: u64) -> bool {
        let mut newest = lock(&self.version);
        let is_news = version > *newest;
        if is_news {
            *newest = version;
            self.changed.notify_all();
        }
        is_news
    }
}

impl ChangeSignal {
    /// Watches the folder of `database`; `version` reads the queue's version.
    pub(super) fn watch(
        database: &Path,
        version: impl Fn() -> Option<u64> + Send + 'static,
    ) -> Result<Self> {
        let mut path = database.as_os_str().to_owned();
        path.push("-bell");
        let path = PathBuf::from(path);
        let name = path.file_name().map(ToOwned::to_owned);
        let newest = Arc::new(NewestVersion::default());
        let listener = Arc::clone(&newest);
        let on_event = move |event: notify::Result<notify::Event>| {
            let is_ours = event.is_ok_and(|event| {
                let is_change = !matches!(
                    event.kind,
                    EventKind::Access(_) | EventKind::Remove(_)
                );
                let mut files = event.paths.iter().map(|path| path.file_name());
                // After an overflow of events, ours may be among the lost.
                event.need_rescan()
                    || is_change && files.any(|file| file == name.as_deref())
            });
            if is_ours && let Some(version) = version() {
                listener.update(version);
            }
        };
        let folder = match database.parent() {
            Some(folder) if folder != Path::new("") => folder,
            _ => Path::new("."),
        };
        let watcher = notify::recommended_watcher(on_event)
            .and_then(|mut watcher| {
                watcher.watch(folder, RecursiveMode::NonRecursive)?;
                Ok(watcher)
            })
            .map_err(|source| {
                let path = folder.to_owned();
                Error::Watch { path, source }
            })?;
        Ok(Self { newest, path, file: Mutex::default(), _watcher: watcher })
    }

    /// Tells this process and all others that the queue is now at `version`.
    pub(super) fn notify(&self, version: u64) {
        if self.newest.update(version) {
            // Should this fail because the disk is full or the folder is not
            // ours, the others hear of the change with the next one.
            let _ = self.write();
        }
    }

    fn write(&self) -> io::Result<()> {
        let mut file = lock(&self.file);
        if file.is_none() {
            let mut options = OpenOptions::new();
            options.write(true).create(true).truncate(false);
            *file = Some(options.open(&self.path)?);
        }
        let Some(open) = file.as_mut() else { return Ok(()) };
        open.rewind()?;
        let written = open.write_all(b"!");
        if written.is_err() {
            *file = None;
        }
        written
    }

    /// Blocks until a version after `seen` is known, or until the time.
    pub(super) fn wait(&self, seen: u64, until: Instant) {
        let left = until.saturating_duration_since(Instant::now());
        let newest = lock(&self.newest.version);
        let _ =
            self.newest
                .changed
                .wait_timeout_while(newest, left, |newest| *newest <= seen);
    }
}
