//! A queue that can be joined, like Python's JoinableQueue, and into which
//! what was taken can come back.

use std::collections::VecDeque;
use std::sync::{Arc, Condvar, Mutex, MutexGuard};

#[derive(Default)]
pub struct Pool {
    ghosts: Mutex<Ghosts>,
    changed: Condvar,
}

#[derive(Default)]
struct Ghosts {
    waiting: VecDeque<String>,
    /// Put and not yet done: those that wait, and those in somebody's hands.
    unfinished: usize,
    workers: usize,
    closed: bool,
}

// ANCHOR: pool
impl Pool {
    pub fn put(&self, ghost: String) {
        self.change(|ghosts| {
            ghosts.waiting.push_back(ghost);
            ghosts.unfinished += 1;
        });
    }

    /// Waits for a ghost. There is none any more when the pool was closed.
    pub fn get(&self) -> Option<String> {
        self.wait_while(|ghosts| ghosts.waiting.is_empty() && !ghosts.closed)
            .waiting
            .pop_front()
    }

    pub fn task_done(&self) {
        self.change(|ghosts| ghosts.unfinished -= 1);
    }

    /// For a ghost that was taken and not trapped. It is the next again.
    pub fn put_back(&self, ghost: String) {
        self.change(|ghosts| ghosts.waiting.push_front(ghost));
    }

    /// Waits until all ghosts are done, or nobody is there to do them.
    /// Returns how many are left.
    pub fn join(&self) -> usize {
        let busy = |it: &mut Ghosts| it.unfinished > 0 && it.workers > 0;
        self.wait_while(busy).unfinished
    }
    // ANCHOR_END: pool

    pub fn close(&self) {
        self.change(|ghosts| ghosts.closed = true);
    }

    fn change(&self, change: impl FnOnce(&mut Ghosts)) {
        change(&mut self.ghosts.lock().expect("nobody panics in here"));
        self.changed.notify_all();
    }

    fn wait_while(
        &self,
        condition: impl FnMut(&mut Ghosts) -> bool,
    ) -> MutexGuard<'_, Ghosts> {
        let ghosts = self.ghosts.lock().expect("nobody panics in here");
        let waited = self.changed.wait_while(ghosts, condition);
        waited.expect("nobody panics in here")
    }
}

/// Somebody who works for the pool. Dropped, even by a panic, they have left.
pub struct Member(pub Arc<Pool>);

impl Member {
    pub fn of(pool: &Arc<Pool>) -> Member {
        pool.change(|ghosts| ghosts.workers += 1);
        Member(pool.clone())
    }
}

impl Drop for Member {
    fn drop(&mut self) {
        self.0.change(|ghosts| ghosts.workers -= 1);
    }
}
