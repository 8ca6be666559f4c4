//! A whole daemon: all parts, put together once for every server.

use std::error::Error;
use std::fs::DirBuilder;
use std::future::Future;
use std::io;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use axum::Router;
use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::middleware::{Next, from_fn, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use rates::Rate;
use sign_in::{BasePath, Key, OriginPolicy, SignIn};
use tls::Tls;
use tokio::net::TcpListener;
use tokio::time::{Instant, timeout_at};
use tracing::{error, info, warn};

use crate::certificate::{self, TlsOptions, keep_current, names_for};
use crate::config::ConfigError;
use crate::http::{self, RateLimit, Server, safe_headers, stays_here};
use crate::log::{self, LogGuard};
use crate::metrics::{self, Counter, Family, Registry, SignInAttempts};
use crate::{
    Health, Options, Panicked, Shutdown, Tasks, data_folder, open_files,
    systemd,
};

#[derive(Debug, thiserror::Error)]
#[error("cannot use the key: {0}")]
struct BadKey(io::Error);

#[derive(Debug, thiserror::Error)]
#[error("cannot use the certificate: {0}")]
struct BadCertificate(tls::Error);

/// A running daemon. Clones share it.
#[derive(Clone)]
pub struct Daemon(Arc<Inner>);

struct Inner {
    name: String,
    data: PathBuf,
    deadline: Duration,
    tls_options: TlsOptions,
    base_path: BasePath,
    /// The certificate, once there is an address that it is for.
    tls: OnceLock<Tls>,
    request_rate: RateLimit,
    origin_policy: OriginPolicy,
    key: Key,
    sign_in: SignIn,
    tasks: Tasks,
    health: Health,
    registry: Registry,
    metrics_key: bool,
    requests: Family<[(&'static str, String); 1], Counter>,
    shutdown: Shutdown,
    log: LogGuard,
}

impl Daemon {
    /// The whole life of a daemon: starts the log, opens the data folder and
    /// the key, does the `work`, and ends it in order when a signal asks for
    /// that. At the deadline the daemon says what still runs, and ends anyway.
    ///
    /// Returns 0 only if all went well, and 2 for what another start would not
    /// mend: a mistake in the configuration, a key that others can read, or a
    /// certificate that cannot be used.
    /// Errors are logged, and also printed when the log goes to a file.
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
        match Daemon::run_logged(name, options, log, work) {
            Ok(()) => ExitCode::SUCCESS,
            Err(error) => {
                error!("{error}");
                if options.log.log_file.is_some() {
                    eprintln!("{name}: {error}");
                }
                let permanent = error.is::<ConfigError>()
                    || error.is::<BadKey>()
                    || error.is::<BadCertificate>();
                ExitCode::from(if permanent { 2 } else { 1 })
            }
        }
    }

    fn run_logged<F, E>(
        name: &str,
        options: &Options,
        log: LogGuard,
        work: impl FnOnce(Daemon) -> F,
    ) -> Result<(), Box<dyn Error>>
    where
        F: Future<Output = Result<(), E>>,
        E: Into<Box<dyn Error>>,
    {
        open_files::raise_limit();
        let daemon = Daemon::open(name, options, log)?;
        let runtime = tokio::runtime::Runtime::new()?;
        let ended = runtime.block_on(async {
            daemon.reopen_log();
            daemon.run_to_the_end(work(daemon.clone())).await
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
        // A mistake in it is found before anything has begun.
        options.tls.check().map_err(BadCertificate)?;
        let shutdown = Shutdown::on_signals()
            .map_err(|error| format!("cannot listen to signals: {error}"))?;
        let registry = Registry::new();
        let tasks = Tasks::default();
        tasks.register(&registry);
        let base_path = options.base_path.clone();
        let sign_in =
            SignIn::open_under(&data, key.clone(), name, base_path.clone())?;
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
            tls_options: options.tls.clone(),
            base_path,
            tls: OnceLock::new(),
            request_rate: RateLimit::new(Rate::new(
                options.request_rate,
                Duration::from_secs(1),
                options.request_rate.saturating_mul(10),
            )),
            origin_policy: OriginPolicy::new(&options.host_name),
            key,
            sign_in,
            health: Health::new(&tasks),
            tasks,
            registry,
            metrics_key: options.metrics_key,
            requests,
            shutdown,
            log,
        })))
    }

    // ANCHOR: end
    /// Does the work until it ends or a signal asks for the end. Then waits
    /// for all that is under way, but not beyond the deadline.
    async fn run_to_the_end<E: Into<Box<dyn Error>>>(
        &self,
        work: impl Future<Output = Result<(), E>>,
    ) -> Result<(), Box<dyn Error>> {
        let mut work = std::pin::pin!(work);
        let mut result = tokio::select! {
            result = &mut work => Some(result),
            () = self.0.shutdown.wait() => None,
        };

        // Nobody should send new requests, and every task should finish.
        self.0.health.stopping();
        systemd::stopping();
        self.0.shutdown.stop();

        // One deadline for both: first the work itself, then its tasks.
        let deadline = Instant::now() + self.0.deadline;
        if result.is_none() {
            result = timeout_at(deadline, work).await.ok();
        }
        let finished = timeout_at(deadline, self.0.tasks.finished()).await;

        // What did not finish is named in the log.
        let mut running = self.0.tasks.running();
        match result {
            Some(result) => result.map_err(Into::into)?,
            None => running.insert(0, self.0.name.clone()),
        }
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

    /// The server's router: `signed_in` is for whoever has signed in, `open`
    /// for everybody, and `/metrics`, `/livez`, `/readyz` and `/healthz` are
    /// added. With `--metrics-key`, `/metrics` is for whoever has the
    /// [role](metrics::ROLE). Requests of other sites' pages are refused, a handler that
    /// panics answers 500, and answers are counted. Whoever asks too often is
    /// answered with 429, except about health.
    pub fn app(&self, signed_in: Router, open: Router) -> Router {
        let rate = &self.0.request_rate;
        let metrics = metrics::route(self.0.registry.clone());
        let (signed_in, open) = match self.0.metrics_key {
            true => {
                let role = metrics::ROLE.name;
                let metrics = self.0.sign_in.require(role, metrics);
                (signed_in.merge(metrics), open)
            }
            false => (signed_in, open.merge(metrics)),
        };
        let signed_in = self.0.sign_in.protect(rate.protect(signed_in));
        let app = rate
            .protect_sign_in(signed_in)
            .merge(rate.protect(open))
            .merge(self.0.health.routes(&self.0.sign_in));
        self.guarded(app)
    }

    /// What is answered when there is no room for another connection: health,
    /// which somebody may be watching just then.
    fn when_full(&self) -> Router {
        let health = self.0.health.routes(&self.0.sign_in);
        self.guarded(health.fallback(http::no_room))
    }

    /// What everybody may see, and pages of other sites may show: to be merged
    /// with the [`app`](Daemon::app). Whatever changes something, or depends on
    /// who asks, does not belong into it.
    pub fn public(&self, router: Router) -> Router {
        let router = self.0.request_rate.protect(router);
        self.watched(self.0.origin_policy.clone().protect_public(router))
    }

    fn guarded(&self, router: Router) -> Router {
        self.watched(self.0.origin_policy.clone().protect(router))
    }

    fn watched(&self, router: Router) -> Router {
        router
            .layer(from_fn_with_state(self.clone(), count_answers))
            .layer(from_fn(safe_headers))
    }

    /// Opens the address of the server, as [`http::listen`] does, and the
    /// certificate for it, which is kept up to date from now on.
    ///
    /// # Errors
    /// The address is taken, or the certificate cannot be made.
    pub async fn listen(&self, address: SocketAddr) -> io::Result<TcpListener> {
        let listener = http::listen(address).await?;
        self.open_certificate(listener.local_addr()?)
            .map_err(io::Error::other)?;
        Ok(listener)
    }

    fn open_certificate(&self, address: SocketAddr) -> Result<Tls, tls::Error> {
        if let Some(tls) = self.0.tls.get() {
            return Ok(tls.clone());
        }
        let names = names_for(address.ip(), self.0.origin_policy.names());
        let source = self.0.tls_options.source(&self.0.data, names);
        let tls = Tls::open(source)?;
        certificate::introduce(&tls);
        if self.0.tls_options.allow_plain_http && !stays_here(address.ip()) {
            warn!(
                "other machines may use plain HTTP: whoever is on the way \
                 can read and change keys, documents and answers"
            );
        }
        let (reloads, health) = (self.0.shutdown.reloads(), &self.0.health);
        let work = keep_current(tls.clone(), reloads, health.clone());
        let stop = self.0.shutdown.wait();
        self.0.tasks.spawn("certificate", async move {
            tokio::select! {
                () = work => {}
                () = stop => {}
            }
        });
        Ok(self.0.tls.get_or_init(|| tls).clone())
    }

    /// Says that the program is ready, and serves until it is asked to end.
    /// Then requests under way may finish within half of the deadline.
    ///
    /// # Errors
    /// Requests were cut off at the deadline; or there is no certificate, if
    /// the listener is not from [`Daemon::listen`].
    pub async fn serve(
        &self,
        listener: TcpListener,
        app: Router,
    ) -> Result<(), Box<dyn Error>> {
        let address = listener.local_addr()?;
        let server = Server {
            app,
            when_full: self.when_full(),
            tls: self.open_certificate(address)?,
            base_path: self.0.base_path.clone(),
            plain_everywhere: self.0.tls_options.allow_plain_http,
        };
        self.0.health.ready();
        systemd::ready();
        info!("ready at {address}");
        let stop = self.0.shutdown.wait();
        // The other half is for what the program does after its last answer.
        let grace = self.0.deadline / 2;
        let watchdog = tokio::spawn(feed_the_watchdog());
        let cut = server.serve(listener, stop, grace).await;
        watchdog.abort();
        match cut {
            0 => Ok(()),
            cut => Err(format!(
                "{cut} connections were still open {} s after the end began: \
                 they were cut",
                grace.as_secs_f64()
            )
            .into()),
        }
    }

    /// Calls `reload` whenever SIGHUP asks for it, and logs what it returns.
    /// On an error, `reload` must leave the old configuration in force.
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
                    Ok(message) => info!("reloaded: {message}"),
                    Err(message) => error!(
                        "not reloaded, the old configuration stays: {message}"
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
    /// For a server that listens on all addresses it is the loopback address.
    #[must_use]
    pub fn link(&self, address: SocketAddr) -> String {
        let base = self.url(address);
        match self.0.sign_in.one_time_link(&base) {
            Ok(link) => link,
            Err(error) => {
                error!("there is no one-time link: {error}");
                base
            }
        }
    }

    /// The address of a server that listens at `address`, for programs and
    /// browsers on this machine, with the scheme of [`TlsOptions::scheme`].
    #[must_use]
    pub fn url(&self, address: SocketAddr) -> String {
        let address = reachable(address);
        let is_plain =
            stays_here(address.ip()) || self.0.tls_options.allow_plain_http;
        let scheme = if is_plain { "http" } else { "https" };
        format!("{scheme}://{address}")
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

    /// The sign-in.
    #[must_use]
    pub fn sign_in(&self) -> &SignIn {
        &self.0.sign_in
    }

    /// The tasks, to start one.
    #[must_use]
    pub fn tasks(&self) -> &Tasks {
        &self.0.tasks
    }

    /// The program's health, to report trouble.
    #[must_use]
    pub fn health(&self) -> &Health {
        &self.0.health
    }

    /// The registry of metrics, to add some.
    #[must_use]
    pub fn metrics(&self) -> &Registry {
        &self.0.registry
    }

    /// The request to end, to wait for it.
    #[must_use]
    pub fn shutdown(&self) -> &Shutdown {
        &self.0.shutdown
    }

    /// Opens the log file again at each SIGHUP: somebody may have moved it
    /// away.
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

/// Counts answers by status, and makes a panic an answer.
async fn count_answers(
    State(daemon): State<Daemon>,
    request: Request,
    next: Next,
) -> Response {
    let answer = daemon.0.tasks.watch("http request", next.run(request));
    let response = answer.await.unwrap_or_else(|_: Panicked| {
        let message = "the server made a mistake, which it has logged\n";
        (StatusCode::INTERNAL_SERVER_ERROR, message).into_response()
    });
    let status = response.status().as_str().to_owned();
    daemon.0.requests.get_or_create(&[("status", status)]).inc();
    response
}

/// Tells the service manager that the program lives, if the unit asks for
/// that. When all threads of the runtime are stuck, so is this task, and the
/// service manager starts the program again.
async fn feed_the_watchdog() {
    let Some(every) = systemd::watchdog() else { return };
    let mut clock = tokio::time::interval(every);
    loop {
        clock.tick().await;
        systemd::alive();
    }
}

/// The address at which a browser on this machine finds a server that listens
/// at `address`.
fn reachable(mut address: SocketAddr) -> SocketAddr {
    if address.ip().is_unspecified() {
        address.set_ip(match address {
            SocketAddr::V4(_) => std::net::Ipv4Addr::LOCALHOST.into(),
            SocketAddr::V6(_) => std::net::Ipv6Addr::LOCALHOST.into(),
        });
    }
    address
}

/// Makes a folder that only its owner can look into, and takes the rights of
/// others away if it is there already. All that this process makes from now on
/// is for its owner alone, too.
pub(crate) fn make_private(folder: &Path) -> io::Result<()> {
    let mut builder = DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder)?;
    #[cfg(unix)]
    take_rights_of_others(folder)?;
    Ok(())
}

#[cfg(unix)]
fn take_rights_of_others(folder: &Path) -> io::Result<()> {
    use std::fs::{self, Permissions};
    use std::os::unix::fs::{MetadataExt, PermissionsExt};

    use rustix::fs::Mode;

    rustix::process::umask(Mode::RWXG | Mode::RWXO);
    let data = fs::metadata(folder)?;
    if data.mode() & 0o077 == 0 {
        return Ok(());
    }
    let same = |other: PathBuf| {
        fs::metadata(other).is_ok_and(|other| {
            (other.dev(), other.ino()) == (data.dev(), data.ino())
        })
    };
    let shared = ["/tmp", "/var/tmp", "/dev/shm"].map(PathBuf::from);
    if shared.into_iter().chain([std::env::temp_dir()]).any(same) {
        return Err(io::Error::other("all users put files into it"));
    }
    if data.uid() != rustix::process::geteuid().as_raw() {
        return Err(io::Error::other("it belongs to another user"));
    }
    fs::set_permissions(folder, Permissions::from_mode(0o700))?;
    info!("{} could be read by others, and cannot any more", folder.display());
    Ok(())
}
