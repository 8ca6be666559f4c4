use crate::Settings;
use crate::fault::Fault;
use crate::listener::wake;
use crate::page::Page;
use crate::tray::{Tray, TrayPage, write_unfinished};
use serde::Serialize;
use std::collections::{BTreeMap, VecDeque};
use std::io;
use std::net::{Shutdown, SocketAddr, TcpStream};
use std::process::Child;
use std::sync::mpsc::SyncSender;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};
use tokio::sync::watch;

/// The machine itself: one engine that prints one job at a time, the faults
/// it may have, the tray, and everybody who listens to it.
pub(crate) struct Machine {
    pub settings: Settings,
    state: Mutex<State>,
    /// Told of every change of the state.
    changed: Condvar,
    /// The same for the panel's tasks.
    version: watch::Sender<u64>,
}

struct State {
    fault: Fault,
    stopping: bool,
    listening: bool,
    /// Connections with a job, the one that prints first.
    line: VecDeque<u64>,
    job: Option<Printing>,
    message: Option<String>,
    /// The last code that was told to those who listen.
    announced: u32,
    ears: BTreeMap<u64, Ear>,
    tray: Tray,
    pages: VecDeque<TrayPage>,
    /// Ghostscript, while it works.
    child: Option<Child>,
}

/// A connection, and what it asked to be told.
pub(crate) struct Ear {
    pub replies: SyncSender<Vec<u8>>,
    pub stream: TcpStream,
    pub device: bool,
    pub job: bool,
    pub page: bool,
}

/// The job in hand, for the panel.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Printing {
    pub job: String,
    pub user: String,
}

/// What `GET /api/status` says.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct MachineStatus {
    /// PJL status code.
    pub code: u32,
    /// The words on the display.
    pub display: String,
    /// Whether it prints when something comes.
    pub online: bool,
    /// What is wrong with it.
    pub fault: Fault,
    /// The job in hand: its name and its owner's.
    pub job: Option<String>,
    /// Whose job it is.
    pub user: Option<String>,
    /// Jobs that wait for their turn.
    pub waiting: usize,
    /// Pages ever printed.
    pub page_count: u32,
    /// What it had to say of the last job, if anything.
    pub message: Option<String>,
}

/// A connection's turn at the engine; the next one comes when it is dropped.
pub(crate) struct Turn {
    machine: Arc<Machine>,
    id: u64,
}

impl Machine {
    pub fn new(settings: Settings) -> io::Result<Machine> {
        let tray = Tray::open(&settings.tray, settings.keep)?;
        Ok(Machine {
            settings,
            state: Mutex::new(State {
                fault: Fault::None,
                stopping: false,
                listening: false,
                line: VecDeque::new(),
                job: None,
                message: None,
                announced: READY,
                ears: BTreeMap::new(),
                tray,
                pages: VecDeque::new(),
                child: None,
            }),
            changed: Condvar::new(),
            version: watch::Sender::new(0),
        })
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn wait<'a>(&self, state: MutexGuard<'a, State>) -> MutexGuard<'a, State> {
        self.changed.wait(state).unwrap_or_else(PoisonError::into_inner)
    }

    /// Wakes everybody, and tells the listeners if the status is another.
    fn tell(&self, state: &mut State) {
        let code = state.status().code;
        if code != state.announced {
            state.announced = code;
            let message = state.device_message();
            state.say(&message, |ear| ear.device);
        }
        self.changed.notify_all();
        self.version.send_modify(|version| *version += 1);
    }

    pub fn watch(&self) -> watch::Receiver<u64> {
        self.version.subscribe()
    }

    pub fn status(&self) -> MachineStatus {
        self.lock().status()
    }

    pub fn fault(&self) -> Fault {
        self.lock().fault
    }

    /// Causes or clears a fault, and waits until the network shows it.
    pub fn set_fault(&self, fault: Fault, address: SocketAddr) {
        let mut state = self.lock();
        state.fault = fault;
        self.tell(&mut state);
        drop(state);
        if fault == Fault::Offline {
            wake(address);
        }
        let mut state = self.lock();
        while state.listening == (fault == Fault::Offline)
            && state.fault == fault
            && !state.stopping
        {
            state = self.wait(state);
        }
    }

    pub fn stop(&self) {
        let mut state = self.lock();
        state.stopping = true;
        for ear in state.ears.values() {
            // Gone already is gone as well.
            let _ = ear.stream.shutdown(Shutdown::Both);
        }
        if let Some(child) = &mut state.child {
            let _ = child.kill();
        }
        self.tell(&mut state);
    }

    /// Waits until the last connection's thread is done, for a while.
    pub fn wait_until_quiet(&self, most: Duration) {
        let state = self.lock();
        let _ = self
            .changed
            .wait_timeout_while(state, most, |state| !state.ears.is_empty());
    }

    // The listener

    /// Tells those who wait for it that the port is open, or is not.
    pub fn set_listening(&self, listening: bool) {
        let mut state = self.lock();
        state.listening = listening;
        self.tell(&mut state);
    }

    /// Whether connections are to be taken now.
    pub fn takes_connections(&self) -> bool {
        let state = self.lock();
        state.fault != Fault::Offline && !state.stopping
    }

    pub fn is_stopping(&self) -> bool {
        self.lock().stopping
    }

    /// Returns when the network is back, or the machine stops.
    pub fn wait_for_network(&self) {
        let mut state = self.lock();
        while state.fault == Fault::Offline && !state.stopping {
            state = self.wait(state);
        }
    }

    // Connections

    /// A connection is there; false when there are too many.
    pub fn arrived(&self, id: u64, ear: Ear) -> bool {
        let mut state = self.lock();
        let room = state.ears.len() < MOST_CONNECTIONS && !state.stopping;
        if room {
            state.ears.insert(id, ear);
        }
        room
    }

    pub fn left(&self, id: u64) {
        let mut state = self.lock();
        state.ears.remove(&id);
        self.tell(&mut state);
    }

    /// Sets what a connection wants to be told.
    pub fn listen(&self, id: u64, set: impl FnOnce(&mut Ear)) {
        if let Some(ear) = self.lock().ears.get_mut(&id) {
            set(ear);
        }
    }

    pub fn wait_while_silent(&self) -> io::Result<()> {
        let mut state = self.lock();
        while state.fault == Fault::Silent && !state.stopping {
            state = self.wait(state);
        }
        state.go_on()
    }

    // Jobs

    /// Waits in line for the engine.
    pub fn take_turn(
        self: &Arc<Machine>,
        id: u64,
        printing: Printing,
        tag: &str,
    ) -> io::Result<Turn> {
        let mut state = self.lock();
        state.line.push_back(id);
        let turn = Turn { machine: Arc::clone(self), id };
        self.tell(&mut state);
        while state.line.front() != Some(&id) && !state.stopping {
            state = self.wait(state);
        }
        let go_on = state.go_on();
        if go_on.is_ok() {
            state.job = Some(printing);
            state.message = None;
            state.say_of_job(&format!("START\r\nNAME=\"{tag}\"\r\n"));
            self.tell(&mut state);
        }
        // Dropping a turn takes the lock.
        drop(state);
        go_on.map(|()| turn)
    }

    /// Tells all who asked for jobs something of one.
    pub fn say_of_job(&self, what: &str) {
        self.lock().say_of_job(what);
    }

    /// The last job could not be printed as it was meant: shown on the panel,
    /// and told to those who listen, under `code`.
    pub fn complain(&self, code: u32, words: &str) {
        let mut state = self.lock();
        state.message = Some(words.to_owned());
        let message = device_message(code, words, true);
        state.say(&message, |ear| ear.device);
        // So that the next status, whatever it is, is told again.
        state.announced = code;
        self.changed.notify_all();
        self.version.send_modify(|version| *version += 1);
    }

    /// A moment at which the machine may stand still. An error when the
    /// connection is to be broken, or the machine stops.
    pub fn gate(&self) -> io::Result<()> {
        self.pass(self.lock()).map(drop)
    }

    fn pass<'a>(
        &self,
        mut state: MutexGuard<'a, State>,
    ) -> io::Result<MutexGuard<'a, State>> {
        use Fault::{CoverOpen, Jam, PaperOut, Reset, Silent};
        while matches!(state.fault, Jam | PaperOut | CoverOpen | Silent)
            && !state.stopping
        {
            state = self.wait(state);
        }
        state.go_on()?;
        if state.fault == Reset {
            return Err(io::ErrorKind::ConnectionReset.into());
        }
        Ok(state)
    }

    /// Prints a page, in as many copies as it asks for. `printed` is the
    /// job's list of pages.
    pub fn print(
        &self,
        page: &Page,
        id: u64,
        printing: &Printing,
        printed: &mut Vec<TrayPage>,
    ) -> io::Result<()> {
        if page.copies == 0 {
            return Ok(());
        }
        let file =
            write_unfinished(&self.folder(), page, &format!("page-{id}"))?;
        let Printing { job, user } = printing;
        let result = self.put(printed, |tray, number| {
            tray.put(&file, page, job, user, number)
        });
        if result.is_err() {
            // It never counted.
            let _ = std::fs::remove_file(file);
        }
        result?;
        let original = printed[printed.len() - 1].clone();
        for _ in 1..page.copies {
            self.print_copy(&original, printed)?;
        }
        Ok(())
    }

    /// Prints a page that is in the tray once more.
    pub fn print_copy(
        &self,
        of: &TrayPage,
        printed: &mut Vec<TrayPage>,
    ) -> io::Result<()> {
        self.put(printed, |tray, number| tray.put_copy(of, number))
    }

    fn put(
        &self,
        printed: &mut Vec<TrayPage>,
        put: impl FnOnce(&mut Tray, u32) -> io::Result<TrayPage>,
    ) -> io::Result<()> {
        let mut state = self.lock();
        if state.fault == Fault::Slow {
            let until = Instant::now() + self.settings.slow_page;
            while state.fault == Fault::Slow && !state.stopping {
                let left = until.saturating_duration_since(Instant::now());
                if left.is_zero() {
                    break;
                }
                let waited = self.changed.wait_timeout(state, left);
                state = waited.unwrap_or_else(PoisonError::into_inner).0;
            }
        }
        // Under one lock with the tray: once a jam is reported, no page more.
        let mut state = self.pass(state)?;
        let number = printed.len() as u32 + 1;
        let page = put(&mut state.tray, number)?;
        printed.push(page.clone());
        while state.pages.len() >= self.settings.keep.max(1) {
            state.pages.pop_front();
        }
        state.pages.push_back(page);
        let text = format!("@PJL USTATUS PAGE\r\n{number}\r\n\x0c");
        state.say(&text, |ear| ear.page);
        self.tell(&mut state);
        Ok(())
    }

    // The tray

    pub fn pages(&self) -> Vec<TrayPage> {
        self.lock().pages.iter().cloned().collect()
    }

    pub fn page(&self, number: u32) -> Option<TrayPage> {
        self.lock().pages.iter().find(|p| p.number == number).cloned()
    }

    pub fn page_count(&self) -> u32 {
        self.lock().tray.count
    }

    pub fn folder(&self) -> std::path::PathBuf {
        self.lock().tray.folder().to_owned()
    }

    pub fn wait_for_pages(&self, n: usize, most: Duration) -> Vec<TrayPage> {
        let state = self.lock();
        let waited = self
            .changed
            .wait_timeout_while(state, most, |state| state.pages.len() < n);
        let state = waited.unwrap_or_else(PoisonError::into_inner).0;
        state.pages.iter().cloned().collect()
    }

    // Ghostscript

    /// Keeps a child process where `stop` can end it.
    pub fn keep_child(&self, mut child: Child) {
        let mut state = self.lock();
        if state.stopping {
            let _ = child.kill();
        }
        state.child = Some(child);
    }

    pub fn take_child(&self) -> Option<Child> {
        self.lock().child.take()
    }
}

impl State {
    fn go_on(&self) -> io::Result<()> {
        match self.stopping {
            true => Err(io::ErrorKind::ConnectionAborted.into()),
            false => Ok(()),
        }
    }

    fn status(&self) -> MachineStatus {
        let (code, display) = match (self.fault.status(), &self.job) {
            (Some(status), _) => status,
            (None, Some(_)) => (PRINTING, "PRINTING"),
            (None, None) => (READY, "READY"),
        };
        MachineStatus {
            code,
            display: display.into(),
            online: self.fault.status().is_none()
                && self.fault != Fault::Offline,
            fault: self.fault,
            job: self.job.as_ref().map(|job| job.job.clone()),
            user: self.job.as_ref().map(|job| job.user.clone()),
            waiting: self.line.len().saturating_sub(1),
            page_count: self.tray.count,
            message: self.message.clone(),
        }
    }

    fn device_message(&self) -> String {
        let status = self.status();
        device_message(status.code, &status.display, status.online)
    }

    fn say_of_job(&self, what: &str) {
        self.say(&format!("@PJL USTATUS JOB\r\n{what}\x0c"), |ear| ear.job);
    }

    /// Never waits: who does not read what it asked for misses it.
    fn say(&self, text: &str, to: impl Fn(&Ear) -> bool) {
        if self.fault == Fault::Silent {
            return;
        }
        for ear in self.ears.values().filter(|ear| to(ear)) {
            let _ = ear.replies.try_send(text.as_bytes().to_vec());
        }
    }
}

impl Turn {
    /// Says what became of the job and gives the engine back, in one go: who
    /// hears of the end finds the machine ready.
    pub fn end(self, what: &str) {
        let mut state = self.machine.lock();
        state.say_of_job(what);
        self.give_back(&mut state);
        drop(state);
    }

    fn give_back(&self, state: &mut State) {
        if state.line.front() == Some(&self.id) {
            state.job = None;
        }
        if state.line.contains(&self.id) {
            state.line.retain(|id| *id != self.id);
            self.machine.tell(state);
        }
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        self.give_back(&mut self.machine.lock());
    }
}

const READY: u32 = 10001;
const PRINTING: u32 = 10023;
const MOST_CONNECTIONS: usize = 64;

fn device_message(code: u32, display: &str, online: bool) -> String {
    let online = if online { "TRUE" } else { "FALSE" };
    format!(
        "@PJL USTATUS DEVICE\r\nCODE={code}\r\nDISPLAY=\"{display}\"\r\n\
         ONLINE={online}\r\n\x0c"
    )
}
