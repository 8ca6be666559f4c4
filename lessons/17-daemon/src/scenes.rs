//! What the lesson shows, and the daemon that it shows it with.

#[cfg(unix)]
pub mod access;
#[cfg(unix)]
pub mod bad_config;
#[cfg(unix)]
pub mod control;
pub mod demo;
#[cfg(unix)]
pub mod panic;
#[cfg(unix)]
pub mod reload;
#[cfg(unix)]
pub mod stop;
