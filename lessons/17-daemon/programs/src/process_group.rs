//! The process group: a program and all that it has started.

use tokio::process::Child;

/// A program and all that it has started. Dropped before it was released, as
/// when the daemon ends, it is killed.
pub(crate) struct ProcessGroup {
    pub child: Child,
    #[cfg(unix)]
    id: Option<rustix::process::Pid>,
}

impl ProcessGroup {
    pub fn of(child: Child) -> ProcessGroup {
        #[cfg(unix)]
        let id = child
            .id()
            .and_then(|id| i32::try_from(id).ok())
            .and_then(rustix::process::Pid::from_raw);
        ProcessGroup {
            child,
            #[cfg(unix)]
            id,
        }
    }

    /// Kills the group, and waits until the program itself is gone, so that
    /// no zombie is left. The system reaps whatever the program had started.
    pub async fn kill(mut self) {
        self.signal();
        let _ = self.child.kill().await;
        self.release();
    }

    /// Forgets the group: it has ended, and its number may belong to another
    /// by now.
    pub fn release(&mut self) {
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

impl Drop for ProcessGroup {
    fn drop(&mut self) {
        self.signal();
    }
}
