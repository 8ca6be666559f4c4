//! The monitor at work: a worker for each thing that is watched.
//!
//! Workers ask, and send what they see to the recorder. There is one for all
//! targets of an interval, and one for each speed test. A new configuration
//! stops the workers for which something is gone, new or changed, and starts
//! others; the rest go on undisturbed.

use crate::config::{Config, SpeedTest, Target};
use crate::metrics::Metrics;
use crate::recorder::{Desk, News, Seen, lock, record};
use crate::{now, probe, speed};
use alerts::{Alerts, Memory, Notifiers};
use daemon::{Panicked, Tasks};
use dashboard::api::Status;
use fastrand::Rng;
use history::{History, Kept};
use schedule::{Gate, Load, Now, Schedule, Timer};
use std::collections::HashMap;
use std::mem;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use thiserror::Error;
use tokio::sync::{Semaphore, broadcast, mpsc, watch};
use tokio::task::{JoinHandle, JoinSet, spawn_blocking};

/// How many samples may wait for the recorder. If more would, the disk does
/// not keep up, and the probes wait for it.
const WAITING: usize = 16_384;
/// How far behind a listener may be before it misses something.
const NEWS: usize = 4_096;
/// In how many passes a target may be asked at the same time: a dead host is
/// waited for while the next pass begins. One whose name server is silent is
/// left out of some, and holds up no other.
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
    task: Task,
}

type Task = JoinHandle<Result<(), Panicked>>;

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
    /// Its worker is gone.
    #[error(
        "the speed test {0:?} does not run any more: the log says why; \
         restart the monitor"
    )]
    Ended(String),
}

impl Monitor {
    /// Sets a monitor to work. `stopping` becomes true when it must end.
    ///
    /// # Errors
    /// When the history cannot be read.
    pub(crate) fn start(
        name: &str,
        history: History,
        watch: &Config,
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
        let latest = monitor.latest(watch)?;
        monitor.put_in_force(watch, latest);
        Ok(monitor)
    }

    /// Works by the `new` configuration from now on, and not by the `old` one.
    ///
    /// # Errors
    /// When the history cannot be used; then all stays as it was.
    pub(crate) fn adopt(
        &self,
        old: &Config,
        new: &Config,
    ) -> Result<(), history::Error> {
        // What can fail comes first.
        let latest = self.latest(new)?;
        if new.retention != old.retention {
            self.desk.history.set_retention(&new.retention)?;
        }
        self.put_in_force(new, latest);
        Ok(())
    }

    /// What each speed test found last.
    fn latest(&self, watch: &Config) -> Result<Vec<Kept>, history::Error> {
        let latest = |test: &SpeedTest| {
            self.desk.history.latest_result(&test.name).transpose()
        };
        watch.speed.iter().filter_map(latest).collect()
    }

    fn put_in_force(&self, watch: &Config, latest: Vec<Kept>) {
        let Desk { board, alerts, notifiers, metrics, .. } = &self.desk;
        {
            let mut board = lock(board);
            board.adopt(watch, metrics);
            for found in latest {
                board.remember(&found.name, found.at, &found.report);
            }
        }
        lock(alerts).reload(&watch.alerts);
        for report in lock(notifiers).report() {
            metrics.forget_notifier(&report.name);
        }
        let (counted, shown) = (metrics.clone(), self.desk.trouble.clone());
        *lock(notifiers) = Notifiers::start(
            &watch.notifiers,
            |name, task| {
                self.tasks.spawn(&name, task);
            },
            move |report| {
                counted.notifier(report);
                shown.send_modify(|_| {});
            },
        );

        let mut wanted = works(watch);
        let mut workers = lock(&self.workers);
        // Two tests of one name would be one on the page.
        let mut ending = HashMap::new();
        for worker in mem::take(&mut *workers) {
            match wanted.iter().position(|work| *work == worker.work) {
                Some(at) => {
                    wanted.swap_remove(at);
                    workers.push(worker);
                }
                None => {
                    worker.stop();
                    if let Work::Test(test) = worker.work {
                        ending.insert(test.name, worker.task);
                    }
                }
            }
        }
        workers.extend(wanted.into_iter().map(|work| {
            let before = match &work {
                Work::Test(test) => ending.remove(&test.name),
                Work::Probe { .. } => None,
            };
            self.set_to(work, before)
        }));
        self.desk.trouble.send_modify(|_| {});
    }

    /// Starts a worker, which begins when the one `before` it has ended.
    fn set_to(&self, work: Work, before: Option<Task>) -> Worker {
        let (stop, stopped) = watch::channel(false);
        let (start_test, asked) = mpsc::channel(1);
        let stop_test = Arc::new(AtomicBool::new(false));
        let monitor = self.clone();
        let task = match work.clone() {
            Work::Probe { every, targets } => {
                let name = format!("probes every {every:?}");
                let probes = monitor.probe(every, targets, stopped);
                self.tasks.spawn(&name, probes)
            }
            Work::Test(test) => {
                let name = format!("speed test {}", test.name);
                let stop_test = stop_test.clone();
                let tests = async move {
                    if let Some(before) = before {
                        // Its panic is told already.
                        let _ = before.await;
                    }
                    monitor.test(*test, asked, stopped, stop_test).await;
                };
                self.tasks.spawn(&name, tests)
            }
        };
        Worker { work, stop, stop_test, start_test, task }
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
            notifiers: lock(&self.desk.notifiers).report(),
        }
    }

    /// Notes in words what has happened. If it cannot be noted, the status
    /// says so.
    pub(crate) fn note(&self, words: &str) {
        self.desk.note(words);
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
        let asked = worker.start_test.try_send(());
        if asked.is_err() {
            lock(&self.desk.board).halt(name);
        }
        self.desk.trouble.send_modify(|_| {});
        asked.map_err(|_| Refused::Ended(name.to_owned()))
    }

    // ANCHOR: probe
    /// Asks all these targets at once, again and again, and never while a
    /// speed test fills the line.
    async fn probe(
        self,
        every: Duration,
        targets: Vec<Target>,
        mut stop: watch::Receiver<bool>,
    ) {
        let name = format!("pass every {every:?}");
        let schedule = Schedule::every(every);
        let mut timer = Timer::new(schedule, Now::read(), Rng::new());
        let places = || Arc::new(Semaphore::new(PASSES));
        let targets: Vec<_> =
            targets.into_iter().map(|target| (target, places())).collect();
        let mut passes = JoinSet::new();
        loop {
            tokio::select! {
                () = timer.wait() => {}
                _ = stop.changed() => return,
                () = self.stopped() => return,
            }
            // What panicked in one was told, and ends no other.
            while passes.try_join_next().is_some() {}
            let Some(pass) = self.gate.pass() else {
                self.desk.metrics.skipped.inc();
                continue;
            };
            let asked = targets.iter().filter_map(|(target, places)| {
                let place = places.clone().try_acquire_owned().ok()?;
                Some((target.clone(), place))
            });
            let (asked, seen) = (asked.collect(), self.seen.clone());
            passes.spawn(self.tasks.watch(&name, async move {
                probe::ask(asked, &seen).await;
                drop(pass);
            }));
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
            tokio::select! {
                () = timer.wait() => {
                    if !lock(&self.desk.board).begin(&test.name) {
                        // Somebody has just asked for one: that is next.
                        continue;
                    }
                }
                Some(()) = asked.recv() => {
                    lock(&self.desk.board).begin(&test.name);
                }
                _ = stop.changed() => return,
                () = self.stopped() => return,
            }
            let words = format!("speed test {} is running", test.name);
            let load = self.gate.load(&words);
            self.desk.trouble.send_modify(|_| {});
            let load = tokio::select! {
                load = load => load,
                _ = stop.changed() => return,
                () = self.stopped() => return,
            };
            let run = self.run(&test, &stop_test, load);
            tokio::pin!(run);
            tokio::select! {
                () = &mut run => {}
                _ = stop.changed() => return run.await,
                () = self.stopped() => {
                    stop_test.store(true, Ordering::Relaxed);
                    return run.await;
                }
            }
        }
    }

    async fn run(&self, test: &SpeedTest, stop: &Arc<AtomicBool>, load: Load) {
        let (desk, test, stop) =
            (self.desk.clone(), test.clone(), stop.clone());
        let run = spawn_blocking(move || {
            let outcome = speed::run(&test, &stop, &mut |progress| {
                let _ = desk.news.send(News::Progress(Arc::new(progress)));
            });
            // The line is free, and the status about to say so.
            drop(load);
            match outcome {
                Some(outcome) => desk.take_result(&test.name, outcome),
                None => lock(&desk.board).halt(&test.name),
            }
            desk.trouble.send_modify(|_| {});
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
fn works(watch: &Config) -> Vec<Work> {
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

#[cfg(test)]
mod tests {
    use super::*;
    use history::Retention;
    use std::path::Path;

    fn watch(text: &str) -> Config {
        Config::parse(text, Path::new("monitor.toml")).expect("a configuration")
    }

    #[tokio::test]
    async fn a_configuration_that_cannot_be_taken_is_not_taken_in_part() {
        let data = tempfile::tempdir().expect("a folder");
        History::open(data.path(), &Retention::default()).expect("made");
        // One that can be read and not be written.
        let history = History::open_to_read(data.path()).expect("opened");
        let (stop, stopping) = watch::channel(false);
        let old = watch("[[target]]\nname = \"old\"\nhost = \"127.0.0.1\"");
        let monitor = Monitor::start(
            "test",
            history,
            &old,
            Metrics::default(),
            Tasks::default(),
            stopping,
        );
        let monitor = monitor.expect("started");
        let new = watch(
            "[[target]]\nname = \"new\"\nhost = \"127.0.0.1\"\n\
             [[notify]]\nname = \"chat\"\ncommand = [\"true\"]\n\
             [retention]\nraw = \"8d\"",
        );
        assert!(monitor.adopt(&old, &new).is_err());
        let status = monitor.status();
        assert_eq!(status.targets[0].name, "old");
        assert!(status.notifiers.is_empty());
        // What needs nothing of the history is taken.
        let new = Config { retention: old.retention, ..new };
        monitor.adopt(&old, &new).expect("taken");
        assert_eq!(monitor.status().targets[0].name, "new");
        stop.send_replace(true);
    }
}
