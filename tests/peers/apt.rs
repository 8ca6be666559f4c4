//! Installs what a measurement needs.

use std::{env, process::Command};

use crate::Result;

/// Makes sure that `program` is there; installs `package` if it is not.
pub fn need(program: &str, package: &str) -> Result<()> {
    let path = env::var_os("PATH").unwrap_or_default();
    let mut folders = env::split_paths(&path).chain(["/usr/sbin".into()]);
    if folders.any(|folder| folder.join(program).exists()) {
        return Ok(());
    }
    println!("{program} is missing: apt-get install {package}");
    let status = Command::new("apt-get")
        .args(["install", "--yes", "--no-install-recommends", package])
        .status()?;
    if status.success() {
        Ok(())
    } else {
        Err(format!("install {package} by hand, as root, and try again").into())
    }
}
