//! Where this machine's own server keeps its key.

use std::io;
use std::net::IpAddr;
use std::path::{Path, PathBuf};

use daemon::Key;
use reqwest::Url;

/// Whether a server's address is one of this machine's own.
#[must_use]
pub fn is_this_machine(server: &str) -> bool {
    let Ok(url) = Url::parse(server) else { return false };
    let host = url.host_str().unwrap_or_default();
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    let address = bare.parse::<IpAddr>();
    bare == "localhost" || address.is_ok_and(|address| address.is_loopback())
}

/// The folders where a server on this machine keeps its key: that of the user's
/// own server, and that of the installed one, which systemd has made.
#[must_use]
pub fn data_folders() -> Vec<PathBuf> {
    let own = daemon::data_folder("print-server");
    let installed = Path::new("/var/lib/print-server");
    let installed = cfg!(target_os = "linux").then(|| installed.to_owned());
    own.into_iter().chain(installed).collect()
}

/// The first key that can be read in these folders, or a sentence that says
/// where none was, and why.
///
/// # Errors
/// A file holds no key, or can be read by others.
pub fn find_key(folders: &[PathBuf]) -> io::Result<Result<Key, String>> {
    let mut looked = Vec::new();
    for folder in folders {
        let path = folder.join("key");
        let path = path.display();
        match Key::read(folder) {
            Ok(key) => return Ok(Ok(key)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                looked.push(format!("{path} is not there"));
            }
            // An error of the system. Others are about the key.
            Err(error) if error.raw_os_error().is_some() => {
                looked.push(format!("{path} is not for you to read"));
            }
            Err(error) => return Err(error),
        }
    }
    Ok(Err(looked.join(", and ")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_key_is_looked_for_in_one_folder_after_the_other() {
        let (own, installed) = (tempfile::tempdir(), tempfile::tempdir());
        let (own, installed) = (own.expect("one"), installed.expect("two"));
        let folders = [own.path().to_owned(), installed.path().to_owned()];
        let looked = find_key(&folders).expect("looked").expect_err("none");
        for folder in &folders {
            let path = folder.join("key").display().to_string();
            assert!(looked.contains(&path), "{looked}");
        }
        for folder in [&folders[1], &folders[0]] {
            let made = Key::open(folder).expect("made");
            let found = find_key(&folders).expect("looked").expect("a key");
            assert_eq!(found.expose(), made.expose());
        }
    }
}
