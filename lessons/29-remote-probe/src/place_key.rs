//! The key of a place, which opens nothing but what its probe needs.

use std::fmt;
use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use crate::{Error, Result};

/// The most bytes of a file with a key.
const LONGEST: u64 = 1_024;

/// The name of a place and the key of its account, as one line with a colon
/// between the two. It does not appear in debug output.
#[derive(Clone, PartialEq, Eq)]
pub struct PlaceKey {
    /// The name of the place.
    pub place: String,
    key: String,
}

impl PlaceKey {
    /// The key of this place's account.
    pub fn new(place: &str, key: &str) -> PlaceKey {
        PlaceKey { place: place.to_owned(), key: key.to_owned() }
    }

    /// Reads the first line of a file.
    ///
    /// # Errors
    /// The file cannot be read, others can read it, or it holds no such line.
    pub fn read(path: &Path) -> Result<PlaceKey> {
        let at = |error| Error::at(path, error);
        let file = File::open(path).map_err(at)?;
        refuse_what_others_can_read(&file).map_err(at)?;
        let mut text = String::new();
        file.take(LONGEST).read_to_string(&mut text).map_err(at)?;
        let line = text.lines().next().unwrap_or_default().trim();
        let parts = line.split_once(':');
        let parts = parts.filter(|(place, key)| {
            let plain = |text: &str| text.bytes().all(|b| b.is_ascii_graphic());
            !place.is_empty() && !key.is_empty() && plain(place) && plain(key)
        });
        let Some((place, key)) = parts else {
            return Err(at(io::Error::new(
                io::ErrorKind::InvalidData,
                "it holds no key of a place: put the line into it that \
                 `network-monitor place add NAME` has printed",
            )));
        };
        Ok(PlaceKey::new(place, key))
    }

    /// The key alone, for a client to send. Never log it.
    pub fn expose(&self) -> &str {
        &self.key
    }

    /// The line that [`read`](PlaceKey::read) takes, to be shown once.
    pub fn line(&self) -> String {
        format!("{}:{}", self.place, self.key)
    }
}

impl fmt::Debug for PlaceKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PlaceKey({:?}, …)", self.place)
    }
}

#[cfg(unix)]
fn refuse_what_others_can_read(file: &File) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt;
    let mode = file.metadata()?.permissions().mode();
    if mode & 0o077 == 0 {
        return Ok(());
    }
    Err(io::Error::other("others can read it: say `chmod 600` on it"))
}

/// Elsewhere a user's own files are closed to others.
#[cfg(not(unix))]
fn refuse_what_others_can_read(_: &File) -> io::Result<()> {
    Ok(())
}
