//! The files in a watched folder that may not be complete yet.

use std::collections::HashMap;
use std::ffi::{OsStr, OsString};
use std::time::{Duration, Instant};

use notify::EventKind;
use notify::event::{
    AccessKind, AccessMode, MetadataKind, ModifyKind, RenameMode,
};

/// Whether this system tells when a program closes a file that it has written.
const TELLS_CLOSE: bool = cfg!(any(target_os = "linux", target_os = "android"));
/// How long a file must be left alone when it is known to be closed.
const CLOSED_QUIET: Duration = Duration::from_secs(1);
/// How long a file must be left alone when nobody knows whether it is closed.
pub(crate) const UNKNOWN_QUIET: Duration = Duration::from_secs(10);

/// The files that may not be complete yet. Names begin to settle when something
/// happens to them, and are due when nothing has for a while.
#[derive(Debug, Default)]
pub(crate) struct Settling {
    files: HashMap<OsString, Watched>,
}

#[derive(Debug)]
struct Watched {
    /// A program has written into it and has not closed it.
    is_open: bool,
    /// When it counts as complete, unless it is open.
    due: Instant,
}

impl Settling {
    // ANCHOR: hear
    /// Takes note of what has happened to a file.
    pub(crate) fn hear(
        &mut self,
        name: &OsStr,
        event: EventKind,
        now: Instant,
    ) {
        use EventKind as E;
        let quiet = if TELLS_CLOSE { CLOSED_QUIET } else { UNKNOWN_QUIET };
        let (is_open, quiet) = match event {
            E::Access(AccessKind::Close(AccessMode::Write)) => (false, quiet),
            E::Modify(ModifyKind::Name(RenameMode::To)) => (false, quiet),
            E::Modify(ModifyKind::Name(RenameMode::From)) | E::Remove(_) => {
                self.files.remove(name);
                return;
            }
            // The same in one event, after one for each name.
            E::Modify(ModifyKind::Name(RenameMode::Both)) => return,
            E::Modify(ModifyKind::Data(_)) => (TELLS_CLOSE, quiet),
            E::Modify(ModifyKind::Metadata(kind)) => {
                let Some(file) = self.files.get_mut(name) else { return };
                // Reading changes nothing.
                if kind != MetadataKind::AccessTime {
                    file.due = file.due.max(now + quiet);
                }
                return;
            }
            E::Create(_) | E::Modify(_) => (false, UNKNOWN_QUIET),
            E::Access(_) | E::Any | E::Other => return,
        };
        self.files
            .insert(name.to_owned(), Watched { is_open, due: now + quiet });
    }
    // ANCHOR_END: hear

    /// Lets a file settle that was found, and of which no event has told.
    pub(crate) fn find(&mut self, name: OsString, due: Instant) {
        let found = Watched { is_open: false, due };
        self.files.entry(name).or_insert(found);
    }

    /// Lets a file settle anew that could not be taken.
    pub(crate) fn put_off(&mut self, name: OsString, due: Instant) {
        self.files.insert(name, Watched { is_open: false, due });
    }

    /// When the next file is due.
    pub(crate) fn next_due(&self) -> Option<Instant> {
        let closed = self.files.values().filter(|file| !file.is_open);
        closed.map(|file| file.due).min()
    }

    /// Takes the files out that are due, the first first.
    pub(crate) fn take_due(&mut self, now: Instant) -> Vec<OsString> {
        let is_due = |file: &Watched| !file.is_open && file.due <= now;
        let mut due: Vec<(Instant, OsString)> = self
            .files
            .extract_if(|_, file| is_due(file))
            .map(|(name, file)| (file.due, name))
            .collect();
        due.sort();
        due.into_iter().map(|(_, name)| name).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use notify::event::{CreateKind, DataChange, RemoveKind};

    const WRITTEN: EventKind =
        EventKind::Modify(ModifyKind::Data(DataChange::Any));
    const CLOSED: EventKind =
        EventKind::Access(AccessKind::Close(AccessMode::Write));
    const CREATED: EventKind = EventKind::Create(CreateKind::File);

    fn renamed(mode: RenameMode) -> EventKind {
        EventKind::Modify(ModifyKind::Name(mode))
    }

    fn due(settling: &mut Settling, at: Instant) -> Vec<String> {
        let due = settling.take_due(at).into_iter();
        due.map(|name| name.into_string().expect("a word")).collect()
    }

    #[test]
    fn a_file_is_complete_when_nothing_has_happened_to_it_for_a_while() {
        let mut settling = Settling::default();
        let start = Instant::now();
        settling.hear("a".as_ref(), CREATED, start);
        assert!(due(&mut settling, start + CLOSED_QUIET).is_empty());
        assert_eq!(settling.next_due(), Some(start + UNKNOWN_QUIET));
        settling.hear("a".as_ref(), CLOSED, start);
        settling.hear("b".as_ref(), renamed(RenameMode::To), start);
        let later = start + UNKNOWN_QUIET;
        let mut both = due(&mut settling, later);
        both.sort();
        assert_eq!(both, ["a", "b"]);
        assert_eq!(settling.next_due(), None);
    }

    #[test]
    #[cfg(target_os = "linux")]
    fn a_file_that_is_being_written_is_not_complete_however_long_it_takes() {
        let mut settling = Settling::default();
        let start = Instant::now();
        settling.hear("a".as_ref(), CREATED, start);
        settling.hear("a".as_ref(), WRITTEN, start);
        let hour = Duration::from_secs(3600);
        assert!(due(&mut settling, start + hour).is_empty());
        assert_eq!(settling.next_due(), None);
        settling.hear("a".as_ref(), CLOSED, start + hour);
        assert!(due(&mut settling, start + hour).is_empty());
        // And once more: appended to.
        settling.hear("a".as_ref(), WRITTEN, start + hour);
        settling.hear("a".as_ref(), CLOSED, start + hour + CLOSED_QUIET);
        assert!(due(&mut settling, start + hour + CLOSED_QUIET).is_empty());
        let end = start + hour + 2 * CLOSED_QUIET;
        assert_eq!(due(&mut settling, end), ["a"]);
    }

    #[test]
    fn a_file_that_is_gone_or_was_renamed_is_forgotten() {
        let mut settling = Settling::default();
        let start = Instant::now();
        for (name, event) in [
            ("a", EventKind::Remove(RemoveKind::File)),
            ("b", renamed(RenameMode::From)),
        ] {
            settling.hear(name.as_ref(), CLOSED, start);
            settling.hear(name.as_ref(), event, start);
        }
        let hour = Duration::from_secs(3600);
        assert!(due(&mut settling, start + hour).is_empty());
    }

    #[test]
    fn the_first_file_is_due_first() {
        let mut settling = Settling::default();
        let start = Instant::now();
        for (number, name) in ["c", "a", "b"].into_iter().enumerate() {
            let at = start + Duration::from_millis(number as u64);
            settling.hear(name.as_ref(), CLOSED, at);
        }
        let later = start + UNKNOWN_QUIET + CLOSED_QUIET;
        assert_eq!(due(&mut settling, later), ["c", "a", "b"]);
    }
}
