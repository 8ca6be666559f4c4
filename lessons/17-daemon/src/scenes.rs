//! Further scenes, the daemon that they show, and what an administrator does
//! with it.

pub mod control;
pub mod demo;
pub mod panic;
pub mod reload;
pub mod stop;
pub mod tls;
