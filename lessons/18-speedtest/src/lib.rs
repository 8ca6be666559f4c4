//! Lesson 18 leaves the part `speedtest`.
