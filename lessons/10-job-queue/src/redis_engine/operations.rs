//! The operations of [`Queue`]: each is one call of the script.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use redis::{Connection, RedisResult};
use sha2::{Digest, Sha256};

use super::{
    Found, Redis, Verdict,
    connections::{block, is_broken},
    fields::{Fields, foreign, job, milestone},
};
use crate::{
    Claim, Enqueued, Error, Job, JobId, Milestone, NewJob, Queue, Result,
    Retry, Signal, State, backoff,
    job::{millis, time},
};

impl Queue for Redis {
    fn lane(&self, name: &str) -> Arc<dyn Queue> {
        Arc::new(self.in_lane(name))
    }

    fn enqueue(&self, job: NewJob) -> Result<Enqueued> {
        let all = self.enqueue_all(vec![job])?;
        all.first().copied().ok_or_else(|| Error::Redis {
            url: self.opened.url.clone(),
            detail: "it took a job and said nothing".to_owned(),
        })
    }

    fn enqueue_all(&self, jobs: Vec<NewJob>) -> Result<Vec<Enqueued>> {
        jobs.iter().try_for_each(NewJob::check)?;
        if jobs.is_empty() {
            return Ok(Vec::new());
        }
        let mut call = self.operation("enqueue");
        for job in &jobs {
            let digest: String = Sha256::digest(&job.payload)
                .iter()
                .map(|byte| format!("{byte:02x}"))
                .collect();
            call.arg(&job.payload)
                .arg(given(job.key.as_deref()))
                .arg(digest)
                .arg(job.priority.rank())
                .arg(millis(job.delay))
                .arg(u8::from(job.held))
                .arg(job.max_attempts.max(1))
                .arg(millis(job.first_retry))
                .arg(job.id.map_or(String::new(), |id| id.to_string()))
                .arg(given(job.outbox.as_deref()));
        }
        // Twice would be two jobs, unless their keys tell that they are one.
        let result: RedisResult<Vec<(u64, bool)>> =
            if jobs.iter().all(|job| job.key.is_some()) {
                self.opened.connections.twice(|redis| call.invoke(redis))
            } else {
                self.opened.connections.once(|redis| call.invoke(redis))
            };
        let answers = result.map_err(|error| {
            let mut words = error.detail().unwrap_or_default().split(' ');
            let mut next = || words.next()?.parse::<u64>().ok();
            match (error.code(), next(), next()) {
                (Some("KEYREUSED"), Some(id), Some(index)) => {
                    let job = usize::try_from(index)
                        .ok()
                        .and_then(|index| jobs.get(index));
                    let key = job.and_then(|job| job.key.clone());
                    let key = key.unwrap_or_default();
                    Error::KeyReused { key, id: JobId(id) }
                }
                _ => self.explain(error),
            }
        })?;
        let enqueued = |(id, fresh)| Enqueued { id: JobId(id), fresh };
        Ok(answers.into_iter().map(enqueued).collect())
    }

    fn enqueued(&self, key: &str) -> Result<Option<JobId>> {
        let mut call = self.operation("enqueued");
        call.arg(given(Some(key)));
        let seen: Option<String> = self.call(&call)?;
        let job = seen.and_then(|seen| seen.split(' ').next()?.parse().ok());
        Ok(job.map(JobId))
    }

    fn reserve(&self) -> Result<JobId> {
        self.call(&self.operation("reserve")).map(JobId)
    }

    fn claim(
        &self,
        worker: &str,
        lease: Duration,
        wait: Duration,
    ) -> Result<Option<Claim>> {
        let deadline = crate::deadline(wait);
        let mut call = self.operation("claim");
        call.arg(worker).arg(millis(lease));
        loop {
            // A claim whose answer got lost on the way is found again when
            // its lease is over.
            let answer = self
                .opened
                .connections
                .until(deadline, |redis| call.invoke(redis))
                .map_err(|error| self.explain(error))?;
            let (version, pause) = match self.found(answer)? {
                Found::Job(claim) => return Ok(Some(*claim)),
                Found::Nothing { version, pause } => (version, pause),
            };
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return Ok(None);
            }
            let wait = pause.map_or(left, |pause| pause.min(left));
            let work = self.work_key();
            let blocked = self
                .opened
                .connections
                .once(|redis| block(redis, &work, version, wait));
            match blocked {
                Err(error) if is_broken(&error) => {} // claim connects anew
                result => result.map_err(|error| self.explain(error))?,
            }
        }
    }

    fn renew(&self, claim: &Claim, lease: Duration) -> Result<Signal> {
        self.report("renew", claim, millis(lease))
    }

    fn progress(&self, claim: &Claim, note: &str) -> Result<Signal> {
        self.report("progress", claim, note)
    }

    fn point_of_no_return(&self, claim: &Claim, note: &str) -> Result<()> {
        self.report("point_of_no_return", claim, note).map(drop)
    }

    fn complete(&self, claim: Claim, note: &str) -> Result<()> {
        self.settle(&claim, Verdict::noting(State::Done, note)).map(drop)
    }

    fn complete_and_claim(
        &self,
        claim: Claim,
        note: &str,
        worker: &str,
        lease: Duration,
    ) -> Result<Option<Claim>> {
        let mut call = self.operation_on("complete_and_claim", &claim);
        call.arg(note).arg(worker).arg(millis(lease));
        let answer = self.call_about(claim.job.id, "complete", &call)?;
        Ok(match self.found(answer)? {
            Found::Job(claim) => Some(*claim),
            Found::Nothing { .. } => None,
        })
    }

    fn retry(&self, claim: Claim, reason: &str) -> Result<Retry> {
        let job = &claim.job;
        let first = Duration::from_millis(job.first_retry);
        let verdict = Verdict {
            pause: backoff::pause(first, job.attempts),
            attempts: job.attempts,
            ..Verdict::because(State::Waiting, reason)
        };
        let answer = self.settle(&claim, verdict)?;
        Ok(match answer.parse() {
            Ok(at) => Retry::At(time(at)),
            Err(_) if answer == State::Cancelled.as_str() => Retry::Cancelled,
            Err(_) => Retry::Dead,
        })
    }

    fn bury(&self, claim: Claim, reason: &str) -> Result<()> {
        self.settle(&claim, Verdict::because(State::Dead, reason)).map(drop)
    }

    fn hand_back(&self, claim: Claim, reason: &str) -> Result<()> {
        self.postpone(claim, reason, Duration::ZERO)
    }

    fn postpone(
        &self,
        claim: Claim,
        reason: &str,
        pause: Duration,
    ) -> Result<()> {
        let verdict = Verdict::because(State::Waiting, reason);
        let attempts = claim.job.attempts.saturating_sub(1);
        self.settle(&claim, Verdict { attempts, pause, ..verdict }).map(drop)
    }

    fn uncertain(&self, claim: Claim, reason: &str) -> Result<()> {
        let verdict = Verdict::because(State::Uncertain, reason);
        self.settle(&claim, verdict).map(drop)
    }

    fn settle_cancelled(&self, claim: Claim, note: &str) -> Result<()> {
        self.settle(&claim, Verdict::noting(State::Cancelled, note)).map(drop)
    }

    fn cancel(&self, id: &JobId) -> Result<State> {
        let mut call = self.operation("cancel");
        call.arg(id.0);
        let word: String = self.call_about(*id, "cancel", &call)?;
        State::parse(&word)
            .ok_or_else(|| foreign(*id, format!("{word:?} is no state")))
    }

    fn hold(&self, id: &JobId) -> Result<()> {
        let mut call = self.operation("hold");
        call.arg(id.0);
        self.call_about(*id, "hold", &call)
    }

    fn release(&self, id: &JobId) -> Result<()> {
        let mut call = self.operation("release");
        call.arg(id.0);
        self.call_about(*id, "release", &call)
    }

    fn move_to(&self, id: &JobId, lane: &str) -> Result<()> {
        let mut call = self.operation("move_to");
        call.arg(id.0).arg(lane);
        self.call_about(*id, "move", &call)
    }

    fn resend(&self, id: &JobId) -> Result<()> {
        let mut call = self.operation("resend");
        call.arg(id.0).arg(given(None));
        self.call_about(*id, "resend", &call)
    }

    fn resend_noting(&self, id: &JobId, note: &str) -> Result<()> {
        let mut call = self.operation("resend");
        call.arg(id.0).arg(given(Some(note)));
        self.call_about(*id, "resend", &call)
    }

    fn confirm(&self, id: &JobId, note: &str) -> Result<()> {
        let mut call = self.operation("confirm");
        call.arg(id.0).arg(note);
        self.call_about(*id, "confirm", &call)
    }

    fn pause(&self, reason: &str, time: Duration) -> Result<()> {
        let mut call = self.operation("pause");
        call.arg(reason).arg(millis(time));
        self.call(&call)
    }

    fn end_pause(&self) -> Result<()> {
        self.pause("", Duration::ZERO)
    }

    fn halt(&self, reason: &str) -> Result<()> {
        let mut call = self.operation("halt");
        call.arg(reason);
        self.call(&call)
    }

    fn resume(&self) -> Result<()> {
        self.call(&self.operation("resume"))
    }

    fn paused(&self) -> Result<Option<String>> {
        self.call(&self.operation("paused"))
    }

    fn declare_dead(&self, names: &str) -> Result<()> {
        let mut call = self.operation("declare_dead");
        call.arg(names);
        self.call(&call)
    }

    fn check(&self) -> Result<()> {
        self.call(&self.operation("check"))
    }

    fn job(&self, id: &JobId) -> Result<Option<Job>> {
        let mut call = self.operation("job");
        call.arg(id.0);
        let fields: Fields = self.call(&call)?;
        if fields.is_empty() { Ok(None) } else { job(&fields).map(Some) }
    }

    fn jobs(&self, limit: usize) -> Result<Vec<Job>> {
        if limit == 0 {
            return Ok(Vec::new());
        }
        let mut call = self.operation("jobs");
        // More than this Redis cannot count exactly.
        call.arg(limit.min(1 << 31));
        let all: Vec<Fields> = self.call(&call)?;
        all.iter().map(job).collect()
    }

    fn pending(&self) -> Result<Vec<Job>> {
        let all: Vec<Fields> = self.call(&self.operation("pending"))?;
        all.iter().map(job).collect()
    }

    fn version(&self) -> Result<u64> {
        self.opened
            .connections
            .twice(|redis| version_of(redis, &self.opened.key))
            .map_err(|error| self.explain(error))
    }

    fn wait_for_change(&self, seen: u64, wait: Duration) -> Result<u64> {
        let deadline = crate::deadline(wait);
        let changes = format!("{}:bell", self.opened.key);
        loop {
            let left = deadline.saturating_duration_since(Instant::now());
            // Asked again on each new connection: a Redis that was restarted
            // may have forgotten everything, and count from 0.
            let version = self
                .opened
                .connections
                .until(deadline, |redis| {
                    let version = version_of(redis, &self.opened.key)?;
                    if version == seen && !left.is_zero() {
                        block(redis, &changes, seen, left)?;
                    }
                    Ok(version)
                })
                .map_err(|error| self.explain(error))?;
            if version != seen || left.is_zero() {
                return Ok(version);
            }
        }
    }

    fn outbox(&self, name: &str, limit: usize) -> Result<Vec<Milestone>> {
        if limit == 0 {
            return Ok(Vec::new());
        }
        let mut call = self.operation("outbox");
        call.arg(name).arg(limit.min(1 << 31));
        let all: Vec<Fields> = self.call(&call)?;
        all.iter().map(milestone).collect()
    }

    fn clear_outbox(&self, name: &str, up_to: u64) -> Result<()> {
        let mut call = self.operation("clear_outbox");
        call.arg(name).arg(up_to);
        while self.call::<u64>(&call)? == 1000 {}
        Ok(())
    }

    fn forget_finished(&self, older_than: Duration) -> Result<u64> {
        let mut call = self.operation("forget_finished");
        call.arg(millis(older_than));
        let mut forgotten = 0;
        loop {
            let some: u64 = self.call(&call)?;
            forgotten += some;
            if some < 1000 {
                return Ok(forgotten);
            }
        }
    }

    fn describe(&self) -> String {
        self.opened.description.clone()
    }

    fn warnings(&self) -> Vec<String> {
        match self.opened.examine() {
            Ok(condition) => condition.warnings(&self.opened.url),
            Err(error) => vec![error.to_string()],
        }
    }

    fn identity(&self) -> Option<&str> {
        Some(&*self.opened.identity).filter(|identity| !identity.is_empty())
    }
}

/// A text that may be missing, as the script takes it: an empty text is one,
/// too, so a letter stands before it.
fn given(text: Option<&str>) -> String {
    text.map(|text| format!("t{text}")).unwrap_or_default()
}

/// A queue that was never written to is at version 0.
fn version_of(redis: &mut Connection, key: &str) -> RedisResult<u64> {
    let version: Option<u64> =
        redis::cmd("HGET").arg(key).arg("version").query(redis)?;
    Ok(version.unwrap_or(0))
}
