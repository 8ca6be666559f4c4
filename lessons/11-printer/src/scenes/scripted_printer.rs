//! The lesson's own printer: takes one connection and plays a script.

use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::thread::{self, JoinHandle};

/// The thread that plays the script, and in the end returns the transcript.
pub type Player = JoinHandle<io::Result<Vec<String>>>;

/// The printer's end of the connection, and all that passed over it.
pub struct Peer {
    stream: BufReader<TcpStream>,
    transcript: Vec<String>,
}

/// Starts a printer on a free port. It plays `script` to the first client.
pub fn start(
    script: impl FnOnce(&mut Peer) -> io::Result<()> + Send + 'static,
) -> io::Result<(SocketAddr, Player)> {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let address = listener.local_addr()?;
    let player = thread::spawn(move || {
        let (stream, _) = listener.accept()?;
        let stream = BufReader::new(stream);
        let mut peer = Peer { stream, transcript: Vec::new() };
        script(&mut peer)?;
        Ok(peer.transcript)
    });
    Ok((address, player))
}

impl Peer {
    /// Receives bytes up to the next line feed: a line of PJL, or data with a
    /// line of PJL behind them.
    pub fn receive_line(&mut self) -> io::Result<String> {
        let mut bytes = Vec::new();
        self.stream.read_until(b'\n', &mut bytes)?;
        self.record("->", &bytes);
        Ok(String::from_utf8_lossy(&bytes).into_owned())
    }

    /// Receives `n` lines that the script does not look at.
    pub fn skip_lines(&mut self, n: usize) -> io::Result<()> {
        for _ in 0..n {
            self.receive_line()?;
        }
        Ok(())
    }

    /// Receives the nine bytes of a UEL, after which no line feed comes.
    pub fn receive_uel(&mut self) -> io::Result<()> {
        let mut bytes = [0; 9];
        self.stream.read_exact(&mut bytes)?;
        self.record("->", &bytes);
        Ok(())
    }

    /// Sends one message, with the form feed that ends it.
    pub fn send(&mut self, lines: &[&str]) -> io::Result<()> {
        let text = format!("@PJL {}\r\n\x0c", lines.join("\r\n"));
        self.record("<-", text.as_bytes());
        self.stream.get_mut().write_all(text.as_bytes())
    }

    /// Answers the question with which each job's sender begins.
    pub fn answer_status_query(&mut self) -> io::Result<()> {
        self.skip_lines(4)?;
        let echo = self.receive_line()?;
        let online = "ONLINE=TRUE";
        self.send(&[
            "INFO STATUS",
            "CODE=10001",
            "DISPLAY=\"BEREIT\"",
            online,
        ])?;
        self.send(&[echo.trim().trim_start_matches("@PJL ")])
    }

    fn record(&mut self, arrow: &str, bytes: &[u8]) {
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
        self.transcript.push(format!("  {arrow} {shown}"));
    }
}
