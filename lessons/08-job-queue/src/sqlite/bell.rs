//! How threads, and other processes, hear that the queue has changed.
//!
//! Threads wait on a condition variable. Processes watch the folder: who has
//! committed a change rings by writing a byte to a file beside the queue.
//! The write-ahead log itself would be the obvious thing to watch, but it
//! changes a moment *before* a commit can be seen, and a watcher who looks at
//! once sees the old state. It serves as the second string: should a process
//! be killed after its commit and before its ring, the others look again a
//! moment after the log has changed.

use super::lock;
use crate::{Error, Result};
use notify::{EventKind, RecursiveMode, Watcher};
use std::{
    ffi::{OsStr, OsString},
    fs::OpenOptions,
    io::Write,
    path::{Path, PathBuf},
    sync::{
        Arc, Condvar, Mutex,
        mpsc::{Receiver, RecvTimeoutError, channel},
    },
    thread::{self, JoinHandle},
    time::{Duration, Instant},
};

/// How long after a change of the log a ring must have come.
const RING_LATE: Duration = Duration::from_millis(50);

pub(super) struct Bell {
    heard: Arc<Heard>,
    rope: PathBuf,
    watcher: Option<notify::RecommendedWatcher>,
    listener: Option<JoinHandle<()>>,
}

/// The newest version that this process knows of.
#[derive(Default)]
struct Heard {
    version: Mutex<u64>,
    changed: Condvar,
}

impl Heard {
    /// True if this version is news.
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

enum Sound {
    Ring,
    LogChanged,
}

impl Bell {
    /// Watches the folder of `database`; `version` reads the queue's version.
    pub(super) fn hang(
        database: &Path,
        mut version: impl FnMut() -> Option<u64> + Send + 'static,
    ) -> Result<Self> {
        let rope = beside(database, "-bell");
        let names = (name(&rope), name(&beside(database, "-wal")));
        let (sender, sounds) = channel();
        let watch_error =
            |source| Error::Watch { path: database.to_owned(), source };
        let mut watcher =
            notify::recommended_watcher(move |event: notify::Result<_>| {
                // After an overflow of events, look as if the bell had rung.
                let sound = match event {
                    Err(_) => Some(Sound::Ring),
                    Ok(event) => sound(&event, &names),
                };
                if let Some(sound) = sound {
                    let _ = sender.send(sound);
                }
            })
            .map_err(watch_error)?;
        let folder = match database.parent() {
            Some(folder) if folder != Path::new("") => folder,
            _ => Path::new("."),
        };
        watcher
            .watch(folder, RecursiveMode::NonRecursive)
            .map_err(watch_error)?;

        let heard = Arc::new(Heard::default());
        let look = {
            let heard = Arc::clone(&heard);
            move || {
                if let Some(version) = version() {
                    heard.tell(version);
                }
            }
        };
        Ok(Self {
            heard,
            rope,
            watcher: Some(watcher),
            listener: Some(thread::spawn(|| listen(sounds, look))),
        })
    }

    /// Tells this process and all others that the queue is now at `version`.
    pub(super) fn ring(&self, version: u64) {
        if self.heard.tell(version) {
            // Should this fail, the others hear it from the log.
            let _ = OpenOptions::new()
                .write(true)
                .create(true)
                .truncate(false)
                .open(&self.rope)
                .and_then(|mut rope| rope.write_all(b"!"));
        }
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

impl Drop for Bell {
    fn drop(&mut self) {
        // Without its watcher the listener hears no more, and ends.
        drop(self.watcher.take());
        if let Some(listener) = self.listener.take() {
            let _ = listener.join();
        }
    }
}

/// Looks at the queue at each ring, and when a ring seems to be missing.
fn listen(sounds: Receiver<Sound>, mut look: impl FnMut()) {
    let mut overdue: Option<Instant> = None;
    loop {
        let sound = match overdue {
            None => sounds.recv().map_err(|_| RecvTimeoutError::Disconnected),
            Some(at) => sounds
                .recv_timeout(at.saturating_duration_since(Instant::now())),
        };
        match sound {
            Ok(Sound::LogChanged) => {
                overdue.get_or_insert(Instant::now() + RING_LATE);
            }
            Ok(Sound::Ring) | Err(RecvTimeoutError::Timeout) => {
                overdue = None;
                look();
            }
            Err(RecvTimeoutError::Disconnected) => return,
        }
    }
}

fn sound(
    event: &notify::Event,
    (bell, log): &(OsString, OsString),
) -> Option<Sound> {
    let about = |file: &OsString| {
        event.paths.iter().any(|path| path.file_name() == Some(file))
    };
    match event.kind {
        _ if event.need_rescan() => Some(Sound::Ring),
        EventKind::Access(_) | EventKind::Remove(_) => None,
        _ if about(bell) => Some(Sound::Ring),
        _ if about(log) => Some(Sound::LogChanged),
        _ => None,
    }
}

/// The file whose name is `database`'s with `end` after it.
fn beside(database: &Path, end: &str) -> PathBuf {
    let mut path = database.as_os_str().to_owned();
    path.push(end);
    path.into()
}

fn name(path: &Path) -> OsString {
    path.file_name().unwrap_or(OsStr::new("")).to_owned()
}
