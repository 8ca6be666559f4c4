//! The watchdog: kills the child when it is late.

use std::io;
use std::process::{Child, ExitStatus};
use std::sync::{Condvar, Mutex, MutexGuard};
use std::time::{Duration, Instant};

/// The child and the clock.
pub(super) struct Watchdog {
    state: Mutex<State>,
    changed: Condvar,
}

struct State {
    child: Child,
    deadline: Option<Instant>,
    late: bool,
    finished: bool,
}

impl Watchdog {
    pub fn new(child: Child) -> Watchdog {
        let state =
            State { child, deadline: None, late: false, finished: false };
        Watchdog { state: Mutex::new(state), changed: Condvar::new() }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().expect("nobody panics with the lock")
    }

    /// Sets the time until which the next frame has to be there; `None` while
    /// the parent is not waiting for one.
    pub fn set_deadline(&self, deadline: Option<Instant>) {
        self.state().deadline = deadline;
        self.changed.notify_one();
    }

    /// Kills the child at the deadline; returns when all is finished.
    pub fn watch(&self) {
        let mut state = self.state();
        while !state.finished {
            let left = state
                .deadline
                .map(|at| at.saturating_duration_since(Instant::now()));
            state = match left {
                Some(Duration::ZERO) => {
                    state.late = true;
                    state.deadline = None;
                    kill(&mut state.child);
                    state
                }
                Some(left) => {
                    self.changed.wait_timeout(state, left).expect("as above").0
                }
                None => self.changed.wait(state).expect("as above"),
            };
        }
    }

    /// Kills the child. One that has ended already stays as it is.
    pub fn kill(&self) {
        kill(&mut self.state().child);
    }

    /// Ends the watch, and the child if it still runs.
    pub fn finish(&self) {
        let mut state = self.state();
        state.finished = true;
        // Its input ends; a child that has told all it knows ends by itself.
        drop(state.child.stdin.take());
        self.changed.notify_one();
    }

    /// How the child ended, after [`finish`](Self::finish), and whether it
    /// was late.
    pub fn exit(&self) -> io::Result<(ExitStatus, bool)> {
        let mut state = self.state();
        let late = state.late;
        kill_left_behind(&state.child);
        Ok((state.child.wait()?, late))
    }
}

/// Kills the child and every program that it has started: they are a group.
fn kill(child: &mut Child) {
    #[cfg(unix)]
    {
        use rustix::process::{Pid, Signal, kill_process_group};
        let _ = kill_process_group(Pid::from_child(child), Signal::KILL);
    }
    let _ = child.kill();
}

/// Waits for the child's end, and kills what it has left behind. Until it is
/// waited for once more, nobody else can get the number of its group.
#[cfg(unix)]
fn kill_left_behind(child: &Child) {
    use rustix::process::{
        Pid, Signal, WaitId, WaitIdOptions, kill_process_group, waitid,
    };
    let pid = Pid::from_child(child);
    let options = WaitIdOptions::EXITED | WaitIdOptions::NOWAIT;
    if waitid(WaitId::Pid(pid), options).is_ok() {
        let _ = kill_process_group(pid, Signal::KILL);
    }
}

#[cfg(not(unix))]
fn kill_left_behind(_child: &Child) {}
