//! One-time tokens: each signs in one browser, once.

use std::io;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use subtle::ConstantTimeEq;

use crate::random::random_hex;

/// How long a token may wait to be used.
const LIFETIME: Duration = Duration::from_secs(3600);
/// How many tokens may wait. A further one replaces the oldest.
pub(crate) const CAPACITY: usize = 16;

/// The tokens that were issued and not yet used, oldest first.
#[derive(Default)]
pub(crate) struct OneTimeTokens(Mutex<Vec<Token>>);

struct Token {
    text: String,
    issued: Instant,
}

// ANCHOR: tokens
impl OneTimeTokens {
    /// Makes a token of 256 random bits.
    pub(crate) fn issue(&self) -> io::Result<String> {
        let text = random_hex(32)?;
        let mut tokens = self.tokens();
        if tokens.len() >= CAPACITY {
            tokens.remove(0);
        }
        tokens.push(Token { text: text.clone(), issued: Instant::now() });
        Ok(text)
    }

    /// Consumes a valid token. Returns whether it was one.
    pub(crate) fn consume(&self, given: &str) -> bool {
        let mut tokens = self.tokens();
        tokens.retain(|token| token.issued.elapsed() < LIFETIME);
        let found = tokens.iter().position(|token| {
            token.text.as_bytes().ct_eq(given.as_bytes()).into()
        });
        match found {
            Some(index) => {
                tokens.remove(index);
                true
            }
            None => false,
        }
    }
    // ANCHOR_END: tokens

    fn tokens(&self) -> MutexGuard<'_, Vec<Token>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
