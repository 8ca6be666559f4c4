//! A sender of print jobs without our own `printer`: a socket, and PJL by hand.

use std::io::{self, BufRead, BufReader, Write};
use std::net::{SocketAddr, TcpStream};

/// A connection to the machine.
pub struct Sender(BufReader<TcpStream>);

impl Sender {
    pub fn connect(address: SocketAddr) -> io::Result<Sender> {
        let mut sender = Sender(BufReader::new(TcpStream::connect(address)?));
        sender.send("\x1b%-12345X")?;
        Ok(sender)
    }

    pub fn send(&mut self, pjl: &str) -> io::Result<()> {
        self.0.get_mut().write_all(pjl.as_bytes())
    }

    /// Sends a job: the data, and PJL around them.
    pub fn send_job(&mut self, name: &str, data: &[u8]) -> io::Result<()> {
        let before = format!(
            "\x1b%-12345X@PJL JOB NAME=\"{name}\"\r\n\
             @PJL ENTER LANGUAGE = PCLXL\r\n"
        );
        let after = "\x1b%-12345X@PJL EOJ\r\n\x1b%-12345X";
        let job = [before.as_bytes(), data, after.as_bytes()].concat();
        self.0.get_mut().write_all(&job)
    }

    /// Shows the machine's messages, up to one with `word` in it.
    pub fn show_until(&mut self, word: &str) -> io::Result<()> {
        loop {
            let mut message = Vec::new();
            if self.0.read_until(0x0C, &mut message)? == 0 {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
            let text = String::from_utf8_lossy(&message);
            let words: Vec<&str> = text.split_ascii_whitespace().collect();
            println!("  <- {}", words.join(" "));
            if text.contains(word) {
                return Ok(());
            }
        }
    }
}
