//! Where a panic's words go: into the log, with the name of its task.

use std::any::Any;
use std::cell::{Cell, RefCell};
use std::panic::{self, PanicHookInfo};
use std::sync::Once;
use tracing::error;

thread_local! {
    /// Whether this thread runs a task that is watched over.
    static WATCHED: Cell<bool> = const { Cell::new(false) };
    /// Where it panicked.
    static PLACE: RefCell<Option<String>> = const { RefCell::new(None) };
}

/// Sends panics to the log, once there is one. Before, and in a test, they
/// are printed as ever.
pub(crate) fn to_the_log() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let before = panic::take_hook();
        panic::set_hook(Box::new(move |panic| {
            let place = panic.location().map(ToString::to_string);
            if WATCHED.get() {
                // Whoever watches tells it, with the name.
                PLACE.set(place);
            } else if tracing::dispatcher::has_been_set() {
                let place = place.unwrap_or_default();
                error!(place, "a panic: {}", words(panic));
            } else {
                before(panic);
            }
        }));
    });
}

fn words<'a>(panic: &'a PanicHookInfo<'_>) -> &'a str {
    panic.payload_as_str().unwrap_or("it says nothing")
}

/// Runs a piece of a task. A panic in it ends here, and becomes its words
/// and its place.
pub(crate) fn caught<T>(run: impl FnOnce() -> T) -> Result<T, String> {
    to_the_log();
    let outer = WATCHED.replace(true);
    // What the closure has left half done is dropped with its task.
    let result = panic::catch_unwind(panic::AssertUnwindSafe(run));
    WATCHED.set(outer);
    result.map_err(|payload| {
        let said = said(&*payload);
        match PLACE.take() {
            Some(place) => format!("{said} ({place})"),
            None => said.to_owned(),
        }
    })
}

fn said(payload: &(dyn Any + Send)) -> &str {
    payload
        .downcast_ref::<&str>()
        .copied()
        .or_else(|| payload.downcast_ref::<String>().map(String::as_str))
        .unwrap_or("it says nothing")
}
