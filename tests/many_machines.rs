//! Intakes and workers on several machines, which share a Redis and nothing
//! else. Each machine is a network namespace with a wire to one switch, and
//! nothing leaves them.

#[cfg(target_os = "linux")]
#[path = "many_machines/hosts.rs"]
mod hosts;
#[cfg(target_os = "linux")]
#[path = "many_machines/office.rs"]
mod office;
#[cfg(target_os = "linux")]
#[path = "many_machines/scenes.rs"]
mod scenes;
#[cfg(target_os = "linux")]
#[path = "many_machines/tampering_wire.rs"]
mod tampering_wire;

use std::process::ExitCode;

fn main() -> ExitCode {
    #[cfg(target_os = "linux")]
    return hosts::enter(scenes::tests());
    #[cfg(not(target_os = "linux"))]
    harness::suite(Vec::new())
}
