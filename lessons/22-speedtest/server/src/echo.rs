//! Sends datagrams back, so that a client can count what is lost.

use std::io;
use std::net::{SocketAddr, UdpSocket};
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};

const MARK: &[u8; 4] = b"TSWR";
const ASK: u8 = 0;
const ANSWER: u8 = 1;
/// Mark, kind, zeros and number.
const SHORTEST: usize = 16;

/// Echoes until `stopping`. An answer is never longer than its question, so
/// nobody can use us to flood others; and only questions are answered, so
/// two echoes never talk to each other for ever.
pub(crate) fn run(socket: &UdpSocket, stopping: &AtomicBool) {
    // No datagram is longer, so none comes back shorter than it was sent.
    let mut datagram = vec![0; 64 << 10];
    while !stopping.load(Relaxed) {
        // Errors are of earlier answers, which somebody did not want.
        let Ok((length, from)) = socket.recv_from(&mut datagram) else {
            continue;
        };
        let question = &mut datagram[..length];
        if is_question(question) {
            question[4] = ANSWER;
            let _ = socket.send_to(question, from);
        }
    }
}

fn is_question(datagram: &[u8]) -> bool {
    datagram.len() >= SHORTEST
        && datagram.starts_with(MARK)
        && datagram[4..8] == [ASK, 0, 0, 0]
}

/// Makes the echo look whether it is to stop.
pub(crate) fn wake(echo: SocketAddr) -> io::Result<()> {
    let from = match echo {
        SocketAddr::V4(_) => SocketAddr::from(([0; 4], 0)),
        SocketAddr::V6(_) => SocketAddr::from(([0_u16; 8], 0)),
    };
    UdpSocket::bind(from)?.send_to(&[], echo).map(drop)
}
