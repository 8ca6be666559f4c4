//! The lesson's own printer: takes one connection and plays a part.

use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::thread::{self, JoinHandle};

/// The printer's end of the line, and a record of what passed over it.
pub struct Line {
    stream: BufReader<TcpStream>,
    pub record: Vec<String>,
}

/// Starts a printer on a free port that plays `part` to who connects.
pub fn printer(
    part: impl FnOnce(&mut Line) -> io::Result<()> + Send + 'static,
) -> io::Result<(SocketAddr, JoinHandle<io::Result<Vec<String>>>)> {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let address = listener.local_addr()?;
    let thread = thread::spawn(move || {
        let (stream, _) = listener.accept()?;
        let record = Vec::new();
        let mut line = Line { stream: BufReader::new(stream), record };
        part(&mut line)?;
        Ok(line.record)
    });
    Ok((address, thread))
}

impl Line {
    /// Hears a line of PJL, or of what comes before the next line feed.
    pub fn hear(&mut self) -> io::Result<String> {
        let mut bytes = Vec::new();
        self.stream.read_until(b'\n', &mut bytes)?;
        self.note("->", &bytes);
        Ok(String::from_utf8_lossy(&bytes).into_owned())
    }

    /// Hears the nine bytes of a UEL, after which no line feed comes.
    pub fn hear_uel(&mut self) -> io::Result<()> {
        let mut bytes = [0; 9];
        self.stream.read_exact(&mut bytes)?;
        self.note("->", &bytes);
        Ok(())
    }

    /// Says something, and ends it with a form feed.
    pub fn say(&mut self, lines: &[&str]) -> io::Result<()> {
        let text = format!("@PJL {}\r\n\x0c", lines.join("\r\n"));
        self.note("<-", text.as_bytes());
        self.stream.get_mut().write_all(text.as_bytes())
    }

    /// Answers the question that a sender begins with.
    pub fn greet(&mut self, lines: usize) -> io::Result<()> {
        (0..lines).try_for_each(|_| self.hear().map(drop))?;
        let echo = self.hear()?;
        let ready = ["CODE=10001", "DISPLAY=\"BEREIT\"", "ONLINE=TRUE"];
        self.say(&[&["INFO STATUS"], &ready[..]].concat())?;
        self.say(&[echo.trim().trim_start_matches("@PJL ")])
    }

    fn note(&mut self, arrow: &str, bytes: &[u8]) {
        let mut shown = String::new();
        for &byte in bytes {
            match byte {
                0x1B => shown.push_str("<ESC>"),
                b'\r' => shown.push_str("<CR>"),
                b'\n' => shown.push_str("<LF>"),
                0x0C => shown.push_str("<FF>"),
                b' '..=b'~' => shown.push(char::from(byte)),
                other => shown.push_str(&format!("<{other:02X}>")),
            }
        }
        self.record.push(format!("  {arrow} {shown}"));
    }
}
