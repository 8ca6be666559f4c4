//! What a program prints, if it ends within a time limit.

use std::{
    io::Read,
    process::{Command, Stdio},
    sync::mpsc,
    thread,
    time::Duration,
};

/// Only a program that hangs takes this long.
pub const TIME_LIMIT: Duration = Duration::from_secs(5);

// ANCHOR: output
/// The text that a program prints to both its streams, if it succeeds in time.
pub fn output_of(program: &str, arguments: &[&str]) -> Option<String> {
    let mut child = Command::new(program)
        .args(arguments)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .ok()?;
    let (mut stdout, mut stderr) = (child.stdout.take()?, child.stderr.take()?);

    // Reading blocks: a thread does it, while this one looks at the clock.
    let (sender, receiver) = mpsc::channel();
    thread::spawn(move || {
        let mut output = Vec::new();
        let read = stdout.read_to_end(&mut output);
        let read = read.and_then(|_| stderr.read_to_end(&mut output));
        // After the time limit nobody receives it.
        let _ = sender.send(read.map(|_| output));
    });
    let output = receiver.recv_timeout(TIME_LIMIT);
    if output.is_err() {
        // An error here means that it has just ended by itself.
        let _ = child.kill();
    }
    if !child.wait().ok()?.success() {
        return None;
    }
    // It may have come too late, or be unreadable.
    let output = output.ok()?.ok()?;
    Some(String::from_utf8_lossy(&output).into_owned())
}
// ANCHOR_END: output
