//! The attention that printers need: a program of the administrator's is run
//! when one has needed somebody for a while, and again when it is over.

use std::fs;
use std::io::{self, Write};
use std::path::PathBuf;
use std::sync::Arc;
use std::thread;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use ::attention::{Attention, Call};
use daemon::{Daemon, Shutdown};
use job_queue::{Queue, State};
use print_options::Options;
use programs::{Failure, Program, one_line, try_often};
use serde_json::json;
use tempfile::NamedTempFile;
use tokio::sync::mpsc;

use crate::printers::{Printer, Printers};

/// What was told, in the data folder.
const FILE: &str = "attention.json";
/// How long one wait for a change lasts. It is short, as it cannot be
/// interrupted, and as a printer that prints nothing changes nothing.
const WAIT: Duration = Duration::from_millis(500);
/// The newest jobs among which an uncertain one is looked for.
const LOOKED_AT: usize = 200;
/// Calls that wait for the program.
const WAITING: usize = 64;
/// How long one run of the program may take, and how often it is tried.
const LIMIT: Duration = Duration::from_secs(30);
const ATTEMPTS: u32 = 3;

struct Watch {
    printers: Printers,
    queue: Arc<dyn Queue>,
    after: u64,
    file: PathBuf,
    calls: mpsc::Sender<Call>,
}

/// Starts to watch over the printers, until the daemon ends, if the options
/// name a program to be run.
///
/// # Errors
/// The system has no more threads.
pub(crate) fn start(
    daemon: &Daemon,
    options: &Options,
    queue: &Arc<dyn Queue>,
    printers: &Printers,
) -> io::Result<()> {
    if options.on_trouble.is_empty() {
        return Ok(());
    }
    let (calls, mut inbox) = mpsc::channel::<Call>(WAITING);
    let words = options.on_trouble.clone();
    daemon.tasks().spawn("trouble program", async move {
        while let Some(call) = inbox.recv().await {
            tell(&words, &call).await;
        }
    });
    let after = options.on_trouble_after.as_millis();
    let watch = Watch {
        printers: printers.clone(),
        queue: queue.clone(),
        after: u64::try_from(after).unwrap_or(u64::MAX),
        file: daemon.data().join(FILE),
        calls,
    };
    let shutdown = daemon.shutdown().clone();
    let run = move || watch.run(&shutdown);
    daemon.tasks().thread("attention", run).map(drop)
}

// ANCHOR: tell
/// Runs the program with a call: JSON on its standard input, and the same in
/// its environment for programs that read none.
async fn tell(words: &[String], call: &Call) {
    let environment = [
        ("NOTICE_PRINTER", one_line(&call.printer)),
        ("NOTICE_STATE", call.state.name().to_owned()),
        ("NOTICE_AT", call.at.to_string()),
        ("NOTICE_SINCE", call.since.to_string()),
        ("NOTICE_WORDS", one_line(&call.words)),
    ];
    let mut news = json!(call);
    news["text"] = json!(call.words);
    let program = Program::new(words, &environment, format!("{news}\n"));
    let run = || program.run(LIMIT);
    let again = |failure: &Failure| {
        tracing::warn!("{}: will be tried again", one_line(&failure.words));
    };
    match try_often(ATTEMPTS, run, again).await {
        Ok(()) => tracing::info!("somebody was told: {}", call.words),
        Err(failure) => tracing::error!(
            "nobody was told: {}: {}",
            call.words,
            one_line(&failure.words)
        ),
    }
}
// ANCHOR_END: tell

impl Watch {
    fn run(&self, shutdown: &Shutdown) {
        let mut attention = self.told_before();
        let mut seen = 0;
        while !shutdown.is_stopping() {
            match self.queue.wait_for_change(seen, WAIT) {
                Ok(version) => seen = version,
                // Its trouble is told elsewhere.
                Err(_) => thread::sleep(WAIT),
            }
            for printer in self.printers.iter() {
                self.look_at(printer, &mut attention);
            }
        }
    }

    fn look_at(&self, printer: &Printer, attention: &mut Attention) {
        let heard = || printer.state.ask(None).needs_person();
        if heard().is_some() {
            // It may be over, and nothing prints that would tell.
            printer.ask();
        }
        // A queue that does not answer says nothing of the printer.
        let Ok(uncertain) = uncertain(printer) else { return };
        let wrong = heard().or(uncertain);
        let now = now();
        let call =
            attention.look(printer.name(), wrong.as_deref(), now, self.after);
        let Some(call) = call else { return };
        // Written first: told twice is worse than not told at a power cut.
        if let Err(error) = self.keep(&attention.told()) {
            let file = self.file.display();
            tracing::warn!("what was told cannot be kept in {file}: {error}");
        }
        let words = call.words.clone();
        if self.calls.try_send(call).is_err() {
            tracing::error!("nobody was told: {words}: others wait already");
        }
    }

    fn told_before(&self) -> Attention {
        let text = fs::read_to_string(&self.file).unwrap_or_default();
        serde_json::from_str(&text).unwrap_or_default()
    }

    fn keep(&self, told: &Attention) -> io::Result<()> {
        let folder = self.file.parent().unwrap_or(&self.file);
        let mut file = NamedTempFile::new_in(folder)?;
        file.write_all(serde_json::to_string(told)?.as_bytes())?;
        file.persist(&self.file)?;
        Ok(())
    }
}

/// Now, in milliseconds since 1970.
fn now() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    let millis = since.map_or(0, |time| time.as_millis());
    u64::try_from(millis).unwrap_or(u64::MAX)
}

/// Why the printer stands still for a job that nobody knows the end of, if it
/// does. A person who has paused it needs nobody.
fn uncertain(printer: &Printer) -> Result<Option<String>, job_queue::Error> {
    let Some(reason) = printer.lane.paused()? else { return Ok(None) };
    let jobs = printer.lane.jobs(LOOKED_AT)?;
    let is_uncertain = jobs.iter().any(|job| {
        job.state == State::Uncertain
            && reason.contains(&format!("job {} ", job.id))
    });
    Ok(is_uncertain.then_some(reason))
}
