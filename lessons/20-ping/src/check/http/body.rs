//! The body of a page: unpacked, counted and searched as it comes, and kept
//! only where it is JSON to be read.

use std::io::{self, Write};

use flate2::write::{GzDecoder, ZlibDecoder};
use hyper::HeaderMap;
use hyper::header::CONTENT_ENCODING;

/// A body of which nothing has come yet.
pub(super) struct Body {
    unpacker: Unpacker,
    search: Search,
}

/// How a body is packed (RFC 9110, section 8.4). It was not asked for, but
/// some servers pack all that they send.
enum Unpacker {
    Plain,
    Gzip(Box<GzDecoder<Vec<u8>>>),
    Deflate(Box<ZlibDecoder<Vec<u8>>>),
}

/// The search for a keyword in bytes that come in pieces.
struct Search {
    keyword: Vec<u8>,
    /// The end of what has come, shorter than the keyword.
    tail: Vec<u8>,
    found: bool,
    /// The bytes so far, and the most that are looked at.
    length: usize,
    most: usize,
    cut: bool,
    /// All that has come, if it is to be kept.
    kept: Option<Vec<u8>>,
}

impl Body {
    /// A body in which a keyword is looked for, an empty one is everywhere.
    ///
    /// # Errors
    /// The name of a packing that we do not know.
    pub fn new(
        headers: &HeaderMap,
        keyword: &str,
        most: usize,
    ) -> Result<Body, String> {
        let packing = headers.get(CONTENT_ENCODING).map_or("".into(), |it| {
            String::from_utf8_lossy(it.as_bytes()).to_ascii_lowercase()
        });
        let unpacker = match packing.trim() {
            "" | "identity" => Unpacker::Plain,
            "gzip" | "x-gzip" => {
                Unpacker::Gzip(Box::new(GzDecoder::new(Vec::new())))
            }
            "deflate" => {
                Unpacker::Deflate(Box::new(ZlibDecoder::new(Vec::new())))
            }
            other => return Err(other.escape_debug().to_string()),
        };
        let search = Search {
            keyword: keyword.as_bytes().to_vec(),
            tail: Vec::new(),
            found: keyword.is_empty(),
            length: 0,
            most,
            cut: false,
            kept: None,
        };
        Ok(Body { unpacker, search })
    }

    /// Keeps what comes from now on.
    pub fn keep(&mut self) {
        self.search.kept = Some(Vec::new());
    }

    /// All that was kept.
    pub fn kept(&self) -> &[u8] {
        self.search.kept.as_deref().unwrap_or_default()
    }

    /// Takes the next piece. `false` when no more of it matters.
    ///
    /// # Errors
    /// When it is not packed as the server says.
    pub fn take(&mut self, piece: &[u8]) -> io::Result<bool> {
        // A small piece may unpack to a thousand times as much: bit by bit.
        for part in piece.chunks(4096) {
            match &mut self.unpacker {
                Unpacker::Plain => self.search.take(part),
                Unpacker::Gzip(decoder) => {
                    decoder.write_all(part)?;
                    decoder.flush()?;
                    self.search.take(&std::mem::take(decoder.get_mut()));
                }
                Unpacker::Deflate(decoder) => {
                    decoder.write_all(part)?;
                    decoder.flush()?;
                    self.search.take(&std::mem::take(decoder.get_mut()));
                }
            }
            if self.search.cut {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// Whether the keyword was in it.
    pub fn has_keyword(&self) -> bool {
        self.search.found
    }

    /// How many bytes were looked at, in words.
    pub fn length(&self) -> String {
        let cut = if self.search.cut { ", the first of more" } else { "" };
        format!("{} B{cut}", self.search.length)
    }

    /// How many bytes were looked at.
    pub fn bytes(&self) -> usize {
        self.search.length
    }
}

impl Search {
    fn take(&mut self, piece: &[u8]) {
        let room = self.most - self.length;
        self.cut |= piece.len() > room;
        let piece = &piece[..piece.len().min(room)];
        self.length += piece.len();
        if let Some(kept) = &mut self.kept {
            kept.extend_from_slice(piece);
        }
        if self.found {
            return;
        }
        // The keyword may lie across two pieces.
        self.tail.extend_from_slice(piece);
        let mut windows = self.tail.windows(self.keyword.len());
        self.found = windows.any(|part| part == self.keyword);
        let kept = self.tail.len().min(self.keyword.len() - 1);
        self.tail.drain(..self.tail.len() - kept);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn body(keyword: &str, most: usize) -> Body {
        Body::new(&HeaderMap::new(), keyword, most).expect("plain")
    }

    #[test]
    fn a_keyword_is_found_wherever_the_pieces_are_cut() {
        let text = b"Who you gonna call?";
        for size in 1..text.len() {
            let mut body = body("gonna", 1000);
            for piece in text.chunks(size) {
                assert!(body.take(piece).expect("plain"));
            }
            assert!(body.has_keyword(), "{size}");
            assert_eq!(body.length(), "19 B");
        }
    }

    #[test]
    fn what_lies_behind_the_limit_is_not_seen() {
        let mut body = body("call", 12);
        assert!(!body.take(b"Who you gonna call?").expect("plain"));
        assert!(!body.has_keyword());
        assert_eq!(body.length(), "12 B, the first of more");
    }

    #[test]
    fn what_is_not_packed_as_it_says_is_an_error() {
        let mut headers = HeaderMap::new();
        headers.insert(CONTENT_ENCODING, "gzip".parse().expect("a value"));
        let mut body = Body::new(&headers, "x", 1000).expect("known");
        assert!(body.take(b"this is no gzip").is_err());
        headers.insert(CONTENT_ENCODING, "br".parse().expect("a value"));
        assert!(Body::new(&headers, "x", 1000).is_err());
    }
}
