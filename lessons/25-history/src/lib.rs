//! What was measured, kept for years and found in a moment.
//!
//! A [`History`] is one SQLite file, `history.db`, in the data folder. One
//! thread writes it; any number of threads ask.
//!
//! ```
//! use history::{History, HistoryQuery, Retention, Sample};
//!
//! let data = tempfile::tempdir()?;
//! let history = History::open(data.path(), &Retention::default())?;
//! let answer = |at, value| Sample::new(at, "ping", "router", value);
//! history.record(&[answer(0, Some(1.5)), answer(1_000, None)])?;
//!
//! let mut query = HistoryQuery::new("ping", 0, 60_000);
//! query.step = Some(60_000);
//! let chart = history.query(&query)?;
//! assert_eq!((chart.count[0], chart.failed[0]), (2, 1));
//! assert_eq!(chart.median[0], Some(1.5));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # Where a sample goes
//!
//! | when | where | what is asked of it |
//! |---|---|---|
//! | at once | table `recent`, and a copy in memory | everything |
//! | when its hour is over | a packed block, about 5 bytes a sample | every sample, exactly |
//! | at the same time | the figures of each minute and of the hour | long ranges |
//!
//! An hour is closed in one transaction: its samples are somewhere once,
//! whatever happens. A sample that comes late waits in `recent` and is taken
//! along when the next hour is closed; questions see it at once.
//!
//! Each minute and hour keeps its exact percentiles, and a [sketch] of all its
//! values, so that ten minutes or a day can be put together honestly: their
//! percentiles are within 1 % of the true ones; counts, minimum and maximum
//! are exact.
//!
//! # How much it is
//!
//! A target that is pinged once a second takes 4.5 bytes a ping as long as
//! every sample is kept, 50 bytes a minute for the minutes and 90 bytes an
//! hour for the hours. For twenty such targets and the usual
//! [`Retention`] that is 80 MB for the week of samples, and as it grows old,
//! 130 MB for the minutes of 90 days and 80 MB for the hours of five years.
//! What is deleted makes room in the file; the file does not become smaller.
//!
//! # What survives
//!
//! - `kill -9`: everything whose `record` has returned.
//! - A power cut: every result ([`History::record_result`]) and everything
//!   written before one, and all but the last ten seconds of the rest.
//! - A clock that jumps: samples keep the time that they were given, and age
//!   is counted in hours in which something was measured. A clock that stands
//!   in the wrong year for an hour ages the history by an hour.
//! - A full disk: it opens, what does not fit is refused in words, and all
//!   that was there can still be read.

mod block;
mod clock;
mod error;
mod file;
mod kept;
mod lock;
mod metric;
mod numbers;
mod pack;
mod query;
mod recent;
mod retention;
mod roll_up;
mod sample;
mod series;
pub mod sketch;
mod step;
mod summary;
mod writer;

pub use error::Error;
pub use file::set_aside;
pub use kept::{Kept, Note};
pub use metric::{METRICS, Metric, Origin};
pub use query::{Columns, HistoryQuery};
pub use retention::Retention;
pub use sample::Sample;

use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock};

use rusqlite::Connection;
use serde_json::Value;

use file::File;
use lock::Lock;
use recent::Recent;
use writer::{Change, Writer};

type Result<T> = std::result::Result<T, Error>;
type Step<T> = std::result::Result<T, Fault>;

/// All that was measured. Shared by threads as it is.
pub struct History {
    file: File,
    recent: Arc<RwLock<Recent>>,
    readers: Readers,
    /// Nothing when it was opened to be read only.
    writer: Option<Writer>,
    // After the writer, which is the last to touch the folder.
    _lock: Option<Lock>,
}

impl History {
    /// Opens the history of a data folder, or makes it, for the one program
    /// that writes it.
    ///
    /// # Errors
    /// When another monitor has the folder, when it cannot be written, or
    /// when the file is damaged, of a newer version, or no history.
    pub fn open(data: &Path, keep: &Retention) -> Result<History> {
        let lock = Lock::take(data)?;
        let file = File::in_folder(data);
        let connection = file.open_to_write()?;
        let recent = file.explains(Recent::load(&connection))?;
        lock.reserve();
        let recent = Arc::new(RwLock::new(recent));
        let writer =
            Writer::start(connection, file.clone(), recent.clone(), *keep)?;
        Ok(History {
            file,
            recent,
            readers: Readers::Many(Mutex::default()),
            writer: Some(writer),
            _lock: Some(lock),
        })
    }

    /// Opens the history of a data folder as it is now, to read it, also
    /// while a monitor writes it. What is measured later is not seen.
    ///
    /// # Errors
    /// When there is none, or it cannot be read.
    pub fn open_to_read(data: &Path) -> Result<History> {
        let file = File::in_folder(data);
        let connection = file.open_to_read()?;
        // It sees this moment until it is closed.
        let begun = connection.execute_batch("BEGIN").map_err(Fault::from);
        let recent = begun.and_then(|()| Recent::load(&connection));
        let recent = file.explains(recent)?;
        Ok(History {
            file,
            recent: Arc::new(RwLock::new(recent)),
            readers: Readers::Still(Mutex::new(connection)),
            writer: None,
            _lock: None,
        })
    }

    /// The database file.
    pub fn path(&self) -> &Path {
        self.file.path()
    }

    /// Keeps samples: all of them, or, after an error, none. A killed process
    /// loses none of them; a power cut may lose those of the last ten
    /// seconds.
    ///
    /// Values are kept to the sixth decimal, the nanosecond in a millisecond;
    /// from 1e9 on, to the unit. A value that is no number counts as failed.
    /// If a series has a sample of the same millisecond, the new one moves to
    /// the next that is free.
    ///
    /// # Errors
    /// When they cannot be written, for example because the disk is full.
    pub fn record(&self, samples: &[Sample]) -> Result<()> {
        self.change(Change { samples: samples.to_vec(), ..Change::default() })
    }

    /// Keeps what a speed test found, whole, with the samples made of it, for
    /// good.
    ///
    /// # Errors
    /// As for [`record`](History::record).
    pub fn record_result(
        &self,
        at: i64,
        name: &str,
        report: &Value,
        samples: &[Sample],
    ) -> Result<()> {
        let (name, report) = (name.to_owned(), report.clone());
        self.change(Change {
            samples: samples.to_vec(),
            result: Some(Kept { at, name, report }),
            durable: true,
            ..Change::default()
        })
    }

    /// Notes in words what happened, such as "started", at a time in Unix
    /// milliseconds.
    ///
    /// # Errors
    /// As for [`record`](History::record).
    pub fn note(&self, at: i64, words: &str) -> Result<()> {
        let note = Note { at, words: words.to_owned() };
        self.change(Change { note: Some(note), ..Change::default() })
    }

    /// Keeps a text under a key, for good, in place of the one before.
    ///
    /// # Errors
    /// As for [`record`](History::record).
    pub fn keep(&self, key: &str, text: &str) -> Result<()> {
        let state = Some((key.to_owned(), text.to_owned()));
        self.change(Change { state, durable: true, ..Change::default() })
    }

    /// Keeps samples so long from now on.
    ///
    /// # Errors
    /// As for [`record`](History::record).
    pub fn set_retention(&self, keep: &Retention) -> Result<()> {
        self.change(Change { retention: Some(*keep), ..Change::default() })
    }

    /// Waits until every hour that is over is closed.
    ///
    /// # Errors
    /// When one cannot be closed, for example because the disk is full.
    pub fn settle(&self) -> Result<()> {
        self.change(Change { settle: true, ..Change::default() })
    }

    /// Whether what is written is tidied up as well: hours closed, and what
    /// is too old deleted. Until then the history only grows. A history that
    /// is only read is never tidied up.
    ///
    /// # Errors
    /// What keeps it from that; it is tried again all the time.
    pub fn tidy(&self) -> Result<()> {
        self.writer.as_ref().and_then(Writer::trouble).map_or(Ok(()), Err)
    }

    /// Answers a chart's question.
    ///
    /// # Errors
    /// [`Error::Query`] when the question has no answer: an unknown metric,
    /// one with several targets and none named, too many points. Others when
    /// the file cannot be read.
    pub fn query(&self, query: &HistoryQuery) -> Result<Columns> {
        self.look(|look| query::answer(look, query))
    }

    /// The samples of a series from one time to another, in Unix milliseconds
    /// and with both ends, as far as each is still kept: the first `limit` of
    /// them, in the order of time.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn samples(
        &self,
        metric: &str,
        target: &str,
        from: i64,
        to: i64,
        limit: usize,
    ) -> Result<Vec<Sample>> {
        self.look(|look| series::samples(look, metric, target, from, to, limit))
    }

    /// The speed tests' results from one time to another, in Unix
    /// milliseconds and with both ends: the last `limit` of them, in the order
    /// of time.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn results(
        &self,
        from: i64,
        to: i64,
        limit: usize,
    ) -> Result<Vec<Kept>> {
        self.read(|sql| kept::results(sql, from, to, limit))
    }

    /// The last result of a speed test.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn latest_result(&self, name: &str) -> Result<Option<Kept>> {
        self.read(|sql| kept::latest_result(sql, name))
    }

    /// What happened from one time to another, in Unix milliseconds and with
    /// both ends: the last `limit` notes, in the order of time.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn notes(&self, from: i64, to: i64, limit: usize) -> Result<Vec<Note>> {
        self.read(|sql| kept::notes(sql, from, to, limit))
    }

    /// The text that was kept under a key.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn kept(&self, key: &str) -> Result<Option<String>> {
        self.read(|sql| kept::state(sql, key))
    }

    fn change(&self, change: Change) -> Result<()> {
        match &self.writer {
            Some(writer) => writer.change(change),
            None => Err(Error::OpenedToRead(self.file.path().to_owned())),
        }
    }

    /// Reads one moment's state of file and memory, while others write.
    fn look<T>(
        &self,
        question: impl FnOnce(&Look<'_>) -> Step<T>,
    ) -> Result<T> {
        self.read(|sql| {
            let recent =
                self.recent.read().unwrap_or_else(PoisonError::into_inner);
            if let Readers::Still(_) = self.readers {
                return question(&Look { sql, recent: &recent });
            }
            // An hour moves from memory to the file under the other side of
            // this lock, so that it is seen once: the first statement of a
            // transaction decides what it sees.
            let snapshot = sql.unchecked_transaction()?;
            snapshot.query_row(
                "SELECT count(*) FROM series",
                [],
                |_| Ok(()),
            )?;
            question(&Look { sql: &snapshot, recent: &recent })
        })
    }

    /// Reads the file.
    fn read<T>(
        &self,
        question: impl FnOnce(&Connection) -> Step<T>,
    ) -> Result<T> {
        let answer = match &self.readers {
            Readers::Still(sql) => question(&lock(sql)),
            Readers::Many(idle) => {
                let spare = lock(idle).pop();
                let sql = match spare {
                    Some(connection) => connection,
                    None => self.file.open_to_read()?,
                };
                let answer = question(&sql);
                // Whoever asks a stupid question may ask another.
                if matches!(answer, Ok(_) | Err(Fault::Ours(_))) {
                    lock(idle).push(sql);
                }
                answer
            }
        };
        self.file.explains(answer)
    }
}

/// The connections with which questions are answered.
enum Readers {
    /// Those that nobody uses just now; more are made as they are needed.
    Many(Mutex<Vec<Connection>>),
    /// One that sees a single moment.
    Still(Mutex<Connection>),
}

/// A poisoned lock guards nothing half-done.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// One moment's state of the file and of the memory.
struct Look<'a> {
    sql: &'a Connection,
    recent: &'a Recent,
}

/// What went wrong inside: ours to tell, or SQLite's.
#[derive(Debug)]
enum Fault {
    Ours(Error),
    Sql(rusqlite::Error),
    /// The samples of an hour are no block.
    Block {
        series: i64,
        hour: i64,
    },
}

impl From<Error> for Fault {
    fn from(error: Error) -> Fault {
        Fault::Ours(error)
    }
}

impl From<rusqlite::Error> for Fault {
    fn from(error: rusqlite::Error) -> Fault {
        Fault::Sql(error)
    }
}
