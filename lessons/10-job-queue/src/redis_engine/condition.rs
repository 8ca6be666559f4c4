//! What a Redis says about itself: whether it can keep a queue, and what may
//! make it lose one.

use redis::{Connection, RedisResult};

/// A Redis as its INFO describes it (redis.io/commands/info).
pub(super) struct Condition {
    version: Option<String>,
    is_replica: bool,
    has_log: bool,
    is_log_failing: bool,
    is_full: bool,
    eviction: Option<String>,
}

impl Condition {
    pub(super) fn ask(redis: &mut Connection) -> RedisResult<Self> {
        let info: String = redis::cmd("INFO").query(redis)?;
        let field = |name: &str| {
            info.lines().find_map(|line| {
                line.strip_prefix(name)?.strip_prefix(':').map(str::trim)
            })
        };
        let bytes = |name| field(name).and_then(|text| text.parse().ok());
        let used: u64 = bytes("used_memory").unwrap_or(0);
        let most: u64 = bytes("maxmemory").unwrap_or(0);
        let has_failed = |name| field(name).is_some_and(|word| word != "ok");
        Ok(Self {
            version: field("redis_version").map(str::to_owned),
            is_replica: field("role") == Some("slave"),
            has_log: field("aof_enabled") == Some("1"),
            is_log_failing: has_failed("aof_last_write_status"),
            is_full: most > 0 && used >= most,
            eviction: field("maxmemory_policy")
                .filter(|policy| *policy != "noeviction")
                .map(str::to_owned),
        })
    }

    /// Why no queue can be kept there, if none can.
    pub(super) fn unfit(&self) -> Option<String> {
        match &self.version {
            None => Some("it does not say which version it is".to_owned()),
            Some(version) if !is_new_enough(version) => {
                Some(format!("it is {version}; 6.2 or newer is needed"))
            }
            Some(_) => None,
        }
    }

    pub(super) fn describe(&self, url: &str) -> String {
        let version = self.version.as_deref().unwrap_or("of no version");
        let log = match self.has_log {
            true => "on",
            false => "off: a crash loses jobs",
        };
        format!("Redis {version} at {url}, append-only file {log}")
    }

    /// What an administrator should change, a sentence each.
    pub(super) fn warnings(&self, url: &str) -> Vec<String> {
        let mut warnings = Vec::new();
        if self.is_replica {
            warnings.push(format!(
                "Redis at {url} is a read-only replica: it takes no jobs. \
                 Name its master"
            ));
        }
        if self.is_full {
            warnings.push(format!(
                "the memory of Redis at {url} is full: it takes no jobs. \
                 Raise `maxmemory`"
            ));
        }
        if !self.has_log {
            warnings.push(format!(
                "Redis at {url} keeps no append-only file: if it is killed, \
                 jobs are lost. Set `appendonly yes`"
            ));
        }
        if self.is_log_failing {
            warnings.push(format!(
                "Redis at {url} cannot write its append-only file: it takes \
                 no jobs. Look at its disk"
            ));
        }
        if let Some(policy) = &self.eviction {
            warnings.push(format!(
                "Redis at {url} may throw jobs away when memory is short \
                 ({policy}). Set `maxmemory-policy noeviction`"
            ));
        }
        warnings
    }
}

fn is_new_enough(version: &str) -> bool {
    let mut parts = version.split('.').map(|part| part.parse::<u32>());
    match (parts.next(), parts.next()) {
        (Some(Ok(major)), Some(Ok(minor))) => (major, minor) >= (6, 2),
        _ => false,
    }
}
