//! An examined document: received and checked, and not a job yet. Somebody
//! wants to look at it first.

use std::path::Path;

use axum::extract::Request;
use driver::Finding;

use super::{Incoming, Intake, ReceivedFile};
use crate::Refusal;
use crate::check::{check_document, check_ending};
use crate::{JobOptions, Sender};

/// A document that is well, and lies in a temporary file: it disappears with
/// this value.
#[derive(Debug)]
pub struct Examined {
    /// The file's name.
    pub name: String,
    /// What the document is.
    pub format: driver::Format,
    /// Its size in bytes.
    pub bytes: u64,
    /// How many pages it has.
    pub page_count: u32,
    /// What will not be on paper as the document says, losses first.
    pub findings: Vec<Finding>,
    incoming: Incoming,
}

impl Examined {
    /// Where the document lies for as long as this value lives.
    #[must_use]
    pub fn path(&self) -> &Path {
        self.incoming.path()
    }
}

impl Intake {
    /// Receives a form with the part `file`, and checks the document as it
    /// would be checked for a job that prints all of it.
    ///
    /// # Errors
    /// [`Refusal`]; nothing of the upload is kept then.
    pub async fn examine(&self, request: Request) -> Result<Examined, Refusal> {
        let (file, _) = self.receive_request(request).await?;
        self.with_a_check(move || examine(file)).await
    }
}

fn examine(file: ReceivedFile) -> Result<Examined, Refusal> {
    let ReceivedFile { name, incoming, .. } = file;
    let bytes = incoming.bytes();
    if bytes == 0 {
        return Err(Refusal::Empty(name));
    }
    let options = JobOptions::default();
    let mut job = options.into_job(name, bytes, Sender::default());
    let summary = check_document(&incoming, &mut job)?;
    check_ending(&job.name, summary.format)?;
    Ok(Examined {
        name: job.name,
        format: summary.format,
        bytes,
        page_count: summary.page_count,
        findings: job.findings,
        incoming,
    })
}
