//! The method of pyspeedtest, which the talk used: three pictures down, two
//! forms up, each of them over two connections at once, and a stop-watch
//! around it all.

use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::thread;
use std::time::Instant;

/// The sides of square pictures, in points: 10.4 MB, each of them twice.
const PICTURES: [u32; 3] = [350, 500, 1500];
/// The lengths of forms, in bytes: 1.25 MB, each of them twice.
const FORMS: [usize; 2] = [132_884, 493_638];

/// Download and upload, in what pyspeedtest calls Mbps.
pub fn megabits(server: SocketAddr) -> io::Result<[f64; 2]> {
    let pictures = PICTURES.map(|points| {
        let path = format!("/speedtest/random{points}x{points}.jpg");
        format!("GET {path} HTTP/1.1\r\nHost: {server}\r\n\r\n").into_bytes()
    });
    let forms = FORMS.map(|bytes| {
        let mut form = format!(
            "POST /speedtest/upload.php HTTP/1.1\r\nHost: {server}\r\n\
             Content-Type: application/x-www-form-urlencoded\r\n\
             Content-Length: {bytes}\r\n\r\ncontent0="
        )
        .into_bytes();
        form.resize(form.len() + bytes - "content0=".len(), b'g');
        form
    });
    let sent = 2 * FORMS.iter().sum::<usize>() as u64;
    let (received, down) = timed(server, &pictures)?;
    let (_, up) = timed(server, &forms)?;
    Ok([mega(received, down), mega(sent, up)])
}

// ANCHOR: mega
/// Bits per second, divided by 1024 × 1024, which is no megabit.
fn mega(bytes: u64, seconds: f64) -> f64 {
    bytes as f64 * 8.0 / seconds / 1024.0 / 1024.0
}
// ANCHOR_END: mega

// ANCHOR: timed
/// Sends each request over both connections and waits for both answers, then
/// the next. Returns the bytes of all answers, and the seconds from the first
/// request to the last answer.
fn timed(server: SocketAddr, requests: &[Vec<u8>]) -> io::Result<(u64, f64)> {
    let mut connections = [connect(server)?, connect(server)?];
    let begun = Instant::now();
    let mut bytes = 0;
    for request in requests {
        bytes += thread::scope(|scope| {
            let both: Vec<_> = connections
                .iter_mut()
                .map(|connection| scope.spawn(|| ask(connection, request)))
                .collect();
            both.into_iter()
                .map(|answer| answer.join().expect("no panic in `ask`"))
                .sum::<io::Result<u64>>()
        })?;
    }
    Ok((bytes, begun.elapsed().as_secs_f64()))
}
// ANCHOR_END: timed

fn connect(server: SocketAddr) -> io::Result<BufReader<TcpStream>> {
    TcpStream::connect(server).map(BufReader::new)
}

/// Sends a request and reads the answer. Returns its body's bytes.
fn ask(
    connection: &mut BufReader<TcpStream>,
    request: &[u8],
) -> io::Result<u64> {
    connection.get_mut().write_all(request)?;
    let mut length = 0;
    let mut line = String::new();
    while connection.read_line(&mut line)? > 2 {
        let (name, value) = line.split_once(':').unwrap_or_default();
        if name.eq_ignore_ascii_case("content-length") {
            length = value.trim().parse().map_err(io::Error::other)?;
        }
        line.clear();
    }
    io::copy(&mut connection.take(length), &mut io::sink())
}
