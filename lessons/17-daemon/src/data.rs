//! Where a program keeps its own data.

use etcetera::base_strategy::{BaseStrategy, choose_native_strategy};
use std::path::PathBuf;

/// The folder for the data of the program `name`, as each system has it: the
/// one that systemd made for the service (systemd.exec(5), `StateDirectory=`),
/// else one in the user's home. `None` where there is no home.
#[must_use]
pub fn data_folder(name: &str) -> Option<PathBuf> {
    match std::env::var_os("STATE_DIRECTORY") {
        Some(folder) if !folder.is_empty() => Some(folder.into()),
        _ => Some(local_data()?.join(name)),
    }
}

/// The folder in the user's home for the data of programs, on this machine
/// only: `~/.local/share`, `~/Library/Application Support`, or
/// `AppData\Local`.
fn local_data() -> Option<PathBuf> {
    let folders = choose_native_strategy().ok()?;
    // On Windows, data folders wander from machine to machine with their user.
    Some(match cfg!(windows) {
        true => folders.cache_dir(),
        false => folders.data_dir(),
    })
}
