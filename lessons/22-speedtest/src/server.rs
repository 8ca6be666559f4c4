//! The server, started from the command line.

use std::error::Error;
use std::net::SocketAddr;
use std::path::PathBuf;

use clap::Subcommand;
use speedtest::serve::{ServeOptions, Server};

/// The options of the server.
#[derive(Debug, Subcommand)]
pub enum Options {
    /// Be a server for speed tests of four families
    Serve {
        /// Where to listen, for TCP and UDP
        #[arg(long, default_value = "127.0.0.1:8700", value_name = "ADDRESS")]
        listen: SocketAddr,
        /// A certificate chain in a PEM file: then the server speaks HTTPS
        #[arg(long, value_name = "FILE", requires = "certificate_key")]
        certificate: Option<PathBuf>,
        /// The certificate's private key in a PEM file
        #[arg(
            long,
            alias = "key",
            value_name = "FILE",
            requires = "certificate"
        )]
        certificate_key: Option<PathBuf>,
    },
}

impl Options {
    /// Serves until the program is ended.
    pub fn serve(&self) -> Result<(), Box<dyn Error>> {
        let Options::Serve { listen, certificate, certificate_key } = self;
        let tls = certificate.clone().zip(certificate_key.clone());
        let options =
            ServeOptions { listen: *listen, tls, ..Default::default() };
        let server = Server::start(&options)
            .map_err(|error| format!("cannot serve at {listen}: {error}"))?;
        println!("speed tests at {}; Ctrl-C stops", server.url());
        server.wait();
        Ok(())
    }
}
