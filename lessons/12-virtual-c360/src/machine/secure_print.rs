//! Secure print, account track and user authentication: what the machine does
//! with a job's passwords.

use std::io;
use std::sync::Arc;
use std::thread;

use super::Machine;
use crate::secure_box::{BoxedJob, PrintLock, SecureJob, erase};
use crate::tray::TrayPage;
use accounts::Credentials;

/// What the panel shows of a job that was not let in.
const ERASED: &str = "A JOB WAS ERASED: CHECK ITS ACCOUNT AND PASSWORD";

impl Machine {
    // ANCHOR: admit
    /// Whether a job may be printed. One that may not is erased without a word
    /// to its sender: only the panel tells.
    pub fn admit(&self, department: &Credentials, user: &Credentials) -> bool {
        let accounts = &self.settings.accounts;
        let mut state = self.lock();
        let wrong = &mut state.wrong_passwords;
        let admitted =
            wrong.admit("department", &accounts.departments, department)
                && wrong.admit("user", &accounts.users, user);
        if !admitted {
            state.message = Some(ERASED.to_owned());
            self.notify(&mut state);
        }
        admitted
    }
    // ANCHOR_END: admit

    /// The accounts that are locked after too many wrong passwords.
    pub fn locked_accounts(&self) -> Vec<String> {
        self.lock().wrong_passwords.locked()
    }

    /// Unlocks them.
    pub fn unlock_accounts(&self) {
        let mut state = self.lock();
        state.wrong_passwords.forget();
        state.message = None;
        self.notify(&mut state);
    }

    /// A number for a file or a job in the box, which no other has.
    pub fn box_number(&self) -> u64 {
        let mut state = self.lock();
        state.box_numbers += 1;
        state.box_numbers
    }

    /// Keeps a job until its owner types its password.
    pub fn keep_in_box(
        &self,
        lock: PrintLock,
        job: (super::JobInfo, String),
        pages: Vec<TrayPage>,
    ) {
        let number = self.box_number();
        let (info, tag) = job;
        let mut state = self.lock();
        state.secure_box.put(BoxedJob { number, lock, info, tag, pages });
        self.notify(&mut state);
    }

    /// The jobs that wait for a password.
    pub fn secure_jobs(&self) -> Vec<SecureJob> {
        self.lock().secure_box.jobs()
    }

    /// Prints a job of the box, in a thread of its own; false when this is not
    /// its password, or there is no such job.
    pub fn print_from_box(
        self: &Arc<Machine>,
        number: u64,
        password: &str,
    ) -> io::Result<bool> {
        let mut state = self.lock();
        let Some(job) = state.secure_box.take(number, password) else {
            return Ok(false);
        };
        self.notify(&mut state);
        drop(state);
        let machine = Arc::clone(self);
        thread::Builder::new().name("c360-box".into()).spawn(move || {
            // An error is the machine's end, or a fault that ends the job.
            let _ = print(&machine, &job);
            erase(&job.pages);
        })?;
        Ok(true)
    }
}

fn print(machine: &Arc<Machine>, job: &BoxedJob) -> io::Result<()> {
    // Connections are counted from the other end.
    let id = u64::MAX - job.number;
    let engine = machine.acquire_engine(id, job.info.clone(), &job.tag)?;
    let mut printed = Vec::new();
    for page in &job.pages {
        engine.print_copy(page, &mut printed)?;
    }
    let (tag, pages) = (&job.tag, printed.len());
    engine.end(&format!("END\r\nNAME=\"{tag}\"\r\nPAGES={pages}\r\n"));
    Ok(())
}
