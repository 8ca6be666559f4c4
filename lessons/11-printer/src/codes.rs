//! What the printer says, and what it means.

use printer::{Replies, Reply};
use std::error::Error;

pub fn play() -> Result<(), Box<dyn Error>> {
    println!("\n== Codes are for programs, displays for people");
    let said = [
        (10001, "BEREIT", "TRUE"),
        (10023, "IMPRESSION", "TRUE"),
        (10006, "TONER FAIBLE", "TRUE"),
        (35075, "VERSION?", "TRUE"),
        (40021, "ABDECKUNG OFFEN", "FALSE"),
        (40022, "BOURRAGE PAPIER", "FALSE"),
        (41104, "A4 EINLEGEN", "FALSE"),
        (50000, "C-2557", "FALSE"),
    ];
    let mut replies = Replies::new();
    for (code, display, online) in said {
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
