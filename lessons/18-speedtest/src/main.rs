//! Lesson 18: speedtest.

mod client;

use clap::Parser;
use std::error::Error;

#[derive(Debug, Parser)]
struct Arguments {
    #[command(flatten)]
    client: client::Options,
}

fn main() -> Result<(), Box<dyn Error>> {
    let arguments = Arguments::parse();
    if let Some(server) = &arguments.client.server {
        return arguments.client.run(server);
    }
    Ok(())
}
