//! The workers of a pool: each is a process, and a thread serves it.

use std::{
    io,
    process::Child,
    sync::Arc,
    thread::{self, JoinHandle},
};

use crate::{
    pool::{Place, Pool},
    story::event,
    worker::{self, Pipes},
};

/// How many substitutes are hired before the squad gives up.
const SUBSTITUTES: u32 = 5;

#[derive(Default)]
pub struct Squad {
    pub pool: Arc<Pool>,
    workers: Vec<Worker>,
}

struct Worker {
    name: &'static str,
    child: Child,
    server: JoinHandle<io::Result<()>>,
}

impl Squad {
    pub fn hire(&mut self, name: &'static str) -> io::Result<()> {
        let (child, pipes) = worker::start()?;
        eprintln!("{name} is process {}", child.id());
        let place = Place::in_pool(&self.pool);
        let builder = thread::Builder::new().name(name.to_owned());
        let server = builder.spawn(move || serve(name, &place.0, pipes))?;
        self.workers.push(Worker { name, child, server });
        Ok(())
    }

    /// Ends a worker as `kill -9` does: the worker has no chance to clean up.
    pub fn kill(&mut self, name: &str) -> io::Result<()> {
        for worker in &mut self.workers {
            if worker.name == name {
                worker.child.kill()?;
            }
        }
        Ok(())
    }

    // ANCHOR: join
    /// Waits for the last ghost. Hires somebody when all others are gone.
    pub fn join(&mut self) -> io::Result<()> {
        for _ in 0..SUBSTITUTES {
            let left = self.pool.join();
            if left == 0 {
                return Ok(());
            }
            event("main", format!("nobody left for {left}"));
            self.hire("Louis Tully")?;
        }
        let left = self.pool.join();
        if left > 0 {
            let what = format!("{left} ghosts are left, and no workers");
            return Err(io::Error::other(what));
        }
        Ok(())
    }
    // ANCHOR_END: join

    /// Sends all workers home and waits for the end of their processes.
    pub fn dismiss(self) -> io::Result<()> {
        self.pool.close();
        for mut worker in self.workers {
            // A worker whose pipe is broken may still run.
            if !matches!(worker.server.join(), Ok(Ok(()))) {
                worker.child.kill()?;
            }
            worker.child.wait()?;
        }
        Ok(())
    }
}

/// Hands ghosts to one worker, until the pool is closed or the worker gone.
// ANCHOR: serve
fn serve(name: &str, pool: &Pool, mut pipes: Pipes) -> io::Result<()> {
    while let Some(ghost) = pool.get() {
        event(name, format!("takes {ghost}"));
        if let Err(error) = pipes.trap(&ghost) {
            event(name, format!("is gone, {ghost} goes back"));
            pool.put_back(ghost);
            return Err(error);
        }
        event(name, format!("{ghost} trapped"));
        pool.task_done();
    }
    Ok(())
}
// ANCHOR_END: serve
