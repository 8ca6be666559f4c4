//! The network monitor.
//!
//!     cargo run --bin network-monitor
//!
//! watches this machine and its router. To watch what matters to you:
//!
//!     cargo run --bin network-monitor sample > monitor.toml
//!     cargo run --bin network-monitor -- --config monitor.toml

use alerts::send_test;
use clap::{Args, Parser, Subcommand};
use daemon::config::{self, Loaded};
use daemon::{
    Daemon, Key, ShowCertificate, Unit, UsersCommand, data_folder, print_line,
};
use dashboard::top::{self, Trust};
use dashboard::{Wellness, overview};
use history::History;
use monitor_config::{Config, SECTIONS};
use network_monitor::remote::{self, ProbeOptions, run_probe};
use network_monitor::roles::{PROBE, ROLES};
use network_monitor::{Options, Running, now, read, read_report, run};
use remote_probe::PlaceKey;
use report::About;
use sign_in::{Accounts, Role};
use std::error::Error;
use std::fs;
use std::io::ErrorKind;
use std::path::PathBuf;
use std::process::ExitCode;

const NAME: &str = "network-monitor";

/// Watches a network: pings, checks, speed tests, history, alerts
///
/// Without a command it runs until it is asked to end.
#[derive(Parser)]
#[command(name = NAME, version)]
struct Arguments {
    #[command(flatten)]
    options: Options,
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Subcommand)]
enum Command {
    /// Show a running monitor in this terminal
    Top(Asked),
    /// Print the status of a running monitor
    ///
    /// The exit code says how well all is: 0 all targets are up, 3 something
    /// is degraded or not known, 4 something is down. 1: the monitor could not
    /// be asked. 2: the command line or the configuration is wrong.
    Status(StatusOptions),
    /// Send a test notice by a notifier of the configuration
    ///
    /// The exit code is 0 only if it was taken. No monitor needs to run.
    Test(TestOptions),
    /// Write what was measured into one HTML file, for a provider
    Report(ReportOptions),
    /// Read the configuration, and say what is wrong in it
    Check,
    /// Show the certificate that clients see, and its fingerprint
    Certificate(ShowCertificate),
    /// Print a configuration file to begin with: four lines
    Sample {
        /// Print one to read: every option with its default, and an example of
        /// every table, all of it commented out
        #[arg(long)]
        long: bool,
    },
    /// Print a unit file, with which systemd runs the monitor
    Unit,
    /// Make, list, change and revoke accounts. The monitor may run meanwhile
    Users(UsersCommand),
    /// Make the key of a place, with which its probe sends
    Place(PlaceCommand),
    /// Be a probe elsewhere: measure what a monitor says, and send it there
    Probe(Box<ProbeOptions>),
    /// Rename a damaged history, so that the next start makes a new one
    SetAside,
}

#[derive(Args)]
struct PlaceCommand {
    #[command(subcommand)]
    action: PlaceAction,
}

#[derive(Subcommand)]
enum PlaceAction {
    /// Print the key of a new place, which is shown only now: put the line into
    /// a file on the machine of its probe
    Add {
        /// Its name, as in its table [[place]]
        name: String,
    },
}

#[derive(Args)]
struct StatusOptions {
    #[command(flatten)]
    asked: Asked,
    /// Write JSON, as /api/status does
    #[arg(long)]
    json: bool,
}

#[derive(Args)]
struct TestOptions {
    /// The notifier's name
    name: String,
}

/// The monitor that is asked.
#[derive(Args)]
struct Asked {
    /// The monitor's address [default: as the other options say]
    #[arg(long, value_name = "URL", alias = "to")]
    server: Option<String>,
    /// The certificate of an https monitor, or of whoever issued it, in a PEM
    /// file: no other is trusted [default: those that this machine trusts, and
    /// that of its own monitor]
    #[arg(long, value_name = "FILE")]
    ca: Option<PathBuf>,
}

#[derive(Args)]
struct ReportOptions {
    /// How many days it covers
    #[arg(long, default_value_t = 30)]
    days: u32,
    /// Where to write it
    #[arg(long, default_value = "report.html", value_name = "FILE")]
    output: PathBuf,
    /// What the line is called
    #[arg(long, default_value = "")]
    line: String,
    /// The name of the provider
    #[arg(long, default_value = "")]
    provider: String,
    /// The number of the contract
    #[arg(long, default_value = "")]
    contract: String,
    /// The name of whoever reports, and an address or a number
    #[arg(long, default_value = "")]
    contact: String,
    /// What was promised towards us, in Mbit/s
    #[arg(long, value_name = "MBITS", value_parser = promised)]
    promised_download: Option<f64>,
    /// What was promised towards the provider, in Mbit/s
    #[arg(long, value_name = "MBITS", value_parser = promised)]
    promised_upload: Option<f64>,
}

/// A speed in Mbit/s.
fn promised(text: &str) -> Result<f64, String> {
    let mbits: Option<f64> = text.parse().ok();
    mbits
        .filter(|mbits| (0.001..=1e6).contains(mbits))
        .ok_or_else(|| "write Mbit/s, from 0.001 to 1000000".to_owned())
}

fn main() -> ExitCode {
    let loaded = match config::load::<Arguments>(SECTIONS) {
        Ok(loaded) => loaded,
        Err(error) => return error.report(),
    };
    let Loaded { arguments: Arguments { options, command }, file } = loaded;
    // A mistake in a table ends the program like one in the flags.
    let config = match read(&file) {
        Ok(config) => config,
        Err(error) => {
            eprintln!("{error}");
            return ExitCode::from(2);
        }
    };
    let Some(command) = command else {
        let daemon = options.daemon.clone();
        return Daemon::run(NAME, &daemon, |daemon| {
            run(daemon, options, file, config, introduce)
        });
    };
    if let Command::Probe(probe) = &command
        && !probe.unit
    {
        return be_a_probe(&options, probe);
    }
    let done = match command {
        Command::Top(asked) => show(&options, &asked),
        Command::Status(status) => match print_status(&options, &status) {
            Ok(wellness) => return ExitCode::from(wellness as u8),
            Err(error) => Err(error),
        },
        Command::Test(test) => test_notifier(&config, &test.name),
        Command::Report(report) => write_report(&options, &config, &report),
        Command::Check => check(&options, &config),
        Command::Certificate(show) => show.run(NAME, &options.daemon),
        Command::Sample { long } => {
            match long {
                true => print_line(network_monitor::sample().trim_end()),
                false => print_line(network_monitor::STARTER.trim_end()),
            }
            Ok(())
        }
        Command::Unit => print_unit(&options),
        Command::Users(users) => {
            users.run(NAME, &options.daemon, ROLES, &base(&options))
        }
        Command::Place(PlaceCommand { action: PlaceAction::Add { name } }) => {
            add_place(&options, &name)
        }
        Command::Probe(probe) => print_probe_unit(&options, &probe),
        Command::SetAside => set_aside(&options),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{NAME}: {error}");
            ExitCode::FAILURE
        }
    }
}

type Done = Result<(), Box<dyn Error>>;

fn introduce(running: &Running) {
    print_line("network monitor");
    print_line(format!("  page:    {}", running.link));
    print_line(format!("  watches: {}", list(running)));
    print_line(format!("  data:    {}", running.data.display()));
    print_line("The link signs one browser in, once.");
}

fn list(running: &Running) -> String {
    let targets = running.config.targets.iter().map(|it| it.name.as_str());
    let tests = running.config.speed.iter().map(|it| it.name.as_str());
    let names: Vec<&str> = targets.chain(tests).collect();
    match names.len() {
        0 => "nothing".to_owned(),
        1..=5 => names.join(", "),
        more => format!("{} and {} more", names[..4].join(", "), more - 4),
    }
}

fn folder(options: &Options) -> Result<PathBuf, Box<dyn Error>> {
    let chosen = options.daemon.data.clone();
    let folder = chosen.or_else(|| data_folder(NAME));
    Ok(folder.ok_or("there is no home folder: choose one with --data")?)
}

/// The key of the monitor that is asked, and whose certificates count.
fn key_and_trust(
    options: &Options,
    asked: &Asked,
) -> Result<(Key, Trust), Box<dyn Error>> {
    let folder = folder(options)?;
    let key = Key::read(&folder).map_err(|error| {
        let folder = folder.display();
        match error.kind() {
            ErrorKind::NotFound => format!(
                "there is no key in {folder}: start the monitor, which makes \
                 one, or name its folder with --data"
            ),
            _ => format!("cannot use the key in {folder}: {error}"),
        }
    })?;
    let trust = match &asked.ca {
        Some(file) => Trust::Only(file.clone()),
        None => Trust::Own(vec![folder]),
    };
    Ok((key, trust))
}

fn show(options: &Options, asked: &Asked) -> Done {
    let (key, trust) = key_and_trust(options, asked)?;
    match &asked.server {
        Some(server) => top::run(server, key.expose(), &trust)?,
        None => top::run_own(&base(options), &key, &trust)?,
    }
    Ok(())
}

fn print_status(
    options: &Options,
    wanted: &StatusOptions,
) -> Result<Wellness, Box<dyn Error>> {
    let (key, trust) = key_and_trust(options, &wanted.asked)?;
    let status = match &wanted.asked.server {
        Some(server) => top::status(server, key.expose(), &trust)?,
        None => top::status_of_own(&base(options), &key, &trust)?,
    };
    match wanted.json {
        true => print_line(serde_json::to_string(&status)?),
        false => print_line(overview(&status).trim_end()),
    }
    Ok(Wellness::of(&status))
}

fn test_notifier(config: &Config, name: &str) -> Done {
    let notifier = config.notifiers.iter().find(|one| one.name == name);
    let notifier = notifier.ok_or_else(|| {
        let names = config.notifiers.iter().map(|one| one.name.as_str());
        let names = names.collect::<Vec<_>>().join(", ");
        match names.is_empty() {
            true => "the configuration has no [[notify]]: add one, or name \
                     its file with --config"
                .to_owned(),
            false => format!(
                "there is no [[notify]] named {name:?}: the configuration has \
                 {names}"
            ),
        }
    })?;
    let runtime = tokio::runtime::Runtime::new()?;
    runtime.block_on(send_test(notifier))?;
    print_line(format!("{name}: the test notice was taken"));
    Ok(())
}

fn write_report(
    options: &Options,
    config: &Config,
    wanted: &ReportOptions,
) -> Done {
    const DAY: i64 = 24 * 60 * 60 * 1000;
    let mbits = |promised: Option<f64>| promised.map(|mbits| mbits * 1e6);
    let about = About {
        line: wanted.line.clone(),
        provider: wanted.provider.clone(),
        contract: wanted.contract.clone(),
        contact: wanted.contact.clone(),
        download_bps: mbits(wanted.promised_download),
        upload_bps: mbits(wanted.promised_upload),
    };
    let history = History::open_to_read(&folder(options)?)?;
    let (from, to) = (now() - i64::from(wanted.days) * DAY, now());
    let report = read_report(&history, config, from, to, about)?;
    let output = wanted.output.display();
    fs::write(&wanted.output, report::html(&report))
        .map_err(|error| format!("cannot write {output}: {error}"))?;
    println!("{output}");
    Ok(())
}

fn check(options: &Options, config: &Config) -> Done {
    options.daemon.tls.check()?;
    println!(
        "{} targets, {} speed tests, {} alerts, {} notifiers: all is well",
        config.targets.len(),
        config.speed.len(),
        config.alerts.len(),
        config.notifiers.len()
    );
    Ok(())
}

fn print_unit(options: &Options) -> Done {
    let mut unit = Unit::new(NAME, "Network monitor");
    unit.apply_options(&options.daemon)?;
    // For pings, where the system does not permit them to everybody.
    unit.capabilities = vec!["CAP_NET_RAW".to_owned()];
    // A connection for each of many targets, and one for each who looks on.
    unit.extra_lines.push("LimitNOFILE=65536".to_owned());
    unit.arguments = config::service_arguments::<Arguments>(SECTIONS)?;
    Ok(unit.print()?)
}

fn add_place(options: &Options, name: &str) -> Done {
    let accounts = Accounts::open(&folder(options)?)?;
    let key = accounts.add(name, &Role::find(&[PROBE.to_owned()], ROLES)?)?;
    print_line(PlaceKey::new(name, &key).line());
    eprintln!(
        "This line is shown only now. On the machine of the probe put it into \
         a file of its user's own, and start:\n\
         network-monitor probe --to {} --key-file FILE",
        base(options)
    );
    Ok(())
}

fn be_a_probe(options: &Options, probe: &ProbeOptions) -> ExitCode {
    let mut daemon = options.daemon.clone();
    daemon.data = probe.data.clone().or(daemon.data);
    let probe = probe.clone();
    Daemon::run(remote::NAME, &daemon, |daemon| run_probe(daemon, probe))
}

fn print_probe_unit(options: &Options, probe: &ProbeOptions) -> Done {
    let mut unit = Unit::new(remote::NAME, "Probe of a network monitor");
    unit.apply_options(&options.daemon)?;
    unit.capabilities = vec!["CAP_NET_RAW".to_owned()];
    unit.arguments = vec!["probe".to_owned(), format!("--to={}", probe.to)];
    if let Some(ca) = &probe.ca {
        let ca = std::path::absolute(ca)?;
        unit.arguments.push(format!("--ca={}", ca.display()));
    }
    // The service has a user of its own, which cannot read anybody's files:
    // systemd hands it the key (systemd.exec(5), LoadCredential=).
    let usual = PathBuf::from("/etc/network-monitor/place-key");
    let key = probe.key_file.as_ref().unwrap_or(&usual);
    let key = std::path::absolute(key)?;
    let line =
        format!("LoadCredential={}:{}", remote::CREDENTIAL, key.display());
    unit.extra_lines.push(line);
    Ok(unit.print()?)
}

/// The address of the monitor's page, for links.
fn base(options: &Options) -> String {
    let scheme = options.daemon.tls.scheme(options.listen);
    format!("{scheme}://{}", options.listen)
}

fn set_aside(options: &Options) -> Done {
    let renamed = history::set_aside(&folder(options)?)?;
    println!("the history is now {}", renamed.display());
    Ok(())
}
