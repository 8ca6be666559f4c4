//! The spool: a folder in which documents wait, safe on the disk.

use std::fs::{self, File};
use std::io::{self, ErrorKind, Read, Write};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use axum::Router;
use sha2::{Digest, Sha256};
use tempfile::NamedTempFile;

/// A folder of documents, each under the SHA-256 of its content.
///
/// The hash is the name: nothing that a client sends becomes a path here, and
/// two uploads of one document take the room of one.
#[derive(Debug, Clone)]
pub struct Spool {
    documents: PathBuf,
    incoming: PathBuf,
    fetched: PathBuf,
}

impl Spool {
    /// Opens the spool in `folder`, making it if needed.
    ///
    /// Half-received documents that a crash left behind are removed once
    /// they are a day old: another process may be receiving the younger ones.
    ///
    /// # Errors
    /// When a folder cannot be made or read.
    pub fn open(folder: &Path) -> io::Result<Spool> {
        let spool = Spool {
            documents: folder.join("documents"),
            incoming: folder.join("incoming"),
            fetched: folder.join("fetched"),
        };
        fs::create_dir_all(&spool.documents)?;
        fs::create_dir_all(&spool.incoming)?;
        for entry in fs::read_dir(&spool.incoming)? {
            let path = entry?.path();
            if is_older(&path, Duration::from_secs(24 * 3600)) {
                // Another process may have been quicker: that is fine.
                let _ = fs::remove_file(path);
            }
        }
        Ok(spool)
    }

    /// Begins to receive a document. Until [`Incoming::keep`] it is a
    /// temporary file that disappears with the value.
    ///
    /// # Errors
    /// When the file cannot be made.
    pub fn receive(&self) -> io::Result<Incoming> {
        Ok(Incoming {
            file: NamedTempFile::new_in(&self.incoming)?,
            hash: Sha256::new(),
            bytes: 0,
            documents: self.documents.clone(),
        })
    }

    /// Where the document with this hash lies.
    #[must_use]
    pub fn path(&self, hash: &str) -> PathBuf {
        self.documents.join(hash)
    }

    /// The route `GET /api/documents/{sha256}`, by which workers on other
    /// machines fetch what is kept here; see [`transfer::document_route`].
    pub fn document_route(&self) -> Router {
        transfer::document_route(self.documents.clone())
    }

    /// The folder for documents of other spools, which a worker fetches.
    #[must_use]
    pub fn fetched(&self) -> &Path {
        &self.fetched
    }

    /// Whether a new document would find room and rights: writes a small one
    /// and takes it back.
    ///
    /// # Errors
    /// Why not.
    pub fn check(&self) -> io::Result<()> {
        let mut file = NamedTempFile::new_in(&self.incoming)?;
        file.write_all(&[0; 4096])
    }

    /// Makes the document with this hash as young as one that has just come:
    /// a sweep leaves it alone until its job is queued.
    ///
    /// # Errors
    /// When there is none, or it cannot be written.
    pub fn renew(&self, hash: &str) -> io::Result<()> {
        let path = self.path(hash);
        let file = File::options().write(true).open(&path)?;
        file.set_modified(SystemTime::now())?;
        // A sweep may have moved it aside before that.
        fs::metadata(path).map(drop)
    }

    /// Removes every document that is older than `age` says of its hash, and
    /// none for which it says nothing; returns how many.
    ///
    /// # Errors
    /// When the folder cannot be read.
    pub fn sweep(
        &self,
        age: impl Fn(&str) -> Option<Duration>,
    ) -> io::Result<usize> {
        let mut removed = 0;
        for entry in fs::read_dir(&self.documents)? {
            let path = entry?.path();
            let name = path.file_name().and_then(|name| name.to_str());
            let Some(name) = name else { continue };
            let Some(age) = age(name) else { continue };
            if !is_older(&path, age) {
                continue;
            }
            // The same document may be uploaded again at this moment, which
            // makes the file young. Move it aside and look once more.
            let aside = self.incoming.join(name);
            if fs::rename(&path, &aside).is_err() {
                continue;
            }
            if is_older(&aside, age) {
                fs::remove_file(&aside)?;
                removed += 1;
            } else {
                fs::rename(&aside, &path)?;
            }
        }
        Ok(removed)
    }
}

/// A document that is being received.
#[derive(Debug)]
pub struct Incoming {
    file: NamedTempFile,
    hash: Sha256,
    bytes: u64,
    documents: PathBuf,
}

impl Incoming {
    /// How many bytes have come so far.
    #[must_use]
    pub fn bytes(&self) -> u64 {
        self.bytes
    }

    /// Where the bytes lie for now, so that they can be checked first.
    #[must_use]
    pub fn path(&self) -> &Path {
        self.file.path()
    }

    /// Makes the document durable, under its hash in hexadecimal.
    ///
    /// When this returns, the bytes and the name of the file have been
    /// synced: a power cut does not take them.
    ///
    /// # Errors
    /// When the disk is full or fails; nothing is kept then.
    pub fn keep(self) -> io::Result<Kept> {
        let hash = hex(&self.hash.finalize());
        // Its check may have taken long: from now on it is new to a sweep.
        self.file.as_file().set_modified(SystemTime::now())?;
        self.file.as_file().sync_all()?;
        let path = self.documents.join(&hash);
        let aside = self.file.path().with_extension("aside");
        let (file, is_new) = match self.file.persist_noclobber(&path) {
            Ok(file) => (file, true),
            // A rename replaces a document of the same content in one step.
            Err(there) if there.error.kind() == ErrorKind::AlreadyExists => {
                let persisted = there.file.persist(&path);
                (persisted.map_err(|failed| failed.error)?, false)
            }
            Err(failed) => return Err(failed.error),
        };
        sync_folder(&self.documents)?;
        Ok(Kept { hash, path, aside, file, is_new })
    }
}

/// A document that is safe in the spool.
#[derive(Debug)]
pub struct Kept {
    hash: String,
    path: PathBuf,
    /// Where it can be moved to be looked at.
    aside: PathBuf,
    file: File,
    is_new: bool,
}

impl Kept {
    /// The document's name in the spool.
    #[must_use]
    pub fn hash(&self) -> &str {
        &self.hash
    }

    /// Removes the document again, because no job came of it. It stays if it
    /// was there before, or has come once more since: then others need it. What
    /// cannot be removed now is left for [`Spool::sweep`].
    pub fn take_back(self) {
        if !self.is_new || fs::rename(&self.path, &self.aside).is_err() {
            return;
        }
        let removed = match is_same_file(&self.file, &self.aside) {
            Ok(true) => fs::remove_file(&self.aside),
            _ => fs::rename(&self.aside, &self.path),
        };
        // The sweep at the start looks through these names, too.
        drop(removed);
    }
}

/// Whether the open file is the one of this name, and not a later one.
#[cfg(unix)]
fn is_same_file(file: &File, path: &Path) -> io::Result<bool> {
    use std::os::unix::fs::MetadataExt;
    let (open, named) = (file.metadata()?, fs::metadata(path)?);
    Ok((open.dev(), open.ino()) == (named.dev(), named.ino()))
}

/// Elsewhere files have no number that can be asked for.
#[cfg(not(unix))]
fn is_same_file(_: &File, _: &Path) -> io::Result<bool> {
    Ok(false)
}

impl Write for Incoming {
    fn write(&mut self, data: &[u8]) -> io::Result<usize> {
        let written = self.file.as_file_mut().write(data)?;
        self.hash.update(&data[..written]);
        self.bytes += written as u64;
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.as_file_mut().flush()
    }
}

/// Makes the names in a folder durable: a power cut takes no new one then.
///
/// # Errors
/// The disk fails.
pub fn sync_folder(folder: &Path) -> io::Result<()> {
    // Windows keeps names in its journal and cannot open a folder as a file.
    if cfg!(unix) {
        File::open(folder)?.sync_all()?;
    }
    Ok(())
}

fn is_older(path: &Path, age: Duration) -> bool {
    fs::metadata(path)
        .and_then(|data| data.modified())
        .is_ok_and(|time| time.elapsed().is_ok_and(|past| past > age))
}

/// Reads a document, hands each piece of it to `each`, and returns its hash: the
/// name that it should have.
pub fn hash_of(path: &Path, mut each: impl FnMut(&[u8])) -> io::Result<String> {
    let mut file = File::open(path)?;
    let mut digest = Sha256::new();
    let mut piece = vec![0; 256 * 1024];
    loop {
        match file.read(&mut piece)? {
            0 => return Ok(hex(&digest.finalize())),
            count => {
                digest.update(&piece[..count]);
                each(&piece[..count]);
            }
        }
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn spool() -> (tempfile::TempDir, Spool) {
        let folder = tempfile::tempdir().expect("a folder");
        let spool = Spool::open(folder.path()).expect("a spool");
        (folder, spool)
    }

    fn files(folder: &Path) -> usize {
        fs::read_dir(folder).expect("a folder").count()
    }

    #[test]
    fn a_document_is_kept_under_its_hash() {
        let (_folder, spool) = spool();
        let mut incoming = spool.receive().expect("a file");
        incoming.write_all(b"abc").expect("written");
        let hash = incoming.keep().expect("kept").hash;
        // FIPS 180-2, appendix B.1.
        assert_eq!(
            hash,
            "ba7816bf8f01cfea414140de5dae2223\
             b00361a396177a9cb410ff61f20015ad"
        );
        assert_eq!(fs::read(spool.path(&hash)).expect("there"), b"abc");
        assert_eq!(files(&spool.incoming), 0);
    }

    #[test]
    fn a_document_that_is_not_kept_leaves_nothing() {
        let (_folder, spool) = spool();
        let mut incoming = spool.receive().expect("a file");
        incoming.write_all(b"half of it").expect("written");
        drop(incoming);
        assert_eq!(files(&spool.incoming) + files(&spool.documents), 0);
    }

    #[test]
    #[cfg(unix)]
    fn a_document_is_taken_back_unless_another_upload_needs_it() {
        let (_folder, spool) = spool();
        let keep = || {
            let mut incoming = spool.receive().expect("a file");
            incoming.write_all(b"one document").expect("written");
            incoming.keep().expect("kept")
        };
        keep().take_back();
        assert_eq!(files(&spool.incoming) + files(&spool.documents), 0);
        // The second came after the first and before its end.
        let (first, second) = (keep(), keep());
        first.take_back();
        assert!(spool.path(second.hash()).exists());
        // What was there before is not the second's to remove.
        second.take_back();
        assert_eq!(files(&spool.documents), 1);
        assert_eq!(files(&spool.incoming), 0);
    }

    #[test]
    fn a_sweep_takes_only_the_old_and_unwanted() {
        let (_folder, spool) = spool();
        let keep = |text: &[u8]| {
            let mut incoming = spool.receive().expect("a file");
            incoming.write_all(text).expect("written");
            incoming.keep().expect("kept").hash
        };
        let (wanted, old, young) = (keep(b"wanted"), keep(b"old"), keep(b"y"));
        for hash in [&wanted, &old] {
            let long_ago = std::time::UNIX_EPOCH + Duration::from_secs(1);
            File::options()
                .write(true)
                .open(spool.path(hash))
                .and_then(|file| file.set_modified(long_ago))
                .expect("made old");
        }
        let hour = Duration::from_secs(3600);
        let removed = spool.sweep(|hash| (hash != wanted).then_some(hour));
        assert_eq!(removed.expect("swept"), 1);
        assert!(spool.path(&wanted).exists() && spool.path(&young).exists());
        assert!(!spool.path(&old).exists());
    }
}
