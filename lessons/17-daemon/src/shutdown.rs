//! Shutdown: a first signal asks the program to end in order, a second one ends
//! it at once.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use tokio::sync::watch;
use tracing::{error, info};

/// How long a line about the end may wait for a reader of the log.
const MOMENT: Duration = Duration::from_millis(500);

/// The request that the program end. Clones share it.
#[derive(Clone, Default)]
pub struct Shutdown {
    stopping: watch::Sender<bool>,
    flag: Arc<AtomicBool>,
    reloads: watch::Sender<u64>,
}

impl Shutdown {
    /// A shutdown that only [`Shutdown::stop`] begins.
    #[must_use]
    pub fn new() -> Shutdown {
        Shutdown::default()
    }

    /// A shutdown that begins when the service manager asks for it (SIGTERM)
    /// or a person does (Ctrl-C, SIGINT). The second such signal ends the
    /// process at once, with code 128 plus the signal's number, as shells
    /// count. SIGHUP asks for a reload.
    ///
    /// # Errors
    /// The signals cannot be caught.
    pub fn on_signals() -> io::Result<Shutdown> {
        let shutdown = Shutdown::new();
        let (report, listening) = mpsc::channel();
        let heard = shutdown.clone();
        // A thread of its own: signals count also when every thread of the
        // runtime is stuck.
        thread::Builder::new().name("signals".to_owned()).spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread()
                .enable_io()
                .build();
            match runtime {
                Ok(runtime) => runtime.block_on(listen(&heard, &report)),
                Err(error) => drop(report.send(Err(error))),
            }
        })?;
        listening.recv().map_err(io::Error::other)??;
        Ok(shutdown)
    }

    /// Asks the program to end, as the first signal does.
    pub fn stop(&self) {
        self.flag.store(true, Ordering::Release);
        self.stopping.send_replace(true);
    }

    /// Whether the program was asked to end.
    #[must_use]
    pub fn is_stopping(&self) -> bool {
        self.flag.load(Ordering::Acquire)
    }

    /// Waits until the program is asked to end.
    pub fn wait(&self) -> impl Future<Output = ()> + Send + use<> {
        let mut stopping = self.stopping.subscribe();
        // Keeps the channel open.
        let sender = self.stopping.clone();
        async move {
            let _ = stopping.wait_for(|stopping| *stopping).await;
            drop(sender);
        }
    }

    /// A channel whose value becomes true when the program is asked to end.
    #[must_use]
    pub fn watch(&self) -> watch::Receiver<bool> {
        self.stopping.subscribe()
    }

    /// A flag that becomes true then, for threads to look at.
    #[must_use]
    pub fn flag(&self) -> Arc<AtomicBool> {
        self.flag.clone()
    }

    /// Asks for a reload, as SIGHUP does.
    pub fn reload(&self) {
        self.reloads.send_modify(|count| *count += 1);
    }

    /// The requests to reload that come from now on.
    #[must_use]
    pub fn reloads(&self) -> Reloads {
        let mut requests = self.reloads.subscribe();
        requests.mark_unchanged();
        Reloads { requests, _open: self.reloads.clone() }
    }
}

/// Requests to read the configuration again. Those that arrive during a
/// reload count as one.
pub struct Reloads {
    requests: watch::Receiver<u64>,
    /// Keeps the channel open.
    _open: watch::Sender<u64>,
}

impl Reloads {
    /// Waits for the next request.
    pub async fn next(&mut self) {
        // This cannot fail: the sender is in `self`.
        let _ = self.requests.changed().await;
    }
}

#[cfg(unix)]
async fn listen(shutdown: &Shutdown, report: &mpsc::Sender<io::Result<()>>) {
    use tokio::signal::unix::{SignalKind, signal};
    let open = || {
        Ok((
            signal(SignalKind::terminate())?,
            signal(SignalKind::interrupt())?,
            signal(SignalKind::hangup())?,
        ))
    };
    let (mut terminate, mut interrupt, mut hangup) = match open() {
        Ok(signals) => signals,
        Err(error) => return drop(report.send(Err(error))),
    };
    // `on_signals` waits for this.
    let _ = report.send(Ok(()));
    // ANCHOR: signals
    loop {
        tokio::select! {
            _ = terminate.recv() => end(shutdown, "SIGTERM", 15),
            _ = interrupt.recv() => end(shutdown, "SIGINT", 2),
            _ = hangup.recv() => {
                info!(signal = "SIGHUP", "asked to reload");
                shutdown.reload();
            }
        }
    }
    // ANCHOR_END: signals
}

#[cfg(not(unix))]
async fn listen(shutdown: &Shutdown, report: &mpsc::Sender<io::Result<()>>) {
    let _ = report.send(Ok(()));
    while tokio::signal::ctrl_c().await.is_ok() {
        end(shutdown, "Ctrl-C", 2);
    }
}

// ANCHOR: end
/// The first signal begins the shutdown, the second ends the process. Both act
/// before they log: a line would wait for ever if nobody read the log.
fn end(shutdown: &Shutdown, signal: &'static str, number: i32) {
    if shutdown.is_stopping() {
        log_briefly(move || {
            error!(signal, "asked to end for the second time: ends at once");
        });
        std::process::exit(128 + number);
    }
    shutdown.stop();
    log_briefly(move || info!(signal, "asked to end; once more ends at once"));
}
// ANCHOR_END: end

/// Logs, but gives up after a moment.
fn log_briefly(log: impl FnOnce() + Send + 'static) {
    let (logged, done) = mpsc::channel::<()>();
    let log = move || {
        log();
        drop(logged);
    };
    // Without a further thread nothing is logged.
    if thread::Builder::new().spawn(log).is_ok() {
        let _ = done.recv_timeout(MOMENT);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn whoever_waits_is_woken_whenever_it_began() {
        let shutdown = Shutdown::new();
        let (before, flag) = (shutdown.wait(), shutdown.flag());
        assert!(!shutdown.is_stopping());
        shutdown.stop();
        before.await;
        shutdown.wait().await;
        assert!(shutdown.is_stopping() && flag.load(Ordering::Acquire));
    }

    #[tokio::test]
    async fn reloads_that_come_together_are_one() {
        let shutdown = Shutdown::new();
        shutdown.reload();
        let mut reloads = shutdown.reloads();
        shutdown.reload();
        shutdown.reload();
        reloads.next().await;
        tokio::select! {
            biased;
            () = reloads.next() => panic!("there is no other request"),
            () = std::future::ready(()) => {}
        }
    }
}
