//! The news of a folder, as the system tells them.

use std::path::Path;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use notify::Event;
use notify::event::{EventKind, ModifyKind, RenameMode};
use tokio::sync::Notify;

use crate::places::TAKEN;
use crate::settling::Settling;

/// What the system has told about the folder. However much that is, it takes
/// no more room than the names of the files.
#[derive(Default)]
pub(crate) struct News {
    state: Mutex<NewsState>,
    pub(crate) changed: Notify,
}

#[derive(Default)]
pub(crate) struct NewsState {
    pub(crate) settling: Settling,
    /// Files may be there of which nothing was told.
    pub(crate) must_look: bool,
    /// The folder is gone, or what belongs to the server in it.
    pub(crate) is_gone: bool,
}

impl News {
    pub(crate) fn hear(&self, event: notify::Result<Event>, folder: &Path) {
        let mut state = self.state();
        match event {
            Ok(event) if event.need_rescan() => state.must_look = true,
            Ok(event) => {
                for path in &event.paths {
                    let name = path.file_name();
                    // Files that are open in there keep the system from telling
                    // that the folder itself is removed.
                    if path == folder || name == Some(TAKEN.as_ref()) {
                        state.is_gone |= is_the_end(event.kind);
                    } else if let Some(name) = name {
                        let now = Instant::now();
                        state.settling.hear(name, event.kind, now);
                    }
                }
            }
            Err(_) => state.must_look = true,
        }
        drop(state);
        self.changed.notify_one();
    }

    pub(crate) fn next_due(&self) -> Option<Instant> {
        self.state().settling.next_due()
    }

    pub(crate) fn state(&self) -> MutexGuard<'_, NewsState> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Whether the folder itself is not there any more, or not under its name.
fn is_the_end(event: EventKind) -> bool {
    let from = EventKind::Modify(ModifyKind::Name(RenameMode::From));
    matches!(event, EventKind::Remove(_)) || event == from
}
