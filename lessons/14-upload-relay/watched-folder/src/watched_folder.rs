//! A folder whose files are brought to the intake.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::fs::{self, File};
use std::io::{self, ErrorKind};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::http::StatusCode;
use notify::{RecursiveMode, Watcher};
use relay::{Intake, JobOptions, LogMessage, Refusal, Sender, Submission};
use tokio::time::{sleep, sleep_until};

use crate::WatchError;
use crate::news::News;
use crate::places::{Places, TakenFile};
use crate::settling::UNKNOWN_QUIET;

/// How long an empty file must be left alone: most are empty only at first.
const EMPTY_QUIET: Duration = Duration::from_secs(60);
/// How long to wait before the next try when something passing is wrong, at
/// first and at most.
const RETRY: [Duration; 2] = [Duration::from_secs(5), Duration::from_secs(600)];

/// A folder whose files are printed.
pub struct WatchedFolder {
    /// The folder.
    pub folder: PathBuf,
    /// Where the documents go.
    pub intake: Intake,
    /// How they are printed.
    pub options: JobOptions,
    /// Whose jobs they become.
    pub sender: Sender,
}

impl WatchedFolder {
    /// Takes files in until something is wrong with the folder itself. `ready`
    /// is called once the folder is watched. This waits for the disk now and
    /// then: give it a thread of its own.
    ///
    /// Nothing is lost or printed twice unsaid when this is dropped, or the
    /// program is killed, at any moment.
    ///
    /// # Errors
    /// Why it is watched no longer. Later it may be again.
    pub async fn watch(&self, ready: impl FnOnce()) -> Result<(), WatchError> {
        let places = Places::open(&self.folder)?;
        let news = Arc::new(News::default());
        let heard = {
            let (news, folder) = (news.clone(), self.folder.clone());
            move |event| news.hear(event, &folder)
        };
        let unwatchable = |source| WatchError::Unwatchable {
            folder: self.folder.clone(),
            source,
        };
        let mut watcher =
            notify::recommended_watcher(heard).map_err(unwatchable)?;
        watcher
            .watch(&self.folder, RecursiveMode::NonRecursive)
            .map_err(unwatchable)?;
        // Only now: what is put there meanwhile is seen twice, and not missed.
        news.state().must_look = true;
        let mut line = Line::new(places.left_over().map_err(|source| {
            WatchError::Unusable { folder: self.folder.clone(), source }
        })?);
        ready();
        loop {
            self.take_what_is_due(&places, &news, &mut line)?;
            self.submit_all(&places, &mut line).await;
            let next = line.next_try().into_iter().chain(news.next_due()).min();
            let next_due = async {
                match next {
                    Some(next) => sleep_until(next.into()).await,
                    None => std::future::pending().await,
                }
            };
            tokio::select! {
                () = news.changed.notified() => {}
                () = next_due => {}
            }
        }
    }

    /// Watches the folder until this is dropped. While something is wrong with
    /// the folder, that is logged once, told to `state`, and tried again.
    pub async fn keep_watching(&self, state: impl Fn(Result<(), String>)) {
        let told = RefCell::new(None);
        let well = || {
            told.take();
            state(Ok(()));
        };
        loop {
            if let Err(error) = self.watch(well).await {
                let words = error.to_string();
                state(Err(words.clone()));
                if told.replace(Some(words.clone())).as_ref() != Some(&words) {
                    self.log(LogMessage::Error(words));
                }
            }
            // A folder that is not there cannot tell that it is back.
            sleep(UNKNOWN_QUIET).await;
        }
    }

    fn take_what_is_due(
        &self,
        places: &Places,
        news: &News,
        line: &mut Line,
    ) -> Result<(), WatchError> {
        let now = Instant::now();
        let mut state = news.state();
        if state.is_gone {
            return Err(WatchError::Gone(self.folder.clone()));
        }
        if std::mem::take(&mut state.must_look) {
            let files = places.files().map_err(|source| {
                WatchError::Unusable { folder: self.folder.clone(), source }
            })?;
            for (name, age) in files {
                let due = now + UNKNOWN_QUIET.saturating_sub(age);
                state.settling.find(name, due);
            }
        }
        let due = state.settling.take_due(now);
        // The disk may be slow, and what happens meanwhile is to be heard.
        drop(state);
        let put_off = |name, wait| {
            news.state().settling.put_off(name, now + wait);
        };
        for name in due {
            let Some((bytes, age)) = places.look_at(&name) else { continue };
            if bytes == 0 && age < EMPTY_QUIET {
                put_off(name, EMPTY_QUIET - age);
                continue;
            }
            match places.take(&name) {
                Ok(taken) => line.files.push_back(taken),
                Err(error) if error.kind() == ErrorKind::NotFound => {}
                Err(error) => {
                    // On Windows, a program may still have it open.
                    let words = format!("{name:?} cannot be taken: {error}");
                    self.warn(&words);
                    put_off(name, RETRY[1]);
                }
            }
        }
        Ok(())
    }

    /// Submits all files that wait, the first first. When something passing is
    /// wrong, all wait for a while.
    async fn submit_all(&self, places: &Places, line: &mut Line) {
        if line.try_at.is_some_and(|at| at > Instant::now()) {
            return;
        }
        while let Some(file) = line.files.front() {
            match self.bring_in(places, file).await {
                Ok(()) => {
                    line.files.pop_front();
                    line.tries = 0;
                    line.try_at = None;
                }
                Err(Failure { why, keeps_others }) => {
                    let name = file.name.display();
                    self.warn(&format!("{name} has to wait: {why}"));
                    if !keeps_others {
                        line.files.rotate_left(1);
                    }
                    line.postpone();
                    return;
                }
            }
        }
    }

    // ANCHOR: bring_in
    /// Brings a taken file to its end: it becomes a job and disappears, or it
    /// is refused and set aside. Otherwise returns why it has to wait.
    async fn bring_in(
        &self,
        places: &Places,
        file: &TakenFile,
    ) -> Result<(), Failure> {
        match self.submit(file).await? {
            Submitted::Job(words) => {
                self.log(LogMessage::Info(words));
                file.remove()?;
            }
            Submitted::Refused(why) => {
                let place = places.set_aside(file, &why)?;
                self.warn(&format!("{why}. It is now {}", place.display()));
            }
        }
        Ok(())
    }
    // ANCHOR_END: bring_in

    async fn submit(&self, file: &TakenFile) -> Result<Submitted, Failure> {
        let name = file.name.to_string_lossy();
        let refused = |why: String| Ok(Submitted::Refused(why));
        if file.is_too_old() {
            return refused(format!(
                "{name:?} was taken out of the folder more than 23 hours ago, \
                 and nobody knows whether a job was made of it then. Look for \
                 it among the jobs; if there is none, put it there again"
            ));
        }
        if !fs::symlink_metadata(file.path())?.is_file() {
            return refused(format!("{name:?} is a link and no file"));
        }
        let document = match File::open(file.path()) {
            Ok(document) => document,
            Err(error) if error.kind() == ErrorKind::PermissionDenied => {
                return refused(format!(
                    "the server may not read {name:?}: let its user read it"
                ));
            }
            Err(error) => return Err(error.into()),
        };
        let submission = Submission {
            options: self.options.clone(),
            sender: self.sender.clone(),
            reserved: None,
            key: Some(file.key()),
        };
        let intake = &self.intake;
        let taken = intake.receive_local(document, &name, submission).await;
        let accepted = match taken {
            Ok(accepted) => accepted,
            Err(refusal) => match Failure::of(&refusal) {
                Some(failure) => return Err(failure),
                None => return refused(refusal.to_string()),
            },
        };
        let (id, folder) = (accepted.id, self.folder.display());
        Ok(Submitted::Job(match accepted.fresh {
            true => format!("{name:?} in {folder} is job {id}"),
            false => format!("{name:?} in {folder} was job {id} already"),
        }))
    }

    fn warn(&self, what: &str) {
        let folder = self.folder.display();
        self.log(LogMessage::Warning(format!(
            "watched folder {folder}: {what}"
        )));
    }

    fn log(&self, message: LogMessage) {
        (self.intake.limits.log)(message);
    }
}

/// What came of a file, in words.
enum Submitted {
    Job(String),
    Refused(String),
}

/// Why a file has to wait, in words.
struct Failure {
    why: String,
    /// Whether the files behind it would have to wait as well.
    keeps_others: bool,
}

impl Failure {
    /// The failure if the intake may take the document later.
    fn of(refusal: &Refusal) -> Option<Failure> {
        let keeps_others = match refusal.status() {
            StatusCode::SERVICE_UNAVAILABLE
            | StatusCode::INSUFFICIENT_STORAGE
            | StatusCode::INTERNAL_SERVER_ERROR => true,
            _ if matches!(refusal, Refusal::BrokenOff(_)) => false,
            _ => return None,
        };
        Some(Failure { why: refusal.to_string(), keeps_others })
    }
}

impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Failure {
        Failure { why: error.to_string(), keeps_others: false }
    }
}

/// The taken files that wait for the intake, in their order.
struct Line {
    files: VecDeque<TakenFile>,
    /// When they are tried again, after something was wrong.
    try_at: Option<Instant>,
    /// How often something was wrong since the last that went well.
    tries: u32,
}

impl Line {
    fn new(files: Vec<TakenFile>) -> Line {
        Line { files: files.into(), try_at: None, tries: 0 }
    }

    fn postpone(&mut self) {
        let [first, most] = RETRY;
        let wait = first * 2_u32.pow(self.tries.min(10));
        self.tries += 1;
        self.try_at = Some(Instant::now() + wait.min(most));
    }

    fn next_try(&self) -> Option<Instant> {
        self.try_at.filter(|_| !self.files.is_empty())
    }
}
