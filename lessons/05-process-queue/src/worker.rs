//! A worker: this program as a child, and the parent's end of its pipes.

use std::{
    env,
    io::{self, Error},
    process::{Child, ChildStdin, ChildStdout, Command, Stdio},
};

use crate::{
    frame::{read_frame, write_frame},
    story::wait,
};

/// The private argument that tells a child that it is one.
pub const WORK: &str = "--worker";

const DONE: &[u8] = b"task_done";

/// The child's end: works until the parent closes the pipe, or is gone.
// ANCHOR: work
pub fn work() -> io::Result<()> {
    let (mut stdin, mut stdout) = (io::stdin().lock(), io::stdout().lock());
    while let Some(_ghost) = read_frame(&mut stdin)? {
        wait(3.0);
        write_frame(&mut stdout, DONE)?;
    }
    Ok(())
}
// ANCHOR_END: work

/// The parent's end.
pub struct Pipes {
    stdin: ChildStdin,
    stdout: ChildStdout,
}

// ANCHOR: trap
impl Pipes {
    /// Hands a ghost to the worker and returns when the ghost is trapped.
    pub fn trap(&mut self, ghost: &str) -> io::Result<()> {
        write_frame(&mut self.stdin, ghost.as_bytes())?;
        match read_frame(&mut self.stdout)? {
            Some(answer) if answer == DONE => Ok(()),
            Some(_) => Err(Error::other("the worker did not answer task_done")),
            None => Err(Error::other("the worker closed its pipe")),
        }
    }
}
// ANCHOR_END: trap

pub fn start() -> io::Result<(Child, Pipes)> {
    let mut child = Command::new(env::current_exe()?)
        .arg(WORK)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()?;
    let stdin = child.stdin.take().expect("a pipe was asked for");
    let stdout = child.stdout.take().expect("a pipe was asked for");
    Ok((child, Pipes { stdin, stdout }))
}
