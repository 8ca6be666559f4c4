//! The places of a watched folder: where files are put, where those lie that
//! are being taken in, and where those go that are refused.

use std::ffi::{OsStr, OsString};
use std::fs::{self, File, TryLockError};
use std::io::{self, ErrorKind, Write};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use relay::sync_folder;
use tempfile::NamedTempFile;

use crate::WatchError;

/// The folder of what is being taken in, for nobody but the server.
pub(crate) const TAKEN: &str = ".taken";
/// The file in it that says that a server is at work.
const LOCK: &str = "lock";
/// The folder of what was refused, for people.
const REFUSED: &str = "refused";
/// What is added to the name of a refused file for the file with the reason.
const REASON: &str = ".reason.txt";
/// For how long the queue knows the key of a job again, with an hour to spare.
const KNOWN_AGAIN: Duration = Duration::from_secs(23 * 3600);

/// The places of one watched folder, of which nobody else takes anything.
#[derive(Debug)]
pub(crate) struct Places {
    pub(crate) folder: PathBuf,
    /// Locked as long as this value lives.
    _lock: File,
}

impl Places {
    pub(crate) fn open(folder: &Path) -> Result<Places, WatchError> {
        let unusable =
            |source| WatchError::Unusable { folder: folder.to_owned(), source };
        let taken = folder.join(TAKEN);
        make_folder(&taken, None).map_err(unusable)?;
        check_ownership(folder, &taken)?;
        let lock = File::options()
            .create(true)
            .truncate(false)
            .write(true)
            .open(taken.join(LOCK))
            .map_err(unusable)?;
        match lock.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                return Err(WatchError::Taken(folder.to_owned()));
            }
            Err(TryLockError::Error(error)) => return Err(unusable(error)),
        }
        Ok(Places { folder: folder.to_owned(), _lock: lock })
    }

    /// The files that were put here, each with the time since it was last
    /// written to.
    pub(crate) fn files(&self) -> io::Result<Vec<(OsString, Duration)>> {
        let mut files = Vec::new();
        for entry in fs::read_dir(&self.folder)? {
            let entry = entry?;
            // Somebody may have taken it away again.
            let Ok(data) = entry.metadata() else { continue };
            if is_to_be_taken(&entry.file_name()) && !data.is_dir() {
                let age = data.modified().ok().and_then(age);
                files.push((entry.file_name(), age.unwrap_or_default()));
            }
        }
        // The oldest first.
        files.sort_by_key(|(_, age)| std::cmp::Reverse(*age));
        Ok(files)
    }

    /// How many bytes the file has, and for how long it was not written to;
    /// `None` when it is no file that could be taken.
    pub(crate) fn look_at(&self, name: &OsStr) -> Option<(u64, Duration)> {
        let data = fs::symlink_metadata(self.folder.join(name)).ok()?;
        let age = data.modified().ok().and_then(age).unwrap_or_default();
        (is_to_be_taken(name) && (data.is_file() || data.is_symlink()))
            .then_some((data.len(), age))
    }

    // ANCHOR: take
    /// Moves a file out of the way of everybody else, into a folder of its own.
    /// That folder's name is the key of its job: should the server be killed
    /// from here on, the next start finds the file there, and the queue knows
    /// the key again.
    pub(crate) fn take(&self, name: &OsStr) -> io::Result<TakenFile> {
        let all = self.folder.join(TAKEN);
        let now = SystemTime::now().duration_since(UNIX_EPOCH);
        let prefix = format!("{}-", now.unwrap_or_default().as_millis());
        let own = tempfile::Builder::new()
            .prefix(&prefix)
            .rand_bytes(16)
            .tempdir_in(&all)?;
        fs::rename(self.folder.join(name), own.path().join(name))?;
        let own = own.keep();
        // The power may fail at any time, too.
        for folder in [&own, &all, &self.folder] {
            sync_folder(folder)?;
        }
        Ok(TakenFile { folder: own, name: name.to_owned() })
    }
    // ANCHOR_END: take

    /// The files that were taken and not brought to an end, the first first.
    pub(crate) fn left_over(&self) -> io::Result<Vec<TakenFile>> {
        let mut left = Vec::new();
        for entry in fs::read_dir(self.folder.join(TAKEN))? {
            let folder = entry?.path();
            if folder.ends_with(LOCK) {
                continue;
            }
            if !folder.is_dir() {
                // A reason that was not written to its end.
                fs::remove_file(&folder)?;
                continue;
            }
            match fs::read_dir(&folder)?.next() {
                Some(file) => {
                    let name = file?.file_name();
                    left.push(TakenFile { folder, name });
                }
                None => fs::remove_dir(&folder)?,
            }
        }
        left.sort_by(|one, other| one.folder.cmp(&other.folder));
        Ok(left)
    }

    /// Moves a taken file to those that were refused, with the reason beside
    /// it, and returns its name there.
    pub(crate) fn set_aside(
        &self,
        file: &TakenFile,
        reason: &str,
    ) -> io::Result<PathBuf> {
        let refused = self.folder.join(REFUSED);
        let permissions = fs::metadata(&self.folder)?.permissions();
        make_folder(&refused, Some(permissions))?;
        let place = free_name(&refused, &file.name);
        let mut beside = place.clone().into_os_string();
        beside.push(REASON);
        // Written where nobody else can write, and then moved: whatever lies
        // there already, such as a link, is replaced and not followed.
        let mut words = NamedTempFile::new_in(self.folder.join(TAKEN))?;
        writeln!(words, "{reason}")?;
        let data = fs::symlink_metadata(file.path())?;
        if data.is_file() {
            // For those who may read the document.
            words.as_file().set_permissions(data.permissions())?;
        }
        words.as_file().sync_all()?;
        words.persist(&beside).map_err(|failed| failed.error)?;
        fs::rename(file.path(), &place)?;
        sync_folder(&refused)?;
        fs::remove_dir(&file.folder)?;
        Ok(place)
    }
}

/// A file that is being taken in, in a folder of its own.
#[derive(Debug)]
pub(crate) struct TakenFile {
    folder: PathBuf,
    pub(crate) name: OsString,
}

impl TakenFile {
    pub(crate) fn path(&self) -> PathBuf {
        self.folder.join(&self.name)
    }

    /// The idempotency key of its job.
    pub(crate) fn key(&self) -> String {
        let own = self.folder.file_name().unwrap_or_default();
        format!("watched folder {}", own.to_string_lossy())
    }

    /// Whether the queue may have forgotten the key by now.
    pub(crate) fn is_too_old(&self) -> bool {
        let own = self.folder.file_name().unwrap_or_default();
        let own = own.to_string_lossy();
        let taken = own.split('-').next().and_then(|at| at.parse().ok());
        let taken = taken.map(Duration::from_millis);
        let taken = taken.and_then(|taken| UNIX_EPOCH.checked_add(taken));
        taken.is_none_or(|at| age(at).is_some_and(|age| age > KNOWN_AGAIN))
    }

    /// Removes the file: its document is in the spool, and its job queued.
    pub(crate) fn remove(&self) -> io::Result<()> {
        fs::remove_file(self.path())?;
        fs::remove_dir(&self.folder)
    }
}

/// Whether a file of this name is meant for us. Programs use other names while
/// they write, and give a file its own when it is complete.
fn is_to_be_taken(name: &OsStr) -> bool {
    const UNFINISHED: [&str; 7] =
        ["~", ".tmp", ".part", ".partial", ".crdownload", ".filepart", ".swp"];
    let name = name.to_string_lossy().to_lowercase();
    let is_hidden = name.starts_with('.') || name.starts_with("~$");
    !is_hidden && !UNFINISHED.iter().any(|ending| name.ends_with(ending))
}

fn age(time: SystemTime) -> Option<Duration> {
    time.elapsed().ok()
}

/// Makes a folder if it is not there. A link in its place is refused.
fn make_folder(
    path: &Path,
    permissions: Option<fs::Permissions>,
) -> io::Result<()> {
    match fs::create_dir(path) {
        Ok(()) => match permissions {
            Some(permissions) => fs::set_permissions(path, permissions),
            None => close_to_others(path),
        },
        Err(error) if error.kind() == ErrorKind::AlreadyExists => {
            match fs::symlink_metadata(path)?.is_dir() {
                true => Ok(()),
                false => Err(ErrorKind::NotADirectory.into()),
            }
        }
        Err(error) => Err(error),
    }
}

#[cfg(unix)]
fn close_to_others(path: &Path) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt;
    fs::set_permissions(path, fs::Permissions::from_mode(0o700))
}

#[cfg(not(unix))]
fn close_to_others(_: &Path) -> io::Result<()> {
    Ok(())
}

/// Checks that nobody else can exchange what belongs to the server. In a folder
/// where others can write, the sticky bit sees to that.
#[cfg(unix)]
fn check_ownership(folder: &Path, taken: &Path) -> Result<(), WatchError> {
    use std::os::unix::fs::MetadataExt;
    const STICKY: u32 = 0o1000;
    const FOR_OTHERS: u32 = 0o022;
    let unusable =
        |source| WatchError::Unusable { folder: folder.to_owned(), source };
    // A file that was made just now belongs to this process.
    let probe = NamedTempFile::new_in(taken).map_err(unusable)?;
    let own = probe.as_file().metadata().map_err(unusable)?.uid();
    let inside = fs::metadata(taken).map_err(unusable)?;
    if inside.uid() != own || inside.mode() & FOR_OTHERS != 0 {
        return Err(WatchError::Foreign(taken.to_owned()));
    }
    let data = fs::metadata(folder).map_err(unusable)?;
    let is_open = data.mode() & FOR_OTHERS != 0;
    let is_kept = data.mode() & STICKY != 0 && data.uid() == own;
    if is_open && !is_kept {
        return Err(WatchError::Open(folder.to_owned()));
    }
    Ok(())
}

#[cfg(not(unix))]
fn check_ownership(_: &Path, _: &Path) -> Result<(), WatchError> {
    Ok(())
}

/// A path in the folder where nothing is yet: the file's own name, or one with
/// a number.
fn free_name(folder: &Path, name: &OsStr) -> PathBuf {
    let is_free = |path: &PathBuf| fs::symlink_metadata(path).is_err();
    let own = Path::new(name);
    let stem = own.file_stem().unwrap_or_default();
    let numbered = (2_u32..).map(|number| {
        let mut name = stem.to_owned();
        name.push(format!("-{number}"));
        let mut path = folder.join(name).into_os_string();
        if let Some(ending) = own.extension() {
            path.push(".");
            path.push(ending);
        }
        PathBuf::from(path)
    });
    let mut names = std::iter::once(folder.join(name)).chain(numbered);
    names.find(is_free).unwrap_or_else(|| folder.join(name))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn places() -> (tempfile::TempDir, Places) {
        let folder = tempfile::tempdir().expect("a folder");
        let places = Places::open(folder.path()).expect("usable");
        (folder, places)
    }

    #[test]
    fn what_was_taken_and_not_brought_to_an_end_is_found_again() {
        let (folder, places) = places();
        for name in ["a.pdf", "b.pdf"] {
            fs::write(folder.path().join(name), name).expect("written");
        }
        let first = places.take("a.pdf".as_ref()).expect("taken");
        let second = places.take("b.pdf".as_ref()).expect("taken");
        assert!(places.files().expect("listed").is_empty());
        assert_ne!(first.key(), second.key());
        first.remove().expect("removed");
        drop(places);

        let places = Places::open(folder.path()).expect("usable again");
        let left = places.left_over().expect("listed");
        let [again] = left.as_slice() else { panic!("{left:?}") };
        assert_eq!((again.key(), &again.name), (second.key(), &second.name));
        assert!(!again.is_too_old());
        assert_eq!(fs::read(again.path()).expect("there"), b"b.pdf");
    }

    #[test]
    fn a_file_from_long_ago_is_not_queued_again() {
        let (folder, places) = places();
        let long_ago = folder.path().join(TAKEN).join("1000000-abc");
        fs::create_dir(&long_ago).expect("made");
        fs::write(long_ago.join("a.pdf"), "a").expect("written");
        assert!(places.left_over().expect("listed")[0].is_too_old());
    }

    #[test]
    fn refused_files_have_their_reason_beside_them() {
        let (folder, places) = places();
        for reason in ["it is empty", "it is empty again"] {
            fs::write(folder.path().join("a.pdf"), "").expect("written");
            let taken = places.take("a.pdf".as_ref()).expect("taken");
            let aside = places.set_aside(&taken, reason).expect("moved");
            let words = format!("{}{REASON}", aside.display());
            let words = fs::read_to_string(words).expect("a reason");
            assert_eq!(words.trim(), reason);
        }
        let refused = folder.path().join(REFUSED);
        assert!(refused.join("a.pdf").is_file());
        assert!(refused.join("a-2.pdf").is_file());
        assert!(places.left_over().expect("listed").is_empty());
        // Nothing in there is taken a second time.
        assert!(places.files().expect("listed").is_empty());
    }

    #[test]
    fn names_of_unfinished_files_are_passed_over() {
        for name in [".a.pdf.Xy3", "~$a.docx", "a.pdf.part", "a.txt~", "A.TMP"]
        {
            assert!(!is_to_be_taken(name.as_ref()), "{name}");
        }
        for name in ["a.pdf", "party.txt", "report", "ein Brief.docx"] {
            assert!(is_to_be_taken(name.as_ref()), "{name}");
        }
    }

    #[test]
    fn a_folder_is_watched_once() {
        let (folder, _places) = places();
        let error = Places::open(folder.path()).expect_err("twice");
        assert!(matches!(error, WatchError::Taken(_)), "{error}");
    }

    #[test]
    #[cfg(unix)]
    fn a_folder_where_others_can_exchange_files_is_refused() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().expect("a folder");
        let mode = |mode| {
            let mode = fs::Permissions::from_mode(mode);
            fs::set_permissions(folder.path(), mode).expect("changed");
            Places::open(folder.path()).map(drop)
        };
        let error = mode(0o777).expect_err("open to all");
        assert!(error.to_string().contains("chmod +t"), "{error}");
        mode(0o1777).expect("the sticky bit");
        mode(0o755).expect("nobody else writes");
    }
}
