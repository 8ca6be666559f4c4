//! The route by which workers on other machines fetch documents.

use std::io::{self, SeekFrom};
use std::ops::Range;
use std::path::{self, PathBuf};
use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use tokio::fs::File;
use tokio::io::{AsyncReadExt, AsyncSeekExt};
use tokio_util::io::ReaderStream;

use crate::is_document_name;

/// How many bytes of a document are read at once.
const PIECE: usize = 64 * 1024;

/// The route `GET /api/documents/{sha256}`: the bytes of a document in `folder`,
/// where each has the SHA-256 of its content, in hexadecimal, as its name.
///
/// A part of it is sent when one is asked for (`Range`, RFC 9110, section 14),
/// so that a transfer that was cut can go on. The route asks nobody for a key:
/// put it behind a role.
pub fn document_route(folder: PathBuf) -> Router {
    Router::new()
        .route("/api/documents/{sha256}", get(document))
        .with_state(Arc::new(folder))
}

async fn document(
    State(folder): State<Arc<PathBuf>>,
    Path(name): Path<String>,
    headers: HeaderMap,
) -> Response {
    match answer(&folder, &name, &headers).await {
        Ok(response) => response,
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            let words = "there is no such document in this spool";
            (StatusCode::NOT_FOUND, words).into_response()
        }
        Err(error) => {
            let words = format!("the document cannot be read: {error}");
            (StatusCode::INTERNAL_SERVER_ERROR, words).into_response()
        }
    }
}

// ANCHOR: document
/// Answers with the document, or with the part of it that is asked for.
async fn answer(
    folder: &path::Path,
    name: &str,
    headers: &HeaderMap,
) -> io::Result<Response> {
    let tag = format!("\"{name}\"");
    let (mut file, bytes) = open(folder, name).await?;
    let (status, part) = match wanted(headers, &tag, bytes) {
        Wanted::Whole => (StatusCode::OK, 0..bytes),
        Wanted::Part(part) => (StatusCode::PARTIAL_CONTENT, part),
        Wanted::Beyond => {
            let size = [(header::CONTENT_RANGE, format!("bytes */{bytes}"))];
            return Ok(
                (StatusCode::RANGE_NOT_SATISFIABLE, size).into_response()
            );
        }
    };
    file.seek(SeekFrom::Start(part.start)).await?;
    let length = part.end - part.start;
    let pieces = ReaderStream::with_capacity(file.take(length), PIECE);
    let mut response = Response::builder()
        .status(status)
        .header(header::ACCEPT_RANGES, "bytes")
        .header(header::CACHE_CONTROL, "no-store")
        .header(header::CONTENT_LENGTH, length)
        .header(header::CONTENT_TYPE, "application/octet-stream")
        // The content is its own name: another would be another document.
        .header(header::ETAG, tag);
    if status == StatusCode::PARTIAL_CONTENT {
        let range = format!("bytes {}-{}/{bytes}", part.start, part.end - 1);
        response = response.header(header::CONTENT_RANGE, range);
    }
    response.body(Body::from_stream(pieces)).map_err(io::Error::other)
}
// ANCHOR_END: document

/// Opens a document; its name comes from a request.
async fn open(folder: &path::Path, name: &str) -> io::Result<(File, u64)> {
    if !is_document_name(name) {
        return Err(io::ErrorKind::NotFound.into());
    }
    let file = File::open(folder.join(name)).await?;
    let bytes = file.metadata().await?.len();
    Ok((file, bytes))
}

/// What a request wants of a document.
#[derive(Debug, PartialEq)]
enum Wanted {
    Whole,
    Part(Range<u64>),
    /// A part behind the end of the document.
    Beyond,
}

/// What a request wants of a document with this tag and this number of bytes.
/// A part of a document with another tag is not wanted (RFC 9110, section
/// 13.1.5).
fn wanted(headers: &HeaderMap, tag: &str, bytes: u64) -> Wanted {
    let text = |name| headers.get(name).and_then(|value| value.to_str().ok());
    let Some(range) = text(header::RANGE) else { return Wanted::Whole };
    if text(header::IF_RANGE).is_some_and(|known| known != tag) {
        return Wanted::Whole;
    }
    // What makes no sense may be ignored (section 14.2), and so may a wish for
    // several parts: no worker has one.
    wanted_part(range, bytes).unwrap_or(Wanted::Whole)
}

/// Reads a `Range` of one part: `bytes=3-5`, `bytes=3-` for all from there on,
/// or `bytes=-4` for the last ones (RFC 9110, section 14.1.2).
fn wanted_part(range: &str, bytes: u64) -> Option<Wanted> {
    let (unit, part) = range.split_once('=')?;
    if !unit.eq_ignore_ascii_case("bytes") {
        return None;
    }
    let (first, last) = match part.split_once('-')? {
        ("", last) => (bytes.saturating_sub(number(last)?), u64::MAX),
        (first, "") => (number(first)?, u64::MAX),
        (first, last) => (number(first)?, number(last)?),
    };
    if last < first {
        return None;
    }
    Some(match first < bytes {
        true => Wanted::Part(first..last.saturating_add(1).min(bytes)),
        false => Wanted::Beyond,
    })
}

/// A number of any length; the longest are all as large as can be.
fn number(digits: &str) -> Option<u64> {
    let is_number =
        !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
    is_number.then(|| digits.parse().unwrap_or(u64::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    const TAG: &str = "\"abc\"";

    fn wish(range: &str, bytes: u64) -> Wanted {
        let mut headers = HeaderMap::new();
        headers.insert(header::RANGE, range.parse().expect("a value"));
        wanted(&headers, TAG, bytes)
    }

    #[test]
    fn a_part_is_what_lies_in_the_document() {
        for (range, part) in [
            ("bytes=0-0", 0..1),
            ("bytes=3-", 3..10),
            ("bytes=3-5", 3..6),
            ("Bytes=3-99", 3..10),
            ("bytes=3-99999999999999999999", 3..10),
            ("bytes=-4", 6..10),
            ("bytes=-99", 0..10),
        ] {
            assert_eq!(wish(range, 10), Wanted::Part(part), "{range}");
        }
    }

    #[test]
    fn a_part_behind_the_end_is_told_apart() {
        for (range, bytes) in [
            ("bytes=10-", 10),
            ("bytes=99-100", 10),
            ("bytes=-0", 10),
            ("bytes=0-", 0),
            ("bytes=-1", 0),
            ("bytes=99999999999999999999-", 10),
        ] {
            assert_eq!(wish(range, bytes), Wanted::Beyond, "{range}");
        }
    }

    #[test]
    fn what_makes_no_sense_is_answered_with_the_whole_document() {
        for range in [
            "",
            "bytes",
            "bytes=",
            "bytes=-",
            "bytes=a-b",
            "bytes=+1-2",
            "bytes=5-3",
            "bytes=1-2-3",
            "bytes=0-1,4-5",
            "pages=1-2",
        ] {
            assert_eq!(wish(range, 10), Wanted::Whole, "{range}");
        }
    }

    #[test]
    fn a_part_of_another_document_is_not_sent() {
        let mut headers = HeaderMap::new();
        headers.insert(header::RANGE, "bytes=3-".parse().expect("a value"));
        for (known, wish) in
            [(TAG, Wanted::Part(3..10)), ("\"other\"", Wanted::Whole)]
        {
            let known = known.parse().expect("a value");
            headers.insert(header::IF_RANGE, known);
            assert_eq!(wanted(&headers, TAG, 10), wish);
        }
    }
}
