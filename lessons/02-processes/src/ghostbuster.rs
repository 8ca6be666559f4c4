//! A Ghostbuster: this same program, started again by itself.

use std::{
    env,
    io::{self, BufRead, BufReader, Write},
    process::{
        self, Child, ChildStdin, ChildStdout, Command, ExitStatus, Stdio,
    },
};

use crate::story::wait;

pub const GHOSTBUSTERS: [&str; 4] =
    ["Peter Venkman", "Egon Spengler", "Raymond Stantz", "Winston Zeddemore"];

/// The private argument that tells a child that it is one. Its task follows.
pub const TASK: &str = "--ghostbuster";

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
            .args([TASK, task])
            .env("RUST_BACKTRACE", "0")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()?;
        let stdin = child.stdin.take().expect("a pipe was asked for");
        let stdout = child.stdout.take().expect("a pipe was asked for");
        Ok(Ghostbuster { child, stdin, stdout: BufReader::new(stdout) })
    }

    /// The next line that the child prints.
    pub fn receive(&mut self) -> io::Result<String> {
        let mut line = String::new();
        if self.stdout.read_line(&mut line)? == 0 {
            return Err(io::Error::other("the child ended without a word"));
        }
        Ok(line.trim_end().to_owned())
    }

    pub fn send(&mut self, line: &str) -> io::Result<()> {
        writeln!(self.stdin, "{line}")
    }

    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// Closes the pipe to the child, reads what is left of the child's output,
    /// and waits for its end.
    pub fn finish(mut self) -> io::Result<(String, ExitStatus)> {
        drop(self.stdin);
        let output = io::read_to_string(self.stdout)?;
        Ok((output.trim_end().to_owned(), self.child.wait()?))
    }
}
// ANCHOR_END: start

/// The child's end. Standard output is the pipe to the parent.
// ANCHOR: work
pub fn do_task(task: Option<String>) -> io::Result<()> {
    match task.as_deref().unwrap_or_default() {
        "board" => {
            println!("reporting");
            wait(5.0);
            println!("inside Ecto-1");
        }
        "count" => {
            // Standard input ends when the parent closes its pipe, or dies.
            let mut ghosts = Vec::new();
            for line in io::stdin().lines() {
                ghosts.push(line?);
            }
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
        "refuse" => process::exit(3),
        "panic" => panic!("crossed the streams"),
        "return" => {}
        unknown => return Err(io::Error::other(format!("no task {unknown}"))),
    }
    Ok(())
}
// ANCHOR_END: work
