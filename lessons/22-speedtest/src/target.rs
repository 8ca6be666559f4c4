use crate::connection::Connection;
use crate::url::{Url, shown};
use crate::{Error, Family};
use std::net::{SocketAddr, TcpStream, ToSocketAddrs};
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::thread;
use std::time::{Duration, Instant};

/// How often an answer may send us elsewhere.
const MOST_REDIRECTS: usize = 5;

/// A server to test against: its name is resolved, its family is known.
#[derive(Debug, Clone)]
pub struct Target {
    server: String,
    family: Family,
    pub(crate) small: Endpoint,
    pub(crate) large: Endpoint,
    pub(crate) upload: Endpoint,
}

/// A page, and the address that answered for its host.
#[derive(Debug, Clone)]
pub(crate) struct Endpoint {
    pub url: Url,
    pub address: SocketAddr,
}

impl Target {
    /// Resolves the server's name and finds out which family of clients it
    /// was made for, unless that is given. `server` is `http://HOST:PORT` or
    /// `https://HOST`, perhaps with a path.
    ///
    /// # Errors
    /// What kept us from it, in words: no such name, nothing listens there,
    /// no answer within `timeout`, or none that a speed test would give.
    pub fn find(
        server: &str,
        family: Option<Family>,
        timeout: Duration,
    ) -> Result<Target, Error> {
        let deadline = Instant::now() + timeout;
        let url = Url::parse(server)?;
        let address = resolve(&url, deadline)?;
        let given = Endpoint { url, address };
        let mut asker = Asker { deadline, open: None };
        let families = match family {
            Some(family) => vec![family],
            None => Family::ALL.to_vec(),
        };

        let mut refusal = None;
        for family in &families {
            for question in family.questions(&given.url) {
                let url = given.url.join(&question)?;
                let asked = Endpoint { url, ..given.clone() };
                let (there, status, answer) = asker.ask(asked)?;
                if status == 200 && family.knows(&answer) {
                    return Target::of(
                        server, *family, &there, &answer, deadline,
                    );
                }
                // "Too often" and "not you" are no news of a family.
                if matches!(status, 401 | 403 | 429 | 500..) {
                    refusal.get_or_insert(Error::Status {
                        server: there.url.authority(),
                        status,
                        request: format!("GET {}", shown(&there.url.path)),
                    });
                }
            }
        }
        let tried: Vec<&str> = families.iter().map(|f| f.name()).collect();
        Err(refusal.unwrap_or(Error::Unknown {
            server: given.url.authority(),
            tried: tried.join(", "),
        }))
    }

    fn of(
        server: &str,
        family: Family,
        there: &Endpoint,
        answer: &[u8],
        deadline: Instant,
    ) -> Result<Target, Error> {
        let urls = family.urls(answer).ok_or_else(|| Error::Garbage {
            server: there.url.authority(),
            what: "a configuration without addresses",
        })?;
        let endpoint = |reference: &str| {
            let mut found = there.clone();
            match &urls.endpoint {
                None => found.follow(reference, deadline)?,
                Some(host) => {
                    found.url = found.url.join(reference)?;
                    let there = Url { host: host.clone(), ..found.url.clone() };
                    found.address = resolve(&there, deadline)?;
                }
            }
            Ok(found)
        };
        Ok(Target {
            server: server.to_owned(),
            family,
            small: endpoint(&urls.small)?,
            large: endpoint(&urls.large)?,
            upload: endpoint(&urls.upload)?,
        })
    }

    /// The server as it was given.
    pub fn server(&self) -> &str {
        &self.server
    }

    /// The family of clients that it answers.
    pub fn family(&self) -> Family {
        self.family
    }

    /// The address that small requests go to.
    pub fn address(&self) -> SocketAddr {
        self.small.address
    }
}

impl Endpoint {
    /// Goes where a reference leads. The name is resolved when it is a new
    /// one.
    pub fn follow(
        &mut self,
        reference: &str,
        deadline: Instant,
    ) -> Result<(), Error> {
        let url = self.url.join(reference)?;
        if (&url.host, url.port) != (&self.url.host, self.url.port) {
            self.address = resolve(&url, deadline)?;
        }
        self.url = url;
        Ok(())
    }
}

/// Asks small questions, over one connection as long as it is kept.
struct Asker {
    deadline: Instant,
    open: Option<(Url, Connection)>,
}

impl Asker {
    /// Asks, follows redirects, and returns where the answer came from, its
    /// status and its body.
    fn ask(
        &mut self,
        mut to: Endpoint,
    ) -> Result<(Endpoint, u16, Vec<u8>), Error> {
        let first = to.url.authority();
        for _ in 0..=MOST_REDIRECTS {
            let kept = self.open.take();
            let again = kept.is_some();
            let (head, body) = match self.once(&to, kept) {
                // A kept connection may have been closed meanwhile.
                Err(Error::Closed { .. }) if again => self.once(&to, None)?,
                other => other?,
            };
            let location = head.location.as_ref().filter(|_| head.redirects());
            let Some(location) = location else {
                return Ok((to, head.status, body));
            };
            to.follow(location, self.deadline)?;
        }
        Err(Error::Redirects { server: first, location: to.url.to_string() })
    }

    fn once(
        &mut self,
        to: &Endpoint,
        kept: Option<(Url, Connection)>,
    ) -> Result<(crate::head::Head, Vec<u8>), Error> {
        let kept = kept.filter(|(url, _)| url.same_origin(&to.url));
        let mut connection = match kept {
            Some((_, connection)) => connection,
            None => Connection::open(to, left(self.deadline))?,
        };
        connection.limit(left(self.deadline));
        connection.get(to)?;
        let head = connection.head()?;
        let body = connection.small(head.body)?;
        if head.keeps_alive {
            self.open = Some((to.url.clone(), connection));
        }
        Ok((head, body))
    }
}

/// The address of the host, out of several the first one that takes a
/// connection: a machine may have an IPv6 address and no way to use it.
fn resolve(url: &Url, deadline: Instant) -> Result<SocketAddr, Error> {
    let begun = Instant::now();
    let unresolved =
        |reason: String| Error::Name { host: url.host.clone(), reason };
    // The system's resolver knows no time limit. It is asked in a thread that
    // may be left behind.
    let (sender, answer) = channel();
    let (host, port) = (url.host.clone(), url.port);
    thread::spawn(move || {
        let found = (host.as_str(), port).to_socket_addrs();
        // Nobody waits any more after the deadline.
        let _ = sender.send(found.map(Vec::from_iter));
    });
    let addresses = match answer.recv_timeout(left(deadline)) {
        Ok(found) => found.map_err(|error| unresolved(error.to_string()))?,
        Err(RecvTimeoutError::Timeout | RecvTimeoutError::Disconnected) => {
            let waited = begun.elapsed().as_secs_f64();
            return Err(unresolved(format!("no answer within {waited:.1} s")));
        }
    };

    let mut first = None;
    let count = addresses.len();
    for (at, address) in addresses.into_iter().enumerate() {
        if count == 1 {
            return Ok(address);
        }
        let left = left(deadline);
        let share = left / (count - at).try_into().unwrap_or(u32::MAX);
        match TcpStream::connect_timeout(&address, share.max(SHORTEST)) {
            Ok(_) => return Ok(address),
            Err(error) => {
                let server = url.authority();
                let waited = begun.elapsed();
                let error = Error::connecting(server, &error, waited);
                first.get_or_insert(error);
            }
        }
    }
    Err(first.unwrap_or_else(|| unresolved("it has no address".to_owned())))
}

/// A time limit of 0 is no time limit to the system.
const SHORTEST: Duration = Duration::from_millis(1);

fn left(deadline: Instant) -> Duration {
    deadline.saturating_duration_since(Instant::now()).max(SHORTEST)
}
