//! What the alerts remember over a restart.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{self, Write};
use std::path::Path;

use serde::{Deserialize, Serialize};

use super::series::Series;

/// Everything that the alerts know: what fails, since when, and what is
/// usual. Made by [`Alerts::memory`](super::Alerts::memory).
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Memory {
    /// By rule, then by target, then by metric.
    pub(super) series: BTreeMap<String, BTreeMap<String, Metrics>>,
}

pub(super) type Metrics = BTreeMap<String, Series>;

impl Memory {
    /// Reads a memory from a file; an empty one when there is no such file.
    ///
    /// # Errors
    /// When the file cannot be read, or is none of ours.
    pub fn load(path: &Path) -> io::Result<Memory> {
        let text = match fs::read(path) {
            Ok(text) => text,
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                return Ok(Memory::default());
            }
            Err(error) => return Err(error),
        };
        serde_json::from_slice(&text).map_err(io::Error::from)
    }

    /// Writes it to a file: whoever reads it, or starts after a kill, finds
    /// the old one or the new one, whole.
    ///
    /// # Errors
    /// When the folder cannot be written to; the old file is then untouched.
    pub fn save(&self, path: &Path) -> io::Result<()> {
        let folder = path.parent().filter(|folder| *folder != Path::new(""));
        let folder = folder.unwrap_or(Path::new("."));
        let mut file = tempfile::NamedTempFile::new_in(folder)?;
        serde_json::to_writer(&mut file, self)?;
        file.flush()?;
        file.as_file().sync_all()?;
        file.persist(path)?;
        // The new name, too, must be on the disk.
        if cfg!(unix) {
            File::open(folder)?.sync_all()?;
        }
        Ok(())
    }
}
