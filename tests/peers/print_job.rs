//! Print-Job, the same for both sides (RFC 8011, section 4.2.1).

use std::net::SocketAddr;

use crate::Result;
use crate::http::Connection;

/// Sends a document to the printer at this path of a server.
pub fn send(
    connection: &mut Connection,
    server: SocketAddr,
    path: &str,
    format: &str,
    document: &[u8],
) -> Result<()> {
    let fields = "Content-Type: application/ipp\r\n";
    let uri = format!("ipp://{server}{path}");
    let body = [&attributes(&uri, format)[..], document];
    let (status, reply) = connection.post(path, fields, &body)?;
    match (status, reply.get(2..4)) {
        (200, Some([0, 0])) => Ok(()), // successful-ok
        (status, ipp) => Err(format!("{uri}: {status}, {ipp:?}").into()),
    }
}

fn attributes(uri: &str, format: &str) -> Vec<u8> {
    // Version 2.0, operation Print-Job, request 1, operation attributes.
    let mut bytes = vec![2, 0, 0, 2, 0, 0, 0, 1, 1];
    for (tag, name, value) in [
        (0x47, "attributes-charset", "utf-8"),
        (0x48, "attributes-natural-language", "en"),
        (0x45, "printer-uri", uri),
        (0x42, "requesting-user-name", "peter"),
        (0x42, "job-name", "lease.pdf"),
        (0x49, "document-format", format),
    ] {
        bytes.push(tag);
        for text in [name, value] {
            let length = u16::try_from(text.len()).expect("short text");
            bytes.extend(length.to_be_bytes());
            bytes.extend(text.as_bytes());
        }
    }
    bytes.push(3); // end of attributes
    bytes
}
