//! Where a program looks for its configuration file when none is named.

use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use etcetera::base_strategy::{BaseStrategy, choose_base_strategy};

use super::ConfigError;

/// Where the configuration of the program `name` is looked for, in this order:
/// `NAME/NAME.toml` in the user's configuration folder (`~/.config`, or
/// `AppData\Roaming`), and on Unix `/etc/NAME/NAME.toml`.
#[must_use]
pub fn places(name: &str) -> Vec<PathBuf> {
    let below = Path::new(name).join(format!("{name}.toml"));
    let own = choose_base_strategy().ok().map(|folders| folders.config_dir());
    let etc = cfg!(unix).then(|| PathBuf::from("/etc"));
    own.into_iter().chain(etc).map(|folder| folder.join(&below)).collect()
}

/// The first of these files that is there. One that is not to be read ends the
/// search: to go on without it would be to do what nobody has asked for.
pub(super) fn find(places: &[PathBuf]) -> Result<Option<PathBuf>, ConfigError> {
    for path in places {
        match fs::File::open(path) {
            Ok(_) => return Ok(Some(path.clone())),
            Err(error) => match error.kind() {
                ErrorKind::NotFound | ErrorKind::NotADirectory => {}
                _ => {
                    return Err(ConfigError::Closed {
                        path: path.clone(),
                        source: error,
                    });
                }
            },
        }
    }
    Ok(None)
}
