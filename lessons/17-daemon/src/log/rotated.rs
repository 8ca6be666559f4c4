//! A log file that is rotated when it is full, and survives a full disk.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

/// A file of limited size, and up to `keep` older ones: `NAME.1` is the newest
/// of those, `NAME.2` the one before it.
pub(super) struct Rotated {
    path: PathBuf,
    most: u64,
    keep: usize,
    file: Option<File>,
    size: u64,
    /// How many lines were lost since the last one that was written.
    lost: u64,
    /// Whether the file may end in the middle of a line.
    torn: bool,
}

impl Rotated {
    /// Opens the file to append to it, or makes it.
    pub(super) fn open(
        path: &Path,
        most: u64,
        keep: usize,
    ) -> io::Result<Rotated> {
        let mut rotated = Rotated {
            path: path.to_owned(),
            most,
            keep,
            file: None,
            size: 0,
            lost: 0,
            torn: false,
        };
        rotated.file()?;
        Ok(rotated)
    }

    /// Writes a line, or counts it as lost. The loss is reported on standard
    /// error once, and in the file as soon as it can be written again.
    pub(super) fn write_line(&mut self, line: &[u8]) {
        match self.try_write(line) {
            Ok(()) => {}
            Err(error) => {
                if self.lost == 0 {
                    let path = self.path.display();
                    let mut stderr = io::stderr().lock();
                    // If that fails too, nobody is left to be told.
                    let _ = writeln!(
                        stderr,
                        "cannot write the log {path}: {error}. Lines are lost \
                         until it can be written again"
                    );
                }
                self.lost += 1;
                self.torn = true;
                self.file = None;
            }
        }
    }

    /// Closes the file. The next line opens it again by its name.
    pub(super) fn close(&mut self) {
        self.file = None;
    }

    fn try_write(&mut self, line: &[u8]) -> io::Result<()> {
        // Opens the file if it was closed, and learns its size.
        self.file()?;
        let mut text = Vec::with_capacity(line.len());
        if self.torn && self.size > 0 {
            text.push(b'\n');
        }
        if self.lost > 0 {
            text.extend_from_slice(loss(self.lost, line).as_bytes());
        }
        text.extend_from_slice(line);

        let length = text.len() as u64;
        if self.size > 0 && self.size.saturating_add(length) > self.most {
            self.rotate();
        }
        self.file()?.write_all(&text)?;
        self.size += length;
        self.lost = 0;
        self.torn = false;
        Ok(())
    }

    fn file(&mut self) -> io::Result<&mut File> {
        if self.file.is_none() {
            let file = OpenOptions::new()
                .create(true)
                .append(true)
                .open(&self.path)?;
            self.size = file.metadata()?.len();
            self.file = Some(file);
        }
        Ok(self.file.as_mut().expect("opened above"))
    }

    // ANCHOR: rotate
    /// Each file takes the name of the next older one. The oldest is lost.
    fn rotate(&mut self) {
        self.file = None;
        for number in (1..self.keep).rev() {
            // There may not be as many files yet.
            let _ = fs::rename(self.old(number), self.old(number + 1));
        }
        let moved = match self.keep {
            0 => fs::remove_file(&self.path),
            _ => fs::rename(&self.path, self.old(1)),
        };
        // A file that cannot be renamed grows, which is better than no log.
        drop(moved);
    }
    // ANCHOR_END: rotate

    fn old(&self, number: usize) -> PathBuf {
        let mut name = self.path.clone().into_os_string();
        name.push(format!(".{number}"));
        name.into()
    }
}

/// A line about `count` lost lines, in the format of `line`.
fn loss(count: u64, line: &[u8]) -> String {
    match line.starts_with(b"{") {
        true => format!(
            "{{\"level\":\"WARN\",\"message\":\"lines of the log were lost: \
             the file could not be written\",\"lost\":{count}}}\n"
        ),
        false => format!(
            "{count} lines of the log were lost: the file could not be \
             written\n"
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_full_file_makes_room_and_the_oldest_goes() -> io::Result<()> {
        let folder = tempfile::tempdir()?;
        let path = folder.path().join("log");
        let mut log = Rotated::open(&path, 20, 2)?;
        for number in 0..8 {
            log.write_line(format!("line {number} ..\n").as_bytes());
        }
        let read = |name: &str| fs::read_to_string(folder.path().join(name));
        assert_eq!(read("log")?, "line 6 ..\nline 7 ..\n");
        assert_eq!(read("log.1")?, "line 4 ..\nline 5 ..\n");
        assert_eq!(read("log.2")?, "line 2 ..\nline 3 ..\n");
        assert_eq!(fs::read_dir(folder.path())?.count(), 3);
        Ok(())
    }

    #[test]
    fn a_log_goes_on_where_it_ended() -> io::Result<()> {
        let folder = tempfile::tempdir()?;
        let path = folder.path().join("log");
        Rotated::open(&path, 20, 1)?.write_line(b"line 0 ..\n");
        let mut log = Rotated::open(&path, 20, 1)?;
        log.write_line(b"line 1 ..\n");
        log.write_line(b"line 2 ..\n");
        assert_eq!(fs::read_to_string(&path)?, "line 2 ..\n");
        Ok(())
    }

    #[test]
    fn a_line_longer_than_a_file_is_written_whole() -> io::Result<()> {
        let folder = tempfile::tempdir()?;
        let path = folder.path().join("log");
        let mut log = Rotated::open(&path, 5, 0)?;
        log.write_line(b"longer than five\n");
        log.write_line(b"also longer\n");
        assert_eq!(fs::read_to_string(&path)?, "also longer\n");
        assert_eq!(fs::read_dir(folder.path())?.count(), 1);
        Ok(())
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn a_full_disk_loses_lines_and_says_how_many() -> io::Result<()> {
        let folder = tempfile::tempdir()?;
        let path = folder.path().join("log");
        // A device that is always full.
        std::os::unix::fs::symlink("/dev/full", &path)?;
        let mut log = Rotated::open(&path, 1_000, 1)?;
        log.write_line(b"one\n");
        log.write_line(b"two\n");
        // Somebody makes room.
        fs::remove_file(&path)?;
        log.write_line(b"three\n");
        let text = fs::read_to_string(&path)?;
        assert!(text.starts_with("2 lines of the log were lost"), "{text}");
        assert!(text.ends_with("\nthree\n"), "{text}");
        Ok(())
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn a_new_file_does_not_begin_with_the_end_of_an_old_one() -> io::Result<()>
    {
        let folder = tempfile::tempdir()?;
        let path = folder.path().join("log");
        let mut log = Rotated::open(&path, 1_000, 1)?;
        log.write_line(b"one\n");
        log.close();
        // The disk is full, and then somebody makes room.
        fs::remove_file(&path)?;
        std::os::unix::fs::symlink("/dev/full", &path)?;
        log.write_line(b"two\n");
        fs::remove_file(&path)?;
        fs::write(&path, "torn")?;
        log.write_line(b"three\n");
        let text = fs::read_to_string(&path)?;
        assert!(text.starts_with("torn\n1 lines of the log"), "{text:?}");
        Ok(())
    }
}
