//! Messages to the service manager: ready, reloading, stopping, still alive.
//!
//! systemd names a datagram socket in the environment, `NOTIFY_SOCKET`, and
//! each message is one datagram of `NAME=value` lines (sd_notify(3)). Without
//! the variable nothing is sent.

use std::io;
use std::time::Duration;

/// The start is over: requests are answered from now on.
pub fn ready() {
    notify("READY=1\n");
}

/// The end has begun.
pub fn stopping() {
    notify("STOPPING=1\n");
}

/// The configuration is being read again. [`ready`] says when that is done.
pub fn reloading() {
    // systemd compares this time with that of its request (sd_notify(3),
    // RELOADING=1), on the clock that never jumps.
    #[cfg(unix)]
    {
        use rustix::time::{ClockId, clock_gettime};
        let now = clock_gettime(ClockId::Monotonic);
        let now = now.tv_sec * 1_000_000 + now.tv_nsec / 1000;
        notify(&format!("RELOADING=1\nMONOTONIC_USEC={now}\n"));
    }
}

/// One line that `systemctl status` shows.
pub fn status(text: &str) {
    let line = text.lines().next().unwrap_or_default();
    notify(&format!("STATUS={line}\n"));
}

/// The program still runs.
pub fn alive() {
    notify("WATCHDOG=1\n");
}

/// How often to call [`alive`], if the service manager asks for it: twice in
/// the time after which it would start the program again
/// (sd_watchdog_enabled(3)).
#[must_use]
pub fn watchdog() -> Option<Duration> {
    let read = |name| std::env::var(name).ok();
    interval(read("WATCHDOG_USEC")?, read("WATCHDOG_PID"), std::process::id())
}

fn interval(usec: String, pid: Option<String>, own: u32) -> Option<Duration> {
    if pid.is_some_and(|pid| pid != own.to_string()) {
        return None;
    }
    let microseconds: u64 = usec.parse().ok()?;
    (microseconds > 1).then(|| Duration::from_micros(microseconds / 2))
}

/// Sends a message. One that cannot be sent is only worth a warning.
fn notify(message: &str) {
    if let Err(error) = send(message) {
        tracing::warn!("cannot tell the service manager: {error}");
    }
}

// ANCHOR: send
#[cfg(unix)]
fn send(message: &str) -> io::Result<()> {
    use std::os::unix::net::UnixDatagram;
    let Some(path) = std::env::var_os("NOTIFY_SOCKET") else { return Ok(()) };
    let socket = UnixDatagram::unbound()?;
    match path.to_str().and_then(|path| path.strip_prefix('@')) {
        Some(name) => connect_by_name(&socket, name)?,
        None => socket.connect(path)?,
    }
    socket.send(message.as_bytes())?;
    Ok(())
}
// ANCHOR_END: send

/// A socket without a file, as some containers have it (unix(7), abstract).
#[cfg(target_os = "linux")]
fn connect_by_name(
    socket: &std::os::unix::net::UnixDatagram,
    name: &str,
) -> io::Result<()> {
    use std::os::linux::net::SocketAddrExt;
    use std::os::unix::net::SocketAddr;
    socket.connect_addr(&SocketAddr::from_abstract_name(name)?)
}

#[cfg(all(unix, not(target_os = "linux")))]
fn connect_by_name(
    _: &std::os::unix::net::UnixDatagram,
    _: &str,
) -> io::Result<()> {
    Err(io::Error::other("only Linux has abstract sockets"))
}

#[cfg(not(unix))]
fn send(_: &str) -> io::Result<()> {
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_watchdog_is_fed_twice_in_its_interval() {
        let interval = |usec: &str, pid: Option<&str>| {
            super::interval(usec.to_owned(), pid.map(str::to_owned), 42)
        };
        let half = Some(Duration::from_secs(15));
        assert_eq!(interval("30000000", None), half);
        assert_eq!(interval("30000000", Some("42")), half);
        assert_eq!(interval("30000000", Some("43")), None);
        assert_eq!(interval("soon", None), None);
        assert_eq!(interval("0", None), None);
    }
}
