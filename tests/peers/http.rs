//! One HTTP/1.1 client for both sides: a connection that stays open.

use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream};

/// A kept-alive connection.
pub struct Connection(BufReader<TcpStream>);

impl Connection {
    pub fn open(address: SocketAddr) -> io::Result<Connection> {
        let stream = TcpStream::connect(address)?;
        stream.set_nodelay(true)?;
        Ok(Connection(BufReader::new(stream)))
    }

    /// Posts `body`, given in parts, and returns the status and the reply.
    pub fn post(
        &mut self,
        path: &str,
        fields: &str,
        body: &[&[u8]],
    ) -> io::Result<(u16, Vec<u8>)> {
        let length: usize = body.iter().map(|part| part.len()).sum();
        let head = format!(
            "POST {path} HTTP/1.1\r\nHost: 127.0.0.1\r\n{fields}\
             Content-Length: {length}\r\n\r\n"
        );

        // A small request leaves in one piece.
        let stream = self.0.get_mut();
        if length < 1 << 20 {
            let parts = [&[head.as_bytes()], body].concat();
            stream.write_all(&parts.concat())?;
        } else {
            stream.write_all(head.as_bytes())?;
            for part in body {
                stream.write_all(part)?;
            }
        }
        self.reply()
    }

    fn reply(&mut self) -> io::Result<(u16, Vec<u8>)> {
        let status = self.line()?;
        let status = status.split(' ').nth(1).and_then(|s| s.parse().ok());
        let status = status.ok_or_else(|| wrong("no HTTP status"))?;
        let (mut length, mut chunked) = (0, false);
        loop {
            let field = self.line()?.to_ascii_lowercase();
            if field.is_empty() {
                break;
            } else if let Some(value) = field.strip_prefix("content-length:") {
                let value = value.trim().parse();
                length = value.map_err(|_| wrong("a bad length"))?;
            } else if field.starts_with("transfer-encoding: chunked") {
                chunked = true;
            }
        }
        let mut body = Vec::new();
        if chunked {
            loop {
                let size = self.line()?;
                let size = u64::from_str_radix(&size, 16)
                    .map_err(|_| wrong("a bad chunk"))?;
                (&mut self.0).take(size).read_to_end(&mut body)?;
                self.line()?;
                if size == 0 {
                    break;
                }
            }
        } else {
            (&mut self.0).take(length).read_to_end(&mut body)?;
        }
        Ok(if status == 100 { self.reply()? } else { (status, body) })
    }

    fn line(&mut self) -> io::Result<String> {
        let mut line = String::new();
        if self.0.read_line(&mut line)? == 0 {
            return Err(wrong("the server hung up"));
        }
        Ok(line.trim_end().to_owned())
    }
}

fn wrong(what: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, what)
}
