//! A client of the talk's protocol, byte for byte.

use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpStream};

// ANCHOR: form
/// Sends a form with one file (RFC 7578): a boundary line before each part
/// and after the last, a part's own headers, an empty line, its bytes.
pub fn send_form(relay: SocketAddr, document: &[u8]) -> io::Result<String> {
    let mut body = b"--ecto-1\r\n\
        Content-Disposition: form-data; name=\"file\"; \
        filename=\"report.pdf\"\r\n\
        Content-Type: application/pdf\r\n\r\n"
        .to_vec();
    body.extend_from_slice(document);
    body.extend_from_slice(b"\r\n--ecto-1--\r\n");
    // ANCHOR_END: form

    let mut stream = TcpStream::connect(relay)?;
    write!(
        stream,
        "POST /upload HTTP/1.1\r\nHost: {relay}\r\nConnection: close\r\n\
         Content-Type: multipart/form-data; boundary=ecto-1\r\n\
         Content-Length: {}\r\n\r\n",
        body.len()
    )?;
    stream.write_all(&body)?;

    let mut reply = String::new();
    stream.read_to_string(&mut reply)?;
    let status = reply.lines().next().unwrap_or_default();
    let json = reply.lines().last().unwrap_or_default();
    Ok(format!("{status} {json}"))
}
