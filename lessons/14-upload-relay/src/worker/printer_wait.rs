//! The wait for a printer that cannot print just now.

use std::cell::{Cell, RefCell};
use std::thread;
use std::time::{Duration, Instant};

use super::{LogMessage, Worker};

/// The rest after a printer that says it is ready has hung up on a job.
const REST_AFTER_RESET: Duration = Duration::from_millis(500);

impl Worker {
    /// Keeps the queue paused until the printer is back: no job loses an
    /// attempt, and none overtakes. `error` is what the printer said.
    pub(super) fn wait_for_printer(&self, error: &printer::Error) {
        let state = &self.settings.printer_state;
        let _conversation = state.conversation();
        state.failed(error);
        // Both closures below use these two, hence the cells.
        let reason = RefCell::new(error.to_string());
        let renewed = Cell::new(Instant::now());
        // The pause is a lease too: if we die, another worker finds out.
        let pause = || {
            renewed.set(Instant::now());
            let lease = self.settings.lease;
            self.log_failure(self.queue.pause(&reason.borrow(), lease));
        };
        // Somebody clears a jam and finds the tray empty: say so.
        let mut still_not_ready = |error: &printer::Error| {
            state.failed(error);
            let now = error.to_string();
            if reason.replace(now.clone()) != now {
                (self.settings.log)(LogMessage::Warning(now));
                pause();
            }
        };
        let give_up = || {
            if renewed.get().elapsed() > self.settings.lease / 3 {
                pause();
            }
            self.is_stopping()
        };
        let back =
            self.printer.wait_until_ready(&mut still_not_ready, &give_up);
        if matches!(error, printer::Error::Reset { .. }) {
            thread::sleep(REST_AFTER_RESET);
        }
        if back.is_ok() {
            state.is_well();
            let text = "the printer is back".to_owned();
            (self.settings.log)(LogMessage::Info(text));
            self.log_failure(self.queue.end_pause());
        }
    }
}
