//! What a week takes in the file.

use std::path::Path;

use rusqlite::Connection;

/// Prints how many bytes the hours before `end` take as samples, as minutes
/// and as hours.
pub fn show(history: &Path, end: i64) -> rusqlite::Result<()> {
    let sql = Connection::open(history)?;
    let number = |question: &str| -> rusqlite::Result<i64> {
        sql.query_row(question, [end], |row| row.get(0))
    };
    let hours = number("SELECT count(*) FROM blocks WHERE start < ?1")?;
    println!("{hours} hours, as       how many      bytes     each");
    for (what, count, question) in [
        (
            "samples",
            hours * 3600,
            "SELECT sum(length(samples)) FROM blocks WHERE start < ?1",
        ),
        (
            "minutes",
            hours * 60,
            "SELECT sum(length(summaries)) FROM minutes WHERE start < ?1",
        ),
        (
            "hours",
            hours,
            "SELECT sum(length(summaries)) FROM hours WHERE start < ?1",
        ),
    ] {
        let bytes = number(question)?;
        let each = bytes as f64 / count as f64;
        println!("  {what:14} {count:10} {bytes:8} B {each:6.1} B");
    }
    Ok(())
}
