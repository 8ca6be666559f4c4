use std::path::PathBuf;

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
