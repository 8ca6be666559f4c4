//! A document that lies in a file of this machine.

use std::fs::{File, Metadata};
use std::io::{self, Read, Write};
use std::time::SystemTime;

use printer::RawScanner;
use spool::Incoming;
use tokio::task::spawn_blocking;

use super::{Intake, LONGEST_SHOWN, RawCheck, ReceivedFile, joined};
use crate::check::check_name;
use crate::{Accepted, Refusal, Submission};

/// How much of a file is read at once, in bytes.
const PIECE: usize = 256 * 1024;

impl Intake {
    /// Takes a document in that lies in a file of this machine. The file stays
    /// where it is: the spool gets a copy.
    ///
    /// # Errors
    /// [`Refusal`]; nothing of the document is kept then. A file that changes
    /// while it is copied is [`Refusal::BrokenOff`].
    pub async fn receive_local(
        &self,
        file: File,
        name: &str,
        submission: Submission,
    ) -> Result<Accepted, Refusal> {
        check_name(name)?;
        let name = safe_text::plain(name, LONGEST_SHOWN);
        let intake = self.clone();
        let copied = spawn_blocking(move || intake.copy(file));
        let (incoming, raw_check) = joined(copied.await)??;
        let file = ReceivedFile { name, named: true, incoming, raw_check };
        self.check_and_queue(file, submission).await
    }

    fn copy(&self, mut file: File) -> Result<(Incoming, RawCheck), Refusal> {
        let limit = self.limits.bytes;
        let before = traits(&file.metadata().map_err(unreadable)?);
        if before.0 > limit {
            return Err(Refusal::TooLarge { limit });
        }
        let mut incoming = self.spool.receive().map_err(Refusal::from_disk)?;
        let mut scanner = self.limits.allow_raw.then(RawScanner::new);
        let mut raw_check = Ok(());
        let mut piece = vec![0; PIECE];
        loop {
            let count = file.read(&mut piece).map_err(unreadable)?;
            if count == 0 {
                break;
            }
            if incoming.bytes() + count as u64 > limit {
                return Err(Refusal::TooLarge { limit });
            }
            incoming.write_all(&piece[..count]).map_err(Refusal::from_disk)?;
            if let (Some(scanner), Ok(())) = (&mut scanner, &raw_check) {
                raw_check = scanner.feed(&piece[..count]);
            }
        }
        if let (Some(scanner), Ok(())) = (scanner, &raw_check) {
            raw_check = scanner.end();
        }
        let after = traits(&file.metadata().map_err(unreadable)?);
        if before != after || incoming.bytes() != after.0 {
            let words = "it is still being written".to_owned();
            return Err(Refusal::BrokenOff(words));
        }
        Ok((incoming, raw_check))
    }
}

/// What changes when somebody writes into a file: its size in bytes, and when
/// it was last written to.
fn traits(data: &Metadata) -> (u64, Option<SystemTime>) {
    (data.len(), data.modified().ok())
}

fn unreadable(error: io::Error) -> Refusal {
    Refusal::BrokenOff(error.to_string())
}
