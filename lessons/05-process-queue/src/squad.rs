//! The workers of a pool: for each a process, and a thread that serves it.

use std::{
    io,
    process::Child,
    sync::Arc,
    thread::{self, JoinHandle},
};

use crate::{
    pool::{Member, Pool},
    story::event,
    worker::{self, Pipes},
};

/// After so many, it is not bad luck any more.
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
        let member = Member::of(&self.pool);
        let server = thread::Builder::new().name(name.to_owned());
        let server = server.spawn(move || serve(name, &member.0, pipes))?;
        self.workers.push(Worker { name, child, server });
        Ok(())
    }

    /// Ends a worker as `kill -9` does: it gets no chance to say goodbye.
    pub fn kill(&mut self, name: &str) -> io::Result<()> {
        let mut workers = self.workers.iter_mut();
        workers.try_for_each(|worker| match worker.name == name {
            true => worker.child.kill(),
            false => Ok(()),
        })
    }

    // ANCHOR: join
    /// Waits for the last ghost. Hires somebody when all others are gone.
    pub fn join(&mut self) -> io::Result<()> {
        for _ in 0..SUBSTITUTES {
            match self.pool.join() {
                0 => return Ok(()),
                left => event("main", format!("nobody left for {left}")),
            }
            self.hire("Louis Tully")?;
        }
        match self.pool.join() {
            0 => Ok(()),
            left => {
                let what = format!("{left} ghosts are left, and no workers");
                Err(io::Error::other(what))
            }
        }
    }
    // ANCHOR_END: join

    /// Sends all workers home and waits for the end of their processes.
    pub fn dismiss(self) -> io::Result<()> {
        self.pool.close();
        for mut worker in self.workers {
            // A worker with a broken pipe may still run, for nobody.
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
