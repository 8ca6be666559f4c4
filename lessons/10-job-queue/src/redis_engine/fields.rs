//! A job as Redis keeps it: a hash of fields.

use std::{collections::HashMap, str::FromStr};

use crate::{Error, Job, JobId, Milestone, Priority, Result, State};

pub(super) type Fields = HashMap<String, Vec<u8>>;

pub(super) fn foreign(id: JobId, detail: String) -> Error {
    Error::Foreign { id, detail }
}

fn text(id: JobId, fields: &Fields, name: &str) -> Result<Option<String>> {
    fields
        .get(name)
        .map(|bytes| String::from_utf8(bytes.clone()))
        .transpose()
        .map_err(|_| foreign(id, format!("its {name} is not text")))
}

pub(super) fn number<N: FromStr>(
    id: JobId,
    fields: &Fields,
    name: &str,
) -> Result<N> {
    text(id, fields, name)?
        .and_then(|digits| digits.parse().ok())
        .ok_or_else(|| foreign(id, format!("its {name} is not a number")))
}

pub(super) fn job(fields: &Fields) -> Result<Job> {
    let id = JobId(number(JobId(0), fields, "id")?);
    let text = |name| text(id, fields, name);
    let state = text("state")?.unwrap_or_default();
    Ok(Job {
        id,
        state: State::parse(&state)
            .ok_or_else(|| foreign(id, format!("{state:?} is no state")))?,
        lane: text("lane")?.unwrap_or_default(),
        payload: text("payload")?.unwrap_or_default(),
        priority: Priority::from_rank(number(id, fields, "priority")?)
            .ok_or_else(|| {
                foreign(id, "it has no known priority".to_owned())
            })?,
        attempts: number(id, fields, "attempts")?,
        max_attempts: number(id, fields, "max_attempts")?,
        first_retry: number(id, fields, "first_retry")?,
        reason: text("reason")?,
        progress: text("progress")?,
        worker: text("worker")?,
        no_return: fields.contains_key("no_return"),
        cancel_requested: fields.contains_key("cancel_requested"),
        queued_at: number(id, fields, "queued_at")?,
        begun_at: match fields.contains_key("begun_at") {
            true => Some(number(id, fields, "begun_at")?),
            false => None,
        },
        due_at: number(id, fields, "due_at")?,
        changed_at: number(id, fields, "changed_at")?,
    })
}

pub(super) fn milestone(fields: &Fields) -> Result<Milestone> {
    let job = job(fields)?;
    Ok(Milestone {
        number: number(job.id, fields, "number")?,
        run: number(job.id, fields, "run")?,
        job,
    })
}
