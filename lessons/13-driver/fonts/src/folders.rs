//! The folders in which fonts are looked for.

use std::env;
use std::path::PathBuf;
use std::sync::OnceLock;

static FOLDERS: OnceLock<Vec<PathBuf>> = OnceLock::new();

/// Has this process and its renderers look for fonts in these folders, and
/// in what is below them, instead of the system's. Call it once, before the
/// first document is opened: later calls change nothing.
pub fn set_font_folders(folders: Vec<PathBuf>) {
    let _ = FOLDERS.set(folders);
}

/// The folders in which this process looks for fonts.
pub fn font_folders() -> &'static [PathBuf] {
    FOLDERS.get_or_init(system_folders)
}

/// Where this system keeps its fonts, those for all users and those of one.
fn system_folders() -> Vec<PathBuf> {
    let below = |variable: &str, folders: &[&str]| -> Vec<PathBuf> {
        let Some(base) = env::var_os(variable).map(PathBuf::from) else {
            return Vec::new();
        };
        folders.iter().map(|folder| base.join(folder)).collect()
    };
    if cfg!(windows) {
        let mut folders = below("SYSTEMROOT", &["Fonts"]);
        folders.extend(below("LOCALAPPDATA", &["Microsoft\\Windows\\Fonts"]));
        folders
    } else if cfg!(target_os = "macos") {
        let mut folders =
            vec!["/System/Library/Fonts".into(), "/Library/Fonts".into()];
        folders.extend(below("HOME", &["Library/Fonts"]));
        folders
    } else {
        let mut folders =
            vec!["/usr/share/fonts".into(), "/usr/local/share/fonts".into()];
        folders.extend(below("HOME", &[".fonts", ".local/share/fonts"]));
        folders
    }
}
