//! The engine, which prints one job at a time.

use std::fs;
use std::io;
use std::sync::{Arc, MutexGuard, PoisonError};
use std::time::Instant;

use super::{Machine, State};
use crate::fault::Fault;
use crate::page::Page;
use crate::tray::{Tray, TrayPage, write_unfinished};

/// A job as the panel shows it.
#[derive(Clone, Default)]
pub(crate) struct JobInfo {
    pub name: String,
    pub user: String,
    /// Where its sets are stapled, and its sheets punched.
    pub staple: Option<String>,
    pub punch: Option<String>,
    /// Its pages wait in the box.
    pub is_secure: bool,
}

/// The right to use the engine. When it is dropped, the next connection in
/// the queue gets the engine.
pub(crate) struct EngineGuard {
    machine: Arc<Machine>,
    /// The connection that has the engine.
    id: u64,
}

impl Machine {
    // ANCHOR: acquire
    /// Joins the queue for the engine, and returns when it is this
    /// connection's turn. `tag` is the job's name in messages.
    pub fn acquire_engine(
        self: &Arc<Machine>,
        id: u64,
        info: JobInfo,
        tag: &str,
    ) -> io::Result<EngineGuard> {
        let mut state = self.lock();
        state.engine_queue.push_back(id);
        let guard = EngineGuard { machine: Arc::clone(self), id };
        self.notify(&mut state);
        while state.engine_queue.front() != Some(&id) && !state.stopping {
            state = self.wait(state);
        }
        // ANCHOR_END: acquire
        let power = state.check_power();
        if power.is_ok() {
            state.job = Some(info);
            state.message = None;
            state.publish_job(&format!("START\r\nNAME=\"{tag}\"\r\n"));
            self.notify(&mut state);
        }
        // Dropping the guard takes the lock.
        drop(state);
        power.map(|()| guard)
    }

    /// Publishes `lines` to all that subscribe to jobs.
    pub fn publish_job(&self, lines: &str) {
        self.lock().publish_job(lines);
    }

    /// Reports, under `code`, that the last job could not be printed as it
    /// was meant: on the panel, and to all that subscribe to the device.
    pub fn report_problem(&self, code: u32, text: &str) {
        let mut state = self.lock();
        state.message = Some(text.to_owned());
        state.publish_device(code, text, true);
        // So that the next status, whatever it is, is published again.
        state.announced = code;
        self.changed.notify_all();
        self.version.send_modify(|version| *version += 1);
    }

    /// Waits while a fault holds the machine.
    ///
    /// # Errors
    /// When the connection is to be broken, or the machine stops.
    fn wait_while_held<'a>(
        &self,
        mut state: MutexGuard<'a, State>,
    ) -> io::Result<MutexGuard<'a, State>> {
        use Fault::{CoverOpen, Jam, PaperOut, Reset, Silent};
        while matches!(state.fault, Jam | PaperOut | CoverOpen | Silent)
            && !state.stopping
        {
            state = self.wait(state);
        }
        state.check_power()?;
        if state.fault == Reset {
            return Err(io::ErrorKind::ConnectionReset.into());
        }
        Ok(state)
    }

    /// Waits for the time that a page takes under [`Fault::Slow`].
    fn wait_while_slow<'a>(
        &self,
        mut state: MutexGuard<'a, State>,
    ) -> MutexGuard<'a, State> {
        let until = Instant::now() + self.settings.slow_page;
        while state.fault == Fault::Slow && !state.stopping {
            let left = until.saturating_duration_since(Instant::now());
            if left.is_zero() {
                break;
            }
            let waited = self.changed.wait_timeout(state, left);
            state = waited.unwrap_or_else(PoisonError::into_inner).0;
        }
        state
    }
}

impl EngineGuard {
    /// Waits while a fault holds the machine: between two pages, and before
    /// more data are read.
    ///
    /// # Errors
    /// When the connection is to be broken, or the machine stops.
    pub fn wait_while_held(&self) -> io::Result<()> {
        self.machine.wait_while_held(self.machine.lock()).map(drop)
    }

    /// Prints a page, in as many copies as it asks for, and adds them to
    /// `printed`, the job's pages so far.
    pub fn print(
        &self,
        page: &Page,
        info: &JobInfo,
        printed: &mut Vec<TrayPage>,
    ) -> io::Result<()> {
        if page.copies == 0 {
            return Ok(());
        }
        if info.is_secure {
            return self.draw(page, info, printed);
        }
        let folder = self.machine.folder();
        let file =
            write_unfinished(&folder, page, &format!("page-{}", self.id))?;
        let result = self
            .put(printed, |tray, number| tray.put(&file, page, info, number));
        if result.is_err() {
            // It does not count as a page yet.
            let _ = fs::remove_file(file);
        }
        result?;
        let original = printed[printed.len() - 1].clone();
        for _ in 1..page.copies {
            self.print_copy(&original, printed)?;
        }
        Ok(())
    }

    /// Draws a page that is not to come out yet, and adds it, in as many
    /// copies as it asks for, to the job's pages so far.
    fn draw(
        &self,
        page: &Page,
        info: &JobInfo,
        drawn: &mut Vec<TrayPage>,
    ) -> io::Result<()> {
        let name = format!("box-{}", self.machine.box_number());
        let file = write_unfinished(&self.machine.folder(), page, &name)?;
        for _ in 0..page.copies {
            let number = drawn.len() as u32 + 1;
            drawn.push(TrayPage::new(0, number, file.clone(), page, info));
        }
        Ok(())
    }

    /// Prints a page that is in the tray, or in the box, once more.
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
        let machine = &self.machine;
        let state = machine.wait_while_slow(machine.lock());
        // One lock for fault and tray: once a jam is published, no page more
        // comes out.
        let mut state = machine.wait_while_held(state)?;
        let number = printed.len() as u32 + 1;
        let page = put(&mut state.tray, number)?;
        printed.push(page.clone());
        while state.pages.len() >= machine.settings.keep.max(1) {
            state.pages.pop_front();
        }
        state.pages.push_back(page);
        state.publish_page(number);
        machine.notify(&mut state);
        Ok(())
    }

    /// Publishes the job's end and releases the engine, both under one lock:
    /// a client that learns of the end finds the machine ready.
    pub fn end(self, lines: &str) {
        let mut state = self.machine.lock();
        state.publish_job(lines);
        self.release(&mut state);
        drop(state);
    }

    fn release(&self, state: &mut State) {
        if state.engine_queue.front() == Some(&self.id) {
            state.job = None;
        }
        if state.engine_queue.contains(&self.id) {
            state.engine_queue.retain(|id| *id != self.id);
            self.machine.notify(state);
        }
    }
}

impl Drop for EngineGuard {
    fn drop(&mut self) {
        self.release(&mut self.machine.lock());
    }
}
