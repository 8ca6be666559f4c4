//! One daemon: all parts, put together once for every server.

use crate::config::ConfigError;
use crate::http::{self, safe_headers};
use crate::log::{self, LogGuard, LogOptions};
use crate::metrics::{self, Counter, Family, Registry, SignInAttempts};
use crate::{Health, Panicked, Shutdown, Tasks, data_folder, systemd};
use axum::Router;
use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::middleware::{Next, from_fn, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use clap::Args;
use sign_in::{Key, OriginPolicy, SignIn};
use std::error::Error;
use std::fs::DirBuilder;
use std::future::Future;
use std::io;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::time::{Instant, timeout_at};
use tracing::{error, info};

/// What an administrator can choose for every daemon. Flatten it into the
/// program's own arguments.
#[derive(Debug, Clone, Args)]
// A program may call its own options so, too.
#[group(id = "daemon")]
pub struct Options {
    /// Where data and the key are kept [default: the user's data folder]
    #[arg(long, value_name = "FOLDER")]
    pub data: Option<PathBuf>,

    /// A name in a public domain by which browsers ask for this server
    #[arg(long, value_name = "NAME")]
    pub host_name: Vec<String>,

    /// How long work may take to finish when the program stops, in seconds
    #[arg(long, default_value = "10", value_parser = seconds,
        value_name = "SECONDS")]
    pub stop_deadline: Duration,

    /// Where and how is logged.
    #[command(flatten)]
    pub log: LogOptions,
}

#[derive(Debug, thiserror::Error)]
#[error("cannot use the key: {0}")]
struct BadKey(io::Error);

/// A running daemon. Clones are the same one.
#[derive(Clone)]
pub struct Daemon(Arc<Inner>);

struct Inner {
    name: String,
    data: PathBuf,
    deadline: Duration,
    origin_policy: OriginPolicy,
    key: Key,
    sign_in: SignIn,
    tasks: Tasks,
    health: Health,
    registry: Registry,
    requests: Family<[(&'static str, String); 1], Counter>,
    shutdown: Shutdown,
    log: LogGuard,
}

impl Daemon {
    /// The whole life of a daemon: begins to log, opens the data folder and
    /// the key, does the `work`, and ends it in order when a signal asks. At
    /// the deadline it says what still runs, and ends anyway.
    ///
    /// Returns 0 only if all went well, and 2 for what no other start would
    /// mend: a mistake in the configuration, a key that others can read.
    /// Errors are logged, and printed when the log goes to a file.
    pub fn run<F, E>(
        name: &str,
        options: &Options,
        work: impl FnOnce(Daemon) -> F,
    ) -> ExitCode
    where
        F: Future<Output = Result<(), E>>,
        E: Into<Box<dyn Error>>,
    {
        let log = match log::start(&options.log) {
            Ok(log) => log,
            Err(error) => {
                eprintln!("{name}: {error}");
                return ExitCode::FAILURE;
            }
        };
        match Daemon::live(name, options, log, work) {
            Ok(()) => ExitCode::SUCCESS,
            Err(error) => {
                error!("{error}");
                if options.log.log_file.is_some() {
                    eprintln!("{name}: {error}");
                }
                let mistake = error.is::<ConfigError>() || error.is::<BadKey>();
                ExitCode::from(if mistake { 2 } else { 1 })
            }
        }
    }

    fn live<F, E>(
        name: &str,
        options: &Options,
        log: LogGuard,
        work: impl FnOnce(Daemon) -> F,
    ) -> Result<(), Box<dyn Error>>
    where
        F: Future<Output = Result<(), E>>,
        E: Into<Box<dyn Error>>,
    {
        let daemon = Daemon::open(name, options, log)?;
        let runtime = tokio::runtime::Runtime::new()?;
        let ended = runtime.block_on(async {
            daemon.reopen_log();
            daemon.until_the_end(work(daemon.clone())).await
        });
        // A thread that is stuck must not keep the process.
        runtime.shutdown_background();
        ended
    }

    fn open(
        name: &str,
        options: &Options,
        log: LogGuard,
    ) -> Result<Daemon, Box<dyn Error>> {
        let data = match &options.data {
            Some(folder) => folder.clone(),
            None => data_folder(name).ok_or(
                "there is no home folder: choose a folder with --data",
            )?,
        };
        make_private(&data).map_err(|error| {
            format!(
                "cannot keep data in {}: {error}. Choose a folder of yours \
                 with --data",
                data.display()
            )
        })?;
        let key = Key::open(&data).map_err(BadKey)?;
        let shutdown = Shutdown::on_signals()
            .map_err(|error| format!("cannot listen to signals: {error}"))?;
        let registry = Registry::new();
        let tasks = Tasks::default();
        tasks.register(&registry);
        let sign_in = SignIn::new(key.clone(), name);
        registry.register_collector(Box::new(SignInAttempts(sign_in.clone())));
        let requests = Family::default();
        registry.register(
            "http_requests",
            "Requests that were answered, by status",
            requests.clone(),
        );
        Ok(Daemon(Arc::new(Inner {
            name: name.to_owned(),
            data,
            deadline: options.stop_deadline,
            origin_policy: OriginPolicy::new(&options.host_name),
            key,
            sign_in,
            health: Health::new(&tasks),
            tasks,
            registry,
            requests,
            shutdown,
            log,
        })))
    }

    // ANCHOR: end
    /// Does the work until it ends or is asked to end, then waits for what
    /// is under way, all within the deadline.
    async fn until_the_end<E: Into<Box<dyn Error>>>(
        &self,
        work: impl Future<Output = Result<(), E>>,
    ) -> Result<(), Box<dyn Error>> {
        let mut work = std::pin::pin!(work);
        let early = tokio::select! {
            ended = &mut work => Some(ended),
            () = self.0.shutdown.wait() => None,
        };
        self.0.health.stopping();
        systemd::stopping();
        self.0.shutdown.stop();
        let deadline = Instant::now() + self.0.deadline;
        let ended = match early {
            Some(ended) => Some(ended),
            None => timeout_at(deadline, work).await.ok(),
        };
        let finished = timeout_at(deadline, self.0.tasks.finished()).await;

        let mut running = self.0.tasks.running();
        if ended.is_none() {
            running.insert(0, self.0.name.clone());
        }
        ended.transpose().map_err(Into::into)?;
        if finished.is_err() || !running.is_empty() {
            let deadline = self.0.deadline.as_secs_f64();
            let running = running.join(", ");
            return Err(format!(
                "still running {deadline} s after it was asked to end: \
                 {running}. It ends unfinished"
            )
            .into());
        }
        info!("ended in order");
        Ok(())
    }
    // ANCHOR_END: end

    /// The server's router: `signed_in` for whoever has the key, `open` for
    /// all, with `/metrics`, `/livez`, `/readyz` and `/healthz`. No page of
    /// another site may ask, a handler that panics answers 500, and answers
    /// are counted.
    pub fn app(&self, signed_in: Router, open: Router) -> Router {
        let app = self
            .0
            .sign_in
            .protect(signed_in)
            .merge(open)
            .merge(metrics::route(self.0.registry.clone()))
            .merge(self.0.health.routes(&self.0.sign_in));
        let app = self.0.origin_policy.clone().protect(app);
        app.layer(from_fn_with_state(self.clone(), watched))
            .layer(from_fn(safe_headers))
    }

    /// Says that the program is ready and serves until it is asked to end;
    /// then requests under way may finish within the deadline.
    ///
    /// # Errors
    /// Requests were cut off at the deadline.
    pub async fn serve(
        &self,
        listener: TcpListener,
        app: Router,
    ) -> Result<(), Box<dyn Error>> {
        self.0.health.ready();
        systemd::ready();
        info!("ready at {}", listener.local_addr()?);
        let stop = self.0.shutdown.wait();
        // Half of the deadline, so that what comes after it has some too.
        let farewell = self.0.deadline / 2;
        let feeding = tokio::spawn(feed_the_watchdog());
        let cut = http::serve(listener, app, stop, farewell).await;
        feeding.abort();
        match cut {
            0 => Ok(()),
            cut => Err(format!(
                "{cut} connections were still open {} s after the end began: \
                 they were cut",
                farewell.as_secs_f64()
            )
            .into()),
        }
    }

    /// Does `reload` whenever SIGHUP asks for it. Its words are logged; an
    /// error too, and what was in force before stays in force.
    pub fn on_reload<F>(&self, mut reload: impl FnMut() -> F + Send + 'static)
    where
        F: Future<Output = Result<String, String>> + Send,
    {
        let mut reloads = self.0.shutdown.reloads();
        let stop = self.0.shutdown.wait();
        let health = self.0.health.clone();
        let log = self.0.log.clone();
        let watch = async move {
            loop {
                reloads.next().await;
                systemd::reloading();
                log.reopen();
                let read = reload().await;
                match &read {
                    Ok(words) => info!("reloaded: {words}"),
                    Err(words) => error!(
                        "not reloaded, what was in force stays so: {words}"
                    ),
                }
                health.set("configuration", read.map(drop));
                systemd::ready();
            }
        };
        self.0.tasks.spawn("reload", async move {
            tokio::select! {
                () = watch => {}
                () = stop => {}
            }
        });
    }

    /// The page's address with a one-time token, to be printed at the start.
    /// Where the server listens on all addresses, it is the loopback one.
    #[must_use]
    pub fn link(&self, address: SocketAddr) -> String {
        let base = format!("http://{}", reachable(address));
        match self.0.sign_in.one_time_link(&base) {
            Ok(link) => link,
            Err(error) => {
                error!("there is no one-time link: {error}");
                base
            }
        }
    }

    /// The program's name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.0.name
    }

    /// The folder with the program's data.
    #[must_use]
    pub fn data(&self) -> &Path {
        &self.0.data
    }

    /// The key.
    #[must_use]
    pub fn key(&self) -> &Key {
        &self.0.key
    }

    /// Who is let in.
    #[must_use]
    pub fn sign_in(&self) -> &SignIn {
        &self.0.sign_in
    }

    /// Where work is started.
    #[must_use]
    pub fn tasks(&self) -> &Tasks {
        &self.0.tasks
    }

    /// How the program is.
    #[must_use]
    pub fn health(&self) -> &Health {
        &self.0.health
    }

    /// Where metrics are added.
    #[must_use]
    pub fn metrics(&self) -> &Registry {
        &self.0.registry
    }

    /// The wish that the program end.
    #[must_use]
    pub fn shutdown(&self) -> &Shutdown {
        &self.0.shutdown
    }

    /// Who moves a log file away says so with SIGHUP.
    fn reopen_log(&self) {
        let log = self.0.log.clone();
        let mut reloads = self.0.shutdown.reloads();
        tokio::spawn(async move {
            loop {
                reloads.next().await;
                log.reopen();
            }
        });
    }
}

/// Counts answers; a panic becomes one, too.
async fn watched(
    State(daemon): State<Daemon>,
    request: Request,
    next: Next,
) -> Response {
    let answer = daemon.0.tasks.watch("http request", next.run(request));
    let response = answer.await.unwrap_or_else(|_: Panicked| {
        let words = "the server made a mistake, which it has logged\n";
        (StatusCode::INTERNAL_SERVER_ERROR, words).into_response()
    });
    let status = response.status().as_str().to_owned();
    daemon.0.requests.get_or_create(&[("status", status)]).inc();
    response
}

/// Tells the service manager that the program lives, if it wants to hear it.
/// A task of the runtime: when all its threads are stuck, it says nothing.
async fn feed_the_watchdog() {
    let Some(every) = systemd::watchdog() else { return };
    let mut clock = tokio::time::interval(every);
    loop {
        clock.tick().await;
        systemd::alive();
    }
}

/// Where a browser on this machine finds a server that listens there.
fn reachable(mut address: SocketAddr) -> SocketAddr {
    if address.ip().is_unspecified() {
        address.set_ip(match address {
            SocketAddr::V4(_) => std::net::Ipv4Addr::LOCALHOST.into(),
            SocketAddr::V6(_) => std::net::Ipv6Addr::LOCALHOST.into(),
        });
    }
    address
}

/// Makes a folder that nobody else can look into; one that is there is left
/// as it is.
fn make_private(folder: &Path) -> io::Result<()> {
    let mut builder = DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder)
}

/// Seconds, with a fraction if need be.
fn seconds(text: &str) -> Result<Duration, String> {
    text.parse()
        .ok()
        .and_then(|seconds| Duration::try_from_secs_f64(seconds).ok())
        .filter(|time| *time >= Duration::from_millis(100))
        .ok_or_else(|| "say a number of seconds, 0.1 or more".to_owned())
}
