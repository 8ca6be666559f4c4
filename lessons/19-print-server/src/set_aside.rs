//! `print-server set-aside`: the way out of a damaged queue.

use std::error::Error;
use std::path::PathBuf;

use daemon::Lock;
use print_options::Options;

/// Renames the queue's file in the data folder, so that the next start makes a
/// new one, and returns its new name.
///
/// # Errors
/// A server prints from this folder, there is no queue in it, or it cannot be
/// renamed.
pub fn set_aside(options: &Options) -> Result<PathBuf, Box<dyn Error>> {
    let data = options.data_folder()?;
    if options.is_queue_shared() {
        return Err("the queue is in Redis: there is no file to rename".into());
    }
    let _lock = Lock::take(&data.join("printing.lock"))
        .map_err(|error| format!("stop the print server first: {error}"))?;
    Ok(job_queue::set_aside(&data.join("queue.db"))?)
}
