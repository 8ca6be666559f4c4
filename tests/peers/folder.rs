//! A folder for a measurement.

use std::path::PathBuf;
use std::{env, fs, io};

/// Where both sides keep their files: a folder that is removed at the end.
/// Others may look into it, because cupsd's children run as another user.
pub struct Folder(pub PathBuf);

impl Folder {
    pub fn new() -> io::Result<Folder> {
        let name = format!("peers-{}", std::process::id());
        let folder = env::temp_dir().join(name);
        fs::create_dir(&folder)?;
        Ok(Folder(folder))
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}
