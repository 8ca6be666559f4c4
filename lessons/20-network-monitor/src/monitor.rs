//! The monitor at work: a worker for each thing that is watched.
//!
//! Workers ask, and send what they see to the recorder. A new configuration
//! stops the workers of what is gone or has changed and starts those of what
//! is new; what has not changed goes on undisturbed.

use crate::alert::{Alerts, Memory, Notifiers};
use crate::history::{self, History};
use crate::metrics::Metrics;
use crate::recorder::{Desk, News, Seen, lock, record};
use crate::schedule::{Gate, Now, Schedule, Timer};
use crate::status::Status;
use crate::watch::{SpeedTest, Target, Watch};
use crate::{now, probe, speed};
use daemon::Tasks;
use fastrand::Rng;
use std::mem;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use thiserror::Error;
use tokio::sync::{broadcast, mpsc, watch};
use tokio::task::{JoinSet, spawn_blocking};

/// How many samples may wait for the recorder. If more would, the disk does
/// not keep up, and the probes wait for it.
const WAITING: usize = 16_384;
/// How far behind a listener may be before it misses something.
const NEWS: usize = 4_096;
/// How many passes of one interval may be under way: a dead host is waited
/// for while the next pass begins.
const PASSES: usize = 4;

/// A monitor at work. Clones are the same one.
#[derive(Clone)]
pub(crate) struct Monitor {
    name: Arc<str>,
    started: i64,
    desk: Desk,
    gate: Gate,
    seen: mpsc::Sender<Seen>,
    workers: Arc<Mutex<Vec<Worker>>>,
    tasks: Tasks,
    stopping: watch::Receiver<bool>,
}

/// One worker, and how to stop it.
struct Worker {
    work: Work,
    stop: watch::Sender<bool>,
    /// Ends a speed test that runs.
    stop_test: Arc<AtomicBool>,
    /// Asks for a speed test out of turn.
    start_test: mpsc::Sender<()>,
}

/// What one worker does.
#[derive(Debug, Clone, PartialEq)]
enum Work {
    /// Asks these, all at once, so often.
    Probe { every: Duration, targets: Vec<Target> },
    /// Runs this speed test when it is due.
    Test(Box<SpeedTest>),
}

/// Why a speed test does not start.
#[derive(Debug, Error)]
pub(crate) enum Refused {
    /// There is none of that name.
    #[error("there is no speed test {0:?}: it is not in the configuration")]
    Unknown(String),
    /// It runs, or waits for another one to end.
    #[error("the speed test {0:?} is running: wait until it ends")]
    Running(String),
}

impl Monitor {
    /// Sets a monitor to work. `stopping` becomes true when it must end.
    ///
    /// # Errors
    /// When the history cannot be read.
    pub(crate) fn start(
        name: &str,
        history: History,
        watch: &Watch,
        metrics: Metrics,
        tasks: Tasks,
        stopping: watch::Receiver<bool>,
    ) -> Result<Monitor, history::Error> {
        let memory = match history.kept("alerts")? {
            // A memory of another version is worth less than a start.
            Some(text) => serde_json::from_str(&text).unwrap_or_default(),
            None => Memory::default(),
        };
        let desk = Desk {
            history: Arc::new(history),
            board: Arc::default(),
            // The rules must be known before what is remembered of them.
            alerts: Arc::new(Mutex::new(Alerts::new(&watch.alerts, memory))),
            notifiers: Arc::default(),
            metrics,
            news: broadcast::Sender::new(NEWS),
            trouble: watch::Sender::new(None),
        };
        let (seen, taken) = mpsc::channel(WAITING);
        tasks.spawn("recorder", record(desk.clone(), taken));
        let monitor = Monitor {
            name: name.into(),
            started: now(),
            desk,
            gate: Gate::new(),
            seen,
            workers: Arc::default(),
            tasks,
            stopping,
        };
        monitor.adopt(watch)?;
        Ok(monitor)
    }

    /// Works by this configuration from now on.
    ///
    /// # Errors
    /// When the history cannot be read; then all stays as it was.
    pub(crate) fn adopt(&self, watch: &Watch) -> Result<(), history::Error> {
        let history = &self.desk.history;
        let latest: Vec<_> = watch
            .speed
            .iter()
            .map(|test| history.latest_result(&test.name))
            .collect::<Result<_, _>>()?;
        {
            let mut board = lock(&self.desk.board);
            board.adopt(watch);
            for found in latest.into_iter().flatten() {
                board.remember(&found.name, found.at, &found.report);
            }
        }
        lock(&self.desk.alerts).reload(&watch.alerts);
        let notifiers = Notifiers::start(&watch.notifiers, |name, task| {
            self.tasks.spawn(&name, task);
        });
        *lock(&self.desk.notifiers) = notifiers;
        self.desk.history.set_retention(&watch.retention)?;

        let mut wanted = works(watch);
        let mut workers = lock(&self.workers);
        for worker in mem::take(&mut *workers) {
            match wanted.iter().position(|work| *work == worker.work) {
                Some(at) => {
                    wanted.swap_remove(at);
                    workers.push(worker);
                }
                None => worker.stop(),
            }
        }
        workers.extend(wanted.into_iter().map(|work| self.set_to(work)));
        self.desk.trouble.send_modify(|_| {});
        Ok(())
    }

    /// Starts a worker.
    fn set_to(&self, work: Work) -> Worker {
        let (stop, stopped) = watch::channel(false);
        let (start_test, asked) = mpsc::channel(1);
        let stop_test = Arc::new(AtomicBool::new(false));
        let monitor = self.clone();
        match work.clone() {
            Work::Probe { every, targets } => {
                let name = format!("probes every {every:?}");
                let probes = monitor.probe(every, targets.into(), stopped);
                self.tasks.spawn(&name, probes);
            }
            Work::Test(test) => {
                let name = format!("speed test {}", test.name);
                let stop_test = stop_test.clone();
                let tests = monitor.test(*test, asked, stopped, stop_test);
                self.tasks.spawn(&name, tests);
            }
        }
        Worker { work, stop, stop_test, start_test }
    }

    /// How everything stands.
    pub(crate) fn status(&self) -> Status {
        let board = lock(&self.desk.board);
        let (state, targets) = (board.overall(), board.targets());
        let speed = board.speeds();
        drop(board);
        Status {
            name: self.name.to_string(),
            now: now(),
            started: self.started,
            state,
            paused: self.gate.paused(),
            trouble: self.desk.trouble.borrow().clone(),
            targets,
            speed,
            alerts: lock(&self.desk.alerts).ongoing(),
        }
    }

    /// What has been measured.
    pub(crate) fn history(&self) -> &History {
        &self.desk.history
    }

    /// What happens from now on.
    pub(crate) fn news(&self) -> broadcast::Receiver<News> {
        self.desk.news.subscribe()
    }

    /// Changes whenever the status does.
    pub(crate) fn changes(&self) -> watch::Receiver<Option<String>> {
        self.desk.trouble.subscribe()
    }

    /// Waits until the monitor ends.
    pub(crate) async fn stopped(&self) {
        let mut stopping = self.stopping.clone();
        // An error says that whoever could stop it is gone.
        let _ = stopping.wait_for(|stopping| *stopping).await;
    }

    /// Stops all workers; a speed test that runs ends at once.
    pub(crate) fn stop(&self) {
        for worker in mem::take(&mut *lock(&self.workers)) {
            worker.stop();
        }
    }

    /// Runs a speed test as soon as nothing else does.
    ///
    /// # Errors
    /// [`Refused`] when there is none, or it runs already.
    pub(crate) fn start_test(&self, name: &str) -> Result<(), Refused> {
        let workers = lock(&self.workers);
        let worker = workers.iter().find(|worker| {
            matches!(&worker.work, Work::Test(test) if test.name == name)
        });
        let unknown = || Refused::Unknown(name.to_owned());
        let worker = worker.ok_or_else(unknown)?;
        if !lock(&self.desk.board).begin(name) {
            return Err(Refused::Running(name.to_owned()));
        }
        self.desk.trouble.send_modify(|_| {});
        worker.start_test.try_send(()).map_err(|_| unknown())
    }

    // ANCHOR: probe
    /// Asks all these targets at once, again and again, and never while a
    /// speed test fills the line.
    async fn probe(
        self,
        every: Duration,
        targets: Arc<[Target]>,
        mut stop: watch::Receiver<bool>,
    ) {
        let schedule = Schedule::every(every);
        let mut timer = Timer::new(schedule, Now::read(), Rng::new());
        let mut passes = JoinSet::new();
        loop {
            tokio::select! {
                () = timer.wait() => {}
                _ = stop.changed() => return,
                () = self.stopped() => return,
            }
            while passes.len() >= PASSES {
                passes.join_next().await;
            }
            while passes.try_join_next().is_some() {}
            let Some(pass) = self.gate.pass() else { continue };
            let (targets, seen) = (targets.clone(), self.seen.clone());
            passes.spawn(async move {
                probe::ask(&targets, &seen).await;
                drop(pass);
            });
        }
    }
    // ANCHOR_END: probe

    // ANCHOR: test
    /// Runs a speed test when it is due or asked for, with the line to
    /// itself.
    async fn test(
        self,
        test: SpeedTest,
        mut asked: mpsc::Receiver<()>,
        mut stop: watch::Receiver<bool>,
        stop_test: Arc<AtomicBool>,
    ) {
        let _end = Halt(&self, &test.name);
        let mut timer = self.timer(&test);
        loop {
            let next = timer.next_run(Now::read());
            lock(&self.desk.board).plan(&test.name, Some(next));
            let begun = tokio::select! {
                () = timer.wait() => {
                    lock(&self.desk.board).begin(&test.name)
                }
                Some(()) = asked.recv() => true,
                _ = stop.changed() => return,
                () = self.stopped() => return,
            };
            // Otherwise somebody has just asked for one: that is next.
            if begun {
                self.desk.trouble.send_modify(|_| {});
                tokio::select! {
                    () = self.run(&test, &stop_test) => {}
                    _ = stop.changed() => return,
                    () = self.stopped() => return,
                }
            }
        }
    }

    async fn run(&self, test: &SpeedTest, stop: &Arc<AtomicBool>) {
        let words = format!("speed test {} is running", test.name);
        let load = self.gate.load(&words).await;
        let (desk, test, stop) =
            (self.desk.clone(), test.clone(), stop.clone());
        let run = spawn_blocking(move || {
            // Keeps the line for as long as the test uses it, also when
            // nobody waits for this any more.
            let _load = load;
            let news = desk.news.clone();
            let outcome = speed::run(&test, &stop, &mut |progress| {
                let _ = news.send(News::Progress(Arc::new(progress)));
            });
            // What was stopped has failed for nobody.
            if !stop.load(Ordering::Relaxed) {
                desk.take_result(&test.name, outcome);
            }
        });
        if let Err(panic) = run.await {
            std::panic::resume_unwind(panic.into_panic());
        }
    }
    // ANCHOR_END: test

    /// Goes on from the last run, so that a restart alone causes none.
    fn timer(&self, test: &SpeedTest) -> Timer {
        let last = lock(&self.desk.board).last(&test.name);
        let since = last.map(|at| {
            Duration::from_millis(now().saturating_sub(at).max(0) as u64)
        });
        let schedule = test.schedule.clone();
        Timer::after_run(schedule, since, Now::read(), Rng::new())
    }
}

/// Says when its worker has ended, however it ended.
struct Halt<'a>(&'a Monitor, &'a str);

impl Drop for Halt<'_> {
    fn drop(&mut self) {
        let Halt(monitor, name) = self;
        lock(&monitor.desk.board).halt(name);
        monitor.desk.trouble.send_modify(|_| {});
    }
}

impl Worker {
    fn stop(&self) {
        self.stop_test.store(true, Ordering::Relaxed);
        self.stop.send_replace(true);
    }
}

/// One worker for each interval, one for each speed test.
fn works(watch: &Watch) -> Vec<Work> {
    let mut works: Vec<Work> = Vec::new();
    for target in &watch.targets {
        let same = works.iter_mut().find_map(|work| match work {
            Work::Probe { every, targets } if *every == target.every => {
                Some(targets)
            }
            _ => None,
        });
        match same {
            Some(targets) => targets.push(target.clone()),
            None => works.push(Work::Probe {
                every: target.every,
                targets: vec![target.clone()],
            }),
        }
    }
    let tests = watch.speed.iter().cloned().map(Box::new).map(Work::Test);
    works.extend(tests);
    works
}
