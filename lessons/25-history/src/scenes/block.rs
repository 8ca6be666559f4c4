//! Five pings as the bytes of a block.

use std::error::Error;

use history::{History, Retention, Sample};
use rusqlite::Connection;

/// An hour in milliseconds.
const HOUR: i64 = 60 * 60 * 1000;

pub fn play() -> Result<(), Box<dyn Error>> {
    let data = tempfile::tempdir()?;
    let history = History::open(data.path(), &Retention::default())?;
    let ping = |at, value| Sample::new(at, "ping", "router", value);
    history.record(&[
        ping(0, Some(9.412)),
        ping(1000, Some(9.398)),
        ping(2001, Some(9.405)),
        Sample { error: Some("no answer".to_owned()), ..ping(3000, None) },
        ping(4000, Some(9.4)),
    ])?;
    // Two hours later, the first hour is over.
    history.record(&[ping(2 * HOUR, Some(9.4))])?;
    history.close_hours()?;

    let sql = Connection::open(history.path())?;
    let block: Vec<u8> =
        sql.query_row("SELECT samples FROM blocks", [], |row| row.get(0))?;
    let mut rest = block.as_slice();
    println!("version                               {}", take(1, &mut rest));
    println!("count     5                           {}", take(1, &mut rest));
    println!("times     0 1000 2001 3000 4000       {}", take(5, &mut rest));
    println!("values    9.412 9.398 9.405 - 9.4     {}", take(6, &mut rest));
    println!("errors    after 3, in 1: error no. 1  {}", take(3, &mut rest));
    println!("{} bytes in all", block.len());
    Ok(())
}

/// Takes `count` varints from the front and shows their bytes. The last byte
/// of a varint is below 0x80.
fn take(count: usize, bytes: &mut &[u8]) -> String {
    let mut shown = Vec::new();
    for _ in 0..count {
        while let Some((byte, rest)) = bytes.split_first() {
            *bytes = rest;
            shown.push(format!("{byte:02x}"));
            if *byte < 0x80 {
                break;
            }
        }
    }
    shown.join(" ")
}
