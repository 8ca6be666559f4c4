//! The open connections, and the messages that each subscribes to.

use std::collections::BTreeMap;
use std::net::{Shutdown, TcpStream};
use std::sync::mpsc::SyncSender;

/// An open connection, and its subscriptions (PJL's `USTATUS`).
pub(crate) struct Subscriber {
    pub replies: SyncSender<Vec<u8>>,
    pub stream: TcpStream,
    pub device: bool,
    pub job: bool,
    pub page: bool,
}

/// All open connections, by their number.
#[derive(Default)]
pub(crate) struct Subscribers(pub BTreeMap<u64, Subscriber>);

impl Subscribers {
    /// Sends `message` to those for whom `wants` is true. It never waits: a
    /// client that does not read its messages misses this one.
    pub fn publish(&self, message: &str, wants: impl Fn(&Subscriber) -> bool) {
        for subscriber in self.0.values() {
            if wants(subscriber) {
                let message = message.as_bytes().to_vec();
                let _ = subscriber.replies.try_send(message);
            }
        }
    }

    /// Closes every connection.
    pub fn hang_up(&self) {
        for subscriber in self.0.values() {
            // An error means that it is closed already.
            let _ = subscriber.stream.shutdown(Shutdown::Both);
        }
    }
}
