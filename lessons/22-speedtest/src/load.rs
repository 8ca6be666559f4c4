//! A load on a link: flows that move bytes until they are stopped.

use std::fmt;
use std::net::{Shutdown, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use serde::Serialize;
use socket2::SockRef;
use tcp_info::{Ends, Kernel};

use crate::connection::Connection;
use crate::endpoint::Endpoint;
use crate::head::Head;
use crate::url::shown;
use crate::{Error, Target};

/// How long a server may take for a connection, or be silent on one.
const PATIENCE: Duration = Duration::from_secs(5);
/// How long the reason is waited for when a server hangs up.
const REASON_PATIENCE: Duration = Duration::from_millis(200);
/// How many transfers in a row may fail before a flow gives up.
const MOST_FAILURES: u32 = 3;
/// How often an answer may send a flow elsewhere.
const MOST_REDIRECTS: u32 = 5;
/// No family's large body is smaller than this, in bytes.
const SMALLEST_BODY: u64 = 64 << 10;
/// What is given to the system at once, in bytes.
const WRITE: usize = 256 << 10;
/// A send buffer for systems that do not say what was acknowledged, in bytes.
const FIXED_SEND_BUFFER: usize = 512 << 10;

/// Which way the load goes, seen from the client.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Direction {
    /// From the server to us.
    Download,
    /// From us to the server.
    Upload,
}

impl Direction {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Direction::Download => "download",
            Direction::Upload => "upload",
        }
    }
}

impl fmt::Display for Direction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// Flows that fill a link, in one direction, until it is stopped or dropped.
///
/// Each flow is a thread with a connection. When a body ends, the flow asks
/// for the next one; when a connection breaks, it opens another one, a few
/// times.
pub struct Load {
    shared: Arc<Shared>,
    /// On Linux, which says how many bytes were acknowledged.
    kernel: Option<Mutex<Kernel>>,
}

struct Shared {
    target: Target,
    direction: Direction,
    stopping: AtomicBool,
    /// Bytes of bodies read, or bytes given to the system to send.
    moved: AtomicU64,
    /// The byte budget.
    most: u64,
    flows: Mutex<Flows>,
    /// Whether the send buffer gets a fixed size, because the kernel does not
    /// say what was acknowledged.
    fixed_buffer: bool,
}

#[derive(Default)]
struct Flows {
    /// Threads that still work.
    live: usize,
    next: u64,
    open: Vec<Open>,
    /// Acknowledged on connections that are no more.
    acknowledged: u64,
    error: Option<Error>,
}

/// A connection that a flow is using.
struct Open {
    flow: u64,
    /// For stopping a thread that waits in `read` or `write`.
    stream: TcpStream,
    ends: Ends,
    acknowledged: u64,
}

impl Load {
    /// Starts this number of flows. They connect in the background; an error
    /// of theirs is kept for [`error`](Load::error).
    ///
    /// # Errors
    /// When the system starts no thread.
    pub fn start(
        target: &Target,
        direction: Direction,
        flows: usize,
    ) -> Result<Load, Error> {
        Load::start_within(target, direction, flows, u64::MAX)
    }

    /// The same, with a budget: after `most_bytes` the flows end.
    ///
    /// # Errors
    /// When the system starts no thread.
    pub fn start_within(
        target: &Target,
        direction: Direction,
        flows: usize,
        most_bytes: u64,
    ) -> Result<Load, Error> {
        let kernel = Kernel::open().ok();
        let shared = Shared {
            target: target.clone(),
            direction,
            stopping: AtomicBool::new(false),
            moved: AtomicU64::new(0),
            most: most_bytes,
            flows: Mutex::default(),
            fixed_buffer: direction == Direction::Upload && kernel.is_none(),
        };
        let load =
            Load { shared: Arc::new(shared), kernel: kernel.map(Mutex::new) };
        for _ in 0..flows {
            load.add_flow()?;
        }
        Ok(load)
    }

    /// Starts one more flow.
    ///
    /// # Errors
    /// When the system starts no thread.
    pub fn add_flow(&self) -> Result<(), Error> {
        let flow = {
            let mut flows = self.shared.flows();
            flows.live += 1;
            flows.next += 1;
            flows.next
        };
        let shared = self.shared.clone();
        let name = format!("{} {flow}", self.shared.direction);
        let started = thread::Builder::new().name(name).spawn(move || {
            let ended = Flow::new(&shared, flow).run();
            let mut flows = shared.flows();
            flows.live -= 1;
            if let Err(error) = ended {
                flows.error.get_or_insert(error);
            }
        });
        started.map(|_| ()).map_err(|error| {
            self.shared.flows().live -= 1;
            Error::Machine { reason: error.to_string() }
        })
    }

    /// Bytes so far: of bodies received, or acknowledged by the server.
    ///
    /// On Linux the kernel says what was acknowledged; that counts headers, and
    /// under `https` its envelope, about 0.2 %. Elsewhere the bytes are
    /// counted that were given to the system, with a send buffer of fixed
    /// size: up to 768 KiB a flow too many, but a steady rate is right.
    pub fn bytes(&self) -> u64 {
        let kernel = self.kernel.as_ref();
        let upload = self.shared.direction == Direction::Upload;
        let Some(kernel) = kernel.filter(|_| upload) else {
            return self.shared.moved.load(Relaxed);
        };
        let mut kernel = kernel.lock().unwrap_or_else(PoisonError::into_inner);
        let mut flows = self.shared.flows();
        let mut sum = flows.acknowledged;
        for open in &mut flows.open {
            // A connection that has just ended keeps its last figure.
            if let Ok(info) = kernel.ask(open.ends) {
                open.acknowledged = open.acknowledged.max(info.acknowledged);
            }
            sum += open.acknowledged;
        }
        sum
    }

    /// The round trip on each connection, as TCP estimates it from the load
    /// itself. Empty where the system does not say.
    pub fn round_trips(&self) -> Vec<Duration> {
        let Some(kernel) = &self.kernel else { return Vec::new() };
        let mut kernel = kernel.lock().unwrap_or_else(PoisonError::into_inner);
        let flows = self.shared.flows();
        let infos = flows.open.iter().filter_map(|o| kernel.ask(o.ends).ok());
        let times = infos.map(|info| match self.shared.direction {
            Direction::Download => info.receiving,
            Direction::Upload => info.sending,
        });
        times.filter(|time| !time.is_zero()).collect()
    }

    /// The number of flows at work.
    pub fn flows(&self) -> usize {
        self.shared.flows().live
    }

    /// Whether the byte budget is used up, and has arrived.
    pub fn is_spent(&self) -> bool {
        let all = |bytes| bytes >= self.shared.most;
        all(self.shared.moved.load(Relaxed))
            && (all(self.bytes()) || self.flows() == 0)
    }

    /// Why flows have ended, if any have: the first reason.
    pub fn error(&self) -> Option<Error> {
        self.shared.flows().error.clone()
    }

    /// Stops at once. What is still to be sent is thrown away.
    pub fn stop(&self) {
        self.shared.stopping.store(true, Relaxed);
        for open in &self.shared.flows().open {
            // It may be closed already.
            let _ = open.stream.shutdown(Shutdown::Both);
        }
    }
}

impl Drop for Load {
    fn drop(&mut self) {
        self.stop();
    }
}

impl Shared {
    fn flows(&self) -> MutexGuard<'_, Flows> {
        self.flows.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn ends(&self) -> bool {
        self.stopping.load(Relaxed) || self.moved.load(Relaxed) >= self.most
    }
}

/// What one thread does.
struct Flow<'a> {
    shared: &'a Shared,
    number: u64,
    endpoint: Endpoint,
    redirects: u32,
    /// Bytes of bodies sent on the connection.
    sent: u64,
}

impl<'a> Flow<'a> {
    fn new(shared: &'a Shared, number: u64) -> Flow<'a> {
        let endpoint = match shared.direction {
            Direction::Download => shared.target.large.clone(),
            Direction::Upload => shared.target.upload.clone(),
        };
        Flow { shared, number, endpoint, redirects: 0, sent: 0 }
    }

    /// One connection after the other.
    fn run(&mut self) -> Result<(), Error> {
        let mut failures = 0;
        while !self.shared.ends() {
            let mut completed = false;
            let ended = self.open().and_then(|mut connection| {
                let ended = self.transfer(&mut connection, &mut completed);
                self.forget(ended.is_ok());
                ended
            });
            if self.shared.ends() {
                break;
            }
            failures = if completed { 0 } else { failures };
            if let Err(error) = ended {
                failures += 1;
                // A server that refuses will refuse again.
                let hopeless = !matches!(error, Error::Closed { .. });
                if hopeless || failures >= MOST_FAILURES {
                    return Err(error);
                }
            }
        }
        Ok(())
    }

    fn open(&mut self) -> Result<Connection, Error> {
        let begun = Instant::now();
        let server = || self.endpoint.url.authority();
        let machine = |error: std::io::Error| Error::Machine {
            reason: error.to_string(),
        };
        let address = self.endpoint.address;
        let stream = TcpStream::connect_timeout(&address, PATIENCE)
            .map_err(|e| Error::connecting(server(), &e, begun.elapsed()))?;
        let socket = SockRef::from(&stream);
        // When it is over, nobody wants what is still on its way.
        socket.set_linger(Some(Duration::ZERO)).map_err(machine)?;
        if self.shared.fixed_buffer {
            socket.set_send_buffer_size(FIXED_SEND_BUFFER).map_err(machine)?;
        }
        let open = Open {
            flow: self.number,
            stream: stream.try_clone().map_err(machine)?,
            ends: Ends::of(&stream).map_err(machine)?,
            acknowledged: 0,
        };
        self.sent = 0;
        self.shared.flows().open.push(open);
        // A stop from now on finds the connection in the list.
        if self.shared.ends() {
            self.forget(false);
            return Err(Error::Stopped);
        }
        Connection::over(stream, &self.endpoint, PATIENCE)
            .inspect_err(|_| self.forget(false))
    }

    /// Takes the connection from the list. Its bytes stay counted: all of
    /// them, when the last body was answered.
    fn forget(&self, answered: bool) {
        let mut flows = self.shared.flows();
        let at = flows.open.iter().position(|open| open.flow == self.number);
        if let Some(at) = at {
            let open = flows.open.swap_remove(at);
            let all = if answered { self.sent } else { 0 };
            flows.acknowledged += open.acknowledged.max(all);
        }
    }

    /// One body after the other, as long as the connection is kept.
    fn transfer(
        &mut self,
        connection: &mut Connection,
        completed: &mut bool,
    ) -> Result<(), Error> {
        loop {
            let kept = match self.shared.direction {
                Direction::Download => self.download(connection)?,
                Direction::Upload => self.upload(connection)?,
            };
            *completed = true;
            if !kept || self.shared.ends() {
                return Ok(());
            }
        }
    }

    /// Asks for a body and reads it. Returns whether the connection is kept.
    fn download(&mut self, connection: &mut Connection) -> Result<bool, Error> {
        connection.get(&self.endpoint)?;
        let head = connection.head()?;
        if !self.is_success(&head, "GET")? {
            return Ok(false);
        }
        let mut body = head.body;
        let mut length = 0;
        while let Some(part) = connection.part(&mut body)? {
            let part = part.len() as u64;
            length += part;
            let before = self.shared.moved.fetch_add(part, Relaxed);
            if before + part >= self.shared.most || self.shared.ends() {
                return Ok(false);
            }
        }
        // A server that answers a little to everything measures how often we
        // can ask, and not how much fits through the line.
        if length < SMALLEST_BODY {
            return Err(Error::Garbage {
                server: self.endpoint.url.authority(),
                what: "it sends little where much was asked",
            });
        }
        Ok(head.keeps_alive)
    }

    /// Sends a body and waits for the answer to it.
    fn upload(&mut self, connection: &mut Connection) -> Result<bool, Error> {
        let family = self.shared.target.family();
        let length = family.upload_size();
        connection.post(&self.endpoint, family.content_type(), length)?;
        let mut left = length;
        while left > 0 && !self.shared.stopping.load(Relaxed) {
            let wanted = left.min(WRITE as u64);
            let allowed = self.allowed(wanted);
            if allowed == 0 {
                break;
            }
            let bytes = &noise()[..allowed as usize];
            if let Err(error) = connection.send(bytes) {
                // A server that hangs up in the middle may have said why.
                connection.limit(REASON_PATIENCE);
                let Ok(head) = connection.head() else { return Err(error) };
                return match self.is_success(&head, "POST")? {
                    true => Err(error),
                    false => Ok(false),
                };
            }
            self.sent += allowed;
            left -= allowed;
        }
        // When the budget ended in the middle of the body, no answer comes.
        // Hanging up would throw away what has not been sent yet: wait until
        // the load is stopped.
        let head = connection.head()?;
        if !self.is_success(&head, "POST")? {
            return Ok(false);
        }
        connection.small(head.body)?;
        Ok(head.keeps_alive)
    }

    /// Takes from the byte budget, and never more than is in it.
    fn allowed(&self, wanted: u64) -> u64 {
        let most = self.shared.most;
        let take =
            |moved: u64| Some(moved + wanted.min(most.saturating_sub(moved)));
        let before = self
            .shared
            .moved
            .fetch_update(Relaxed, Relaxed, take)
            .expect("there is always a new value");
        wanted.min(most.saturating_sub(before))
    }

    /// Whether an answer is the one that was wanted. If it sends us elsewhere,
    /// the next connection goes there.
    fn is_success(&mut self, head: &Head, method: &str) -> Result<bool, Error> {
        if (200..300).contains(&head.status) {
            return Ok(true);
        }
        let location = head.location.as_ref().filter(|_| head.redirects());
        let Some(location) = location else {
            return Err(self.refusal(head.status, method));
        };
        self.redirects += 1;
        if self.redirects > MOST_REDIRECTS {
            return Err(Error::Redirects {
                server: self.shared.target.server().to_owned(),
                location: location.clone(),
            });
        }
        self.endpoint.follow(location, Instant::now() + PATIENCE)?;
        Ok(false)
    }

    fn refusal(&self, status: u16, method: &str) -> Error {
        Error::Status {
            server: self.endpoint.url.authority(),
            status,
            request: format!("{method} {}", shown(&self.endpoint.url.path)),
        }
    }
}

/// What uploads are made of: nothing that could be made smaller on the way.
/// Letters, digits and two signs, so that it passes for a form too.
fn noise() -> &'static [u8] {
    static NOISE: OnceLock<Vec<u8>> = OnceLock::new();
    const SIGNS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ\
        abcdefghijklmnopqrstuvwxyz0123456789-_";
    NOISE.get_or_init(|| {
        let mut random = fastrand::Rng::new();
        let sign = || SIGNS[usize::from(random.u8(..64))];
        std::iter::repeat_with(sign).take(WRITE).collect()
    })
}
