//! Where the bytes of a raster come from: memory, or a file that is read
//! piece by piece.

use std::fs::File;
use std::io::{self, ErrorKind};
use std::sync::Arc;

/// How many bytes are read at once.
const PIECE: usize = 64 << 10;

/// Bytes that several threads may read at once.
#[derive(Clone)]
pub enum Source {
    /// In memory.
    Memory(Arc<dyn AsRef<[u8]> + Send + Sync>),
    /// In a file, which has to be one that can be read at any place.
    File(Arc<File>),
}

impl From<File> for Source {
    fn from(file: File) -> Source {
        Source::File(Arc::new(file))
    }
}

impl Source {
    /// Reads bytes from this offset on; fewer only at the end.
    fn read_at(&self, offset: u64, bytes: &mut [u8]) -> io::Result<usize> {
        match self {
            Source::Memory(all) => {
                let all: &[u8] = (**all).as_ref();
                let start = usize::try_from(offset).unwrap_or(usize::MAX);
                let rest = all.get(start..).unwrap_or_default();
                let count = rest.len().min(bytes.len());
                bytes[..count].copy_from_slice(&rest[..count]);
                Ok(count)
            }
            Source::File(file) => {
                let mut count = 0;
                while count < bytes.len() {
                    let at = offset.saturating_add(count as u64);
                    match read_file_at(file, at, &mut bytes[count..]) {
                        Ok(0) => break,
                        Ok(more) => count += more,
                        Err(error)
                            if error.kind() == ErrorKind::Interrupted => {}
                        Err(error) => return Err(error),
                    }
                }
                Ok(count)
            }
        }
    }
}

#[cfg(unix)]
fn read_file_at(file: &File, at: u64, bytes: &mut [u8]) -> io::Result<usize> {
    std::os::unix::fs::FileExt::read_at(file, bytes, at)
}

#[cfg(windows)]
fn read_file_at(file: &File, at: u64, bytes: &mut [u8]) -> io::Result<usize> {
    std::os::windows::fs::FileExt::seek_read(file, bytes, at)
}

/// Reads on from a place.
pub(crate) struct Cursor<'s> {
    source: &'s Source,
    piece: Vec<u8>,
    /// The place of the piece's first byte.
    start: u64,
    /// How many bytes of the piece have been read.
    read: usize,
}

impl<'s> Cursor<'s> {
    pub fn new(source: &'s Source, start: u64) -> Cursor<'s> {
        Cursor { source, piece: Vec::new(), start, read: 0 }
    }

    /// The place of the next byte.
    pub fn place(&self) -> u64 {
        self.start + self.read as u64
    }

    /// Whether there is no byte any more.
    pub fn is_at_end(&mut self) -> io::Result<bool> {
        self.fill()?;
        Ok(self.read == self.piece.len())
    }

    /// Fills all of `bytes`; [`ErrorKind::UnexpectedEof`] when there are fewer.
    pub fn read(&mut self, bytes: &mut [u8]) -> io::Result<()> {
        let mut done = 0;
        while done < bytes.len() {
            self.fill()?;
            let rest = &self.piece[self.read..];
            if rest.is_empty() {
                return Err(ErrorKind::UnexpectedEof.into());
            }
            let count = rest.len().min(bytes.len() - done);
            bytes[done..done + count].copy_from_slice(&rest[..count]);
            self.read += count;
            done += count;
        }
        Ok(())
    }

    /// The next byte.
    pub fn byte(&mut self) -> io::Result<u8> {
        if let Some(byte) = self.piece.get(self.read) {
            self.read += 1;
            return Ok(*byte);
        }
        let mut byte = [0];
        self.read(&mut byte)?;
        Ok(byte[0])
    }

    /// Passes over bytes.
    pub fn skip(&mut self, count: usize) -> io::Result<()> {
        let mut left = count;
        while left > 0 {
            self.fill()?;
            let here = (self.piece.len() - self.read).min(left);
            if here == 0 {
                return Err(ErrorKind::UnexpectedEof.into());
            }
            self.read += here;
            left -= here;
        }
        Ok(())
    }

    /// Reads the next piece when all of this one has been read.
    fn fill(&mut self) -> io::Result<()> {
        if self.read < self.piece.len() {
            return Ok(());
        }
        self.start += self.read as u64;
        self.read = 0;
        self.piece.resize(PIECE, 0);
        let count = self.source.read_at(self.start, &mut self.piece);
        self.piece.truncate(*count.as_ref().unwrap_or(&0));
        count.map(drop)
    }
}
