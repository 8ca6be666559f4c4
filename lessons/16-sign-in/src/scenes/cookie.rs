//! A cookie is the server's own word, signed, and it can be taken back.

use std::error::Error;

use super::server::{Server, header};

pub fn play() -> Result<(), Box<dyn Error>> {
    let server = Server::start()?;

    // ANCHOR: cookie
    // A browser opens its link and gets a cookie.
    let link = server.link()?;
    let (_, token) = link.split_once("/?").ok_or("a link with a token")?;
    let answer = server.request(&format!("GET /?{token}"), &[])?;
    let cookie = header(&answer, "set-cookie").ok_or("a cookie")?;
    let (cookie, attributes) = cookie.split_once("; ").ok_or("attributes")?;
    println!("{:<22} {attributes}", "its attributes");
    let genuine = format!("Cookie: {cookie}");
    server.show("as it was set", "GET /", &[&genuine])?;

    // Somebody would like to stay until the year 2286.
    let (name, value) = cookie.split_once('=').ok_or("a value")?;
    let (_expiry, rest) = value.split_once('.').ok_or("an expiry")?;
    let forged = format!("Cookie: {name}=9999999999.{rest}");
    server.show("with another expiry", "GET /", &[&forged])?;

    // The list of sessions is on the disk.
    let server = server.restart()?;
    server.show("after a restart", "GET /", &[&genuine])?;

    // Whoever has copied the cookie has nothing after the sign-out.
    server.request("POST /sign-out", &[&genuine])?;
    server.show("after the sign-out", "GET /", &[&genuine])?;

    // Another server has another key.
    let server = Server::start()?;
    server.show("with a new key", "GET /", &[&genuine])?;
    // ANCHOR_END: cookie
    Ok(())
}
