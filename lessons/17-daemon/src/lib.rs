//! What makes a program a good daemon.
//!
//! A daemon is a program that runs for months where nobody looks. This one
//! reads its options from a file ([`config`]), lets in whoever has an account
//! ([`SignIn`], [`UsersCommand`]), writes down what it does ([`mod@log`]), counts it ([`metrics`]),
//! reports its [`Health`], survives a task that panics ([`Tasks`]), stops in
//! order ([`Shutdown`]) and talks to the service manager ([`systemd`]).
//!
//! Its server keeps nobody out because of others who say nothing
//! ([`connections`]). [`Daemon`] puts all of this into one value. A whole server:
//!
//! ```no_run
//! use axum::{Router, routing::get};
//! use clap::Parser;
//! use daemon::{Daemon, config};
//! use std::{error::Error, net::SocketAddr, process::ExitCode};
//!
//! /// Says hello to whoever has the key
//! #[derive(Parser)]
//! #[command(name = "greeter", version)]
//! struct Arguments {
//!     /// Where to listen for HTTP
//!     #[arg(long, default_value = "127.0.0.1:8080")]
//!     listen: SocketAddr,
//!     #[command(flatten)]
//!     daemon: daemon::Options,
//! }
//!
//! fn main() -> ExitCode {
//!     match config::load::<Arguments>(&[]) {
//!         Ok(config::Loaded { arguments, .. }) => {
//!             let options = arguments.daemon.clone();
//!             Daemon::run("greeter", &options, |daemon| serve(daemon, arguments))
//!         }
//!         Err(error) => error.report(),
//!     }
//! }
//!
//! async fn serve(
//!     daemon: Daemon,
//!     arguments: Arguments,
//! ) -> Result<(), Box<dyn Error>> {
//!     let signed_in = Router::new().route("/", get(async || "hello\n"));
//!     let listener = daemon.listen(arguments.listen).await?;
//!     daemon::print_line(format!("page: {}", daemon.link(listener.local_addr()?)));
//!     let app = daemon.app(signed_in, Router::new());
//!     daemon.serve(listener, app).await
//! }
//! ```

mod certificate;
pub mod config;
mod daemon;
mod data;
pub mod events;
mod health;
pub mod http;
mod lock;
pub mod log;
pub mod metrics;
mod open_files;
mod options;
mod panics;
mod print;
mod shutdown;
pub mod systemd;
mod tasks;
mod unit;
mod users;

pub use ::rates::Rate;
pub use certificate::{ShowCertificate, TlsOptions};
pub use daemon::Daemon;
pub use data::data_folder;
pub use health::Health;
pub use lock::{Lock, LockError};
pub use options::{Options, listen_address};
pub use print::print_line;
pub use shutdown::{Reloads, Shutdown};
pub use sign_in::{Key, SignIn};
pub use tasks::{Panicked, Tasks};
pub use unit::Unit;
pub use units;
pub use users::UsersCommand;
