//! A document to be sent: a file, or what another program writes.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

/// What a document is called that comes from another program.
const UNNAMED: &str = "(stdin)";

/// A document to be sent.
pub(crate) struct Document {
    pub(crate) name: String,
    /// Its size, unless another program is still writing it.
    pub(crate) bytes: Option<u64>,
    pub(crate) content: Box<dyn Read + Send>,
}

impl Document {
    pub(crate) fn open(path: &Path) -> io::Result<Document> {
        if path == Path::new("-") {
            return Ok(Document {
                name: UNNAMED.to_owned(),
                bytes: None,
                content: Box::new(io::stdin()),
            });
        }
        let file = File::open(path)?;
        let data = file.metadata()?;
        if data.is_dir() {
            return Err(io::ErrorKind::IsADirectory.into());
        }
        // The shell calls the output of a program /dev/fd/63 or so.
        let name = match path.starts_with("/dev") || path.starts_with("/proc") {
            true => UNNAMED.into(),
            false => path.file_name().unwrap_or_default().to_string_lossy(),
        };
        Ok(Document {
            name: name.into_owned(),
            bytes: data.is_file().then_some(data.len()),
            content: Box::new(file),
        })
    }
}

/// A document that reports how much of it has been read.
pub(crate) struct CountingReader<F> {
    content: Box<dyn Read + Send>,
    gone: u64,
    bytes: Option<u64>,
    sent: F,
}

impl<F: FnMut(u64, u64)> CountingReader<F> {
    /// Reads the document, and calls `sent` after each piece.
    pub(crate) fn new(document: Document, sent: F) -> CountingReader<F> {
        let Document { bytes, content, .. } = document;
        CountingReader { content, gone: 0, bytes, sent }
    }
}

impl<F: FnMut(u64, u64)> Read for CountingReader<F> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.content.read(buffer)?;
        self.gone += count as u64;
        (self.sent)(self.gone, self.bytes.unwrap_or(self.gone));
        Ok(count)
    }
}
