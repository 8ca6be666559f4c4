//! The printer's entry on the network, as whoever looks for printers sees it:
//! a small browser asks by multicast DNS. All is done in a network namespace:
//! nothing leaves it.

#[cfg(target_os = "linux")]
#[path = "dns_sd/browser.rs"]
mod browser;
#[cfg(target_os = "linux")]
#[path = "dns_sd/network.rs"]
mod network;

use std::process::ExitCode;

fn main() -> ExitCode {
    #[cfg(target_os = "linux")]
    return network::main();
    #[cfg(not(target_os = "linux"))]
    harness::suite(Vec::new())
}
