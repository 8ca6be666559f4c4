//! The watched folders, each on a thread of its own.

use std::io;

use daemon::Daemon;
use relay::{Intake, Sender};
use tokio::runtime::Handle;
use watched_folder::WatchedFolder;

use crate::Options;

/// Watches the folders until the server stops. What is wrong with one of them
/// stands in `/healthz`.
pub(crate) fn start(
    daemon: &Daemon,
    options: &Options,
    intake: &Intake,
) -> io::Result<()> {
    for folder in &options.folders {
        let job_options = folder.job_options().map_err(io::Error::other)?;
        let sender = Sender { user: folder.user.clone(), ..Sender::default() };
        let watched = WatchedFolder {
            folder: folder.path.clone(),
            intake: intake.clone(),
            options: job_options,
            sender,
        };
        let name = format!("watched folder {}", folder.name);
        let health = daemon.health().clone();
        let stop = daemon.shutdown().wait();
        let runtime = Handle::current();
        let work = move || {
            runtime.block_on(async {
                let state = |state| health.set(&name, state);
                tokio::select! {
                    () = stop => {}
                    () = watched.keep_watching(state) => {}
                }
            });
        };
        daemon.tasks().thread("watched folder", work)?;
    }
    Ok(())
}
