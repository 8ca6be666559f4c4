//! The method of pyspeedtest, which the talk used: three pictures down, two
//! forms up, each of them over two connections at once, and a stop-watch
//! around it all.

use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::thread;
use std::time::{Duration, Instant};

/// The sides of square pictures, in points: 10.4 MB, each of them twice.
const PICTURES: [u32; 3] = [350, 500, 1500];
/// The lengths of forms, in bytes: 1.25 MB, each of them twice.
const FORMS: [usize; 2] = [132_884, 493_638];

/// What its stop-watch saw.
pub struct Timed {
    pub bytes: u64,
    pub seconds: f64,
    /// How long of that no byte of an answer was coming, in seconds.
    pub idle: f64,
}

impl Timed {
    // ANCHOR: mega
    /// What pyspeedtest prints as Mbps: bits per second, divided by
    /// 1024 × 1024, which is no megabit.
    pub fn claim(&self) -> f64 {
        self.bytes as f64 * 8.0 / self.seconds / 1024.0 / 1024.0
    }
    // ANCHOR_END: mega

    /// What makes the claim smaller than the truth, in per cent of the truth.
    pub fn causes(&self, truth: f64) -> [(&'static str, f64); 3] {
        let bits = self.bytes as f64 * 8.0;
        let while_busy = bits / (self.seconds - self.idle);
        let whole = bits / self.seconds;
        let percent = |less: f64| less / truth * 100.0;
        [
            ("slow start", percent(while_busy - truth)),
            ("an idle line", percent(whole - while_busy)),
            ("another megabit", percent(self.claim() * 1e6 - whole)),
        ]
    }
}

/// Fetches the pictures.
pub fn download(server: SocketAddr) -> io::Result<Timed> {
    let mut requests = Vec::new();
    for points in PICTURES {
        let path = format!("/speedtest/random{points}x{points}.jpg");
        let head = format!("GET {path} HTTP/1.1\r\nHost: {server}\r\n\r\n");
        requests.push(head.into_bytes());
    }
    timed(server, &requests)
}

/// Sends the forms.
pub fn upload(server: SocketAddr) -> io::Result<Timed> {
    let mut requests = Vec::new();
    let mut bytes = 0;
    for length in FORMS {
        let head = format!(
            "POST /speedtest/upload.php HTTP/1.1\r\nHost: {server}\r\n\
             Content-Type: application/x-www-form-urlencoded\r\n\
             Content-Length: {length}\r\n\r\ncontent0="
        );
        let mut form = head.into_bytes();
        form.resize(form.len() + length - "content0=".len(), b'g');
        requests.push(form);
        bytes += 2 * length as u64;
    }
    Ok(Timed { bytes, ..timed(server, &requests)? })
}

// ANCHOR: timed
/// Sends each request over both connections and waits for both answers, then
/// the next.
fn timed(server: SocketAddr, requests: &[Vec<u8>]) -> io::Result<Timed> {
    let mut one = connect(server)?;
    let mut other = connect(server)?;
    let begun = Instant::now();
    let (mut bytes, mut idle) = (0, Duration::ZERO);
    for request in requests {
        let (one, other) = thread::scope(|scope| {
            let one = scope.spawn(|| ask(&mut one, request));
            let other = ask(&mut other, request);
            (one.join().expect("no panic in `ask`"), other)
        });
        let (one, other) = (one?, other?);
        bytes += one.bytes + other.bytes;
        idle += one.waited.min(other.waited);
    }
    let seconds = begun.elapsed().as_secs_f64();
    Ok(Timed { bytes, seconds, idle: idle.as_secs_f64() })
}
// ANCHOR_END: timed

/// One answer: the length of its body, and how long its first byte took.
struct Answer {
    bytes: u64,
    waited: Duration,
}

fn connect(server: SocketAddr) -> io::Result<BufReader<TcpStream>> {
    TcpStream::connect(server).map(BufReader::new)
}

/// Sends a request and reads the answer.
fn ask(
    connection: &mut BufReader<TcpStream>,
    request: &[u8],
) -> io::Result<Answer> {
    let begun = Instant::now();
    connection.get_mut().write_all(request)?;
    connection.fill_buf()?;
    let waited = begun.elapsed();

    let mut length = 0;
    let mut line = String::new();
    while connection.read_line(&mut line)? > 2 {
        let (name, value) = line.split_once(':').unwrap_or_default();
        if name.eq_ignore_ascii_case("content-length") {
            length = value.trim().parse().map_err(io::Error::other)?;
        }
        line.clear();
    }
    let bytes = io::copy(&mut connection.take(length), &mut io::sink())?;
    Ok(Answer { bytes, waited })
}
