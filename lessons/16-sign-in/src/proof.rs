//! The server's proof that it has the key, for a client that is about to send
//! it.
//!
//! A client on this machine may find the key in the server's data folder, but
//! whoever listens at the server's address while the server is down is a
//! stranger. So the client asks first, with a number that it has just made up,
//! and only a holder of the key can sign that. The address is signed as well:
//! otherwise the stranger could pass the question on to the server itself,
//! wherever it listens, and the answer back.

use std::io;
use std::net::SocketAddr;

use axum::Json;
use axum::extract::{Extension, Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use serde_json::json;

use crate::arrival::LocalAddress;
use crate::random::random_hex;
use crate::{Key, SignIn, Signer};

/// What is signed is for this, and for nothing else.
const PURPOSE: &str = "proof of the server";
/// How many random bytes a question has.
const BYTES: usize = 32;

/// A question that only a holder of the key can answer, to be asked once.
#[derive(Debug)]
pub struct Challenge(String);

impl Challenge {
    /// A new question.
    ///
    /// # Errors
    /// The system has no random numbers.
    pub fn new() -> io::Result<Challenge> {
        random_hex(BYTES).map(Challenge)
    }

    /// The path and query that ask it, with GET. The answer is JSON,
    /// `{"proof": …}`.
    #[must_use]
    pub fn path(&self) -> String {
        format!("/sign-in/proof?challenge={}", self.0)
    }

    /// Whether `proof` shows that whoever answered at `address` has the key.
    #[must_use]
    pub fn is_answered(
        &self,
        key: &Key,
        address: SocketAddr,
        proof: &str,
    ) -> bool {
        signer(key).verify(&signed(&self.0, address), proof)
    }
}

#[derive(Deserialize)]
pub(crate) struct Question {
    challenge: String,
}

/// `GET /sign-in/proof`.
pub(crate) async fn prove(
    State(sign_in): State<SignIn>,
    local: Option<Extension<LocalAddress>>,
    Query(Question { challenge }): Query<Question>,
) -> Response {
    let hexadecimal = challenge.bytes().all(|byte| byte.is_ascii_hexdigit());
    if challenge.len() != 2 * BYTES || !hexadecimal {
        let message = "a challenge has 64 hexadecimal digits\n";
        return (StatusCode::BAD_REQUEST, message).into_response();
    }
    let Some(Extension(LocalAddress(address))) = local else {
        let message = "this server does not know its own address\n";
        return (StatusCode::NOT_IMPLEMENTED, message).into_response();
    };
    let proof = signer(sign_in.key()).sign(&signed(&challenge, address));
    Json(json!({ "proof": proof })).into_response()
}

// ANCHOR: proof
fn signer(key: &Key) -> Signer {
    Signer::new(key.expose().as_bytes(), PURPOSE)
}

fn signed(challenge: &str, address: SocketAddr) -> String {
    // A server of both families sees IPv4 addresses written as IPv6.
    let ip = address.ip().to_canonical();
    format!("{challenge}\n{}", SocketAddr::new(ip, address.port()))
}
// ANCHOR_END: proof

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_key_and_the_right_address_answer_a_challenge() {
        let folder = tempfile::tempdir().expect("a folder");
        let key = Key::open(folder.path()).expect("a key");
        let other = tempfile::tempdir().expect("a folder");
        let other = Key::open(other.path()).expect("a key");
        let here: SocketAddr = "127.0.0.1:8631".parse().expect("an address");
        let challenge = Challenge::new().expect("a challenge");
        let proof = signer(&key).sign(&signed(&challenge.0, here));
        assert!(challenge.is_answered(&key, here, &proof));
        let mapped = "[::ffff:127.0.0.1]:8631".parse().expect("an address");
        assert!(challenge.is_answered(&key, mapped, &proof));

        assert!(!challenge.is_answered(&other, here, &proof));
        assert!(!challenge.is_answered(&key, here, ""));
        // A stranger passed the question on to the server at another port.
        let stranger = "127.0.0.1:9999".parse().expect("an address");
        assert!(!challenge.is_answered(&key, stranger, &proof));
        // Nor is an old answer one to a new question.
        let again = Challenge::new().expect("a challenge");
        assert!(!again.is_answered(&key, here, &proof));
    }
}
