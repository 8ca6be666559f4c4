//! A worker in a process of its own, which a scene can kill: this program
//! again, in another role.

use std::{
    env,
    io::{self, BufRead, BufReader, Lines},
    process::{self, Child, ChildStdout, Command, Stdio},
    thread,
};

pub struct Worker {
    child: Child,
    lines: Lines<BufReader<ChildStdout>>,
}

impl Worker {
    pub fn start(role: &str, url: &str) -> io::Result<Worker> {
        let mut child = Command::new(env::current_exe()?)
            .args(["worker", role, url])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()?;
        let stdout = child.stdout.take().expect("it was asked for");
        Ok(Worker { child, lines: BufReader::new(stdout).lines() })
    }

    /// Waits for the next line that it prints.
    pub fn line(&mut self) -> io::Result<String> {
        let end = || io::Error::other("the worker ended too soon");
        self.lines.next().unwrap_or_else(|| Err(end()))
    }

    /// `kill -9`: the process stops where it is.
    pub fn kill(&mut self) -> io::Result<()> {
        self.child.kill()?;
        self.child.wait().map(drop)
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        // An error says that it has ended already.
        let _ = self.kill();
    }
}

/// In the worker: when the lesson ends, however it ends, so does this process.
pub fn end_with_the_lesson() {
    thread::spawn(|| {
        let _ = io::copy(&mut io::stdin(), &mut io::sink());
        process::exit(1);
    });
}

/// In the worker: it prints a very long document, until it is killed.
pub fn work_for_ever() -> ! {
    loop {
        thread::park();
    }
}
