//! What is told of jobs.

use ipp::model::DelimiterTag;

use super::Dialogue;
use crate::job_attributes::job_attributes;
use crate::printer::now;
use crate::printer_attributes::WHICH_JOBS;
use crate::{Job, JobState, Refusal, Spooler, Status};
use ipp_message::answer::Answer;
use ipp_message::requested::Requested;
use ipp_message::values::attribute;

/// The most jobs in one answer.
const MOST_JOBS: usize = 10_000;
/// What is told of a job in a list when nobody asks for more.
const OF_A_LISTED_JOB: [&str; 2] = ["job-id", "job-uri"];

impl<S: Spooler> Dialogue<S> {
    /// Get-Job-Attributes (RFC 8011, section 4.3.4).
    pub(super) async fn get_job_attributes(&self) -> Result<Answer, Refusal> {
        let job = self.job().await?;
        let attributes = self.attributes_of(&job, &["all"])?;
        Ok(Answer::ok().with(DelimiterTag::JobAttributes, attributes))
    }

    // ANCHOR: get-jobs
    /// Get-Jobs (RFC 8011, section 4.2.6, and PWG 5100.11, section 4.2).
    pub(super) async fn get_jobs(&self) -> Result<Answer, Refusal> {
        self.check_printer()?;
        let which = self.request.word("which-jobs")?;
        let which = which.unwrap_or("not-completed");
        if !WHICH_JOBS.contains(&which) {
            return Ok(self.unknown_filter());
        }
        let limit = match self.request.integer("limit")? {
            None => MOST_JOBS,
            Some(limit) => match usize::try_from(limit) {
                Ok(limit) if limit > 0 => limit.min(MOST_JOBS),
                _ => {
                    let why = "a limit is at least 1";
                    return Err(Refusal::new(Status::BadRequest, why));
                }
            },
        };
        let first = self.request.integer("first-job-id")?;
        let first = first.and_then(|id| u32::try_from(id).ok()).unwrap_or(0);
        let only_own = self.request.boolean("my-jobs")?.unwrap_or(false);
        // Those that are over come newest first, the others in their order.
        let newest_first = which != "not-completed";
        let mut jobs = self.jobs(which, first).await?;
        jobs.retain(|job| !only_own || self.is_own(job));
        if !newest_first {
            jobs.reverse();
        }
        let mut answer = Answer::ok();
        for job in jobs.iter().take(limit) {
            let attributes = self.attributes_of(job, &OF_A_LISTED_JOB)?;
            answer = answer.with(DelimiterTag::JobAttributes, attributes);
        }
        Ok(answer)
    }
    // ANCHOR_END: get-jobs

    fn attributes_of(
        &self,
        job: &Job,
        default: &[&str],
    ) -> Result<Vec<ipp::attribute::IppAttribute>, Refusal> {
        let requested =
            Requested::read(&self.request, "job-description", default)?;
        let printer = &self.printer.description;
        Ok(job_attributes(job, requested, printer, &self.urls, now()))
    }

    /// Jobs with and without a document, the newest first.
    pub(super) async fn jobs(
        &self,
        which: &str,
        first: u32,
    ) -> Result<Vec<Job>, Refusal> {
        let filter = which.to_owned();
        let wanted =
            move |job: &Job| job.id >= first && is_among(job.state, &filter);
        let mut jobs = self.printer.created.all();
        jobs.retain(&wanted);
        let queued = self
            .blocking(move |spooler| spooler.jobs(&wanted, MOST_JOBS))
            .await?;
        // A job that has just been queued is in both.
        jobs.retain(|job| queued.iter().all(|other| other.id != job.id));
        jobs.extend(queued);
        jobs.sort_by_key(|job| std::cmp::Reverse(job.id));
        Ok(jobs)
    }

    fn unknown_filter(&self) -> Answer {
        let refusal = Refusal::new(
            Status::AttributesOrValuesNotSupported,
            "this printer does not know these jobs: see which-jobs-supported",
        );
        let sent = self.request.get("which-jobs").cloned();
        let sent = sent.map(|value| attribute("which-jobs", value));
        Answer::refused(&refusal).without(sent.into_iter().collect())
    }
}

/// Whether a job in this state is among those that `which-jobs` names.
fn is_among(state: JobState, which: &str) -> bool {
    match which {
        "all" => true,
        "completed" => state.is_ended(),
        "not-completed" => !state.is_ended(),
        "aborted" => state == JobState::Aborted,
        "canceled" => state == JobState::Canceled,
        "pending" => state == JobState::Pending,
        "pending-held" => state == JobState::Held,
        "processing" => {
            matches!(state, JobState::Processing | JobState::Stopped)
        }
        _ => false,
    }
}
