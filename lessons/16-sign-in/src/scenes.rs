//! Further scenes, and the server that all of them ask.

pub mod account;
pub mod cookie;
pub mod host;
pub mod link;
pub mod origin;
pub mod server;
