//! The workspace's programs, built when a test first needs them.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::sync::Mutex;

use cargo_metadata::Message;

use crate::root;

static BUILT: Mutex<BTreeMap<String, PathBuf>> = Mutex::new(BTreeMap::new());

/// The path of the workspace's program `name`, such as `c360`.
///
/// Cargo builds it on the first call, from the workspace's root and in the
/// profile of this test, so that what is there already is used again. A
/// program that does not compile fails the test with the compiler's words.
pub fn program(name: &str) -> PathBuf {
    let mut built = BUILT.lock().unwrap_or_else(|broken| broken.into_inner());
    built.entry(name.to_owned()).or_insert_with(|| build(name)).clone()
}

/// Builds are nested in the profile of this test, to compile nothing twice.
pub fn profile() -> &'static [&'static str] {
    if cfg!(debug_assertions) { &[] } else { &["--release"] }
}

/// Cargo at the workspace's root: the one that made this test.
pub fn cargo() -> Command {
    let mut cargo = Command::new(
        std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()),
    );
    cargo.current_dir(root()).stdin(Stdio::null());
    cargo
}

fn build(name: &str) -> PathBuf {
    let mut cargo = cargo();
    cargo.args(["build", "--quiet", "--bin", name]);
    cargo.arg("--message-format=json-render-diagnostics");
    let output = cargo.args(profile()).output().expect("cargo starts");
    assert!(
        output.status.success(),
        "cargo cannot build the program {name}:\n{}",
        String::from_utf8_lossy(&output.stderr)
    );
    Message::parse_stream(output.stdout.as_slice())
        .filter_map(Result::ok)
        .find_map(|message| match message {
            Message::CompilerArtifact(artifact)
                if artifact.target.name == name =>
            {
                artifact.executable
            }
            _ => None,
        })
        .unwrap_or_else(|| panic!("cargo built {name} but names no file"))
        .into_std_path_buf()
}
