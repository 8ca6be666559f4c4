//! Accounts: each has a key of its own, and roles that say what for.

use std::error::Error;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use sign_in::Role;

use super::server::Server;

// ANCHOR: roles
const READ: Role = Role { name: "read", allows: "reads the page" };
const GRID: Role = Role { name: "grid", allows: "shuts the grid down" };
// ANCHOR_END: roles

pub fn play() -> Result<(), Box<dyn Error>> {
    let server = Server::start()?;

    // ANCHOR: account
    // Two accounts. Each key is returned now, and never again.
    let accounts = server.accounts();
    let egon = bearer(&accounts.add("egon", &[READ, GRID])?);
    let peck = bearer(&accounts.add("peck", &[READ])?);
    server.show("egon", "GET /", &[&egon])?;
    server.show("peck", "GET /", &[&peck])?;

    // What a key is good for depends on its account's roles.
    server.show("egon, the grid", "POST /grid", &[&egon])?;
    server.show("peck, the grid", "POST /grid", &[&peck])?;
    accounts.set_roles("peck", &[READ, GRID])?;
    server.show("peck, with a paper", "POST /grid", &[&peck])?;

    // His key is taken back: the next request fails.
    accounts.revoke("peck")?;
    server.show("peck, revoked", "GET /", &[&peck])?;
    let error = accounts.add("Peck", &[READ]).err().ok_or("a name again")?;
    println!("{:<22} {error}", "another Peck");
    // ANCHOR_END: account

    // ANCHOR: basic
    // A program that can ask only for a name and a password.
    let key = accounts.renew_key("egon")?;
    let basic = |name: &str| {
        let both = STANDARD.encode(format!("{name}:{key}"));
        format!("Authorization: Basic {both}")
    };
    server.show("a name and its key", "GET /", &[&basic("Egon")])?;
    server.show("another's name", "GET /", &[&basic("ray")])?;
    // The same, from a proxy that does not say that it speaks TLS.
    let proxy = "X-Forwarded-For: 192.0.2.7";
    server.show("in plain HTTP", "GET /", &[&basic("egon"), proxy])?;
    // ANCHOR_END: basic
    Ok(())
}

fn bearer(key: &str) -> String {
    format!("Authorization: Bearer {key}")
}
