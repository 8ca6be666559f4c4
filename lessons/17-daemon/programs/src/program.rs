//! The run of one program.

use std::process::{ExitStatus, Stdio};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWriteExt};
use tokio::process::{ChildStdin, Command};
use tokio::time::timeout;
use units::in_words;

use crate::failure::{Failure, one_line};
use crate::process_group::ProcessGroup;

/// The bytes that are kept of each of a program's output streams.
const KEPT: usize = 4096;

/// The wait for the output of a program that has ended: a child that it left
/// behind may hold the stream open for ever.
const LAST_WORDS: Duration = Duration::from_millis(500);

/// A program, what it finds in its environment, and what it reads.
pub struct Program {
    words: Vec<String>,
    environment: Vec<(&'static str, String)>,
    input: Vec<u8>,
}

impl Program {
    /// The program and its arguments are `words`: no shell reads them. What
    /// others wrote belongs into the environment or the input.
    #[must_use]
    pub fn new(
        words: &[String],
        environment: &[(&'static str, String)],
        input: impl Into<Vec<u8>>,
    ) -> Program {
        Program {
            words: words.to_vec(),
            environment: environment.to_vec(),
            input: input.into(),
        }
    }

    // ANCHOR: run
    /// Runs the program once. At the deadline it is killed, with all that it
    /// has started.
    ///
    /// # Errors
    /// It cannot be started, has not ended in time, or not with exit code 0.
    pub async fn run(&self, limit: Duration) -> Result<(), Failure> {
        let (program, arguments) = self
            .words
            .split_first()
            .ok_or_else(|| Failure::permanent("no program is named"))?;
        let mut command = Command::new(program);
        command
            .args(arguments)
            .envs(self.environment.iter().cloned())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .kill_on_drop(true);
        // A group of its own: what it starts is killed with it.
        #[cfg(unix)]
        command.process_group(0);
        // ANCHOR_END: run
        let child = command.spawn().map_err(|error| {
            Failure::permanent(format!(
                "cannot start {program}: {error}: check that it is there \
                 and may be run"
            ))
        })?;
        let mut group = ProcessGroup::of(child);
        let (stdin, stdout, stderr) = (
            group.child.stdin.take(),
            group.child.stdout.take(),
            group.child.stderr.take(),
        );
        let said = async {
            let (out, err) = tokio::join!(read(stdout), read(stderr));
            if err.trim().is_empty() { out } else { err }
        };
        tokio::pin!(said);
        let mut words = None;
        let ended = timeout(limit, async {
            tokio::pin! {
                let write = write(stdin, &self.input);
            }
            let mut written = false;
            loop {
                tokio::select! {
                    ended = group.child.wait() => break ended,
                    () = &mut write, if !written => written = true,
                    text = &mut said, if words.is_none() => words = Some(text),
                }
            }
        })
        .await;
        let Ok(ended) = ended else {
            group.kill().await;
            return Err(Failure::temporary(format!(
                "{program} had not ended after {} and was killed",
                in_words(limit)
            )));
        };
        let status: ExitStatus = ended.map_err(|error| {
            Failure::temporary(format!("cannot wait for {program}: {error}"))
        })?;
        group.release();
        if status.success() {
            return Ok(());
        }
        let words = match words {
            Some(words) => words,
            None => timeout(LAST_WORDS, said).await.unwrap_or_default(),
        };
        let words = one_line(words.trim());
        let said = match words.is_empty() {
            true => String::new(),
            false => format!(", saying: {words}"),
        };
        Err(Failure::temporary(format!("{program} ended with {status}{said}")))
    }
}

/// Writes all. A program need not read its input.
async fn write(to: Option<ChildStdin>, input: &[u8]) {
    if let Some(mut to) = to {
        let _ = to.write_all(input).await;
    }
}

/// Reads to the end, so that the program never waits for us. Returns the
/// beginning.
async fn read(from: Option<impl AsyncRead + Unpin>) -> String {
    let Some(mut from) = from else { return String::new() };
    let mut kept = Vec::new();
    let mut piece = [0; KEPT];
    while let Ok(read @ 1..) = from.read(&mut piece).await {
        let room = KEPT - kept.len();
        kept.extend_from_slice(&piece[..read.min(room)]);
    }
    String::from_utf8_lossy(&kept).into_owned()
}
