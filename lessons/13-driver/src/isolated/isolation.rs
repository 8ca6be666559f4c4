//! The isolation of a child: what it was seen to be shut off from.

use std::fmt;
use std::fs::File;
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream, UdpSocket};
use std::path::Path;

use serde::{Deserialize, Serialize};

use super::protocol::{Answer, Request, Task, unreadable};
use super::{Limits, Stop, parent};
use crate::{Error, Settings};

/// What a child is shut off from on this machine. Its text is a sentence for
/// a log.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Isolation {
    /// It can open no file but its document and the fonts.
    pub files: bool,
    /// It can make no TCP connection.
    pub tcp: bool,
    /// It can send nothing by UDP.
    pub udp: bool,
}

/// Finds out what a child is shut off from: starts one that tries to read
/// `file`, which this process can read, and to reach a port of this machine.
///
/// # Errors
/// [`Error::Start`] when this process itself cannot read the file or open a
/// port; otherwise see [`Error`].
pub fn isolation(file: &Path) -> Result<Isolation, Error> {
    File::open(file).map_err(Error::Start)?;
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0));
    let listener = listener.map_err(Error::Start)?;
    let task = Task::TryOut(listener.local_addr().map_err(Error::Start)?);
    let (settings, limits) = (Settings::default(), Limits::default());
    let request = Request::new(task, file, &settings, limits);
    match parent::run(&request, &Stop::default(), &mut |_| Ok(())) {
        Ok(Answer::TriedOut(isolation)) => Ok(isolation),
        Ok(_) => Err(unreadable()),
        Err(ended) => Err(ended.into_error(limits)),
    }
}

/// The child's part: tries what it should not be able to do.
pub(super) fn try_out(file: &Path, port: SocketAddr) -> Isolation {
    let send = || {
        let socket = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0))?;
        socket.send_to(b"?", port)
    };
    Isolation {
        files: File::open(file).is_err(),
        tcp: TcpStream::connect(port).is_err(),
        udp: send().is_err(),
    }
}

impl fmt::Display for Isolation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (mut shut, mut open) = (Vec::new(), Vec::new());
        for (is_shut, what) in
            [(self.files, "files"), (self.tcp, "TCP"), (self.udp, "UDP")]
        {
            if is_shut { shut.push(what) } else { open.push(what) }
        }
        let (shut, open) = (shut.join(" and "), open.join(" and "));
        f.write_str("the renderer of documents is ")?;
        if shut.is_empty() {
            write!(f, "not shut off from {open}: this system has no Landlock")
        } else if open.is_empty() {
            write!(f, "shut off from {shut}")
        } else {
            write!(f, "shut off from {shut}, but not from {open}")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sentence_says_what_is_shut_off_and_what_is_not() {
        let said = |files, tcp, udp| Isolation { files, tcp, udp }.to_string();
        let renderer = "the renderer of documents is";
        assert_eq!(
            said(true, true, true),
            format!("{renderer} shut off from files and TCP and UDP")
        );
        assert_eq!(
            said(true, true, false),
            format!("{renderer} shut off from files and TCP, but not from UDP")
        );
        assert_eq!(
            said(false, false, false),
            format!(
                "{renderer} not shut off from files and TCP and UDP: this \
                 system has no Landlock"
            )
        );
    }
}
