//! The parent's side: starts the child, passes its bytes on, explains its end.

use std::io::{self, BufReader, Read, Write};
use std::process::{Child, ChildStdout, Command, ExitStatus, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};
use std::{env, thread};

use super::protocol::{
    ARGUMENT, Answer, Failure, FrameKind, Heard, Request, StepHead, read_frame,
    unreadable,
};
use super::watchdog::Watchdog;
use super::{Limits, Stop, time_limit};
use crate::Error;

/// Set in the child, so that a program that forgot to call
/// [`serve_if_child`](super::serve_if_child) does not start itself for ever.
pub(super) const VARIABLE: &str = "DRIVER_RENDERER_CHILD";
/// The most bytes of standard error that are kept: enough for every message
/// of the runtime.
const MOST_ERRORS: u64 = 16 << 10;
/// The time in which the content of a document's pages is read, before it is
/// printed. A client waits for it.
const INSPECTION_TIME: Duration = Duration::from_secs(15);
/// The most characters of a message that a person is shown.
const LONGEST_MESSAGE: usize = 300;

/// What a child gets of the environment: where programs, fonts, libraries and
/// a place for temporary files are, and which language is spoken. A server is
/// told passwords by its environment, and a document may take over the child.
const ENVIRONMENT: [&str; 13] = [
    "PATH",
    "HOME",
    "LANG",
    "LC_ALL",
    "LC_CTYPE",
    "TZ",
    "TMPDIR",
    "LD_LIBRARY_PATH",
    "DYLD_LIBRARY_PATH",
    // On Windows, no program starts without the first of these.
    "SYSTEMROOT",
    "LOCALAPPDATA",
    "TEMP",
    "TMP",
];

/// How many times longer the clock may run than the processor, before the
/// child is given up: on a busy machine it gets a part of the time only.
const PATIENCE: u32 = 10;

/// Why a child did not do what was requested.
pub(super) enum Ended {
    /// It needs more memory than it may use.
    OutOfMemory,
    /// It was late with a page.
    PageLate,
    /// It was late with all of its pages.
    DocumentLate,
    /// Anything else, in which trying again does not help.
    For(Error),
}

impl Ended {
    pub fn into_error(self, limits: Limits) -> Error {
        match self {
            Ended::OutOfMemory => {
                let how = "it needs more memory than it may use".into();
                Error::Crashed { how }
            }
            Ended::PageLate => {
                Error::TimedOut { seconds: limits.page_time.as_secs() }
            }
            Ended::DocumentLate => {
                let minutes = limits.document_time.as_secs().div_ceil(60);
                Error::DocumentTimedOut { minutes }
            }
            Ended::For(error) => error,
        }
    }
}

/// Has a child do what is requested.
pub(super) fn run(
    request: &Request,
    stop: &Stop,
    heard: &mut dyn FnMut(Heard<'_>) -> Result<(), Error>,
) -> Result<Answer, Ended> {
    if stop.is_stopped() {
        return Err(Ended::For(Error::Stopped));
    }
    let mut child =
        start(request).map_err(|error| Ended::For(Error::Start(error)))?;
    let frames = child.stdout.take().expect("piped by start");
    let mut errors = child.stderr.take().expect("piped by start");
    let watchdog = Arc::new(Watchdog::new(child));
    stop.attach(&watchdog);
    let (outcome, message) = thread::scope(|scope| {
        // Read to its end, or the child would block on a full pipe.
        let message = scope.spawn(move || last_line(&mut errors));
        scope.spawn(|| watchdog.watch());
        let outcome = receive(frames, &watchdog, request, heard);
        watchdog.finish();
        (outcome, message.join().unwrap_or_default())
    });
    let exit = watchdog.exit();
    let (status, late) =
        exit.map_err(|error| Ended::For(Error::Renderer(error)))?;
    match outcome {
        Ok(Some(answer)) => {
            answer.map_err(|failure| Ended::For(Error::from(failure)))
        }
        Err(error) => Err(Ended::For(error)),
        Ok(None) if stop.is_stopped() => Err(Ended::For(Error::Stopped)),
        Ok(None) if late => Err(Ended::PageLate),
        Ok(None) => Err(explain(status, &message)),
    }
}

fn start(request: &Request) -> io::Result<Child> {
    if env::var_os(VARIABLE).is_some() {
        return Err(io::Error::other(
            "main must call driver::isolated::serve_if_child() before all else",
        ));
    }
    let mut line = serde_json::to_vec(request)?;
    line.push(b'\n');
    // ANCHOR: start
    let mut child = this_program()?
        .arg(ARGUMENT)
        .env(VARIABLE, "1")
        // A backtrace would bury the line that explains a crash.
        .env("RUST_BACKTRACE", "0")
        // For glibc: keep the memory of a band for the next one.
        .env("MALLOC_TRIM_THRESHOLD_", "536870912")
        .env("MALLOC_MMAP_THRESHOLD_", "33554432")
        // And two heaps, not one a thread: each reserves 64 MB of addresses.
        .env("MALLOC_ARENA_MAX", "2")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()?;
    // ANCHOR_END: start
    // A child that is gone already is found out when its frames are read.
    let _ = child.stdin.as_mut().expect("piped above").write_all(&line);
    Ok(child)
}

/// The program that runs now, also when its file has been replaced: a new
/// version's child would not understand us. Of the environment it gets only
/// what it needs.
pub(super) fn this_program() -> io::Result<Command> {
    #[cfg(target_os = "linux")]
    let mut command = {
        use std::os::unix::process::CommandExt;
        let mut command = Command::new("/proc/self/exe");
        if let Some(name) = env::args_os().next() {
            command.arg0(name);
        }
        command
    };
    #[cfg(not(target_os = "linux"))]
    let mut command = Command::new(env::current_exe()?);
    // ANCHOR: environment
    command.env_clear();
    for name in ENVIRONMENT {
        if let Some(value) = env::var_os(name) {
            command.env(name, value);
        }
    }
    // ANCHOR_END: environment
    // Ctrl-C goes to every process of the terminal's group. Whether the job
    // in hand is finished is for the parent to say.
    #[cfg(unix)]
    std::os::unix::process::CommandExt::process_group(&mut command, 0);
    Ok(command)
}

/// Reads frames until the last; `Ok(None)` when they end before it.
fn receive(
    frames: ChildStdout,
    watchdog: &Watchdog,
    request: &Request,
    heard: &mut dyn FnMut(Heard<'_>) -> Result<(), Error>,
) -> Result<Option<Result<Answer, Failure>>, Error> {
    let mut frames = BufReader::new(frames);
    let patience = if time_limit::IS_KNOWN { PATIENCE } else { 1 };
    let whole = request.limits.page_time.saturating_mul(patience);
    let mut left = whole;
    let mut payload = Vec::new();
    loop {
        // The clock runs only while we wait for the child.
        let began = Instant::now();
        watchdog.set_deadline(began.checked_add(left));
        let kind = read_frame(&mut frames, &mut payload);
        watchdog.set_deadline(None);
        left = left.saturating_sub(began.elapsed());
        match kind? {
            Some(FrameKind::Step) => {
                let step = StepHead::split(&payload);
                let (head, data) = step.ok_or_else(unreadable)?;
                if head.page_done > 0 {
                    left = whole;
                }
                heard(Heard::Step(head, data))?;
            }
            Some(FrameKind::Findings) => {
                let found = serde_json::from_slice(&payload);
                heard(Heard::Findings(found.map_err(|_| unreadable())?))?;
            }
            Some(FrameKind::Checked) => {
                left = left.min(INSPECTION_TIME);
                let summary = serde_json::from_slice(&payload);
                heard(Heard::Checked(summary.map_err(|_| unreadable())?))?;
            }
            Some(FrameKind::Inspected) => {
                let page = serde_json::from_slice(&payload);
                heard(Heard::Inspected(page.map_err(|_| unreadable())?))?;
            }
            Some(FrameKind::Thumbnail) => {
                let split = payload.split_first_chunk::<4>();
                let (page, picture) = split.ok_or_else(unreadable)?;
                left = whole;
                let page = u32::from_le_bytes(*page);
                heard(Heard::Thumbnail(page, picture))?;
            }
            Some(FrameKind::End) => {
                let end = serde_json::from_slice(&payload);
                return end.map(Some).map_err(|_| unreadable());
            }
            None => return Ok(None),
        }
    }
}

/// The last line of the child's standard error, for a person.
fn last_line(errors: &mut impl Read) -> String {
    let mut text = Vec::new();
    let _ = errors.take(MOST_ERRORS).read_to_end(&mut text);
    let _ = io::copy(errors, &mut io::sink());
    String::from_utf8_lossy(&text)
        .lines()
        .filter(|line| !line.starts_with("note:"))
        .rfind(|line| !line.trim().is_empty())
        .unwrap_or_default()
        .chars()
        .take(LONGEST_MESSAGE)
        .collect()
}

/// Why the child ended, from its exit status and the last line it wrote.
fn explain(status: ExitStatus, message: &str) -> Ended {
    match status.code() {
        Some(time_limit::PAGE_LATE) => return Ended::PageLate,
        Some(time_limit::DOCUMENT_LATE) => return Ended::DocumentLate,
        _ => {}
    }
    if message.contains("memory allocation") {
        return Ended::OutOfMemory;
    }
    let how = if message.contains("overflowed its stack")
        || message.contains("stack overflow")
    {
        "its parts are nested too deeply".into()
    } else if message.is_empty() {
        format!("the renderer ended with {status}")
    } else {
        format!("the renderer ended with {status}: {message}")
    };
    Ended::For(Error::Crashed { how })
}
