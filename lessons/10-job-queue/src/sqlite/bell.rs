//! How threads, and other processes, hear that the queue has changed.
//!
//! Threads wait on a condition variable. Processes watch the folder: who has
//! committed a change rings, by writing a byte to a file beside the queue.
//!
//! The write-ahead log would be the obvious thing to watch, for it changes
//! with every commit. But it changes a moment *before* the commit can be
//! seen, and a watcher who looks at once sees the old state and goes back to
//! sleep.

use super::lock;
use crate::{Error, Result};
use notify::{EventKind, RecursiveMode, Watcher};
use std::{
    fs::{File, OpenOptions},
    io::{self, Seek, Write},
    path::{Path, PathBuf},
    sync::{Arc, Condvar, Mutex},
    time::Instant,
};

pub(super) struct Bell {
    heard: Arc<Heard>,
    /// Opened once there is something to tell.
    rope: Mutex<Option<File>>,
    path: PathBuf,
    _watcher: notify::RecommendedWatcher,
}

/// The newest version that this process knows of.
#[derive(Default)]
struct Heard {
    version: Mutex<u64>,
    changed: Condvar,
}

impl Heard {
    /// Wakes who waits, and returns true, if this version is news.
    fn tell(&self, version: u64) -> bool {
        let mut newest = lock(&self.version);
        let news = version > *newest;
        if news {
            *newest = version;
            self.changed.notify_all();
        }
        news
    }
}

impl Bell {
    /// Watches the folder of `database`; `version` reads the queue's version.
    pub(super) fn hang(
        database: &Path,
        version: impl Fn() -> Option<u64> + Send + 'static,
    ) -> Result<Self> {
        let mut rope = database.as_os_str().to_owned();
        rope.push("-bell");
        let rope = PathBuf::from(rope);
        let name = rope.file_name().map(ToOwned::to_owned);
        let heard = Arc::new(Heard::default());
        let listener = Arc::clone(&heard);
        let rung = move |event: notify::Result<notify::Event>| {
            let about_us = event.is_ok_and(|event| {
                let changes = !matches!(
                    event.kind,
                    EventKind::Access(_) | EventKind::Remove(_)
                );
                let mut files = event.paths.iter().map(|path| path.file_name());
                // After an overflow of events, the ring may be lost in it.
                event.need_rescan()
                    || changes && files.any(|file| file == name.as_deref())
            });
            if about_us && let Some(version) = version() {
                listener.tell(version);
            }
        };
        let folder = match database.parent() {
            Some(folder) if folder != Path::new("") => folder,
            _ => Path::new("."),
        };
        let watcher = notify::recommended_watcher(rung)
            .and_then(|mut watcher| {
                watcher.watch(folder, RecursiveMode::NonRecursive)?;
                Ok(watcher)
            })
            .map_err(|source| {
                let path = folder.to_owned();
                Error::Watch { path, source }
            })?;
        let path = rope;
        Ok(Self { heard, rope: Mutex::default(), path, _watcher: watcher })
    }

    /// Tells this process and all others that the queue is now at `version`.
    pub(super) fn ring(&self, version: u64) {
        if self.heard.tell(version) {
            // Should this fail, for the disk is full or the folder not ours,
            // others hear of the change with the next one.
            let _ = self.pull();
        }
    }

    fn pull(&self) -> io::Result<()> {
        let mut rope = lock(&self.rope);
        if rope.is_none() {
            let mut how = OpenOptions::new();
            how.write(true).create(true).truncate(false);
            *rope = Some(how.open(&self.path)?);
        }
        let Some(file) = rope.as_mut() else { return Ok(()) };
        file.rewind()?;
        let written = file.write_all(b"!");
        if written.is_err() {
            *rope = None;
        }
        written
    }

    /// Blocks until a version after `seen` is heard of, or until the time.
    pub(super) fn wait(&self, seen: u64, until: Instant) {
        let left = until.saturating_duration_since(Instant::now());
        let newest = lock(&self.heard.version);
        let _ = self
            .heard
            .changed
            .wait_timeout_while(newest, left, |newest| *newest <= seen);
    }
}
