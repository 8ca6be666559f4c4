//! Several addresses of one name, of which some lead nowhere: each gets a head
//! start, and the first that takes a connection wins.

use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use tokio::net::TcpStream;
use tokio::task::JoinSet;
use tokio::time::{self, Instant};

use crate::{Error, ErrorKind};

/// The head start of one address before the next (RFC 8305, section 8,
/// "Connection Attempt Delay").
pub(crate) const HEAD_START: Duration = Duration::from_millis(250);

// ANCHOR: race
/// A connection to the first of the addresses that takes one. They are tried
/// in the order of the resolver, the families in turn, each 250 ms after the
/// one before or as soon as that one has failed (RFC 8305, sections 4 and 5).
/// An error says that it is about `what`.
pub(crate) async fn connect(
    what: &str,
    addresses: &[SocketAddr],
    end: Instant,
) -> Result<TcpStream, Error> {
    let mut left = in_turn(addresses).into_iter();
    let mut attempts = JoinSet::new();
    let mut last =
        Error::new(ErrorKind::Unresolved, format!("{what}: no address"));
    loop {
        let started = match left.next() {
            Some(address) => {
                attempts.spawn(attempt(what.to_owned(), address, end));
                true
            }
            None if attempts.is_empty() => return Err(last),
            None => false,
        };
        let next = if started { Instant::now() + HEAD_START } else { end };
        // Until the next address may start.
        while let Ok(Some(ended)) =
            time::timeout_at(next, attempts.join_next()).await
        {
            match ended.expect("an attempt does not panic") {
                Ok(stream) => return Ok(stream),
                Err(error) => last = error,
            }
            if left.len() > 0 || attempts.is_empty() {
                break;
            }
        }
    }
}
// ANCHOR_END: race

async fn attempt(
    what: String,
    address: SocketAddr,
    end: Instant,
) -> Result<TcpStream, Error> {
    match time::timeout_at(end, TcpStream::connect(address)).await {
        Ok(Ok(stream)) => Ok(stream),
        Ok(Err(error)) if error.kind() == io::ErrorKind::TimedOut => {
            Err(no_answer(&what))
        }
        Ok(Err(error)) => Err(Error::io(&what, &error)),
        Err(_) => Err(no_answer(&what)),
    }
}

fn no_answer(from: &str) -> Error {
    Error::new(ErrorKind::NoAnswer, format!("{from}: no answer in time"))
}

/// The addresses in the resolver's order, with the families in turn.
pub(crate) fn in_turn(addresses: &[SocketAddr]) -> Vec<SocketAddr> {
    let Some(first) = addresses.first() else { return Vec::new() };
    let like_first = |one: &&SocketAddr| one.is_ipv6() == first.is_ipv6();
    let (mut one, mut other) = (
        addresses.iter().filter(like_first),
        addresses.iter().filter(|one| !like_first(one)),
    );
    let mut mixed = Vec::new();
    while mixed.len() < addresses.len() {
        mixed.extend(one.next());
        mixed.extend(other.next());
    }
    mixed
}

/// The same addresses with a port.
pub(crate) fn with_port(
    addresses: &[SocketAddr],
    port: u16,
) -> Vec<SocketAddr> {
    let mut addresses = addresses.to_vec();
    for address in &mut addresses {
        address.set_port(port);
    }
    addresses
}

#[cfg(test)]
mod tests {
    use super::*;

    fn addresses(texts: &[&str]) -> Vec<SocketAddr> {
        texts.iter().map(|one| one.parse().expect("an address")).collect()
    }

    #[test]
    fn the_families_are_tried_in_turn() {
        let given = ["[::1]:1", "[::2]:1", "[::3]:1", "1.1.1.1:1", "2.2.2.2:1"];
        let wanted =
            ["[::1]:1", "1.1.1.1:1", "[::2]:1", "2.2.2.2:1", "[::3]:1"];
        assert_eq!(in_turn(&addresses(&given)), addresses(&wanted));
        assert!(in_turn(&[]).is_empty());
    }

    #[tokio::test]
    async fn an_address_that_leads_nowhere_holds_up_no_other() {
        use std::net::{TcpListener, TcpStream};
        let listener = |backlog: i32| {
            let kind = socket2::Type::STREAM;
            let socket =
                socket2::Socket::new(socket2::Domain::IPV4, kind, None);
            let socket = socket.expect("a socket");
            let any = SocketAddr::from(([127, 0, 0, 1], 0));
            socket.bind(&any.into()).expect("a free port");
            socket.listen(backlog).expect("it listens");
            TcpListener::from(socket)
        };
        // What comes to a full queue is dropped.
        let dead = listener(0);
        let there = dead.local_addr().expect("it has one");
        let soon = Duration::from_millis(200);
        let mut queue = Vec::new();
        while let Ok(one) = TcpStream::connect_timeout(&there, soon) {
            queue.push(one);
        }
        let listening = listener(8);
        let alive = listening.local_addr().expect("it has one");
        let patience = Duration::from_secs(120);
        let begun = Instant::now();
        let end = begun + patience;
        let winner =
            connect("two", &[there, alive], end).await.expect("connected");
        assert_eq!(winner.peer_addr().expect("connected"), alive);
        assert!(begun.elapsed() < patience / 2, "{:?}", begun.elapsed());

        let end = Instant::now() + soon;
        let nobody = connect("one", &[there], end).await.expect_err("nobody");
        assert_eq!(nobody.kind, ErrorKind::NoAnswer);
        let end = Instant::now() + patience;
        assert!(connect("none", &[], end).await.is_err());
    }
}
