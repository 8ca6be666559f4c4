//! The folder where a program keeps its data.

use std::path::PathBuf;

use etcetera::base_strategy::{BaseStrategy, choose_native_strategy};

/// The data folder of the program `name`: the one that systemd made for the
/// service (systemd.exec(5), `StateDirectory=`), otherwise one in the user's
/// home. `None` if there is no home.
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
    // On Windows, `data_dir` follows its user from machine to machine.
    Some(match cfg!(windows) {
        true => folders.cache_dir(),
        false => folders.data_dir(),
    })
}
