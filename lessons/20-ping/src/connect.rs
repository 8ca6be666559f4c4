//! A TCP connection as a probe.

use std::{io, net::SocketAddr, time::Duration};

use tokio::net::TcpStream;
use tokio::sync::Semaphore;
use tokio::time::{self, Instant};

use crate::Error;
use crate::report::milliseconds;

/// At most 200 connections are under way at once: each is an open file, of
/// which some systems allow a program only 256. Further ones wait for a permit,
/// so more than 200 dead hosts take several time-outs.
static PERMITS: Semaphore = Semaphore::const_new(200);

// ANCHOR: connect
/// Opens a connection and drops it: the round trip in milliseconds, or `None`
/// when nothing came in time. A refusal is an answer: a machine is there to
/// refuse.
pub(crate) async fn probe(
    to: SocketAddr,
    timeout: Duration,
) -> Result<Option<f64>, Error> {
    let _permit = PERMITS.acquire().await.expect("it is never closed");
    let start = Instant::now();
    let answer = time::timeout(timeout, TcpStream::connect(to)).await;
    let elapsed = milliseconds(start.elapsed());
    match answer {
        Ok(Ok(_)) => Ok(Some(elapsed)),
        Ok(Err(error)) if is_an_answer(&error) => Ok(Some(elapsed)),
        Ok(Err(error)) if error.kind() == io::ErrorKind::TimedOut => Ok(None),
        Ok(Err(error)) => {
            Err(Error::io(&format!("cannot connect to {to}"), &error))
        }
        Err(_) => Ok(None),
    }
}

fn is_an_answer(error: &io::Error) -> bool {
    use io::ErrorKind::{ConnectionRefused, ConnectionReset};
    matches!(error.kind(), ConnectionRefused | ConnectionReset)
}
// ANCHOR_END: connect
