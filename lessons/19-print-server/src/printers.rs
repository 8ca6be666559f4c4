//! The printers of this server: each with its options, its lane of the queue,
//! and what was last heard of it.

use std::collections::HashMap;
use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use daemon::{Health, Panicked, Tasks};
use ipp_printer::{Condition, printer_condition};
use job_queue::{Error, Job, Queue, State};
use print_client::JobView;
use print_options::{DEFAULT, Options, PrinterChoice, PrinterOptions, Role};
use printer::{Address, Deadlines};
use relay::{Destination, PrinterState, kept_until};
use sign_in::User;
use tokio::task::JoinHandle;
use virtual_c360::VirtualC360;

use crate::view::job_view;

/// How many jobs are shown, whether or not they have come to an end.
const NEWEST: usize = 1000;
/// How long a printer may take to say how it is.
const ANSWER_TIME: Duration = Duration::from_secs(3);

/// The printers, the default one first. Clones share them.
#[derive(Clone)]
pub(crate) struct Printers {
    queue: Arc<dyn Queue>,
    list: Arc<[Printer]>,
    /// How long a document is kept after its job.
    keep_documents: Duration,
}

/// One of them.
pub(crate) struct Printer {
    pub(crate) options: PrinterOptions,
    /// Its lane of the queue.
    pub(crate) lane: Arc<dyn Queue>,
    /// What the worker hears of it.
    pub(crate) state: PrinterState,
    /// Its address, where this process knows it.
    pub(crate) address: Option<Address>,
    /// A description, with its address.
    pub(crate) description: String,
    /// Where the pages of a virtual printer land.
    pub(crate) tray: Option<PathBuf>,
    /// The address of a virtual printer's front panel.
    pub(crate) panel: Option<String>,
}

/// The virtual printers that were started, by the names of their printers.
pub(crate) type Virtual = HashMap<String, Arc<VirtualC360>>;

impl Printers {
    /// Finds the printers of these options, and starts the virtual ones where
    /// this process prints.
    pub(crate) fn find(
        options: &Options,
        data: &Path,
        queue: &Arc<dyn Queue>,
    ) -> io::Result<(Printers, Virtual)> {
        let mut started = Virtual::new();
        let mut list = Vec::new();
        for printer in options.all_printers() {
            let mut found = Printer {
                lane: queue.lane(&printer.name),
                state: PrinterState::default(),
                address: None,
                description: "printed by another process".to_owned(),
                tray: None,
                panel: None,
                options: printer,
            };
            match &found.options.address {
                PrinterChoice::Network(address) => {
                    if options.role != Role::Intake {
                        found.description = address.to_string();
                    }
                    found.address = Some(address.clone());
                }
                PrinterChoice::Virtual if options.role == Role::Intake => {}
                PrinterChoice::Virtual => {
                    let printer = found.start_virtual(data)?;
                    started.insert(found.options.name.clone(), printer);
                }
            }
            list.push(found);
        }
        let queue = queue.clone();
        let keep_documents = options.keep_documents;
        Ok((Printers { queue, list: list.into(), keep_documents }, started))
    }

    /// The default printer, where jobs go that name none.
    pub(crate) fn default(&self) -> &Printer {
        self.list.first().expect("without any, the only one is made up")
    }

    /// The printer of this name.
    pub(crate) fn get(&self, name: &str) -> Option<&Printer> {
        self.list.iter().find(|printer| printer.options.name == name)
    }

    pub(crate) fn iter(&self) -> std::slice::Iter<'_, Printer> {
        self.list.iter()
    }

    /// The names of the printers on which this user may print; `None` when
    /// those are all.
    pub(crate) fn of(&self, user: Option<&User>) -> Option<Arc<[String]>> {
        let may_use = |printer: &&Printer| match user {
            Some(user) => printer.options.is_for(user),
            None => printer.options.is_for_all(),
        };
        let names: Arc<[String]> = self
            .iter()
            .filter(may_use)
            .map(|printer| printer.options.name.clone())
            .collect();
        (names.len() < self.list.len()).then_some(names)
    }

    /// Where the intake can send jobs.
    pub(crate) fn destinations(&self) -> Arc<[Destination]> {
        self.iter().map(Printer::destination).collect()
    }

    /// Why lanes stand still, by the names of the printers.
    pub(crate) fn paused(&self) -> Result<Paused, Error> {
        let mut reasons = HashMap::new();
        for printer in self.iter() {
            if let Some(reason) = printer.lane.paused()? {
                reasons.insert(printer.options.name.clone(), reason);
            }
        }
        Ok(Paused(reasons))
    }

    /// All jobs that have not come to an end.
    pub(crate) fn pending(&self) -> Result<Vec<Job>, Error> {
        self.queue.pending()
    }

    /// Asks each printer how it is, unless somebody has heard of it lately.
    pub(crate) fn ask_all(
        &self,
        tasks: &Tasks,
    ) -> Vec<JoinHandle<Result<(), Panicked>>> {
        let mut questions = Vec::new();
        for printer in self.iter() {
            let Some(ask) = printer.question() else { continue };
            questions.push(tasks.spawn_blocking("printer survey", ask));
        }
        questions
    }

    /// Tells the daemon's health which printers stand still, and why.
    pub(crate) fn report(&self, paused: &Paused, health: &Health) {
        for printer in self.iter() {
            let part = match printer.name() {
                DEFAULT => "printer".to_owned(),
                name => format!("printer {name}"),
            };
            let reason = paused.0.get(printer.name()).cloned();
            health.set(&part, reason.map_or(Ok(()), Err));
        }
    }

    /// A job as people see it.
    pub(crate) fn view(&self, job: &Job, paused: &Paused) -> JobView {
        let name = match job.lane.as_str() {
            // It comes from an older server.
            "" => &self.default().options.name,
            lane => lane,
        };
        let gone;
        let reason = match self.get(name) {
            Some(_) => paused.0.get(name).map(String::as_str),
            None => {
                gone = format!(
                    "this server has no printer {name} any more: move the job \
                     to another"
                );
                Some(gone.as_str())
            }
        };
        let kept_until = match job.state {
            State::Done => kept_until(job, self.keep_documents),
            _ => None,
        };
        JobView { kept_until, ..job_view(job, name, reason) }
    }

    /// The newest jobs, and all older ones that have not come to an end, newest
    /// first.
    pub(crate) fn shown(&self) -> Result<Vec<Job>, Error> {
        let mut jobs = self.queue.jobs(NEWEST)?;
        if let (NEWEST.., Some(last)) = (jobs.len(), jobs.last()) {
            let oldest = last.id;
            let pending = self.queue.pending()?.into_iter();
            jobs.extend(pending.filter(|job| job.id < oldest));
        }
        Ok(jobs)
    }

    /// The same as people see them.
    pub(crate) fn shown_views(&self) -> Result<Vec<JobView>, Error> {
        self.as_seen(&self.shown()?)
    }

    /// The newest `limit` jobs as people see them.
    pub(crate) fn views(&self, limit: usize) -> Result<Vec<JobView>, Error> {
        self.as_seen(&self.queue.jobs(limit)?)
    }

    fn as_seen(&self, jobs: &[Job]) -> Result<Vec<JobView>, Error> {
        let paused = self.paused()?;
        Ok(jobs.iter().map(|job| self.view(job, &paused)).collect())
    }

    /// Brings the jobs of a printer without a name, as it was before there could
    /// be several, to the default one.
    pub(crate) fn adopt_jobs(&self) -> Result<(), Error> {
        let default = self.default();
        let mut lanes = vec![""];
        if self.get(DEFAULT).is_none() {
            lanes.push(DEFAULT);
        }
        for name in &lanes {
            let old = self.queue.lane(name);
            if let Some(reason) = old.paused()? {
                default.lane.halt(&reason)?;
                old.resume()?;
            }
        }
        for job in self.queue.jobs(usize::MAX)?.iter().rev() {
            if job.state == State::Done || !lanes.contains(&&*job.lane) {
                continue;
            }
            match self.queue.move_to(&job.id, default.name()) {
                // Another worker has it.
                Ok(()) | Err(Error::NotPossible { .. }) => {}
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }
}

/// Why lanes stand still.
#[derive(Default, PartialEq)]
pub(crate) struct Paused(HashMap<String, String>);

impl Printer {
    /// Its name, in the configuration and in addresses.
    pub(crate) fn name(&self) -> &str {
        &self.options.name
    }

    /// Asks it how it is, unless somebody has heard of it lately. Blocks for
    /// as long as it takes to answer.
    pub(crate) fn ask(&self) {
        if let Some(ask) = self.question() {
            ask();
        }
    }

    fn question(&self) -> Option<impl FnOnce() + Send + use<>> {
        let (address, state) = (self.address.clone()?, self.state.clone());
        Some(move || {
            let deadlines =
                Deadlines { connect: ANSWER_TIME, silence: ANSWER_TIME };
            let printer = printer::Printer::new(address, deadlines);
            let _ = state.ask(Some(&printer));
        })
    }

    pub(crate) fn destination(&self) -> Destination {
        Destination {
            name: self.options.name.clone(),
            queue: self.lane.clone(),
            finisher: self.options.finisher(),
            access: Arc::new(self.options.access.clone()),
        }
    }

    /// Its condition by what was last heard of it. `paused` is why its lane
    /// stands still, if it does, and `pending` are the jobs of all printers that
    /// have not come to an end.
    pub(crate) fn condition(
        &self,
        paused: Option<String>,
        pending: &[Job],
    ) -> Condition {
        let is_mine = |job: &&Job| job.lane == self.options.name;
        let mine: Vec<Job> = pending.iter().filter(is_mine).cloned().collect();
        let heard = self.state.ask(None);
        printer_condition(&heard, paused, &mine, &self.options.media)
    }

    /// The papers in its trays, as far as they are known.
    pub(crate) fn papers(&self) -> Vec<String> {
        if self.options.media.is_empty() {
            let papers = self.state.ask(None).papers;
            return papers.into_iter().map(|(_, paper)| paper).collect();
        }
        self.options.media.iter().map(ToString::to_string).collect()
    }

    fn start_virtual(&mut self, data: &Path) -> io::Result<Arc<VirtualC360>> {
        let tray = match self.options.name.as_str() {
            DEFAULT => data.join("tray"),
            name => data.join("trays").join(name),
        };
        let printer = VirtualC360::start(virtual_c360::Settings {
            panel: Some(SocketAddr::from((Ipv4Addr::LOCALHOST, 0))),
            ..virtual_c360::Settings::new(tray.clone())
        })?;
        let address = Address::from(printer.address());
        self.description = format!("virtual C360 at {address}");
        self.address = Some(address);
        self.tray = Some(tray);
        self.panel = printer.panel().map(|at| format!("http://{at}/"));
        Ok(Arc::new(printer))
    }
}
