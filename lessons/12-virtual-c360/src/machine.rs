//! The machine's state behind one lock, and the signal of its changes.
//!
//! Listener, connections and panel ask the machine, tell it what they do, and
//! wait for it. The machine knows none of them.

mod connections;
mod engine;
mod interpreter;
mod output;
mod port;
mod secure_print;

use std::collections::VecDeque;
use std::io;
use std::net::SocketAddr;
use std::process::Child;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::watch;

pub(crate) use engine::{EngineGuard, JobInfo};

use crate::fault::Fault;
use crate::secure_box::SecureBox;
use crate::settings::Settings;
use crate::status::{MachineStatus, PRINTING, READY, device_message};
use crate::subscribers::Subscribers;
use crate::tray::{Tray, TrayPage};
use accounts::WrongPasswords;

/// The machine: one engine that prints one job at a time, the fault that it
/// may have, its tray, and the connections to it.
pub(crate) struct Machine {
    pub settings: Settings,
    state: Mutex<State>,
    /// Signalled at every change of the state.
    changed: Condvar,
    /// The same signal for the panel's tasks.
    version: watch::Sender<u64>,
}

struct State {
    fault: Fault,
    stopping: bool,
    /// The address for jobs, once the port was opened for the first time.
    address: Option<SocketAddr>,
    /// Whether the port is open now.
    listening: bool,
    /// Numbers of the connections that want the engine; the first has it.
    engine_queue: VecDeque<u64>,
    job: Option<JobInfo>,
    message: Option<String>,
    /// The last code that was published.
    announced: u32,
    subscribers: Subscribers,
    wrong_passwords: WrongPasswords,
    secure_box: SecureBox,
    /// The last number that the box has given.
    box_numbers: u64,
    tray: Tray,
    pages: VecDeque<TrayPage>,
    /// Ghostscript, while it runs.
    interpreter: Option<Child>,
}

impl Machine {
    pub fn new(settings: Settings) -> io::Result<Machine> {
        let tray = Tray::open(&settings.tray, settings.keep)?;
        Ok(Machine {
            settings,
            state: Mutex::new(State {
                fault: Fault::None,
                stopping: false,
                address: None,
                listening: false,
                engine_queue: VecDeque::new(),
                job: None,
                message: None,
                announced: READY,
                subscribers: Subscribers::default(),
                wrong_passwords: WrongPasswords::default(),
                secure_box: SecureBox::default(),
                box_numbers: 0,
                tray,
                pages: VecDeque::new(),
                interpreter: None,
            }),
            changed: Condvar::new(),
            version: watch::Sender::new(0),
        })
    }

    /// A channel whose value changes whenever the machine does.
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
    pub fn set_fault(&self, fault: Fault) {
        let mut state = self.lock();
        state.fault = fault;
        self.notify(&mut state);
        drop(state);
        if fault == Fault::Offline {
            self.wake_listener();
        }
        let mut state = self.lock();
        while state.listening == (fault == Fault::Offline)
            && state.fault == fault
            && !state.stopping
        {
            state = self.wait(state);
        }
    }

    /// Ends whatever waits for the machine, and every connection.
    pub fn stop(&self) {
        let mut state = self.lock();
        state.stopping = true;
        state.subscribers.hang_up();
        if let Some(interpreter) = &mut state.interpreter {
            let _ = interpreter.kill();
        }
        self.notify(&mut state);
        drop(state);
        self.wake_listener();
    }

    pub fn is_stopping(&self) -> bool {
        self.lock().stopping
    }

    /// Waits until the last connection's thread has ended, for at most `most`.
    pub fn wait_until_quiet(&self, most: Duration) {
        let _ = self.changed.wait_timeout_while(self.lock(), most, |state| {
            !state.subscribers.0.is_empty()
        });
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn wait<'a>(&self, state: MutexGuard<'a, State>) -> MutexGuard<'a, State> {
        self.changed.wait(state).unwrap_or_else(PoisonError::into_inner)
    }

    /// Wakes everything that waits for a change, and publishes the status if
    /// its code is a new one.
    fn notify(&self, state: &mut State) {
        let status = state.status();
        if status.code != state.announced {
            state.announced = status.code;
            state.publish_device(status.code, &status.display, status.online);
        }
        self.changed.notify_all();
        self.version.send_modify(|version| *version += 1);
    }
}

impl State {
    /// An error when the machine is being switched off.
    fn check_power(&self) -> io::Result<()> {
        if self.stopping {
            return Err(io::ErrorKind::ConnectionAborted.into());
        }
        Ok(())
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
            job: self.job.as_ref().map(|job| job.name.clone()),
            user: self.job.as_ref().map(|job| job.user.clone()),
            waiting: self.engine_queue.len().saturating_sub(1),
            page_count: self.tray.count,
            message: self.message.clone(),
        }
    }

    fn publish_device(&self, code: u32, display: &str, online: bool) {
        if self.fault != Fault::Silent {
            let message = device_message(code, display, online);
            self.subscribers.publish(&message, |to| to.device);
        }
    }

    /// `lines` are all of the message but its first line.
    fn publish_job(&self, lines: &str) {
        if self.fault != Fault::Silent {
            let message = format!("@PJL USTATUS JOB\r\n{lines}\x0c");
            self.subscribers.publish(&message, |to| to.job);
        }
    }

    fn publish_page(&self, number: u32) {
        if self.fault != Fault::Silent {
            let message = format!("@PJL USTATUS PAGE\r\n{number}\r\n\x0c");
            self.subscribers.publish(&message, |to| to.page);
        }
    }
}
