//! The engine for more than one machine: Redis Streams.
//!
//! Each operation is one call of a Lua script, `redis_engine/queue.lua`,
//! which also says how a queue is kept. Time is the server's.

mod connections;
mod fields;
mod operations;

use std::{sync::LazyLock, time::Duration};

use redis::{
    Client, ConnectionLike, FromRedisValue, RedisError, RedisResult, Script,
    ScriptInvocation, ToRedisArgs, Value,
};

use crate::{Claim, Error, JobId, Result, Signal, State, job::millis};
use connections::{Connections, is_broken, is_loading};
use fields::Fields;

static SCRIPT: LazyLock<Script> =
    LazyLock::new(|| Script::new(include_str!("redis_engine/queue.lua")));

pub(crate) struct Redis {
    connections: Connections,
    /// Where it is, without a password.
    url: String,
    /// The key of the queue; all its other keys begin with it.
    key: String,
    description: String,
    warnings: Vec<String>,
}

impl Redis {
    pub(crate) fn open(url: &str, name: &str) -> Result<Self> {
        let client =
            Client::open(url).map_err(|_| Error::Url(without_user(url)))?;
        let mut queue = Self {
            connections: Connections::new(client),
            url: without_user(url),
            key: format!("jobs:{{{name}}}"),
            description: String::new(),
            warnings: Vec::new(),
        };
        queue.examine()?;
        queue.call::<String>(&queue.operation("open"))?;
        Ok(queue)
    }

    /// Makes sure that this is a Redis that can keep a queue, and notes why it
    /// may not keep it for long.
    fn examine(&mut self) -> Result<()> {
        let info: String = self
            .connections
            .twice(|redis| redis::cmd("INFO").query(redis))
            .map_err(|error| self.explain(error))?;
        let url = self.url.clone();
        let field = |name: &str| {
            info.lines().find_map(|line| {
                line.strip_prefix(name)?.strip_prefix(':').map(str::trim)
            })
        };
        let Some(version) = field("redis_version") else {
            let detail = "it does not say which version it is".to_owned();
            return Err(Error::Unfit { url, detail });
        };
        if !new_enough(version) {
            let detail = format!("it is {version}; 6.2 or newer is needed");
            return Err(Error::Unfit { url, detail });
        }
        let has_log = field("aof_enabled") == Some("1");
        if !has_log {
            self.warnings.push(format!(
                "Redis at {url} keeps no append-only file: if it is killed, \
                 jobs are lost. Set `appendonly yes`"
            ));
        }
        if let Some(policy) = field("maxmemory_policy")
            && policy != "noeviction"
        {
            self.warnings.push(format!(
                "Redis at {url} may throw jobs away when memory is short. Set \
                 `maxmemory-policy noeviction`"
            ));
        }
        let log = if has_log { "on" } else { "off: a crash loses jobs" };
        self.description =
            format!("Redis {version} at {url}, append-only file {log}");
        Ok(())
    }

    fn operation(&self, name: &str) -> ScriptInvocation<'static> {
        let mut call = SCRIPT.key(&self.key);
        call.arg(name);
        call
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

    /// Makes a call that may be made twice.
    fn call<T: FromRedisValue>(&self, call: &ScriptInvocation) -> Result<T> {
        self.connections
            .twice(|redis| self.invoke(call, redis))
            .map_err(|error| self.explain(error))
    }

    fn invoke<T: FromRedisValue>(
        &self,
        call: &ScriptInvocation,
        redis: &mut dyn ConnectionLike,
    ) -> RedisResult<T> {
        match call.invoke(redis) {
            // Somebody emptied this Redis: begin again.
            Err(error) if error.code() == Some("NOGROUP") => {
                self.operation("open").invoke::<()>(redis)?;
                call.invoke(redis)
            }
            result => result,
        }
    }

    /// A call about a job, whose refusals are the script's own.
    fn call_about<T: FromRedisValue>(
        &self,
        id: JobId,
        what: &'static str,
        call: &ScriptInvocation,
    ) -> Result<T> {
        self.connections.twice(|redis| self.invoke(call, redis)).map_err(
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
        let (url, detail) = (self.url.clone(), error.to_string());
        match error.code() {
            Some("OOM") => {
                let place = format!("the memory of Redis at {url}");
                Error::Full { place, detail }
            }
            Some("MISCONF") => {
                let place = format!("the disk of Redis at {url}");
                Error::Full { place, detail }
            }
            Some("READONLY") => Error::Unfit {
                url,
                detail: "it is a replica, which takes no changes. Name its \
                         master"
                    .to_owned(),
            },
            _ if is_broken(&error) || is_loading(&error) => {
                Error::Unreachable { url, detail }
            }
            _ => Error::Redis { url, detail },
        }
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

fn new_enough(version: &str) -> bool {
    let mut parts = version.split('.').map(|part| part.parse::<u32>());
    match (parts.next(), parts.next()) {
        (Some(Ok(major)), Some(Ok(minor))) => (major, minor) >= (6, 2),
        _ => false,
    }
}

/// The URL without user name and password.
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
