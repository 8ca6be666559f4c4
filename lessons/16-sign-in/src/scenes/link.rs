//! A one-time link signs in the first browser that opens it, and no second.

use std::error::Error;

use super::server::Server;

pub fn play() -> Result<(), Box<dyn Error>> {
    let server = Server::start()?;

    // ANCHOR: link
    // The server prints such a link when it starts.
    let link = server.link()?;
    let (_, token) = link.split_once("/?").ok_or("a link with a token")?;
    let get = format!("GET /?{token}");

    // A chat program looks at the link before the person does.
    server.show("a preview", &format!("HEAD /?{token}"), &[])?;
    server.show("first opened", &get, &[])?;
    server.show("opened once more", &get, &[])?;
    // ANCHOR_END: link
    Ok(())
}
