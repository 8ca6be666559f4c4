//! Connections to Redis: one for each call that is under way.
//!
//! A blocking read keeps its connection for itself, so that it blocks nobody
//! else; connections that are done with wait in a pool for the next call.

use std::{
    sync::{Mutex, PoisonError},
    thread,
    time::{Duration, Instant},
};

use redis::{Client, Connection, RedisError, RedisResult};

use super::refusal::tls_error;

/// How long a connect, or the reply to a call that does not block, may take.
pub(super) const PATIENCE: Duration = Duration::from_secs(10);
/// A connection that was idle for longer is tried with a PING first.
const FRESH: Duration = Duration::from_millis(100);
/// The longest pause between two attempts to connect.
const LONGEST_PAUSE: Duration = Duration::from_millis(500);
/// No read blocks for longer: a broken network shows itself by then.
const LONGEST_BLOCK: Duration = Duration::from_secs(30);

pub(super) struct Connections {
    client: Client,
    idle: Mutex<Vec<(Connection, Instant)>>,
}

impl Connections {
    pub(super) fn new(client: Client) -> Self {
        Self { client, idle: Mutex::default() }
    }

    /// Calls Redis, once. Whether a call that failed on the way took effect
    /// is not known.
    pub(super) fn once<T>(
        &self,
        call: impl FnOnce(&mut Connection) -> RedisResult<T>,
    ) -> RedisResult<T> {
        let mut connection = self.take()?;
        let result = call(&mut connection);
        match &result {
            Err(error) if is_broken(error) => self.clear(),
            _ => self.put_back(connection),
        }
        result
    }

    /// Calls Redis, and once more if the connection breaks: for calls that
    /// may be made twice.
    pub(super) fn twice<T>(
        &self,
        mut call: impl FnMut(&mut Connection) -> RedisResult<T>,
    ) -> RedisResult<T> {
        match self.once(&mut call) {
            Err(error) if is_broken(&error) && !error.is_timeout() => {
                self.once(call)
            }
            result => result,
        }
    }

    /// Calls Redis until it answers, at least once and until `deadline`.
    pub(super) fn until<T>(
        &self,
        deadline: Instant,
        mut call: impl FnMut(&mut Connection) -> RedisResult<T>,
    ) -> RedisResult<T> {
        let mut pause = Duration::from_millis(10);
        loop {
            match self.twice(&mut call) {
                Err(error) if is_broken(&error) || is_loading(&error) => {
                    let left =
                        deadline.saturating_duration_since(Instant::now());
                    if left.is_zero() {
                        return Err(error);
                    }
                    // Nothing tells when a server that is down is back.
                    thread::sleep(pause.min(left));
                    pause = (pause * 2).min(LONGEST_PAUSE);
                }
                result => return result,
            }
        }
    }

    fn take(&self) -> RedisResult<Connection> {
        loop {
            let idle = self.lock().pop();
            let Some((mut connection, since)) = idle else {
                let connection =
                    self.client.get_connection_with_timeout(PATIENCE)?;
                connection.set_write_timeout(Some(PATIENCE))?;
                connection.set_read_timeout(Some(PATIENCE))?;
                return Ok(connection);
            };
            if since.elapsed() < FRESH
                || redis::cmd("PING").exec(&mut connection).is_ok()
            {
                return Ok(connection);
            }
        }
    }

    fn put_back(&self, connection: Connection) {
        // A blocking read may have set another limit.
        if connection.set_read_timeout(Some(PATIENCE)).is_ok() {
            self.lock().push((connection, Instant::now()));
        }
    }

    /// Where one connection broke, the others are not to be trusted.
    fn clear(&self) {
        self.lock().clear();
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Vec<(Connection, Instant)>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Reads the one-entry stream `key` until its entry is newer than `version`,
/// for at most `wait`.
pub(super) fn block(
    connection: &mut Connection,
    key: &str,
    version: u64,
    wait: Duration,
) -> RedisResult<()> {
    let wait = wait.clamp(Duration::from_millis(1), LONGEST_BLOCK);
    // Redis ends the wait, not we: giving up on a read that the server still
    // holds open is how jobs get lost. Later than this, it is dead.
    connection.set_read_timeout(Some(wait + PATIENCE))?;
    redis::cmd("XREAD")
        .arg("BLOCK")
        .arg(crate::job::millis(wait))
        .arg("STREAMS")
        .arg(key)
        .arg(format!("{version}-0"))
        .exec(connection)
}

/// True if the connection is of no more use, or was never made.
pub(super) fn is_broken(error: &RedisError) -> bool {
    // What TLS does not accept now it will not accept a moment later.
    if tls_error(error).is_some() {
        return false;
    }
    error.is_io_error() || error.is_connection_dropped() || error.is_timeout()
}

/// True while Redis reads its file after a start.
pub(super) fn is_loading(error: &RedisError) -> bool {
    error.code() == Some("LOADING")
}
