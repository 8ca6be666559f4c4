//! A notice for a program.

use std::process::{ExitStatus, Stdio};
use std::time::Duration;

use daemon::units::in_words;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWriteExt};
use tokio::process::{Child, ChildStdin};
use tokio::time::timeout;

use crate::Notice;
use crate::failure::Failure;
use crate::notice::{json, one_line};

/// The bytes that are kept of each of a program's output streams.
const KEPT: usize = 4096;

/// The wait for the output of a program that has ended: a child that it left
/// behind may hold the stream open for ever.
const LAST_WORDS: Duration = Duration::from_millis(500);

/// One notice for one program.
pub(crate) struct Command {
    program: Vec<String>,
    environment: Vec<(&'static str, String)>,
    input: Vec<u8>,
}

impl Command {
    pub fn new(program: &[String], notice: &Notice) -> Command {
        let number = |value: Option<f64>| {
            value.map(|value| value.to_string()).unwrap_or_default()
        };
        let environment = vec![
            ("NOTICE_ALERT", one_line(&notice.alert)),
            ("NOTICE_TARGET", one_line(&notice.target)),
            ("NOTICE_METRIC", one_line(&notice.metric)),
            ("NOTICE_STATE", notice.state.to_string()),
            ("NOTICE_AT", notice.at.to_string()),
            ("NOTICE_SINCE", notice.since.to_string()),
            ("NOTICE_VALUE", number(notice.value)),
            ("NOTICE_THRESHOLD", number(notice.threshold)),
            ("NOTICE_WORDS", one_line(&notice.words)),
        ];
        let mut input = json(notice).to_string().into_bytes();
        input.push(b'\n');
        Command { program: program.to_vec(), environment, input }
    }

    /// Runs the program once. At the deadline it is killed, with all that it
    /// has started.
    pub async fn run(&self, limit: Duration) -> Result<(), Failure> {
        let (program, arguments) = self
            .program
            .split_first()
            .ok_or_else(|| Failure::permanent("no program is named"))?;
        let mut command = tokio::process::Command::new(program);
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
        let child = command.spawn().map_err(|error| {
            Failure::permanent(format!(
                "cannot start {program}: {error}: check that it is there \
                 and may be run"
            ))
        })?;
        let mut group = Group::of(child);
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

/// A program and all that it has started: one process group. Dropped before
/// it was released, as when the monitor ends, it is killed.
struct Group {
    child: Child,
    #[cfg(unix)]
    id: Option<rustix::process::Pid>,
}

impl Group {
    fn of(child: Child) -> Group {
        #[cfg(unix)]
        let id = child
            .id()
            .and_then(|id| i32::try_from(id).ok())
            .and_then(rustix::process::Pid::from_raw);
        Group {
            child,
            #[cfg(unix)]
            id,
        }
    }

    /// Kills the group, and waits until the program itself is gone, so that
    /// no zombie is left. The system reaps whatever the program had started.
    async fn kill(mut self) {
        self.signal();
        let _ = self.child.kill().await;
        self.release();
    }

    /// Forgets the group: it has ended, and its number may belong to another
    /// by now.
    fn release(&mut self) {
        #[cfg(unix)]
        {
            self.id = None;
        }
    }

    fn signal(&self) {
        #[cfg(unix)]
        if let Some(group) = self.id {
            use rustix::process::{Signal, kill_process_group};
            // It may have ended in this moment.
            let _ = kill_process_group(group, Signal::KILL);
        }
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        self.signal();
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
