//! The same work in a child process, under limits.
//!
//! A document comes from a stranger. It may ask for more memory than there
//! is, run for hours, or find a bug. So a server has it drawn by a child: its
//! own program, started again. The child limits its own memory, the parent
//! watches the clock, and whatever happens, it happens to one job.
//!
//! The program must call [`child`] first thing in `main`:
//!
//! ```no_run
//! driver::isolated::child(); // returns at once in the parent
//! ```
//!
//! Between the two: one line of JSON goes down the child's standard input,
//! which then stays open, and its end tells the child that its parent is
//! gone. Frames come back on standard output: a kind (one byte), a length
//! (four bytes, little-endian), and so many bytes. Standard error stays the
//! child's own, and its last line explains a crash.

use crate::{Document, DocumentError, Error, Printed, Settings, SettingsError};
use serde::{Deserialize, Serialize};
use std::cell::RefCell;
use std::fs::File;
use std::io::{self, BufReader, Read, Write};
use std::path::{Path, PathBuf};
use std::process::{self, Child, ChildStdout, Command, ExitStatus, Stdio};
use std::sync::{Condvar, Mutex, MutexGuard};
use std::time::{Duration, Instant};
use std::{env, fs, thread};

/// The argument that makes a program a renderer.
const ARGUMENT: &str = "--driver-renderer-child";
/// Set in the child, so that a program that forgot to call [`child`] does not
/// start itself for ever.
const VARIABLE: &str = "DRIVER_RENDERER_CHILD";
/// The most bytes of PCL XL in a frame.
const CHUNK: usize = 1 << 20;
/// The longest frame that is believed, in bytes.
const LONGEST_FRAME: usize = 64 << 20;

/// What a child may use.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Limits {
    /// Address space in bytes (`RLIMIT_AS`); obeyed on Linux and the BSDs,
    /// noted on macOS, ignored on Windows, which has no such call.
    pub memory: u64,
    /// Time for one page, not counting the time that the parent takes to
    /// accept its bytes. The intake's check has the same time as a whole.
    pub page_time: Duration,
}

impl Default for Limits {
    /// 1 GiB and 60 s.
    fn default() -> Limits {
        Limits { memory: 1 << 30, page_time: Duration::from_secs(60) }
    }
}

/// What the intake wants to know of a document.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Summary {
    /// The pages that will be printed, ascending, from 1.
    pub pages: Vec<u32>,
    /// How many pages the document has.
    pub page_count: u32,
}

/// Opens and checks the document at `path` in a child process under the
/// default [`Limits`]: its pages are counted, their sizes and the range are
/// checked; no page's content is read.
///
/// # Errors
/// See [`Error`].
pub fn check(path: &Path, settings: &Settings) -> Result<Summary, Error> {
    let request = Request::new(Task::Check, path, settings, Limits::default());
    match run(&request, &mut io::sink(), &mut |_| ())? {
        Done::Checked(summary) => Ok(summary),
        Done::Printed(_) => Err(misunderstood()),
    }
}

/// Prints the document at `path` in a child process: see
/// [`print`](crate::print()). When `out` fails, the child is ended.
///
/// # Errors
/// See [`Error`]. A child that crashes or breaks a limit is
/// [`Error::Crashed`] or [`Error::TimeUp`]; the pages up to there have been
/// written by then.
pub fn print(
    path: &Path,
    settings: &Settings,
    limits: Limits,
    out: &mut dyn Write,
    page_done: &mut dyn FnMut(u32),
) -> Result<Printed, Error> {
    let request = Request::new(Task::Print, path, settings, limits);
    match run(&request, out, page_done)? {
        Done::Printed(printed) => Ok(printed),
        Done::Checked(_) => Err(misunderstood()),
    }
}

/// Becomes a renderer, and never returns, when this program was started as
/// one; does nothing otherwise.
pub fn child() {
    if env::args_os().nth(1).is_some_and(|argument| argument == ARGUMENT) {
        // Nobody is left to be told when standard output is closed.
        let told = serve();
        process::exit(if told.is_ok() { 0 } else { 1 });
    }
}

#[derive(Serialize, Deserialize)]
struct Request {
    task: Task,
    path: PathBuf,
    settings: Settings,
    limits: Limits,
}

#[derive(Clone, Copy, Serialize, Deserialize)]
enum Task {
    Check,
    Print,
}

#[derive(Serialize, Deserialize)]
enum Done {
    Checked(Summary),
    Printed(Printed),
}

/// The errors that a child can still tell of.
#[derive(Serialize, Deserialize)]
enum Failure {
    Document(DocumentError),
    Settings(SettingsError),
    Crashed(String),
    Read(String),
}

/// What a frame holds.
#[derive(Clone, Copy)]
#[repr(u8)]
enum Kind {
    /// PCL XL.
    Data = b'D',
    /// The number of a page that is done, in four bytes, little-endian.
    Page = b'P',
    /// The last frame: `Result<Done, Failure>` in JSON.
    End = b'E',
}

impl Request {
    fn new(
        task: Task,
        path: &Path,
        settings: &Settings,
        limits: Limits,
    ) -> Request {
        let (path, settings) = (path.to_owned(), settings.clone());
        Request { task, path, settings, limits }
    }
}

// ---- the parent

fn run(
    request: &Request,
    out: &mut dyn Write,
    page_done: &mut dyn FnMut(u32),
) -> Result<Done, Error> {
    let mut child = start(request).map_err(Error::Start)?;
    let frames = child.stdout.take().expect("piped by start");
    let mut errors = child.stderr.take().expect("piped by start");
    let watch = Watch::new(child);
    let (outcome, words) = thread::scope(|scope| {
        // Read to its end, or the child would block on a full pipe.
        let words = scope.spawn(move || last_words(&mut errors));
        scope.spawn(|| watch.keep());
        let outcome = receive(frames, &watch, request, out, page_done);
        watch.finish();
        (outcome, words.join().unwrap_or_default())
    });
    let (status, late) = watch.end().map_err(Error::Renderer)?;
    match outcome {
        Ok(Some(done)) => done.map_err(Error::from),
        Err(error) => Err(error),
        Ok(None) if late => {
            Err(Error::TimeUp { seconds: request.limits.page_time.as_secs() })
        }
        Ok(None) => Err(Error::Crashed { how: how(status, &words) }),
    }
}

fn start(request: &Request) -> io::Result<Child> {
    if env::var_os(VARIABLE).is_some() {
        return Err(io::Error::other(
            "main must call driver::isolated::child() before all else",
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
/// version's renderer would not understand us.
fn this_program() -> io::Result<Command> {
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
    // Ctrl-C goes to every process of the terminal's group. Whether the job
    // in hand is finished is for the parent to say.
    #[cfg(unix)]
    std::os::unix::process::CommandExt::process_group(&mut command, 0);
    Ok(command)
}

/// Reads frames until the last; `Ok(None)` when they end before it.
fn receive(
    frames: ChildStdout,
    watch: &Watch,
    request: &Request,
    out: &mut dyn Write,
    page_done: &mut dyn FnMut(u32),
) -> Result<Option<Result<Done, Failure>>, Error> {
    let mut frames = BufReader::new(frames);
    let mut left = request.limits.page_time;
    let mut payload = Vec::new();
    loop {
        let began = Instant::now();
        watch.set(Some(began + left));
        let kind = read_frame(&mut frames, &mut payload);
        watch.set(None);
        left = left.saturating_sub(began.elapsed());
        match kind {
            Some(b'D') => out.write_all(&payload).map_err(Error::Write)?,
            Some(b'P') => {
                left = request.limits.page_time;
                let page = payload.as_slice().try_into();
                let page = page.map_err(|_| misunderstood())?;
                page_done(u32::from_le_bytes(page));
            }
            Some(b'E') => {
                let end = serde_json::from_slice(&payload);
                return end.map(Some).map_err(|_| misunderstood());
            }
            Some(_) => return Err(misunderstood()),
            None => return Ok(None),
        }
    }
}

fn read_frame(frames: &mut impl Read, payload: &mut Vec<u8>) -> Option<u8> {
    let mut head = [0; 5];
    frames.read_exact(&mut head).ok()?;
    let [kind, length @ ..] = head;
    let length = usize::try_from(u32::from_le_bytes(length)).ok()?;
    if length > LONGEST_FRAME {
        return None;
    }
    payload.resize(length, 0);
    frames.read_exact(payload).ok()?;
    Some(kind)
}

/// The child and the clock.
struct Watch {
    state: Mutex<State>,
    changed: Condvar,
}

struct State {
    child: Child,
    deadline: Option<Instant>,
    late: bool,
    finished: bool,
}

impl Watch {
    fn new(child: Child) -> Watch {
        let state =
            State { child, deadline: None, late: false, finished: false };
        Watch { state: Mutex::new(state), changed: Condvar::new() }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().expect("nobody panics with the lock")
    }

    /// Until `deadline` the next frame has to be there.
    fn set(&self, deadline: Option<Instant>) {
        self.state().deadline = deadline;
        self.changed.notify_one();
    }

    /// Kills the child at the deadline; returns when all is finished.
    // ANCHOR: watch
    fn keep(&self) {
        let mut state = self.state();
        while !state.finished {
            let left = state
                .deadline
                .map(|at| at.saturating_duration_since(Instant::now()));
            state = match left {
                Some(Duration::ZERO) => {
                    state.late = true;
                    state.deadline = None;
                    let _ = state.child.kill();
                    state
                }
                Some(left) => {
                    self.changed.wait_timeout(state, left).expect("as above").0
                }
                None => self.changed.wait(state).expect("as above"),
            };
        }
    }
    // ANCHOR_END: watch

    /// Ends the child if it still runs, and the watch.
    fn finish(&self) {
        let mut state = self.state();
        state.finished = true;
        // Its input ends; a child that has told all it knows ends by itself.
        drop(state.child.stdin.take());
        self.changed.notify_one();
    }

    /// How the child ended, and whether it was late.
    fn end(self) -> io::Result<(ExitStatus, bool)> {
        let state = self.state.into_inner().expect("as above");
        let mut child = state.child;
        Ok((child.wait()?, state.late))
    }
}

/// The last line of the child's standard error, for a person.
fn last_words(errors: &mut impl Read) -> String {
    let mut text = Vec::new();
    // Enough for every message of the runtime; the rest is read and dropped.
    let _ = errors.take(16 << 10).read_to_end(&mut text);
    let _ = io::copy(errors, &mut io::sink());
    String::from_utf8_lossy(&text)
        .lines()
        .filter(|line| !line.starts_with("note:"))
        .rfind(|line| !line.trim().is_empty())
        .unwrap_or_default()
        .chars()
        .take(300)
        .collect()
}

fn how(status: ExitStatus, words: &str) -> String {
    if words.contains("memory allocation") {
        return "it needs more memory than it may use".into();
    }
    if words.contains("overflowed its stack")
        || words.contains("stack overflow")
    {
        return "its parts are nested too deeply".into();
    }
    match words {
        "" => format!("the renderer ended with {status}"),
        words => format!("the renderer ended with {status}: {words}"),
    }
}

fn misunderstood() -> Error {
    Error::Renderer(io::Error::other("the renderer's answer is unreadable"))
}

impl From<Failure> for Error {
    fn from(failure: Failure) -> Error {
        match failure {
            Failure::Document(error) => Error::Document(error),
            Failure::Settings(error) => Error::Settings(error),
            Failure::Crashed(how) => Error::Crashed { how },
            Failure::Read(why) => Error::Renderer(io::Error::other(why)),
        }
    }
}

// ---- the child

fn serve() -> io::Result<()> {
    let mut line = Vec::new();
    // Byte by byte, for the thread below owns what follows.
    for byte in io::stdin().lock().bytes() {
        match byte? {
            b'\n' => break,
            byte => line.push(byte),
        }
    }
    let request: Request = serde_json::from_slice(&line)?;
    limit_memory(request.limits.memory)?;
    thread::Builder::new().stack_size(64 << 10).spawn(|| {
        let _ = io::copy(&mut io::stdin(), &mut io::sink());
        // The parent is gone, or has heard enough.
        process::exit(1);
    })?;
    let mut frames = Frames::new()?;
    let result = match request.task {
        Task::Check => check_here(&request).map(Done::Checked),
        Task::Print => print_here(&request, &mut frames).map(Done::Printed),
    };
    let end = match result {
        Err(Error::Write(error)) => return Err(error),
        Err(error) => Err(match error {
            Error::Document(error) => Failure::Document(error),
            Error::Settings(error) => Failure::Settings(error),
            Error::Crashed { how } => Failure::Crashed(how),
            error => Failure::Read(error.to_string()),
        }),
        Ok(done) => Ok(done),
    };
    frames.send(Kind::End, &serde_json::to_vec(&end)?)
}

#[cfg(unix)]
fn limit_memory(bytes: u64) -> io::Result<()> {
    rlimit::Resource::AS.set(bytes, bytes)
}

#[cfg(not(unix))]
fn limit_memory(_bytes: u64) -> io::Result<()> {
    Ok(())
}

fn open(request: &Request) -> Result<Document, Error> {
    let bytes = fs::read(&request.path).map_err(|error| {
        let path = request.path.display();
        Error::Renderer(io::Error::other(format!(
            "cannot read {path}: {error}"
        )))
    })?;
    Ok(Document::open(bytes)?)
}

fn check_here(request: &Request) -> Result<Summary, Error> {
    request.settings.check()?;
    let document = open(request)?;
    let pages = document.check(&request.settings)?;
    Ok(Summary { pages, page_count: document.page_count() })
}

fn print_here(
    request: &Request,
    frames: &mut Frames,
) -> Result<Printed, Error> {
    let document = open(request)?;
    let pages = RefCell::new(frames);
    let mut data = Data(&pages);
    crate::print(&document, &request.settings, &mut data, &mut |page| {
        // A parent that is gone is found out by the next data.
        let _ = pages.borrow_mut().send(Kind::Page, &page.to_le_bytes());
    })
}

/// Frames on their way to the parent. Standard output itself, without the
/// line buffer that Rust puts before it.
struct Frames(File);

impl Frames {
    #[cfg(unix)]
    fn new() -> io::Result<Frames> {
        use std::os::fd::AsFd;
        Ok(Frames(io::stdout().as_fd().try_clone_to_owned()?.into()))
    }

    #[cfg(windows)]
    fn new() -> io::Result<Frames> {
        use std::os::windows::io::AsHandle;
        Ok(Frames(io::stdout().as_handle().try_clone_to_owned()?.into()))
    }

    fn send(&mut self, kind: Kind, payload: &[u8]) -> io::Result<()> {
        let length = u32::try_from(payload.len()).map_err(io::Error::other)?;
        let [a, b, c, d] = length.to_le_bytes();
        self.0.write_all(&[kind as u8, a, b, c, d])?;
        self.0.write_all(payload)
    }
}

/// PCL XL in frames.
struct Data<'a, 'b>(&'a RefCell<&'b mut Frames>);

impl Write for Data<'_, '_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let bytes = &bytes[..bytes.len().min(CHUNK)];
        self.0.borrow_mut().send(Kind::Data, bytes)?;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
