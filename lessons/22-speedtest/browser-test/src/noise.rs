//! Bytes that nothing on the way can compress.

use std::sync::OnceLock;

/// A megabyte of noise, the same for every client.
#[must_use]
pub fn noise() -> &'static [u8] {
    const LENGTH: usize = 1 << 20;
    static NOISE: OnceLock<Vec<u8>> = OnceLock::new();
    NOISE.get_or_init(|| {
        let mut noise = vec![0; LENGTH];
        fastrand::Rng::with_seed(8_700).fill(&mut noise);
        noise
    })
}
