//! Lesson 15 leaves the part `daemon`.
