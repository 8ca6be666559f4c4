//! What a suite of `ipptool` holds, and what `ipptool` says about it.

use std::fs;
use std::path::Path;

/// A test of a suite.
#[derive(Debug)]
pub struct TestCase {
    pub name: String,
    /// What it cannot do without: it is skipped where one is not defined.
    pub needs: Vec<String>,
}

/// How a test ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    Pass,
    Fail,
    Skip,
}

/// The tests of a suite and of those that it includes, in their order.
pub fn read(file: &Path) -> Vec<TestCase> {
    let text = fs::read_to_string(file)
        .unwrap_or_else(|error| panic!("{}: {error}", file.display()));
    let mut cases = Vec::new();
    let mut needs = Vec::new();
    let mut name = None;
    for line in text.lines() {
        let line = line.trim();
        let quoted = || line.split('"').nth(1).unwrap_or_default().to_owned();
        let word = || line.split_whitespace().nth(1).unwrap_or_default();
        if line.starts_with("INCLUDE ") {
            cases.extend(read(&file.with_file_name(quoted())));
        } else if line.starts_with("NAME ") {
            name = Some(quoted());
        } else if line.starts_with("SKIP-IF-NOT-DEFINED ") {
            needs.push(word().to_owned());
        } else if line == "}" {
            // Collections end so, too.
            if let Some(name) = name.take() {
                let needs = std::mem::take(&mut needs);
                cases.push(TestCase { name, needs });
            }
        }
    }
    cases
}

/// A test's name as `ipptool -t` prints it.
pub fn shown(name: &str) -> String {
    let name: String = name.chars().take(68).collect();
    name.trim_end().to_owned()
}

/// The tests in the output of `ipptool -t`, in their order.
pub fn outcomes(said: &str) -> Vec<(String, Outcome)> {
    const WORDS: [(&str, Outcome); 3] = [
        ("[PASS]", Outcome::Pass),
        ("[FAIL]", Outcome::Fail),
        ("[SKIP]", Outcome::Skip),
    ];
    let mut found = Vec::new();
    for line in said.lines() {
        for (word, outcome) in WORDS {
            if let Some(name) = line.strip_suffix(word) {
                found.push((name.trim().to_owned(), outcome));
            }
        }
    }
    found
}
