//! A Ghostbuster is this same program, started again by itself.

use std::{
    env,
    io::{self, BufRead, BufReader, Write},
    process::{self, Child, ChildStdin, ChildStdout, Command, Stdio},
};

use crate::story::wait;

/// The argument by which a child knows that it is one.
pub const WORK: &str = "--ghostbuster";

/// The parent's end: the process, and a pipe in each direction.
// ANCHOR: start
pub struct Ghostbuster {
    child: Child,
    stdin: ChildStdin,
    stdout: BufReader<ChildStdout>,
}

impl Ghostbuster {
    pub fn start(task: &str) -> io::Result<Ghostbuster> {
        let mut child = Command::new(env::current_exe()?)
            .args([WORK, task])
            .env("RUST_BACKTRACE", "0")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()?;
        let stdin = child.stdin.take().expect("a pipe was asked for");
        let stdout = child.stdout.take().expect("a pipe was asked for");
        Ok(Ghostbuster { child, stdin, stdout: BufReader::new(stdout) })
    }

    /// The next line that the child says.
    pub fn hear(&mut self) -> io::Result<String> {
        let mut line = String::new();
        if self.stdout.read_line(&mut line)? == 0 {
            return Err(io::Error::other("the child ended without a word"));
        }
        Ok(line.trim_end().to_owned())
    }

    pub fn tell(&mut self, line: &str) -> io::Result<()> {
        writeln!(self.stdin, "{line}")
    }

    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// Closes the pipe to the child, hears it out and waits for its end.
    pub fn end(mut self) -> io::Result<(String, process::ExitStatus)> {
        drop(self.stdin);
        let words = io::read_to_string(self.stdout)?;
        Ok((words.trim_end().to_owned(), self.child.wait()?))
    }
}
// ANCHOR_END: start

/// The child's end: what it does, until it returns its exit code.
// ANCHOR: work
pub fn work(task: &str) -> io::Result<process::ExitCode> {
    match task {
        "board" => {
            println!("reporting");
            wait(5.0);
            println!("inside Ecto-1");
        }
        "count" => {
            // Standard input ends when the parent closes its pipe, or dies.
            let ghosts = io::stdin().lines().collect::<io::Result<Vec<_>>>()?;
            println!("{} ghosts: {}", ghosts.len(), ghosts.join(", "));
        }
        "trap" => {
            wait(2.0);
            println!("trapped");
        }
        "trip" => {
            wait(2.0);
            process::abort();
        }
        "idle" => {
            println!("ready");
            io::read_to_string(io::stdin())?;
        }
        "abort" => process::abort(),
        "refuse" => return Ok(process::ExitCode::from(3)),
        "panic" => panic!("crossed the streams"),
        "return" => {}
        unknown => return Err(io::Error::other(format!("no task {unknown}"))),
    }
    Ok(process::ExitCode::SUCCESS)
}
// ANCHOR_END: work
