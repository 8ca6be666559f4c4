//! The writer's handle: where threads leave what is to be kept.

use std::path::PathBuf;
use std::sync::mpsc::{Sender, SyncSender, sync_channel};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;

use crate::error::{Error, Result};
use crate::records::{Note, TestResult};
use crate::{Retention, Sample, lock};

/// What one thread wants to be kept or done.
#[derive(Default)]
pub(crate) struct Change {
    pub samples: Vec<Sample>,
    /// They are known to come late: that they are old does not mean that the
    /// clock was set back.
    pub late: bool,
    pub result: Option<TestResult>,
    pub note: Option<Note>,
    /// A key and its text.
    pub state: Option<(String, String)>,
    pub retention: Option<Retention>,
    /// A power cut must not undo it.
    pub durable: bool,
    /// Every hour that is over must be closed.
    pub close_hours: bool,
}

impl Change {
    /// Whether any of it goes into the file.
    pub fn is_written(&self) -> bool {
        !self.samples.is_empty()
            || self.result.is_some()
            || self.note.is_some()
            || self.state.is_some()
    }
}

/// A change, and where the thread that sent it waits.
pub(super) struct Request {
    pub change: Change,
    pub reply: SyncSender<Result<()>>,
}

/// The other end of the writer's channel. Dropping it waits until the writer
/// has done every request.
pub(crate) struct WriterHandle {
    requests: Option<Sender<Request>>,
    thread: Option<JoinHandle<()>>,
    path: PathBuf,
    trouble: Arc<Mutex<Option<Error>>>,
}

impl WriterHandle {
    pub(super) fn new(
        requests: Sender<Request>,
        thread: JoinHandle<()>,
        path: PathBuf,
        trouble: Arc<Mutex<Option<Error>>>,
    ) -> WriterHandle {
        let (requests, thread) = (Some(requests), Some(thread));
        WriterHandle { requests, thread, path, trouble }
    }

    /// Returns when the change is written.
    pub fn change(&self, change: Change) -> Result<()> {
        let (reply, answer) = sync_channel(1);
        let requests = self.requests.as_ref().expect("taken only by drop");
        let sent = requests.send(Request { change, reply });
        match sent.ok().and_then(|()| answer.recv().ok()) {
            Some(done) => done,
            None => Err(Error::WriterEnded(self.path.clone())),
        }
    }

    /// What the writer could not do by itself.
    pub fn trouble(&self) -> Option<Error> {
        lock(&self.trouble).clone()
    }
}

impl Drop for WriterHandle {
    fn drop(&mut self) {
        // Without senders, the writer's loop ends.
        self.requests = None;
        if let Some(thread) = self.thread.take() {
            // If it panicked, the panic has been printed already.
            let _ = thread.join();
        }
    }
}
