//! Where a test's queue is: in a SQLite file or in Redis.

use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use job_queue::{Queue, open};
use private_redis::PrivateRedis;
use tempfile::TempDir;

use crate::scratch;

/// The Redis that the tests share, each with a queue of its own.
static REDIS: Mutex<Option<PrivateRedis>> = Mutex::new(None);

/// Where a test's queue is.
pub struct QueueWorld {
    /// The engine.
    pub url: String,
    /// The queue's name there.
    pub name: String,
    folder: Option<TempDir>,
}

impl QueueWorld {
    /// A queue in a file of its own.
    pub fn sqlite() -> QueueWorld {
        let folder = scratch();
        let file = folder.path().join("queue.db");
        QueueWorld {
            url: format!("sqlite:{}", file.display()),
            name: "queue".to_owned(),
            folder: Some(folder),
        }
    }

    /// A queue of a name of its own, in the Redis that all tests share.
    pub fn redis(test: &str) -> QueueWorld {
        let mut shared = shared_redis();
        let redis = shared
            .get_or_insert_with(|| PrivateRedis::start().expect("it is here"));
        let mut name = test.to_owned();
        name.truncate(50);
        QueueWorld { url: redis.url(), name, folder: None }
    }

    /// Opens the queue.
    ///
    /// # Errors
    /// As [`job_queue::open`].
    pub fn open(&self) -> job_queue::Result<Arc<dyn Queue>> {
        open(&self.url, &self.name)
    }

    /// The queue, which opens.
    pub fn queue(&self) -> Arc<dyn Queue> {
        self.open().expect("the queue opens")
    }

    /// Another queue of the same engine.
    pub fn queue_named(&self, name: &str) -> Arc<dyn Queue> {
        open(&self.url, &format!("{}.{name}", self.name)).expect("it opens")
    }

    /// The file of a queue in SQLite.
    pub fn file(&self) -> PathBuf {
        let folder = self.folder.as_ref().expect("SQLite's world");
        folder.path().join("queue.db")
    }

    /// Ends the Redis that all tests share.
    pub fn end_redis() {
        drop(shared_redis().take());
    }
}

fn shared_redis() -> MutexGuard<'static, Option<PrivateRedis>> {
    REDIS.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Makes two tests of each function that takes a [`QueueWorld`]: one on SQLite,
/// and one on Redis where there is one.
#[macro_export]
macro_rules! on_both_engines {
    ($($test:ident),* $(,)?) => { vec![$(
        $crate::Test::new(concat!("sqlite: ", stringify!($test)), || {
            $test(&$crate::QueueWorld::sqlite());
        }),
        $crate::needs(
            $crate::Tool::Redis,
            $crate::Test::new(concat!("redis: ", stringify!($test)), || {
                $test(&$crate::QueueWorld::redis(stringify!($test)));
            }),
        ),
    )*] };
}
