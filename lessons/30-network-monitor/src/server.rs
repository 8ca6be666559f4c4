//! The monitor as a server: its parts, started and stopped in order.

use crate::browser_results::BrowserResults;
use crate::legacy_api;
use crate::metrics::Metrics;
use crate::monitor::Monitor;
use crate::public::content;
use crate::roles;
use axum::Router;
use browser_test::Page;
use clap::Args;
use daemon::Daemon;
use daemon::config::ConfigFile;
use dashboard::{control_routes, page, reading_routes};
use history::History;
use monitor_config::Config;
use status_page::StatusPage;
use std::error::Error;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// What an administrator can choose for the monitor, besides its configuration.
#[derive(Debug, Clone, Args)]
// Without an id, the group would have the name of the daemon's options.
#[group(id = "monitor")]
pub struct Options {
    /// Where to listen for HTTP
    #[arg(long, default_value = "127.0.0.1:8800", value_name = "ADDRESS",
        value_parser = daemon::listen_address)]
    pub listen: SocketAddr,

    /// What this monitor is called on its page and in reports [default: the
    /// machine's name]
    #[arg(long, value_name = "NAME")]
    pub name: Option<String>,

    /// The options of every daemon.
    #[command(flatten)]
    pub daemon: daemon::Options,
}

/// Runs a monitor by the configuration that was [`read`] from `file`, until it
/// is asked to end. `started` is called once it answers.
///
/// # Errors
/// What keeps it from running, in words that say what to do.
pub async fn run(
    daemon: Daemon,
    options: Options,
    file: ConfigFile,
    config: Config,
    started: impl FnOnce(&Running),
) -> Result<(), Box<dyn Error>> {
    let history = History::open(daemon.data(), &config.retention)?;
    let listener = daemon.listen(options.listen).await?;
    let monitor = Monitor::start(
        options.name.as_deref().unwrap_or(&machine_name()),
        history,
        &config,
        Metrics::register(daemon.metrics()),
        daemon.tasks().clone(),
        daemon.shutdown().watch(),
    )?;
    monitor.note("started");
    let public = StatusPage::new(monitor.clone());
    public.show(content(&config));
    reload_on_request(&daemon, &monitor, &public, file, config.clone());
    follow_trouble(&daemon, &monitor);

    let app = daemon
        .app(routes(&daemon, &monitor), open(&daemon, &monitor))
        .merge(daemon.public(public.routes()));
    let address = listener.local_addr()?;
    started(&Running {
        address,
        link: daemon.link(address),
        data: daemon.data().to_owned(),
        config,
    });
    let served = daemon.serve(listener, app).await;
    monitor.stop();
    monitor.note("stopped");
    served
}

// ANCHOR: routes
/// What needs a sign-in, by role.
fn routes(daemon: &Daemon, monitor: &Monitor) -> Router {
    let sign_in = daemon.sign_in();
    let read = page::routes()
        .merge(reading_routes(monitor.clone()))
        .merge(browser_test(monitor));
    sign_in
        .require(roles::READ, read)
        .merge(sign_in.require(roles::ADMIN, control_routes(monitor.clone())))
        .merge(sign_in.require(
            roles::PROBE,
            remote_probe::routes(monitor.places().clone()),
        ))
        .merge(sign_in.users(roles::ROLES, String::new()))
}
// ANCHOR_END: routes

/// The speed test for browsers, whose users may have their results kept.
fn browser_test(monitor: &Monitor) -> Router {
    let results = BrowserResults::of(monitor.clone());
    let page = Page { keeps: true, link: ("./", "The network monitor") };
    browser_test::routes(&page, Arc::new(move |found| results.keep(&found)))
}

/// What needs none: it has keys of its own.
fn open(daemon: &Daemon, monitor: &Monitor) -> Router {
    legacy_api::routes(monitor.clone(), daemon.sign_in().clone())
        .merge(monitor.push_routes())
}

/// A monitor that runs.
pub struct Running {
    /// Where it answers.
    pub address: SocketAddr,
    /// The page, with a token that signs a browser in once.
    pub link: String,
    /// The folder with its data.
    pub data: PathBuf,
    /// What it was told to watch.
    pub config: Config,
}

/// The configuration of this file or, without a file, of this machine.
///
/// # Errors
/// What is wrong in the file, and where.
pub fn read(file: &ConfigFile) -> Result<Config, Box<dyn Error>> {
    match file.path() {
        Some(path) => Ok(Config::parse(file.text(), path)?),
        None => Ok(Config::default_for_this_machine()),
    }
}

/// Reads the file again on SIGHUP. A file with a mistake changes nothing.
fn reload_on_request(
    daemon: &Daemon,
    monitor: &Monitor,
    public: &StatusPage<Monitor>,
    file: ConfigFile,
    config: Config,
) {
    let mut in_force = (file, config);
    let (monitor, public) = (monitor.clone(), public.clone());
    daemon.on_reload(move || {
        let reloaded = reload(&monitor, &in_force.0, &in_force.1);
        let result = reloaded.map(|(file, config, changes)| {
            public.show(content(&config));
            in_force = (file, config);
            changes
        });
        let note = match &result {
            Ok(changes) => format!("configuration read again: {changes}"),
            Err(error) => format!("configuration not taken: {error}"),
        };
        monitor.note(&note);
        async { result }
    });
}

/// Reads the file again and works by it from now on. Returns the new file, the
/// new configuration, and what has changed, in words.
fn reload(
    monitor: &Monitor,
    file: &ConfigFile,
    config: &Config,
) -> Result<(ConfigFile, Config, String), String> {
    let newer = file.again().map_err(|error| error.to_string())?;
    let wanted = read(&newer).map_err(|error| error.to_string())?;
    monitor.adopt(config, &wanted).map_err(|error| error.to_string())?;
    let mut changes = Config::difference(config, &wanted);
    let flags = file.changed_flags(&newer);
    if !flags.is_empty() {
        let flags = flags.join(", ");
        changes.push(format!("{flags}: only at the next start"));
    }
    if changes.is_empty() {
        changes.push("nothing has changed".to_owned());
    }
    Ok((newer, wanted, changes.join("; ")))
}

/// Makes the monitor unhealthy while its history cannot be written, or its
/// machine cannot ask the targets.
fn follow_trouble(daemon: &Daemon, monitor: &Monitor) {
    for (part, mut trouble) in
        [("history", monitor.trouble()), ("probes", monitor.probing_trouble())]
    {
        let health = daemon.health().clone();
        let stop = daemon.shutdown().wait();
        let follow = async move {
            loop {
                let now = trouble.borrow_and_update().clone();
                health.set(part, now.map_or(Ok(()), Err));
                if trouble.changed().await.is_err() {
                    return;
                }
            }
        };
        daemon.tasks().spawn("health", async move {
            tokio::select! {
                () = follow => {}
                () = stop => {}
            }
        });
    }
}

/// The name of this machine.
fn machine_name() -> String {
    let said = std::fs::read_to_string(Path::new("/etc/hostname"));
    let name = said.ok().or_else(|| std::env::var("COMPUTERNAME").ok());
    let name = name.unwrap_or_default().trim().to_owned();
    if name.is_empty() { "network monitor".to_owned() } else { name }
}
