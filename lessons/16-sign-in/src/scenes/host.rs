//! A stranger's name is made to lead to this machine: DNS rebinding.

use std::error::Error;

use super::server::Server;

pub fn play() -> Result<(), Box<dyn Error>> {
    let server = Server::start()?;
    let port = server.address.port();

    // ANCHOR: host
    // A name that leads to this machine and nowhere else.
    let localhost = format!("Host: localhost:{port}");
    server.show("localhost", "POST /mail", &[&localhost])?;

    // The page came from zuul.example. Then its owner let the name lead to
    // 127.0.0.1, and for the browser the page asks its own server.
    let host = format!("Host: zuul.example:{port}");
    let origin = format!("Origin: http://zuul.example:{port}");
    server.show("a rebound name", "POST /mail", &[&host, &origin])?;

    // For names in .local no one is asked: any machine in the network that
    // hears the question may answer it.
    let host = format!("Host: zuul.local:{port}");
    server.show("a neighbour's name", "POST /mail", &[&host])?;

    // An address in front of a name does not make it an address.
    let host = format!("Host: 127.0.0.1.zuul.example:{port}");
    server.show("a name like an address", "POST /mail", &[&host])?;
    // ANCHOR_END: host
    Ok(())
}
