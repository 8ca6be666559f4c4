//! The operations: what a request is answered with.

mod job_changes;
mod job_lists;
mod printer_control;
mod submission;

use std::panic::resume_unwind;
use std::sync::Arc;

use ipp::model::DelimiterTag;
use ipp::prelude::IppValue;
use tokio::task::spawn_blocking;

use crate::job_attributes::job_attributes;
use crate::printer::{IppPrinter, now};
use crate::urls::{Target, Urls};
use crate::{Job, JobState, Refusal, Requester, Spooler, Status};
use ipp_message::Operation;
use ipp_message::answer::Answer;
use ipp_message::incoming::Incoming;
use ipp_message::request::Request;
use ipp_message::requested::Requested;

/// What is told of a job that was made or changed (RFC 8011, section 4.2.1.2).
const OF_A_NEW_JOB: [&str; 5] = [
    "job-id",
    "job-uri",
    "job-state",
    "job-state-reasons",
    "job-state-message",
];

/// One request, until it is answered.
pub(crate) struct Dialogue<S> {
    pub printer: Arc<IppPrinter<S>>,
    /// `None` when nobody has let the request in.
    pub requester: Option<Requester>,
    pub urls: Urls,
    pub request: Request,
}

impl<S: Spooler> Dialogue<S> {
    // ANCHOR: perform
    /// Does what the request asks for. The document is taken out of
    /// `incoming` when it is read.
    pub(crate) async fn perform(
        &self,
        incoming: &mut Option<Incoming>,
    ) -> Result<Answer, Refusal> {
        let operation = self.check()?;
        if self.requester.is_none()
            && operation != Operation::GetPrinterAttributes
        {
            return Err(Refusal::new(
                Status::NotAuthenticated,
                "sign in with your name and your key",
            ));
        }
        match operation {
            Operation::GetPrinterAttributes => {
                self.get_printer_attributes().await
            }
            Operation::ValidateJob => self.validate_job().await,
            Operation::PrintJob => self.print_job(incoming).await,
            Operation::CreateJob => self.create_job().await,
            Operation::SendDocument => self.send_document(incoming).await,
            Operation::CloseJob => self.close_job().await,
            Operation::GetJobAttributes => self.get_job_attributes().await,
            Operation::GetJobs => self.get_jobs().await,
            Operation::CancelJob => self.cancel_job().await,
            Operation::CancelJobs => self.cancel_jobs(false).await,
            Operation::CancelMyJobs => self.cancel_jobs(true).await,
            Operation::HoldJob => self.hold_job().await,
            Operation::ReleaseJob => self.release_job().await,
            Operation::RestartJob => self.restart_job().await,
            Operation::ResubmitJob => self.resubmit_job().await,
            Operation::PausePrinter => self.pause_printer().await,
            Operation::ResumePrinter => self.resume_printer().await,
            Operation::IdentifyPrinter => self.identify_printer().await,
        }
    }

    /// Checks what is the same for every request (RFC 8011, section 4.1).
    fn check(&self) -> Result<Operation, Refusal> {
        let header = self.request.header;
        let bad = |why: &str| Err(Refusal::new(Status::BadRequest, why));
        if !matches!(header.version[0], 1 | 2) {
            return Err(Refusal::new(
                Status::VersionNotSupported,
                "this printer speaks IPP 1.1 and 2.0",
            ));
        }
        if header.id <= 0 {
            return bad("the number of a request is at least 1");
        }
        let groups = &self.request.groups;
        let group = match groups.first() {
            Some(group) if group.tag() == DelimiterTag::OperationAttributes => {
                group
            }
            _ => return bad("the operation attributes come first"),
        };
        let attributes = group.attributes();
        let names = ["attributes-charset", "attributes-natural-language"];
        for (place, name) in names.into_iter().enumerate() {
            let found = attributes.get(place);
            if found.is_none_or(|found| found.name().as_str() != name) {
                return bad("attributes-charset comes first, then \
                     attributes-natural-language");
            }
        }
        match (attributes[0].value(), attributes[1].value()) {
            (IppValue::Charset(charset), IppValue::NaturalLanguage(_)) => {
                let is_ours = ["utf-8", "us-ascii"]
                    .iter()
                    .any(|ours| charset.eq_ignore_ascii_case(ours));
                if !is_ours {
                    return Err(Refusal::new(
                        Status::CharsetNotSupported,
                        "this printer reads UTF-8",
                    ));
                }
            }
            _ => return bad("the charset or the language is of a wrong type"),
        }
        let number = i32::from(header.operation);
        Operation::from_number(number).ok_or_else(|| {
            Refusal::new(
                Status::OperationNotSupported,
                format!("this printer does not know operation {number:#06x}"),
            )
        })
    }
    // ANCHOR_END: perform

    /// The sender of this request.
    fn requester(&self) -> Requester {
        self.requester.clone().unwrap_or_default()
    }

    /// Checks that the request is about this printer.
    fn check_printer(&self) -> Result<(), Refusal> {
        let uri = self.request.uri("printer-uri")?.ok_or_else(|| {
            Refusal::new(Status::BadRequest, "there is no printer-uri")
        })?;
        match Target::read(uri, &self.printer.path) {
            Some(Target::Printer) => Ok(()),
            _ => Err(Refusal::new(
                Status::NotFound,
                "there is no such printer here",
            )),
        }
    }

    /// The number of the job that the request is about: `job-uri`, or
    /// `printer-uri` with `job-id` (RFC 8011, section 4.3).
    fn job_id(&self) -> Result<u32, Refusal> {
        if let Some(uri) = self.request.uri("job-uri")? {
            return match Target::read(uri, &self.printer.path) {
                Some(Target::Job(id)) => Ok(id),
                _ => Err(no_such_job()),
            };
        }
        self.check_printer()?;
        let id = self.request.integer("job-id")?.ok_or_else(|| {
            Refusal::new(Status::BadRequest, "there is no job-id")
        })?;
        match u32::try_from(id) {
            Ok(id) if id > 0 => Ok(id),
            _ => Err(Refusal::new(
                Status::BadRequest,
                "the number of a job is at least 1",
            )),
        }
    }

    /// The job that the request is about.
    async fn job(&self) -> Result<Job, Refusal> {
        self.job_with(self.job_id()?).await
    }

    async fn job_with(&self, id: u32) -> Result<Job, Refusal> {
        if let Some(job) = self.printer.created.get(id) {
            return Ok(job);
        }
        let job = self.blocking(move |spooler| spooler.job(id)).await?;
        job.ok_or_else(no_such_job)
    }

    // ANCHOR: owner
    /// Whether a job is the requester's own. A job of somebody who has signed
    /// in is theirs alone. Of the others only a name is known that anybody can
    /// claim: it keeps the well-meaning apart.
    fn is_own(&self, job: &Job) -> bool {
        let requester = self.requester();
        match (&job.ticket.owner, &requester.name) {
            (Some(owner), Some(name)) => owner == name,
            (None, None) => {
                let said = self.request.word("requesting-user-name");
                let said = said.ok().flatten().unwrap_or_default();
                job.ticket.said_name == said
            }
            _ => false,
        }
    }
    // ANCHOR_END: owner

    /// Refuses to change a job of somebody else.
    fn check_may_change(&self, job: &Job) -> Result<(), Refusal> {
        if self.requester().operator || self.is_own(job) {
            return Ok(());
        }
        Err(self.not_allowed("this job is somebody else's"))
    }

    fn check_operator(&self) -> Result<(), Refusal> {
        if self.requester().operator {
            return Ok(());
        }
        Err(self.not_allowed("this is for operators"))
    }

    /// Somebody without a name may get further by signing in.
    fn not_allowed(&self, why: &str) -> Refusal {
        let status = match self.requester().name {
            Some(_) => Status::NotAuthorized,
            None => Status::NotAuthenticated,
        };
        Refusal::new(status, why)
    }

    /// The answer that tells of a job that was made or changed.
    fn about(&self, job: &Job) -> Result<Answer, Refusal> {
        let requested =
            Requested::read(&self.request, "job-description", &OF_A_NEW_JOB)?;
        let attributes = job_attributes(
            job,
            requested,
            &self.printer.description,
            &self.urls,
            now(),
        );
        Ok(Answer::ok().with(DelimiterTag::JobAttributes, attributes))
    }

    /// Lets the program work on a thread where it may wait.
    async fn blocking<T: Send + 'static>(
        &self,
        work: impl FnOnce(&S) -> Result<T, Refusal> + Send + 'static,
    ) -> Result<T, Refusal> {
        let spooler = self.printer.spooler.clone();
        match spawn_blocking(move || work(&spooler)).await {
            Ok(result) => result,
            // A bug is no refusal: whoever watches over requests is to see it.
            Err(error) => match error.try_into_panic() {
                Ok(panic) => resume_unwind(panic),
                Err(_) => Err(Refusal::new(
                    Status::ServiceUnavailable,
                    "the server is about to stop: try again in a minute",
                )),
            },
        }
    }
}

fn no_such_job() -> Refusal {
    Refusal::new(Status::NotFound, "there is no such job")
}

fn has_ended(job: &Job) -> Refusal {
    let word = match job.state {
        JobState::Canceled => "was called off",
        JobState::Aborted => "was given up",
        _ => "is printed",
    };
    let text = format!("job {} {word}", job.id);
    Refusal::new(Status::NotPossible, text)
}

#[cfg(test)]
mod tests;
