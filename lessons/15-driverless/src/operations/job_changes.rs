//! What is done to jobs.

use super::{Dialogue, has_ended, no_such_job};
use crate::printer::now;
use crate::ticket_reader::ReadTicket;
use crate::{Job, JobState, Refusal, Spooler, Status};
use ipp_message::answer::Answer;

impl<S: Spooler> Dialogue<S> {
    /// The job that the request is about, if the requester may change it.
    async fn job_to_change(&self) -> Result<Job, Refusal> {
        let job = self.job().await?;
        self.check_may_change(&job)?;
        Ok(job)
    }

    /// Cancel-Job (RFC 8011, section 4.3.3).
    pub(super) async fn cancel_job(&self) -> Result<Answer, Refusal> {
        let job = self.job_to_change().await?;
        self.cancel(&job).await?;
        Ok(Answer::ok())
    }

    async fn cancel(&self, job: &Job) -> Result<(), Refusal> {
        if job.state.is_ended() {
            return Err(has_ended(job));
        }
        let (id, created) = (job.id, &self.printer.created);
        if created.get(id).is_some() {
            let (reason, message) = ("job-canceled-by-user", "called off");
            created.end(id, JobState::Canceled, reason, message, now());
            return Ok(());
        }
        self.blocking(move |spooler| spooler.cancel(id)).await
    }

    /// Cancel-Jobs, for operators, and Cancel-My-Jobs, for everybody
    /// (PWG 5100.11, sections 4.1 and 4.2). All that are named, or none.
    pub(super) async fn cancel_jobs(
        &self,
        only_own: bool,
    ) -> Result<Answer, Refusal> {
        self.check_printer()?;
        if !only_own {
            self.check_operator()?;
        }
        let named = self.request.integers("job-ids")?;
        let mut jobs = Vec::new();
        for id in &named {
            let id = u32::try_from(*id).map_err(|_| no_such_job())?;
            let job = self.job_with(id).await?;
            if only_own && !self.is_own(&job) {
                return Err(self.not_allowed("this job is somebody else's"));
            }
            if job.state.is_ended() {
                return Err(has_ended(&job));
            }
            jobs.push(job);
        }
        if named.is_empty() {
            jobs = self.jobs("not-completed", 0).await?;
            jobs.retain(|job| !only_own || self.is_own(job));
        }
        for job in &jobs {
            match self.cancel(job).await {
                // It came to its end just now.
                Err(refusal) if refusal.status == Status::NotPossible => {}
                other => other?,
            }
        }
        Ok(Answer::ok())
    }

    /// Hold-Job (RFC 8011, section 4.3.5).
    pub(super) async fn hold_job(&self) -> Result<Answer, Refusal> {
        let until = self.request.word("job-hold-until")?;
        if until.is_some_and(|until| until != "indefinite") {
            return Err(Refusal::new(
                Status::AttributesOrValuesNotSupported,
                "this printer holds a job until somebody releases it",
            ));
        }
        let id = self.queued_job_to_change().await?.id;
        self.blocking(move |spooler| spooler.hold(id)).await?;
        Ok(Answer::ok())
    }

    /// Release-Job (RFC 8011, section 4.3.6).
    pub(super) async fn release_job(&self) -> Result<Answer, Refusal> {
        let id = self.queued_job_to_change().await?.id;
        self.blocking(move |spooler| spooler.release(id)).await?;
        Ok(Answer::ok())
    }

    /// Restart-Job (RFC 8011, section 4.3.7).
    pub(super) async fn restart_job(&self) -> Result<Answer, Refusal> {
        let id = self.queued_job_to_change().await?.id;
        self.blocking(move |spooler| spooler.restart(id)).await?;
        self.about(&self.job_with(id).await?)
    }

    /// A job to change that has its document.
    async fn queued_job_to_change(&self) -> Result<Job, Refusal> {
        let job = self.job_to_change().await?;
        if self.printer.created.get(job.id).is_some() {
            let text = format!("job {} has no document yet", job.id);
            return Err(Refusal::new(Status::NotPossible, text));
        }
        Ok(job)
    }

    /// Resubmit-Job (PWG 5100.11, section 4.5): what the request does not say
    /// is as it was.
    pub(super) async fn resubmit_job(&self) -> Result<Answer, Refusal> {
        let job = self.queued_job_to_change().await?;
        let requester = self.requester();
        let printer = &self.printer.description;
        let read = ReadTicket::read(&self.request, &requester, printer)?;
        if let Err(refusal) = read.check_fidelity(&self.request) {
            return Ok(Answer::refused(&refusal).without(read.unsupported));
        }
        let mut ticket = read.ticket;
        if self.request.get("job-name").is_none() {
            ticket.name.clone_from(&job.ticket.name);
        }
        let ticket = ticket.or(job.ticket);
        let id = job.id;
        let job = self.blocking(move |spooler| {
            spooler.check(&ticket)?;
            spooler.resubmit(id, ticket)
        });
        Ok(self.about(&job.await?)?.without(read.unsupported))
    }
}
