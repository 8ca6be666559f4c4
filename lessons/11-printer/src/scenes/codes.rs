//! The printer's codes, and what they mean.

use std::error::Error;

use printer::{Reply, ReplyParser};

/// Code, display and `ONLINE`, as printers in different offices send them.
const MESSAGES: [(u32, &str, &str); 8] = [
    (10001, "BEREIT", "TRUE"),
    (10023, "IMPRESSION", "TRUE"),
    (10006, "TONER FAIBLE", "TRUE"),
    (35075, "VERSION?", "TRUE"),
    (40021, "ABDECKUNG OFFEN", "FALSE"),
    (40022, "BOURRAGE PAPIER", "FALSE"),
    (41104, "A4 EINLEGEN", "FALSE"),
    (50000, "C-2557", "FALSE"),
];

pub fn play() -> Result<(), Box<dyn Error>> {
    println!("\n== Codes are for programs, displays for people");
    let mut replies = ReplyParser::new();
    for (code, display, online) in MESSAGES {
        let bytes = format!(
            "@PJL USTATUS DEVICE\r\nCODE={code}\r\nDISPLAY=\"{display}\"\r\n\
             ONLINE={online}\r\n\x0c"
        );
        // The bytes arrive in whatever pieces the network makes of them.
        for piece in bytes.as_bytes().chunks(7) {
            replies.feed(piece, |reply| {
                if let Reply::Device(status) = reply {
                    let severity = format!("{:?}", status.severity());
                    println!(
                        "  {} {:16} {severity:10} {}",
                        status.code,
                        status.display,
                        status.meaning()
                    );
                }
            });
        }
    }
    Ok(())
}
