//! A queue that can be joined, like Python's JoinableQueue, and that takes back
//! what was not done.

use std::{
    collections::VecDeque,
    sync::{Arc, Condvar, Mutex, MutexGuard},
};

#[derive(Default)]
pub struct Pool {
    ghosts: Mutex<Ghosts>,
    changed: Condvar,
}

#[derive(Default)]
struct Ghosts {
    waiting: VecDeque<String>,
    /// Ghosts that were put and are not yet done, waiting or with a worker.
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

    /// Waits for a ghost. Returns `None` when the pool is closed and empty.
    pub fn get(&self) -> Option<String> {
        self.wait_while(|ghosts| ghosts.waiting.is_empty() && !ghosts.closed)
            .waiting
            .pop_front()
    }

    pub fn task_done(&self) {
        self.change(|ghosts| ghosts.unfinished -= 1);
    }

    /// Takes back a ghost that was not trapped. It becomes the next again.
    pub fn put_back(&self, ghost: String) {
        self.change(|ghosts| ghosts.waiting.push_front(ghost));
    }

    /// Waits until all ghosts are done, or no worker is left. Returns the
    /// number of ghosts that are not done.
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

/// A worker's place in the pool. It is given up by the drop, so a worker that
/// panics leaves too.
pub struct Place(pub Arc<Pool>);

impl Place {
    pub fn in_pool(pool: &Arc<Pool>) -> Place {
        pool.change(|ghosts| ghosts.workers += 1);
        Place(pool.clone())
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.0.change(|ghosts| ghosts.workers -= 1);
    }
}
