//! Asks a program something, and waits only so long for its answer.

use std::{
    io::Read,
    process::{Command, Stdio},
    sync::mpsc,
    thread,
    time::Duration,
};

/// Only a program that hangs takes as long.
pub const PATIENCE: Duration = Duration::from_secs(5);

// ANCHOR: ask
/// What a program says on both its streams, if it ends well and in time.
pub fn ask(program: &str, arguments: &[&str]) -> Option<String> {
    let mut child = Command::new(program)
        .args(arguments)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .ok()?;
    let (mut stdout, mut stderr) = (child.stdout.take()?, child.stderr.take()?);

    // Reading blocks. A thread may block, while this one looks at the clock.
    let (sender, answer) = mpsc::channel();
    thread::spawn(move || {
        let mut said = Vec::new();
        let read = stdout.read_to_end(&mut said);
        let read = read.and_then(|_| stderr.read_to_end(&mut said));
        // Nobody listens any more when the patience has ended.
        let _ = sender.send(read.map(|_| said));
    });
    let said = answer.recv_timeout(PATIENCE);
    if said.is_err() {
        // An error here says that it has ended by itself after all.
        let _ = child.kill();
    }
    let well = child.wait().is_ok_and(|status| status.success());
    let said = said.ok()?.ok()?;
    well.then(|| String::from_utf8_lossy(&said).into_owned())
}
// ANCHOR_END: ask
