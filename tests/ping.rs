//! Hosts that answer and hosts that do not; services that misbehave in many
//! ways.

#[path = "ping/dns.rs"]
mod dns;
#[path = "ping/hosts.rs"]
mod hosts;
#[path = "ping/http.rs"]
mod http;
#[cfg(target_os = "linux")]
#[path = "ping/namespace.rs"]
mod namespace;
#[path = "ping/servers.rs"]
mod servers;

use std::process::ExitCode;
use std::time::Duration;

use harness::suite;
use ping::check::{Check, CheckReport};

/// The time-out where an answer comes. Only a test that fails waits so long.
const PATIENCE: Duration = Duration::from_secs(20);
/// The time-out where no answer comes.
const SHORT: Duration = Duration::from_secs(1);

fn main() -> ExitCode {
    let mut tests = hosts::tests();
    tests.extend(http::tests());
    tests.extend(dns::tests());
    #[cfg(target_os = "linux")]
    tests.extend(namespace::tests());
    suite(tests)
}

/// Runs a future to its end.
fn wait<T>(future: impl Future<Output = T>) -> T {
    let mut builder = tokio::runtime::Builder::new_current_thread();
    builder.enable_all().build().expect("a runtime").block_on(future)
}

/// The report of a check within the deadline.
fn report_of(check: Check, deadline: Duration) -> CheckReport {
    wait(check.run(deadline))
}
