//! Data that is passed on as it is, and what is not passed on.

use printer::RawScanner;
use std::error::Error;

pub fn play() -> Result<(), Box<dyn Error>> {
    println!("\n== Data to pass on unseen");
    let jobs: [(&str, &[&[u8]]); 4] = [
        ("a page", &[b"%!PS-Adobe-3.0\n", b"showpage\n"]),
        ("the disk", &[b"@PJL FSDELETE NAME=\"0:\\fonts\"\r\n"]),
        ("a way out", &[b"%!PS\n", b"\x1b%-12345X@PJL RESET\r\n"]),
        ("cut in two", &[b"%!PS\n\x1b%-1", b"2345X@PJL RESET\r\n"]),
    ];
    for (what, chunks) in jobs {
        // The chunks of a job, one after the other, as they come in.
        let mut scanner = RawScanner::new();
        let looked = chunks.iter().try_for_each(|c| scanner.feed(c));
        match looked.and_then(|()| scanner.end()) {
            Ok(()) => println!("  {what:10} passed on"),
            Err(refused) => println!("  {what:10} {refused}"),
        }
    }
    Ok(())
}
