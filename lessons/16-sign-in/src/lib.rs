//! Sign-in for a server that runs on somebody's own machine.
//!
//! A server has one secret, its [`Key`]. [`SignIn`] lets in programs that send
//! the key, and browsers that have opened a one-time link or pasted the key
//! into a form; from then on a browser holds a signed cookie. [`OriginPolicy`]
//! refuses the requests that pages of other sites make through a visitor's
//! browser. A client that is about to send the key can ask the server with a
//! [`Challenge`] whether it has the key already.
//!
//! ```
//! use axum::{Router, routing::get};
//! use sign_in::{Key, OriginPolicy, SignIn};
//!
//! # fn main() -> std::io::Result<()> {
//! # let folder = tempfile::tempdir()?;
//! # let data = folder.path();
//! // The key is made at the first start, in the file `key`.
//! let sign_in = SignIn::new(Key::open(data)?, "greeter");
//! println!("open {}", sign_in.one_time_link("http://127.0.0.1:8080")?);
//!
//! let page = Router::new().route("/", get(async || "hello\n"));
//! let app = OriginPolicy::new(&[]).protect(sign_in.protect(page));
//! # let _: Router = app;
//! # Ok(())
//! # }
//! ```

mod arrival;
mod hex;
mod key;
mod one_time_tokens;
mod origin_policy;
mod page;
mod proof;
mod proxy;
mod random;
mod refusal;
mod required_role;
mod session;
mod sign_in;
mod signer;
mod user;

pub use arrival::{LocalAddress, OverTls};
pub use key::Key;
pub use origin_policy::{OriginPolicy, host_name};
pub use proof::Challenge;
pub use proxy::is_forwarded;
pub use sign_in::{Attempts, LetIn, SignIn};
pub use signer::Signer;
pub use user::{Role, Roles, User};
