//! The engine for more than one machine: Redis Streams.
//!
//! Each operation is one call of a Lua script, `redis_engine/queue.lua`,
//! which also says how a queue is kept. Time is the server's.

mod connections;

use crate::{
    Claim, Enqueued, Error, Job, JobId, NewJob, Priority, Queue, Result, Retry,
    Signal, State, backoff,
    job::{millis, time},
};
use connections::{Connections, block, is_broken, is_loading};
use redis::{
    Client, Connection, ConnectionLike, FromRedisValue, RedisError,
    RedisResult, Script, ScriptInvocation, ToRedisArgs, Value,
};
use sha2::{Digest, Sha256};
use std::{
    collections::HashMap,
    sync::LazyLock,
    time::{Duration, Instant},
};

static SCRIPT: LazyLock<Script> =
    LazyLock::new(|| Script::new(include_str!("redis_engine/queue.lua")));

pub(crate) struct Redis {
    connections: Connections,
    /// Where it is, without a password.
    url: String,
    /// The key of the queue; all its other keys begin with it.
    key: String,
    about: String,
    warnings: Vec<String>,
}

/// A job's fields as Redis keeps them.
type Fields = HashMap<String, Vec<u8>>;

impl Redis {
    pub(crate) fn open(url: &str, name: &str) -> Result<Self> {
        let client =
            Client::open(url).map_err(|_| Error::Url(without_user(url)))?;
        let mut queue = Self {
            connections: Connections::new(client),
            url: without_user(url),
            key: format!("jobs:{{{name}}}"),
            about: String::new(),
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
        let safe = field("aof_enabled") == Some("1");
        if !safe {
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
        let safe = if safe { "on" } else { "off: a crash loses jobs" };
        self.about =
            format!("Redis {version} at {url}, append-only file {safe}");
        Ok(())
    }

    fn operation(&self, name: &str) -> ScriptInvocation<'static> {
        let mut call = SCRIPT.key(&self.key);
        call.arg(name);
        call
    }

    /// An operation on a job in a worker's hands.
    fn on(&self, name: &str, claim: &Claim) -> ScriptInvocation<'static> {
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
    fn about<T: FromRedisValue>(
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
                    match error.detail().and_then(State::from_word) {
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
            Some("OOM" | "MISCONF") => {
                Error::Full { place: format!("Redis at {url}"), detail }
            }
            _ if is_broken(&error) || is_loading(&error) => {
                Error::Unreachable { url, detail }
            }
            _ => Error::Redis { url, detail },
        }
    }

    fn settle(&self, claim: &Claim, verdict: Verdict) -> Result<String> {
        let mut call = self.on("settle", claim);
        call.arg(verdict.state.word()).arg(verdict.field).arg(verdict.text);
        call.arg(millis(verdict.pause)).arg(verdict.attempts);
        self.about(claim.job.id, "settle", &call)
    }

    fn ask<A: ToRedisArgs>(
        &self,
        name: &str,
        claim: &Claim,
        argument: A,
    ) -> Result<Signal> {
        let mut call = self.on(name, claim);
        call.arg(argument);
        let cancelled: bool = self.about(claim.job.id, "report on", &call)?;
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
        let token = number(JobId(0), &fields, "token")?;
        Ok(Found::Job(Box::new(Claim { job: job(&fields)?, token })))
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

/// What a worker says about its job.
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
fn without_user(url: &str) -> String {
    match (url.split_once("://"), url.rsplit_once('@')) {
        (Some((scheme, _)), Some((_, place))) => format!("{scheme}://{place}"),
        _ => url.to_owned(),
    }
}

fn foreign(id: JobId, detail: String) -> Error {
    Error::Foreign { id, detail }
}

fn text(id: JobId, fields: &Fields, name: &str) -> Result<Option<String>> {
    fields
        .get(name)
        .map(|bytes| String::from_utf8(bytes.clone()))
        .transpose()
        .map_err(|_| foreign(id, format!("its {name} is not text")))
}

fn number<N: std::str::FromStr>(
    id: JobId,
    fields: &Fields,
    name: &str,
) -> Result<N> {
    text(id, fields, name)?
        .and_then(|digits| digits.parse().ok())
        .ok_or_else(|| foreign(id, format!("its {name} is not a number")))
}

fn job(fields: &Fields) -> Result<Job> {
    let id = JobId(number(JobId(0), fields, "id")?);
    let text = |name| text(id, fields, name);
    let state = text("state")?.unwrap_or_default();
    Ok(Job {
        id,
        state: State::from_word(&state)
            .ok_or_else(|| foreign(id, format!("{state:?} is no state")))?,
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
        due_at: number(id, fields, "due_at")?,
        changed_at: number(id, fields, "changed_at")?,
    })
}

/// A queue that was never written to is at version 0.
fn version_of(redis: &mut Connection, key: &str) -> RedisResult<u64> {
    let version: Option<u64> =
        redis::cmd("HGET").arg(key).arg("version").query(redis)?;
    Ok(version.unwrap_or(0))
}

impl Queue for Redis {
    fn enqueue(&self, job: NewJob) -> Result<Enqueued> {
        let all = self.enqueue_all(vec![job])?;
        all.first().copied().ok_or_else(|| Error::Redis {
            url: self.url.clone(),
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
            // An empty key is a key, too: a letter before it tells.
            let key = job.key.as_ref().map(|key| format!("k{key}"));
            call.arg(&job.payload)
                .arg(key.unwrap_or_default())
                .arg(digest)
                .arg(job.priority.rank())
                .arg(millis(job.delay))
                .arg(u8::from(job.held))
                .arg(job.max_attempts.max(1))
                .arg(millis(job.first_retry));
        }
        // Twice would be two jobs, unless their keys tell that they are one.
        let result: RedisResult<Vec<(u64, bool)>> =
            if jobs.iter().all(|job| job.key.is_some()) {
                self.connections.twice(|redis| self.invoke(&call, redis))
            } else {
                self.connections.once(|redis| self.invoke(&call, redis))
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
                .connections
                .until(deadline, |redis| self.invoke(&call, redis))
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
            let work = format!("{}:work", self.key);
            let blocked = self
                .connections
                .once(|redis| block(redis, &work, version, wait));
            match blocked {
                Err(error) if is_broken(&error) => {} // claim connects anew
                result => result.map_err(|error| self.explain(error))?,
            }
        }
    }

    fn renew(&self, claim: &Claim, lease: Duration) -> Result<Signal> {
        self.ask("renew", claim, millis(lease))
    }

    fn progress(&self, claim: &Claim, note: &str) -> Result<Signal> {
        self.ask("progress", claim, note)
    }

    fn point_of_no_return(&self, claim: &Claim, note: &str) -> Result<()> {
        self.ask("point_of_no_return", claim, note).map(drop)
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
        let mut call = self.on("complete_and_claim", &claim);
        call.arg(note).arg(worker).arg(millis(lease));
        let answer = self.about(claim.job.id, "complete", &call)?;
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
            Err(_) if answer == State::Cancelled.word() => Retry::Cancelled,
            Err(_) => Retry::Dead,
        })
    }

    fn bury(&self, claim: Claim, reason: &str) -> Result<()> {
        self.settle(&claim, Verdict::because(State::Dead, reason)).map(drop)
    }

    fn hand_back(&self, claim: Claim, reason: &str) -> Result<()> {
        let verdict = Verdict::because(State::Waiting, reason);
        let attempts = claim.job.attempts.saturating_sub(1);
        self.settle(&claim, Verdict { attempts, ..verdict }).map(drop)
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
        let word: String = self.about(*id, "cancel", &call)?;
        State::from_word(&word)
            .ok_or_else(|| foreign(*id, format!("{word:?} is no state")))
    }

    fn release(&self, id: &JobId) -> Result<()> {
        let mut call = self.operation("release");
        call.arg(id.0);
        self.about(*id, "release", &call)
    }

    fn resend(&self, id: &JobId) -> Result<()> {
        let mut call = self.operation("resend");
        call.arg(id.0);
        self.about(*id, "resend", &call)
    }

    fn pause(&self, reason: &str, time: Duration) -> Result<()> {
        let mut call = self.operation("pause");
        call.arg(reason).arg(millis(time));
        self.call(&call)
    }

    fn resume(&self) -> Result<()> {
        self.pause("", Duration::ZERO)
    }

    fn paused(&self) -> Result<Option<String>> {
        self.call(&self.operation("paused"))
    }

    fn job(&self, id: &JobId) -> Result<Option<Job>> {
        let key = format!("{}:job:{id}", self.key);
        let fields: Fields = self
            .connections
            .twice(|redis| redis::cmd("HGETALL").arg(&key).query(redis))
            .map_err(|error| self.explain(error))?;
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

    fn version(&self) -> Result<u64> {
        self.connections
            .twice(|redis| version_of(redis, &self.key))
            .map_err(|error| self.explain(error))
    }

    fn wait_for_change(&self, seen: u64, wait: Duration) -> Result<u64> {
        let deadline = crate::deadline(wait);
        let bell = format!("{}:bell", self.key);
        loop {
            let left = deadline.saturating_duration_since(Instant::now());
            // Asked again on each new connection: a Redis that was restarted
            // may have forgotten everything, and count from 0.
            let version = self
                .connections
                .until(deadline, |redis| {
                    let version = version_of(redis, &self.key)?;
                    if version == seen && !left.is_zero() {
                        block(redis, &bell, seen, left)?;
                    }
                    Ok(version)
                })
                .map_err(|error| self.explain(error))?;
            if version != seen || left.is_zero() {
                return Ok(version);
            }
        }
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
        self.about.clone()
    }

    fn warnings(&self) -> Vec<String> {
        self.warnings.clone()
    }
}
