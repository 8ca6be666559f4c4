//! Lesson 09, database: what SQLite promises, and what it does not.

fn main() {}
