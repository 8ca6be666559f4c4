//! TLS: nobody listens, and a certificate says who answers. Whom does a client
//! believe that?

use std::error::Error;
use std::io;

use super::control::{Grid, brief};

// ANCHOR: tls
pub fn play() -> Result<(), Box<dyn Error>> {
    let grid = Grid::start("", &[])?;
    let other = Grid::start("", &[])?;
    let (own, others) = (grid.certificate(), other.certificate());

    // On this machine nobody can listen between the two.
    println!("plain HTTP            {}", brief(&grid.request("GET /")?));

    // A client that was given the right certificate, the wrong one, and one
    // that asks for somebody else.
    let right = grid.request_over_tls("GET /", &own, "localhost");
    println!("its certificate       {}", said(right));
    let wrong = grid.request_over_tls("GET /", &others, "localhost");
    println!("another grid's        {}", said(wrong));
    let elsewhere = grid.request_over_tls("GET /", &own, "net.example.org");
    println!("under another name    {}", said(elsewhere));
    Ok(())
}
// ANCHOR_END: tls

/// What the server said, or why nothing was sent to it.
fn said(answer: io::Result<String>) -> String {
    match answer {
        Ok(answer) => brief(&answer),
        // Behind it come all the names that would be right.
        Err(error) => {
            let why = error.to_string();
            why.split(';').next().unwrap_or_default().to_owned()
        }
    }
}
