//! Panics: their messages go into the log, with the name of the task.

use std::any::Any;
use std::cell::{Cell, RefCell};
use std::panic::{self, PanicHookInfo};
use std::sync::Once;

use tracing::error;

thread_local! {
    /// Whether this thread runs a task that is watched over.
    static WATCHED: Cell<bool> = const { Cell::new(false) };
    /// Where its last panic was.
    static PLACE: RefCell<Option<String>> = const { RefCell::new(None) };
}

/// Sends the messages of panics to the log, once there is one. Before that,
/// and in tests, they are printed as usual.
pub(crate) fn to_the_log() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let before = panic::take_hook();
        panic::set_hook(Box::new(move |panic| {
            let place = panic.location().map(ToString::to_string);
            if WATCHED.get() {
                // The task that catches it logs it, with its name.
                PLACE.set(place);
            } else if tracing::dispatcher::has_been_set() {
                let place = place.unwrap_or_default();
                error!(place, "a panic: {}", message(panic));
            } else {
                before(panic);
            }
        }));
    });
}

fn message<'a>(panic: &'a PanicHookInfo<'_>) -> &'a str {
    panic.payload_as_str().unwrap_or("it has no message")
}

/// Runs a piece of a task. A panic in it ends here, and becomes an error:
/// its message and its place.
pub(crate) fn catch<T>(run: impl FnOnce() -> T) -> Result<T, String> {
    to_the_log();
    let outer = WATCHED.replace(true);
    // Nobody sees what the closure left half done: its task is dropped.
    let result = panic::catch_unwind(panic::AssertUnwindSafe(run));
    WATCHED.set(outer);
    result.map_err(|payload| {
        let message = payload_text(&*payload);
        match PLACE.take() {
            Some(place) => format!("{message} ({place})"),
            None => message.to_owned(),
        }
    })
}

fn payload_text(payload: &(dyn Any + Send)) -> &str {
    payload
        .downcast_ref::<&str>()
        .copied()
        .or_else(|| payload.downcast_ref::<String>().map(String::as_str))
        .unwrap_or("it has no message")
}
