//! A page of another site sends a form here, through a visitor's browser.

use std::error::Error;

use super::server::Server;

pub fn play() -> Result<(), Box<dyn Error>> {
    let server = Server::start()?;

    // ANCHOR: origin
    // The mailbox needs no key, so a cookie cannot protect it.
    server.show("a program", "POST /mail", &[])?;
    let own = format!("Origin: http://{}", server.address);
    server.show("our own page", "POST /mail", &[&own])?;

    // Every browser sends this header with a form, and no page can change it.
    let other = "Origin: https://zuul.example";
    server.show("another site's page", "POST /mail", &[other])?;
    let neighbour = "Origin: http://127.0.0.1:8000";
    server.show("another port's page", "POST /mail", &[neighbour])?;
    server.show("a page from a file", "POST /mail", &["Origin: null"])?;

    // With a picture it sends no Origin, but it says what it is about.
    let picture = "Sec-Fetch-Site: cross-site";
    server.show("another page's picture", "GET /", &[picture])?;
    // ANCHOR_END: origin
    Ok(())
}
