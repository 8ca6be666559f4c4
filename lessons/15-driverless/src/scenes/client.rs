//! A client of IPP: it posts bytes over HTTP.

use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpStream};

// ANCHOR: post
/// Sends a request, and the document after it, and returns the answer.
pub fn post(
    printer: SocketAddr,
    request: &[u8],
    document: &[u8],
) -> io::Result<Vec<u8>> {
    let mut stream = TcpStream::connect(printer)?;
    write!(
        stream,
        "POST /ipp/print HTTP/1.1\r\nHost: {printer}\r\nConnection: close\r\n\
         Content-Type: application/ipp\r\nContent-Length: {}\r\n\r\n",
        request.len() + document.len()
    )?;
    stream.write_all(request)?;
    stream.write_all(document)?;
    // ANCHOR_END: post

    let mut reply = Vec::new();
    stream.read_to_end(&mut reply)?;
    let end = b"\r\n\r\n";
    let head = reply.windows(end.len()).position(|bytes| bytes == end);
    let head = head.ok_or(io::ErrorKind::InvalidData)?;
    if !reply.starts_with(b"HTTP/1.1 200 ") {
        let line = reply.split(|byte| *byte == b'\r').next();
        let line = String::from_utf8_lossy(line.unwrap_or_default());
        return Err(io::Error::other(line.into_owned()));
    }
    Ok(reply.split_off(head + end.len()))
}
