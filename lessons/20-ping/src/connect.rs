//! Connections as probes.

use std::{io, net::SocketAddr, time::Duration};

use tokio::net::TcpStream;
use tokio::sync::Semaphore;
use tokio::time::{self, Instant};

use crate::Trouble;
use crate::report::milliseconds;

/// So many connections may be under way at once; further ones wait for their
/// turn, so that more hosts than these that are dead take several time-outs.
/// Each is an open file, of which systems allow a program as few as 256.
static ROOM: Semaphore = Semaphore::const_new(200);

// ANCHOR: connect
/// Opens a connection and drops it: the round trip in milliseconds, or none
/// when nothing came in time. A refusal is an answer: somebody is there to
/// refuse.
pub(crate) async fn ask(
    to: SocketAddr,
    timeout: Duration,
) -> Result<Option<f64>, Trouble> {
    let _room = ROOM.acquire().await.expect("it is never closed");
    let start = Instant::now();
    let answer = time::timeout(timeout, TcpStream::connect(to)).await;
    let elapsed = milliseconds(start.elapsed());
    match answer {
        Ok(Ok(_)) => Ok(Some(elapsed)),
        Ok(Err(error)) if is_an_answer(&error) => Ok(Some(elapsed)),
        Ok(Err(error)) if error.kind() == io::ErrorKind::TimedOut => Ok(None),
        Ok(Err(error)) => {
            Err(Trouble::of(&format!("cannot connect to {to}"), &error))
        }
        Err(_) => Ok(None),
    }
}

fn is_an_answer(error: &io::Error) -> bool {
    use io::ErrorKind::{ConnectionRefused, ConnectionReset};
    matches!(error.kind(), ConnectionRefused | ConnectionReset)
}
// ANCHOR_END: connect
