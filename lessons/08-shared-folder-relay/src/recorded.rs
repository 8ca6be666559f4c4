//! The scenes as they were recorded, for a machine without Redis.
//!
//! The recordings are the transcripts of the book, which a test compares with
//! what the lesson prints where there is a Redis.

/// Says that what follows is not played now.
pub const MARK: &str = "Until then: recordings of the four scenes.";

const WORKS: &str =
    include_str!("../../../tests/transcripts/lesson08-works.txt");
const HALF_WRITTEN: &str =
    include_str!("../../../tests/transcripts/lesson08-half-written.txt");
const SAME_NAME: &str =
    include_str!("../../../tests/transcripts/lesson08-same-name.txt");
const VANISHED: &str =
    include_str!("../../../tests/transcripts/lesson08-vanished.txt");

/// What was recorded of a scene, with a mark before each line.
pub fn scene(name: &str) -> String {
    let transcript = match name {
        "works" => WORKS,
        "half-written" => HALF_WRITTEN,
        "same-name" => SAME_NAME,
        _ => VANISHED,
    };
    // The first line of a transcript is its command.
    let mut lines = String::new();
    for line in transcript.lines().skip(1) {
        lines.push_str("recorded | ");
        lines.push_str(line);
        lines.push('\n');
    }
    lines
}
