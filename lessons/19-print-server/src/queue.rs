//! The queue of a print server: where it is, what to change about its engine,
//! and whether it is the one of the last start.

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};
use std::{env, fs, io};

use job_queue::{Error, Queue, RedisAccess};
use print_options::Options;

/// The queue's name in its engine.
const NAME: &str = "print";
/// How often an engine is asked what to change about it.
const LOOK: Duration = Duration::from_secs(10);

/// Opens the queue that the options name.
///
/// # Errors
/// What keeps it from being used.
pub(crate) fn open(
    options: &Options,
    data: &Path,
) -> Result<Arc<dyn Queue>, Error> {
    if options.queue == "sqlite" {
        let file = data.join("queue.db");
        return job_queue::open(&format!("sqlite:{}", file.display()), NAME);
    }
    warn_of_password(options);
    let password = match &options.queue_password_file {
        None => None,
        Some(file) => Some(read_password(file)?),
    };
    let access = RedisAccess { password, ca: options.queue_ca.clone() };
    job_queue::open_with(&options.queue, NAME, &access)
}

fn read_password(file: &Path) -> Result<String, Error> {
    let name = file.display();
    let unfit = |detail| Error::Unfit { url: "the queue".to_owned(), detail };
    let text = fs::read_to_string(file).map_err(|error| {
        unfit(format!("its password in {name} cannot be read: {error}"))
    })?;
    match text.lines().next() {
        Some(password) if !password.is_empty() => Ok(password.to_owned()),
        _ => Err(unfit(format!("{name} holds no password in its first line"))),
    }
}

/// Warns if the queue's password stands on the command line.
fn warn_of_password(options: &Options) {
    let has_password = options.queue.contains('@');
    if has_password && env::args().any(|word| word.contains(&options.queue)) {
        tracing::warn!(
            "every user of this machine can see the password in --queue, in \
             the list of processes: write `queue` into the file of --config, \
             or set PRINT_SERVER_QUEUE, or name a --queue-password-file"
        );
    }
}

/// Sets the spool in this data folder aside if its documents wait for jobs of
/// another queue: of one that somebody emptied, for example. No job of this
/// queue names them, and the housekeeping would remove them.
///
/// # Errors
/// The folder cannot be read or written.
pub(crate) fn set_spool_aside(
    queue: &dyn Queue,
    data: &Path,
) -> io::Result<()> {
    let Some(identity) = queue.identity() else { return Ok(()) };
    let mark = data.join("spool-queue");
    let before = match fs::read_to_string(&mark) {
        Ok(text) => text,
        Err(error) if error.kind() == io::ErrorKind::NotFound => String::new(),
        Err(error) => return Err(error),
    };
    if before.trim() == identity {
        return Ok(());
    }
    if !before.trim().is_empty() {
        let documents = fs::read_dir(data.join("spool/documents"));
        let count = documents.map_or(0, Iterator::count);
        let mut where_now = String::new();
        if count > 0 {
            let now = SystemTime::now().duration_since(UNIX_EPOCH);
            let now = now.unwrap_or_default().as_secs();
            let aside = data.join(format!("spool-aside-{now}"));
            fs::rename(data.join("spool"), &aside)?;
            where_now = format!(
                " Their documents, {count}, are in {}: send again what is \
                 still wanted, then remove that folder",
                aside.display()
            );
        }
        tracing::error!(
            "this is not the queue of the last start: --queue names another \
             one, or somebody emptied that Redis. Jobs that waited are not in \
             it.{where_now}"
        );
    }
    let new = data.join("spool-queue.new");
    fs::write(&new, format!("{identity}\n"))?;
    fs::rename(&new, &mark)
}

/// What an administrator should change about the queue's engine, said once in
/// the log: at the start, and when it comes to be so.
#[derive(Default)]
pub(crate) struct Advice {
    looked: Option<Instant>,
    said: Vec<String>,
}

impl Advice {
    /// Says what is new. Most calls do nothing: an engine is asked now and
    /// then, as none tells of it.
    pub(crate) fn look(&mut self, queue: &dyn Queue) {
        if self.looked.is_some_and(|looked| looked.elapsed() < LOOK) {
            return;
        }
        self.looked = Some(Instant::now());
        let warnings = queue.warnings();
        for warning in &warnings {
            if !self.said.contains(warning) {
                tracing::warn!("{warning}");
            }
        }
        self.said = warnings;
    }
}
