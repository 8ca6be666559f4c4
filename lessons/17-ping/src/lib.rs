//! Lesson 17 leaves the part `ping`.
