//! The check of a port: does it take connections, and greet as it should?

use safe_text::plain;
use tokio::io::AsyncReadExt;
use tokio::net::TcpStream;
use tokio::time::{self, Instant};

use super::{Answer, left};
use crate::{Error, ErrorKind, Family, race, resolve};

/// The most bytes of a greeting that are read.
const LONGEST: usize = 1024;

/// The most characters of a greeting that are shown.
const SHOWN: usize = 100;

/// A connection that is opened and closed again. A refusal is a failure here:
/// the machine is there, the service is not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tcp {
    /// A name or an address.
    pub host: String,
    /// The port.
    pub port: u16,
    /// Which of a name's addresses may be used.
    pub family: Family,
    /// With what the service must greet whoever connects, byte for byte, such
    /// as `220 ` (SMTP: RFC 5321, section 3.1). `None`: it need say nothing.
    pub expect: Option<String>,
}

impl Tcp {
    /// A port of a host.
    pub fn new(host: impl Into<String>, port: u16) -> Tcp {
        Tcp { host: host.into(), port, family: Family::Any, expect: None }
    }

    pub(super) fn what(&self) -> String {
        let Tcp { host, port, .. } = self;
        match host.contains(':') && !host.starts_with('[') {
            true => format!("[{host}]:{port}"),
            false => format!("{host}:{port}"),
        }
    }

    pub(super) async fn run(
        &self,
        end: Instant,
        answer: &mut Answer,
    ) -> Result<(), Error> {
        let host = &self.host;
        let found = resolve::addresses(host, self.family, left(end)).await?;
        let addresses = race::with_port(&found, self.port);
        let stream = race::connect(&self.what(), &addresses, end).await?;
        answer.address = stream.peer_addr().ok().map(|peer| peer.ip());
        answer.detail = Some("connected".to_owned());
        match &self.expect {
            Some(expected) => {
                self.greeting(stream, expected, end, answer).await
            }
            None => Ok(()),
        }
    }

    /// Reads until the greeting is the expected one, or cannot be it.
    async fn greeting(
        &self,
        mut stream: TcpStream,
        expected: &str,
        end: Instant,
        answer: &mut Answer,
    ) -> Result<(), Error> {
        let what = self.what();
        let mut read = Vec::new();
        while !read.starts_with(expected.as_bytes()) {
            let whole = read.contains(&b'\n') || read.len() >= LONGEST;
            if whole && !expected.as_bytes().starts_with(&read) {
                let message = format!(
                    "{what} greets with {:?}, not with {expected:?}",
                    first_line(&read)
                );
                return Err(Error::new(ErrorKind::WrongAnswer, message));
            }
            let mut piece = [0; LONGEST];
            let next = time::timeout_at(end, stream.read(&mut piece)).await;
            let length = match next {
                Ok(Ok(length)) => length,
                Ok(Err(error)) => return Err(Error::io(&what, &error)),
                Err(_) if read.is_empty() => {
                    let message = format!(
                        "{what} takes connections, but does not greet in time"
                    );
                    return Err(Error::new(ErrorKind::NoAnswer, message));
                }
                Err(_) => {
                    let message = format!(
                        "{what} greets with {:?}, and does not go on in time",
                        first_line(&read)
                    );
                    return Err(Error::new(ErrorKind::TooSlow, message));
                }
            };
            if length == 0 {
                let message = format!(
                    "{what} hung up after {:?}, without {expected:?}",
                    first_line(&read)
                );
                return Err(Error::new(ErrorKind::ClosedEarly, message));
            }
            read.extend_from_slice(&piece[..length]);
            read.truncate(LONGEST);
        }
        answer.detail = Some(first_line(&read));
        Ok(())
    }
}

/// The first line of what came, as far as it can be shown.
fn first_line(bytes: &[u8]) -> String {
    let text = String::from_utf8_lossy(bytes);
    plain(text.lines().next().unwrap_or_default(), SHOWN)
}
