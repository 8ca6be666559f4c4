//! A mistake in the configuration is found at the start, not at three in the
//! night.

use super::control;
use std::error::Error;
use std::fs;

pub fn play() -> Result<(), Box<dyn Error>> {
    let files = [
        "# The grid in the cellar.\nlisen = \"127.0.0.1:1984\"\n",
        "listen = \"127.0.0.1\"\n",
        "[grid]\nghosts = \"many\"\n",
    ];
    for file in files {
        let folder = tempfile::tempdir()?;
        fs::write(folder.path().join("grid.toml"), file)?;
        // Nothing runs yet when it is refused.
        let output = control::command(&folder)?
            .args(["--log-format", "json", "--listen", "127.0.0.1:0"])
            .env_clear()
            .output()?;
        let words = String::from_utf8_lossy(&output.stderr);
        let words = words.lines().last().unwrap_or_default();
        let folder = format!("{}/", folder.path().display());
        println!(
            "code {}   {}",
            output.status.code().unwrap_or(-1),
            words.replace(&folder, "")
        );
    }
    Ok(())
}
