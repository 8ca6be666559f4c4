//! Why the server cannot start, with what to do about it.

use std::io;
use std::path::{Path, PathBuf};

use daemon::LockError;
use driver::SecondRendererError;
use ipp_printer::DnsSdError;
use thiserror::Error;

use crate::machines::MachineError;

/// Why the server cannot start.
#[derive(Debug, Error)]
pub enum StartError {
    /// The address cannot be used. Most likely another program listens there.
    #[error(transparent)]
    Listen(io::Error),
    /// The data folder cannot be used.
    #[error(
        "cannot keep data in {}: {source}. Choose a folder of yours with \
         --data", folder.display()
    )]
    Data {
        /// Which folder.
        folder: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// Another process prints what is in the data folder.
    #[error(
        "another print server prints from this folder: {0}. Stop it, or \
         choose another folder with --data. Several share one folder with \
         --role intake, and with --role worker and one --printer for all"
    )]
    Taken(LockError),
    /// The queue cannot be opened.
    #[error(transparent)]
    Queue(#[from] job_queue::Error),
    /// The records cannot be kept.
    #[error(transparent)]
    Records(#[from] print_records::Error),
    /// The virtual printer cannot be started.
    #[error("the virtual C360 cannot start: {0}")]
    VirtualPrinter(io::Error),
    /// The second renderer that is asked for cannot be used.
    #[error(transparent)]
    SecondRenderer(#[from] SecondRendererError),
    /// The printer cannot be announced.
    #[error(transparent)]
    DnsSd(#[from] DnsSdError),
    /// Documents cannot be fetched from other machines.
    #[error(transparent)]
    Machines(#[from] MachineError),
    /// No threads to be had.
    #[error("the server cannot start its threads: {0}")]
    Threads(io::Error),
}

impl StartError {
    /// The error for a data folder that cannot be locked.
    pub(crate) fn locked(error: LockError, data: &Path) -> StartError {
        match error {
            LockError::Unusable { source, .. } => {
                StartError::Data { folder: data.to_owned(), source }
            }
            busy => StartError::Taken(busy),
        }
    }
}
