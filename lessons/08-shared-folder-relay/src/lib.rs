//! A Redis of one's own, for lessons and tests.
//!
//! [`PrivateRedis`] finds `redis-server` on PATH, starts it on a free port of
//! this machine with a folder of its own, and ends it when it is dropped.
//! Where there is none, [`MissingRedis`] says how to install one.
//!
//! ```
//! use private_redis::PrivateRedis;
//!
//! match PrivateRedis::start() {
//!     Ok(redis) => println!("{} answers", redis.url()),
//!     Err(missing) => println!("{missing}"),
//! }
//! ```

mod server;

pub use server::{MissingRedis, PrivateRedis};
