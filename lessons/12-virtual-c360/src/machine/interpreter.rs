//! Ghostscript's process, which `stop` must be able to end.

use std::process::Child;

use super::Machine;

impl Machine {
    /// Keeps the process until it is taken back.
    pub fn keep_interpreter(&self, mut interpreter: Child) {
        let mut state = self.lock();
        if state.stopping {
            let _ = interpreter.kill();
        }
        state.interpreter = Some(interpreter);
    }

    pub fn take_interpreter(&self) -> Option<Child> {
        self.lock().interpreter.take()
    }
}
