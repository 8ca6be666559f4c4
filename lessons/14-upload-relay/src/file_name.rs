//! The name of a file, as the head of its part gives it.

use axum::http::{HeaderMap, header};
use percent_encoding::percent_decode_str;

/// The file name in a `Content-Disposition` (RFC 7578, section 4.2). Where
/// there is an extended one, `filename*`, that one counts (RFC 6266, section
/// 4.3). A name that is not UTF-8 is taken for Latin-1, as old clients send it.
pub(crate) fn file_name(head: &HeaderMap) -> Option<String> {
    let value = head.get(header::CONTENT_DISPOSITION)?.as_bytes();
    let extended = parameter(value, b"filename*").and_then(extended);
    extended
        .or_else(|| Some(decoded(&unquoted(parameter(value, b"filename")?))))
}

/// The value of a parameter in a header such as `form-data; name="file"`.
fn parameter<'a>(header: &'a [u8], wanted: &[u8]) -> Option<&'a [u8]> {
    let (mut quoted, mut escaped) = (false, false);
    let mut parameters = header.split(|byte| {
        if *byte == b'"' && !escaped {
            quoted = !quoted;
        }
        escaped = *byte == b'\\' && !escaped;
        // One in quotes is a part of a value.
        *byte == b';' && !quoted
    });
    parameters.find_map(|parameter| {
        let equals = parameter.iter().position(|byte| *byte == b'=')?;
        let (name, value) = parameter.split_at(equals);
        let is_wanted = name.trim_ascii().eq_ignore_ascii_case(wanted);
        is_wanted.then(|| value[1..].trim_ascii())
    })
}

fn unquoted(value: &[u8]) -> Vec<u8> {
    let inner = value.strip_prefix(b"\"").unwrap_or(value);
    let inner = inner.strip_suffix(b"\"").unwrap_or(inner);
    let mut bytes = Vec::with_capacity(inner.len());
    for (at, byte) in inner.iter().enumerate() {
        // Windows programs send backslashes that escape nothing.
        if *byte != b'\\' || inner.get(at + 1) != Some(&b'"') {
            bytes.push(*byte);
        }
    }
    bytes
}

fn decoded(bytes: &[u8]) -> String {
    match str::from_utf8(bytes) {
        Ok(text) => text.to_owned(),
        Err(_) => latin_1(bytes),
    }
}

/// An extended value such as `UTF-8''M%C3%A4rz.pdf` (RFC 8187, section 3.2).
/// `None` for one in an encoding that nobody has to know.
fn extended(value: &[u8]) -> Option<String> {
    let mut parts = str::from_utf8(value).ok()?.splitn(3, '\'');
    let (charset, _language) = (parts.next()?, parts.next()?);
    let bytes: Vec<u8> = percent_decode_str(parts.next()?).collect();
    match charset.to_ascii_lowercase().as_str() {
        "utf-8" => String::from_utf8(bytes).ok(),
        "iso-8859-1" => Some(latin_1(&bytes)),
        _ => None,
    }
}

/// Latin-1 is the beginning of Unicode.
fn latin_1(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| char::from(*byte)).collect()
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    fn name(value: &[u8]) -> Option<String> {
        let value = HeaderValue::from_bytes(value).expect("a header");
        file_name(&HeaderMap::from_iter([(header::CONTENT_DISPOSITION, value)]))
    }

    #[test]
    fn a_name_is_found_in_every_way_in_which_clients_send_it() {
        for (value, expected) in [
            (&b"form-data; name=\"file\"; filename=\"a.pdf\""[..], "a.pdf"),
            (b"form-data; name=file; filename=a.pdf", "a.pdf"),
            (b"form-data; FileName = \"a; b.pdf\"; name=\"file\"", "a; b.pdf"),
            (b"form-data; filename=\"a \\\"b\\\".pdf\"", "a \"b\".pdf"),
            (b"form-data; filename=\"C:\\temp\\a.pdf\"", "C:\\temp\\a.pdf"),
            (b"form-data; filename*=UTF-8''M%C3%A4rz.pdf", "M\u{e4}rz.pdf"),
            (
                b"form-data; filename=\"x.pdf\"; filename*=utf-8'de'%E2%82%AC",
                "\u{20ac}",
            ),
            (b"form-data; filename*=iso-8859-1''%A3.pdf", "\u{a3}.pdf"),
            (b"form-data; filename*=koi8-r''%A3; filename=a.pdf", "a.pdf"),
            (b"form-data; filename=\"M\xe4rz.pdf\"", "M\u{e4}rz.pdf"),
            (b"form-data; filename=\"M\xc3\xa4rz.pdf\"", "M\u{e4}rz.pdf"),
            (b"form-data; filename=\"\"", ""),
        ] {
            assert_eq!(name(value).as_deref(), Some(expected));
        }
        for value in [
            &b"form-data; name=\"filename=x\""[..],
            b"form-data",
            b"form-data; filename*=UTF-8''%FF",
        ] {
            assert_eq!(name(value), None);
        }
    }
}
