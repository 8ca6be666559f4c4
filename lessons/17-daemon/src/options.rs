//! The options that every daemon has.

use std::net::{SocketAddr, ToSocketAddrs};
use std::path::PathBuf;
use std::time::Duration;

use clap::Args;
use sign_in::{BasePath, host_name};

use crate::certificate::TlsOptions;
use crate::log::LogOptions;
use crate::units::seconds;

/// What an administrator can choose for every daemon. Flatten it into the
/// program's own arguments, with `#[command(flatten)]`.
#[derive(Debug, Clone, Args)]
// The program's own options may be named `Options` as well.
#[group(id = "daemon")]
pub struct Options {
    /// Where data and the key are kept [default: the user's data folder]
    #[arg(long, value_name = "FOLDER")]
    pub data: Option<PathBuf>,

    /// A further name or address by which browsers ask for this server, such
    /// as print.example.com; they may use this machine's own anyway
    #[arg(long, value_name = "NAME", value_parser = host_name)]
    pub host_name: Vec<String>,

    /// The path under which a proxy shows this server, such as /mon
    /// [default: the proxy's root]
    #[arg(
        long,
        value_name = "PATH",
        default_value_t,
        hide_default_value = true
    )]
    pub base_path: BasePath,

    /// Show /metrics only to whoever sends the key of an account with the role
    /// metrics, or the administrator's [default: to everybody]
    #[arg(long)]
    pub metrics_key: bool,

    /// How long work may take to finish when the program stops, in seconds
    #[arg(long, default_value = "10", value_parser = seconds,
        value_name = "SECONDS")]
    pub stop_deadline: Duration,

    /// How many requests a second each person may make in the long run, and ten
    /// times as many at once; 0 is no limit. A person is an account, or an
    /// address where nobody has signed in
    #[arg(long, default_value_t = 200, value_name = "REQUESTS")]
    pub request_rate: u32,

    /// The certificate, and whether plain HTTP is spoken.
    #[command(flatten)]
    pub tls: TlsOptions,

    /// Where and how is logged.
    #[command(flatten)]
    pub log: LogOptions,
}

/// The address to listen at: `127.0.0.1:8800`, or a name of this machine such as
/// `localhost:8800`.
///
/// # Errors
/// What is wrong with it, in words.
pub fn listen_address(text: &str) -> Result<SocketAddr, String> {
    let how = "write ADDRESS:PORT, such as 127.0.0.1:8800 or localhost:8800";
    let mut found =
        text.to_socket_addrs().map_err(|error| format!("{error}; {how}"))?;
    found.next().ok_or_else(|| format!("the name has no address; {how}"))
}
