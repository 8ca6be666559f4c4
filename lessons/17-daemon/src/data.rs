//! Where a program keeps its own data.

use std::path::PathBuf;

/// The folder for the data of the program `name`, as each system has it: the
/// one that systemd made for the service (systemd.exec(5), `StateDirectory=`),
/// else one in the user's home. `None` where there is no home.
#[must_use]
pub fn data_folder(name: &str) -> Option<PathBuf> {
    match std::env::var_os("STATE_DIRECTORY") {
        Some(folder) if !folder.is_empty() => Some(folder.into()),
        _ => Some(dirs::data_local_dir()?.join(name)),
    }
}
