//! The workspace's folder and files, and folders for temporary files.

use std::fs;
use std::path::{Path, PathBuf};

use tempfile::TempDir;

/// The folder of the workspace: the one that holds `README.md`.
pub fn root() -> PathBuf {
    let mut folder = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
    folder.pop();
    folder
}

/// An empty folder that is gone when the value is dropped.
pub fn scratch() -> TempDir {
    tempfile::Builder::new()
        .prefix("taming-")
        .tempdir()
        .expect("the folder for temporary files can be written to")
}

/// The path as the workspace writes it: from its root, with slashes.
pub fn short(path: &Path) -> String {
    let path = path.strip_prefix(root()).unwrap_or(path);
    path.to_string_lossy().replace('\\', "/")
}

/// The text of a file of the workspace, with plain line ends.
///
/// # Panics
/// If it cannot be read, with its name.
pub fn read(path: &Path) -> String {
    fs::read_to_string(path)
        .unwrap_or_else(|error| panic!("{}: {error}", short(path)))
        .replace("\r\n", "\n")
}
