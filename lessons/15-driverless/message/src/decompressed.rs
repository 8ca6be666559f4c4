//! A document without its compression (RFC 8011, section 5.4.32).

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll};

use axum::body::Bytes;
use flate2::{Decompress, FlushDecompress, Status as Progress};
use tokio_stream::Stream;

use crate::incoming::Incoming;

/// The longest piece that comes out at once. However much a few bytes say that
/// they stand for, no more than this is in memory.
const PIECE: usize = 64 * 1024;
/// The size of the window in deflate's history, as a power of two.
const WINDOW_BITS: u8 = 15;

/// How a document is compressed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Compression {
    /// Not at all.
    None,
    /// RFC 1952.
    Gzip,
    /// RFC 1951, with the frame of RFC 1950 or, as CUPS has it, without.
    Deflate,
}

impl Compression {
    /// The one with this keyword (`compression`).
    pub fn from_keyword(word: &str) -> Option<Compression> {
        match word {
            "none" => Some(Compression::None),
            "gzip" => Some(Compression::Gzip),
            "deflate" => Some(Compression::Deflate),
            _ => None,
        }
    }
}

/// A document that is decompressed as it comes.
pub struct Decompressed {
    source: Incoming,
    compression: Compression,
    /// Made when the first bytes are there, which tell the frame.
    decoder: Option<Decompress>,
    /// What has come and is not decompressed yet.
    input: Bytes,
    is_at_end: bool,
    fate: Arc<Fate>,
}

/// Why a document did not come to its end. Whoever reads it meets an error, and
/// these say afterwards which.
#[derive(Debug, Default)]
pub struct Fate {
    damaged: AtomicBool,
    broken_off: AtomicBool,
}

impl Fate {
    /// The compressed data is damaged.
    pub fn is_damaged(&self) -> bool {
        self.damaged.load(Ordering::Relaxed)
    }

    /// The sender went away.
    pub fn is_broken_off(&self) -> bool {
        self.broken_off.load(Ordering::Relaxed)
    }
}

impl Decompressed {
    /// What is left of `source`, unpacked as it is read.
    pub fn new(source: Incoming, compression: Compression) -> Decompressed {
        Decompressed {
            source,
            compression,
            decoder: None,
            input: Bytes::new(),
            is_at_end: false,
            fate: Arc::default(),
        }
    }

    /// Tells afterwards why it did not come to its end.
    pub fn fate(&self) -> Arc<Fate> {
        self.fate.clone()
    }

    /// Decompresses some of the input; `None` when there is none left.
    fn decompress(&mut self) -> Option<io::Result<Bytes>> {
        if self.input.is_empty() {
            return None;
        }
        let (compression, input) = (self.compression, &self.input);
        let decoder =
            self.decoder.get_or_insert_with(|| decoder_for(compression, input));
        let mut piece = Vec::with_capacity(PIECE);
        let before = decoder.total_in();
        let progress = decoder.decompress_vec(
            &self.input,
            &mut piece,
            FlushDecompress::None,
        );
        let read = decoder.total_in() - before;
        let read = usize::try_from(read).unwrap_or(usize::MAX);
        drop(self.input.split_to(read.min(self.input.len())));
        match progress {
            Ok(Progress::StreamEnd) => self.is_at_end = true,
            Ok(_) if read > 0 || !piece.is_empty() => {}
            _ => return Some(Err(self.fail("the data is damaged"))),
        }
        Some(Ok(piece.into()))
    }

    fn fail(&mut self, why: &str) -> io::Error {
        self.is_at_end = true;
        self.fate.damaged.store(true, Ordering::Relaxed);
        io::Error::new(io::ErrorKind::InvalidData, why)
    }
}

fn decoder_for(compression: Compression, input: &[u8]) -> Decompress {
    match compression {
        Compression::Gzip => Decompress::new_gzip(WINDOW_BITS),
        _ => Decompress::new(has_zlib_frame(input)),
    }
}

/// RFC 1950, section 2.2: method 8, and the first two bytes divide by 31.
fn has_zlib_frame(input: &[u8]) -> bool {
    match input {
        [first, second, ..] => {
            first & 0x0f == 8
                && u16::from_be_bytes([*first, *second]).is_multiple_of(31)
        }
        _ => false,
    }
}

impl Stream for Decompressed {
    type Item = io::Result<Bytes>;

    fn poll_next(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Self::Item>> {
        let this = &mut *self;
        loop {
            if this.is_at_end {
                return Poll::Ready(None);
            }
            match this.decompress() {
                Some(Ok(piece)) if piece.is_empty() => {}
                Some(piece) => return Poll::Ready(Some(piece)),
                None => {}
            }
            if !this.input.is_empty() || this.is_at_end {
                continue;
            }
            let next = Pin::new(&mut this.source).poll_next(context);
            match std::task::ready!(next) {
                Some(Ok(piece)) if this.compression == Compression::None => {
                    return Poll::Ready(Some(Ok(piece)));
                }
                Some(Ok(piece)) => this.input = piece,
                Some(Err(error)) => {
                    this.is_at_end = true;
                    this.fate.broken_off.store(true, Ordering::Relaxed);
                    let error = io::Error::other(error);
                    return Poll::Ready(Some(Err(error)));
                }
                None if this.compression == Compression::None => {
                    this.is_at_end = true;
                }
                None => {
                    let error = this.fail("the data ends too early");
                    return Poll::Ready(Some(Err(error)));
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use axum::body::Body;
    use flate2::write::{DeflateEncoder, GzEncoder, ZlibEncoder};
    use tokio_stream::StreamExt;

    use super::*;

    const BEST: flate2::Compression = flate2::Compression::best();

    async fn decompress(
        compression: Compression,
        data: &[u8],
        piece: usize,
    ) -> io::Result<Vec<u8>> {
        let pieces = data
            .chunks(piece)
            .map(|piece| Ok::<_, io::Error>(Bytes::copy_from_slice(piece)));
        let pieces: Vec<_> = pieces.collect();
        let body = Body::from_stream(tokio_stream::iter(pieces));
        let mut stream = Decompressed::new(Incoming::new(body), compression);
        let fate = stream.fate();
        let mut whole = Vec::new();
        while let Some(piece) = stream.next().await {
            let piece = piece.inspect_err(|_| {
                assert!(fate.is_damaged());
            })?;
            assert!(piece.len() <= PIECE.max(data.len()));
            whole.extend(piece);
        }
        Ok(whole)
    }

    #[tokio::test]
    async fn every_compression_gives_the_document_back() {
        let document: Vec<u8> =
            (0..300_000_u32).flat_map(u32::to_le_bytes).collect();
        let mut gzip = GzEncoder::new(Vec::new(), BEST);
        gzip.write_all(&document).expect("in memory");
        let mut zlib = ZlibEncoder::new(Vec::new(), BEST);
        zlib.write_all(&document).expect("in memory");
        let mut raw = DeflateEncoder::new(Vec::new(), BEST);
        raw.write_all(&document).expect("in memory");
        for (compression, data) in [
            (Compression::None, document.clone()),
            (Compression::Gzip, gzip.finish().expect("in memory")),
            (Compression::Deflate, zlib.finish().expect("in memory")),
            (Compression::Deflate, raw.finish().expect("in memory")),
        ] {
            for piece in [7, 4096, data.len()] {
                let whole = decompress(compression, &data, piece).await;
                assert!(whole.expect("undamaged") == document);
            }
        }
    }

    #[tokio::test]
    async fn damaged_data_is_an_error_and_no_end() {
        let mut gzip = GzEncoder::new(Vec::new(), BEST);
        gzip.write_all(b"who you gonna call").expect("in memory");
        let data = gzip.finish().expect("in memory");
        for end in 1..data.len() {
            let cut = &data[..end];
            let whole = decompress(Compression::Gzip, cut, 5).await;
            whole.expect_err("cut off");
        }
        for place in 0..data.len() {
            let mut damaged = data.clone();
            damaged[place] ^= 0x55;
            // The time and the system in the head mean nothing to us.
            let whole = decompress(Compression::Gzip, &damaged, 5).await;
            assert!(whole.is_err() || (4..10).contains(&place), "{place}");
        }
        let text = b"no compression at all";
        for compression in [Compression::Gzip, Compression::Deflate] {
            let whole = decompress(compression, text, 100).await;
            whole.expect_err("not compressed");
        }
    }

    #[tokio::test]
    async fn a_bomb_comes_out_in_small_pieces() {
        let mut gzip = GzEncoder::new(Vec::new(), BEST);
        for _ in 0..64 {
            gzip.write_all(&[0; 1 << 20]).expect("in memory");
        }
        let data = gzip.finish().expect("in memory");
        let body = Body::from(data);
        let compression = Compression::Gzip;
        let mut stream = Decompressed::new(Incoming::new(body), compression);
        let mut bytes = 0;
        while let Some(piece) = stream.next().await {
            let piece = piece.expect("undamaged");
            assert!(piece.len() <= PIECE);
            bytes += piece.len();
        }
        assert_eq!(bytes, 64 << 20);
    }
}
