//! A stream of a document, unpacked strictly: the renderer takes what it can
//! get of a damaged one, and says nothing.

use flate2::{Decompress, FlushDecompress, Status};
use hayro_syntax::object::dict::keys;
use hayro_syntax::object::{Array, Name, Stream};

/// How many bytes that come out of a stream are looked at. More is no damage:
/// the limits of memory and time are for it.
const MOST_BYTES: u64 = 1 << 30;
/// Bytes that are unpacked at once.
const CHUNK: usize = 64 << 10;

/// The names of the filters that a stream went through, the last one first
/// (ISO 32000-2, 7.4), or their short forms in a picture within the content.
pub(super) fn filters(stream: &Stream<'_>) -> Vec<String> {
    let dict = stream.dict();
    let text = |name: Name<'_>| String::from_utf8_lossy(&name).into_owned();
    for key in [keys::F, keys::FILTER] {
        if let Some(name) = dict.get::<Name<'_>>(key) {
            return vec![text(name)];
        }
        if let Some(names) = dict.get::<Array<'_>>(key) {
            return names.iter::<Name<'_>>().map(text).collect();
        }
    }
    Vec::new()
}

/// What is wrong with a stream, as the end of a sentence: "it breaks off after
/// 312 bytes". `None` when nothing is.
pub(super) fn damage(stream: &Stream<'_>) -> Option<String> {
    let filters = filters(stream);
    // The renderer knows no others, and skips them.
    if filters.len() != stream.filters().len() {
        let names = filters.join(", ");
        return Some(format!("it is packed in a way unknown to us ({names})"));
    }
    let data = stream.raw_data();
    let length = stream.dict().get::<u32>(keys::LENGTH).unwrap_or(0);
    if data.is_empty() && length > 0 {
        return Some("nothing of it can be read".to_owned());
    }
    match filters.first().map(String::as_str) {
        Some("FlateDecode" | "Fl") => flate_damage(&data),
        _ => None,
    }
}

/// What is wrong with data in the zlib format (RFC 1950).
fn flate_damage(data: &[u8]) -> Option<String> {
    let whole = inflate(data, true);
    if whole.ended {
        return None;
    }
    // Without the head, and the checksum behind.
    let bare = if has_head(data) { &data[2..] } else { data };
    let bare = inflate(bare, false);
    let count = whole.count.max(bare.count);
    if bare.ended && whole.failed && has_head(data) {
        Some("its checksum is wrong".to_owned())
    } else if bare.ended {
        // The checksum is missing, or has never been there: nothing is lost.
        None
    } else if count == 0 {
        Some("it cannot be unpacked".to_owned())
    } else {
        Some(format!("it breaks off after {count} bytes"))
    }
}

/// The two bytes before the packed data: the method is deflate, and the sum of
/// both is right (RFC 1950, section 2.2).
fn has_head(data: &[u8]) -> bool {
    let [method, flags, ..] = *data else { return false };
    method & 0x0F == 8 && u16::from_be_bytes([method, flags]) % 31 == 0
}

/// How far the unpacking came.
struct Unpacked {
    /// Bytes that came out.
    count: u64,
    /// Whether the end was reached.
    ended: bool,
    /// Whether something was wrong, rather than missing.
    failed: bool,
}

fn inflate(data: &[u8], zlib: bool) -> Unpacked {
    let mut inflater = Decompress::new(zlib);
    let mut out = vec![0; CHUNK];
    loop {
        let (read, count) = (inflater.total_in(), inflater.total_out());
        let rest = &data[read as usize..];
        let step = inflater.decompress(rest, &mut out, FlushDecompress::None);
        let failed = step.is_err();
        let stuck =
            (read, count) == (inflater.total_in(), inflater.total_out());
        let count = inflater.total_out();
        let ended = matches!(step, Ok(Status::StreamEnd)) || count > MOST_BYTES;
        if ended || failed || stuck {
            return Unpacked { count, ended, failed };
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use flate2::Compression;
    use flate2::write::ZlibEncoder;
    use std::io::Write;

    /// A thousand different lines.
    fn packed() -> Vec<u8> {
        let mut encoder = ZlibEncoder::new(Vec::new(), Compression::default());
        for line in 0..1000 {
            writeln!(encoder, "{line} {}", line * line).expect("in memory");
        }
        encoder.finish().expect("in memory")
    }

    #[test]
    fn a_whole_stream_has_no_damage_and_needs_no_checksum() {
        let packed = packed();
        assert_eq!(flate_damage(&packed), None);
        let end = packed.len() - 4;
        assert_eq!(flate_damage(&packed[..end]), None, "no checksum");
        assert_eq!(flate_damage(&packed[2..end]), None, "bare");
        assert_eq!(flate_damage(&[&packed, b"\r\n".as_slice()].concat()), None);
    }

    #[test]
    fn what_is_damaged_is_told_with_how_much_can_be_read() {
        let packed = packed();
        let damage = |bytes: &[u8]| flate_damage(bytes).expect("damaged");
        let half = damage(&packed[..packed.len() / 2]);
        assert!(half.starts_with("it breaks off after "), "{half}");
        let mut bad_head = packed.clone();
        bad_head[..8].fill(0xFF);
        assert_eq!(damage(&bad_head), "it cannot be unpacked");
        let mut bad_sum = packed.clone();
        *bad_sum.last_mut().expect("four bytes") ^= 1;
        assert_eq!(damage(&bad_sum), "its checksum is wrong");
    }
}
