//! The engines that the scenes are played on: SQLite in a file of ours, and
//! Redis, where there is one.

use std::{cell::OnceCell, env};

use private_redis::PrivateRedis;
use tempfile::TempDir;

use crate::Outcome;

pub struct Engines {
    folder: TempDir,
    /// Found when the first scene asks for it.
    redis: OnceCell<Option<Redis>>,
    /// The only engine that is wanted.
    only: Option<String>,
}

/// A Redis that somebody named, or one of our own.
enum Redis {
    Named(String),
    Private(PrivateRedis),
}

impl Engines {
    pub fn new(only: Option<&str>) -> std::io::Result<Engines> {
        let folder = tempfile::tempdir()?;
        let only = only.map(str::to_owned);
        Ok(Engines { folder, redis: OnceCell::new(), only })
    }

    /// Plays a scene on Redis, if there is one.
    pub fn on_redis(&self, play: fn(&str) -> Outcome) -> Outcome {
        if self.is_wanted("redis")
            && let Some(redis) = self.redis.get_or_init(find)
        {
            return play(&redis.url());
        }
        Ok(())
    }

    /// Plays a scene on SQLite, then on Redis.
    pub fn on_each(&self, play: fn(&str) -> Outcome) -> Outcome {
        if self.is_wanted("sqlite") {
            let file = self.folder.path().join("queue.db");
            play(&format!("sqlite:{}", file.display()))?;
        }
        self.on_redis(play)
    }

    fn is_wanted(&self, engine: &str) -> bool {
        self.only.as_ref().is_none_or(|only| only == engine)
    }
}

fn find() -> Option<Redis> {
    if let Ok(url) = env::var("REDIS_URL") {
        return Some(Redis::Named(url));
    }
    match PrivateRedis::start() {
        Ok(redis) => Some(Redis::Private(redis)),
        Err(missing) => {
            println!("{missing}");
            None
        }
    }
}

impl Redis {
    fn url(&self) -> String {
        match self {
            Redis::Named(url) => url.clone(),
            Redis::Private(redis) => redis.url(),
        }
    }
}
