//! Lesson 16: who may use a server, and how the server knows.
//!
//! A server on this machine has one page that needs a key, one thing that
//! needs a role, and one address that needs neither. You see it answer, request
//! by request: wrong keys and right ones, an account that is revoked, a link
//! that is used twice, a forged cookie and a copied one, a form on another
//! site's page, and a name that was made to lead here. About 30 minutes.
//!
//!     cargo run --bin lesson16
//!     cargo run --bin lesson16 cookie
//!
//! `key`, `account`, `link`, `cookie`, `origin` and `host` are the scenes. To
//! keep the server open and try it yourself, with `curl` or a browser:
//!
//!     cargo run --bin lesson16 serve

mod scenes;

use std::error::Error;
use std::{env, process};

use scenes::server::Server;
use scenes::{account, cookie, host, link, origin};

/// The scenes, in the order in which they are played.
const SCENES: [&str; 6] =
    ["key", "account", "link", "cookie", "origin", "host"];

// ANCHOR: key
fn key() -> Result<(), Box<dyn Error>> {
    let server = Server::start()?;

    // Without the key, and with a wrong one.
    server.show("no key", "GET /", &[])?;
    let wrong = "Authorization: Bearer 1234";
    server.show("a wrong key", "GET /", &[wrong])?;

    // A key in the address would be in every log.
    let address = format!("GET /?key={}", server.key());
    server.show("in the address", &address, &[])?;

    // The right key, in its header.
    let right = format!("Authorization: Bearer {}", server.key());
    server.show("the key", "GET /", &[&right])?;
    Ok(())
}
// ANCHOR_END: key

/// Runs until it is stopped, for a browser.
fn serve() -> Result<(), Box<dyn Error>> {
    let server = Server::start()?;
    println!("open {}", server.link()?);
    println!("The link signs one browser in. Ctrl-C ends the server.");
    loop {
        std::thread::park();
    }
}

fn main() -> Result<(), Box<dyn Error>> {
    // One scene by name, or all of them.
    match env::args().nth(1) {
        Some(scene) => play(&scene)?,
        None => {
            for scene in SCENES {
                println!("== {scene}");
                play(scene)?;
            }
        }
    }
    Ok(())
}

fn play(scene: &str) -> Result<(), Box<dyn Error>> {
    match scene {
        "key" => key(),
        "account" => account::play(),
        "link" => link::play(),
        "cookie" => cookie::play(),
        "origin" => origin::play(),
        "host" => host::play(),
        "serve" => serve(),
        _ => {
            eprintln!("No scene {scene:?}: there are {}.", SCENES.join(", "));
            process::exit(2);
        }
    }
}
