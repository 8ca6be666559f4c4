//! Intakes and workers on several machines: how they find each other.

use std::collections::HashMap;
use std::env;
use std::fs;
use std::io;
use std::net::SocketAddr;
use std::path::PathBuf;

use axum::Router;
use daemon::Daemon;
use job_queue::{Job, Queue, State};
use print_options::{MachineOptions, Options, Role, roles};
use relay::{IntakeAddress, Intakes, KnownIntake, PrintJob, Spool};
use reqwest::blocking::Client;
use thiserror::Error;
use tls::Trust;

/// The variable with keys for intakes.
const KEYS: &str = "PRINT_SERVER_INTAKE_KEYS";
/// The fewest characters of a key.
const SHORTEST_KEY: usize = 32;

/// Why a worker cannot fetch documents.
#[derive(Debug, Error)]
pub enum MachineError {
    /// A key cannot be read.
    #[error(
        "the key for the intake at {intake} cannot be read from {}: {source}",
        file.display()
    )]
    KeyFile {
        /// Which intake.
        intake: IntakeAddress,
        /// Where its key should be.
        file: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// The variable with the keys is not written as it should be.
    #[error("in the variable {KEYS} an entry {0}")]
    Variable(String),
    /// What was given is no key.
    #[error(
        "what is given as the key for the intake at {0} is no key: `print-server \
         users add NAME --roles worker` makes one there"
    )]
    NoKey(IntakeAddress),
    /// Two keys for one intake.
    #[error("there are two keys for the intake at {0}: take one of them away")]
    TwoKeys(IntakeAddress),
    /// The key would go over the network in the clear.
    #[error(
        "the key for the intake at {0} and its documents could be read by \
         everybody on the way: write https, or allow it with --allow-plain-http"
    )]
    InTheClear(IntakeAddress),
    /// Certificates that cannot be used.
    #[error(transparent)]
    Trust(#[from] tls::Error),
    /// No client or no folder for documents.
    #[error("documents cannot be fetched: {0}")]
    Fetch(#[from] io::Error),
}

/// The intakes that this worker has a key for.
fn known_intakes(
    options: &MachineOptions,
) -> Result<Vec<KnownIntake>, MachineError> {
    let mut known = HashMap::new();
    let files = options.intake_key_file.iter().map(|(address, file)| {
        let key = fs::read_to_string(file);
        let key = key.map_err(|source| MachineError::KeyFile {
            intake: address.clone(),
            file: file.clone(),
            source,
        })?;
        let key = key.trim().to_owned();
        Ok(KnownIntake { address: address.clone(), key })
    });
    for intake in files.chain(keys_in_environment()) {
        let intake = intake?;
        let address = intake.address.clone();
        let is_key = intake.key.len() >= SHORTEST_KEY
            && intake.key.bytes().all(|byte| byte.is_ascii_graphic());
        if !is_key {
            return Err(MachineError::NoKey(address));
        }
        if known.insert(address.to_string(), intake).is_some() {
            return Err(MachineError::TwoKeys(address));
        }
    }
    Ok(known.into_values().collect())
}

// ANCHOR: address
/// Where workers on other machines fetch what comes in here, if they can: over
/// TLS, which every address for other machines speaks.
pub(crate) fn own_address(
    options: &Options,
    address: SocketAddr,
) -> Option<IntakeAddress> {
    // Without a Redis there are no other machines.
    if options.role == Role::Worker || !options.is_queue_shared() {
        return None;
    }
    if let Some(address) = &options.machines.intake_address {
        return Some(address.clone());
    }
    let ip = address.ip();
    let host = match options.daemon.host_name.first() {
        Some(name) => name.clone(),
        // Another machine means itself by that, or nothing.
        None if ip.is_loopback() || ip.is_unspecified() => return None,
        None if ip.is_ipv6() => format!("[{ip}]"),
        None => ip.to_string(),
    };
    format!("https://{host}:{}", address.port()).parse().ok()
}
// ANCHOR_END: address

/// The intakes whose documents this worker fetches. `own` is where this server
/// takes documents in itself, if it does.
pub(crate) fn intakes(
    options: &Options,
    own: Option<IntakeAddress>,
    spool: &Spool,
) -> Result<Intakes, MachineError> {
    let known = known_intakes(&options.machines)?;
    let in_the_clear = |intake: &&KnownIntake| {
        !intake.address.is_private() && !options.daemon.tls.allow_plain_http
    };
    if let Some(intake) = known.iter().find(in_the_clear) {
        return Err(MachineError::InTheClear(intake.address.clone()));
    }
    let trust = match &options.machines.intake_ca {
        Some(file) => Trust::Only(file.clone()),
        None => Trust::System,
    };
    let mut http = Client::builder();
    if known.iter().any(|known| known.address.as_str().starts_with("https:")) {
        http = http.tls_backend_preconfigured(trust.config()?);
    }
    let log = |text| tracing::info!("{text}");
    Ok(Intakes::new(http, own, known, spool.fetched(), log)?)
}

/// The route by which workers on other machines fetch documents.
pub(crate) fn documents(daemon: &Daemon, spool: &Spool) -> Router {
    daemon.sign_in().require(roles::WORKER, spool.document_route())
}

/// Says at the start which jobs wait for another server on this queue.
pub(crate) fn warn_of_documents_out_of_reach(
    options: &Options,
    queue: &dyn Queue,
    spool: &Spool,
    intakes: &Intakes,
) -> Result<(), job_queue::Error> {
    if !options.is_queue_shared() {
        return Ok(());
    }
    let is_out_of_reach = |job: &&Job| {
        matches!(job.state, State::Waiting | State::Held)
            && PrintJob::from_payload(&job.payload).is_ok_and(|order| {
                !intakes.reach(&order.intake)
                    && !spool.path(&order.document).exists()
            })
    };
    let jobs = queue.pending()?;
    match jobs.iter().filter(is_out_of_reach).count() {
        0 => {}
        count => tracing::warn!(
            "of the jobs that wait, {count} have their document with a server \
             that this one cannot ask: another one has to print them, or this \
             one needs --intake-key-file"
        ),
    }
    Ok(())
}

/// The keys in the environment. An error does not repeat them.
fn keys_in_environment() -> Vec<Result<KnownIntake, MachineError>> {
    let text = env::var(KEYS).unwrap_or_default();
    let entries =
        text.split(',').map(str::trim).filter(|text| !text.is_empty());
    let entries = entries.map(|entry| {
        let wrong = |why: &str| MachineError::Variable(why.to_owned());
        let (address, key) = entry
            .split_once('=')
            .ok_or_else(|| wrong("is not written as URL=KEY"))?;
        let address = address.parse::<IntakeAddress>();
        let address = address.map_err(|error| wrong(&error.to_string()))?;
        Ok(KnownIntake { address, key: key.to_owned() })
    });
    entries.collect()
}
