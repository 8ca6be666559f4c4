//! The book's pictures of pages, which a test takes and checks.

use std::fs;
use std::path::Path;

use crate::root;

/// Checks that these pictures are in the book, are WebP and are small. With
/// `UPDATE_PICTURES` set, `take` first draws them into the folder that it is
/// given. `test` is the name of the test that does so.
///
/// # Panics
/// With the command that draws them, when one is missing.
pub fn check_pictures(names: &[&str], test: &str, take: impl FnOnce(&Path)) {
    let folder = root().join("book/src/pictures");
    if std::env::var_os("UPDATE_PICTURES").is_some() {
        take(&folder);
    }
    for name in names {
        let picture = fs::read(folder.join(name)).unwrap_or_else(|error| {
            panic!(
                "{name}: {error}. Draw it with\n\
                 UPDATE_PICTURES=1 cargo test --test {test}"
            )
        });
        // WebP begins so (RFC 9649, section 2.4).
        assert_eq!(
            (&picture[..4], &picture[8..12]),
            (&b"RIFF"[..], &b"WEBP"[..])
        );
        let size = picture.len();
        assert!(size < 150_000, "{name} has {size} bytes");
    }
}
