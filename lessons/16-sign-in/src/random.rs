//! Random numbers from the system, as text.

use std::io;

use crate::hex;

/// `bytes` random bytes as hexadecimal digits.
///
/// # Errors
/// The system has no random numbers.
pub(crate) fn random_hex(bytes: usize) -> io::Result<String> {
    let mut random = vec![0; bytes];
    getrandom::fill(&mut random).map_err(|error| {
        io::Error::other(format!("the system has no random numbers: {error}"))
    })?;
    Ok(hex::encode(&random))
}
