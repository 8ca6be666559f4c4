//! What the book shows of a program's output is what the program prints.
//!
//! Every file in `tests/transcripts/` holds one or more commands, each after
//! a `$`, and what they print. Numbers with a unit, ports and temporary
//! folders differ from run to run and are not compared. A program that says
//! `not measured:` on standard error was given too little of the processor:
//! what it prints then is neither compared nor written.
//!
//! ```text
//! cargo test --test transcripts                        compare
//! UPDATE_TRANSCRIPTS=1 cargo test --test transcripts   write them again
//! ```

use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::thread;
use std::time::Duration;

use harness::{
    NotMeasured, Test, Tool, difference, needs, program, read, root, short,
    suite,
};
use regex::{Captures, Regex};

/// Transcripts whose programs use what may not be installed.
const NEEDS: [(&str, Tool); 8] = [
    ("lesson03-python", Tool::Python),
    ("lesson04-rates", Tool::Python),
    ("lesson10", Tool::Redis),
    ("lesson08", Tool::Redis),
    ("lesson08-half-written", Tool::Redis),
    ("lesson08-same-name", Tool::Redis),
    ("lesson08-vanished", Tool::Redis),
    ("lesson08-works", Tool::Redis),
];

/// How long a command may take. Only one that hangs takes as long.
const PATIENCE: Duration = Duration::from_secs(120);

fn main() -> ExitCode {
    let folder = root().join("tests/transcripts");
    let mut files: Vec<PathBuf> = fs::read_dir(&folder)
        .expect("tests/transcripts can be read")
        .map(|entry| entry.expect("tests/transcripts can be read").path())
        .collect();
    files.sort();
    let tests = files.into_iter().map(|file| {
        let name = file.file_stem().unwrap_or_default().to_string_lossy();
        let name = name.into_owned();
        let tool = NEEDS.iter().find(|(needy, _)| name == *needy);
        let test = Test::measured(name.clone(), move || say_it(&file));
        match tool {
            Some((_, tool)) => needs(*tool, test),
            None => test,
        }
    });
    let own: Vec<Test> = vec![
        harness::test!(what_differs_from_run_to_run_is_not_compared),
        harness::test!(all_else_is_compared),
    ];
    suite(own.into_iter().chain(tests).collect())
}

/// Runs every command of the file and compares.
fn say_it(file: &Path) -> Result<(), NotMeasured> {
    let shown = read(file);
    assert!(shown.starts_with("$ "), "{}: begins with no command", short(file));
    // A story that is told in time is late where a busy machine pauses for as
    // long as a story's half second lasts. That does not happen three times.
    let tries = if shown.contains("TEMPO=") { 3 } else { 1 };
    let mut printed = String::new();
    let mut differ = String::new();
    for _ in 0..tries {
        let said = say_again(&shown);
        printed = said.printed;
        differ = difference(&comparable(&shown), &comparable(&printed));
        if differ.is_empty() {
            return Ok(());
        }
        if let Some(reason) = said.not_measured {
            return Err(NotMeasured(reason));
        }
    }
    if std::env::var_os("UPDATE_TRANSCRIPTS").is_some() {
        fs::write(file, printed).expect("the transcript is written");
        return Ok(());
    }
    panic!(
        "\n{} shows what only has a -, the program prints what has a +\n\n\
         {differ}\nIf the program is right, and the machine was not busy: \
         UPDATE_TRANSCRIPTS=1 cargo test --test transcripts\n",
        short(file)
    );
}

/// The output of a transcript's commands.
#[derive(Default)]
struct Said {
    /// The output, as a transcript.
    printed: String,
    /// Why a program's figures say nothing, if one of them says so.
    not_measured: Option<String>,
}

/// Runs every command of a transcript.
fn say_again(shown: &str) -> Said {
    let mut said = Said::default();
    for command in shown.lines().filter_map(|line| line.strip_prefix("$ ")) {
        if !said.printed.is_empty() {
            said.printed.push('\n');
        }
        let (printed, complaints) = run(command);
        said.printed.push_str(&format!("$ {command}\n{printed}"));
        let reason =
            complaints.lines().find(|line| line.starts_with("not measured: "));
        if let Some(reason) = reason {
            said.not_measured = Some(reason.to_owned());
        }
    }
    said
}

/// Runs `[NAME=value …] cargo run --bin PROGRAM [--] [argument …]` and returns
/// its standard output and its standard error.
fn run(command: &str) -> (String, String) {
    let mut words = command.split_whitespace().peekable();
    let mut variables = Vec::new();
    while let Some((name, value)) = words.peek().and_then(|w| w.split_once('='))
    {
        variables.push((name, value));
        words.next();
    }
    let begin: Vec<&str> = words.by_ref().take(3).collect();
    assert_eq!(begin, ["cargo", "run", "--bin"], "unknown: {command}");
    let name = words.next().expect("a program's name");

    let mut child = Command::new(program(name))
        .args(words.filter(|word| *word != "--"))
        .env_remove("TEMPO")
        .envs(variables)
        .current_dir(root())
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap_or_else(|error| panic!("{name} does not start: {error}"));
    let stdout = child.stdout.take().expect("the stream was asked for");
    let stderr = child.stderr.take().expect("the stream was asked for");
    let (printed, complaints) = (all_of(stdout), all_of(stderr));
    let Ok(printed) = printed.recv_timeout(PATIENCE) else {
        // The panic says it all; an error here would add nothing.
        let _ = child.kill().and_then(|()| child.wait());
        panic!("`{command}` has not ended after {PATIENCE:?}");
    };
    let status = child.wait().expect("a child can be waited for");
    // A process that the program left behind may hold the stream open.
    let complaints = complaints.recv_timeout(PATIENCE).unwrap_or_default();
    eprint!("{complaints}");
    assert!(status.success(), "`{command}`: {status}; it printed\n{printed}");
    (printed, complaints)
}

/// All that a stream holds, read on a thread of its own until it ends.
fn all_of(mut stream: impl Read + Send + 'static) -> Receiver<String> {
    let (sender, whole) = channel();
    thread::spawn(move || {
        let mut bytes = Vec::new();
        stream.read_to_end(&mut bytes).expect("the output can be read");
        let text = String::from_utf8_lossy(&bytes).replace("\r\n", "\n");
        // Nobody listens any more when the patience has ended.
        let _ = sender.send(text);
    });
    whole
}

/// The text without what differs from run to run.
fn comparable(text: &str) -> String {
    let temporary = std::env::temp_dir();
    let temporary = temporary.to_string_lossy();
    let temporary = regex::escape(temporary.trim_end_matches(['/', '\\']));
    let folder = Regex::new(&format!(
        r#"(?:(?:/private)?{temporary}|/tmp|/var/folders/\w+/\w+/T)[/\\][^\s/\\"',;:)]+"#
    ));
    let port = Regex::new(
        r"(\d{1,3}(?:\.\d{1,3}){3}|localhost|\[[0-9a-f:]+\]|//[\w.-]+):\d+",
    );
    let moment = Regex::new(r"\b\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\b");
    let time = Regex::new(r"\b\d[\d,.]* ?(?:ns|µs|us|ms|s)\b");
    let size = Regex::new(
        r"[+-]?\b\d[\d,.]* ?((?:jobs|pages|[KMG]?i?B|[kMG]?bit|M)/s\b|[KMG]i?B\b|B\b|RPM\b|Mbps\b|flows\b|x\b|[×%])",
    );
    let bar = Regex::new(r"[▏▎▍▌▋▊▉█]+");
    let spaces = Regex::new(r" +");

    let text = folder.expect("valid").replace_all(text, "#");
    let text = port.expect("valid").replace_all(&text, "$1:#");
    let text = moment.expect("valid").replace_all(&text, "# moment");
    let text = time.expect("valid").replace_all(&text, "# time");
    let text = size
        .expect("valid")
        .replace_all(&text, |found: &Captures| format!("# {}", &found[1]));
    let text = bar.expect("valid").replace_all(&text, "█");
    // Columns shift with the numbers in them.
    let text = spaces.expect("valid").replace_all(&text, " ");
    text.trim_end()
        .lines()
        .map(|line| line.trim_end().to_owned() + "\n")
        .collect()
}

fn what_differs_from_run_to_run_is_not_compared() {
    for (one, other) in [
        ("took 12 ms", "took 1.3 s"),
        ("4,512 jobs/s  fast", "998 jobs/s fast"),
        ("at 127.0.0.1:40123", "at 127.0.0.1:9"),
        ("at http://localhost:1/x", "at http://localhost:22/x"),
        ("in /tmp/taming-a1/spool", "in /tmp/taming-zz/spool"),
        ("98 % done, 1.5× faster", "7 % done, 2× faster"),
        ("64 KiB in 3 s", "1,024 KiB in 10 µs"),
        ("58.82 M/s", "0.4 M/s"),
        ("1.9×  ███████▌", "1×  ████"),
        ("since 2026-11-24 03:25:49", "since 2031-01-02 00:00:00"),
        ("19.3 Mbit/s, 1,200 RPM", "4 Mbit/s, 90 RPM"),
        ("32 flows, 96.5 Mbps, +0.1 %", "8 flows, 4 Mbps, -12 %"),
    ] {
        assert_eq!(comparable(one), comparable(other));
    }
}

fn all_else_is_compared() {
    for (one, other) in [
        ("4 jobs", "5 jobs"),
        ("job 1 printed", "job 2 printed"),
        ("3 MB/s", "3 GB/s"),
        ("in /tmp/a/spool", "in /tmp/a/tray"),
        ("10 pages sent", "11 pages sent"),
    ] {
        assert_ne!(comparable(one), comparable(other));
    }
}
