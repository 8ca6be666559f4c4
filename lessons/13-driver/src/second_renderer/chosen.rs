//! The second renderer that this process has.

use std::sync::{Mutex, MutexGuard, PoisonError};

use super::SecondRenderer;

static CHOSEN: Mutex<Option<SecondRenderer>> = Mutex::new(None);

/// Has this process and its renderers use a second renderer, or none. There is
/// none at first.
pub fn set_second_renderer(renderer: Option<SecondRenderer>) {
    *chosen() = renderer;
}

/// The second renderer of this process.
pub(crate) fn second_renderer() -> Option<SecondRenderer> {
    chosen().clone()
}

fn chosen() -> MutexGuard<'static, Option<SecondRenderer>> {
    // It is replaced in one step.
    CHOSEN.lock().unwrap_or_else(PoisonError::into_inner)
}
