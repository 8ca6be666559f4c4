//! Sign-in for a server that runs on somebody's own machine.
//!
//! A server has [`Accounts`]: each has a name, a key, and [`Roles`] that the
//! program names. The server's own [`Key`] is that of the administrator.
//! [`SignIn`] lets in programs that send a key, and browsers that have opened
//! a one-time link or pasted a key into a form; from then on a browser holds a
//! signed cookie. A handler learns from an extension which [`User`] asks, and
//! a router can be for a role. What is open without a key is an [`Openness`].
//!
//! [`OriginPolicy`] refuses the requests that pages of other sites make
//! through a visitor's browser. A client that is about to send the server's
//! key can ask the server with a [`Challenge`] whether it has it already.
//!
//! ```
//! use axum::{Extension, Router, routing::get};
//! use sign_in::{Key, OriginPolicy, Role, SignIn, User};
//!
//! const READ: Role = Role { name: "read", allows: "reads the page" };
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let folder = tempfile::tempdir()?;
//! # let data = folder.path();
//! // The key is made at the first start, in the file `key`.
//! let sign_in = SignIn::open(data, Key::open(data)?, "greeter")?;
//! println!("open {}", sign_in.one_time_link("http://127.0.0.1:8080")?);
//! println!("Ray's key: {}", sign_in.accounts().add("ray", &[READ])?);
//!
//! let greet = async |user: Extension<User>| format!("hello {}", user.name);
//! let page = Router::new().route("/", get(greet));
//! let page = sign_in.protect(sign_in.require("read", page));
//! let app = OriginPolicy::new(&[]).protect(page);
//! # let _: Router = app;
//! # Ok(())
//! # }
//! ```

mod accounts;
mod admission;
mod arrival;
mod base_path;
mod credentials;
mod ended_streams;
mod form;
mod hex;
mod key;
mod openness;
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
mod time;
mod user;
mod users;
mod wrong_keys;

pub use accounts::{Account, AccountError, Accounts, account_name};
pub use arrival::{LocalAddress, OverTls};
pub use base_path::BasePath;
pub use design;
pub use key::Key;
pub use openness::{Openness, Whom};
pub use origin_policy::{OriginPolicy, host_name};
pub use proof::Challenge;
pub use proxy::is_forwarded;
pub use sign_in::{Attempts, LetIn, SignIn};
pub use signer::Signer;
pub use user::{Role, Roles, User};
pub use users::UserView;
