//! The key: a secret that the program makes and its owner reads.

use std::fmt;
use std::fs::File;
use std::io::{self, Read, Write};
use std::path::Path;
use std::sync::Arc;

use subtle::ConstantTimeEq;

use crate::random::random_hex;

/// The name of the key's file in the data folder.
const FILE: &str = "key";
/// How many random bytes a key has. 256 bits cannot be guessed: at a billion
/// tries a second the universe ends first.
const BYTES: usize = 32;
/// The fewest characters of a key that a person has written into the file.
const MIN_LENGTH: usize = 32;

/// The key of a server. Whoever has it may use the server.
///
/// It does not appear in debug output.
#[derive(Clone)]
pub struct Key(Arc<str>);

impl Key {
    /// Reads the key in the folder `data`, or makes it there at the first
    /// start: one line in a file that only its owner can read.
    ///
    /// # Errors
    /// The file cannot be read or made, others can read it, it belongs to
    /// another user, or it holds no usable key. The message says what to do.
    pub fn open(data: &Path) -> io::Result<Key> {
        refuse_another_owners(&data.join(FILE))?;
        match Key::read(data) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                make(data)?;
                Key::read(data)
            }
            read => read,
        }
    }

    /// Reads the key in the folder `data`, as a client on the same machine
    /// does. Never makes one.
    ///
    /// # Errors
    /// As [`Key::open`]; `NotFound` when there is none.
    pub fn read(data: &Path) -> io::Result<Key> {
        let path = data.join(FILE);
        let file = open_file(&path)?;
        refuse_what_others_can_read(&file, &path)?;
        let mut text = String::new();
        (&file).take(1024).read_to_string(&mut text)?;
        let text = text.trim();
        let usable = text.len() >= MIN_LENGTH
            && text.bytes().all(|byte| byte.is_ascii_graphic());
        if !usable {
            return Err(io::Error::new(
                io::ErrorKind::InvalidData,
                format!(
                    "{} holds no key: a key is one line of {MIN_LENGTH} printable \
                     characters or more, without spaces. Remove the file, and \
                     a new key is made",
                    path.display()
                ),
            ));
        }
        Ok(Key(text.into()))
    }

    // ANCHOR: matches
    /// Whether `given` is the key.
    ///
    /// Takes equally long wherever the first difference is. An `==` stops
    /// there, and whoever measures how long an answer takes could find the
    /// key character by character.
    #[must_use]
    pub fn matches(&self, given: &str) -> bool {
        self.0.as_bytes().ct_eq(given.as_bytes()).into()
    }
    // ANCHOR_END: matches

    /// The key itself, for a client to send. Never log it.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Key(…)")
    }
}

/// Writes the key into a temporary file, which is then renamed to `key`. When
/// two programs start in the same moment, both use the key of the first.
fn make(data: &Path) -> io::Result<()> {
    // Its mode is 0600 from the first moment.
    let mut file = tempfile::NamedTempFile::new_in(data)?;
    writeln!(file, "{}", random_hex(BYTES)?)?;
    file.as_file().sync_all()?;
    match file.persist_noclobber(data.join(FILE)) {
        Err(error) if error.error.kind() != io::ErrorKind::AlreadyExists => {
            return Err(error.error);
        }
        _ => {}
    }
    #[cfg(unix)]
    File::open(data)?.sync_all()?;
    Ok(())
}

/// Opens a file and nothing else: to open a pipe would wait for whoever writes
/// into it.
fn open_file(path: &Path) -> io::Result<File> {
    let mut options = File::options();
    options.read(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt;
        options.custom_flags(rustix::fs::OFlags::NONBLOCK.bits() as i32);
    }
    let file = options.open(path)?;
    if file.metadata()?.is_file() {
        return Ok(file);
    }
    Err(io::Error::new(
        io::ErrorKind::InvalidData,
        format!(
            "{} holds no key: it is no file. Remove it, and a new key is made",
            path.display()
        ),
    ))
}

/// A server's key is its own user's, or root's: another user could change it.
#[cfg(unix)]
fn refuse_another_owners(path: &Path) -> io::Result<()> {
    use std::os::unix::fs::MetadataExt;
    let Ok(data) = std::fs::metadata(path) else { return Ok(()) };
    let us = rustix::process::geteuid().as_raw();
    if [us, 0].contains(&data.uid()) {
        return Ok(());
    }
    let (path, owner) = (path.display(), data.uid());
    Err(io::Error::new(
        io::ErrorKind::PermissionDenied,
        format!(
            "the key in {path} belongs to another user, number {owner}, who \
             can change it. Remove the file, and a new key is made"
        ),
    ))
}

/// Elsewhere a user's own folder is closed to others.
#[cfg(not(unix))]
fn refuse_another_owners(_: &Path) -> io::Result<()> {
    Ok(())
}

// ANCHOR: private
#[cfg(unix)]
fn refuse_what_others_can_read(file: &File, path: &Path) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt;
    let mode = file.metadata()?.permissions().mode() & 0o777;
    if mode & 0o077 == 0 {
        return Ok(());
    }
    let path = path.display();
    Err(io::Error::new(
        io::ErrorKind::PermissionDenied,
        format!(
            "others can read the key in {path} (its mode is {mode:04o}). If \
             nobody has read it: chmod 600 {path}. Otherwise remove the file, \
             and a new key is made"
        ),
    ))
}
// ANCHOR_END: private

/// Elsewhere a user's own folder is closed to others.
#[cfg(not(unix))]
fn refuse_what_others_can_read(_: &File, _: &Path) -> io::Result<()> {
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn a_key_is_made_once() -> io::Result<()> {
        let folder = tempfile::tempdir()?;
        let first = Key::open(folder.path())?;
        let again = Key::open(folder.path())?;
        assert_eq!(first.expose(), again.expose());
        assert_eq!(first.expose().len(), 64);
        assert_eq!(
            fs::read_to_string(folder.path().join("key"))?.lines().count(),
            1
        );
        let other = tempfile::tempdir()?;
        assert_ne!(first.expose(), Key::open(other.path())?.expose());
        Ok(())
    }

    #[test]
    fn only_the_key_matches() -> io::Result<()> {
        let folder = tempfile::tempdir()?;
        let key = Key::open(folder.path())?;
        assert!(key.matches(key.expose()));
        assert!(!key.matches(""));
        assert!(!key.matches(&key.expose()[1..]));
        assert!(!key.matches(&format!("{}0", key.expose())));
        assert!(!format!("{key:?}").contains(key.expose()));
        Ok(())
    }

    #[cfg(unix)]
    #[test]
    fn a_key_that_others_can_read_is_refused_in_words() -> io::Result<()> {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir()?;
        let _ = Key::open(folder.path())?;
        let path = folder.path().join("key");
        assert_eq!(fs::metadata(&path)?.permissions().mode() & 0o777, 0o600);
        for mode in [0o640, 0o604, 0o644, 0o620] {
            fs::set_permissions(&path, fs::Permissions::from_mode(mode))?;
            let error = Key::open(folder.path()).expect_err("refused");
            let words = error.to_string();
            assert!(words.contains(&format!("{mode:04o}")), "{words}");
            assert!(words.contains("chmod 600"), "{words}");
        }
        Ok(())
    }

    #[test]
    fn what_is_no_key_is_refused() -> io::Result<()> {
        let folder = tempfile::tempdir()?;
        let _ = Key::open(folder.path())?;
        for text in
            ["", "\n", "short\n", "two words that are long enough for it"]
        {
            fs::write(folder.path().join("key"), text)?;
            let error = Key::open(folder.path()).expect_err("refused");
            assert!(error.to_string().contains("holds no key"), "{error}");
        }
        Ok(())
    }
}
