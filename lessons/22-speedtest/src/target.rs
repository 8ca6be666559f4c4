//! A server, found and resolved.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use crate::connection::Connection;
use crate::endpoint::{Endpoint, left, resolve};
use crate::head::Head;
use crate::url::{Url, shown};
use crate::{Error, Family};

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
        let mut finder = Finder { deadline, open: None };
        let families = match family {
            Some(family) => vec![family],
            None => Family::ALL.to_vec(),
        };

        let mut refusal = None;
        for family in &families {
            for question in family.questions(&given.url) {
                let url = given.url.join(&question)?;
                let asked = Endpoint { url, ..given.clone() };
                let (there, status, answer) = finder.get(asked)?;
                if status == 200 && family.knows(&answer) {
                    return Target::of(
                        server, *family, &there, &answer, deadline,
                    );
                }
                // These say nothing of the family: too many requests, or no
                // access.
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

/// Sends small requests, over one connection as long as the server keeps it.
struct Finder {
    deadline: Instant,
    open: Option<(Url, Connection)>,
}

impl Finder {
    /// Follows redirects, and returns where the answer came from, its
    /// status and its body.
    fn get(
        &mut self,
        mut to: Endpoint,
    ) -> Result<(Endpoint, u16, Vec<u8>), Error> {
        let first = to.url.authority();
        for _ in 0..=MOST_REDIRECTS {
            let kept = self.open.take();
            let again = kept.is_some();
            let (head, body) = match self.get_once(&to, kept) {
                // A kept connection may have been closed meanwhile.
                Err(Error::Closed { .. }) if again => {
                    self.get_once(&to, None)?
                }
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

    fn get_once(
        &mut self,
        to: &Endpoint,
        kept: Option<(Url, Connection)>,
    ) -> Result<(Head, Vec<u8>), Error> {
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
