//! Versions, which are numbers and not text: 1.9 is older than 1.92.

use std::fmt;

// ANCHOR: version
/// The numbers of a version, such as 7, 0 and 15.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Version(Vec<u32>);
// ANCHOR_END: version

impl Version {
    /// The first version in a program's output: two or more numbers with dots.
    pub fn among(words: &str) -> Option<Version> {
        let number = |c: char| c.is_ascii_digit() || c == '.';
        words.split(|c| !number(c)).find_map(|part| {
            let part = part.trim_end_matches('.');
            let numbers: Result<Vec<u32>, _> =
                part.split('.').map(str::parse).collect();
            numbers.ok().filter(|it| it.len() > 1).map(Version)
        })
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        let numbers: Vec<String> =
            self.0.iter().map(|number| number.to_string()).collect();
        f.write_str(&numbers.join("."))
    }
}
