//! A monitor at work: its state, and a worker for each thing that is watched.
//!
//! Workers measure, and send their measurements to the recorder. There is one
//! worker for all targets of an interval, and one for each speed test. A new
//! configuration stops the workers whose part of it is gone or changed, and
//! starts others; the rest go on undisturbed.

use crate::board::Board;
use crate::context::Context;
use crate::metrics::Metrics;
use crate::now;
use crate::outages;
use crate::places::RemotePlaces;
use crate::push;
use crate::recorder::record;
use crate::state::{MonitorState, lock};
use crate::traces::{self, Traces};
use crate::worker::{Work, Worker};
use alerts::send_test;
use axum::Router;
use daemon::Tasks;
use dashboard::api::{
    Acknowledge, Made, NewSilence, NewWindow, Occurrence, Outage, Status,
};
use dashboard::{Feed, NotDone, NotSent, NotStarted, Source};
use history::{History, TestResult};
use monitor_config::Config;
use report::TargetReport;
use schedule::Gate;
use std::collections::HashMap;
use std::mem;
use std::sync::{Arc, Mutex};
use tokio::sync::{mpsc, watch};

/// How many measurements may wait for the recorder. If more would, the disk
/// does not keep up, and the probes wait for it.
const WAITING: usize = 16_384;

/// A monitor at work. Clones are the same one.
#[derive(Clone)]
pub(crate) struct Monitor {
    name: Arc<str>,
    started: i64,
    context: Context,
    workers: Arc<Mutex<Vec<Worker>>>,
    places: RemotePlaces,
}

impl Monitor {
    /// Starts a monitor. `stopping` becomes true when it must end.
    ///
    /// # Errors
    /// When the history cannot be read.
    pub(crate) fn start(
        name: &str,
        history: History,
        config: &Config,
        metrics: Metrics,
        tasks: Tasks,
        stopping: watch::Receiver<bool>,
    ) -> Result<Monitor, history::Error> {
        let history = Arc::new(history);
        let (traces, wanted) = Traces::new(history.clone());
        let traces = Arc::new(traces);
        let state = MonitorState::new(history, config, metrics, traces)?;
        let (measurements, received) = mpsc::channel(WAITING);
        tasks.spawn("recorder", record(state.clone(), received));
        let gate = Gate::new();
        let places = RemotePlaces::new(state.clone());
        let monitor = Monitor {
            name: name.into(),
            started: now(),
            context: Context { state, gate, measurements, tasks, stopping },
            workers: Arc::default(),
            places,
        };
        monitor.watch_places();
        let latest = monitor.latest_results(config)?;
        let context = monitor.context.clone();
        context.tasks.clone().spawn("traces", traces::run(context, wanted));
        monitor.apply(config, latest);
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
        let latest = self.latest_results(new)?;
        if new.retention != old.retention {
            self.context.state.history.set_retention(&new.retention)?;
        }
        self.apply(new, latest);
        Ok(())
    }

    /// What each speed test found last.
    fn latest_results(
        &self,
        config: &Config,
    ) -> Result<Vec<TestResult>, history::Error> {
        let mut latest = Vec::new();
        for test in &config.speed {
            let history = &self.context.state.history;
            latest.extend(history.latest_result(&test.name)?);
        }
        Ok(latest)
    }

    fn apply(&self, config: &Config, latest: Vec<TestResult>) {
        let Context { state, tasks, .. } = &self.context;
        state.apply(config, tasks);
        self.places.apply(config);
        for found in latest {
            let mut board = lock(&state.board);
            board.remember_test(&found.name, found.at, &found.report);
        }
        self.start_workers(Work::of(config));
        state.feed.status_changed();
    }

    // ANCHOR: start_workers
    /// Leaves the workers alone whose work is wanted as it is, stops the
    /// others, and starts workers for what is new.
    fn start_workers(&self, mut wanted: Vec<Work>) {
        let mut workers = lock(&self.workers);
        // A test that has changed begins when the old one has ended: two tests
        // of one name would be one on the page.
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
        for work in wanted {
            let before = match &work {
                Work::Test(test) => ending.remove(&test.name),
                Work::Probe { .. } | Work::Job(_) => None,
            };
            workers.push(Worker::spawn(&self.context, work, before));
        }
    }
    // ANCHOR_END: start_workers

    /// The monitor as its probes elsewhere see it.
    pub(crate) fn places(&self) -> &RemotePlaces {
        &self.places
    }

    fn watch_places(&self) {
        let (context, places) = (self.context.clone(), self.places.clone());
        self.context.tasks.spawn("places", async move {
            tokio::select! {
                () = places.watch() => {}
                () = context.stopped() => {}
            }
        });
    }

    /// Writes a note, in words, into the history.
    pub(crate) fn note(&self, words: &str) {
        self.context.state.note(words);
    }

    /// Where jobs report that they ran: open to everyone who has a token.
    pub(crate) fn push_routes(&self) -> Router {
        push::routes(&self.context)
    }

    /// Why the history cannot be written, in words, while it cannot.
    pub(crate) fn trouble(&self) -> watch::Receiver<Option<String>> {
        self.context.state.trouble()
    }

    /// Why this machine cannot ask the targets, in words, while it cannot.
    pub(crate) fn probing_trouble(&self) -> watch::Receiver<Option<String>> {
        self.context.state.probing_trouble()
    }

    /// Stops all workers; a speed test that runs ends at once.
    pub(crate) fn stop(&self) {
        for worker in mem::take(&mut *lock(&self.workers)) {
            worker.stop();
        }
    }

    fn board<T>(&self, read: impl FnOnce(&mut Board) -> T) -> T {
        read(&mut lock(&self.context.state.board))
    }
}

impl Source for Monitor {
    fn status(&self) -> Status {
        let state = &self.context.state;
        let status = Status {
            name: self.name.to_string(),
            now: now(),
            started: self.started,
            paused: self.context.gate.paused(),
            trouble: (state.trouble().borrow().clone())
                .or_else(|| state.probing_trouble().borrow().clone()),
            speed: self.board(|board| board.speed_tests()),
            places: lock(&state.places).status(),
            alerts: lock(&state.alerts).ongoing(),
            notifiers: lock(&state.notifiers).report(),
            ..Status::default()
        };
        state.describe(status)
    }

    fn history(&self) -> &History {
        &self.context.state.history
    }

    fn feed(&self) -> &Feed {
        &self.context.state.feed
    }

    fn start_test(&self, name: &str) -> Result<(), NotStarted> {
        let workers = lock(&self.workers);
        let worker = workers
            .iter()
            .find(|worker| worker.work.is_test(name))
            .ok_or_else(|| NotStarted::Unknown(name.to_owned()))?;
        if !self.board(|board| board.begin_test(name)) {
            return Err(NotStarted::Running(name.to_owned()));
        }
        let started = worker.start_test();
        if !started {
            self.board(|board| board.halt_test(name));
        }
        self.feed().status_changed();
        match started {
            true => Ok(()),
            false => Err(NotStarted::Ended(name.to_owned())),
        }
    }

    fn windows(&self, from: i64, to: i64) -> Vec<Occurrence> {
        self.context.state.occurrences(from, to)
    }

    fn silence(
        &self,
        asked: NewSilence,
        by: Option<&str>,
    ) -> Result<Made, NotDone> {
        self.context.state.silence(asked, by)
    }

    fn end_silence(&self, id: &str) -> Result<(), NotDone> {
        self.context.state.end_silence(id)
    }

    fn acknowledge(
        &self,
        asked: Acknowledge,
        by: Option<&str>,
    ) -> Result<(), NotDone> {
        self.context.state.acknowledge(asked, by)
    }

    fn make_window(&self, asked: NewWindow) -> Result<Made, NotDone> {
        self.context.state.make_window(asked)
    }

    fn remove_window(&self, id: &str) -> Result<(), NotDone> {
        self.context.state.remove_window(id)
    }

    async fn test_notifier(&self, name: &str) -> Result<(), NotSent> {
        let known = lock(&self.context.state.notifiers).get(name).cloned();
        let unknown = || NotSent::Unknown(name.to_owned());
        let notifier = known.ok_or_else(unknown)?;
        send_test(&notifier).await.map_err(NotSent::Refused)
    }

    fn outages(
        &self,
        target: Option<&str>,
        from: i64,
        to: i64,
    ) -> Result<Vec<Outage>, history::Error> {
        let state = &self.context.state;
        let to = to.min(now());
        let from = from.max(to.saturating_sub(outages::LONGEST));
        let windows = self.windows(from, to);
        let mut all = Vec::new();
        for one in self.board(|board| board.watched()) {
            if target.is_some_and(|name| name != one.name) {
                continue;
            }
            let asked = report::Target::from(&one);
            let found = TargetReport::read(&state.history, &asked, from, to)?;
            let traces = state.traces.of(&one.name)?;
            all.extend(outages::outages(
                &one.name,
                found.outages,
                &traces,
                &windows,
            ));
        }
        all.sort_by_key(|outage| std::cmp::Reverse(outage.from));
        Ok(all)
    }

    async fn stopped(&self) {
        self.context.stopped().await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use history::Retention;
    use std::path::Path;

    fn config(text: &str) -> Config {
        Config::parse(text, Path::new("monitor.toml")).expect("a configuration")
    }

    #[tokio::test]
    async fn a_configuration_that_cannot_be_taken_is_not_taken_in_part() {
        let data = tempfile::tempdir().expect("a folder");
        History::open(data.path(), &Retention::default()).expect("made");
        // One that can be read and not be written.
        let history = History::open_to_read(data.path()).expect("opened");
        let (stop, stopping) = watch::channel(false);
        let old = config("[[target]]\nname = \"old\"\nhost = \"127.0.0.1\"");
        let monitor = Monitor::start(
            "test",
            history,
            &old,
            Metrics::default(),
            Tasks::default(),
            stopping,
        );
        let monitor = monitor.expect("started");
        let new = config(
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
