//! The time limit: ends the child when it has used too much processor time.
//!
//! It counts what the child did, not what the clock says: on a busy machine a
//! page takes longer, and that is not the document's fault; and while the
//! printer waits for paper, the child waits, which costs nothing.

use std::sync::{Arc, Mutex};
use std::time::Duration;
use std::{io, process, thread};

use super::Limits;

/// The exit code of a child that was late with a page.
pub(super) const PAGE_LATE: i32 = 81;
/// The exit code of a child that was late with all of its pages.
pub(super) const DOCUMENT_LATE: i32 = 82;
/// Bytes of stack for the thread that watches the time.
const STACK: usize = 64 << 10;
/// The shortest pause between two looks at the time.
const PAUSE: Duration = Duration::from_millis(5);

/// Whether this system tells a process how much processor time it has used.
/// Elsewhere the parent's clock counts.
pub(super) const IS_KNOWN: bool = cfg!(unix);

/// Ends this process when it has used too much processor time.
pub(super) struct TimeLimit {
    limits: Limits,
    /// The time that was used when the page was begun.
    page_began: Mutex<Duration>,
}

impl TimeLimit {
    /// Starts to watch a process that draws with so many threads.
    pub fn start(limits: Limits, threads: usize) -> io::Result<Arc<TimeLimit>> {
        let page_began = Mutex::new(Duration::ZERO);
        let limit = Arc::new(TimeLimit { limits, page_began });
        if IS_KNOWN {
            let watched = limit.clone();
            let builder = thread::Builder::new().stack_size(STACK);
            builder.spawn(move || watched.watch(threads))?;
        }
        Ok(limit)
    }

    /// The time of a page begins anew.
    pub fn begin_page(&self) {
        *self.page_began.lock().expect("nobody panics with the lock") = used();
    }

    // ANCHOR: watch
    fn watch(&self, threads: usize) {
        loop {
            let used = used();
            let began =
                *self.page_began.lock().expect("nobody panics with the lock");
            let of_document = self.limits.document_time.saturating_sub(used);
            let of_page = (began + self.limits.page_time).saturating_sub(used);
            if of_document.is_zero() {
                process::exit(DOCUMENT_LATE);
            }
            if of_page.is_zero() {
                process::exit(PAGE_LATE);
            }
            // Each thread can use up that much in that time.
            let threads = u32::try_from(threads.max(1)).unwrap_or(u32::MAX);
            thread::sleep((of_document.min(of_page) / threads).max(PAUSE));
        }
    }
    // ANCHOR_END: watch
}

/// The processor time that this process has used, by all its threads; nothing
/// where the system does not tell.
#[cfg(unix)]
pub(super) fn used() -> Duration {
    use rustix::time::{ClockId, clock_gettime};
    let time = clock_gettime(ClockId::ProcessCPUTime);
    Duration::try_from(time).unwrap_or_default()
}

#[cfg(not(unix))]
pub(super) fn used() -> Duration {
    Duration::ZERO
}
