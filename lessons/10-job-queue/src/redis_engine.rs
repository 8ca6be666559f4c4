//! The engine for more than one machine: Redis Streams.
//!
//! Each operation is one call of a Lua script, `redis_engine/queue.lua`,
//! which also says how a queue is kept. Time is the server's.

mod access;
mod condition;
mod connections;
mod fields;
mod operations;
mod refusal;

use std::{
    sync::{Arc, LazyLock},
    time::Duration,
};

use redis::{
    FromRedisValue, RedisError, Script, ScriptInvocation, ToRedisArgs, Value,
};

use crate::{Claim, Error, JobId, Result, Signal, State, job::millis};
use condition::Condition;
use connections::Connections;
use fields::Fields;

pub use access::RedisAccess;

static SCRIPT: LazyLock<Script> =
    LazyLock::new(|| Script::new(include_str!("redis_engine/queue.lua")));

/// The queue, for one of its lanes.
pub(crate) struct Redis {
    opened: Arc<Opened>,
    lane: Arc<str>,
}

/// What all lanes share.
struct Opened {
    connections: Connections,
    /// Where it is, without a password.
    url: String,
    /// The key of the queue; all its other keys begin with it.
    key: String,
    /// Kept there since the queue was made: empty if it could not be.
    identity: String,
    description: String,
}

impl Redis {
    pub(crate) fn open(
        url: &str,
        name: &str,
        access: &RedisAccess,
    ) -> Result<Self> {
        let mut opened = Opened {
            connections: Connections::new(access.client(url)?),
            url: without_user(url),
            key: format!("jobs:{{{name}}}"),
            identity: String::new(),
            description: String::new(),
        };
        opened.description = opened.examine()?.describe(&opened.url);
        let mut call = opened.operation("open", "");
        call.arg(new_identity());
        opened.identity = opened.call(&call)?;
        Ok(Self { opened: Arc::new(opened), lane: Arc::default() })
    }

    fn in_lane(&self, name: &str) -> Self {
        Self { opened: Arc::clone(&self.opened), lane: name.into() }
    }

    fn operation(&self, name: &str) -> ScriptInvocation<'static> {
        self.opened.operation(name, &self.lane)
    }

    /// What workers of this lane block on.
    fn work_key(&self) -> String {
        let Opened { key, .. } = &*self.opened;
        match &*self.lane {
            "" => format!("{key}:work"),
            lane => format!("{key}:work:{lane}"),
        }
    }

    /// An operation on a job in a worker's hands.
    fn operation_on(
        &self,
        name: &str,
        claim: &Claim,
    ) -> ScriptInvocation<'static> {
        let mut call = self.operation(name);
        call.arg(claim.job.id.0).arg(claim.token);
        call
    }

    fn call<T: FromRedisValue>(&self, call: &ScriptInvocation) -> Result<T> {
        self.opened.call(call)
    }

    /// A call about a job, whose refusals are the script's own.
    fn call_about<T: FromRedisValue>(
        &self,
        id: JobId,
        what: &'static str,
        call: &ScriptInvocation,
    ) -> Result<T> {
        self.opened.connections.twice(|redis| call.invoke(redis)).map_err(
            |error| match error.code() {
                Some("LEASELOST") => Error::LeaseLost(id),
                Some("CANCELLED") => Error::Cancelled(id),
                Some("NOSUCHJOB") => Error::NoSuchJob(id),
                Some("NOTPOSSIBLE") => {
                    match error.detail().and_then(State::parse) {
                        Some(state) => Error::NotPossible { id, state, what },
                        None => self.explain(error),
                    }
                }
                _ => self.explain(error),
            },
        )
    }

    fn explain(&self, error: RedisError) -> Error {
        self.opened.explain(error)
    }

    fn settle(&self, claim: &Claim, verdict: Verdict) -> Result<String> {
        let mut call = self.operation_on("settle", claim);
        call.arg(verdict.state.as_str()).arg(verdict.field).arg(verdict.text);
        call.arg(millis(verdict.pause)).arg(verdict.attempts);
        self.call_about(claim.job.id, "settle", &call)
    }

    fn report<A: ToRedisArgs>(
        &self,
        name: &str,
        claim: &Claim,
        argument: A,
    ) -> Result<Signal> {
        let mut call = self.operation_on(name, claim);
        call.arg(argument);
        let cancelled: bool =
            self.call_about(claim.job.id, "report on", &call)?;
        Ok(if cancelled { Signal::Cancelled } else { Signal::Continue })
    }

    /// Reads what a claim brought: a job, or for how long there is none.
    fn found(&self, answer: Value) -> Result<Found> {
        if matches!(&answer, Value::Array(items) if items.len() == 2) {
            let (version, pause): (u64, i64) = redis::from_redis_value(answer)
                .map_err(|error| self.explain(error.into()))?;
            let pause = u64::try_from(pause).ok().map(Duration::from_millis);
            return Ok(Found::Nothing { version, pause });
        }
        let fields = Fields::from_redis_value(answer)
            .map_err(|error| self.explain(error.into()))?;
        let token = fields::number(JobId(0), &fields, "token")?;
        let job = fields::job(&fields)?;
        Ok(Found::Job(Box::new(Claim { job, token })))
    }
}

impl Opened {
    /// An operation of the script, for one lane.
    fn operation(&self, name: &str, lane: &str) -> ScriptInvocation<'static> {
        let mut call = SCRIPT.key(&self.key);
        call.arg(name).arg(lane).arg(&self.identity);
        call
    }

    /// Makes a call that may be made twice.
    fn call<T: FromRedisValue>(&self, call: &ScriptInvocation) -> Result<T> {
        self.connections
            .twice(|redis| call.invoke(redis))
            .map_err(|error| self.explain(error))
    }

    /// Whether this Redis has ever answered as one does.
    fn is_known(&self) -> bool {
        !self.description.is_empty()
    }

    /// Makes sure that this is a Redis that can keep a queue.
    fn examine(&self) -> Result<Condition> {
        let condition = self
            .connections
            .twice(Condition::ask)
            .map_err(|error| self.explain(error))?;
        match condition.unfit() {
            None => Ok(condition),
            Some(detail) => Err(Error::Unfit { url: self.url.clone(), detail }),
        }
    }
}

/// A name that no other queue has: 128 random bits.
fn new_identity() -> String {
    format!("{:032x}", fastrand::u128(..))
}

/// What a claim found.
enum Found {
    Job(Box<Claim>),
    /// Nothing is due at this version of the queue, nor for this long.
    Nothing {
        version: u64,
        pause: Option<Duration>,
    },
}

/// What a worker reports about its job.
struct Verdict<'a> {
    state: State,
    /// Where the text goes: `progress` or `reason`.
    field: &'static str,
    text: &'a str,
    /// What a job that goes back in the line waits for, and has behind it.
    pause: Duration,
    attempts: u32,
}

impl<'a> Verdict<'a> {
    fn noting(state: State, text: &'a str) -> Self {
        let (field, pause) = ("progress", Duration::ZERO);
        Self { state, field, text, pause, attempts: 0 }
    }

    fn because(state: State, text: &'a str) -> Self {
        Self { field: "reason", ..Self::noting(state, text) }
    }
}

/// An address without the name and the password in it, to be shown.
pub(crate) fn without_user(url: &str) -> String {
    let Some((before, place)) = url.rsplit_once('@') else {
        return url.to_owned();
    };
    match before.split_once("://") {
        Some((scheme, _)) => format!("{scheme}://{place}"),
        None => place.to_owned(),
    }
}
