//! The intakes on other machines, from which a worker fetches documents.

mod download;
mod fetch_folder;

use std::collections::HashMap;
use std::fmt;
use std::io;
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::thread;
use std::time::{Duration, Instant};

use reqwest::blocking::{Client, ClientBuilder};
use reqwest::redirect::Policy;
use tempfile::TempPath;
use thiserror::Error;

use crate::{IntakeAddress, RemoteDocument};
use download::{Download, asks};
use fetch_folder::FetchFolder;

/// How long an intake may take to accept a connection.
const CONNECT: Duration = Duration::from_secs(3);
/// How long an intake may be silent, before and while it sends.
const SILENCE: Duration = Duration::from_secs(5);
/// The rests between two looks whether an intake is back.
const FIRST_REST: Duration = Duration::from_millis(500);
const LONGEST_REST: Duration = Duration::from_secs(10);
/// The most reasons to wait that are remembered, so that each is logged once.
const MOST_REASONS: usize = 64;

/// An intake whose documents a worker may fetch.
#[derive(Clone, PartialEq, Eq)]
pub struct KnownIntake {
    /// Where it is.
    pub address: IntakeAddress,
    /// The key of the worker's account there.
    pub key: String,
}

/// Without the key.
impl fmt::Debug for KnownIntake {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "KnownIntake({}, …)", self.address)
    }
}

/// The intakes whose documents a worker may fetch, and how each of them is.
/// Clones share it. By default there is none.
///
/// The address in a job only chooses among them: whoever writes into the queue
/// cannot make a worker ask somebody else, let alone send a key there.
#[derive(Clone, Default)]
pub struct Intakes(Option<Arc<Inner>>);

/// Says how many there are.
impl fmt::Debug for Intakes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let count = self.0.as_ref().map_or(0, |inner| inner.known.len());
        write!(f, "Intakes({count})")
    }
}

struct Inner {
    http: Client,
    /// Where this process takes in documents itself, if it does.
    own: Option<IntakeAddress>,
    known: HashMap<String, Intake>,
    folder: FetchFolder,
    /// The reason last logged for each intake whose jobs wait.
    logged: Mutex<HashMap<String, String>>,
    /// Told of an intake that is back.
    log: fn(String),
}

struct Intake {
    key: String,
    /// Since when it does not answer, and why.
    away: Mutex<Option<(Instant, String)>>,
}

/// A document that was fetched. Dropped, it is gone from this machine.
pub type Fetched = TempPath;

/// Why a document could not be fetched.
#[derive(Debug, Error)]
pub enum FetchError {
    /// The intake cannot be reached, or does not do its work.
    #[error(
        "the intake at {intake}, which has its document, does not answer: {why}"
    )]
    Away {
        /// Which.
        intake: String,
        /// What happened.
        why: String,
    },
    /// Nobody has named this intake to this worker.
    #[error(
        "its document is with the intake at {intake}, and this worker has no \
         key for that one: give it one, or leave the job to a worker that does"
    )]
    Unknown {
        /// Which.
        intake: String,
    },
    /// The intake does not take the key, or refuses this worker for another
    /// reason.
    #[error(
        "the intake at {intake} does not give its document to this worker \
         ({status}): {why}"
    )]
    Refused {
        /// Which.
        intake: String,
        /// The status of its answer.
        status: u16,
        /// What it says about it.
        why: String,
    },
    /// The intake has no such document.
    #[error(
        "its document is not in the spool of the intake at {intake} any more: \
         send it again"
    )]
    Gone {
        /// Which.
        intake: String,
    },
    /// What came is longer than the document, or shorter.
    #[error(
        "what the intake at {intake} sends is not the document: it has \
         another length"
    )]
    Wrong {
        /// Which.
        intake: String,
    },
    /// There is no room for it.
    #[error("its document cannot be kept on the worker's disk: {0}")]
    Disk(io::Error),
    /// The job has been called off meanwhile.
    #[error("the job is not wanted any more")]
    NotWanted,
}

impl Intakes {
    /// These intakes, for a worker that keeps in `folder` what it has fetched,
    /// as other processes do, too. `own` is where this process takes documents
    /// in itself, if it does. `log` is told of an intake that is back.
    ///
    /// `http` says whose certificates are trusted. Neither redirections are
    /// followed nor proxies used: the key goes to the intake and nowhere else.
    ///
    /// # Errors
    /// No client or no folder can be made.
    pub fn new(
        http: ClientBuilder,
        own: Option<IntakeAddress>,
        known: Vec<KnownIntake>,
        folder: &Path,
        log: fn(String),
    ) -> io::Result<Intakes> {
        // For a client of plain HTTP alone it is not used, and must be there. An
        // error says that it is there already.
        let provider = rustls::crypto::ring::default_provider();
        let _ = provider.install_default();
        let http = http
            .connect_timeout(CONNECT)
            .timeout(SILENCE)
            .redirect(Policy::none())
            .no_proxy();
        // On a thread of its own: it must not be made where tasks run.
        let http = thread::spawn(move || http.build());
        let http = http.join().expect("it panics only where tasks run");
        let known = known.into_iter().map(|KnownIntake { address, key }| {
            let intake = Intake { key, away: Mutex::default() };
            (address.to_string(), intake)
        });
        Ok(Intakes(Some(Arc::new(Inner {
            http: http.map_err(io::Error::other)?,
            own,
            known: known.collect(),
            folder: FetchFolder::make(folder)?,
            logged: Mutex::default(),
            log,
        }))))
    }

    /// Whether a document that this intake took can be had: it is one of those
    /// that are known here, or this process itself.
    #[must_use]
    pub fn reach(&self, intake: &str) -> bool {
        self.0.as_ref().is_some_and(|inner| {
            inner.known.contains_key(intake) || inner.is_own(intake)
        })
    }

    // ANCHOR: fetch
    /// Fetches a document from its intake, for as long as `is_wanted`. An intake
    /// that does not answer is asked by a thread of its own until it is back:
    /// no worker waits for it, and meanwhile this fails at once.
    ///
    /// What came has the document's length. Whether it has its hash, the caller
    /// has to find out.
    ///
    /// # Errors
    /// [`FetchError`]; nothing of the document is kept then.
    pub fn fetch(
        &self,
        document: &RemoteDocument,
        is_wanted: &dyn Fn() -> bool,
    ) -> Result<Fetched, FetchError> {
        let address = || document.intake.clone();
        let unknown = || FetchError::Unknown { intake: address() };
        let inner = self.0.as_ref().ok_or_else(unknown)?;
        if inner.is_own(&document.intake) {
            // It is not in our own spool, or nobody would have asked.
            return Err(FetchError::Gone { intake: address() });
        }
        let intake = inner.known.get(&document.intake).ok_or_else(unknown)?;
        if let Some((_, why)) = &*intake.away() {
            let why = why.clone();
            return Err(FetchError::Away { intake: address(), why });
        }
        let file = inner.folder.file().map_err(FetchError::Disk)?;
        let download = Download {
            http: &inner.http,
            key: &intake.key,
            document,
            file: file.as_file(),
            got: 0,
            is_wanted,
        };
        match download.run() {
            Ok(()) => {
                inner.logged().remove(&document.intake);
                Ok(file.into_temp_path())
            }
            Err(error) => {
                if let FetchError::Away { why, .. } = &error {
                    inner.watch(document, intake, why);
                }
                Err(error)
            }
        }
    }
    // ANCHOR_END: fetch

    /// How long a job whose document cannot be had now is left alone: the longer,
    /// the longer its intake has been away.
    #[must_use]
    pub fn pause(&self, intake: &str) -> Duration {
        const SHORTEST: Duration = Duration::from_secs(1);
        let inner = self.0.as_ref();
        let intake = inner.and_then(|inner| inner.known.get(intake));
        let since = intake
            .and_then(|intake| intake.away().as_ref().map(|(since, _)| *since));
        let away = since.map_or(Duration::ZERO, |since| since.elapsed());
        (away / 4).clamp(SHORTEST, LONGEST_REST)
    }

    /// Whether this reason to wait for an intake is not logged yet.
    #[must_use]
    pub fn is_news(&self, intake: &str, reason: &str) -> bool {
        let Some(inner) = &self.0 else { return true };
        let mut logged = inner.logged();
        if logged.len() >= MOST_REASONS && !logged.contains_key(intake) {
            logged.clear();
        }
        let before = logged.insert(intake.to_owned(), reason.to_owned());
        before.as_deref() != Some(reason)
    }
}

impl Inner {
    fn is_own(&self, intake: &str) -> bool {
        self.own.as_ref().is_some_and(|own| own.as_str() == intake)
    }

    fn logged(&self) -> MutexGuard<'_, HashMap<String, String>> {
        self.logged.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Remembers that an intake is away, and has a thread ask it for the
    /// document until it is back.
    fn watch(
        self: &Arc<Inner>,
        document: &RemoteDocument,
        intake: &Intake,
        why: &str,
    ) {
        let mut away = intake.away();
        // Another worker of this process may have been quicker.
        if away.is_some() {
            return;
        }
        let (inner, document) = (Arc::downgrade(self), document.clone());
        let name = format!("intake {}", document.intake);
        let watch = move || wait_until_back(&inner, &document);
        // Without a thread it is asked again with the next job.
        if thread::Builder::new().name(name).spawn(watch).is_ok() {
            *away = Some((Instant::now(), why.to_owned()));
        }
    }
}

impl Intake {
    fn away(&self) -> MutexGuard<'_, Option<(Instant, String)>> {
        self.away.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Asks an intake for a document until it answers, or until nobody wants to know
/// any more.
fn wait_until_back(inner: &Weak<Inner>, document: &RemoteDocument) {
    let mut rest = FIRST_REST;
    loop {
        thread::sleep(rest);
        let Some(inner) = inner.upgrade() else { return };
        let address = &document.intake;
        let Some(intake) = inner.known.get(address) else { return };
        match asks(&inner.http, &intake.key, document) {
            Err(FetchError::Away { why, .. }) => {
                if let Some((_, before)) = &mut *intake.away() {
                    *before = why;
                }
            }
            _ => {
                *intake.away() = None;
                inner.logged().remove(address);
                (inner.log)(format!("the intake at {address} is back"));
                return;
            }
        }
        rest = (rest * 2).min(LONGEST_REST);
    }
}
