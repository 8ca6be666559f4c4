//! The history of a data folder, as a program sees it.

use std::path::Path;
use std::sync::{Arc, Mutex, RwLock};

use serde_json::Value;

use crate::error::{Error, RawError, RawResult, Result};
use crate::file::File;
use crate::lock::Lock;
use crate::query::{self, Columns, HistoryQuery};
use crate::readers::{Readers, Snapshot};
use crate::recent::Recent;
use crate::records::{self, Note, TestResult};
use crate::writer::{Change, Writer, WriterHandle};
use crate::{Retention, Sample, series};

/// All that was measured. Threads share one.
pub struct History {
    file: File,
    recent: Arc<RwLock<Recent>>,
    readers: Readers,
    /// Nothing when it was opened to be read only.
    writer: Option<WriterHandle>,
    // Dropped after the writer, which is the last to touch the folder.
    _lock: Option<Lock>,
}

impl History {
    /// Opens the history of a data folder, or makes it, for the one program
    /// that writes it.
    ///
    /// # Errors
    /// When another monitor has the folder, when the folder cannot be
    /// written, or when the file is damaged, of a newer version, or another
    /// program's.
    pub fn open(data: &Path, keep: &Retention) -> Result<History> {
        let lock = Lock::take(data)?;
        let file = File::in_folder(data);
        let sql = file.open()?;
        let recent = file.explain(Recent::load(&sql))?;
        lock.reserve();
        let recent = Arc::new(RwLock::new(recent));
        let writer = Writer::new(sql, file.clone(), recent.clone(), *keep)?;
        Ok(History {
            file,
            recent,
            readers: Readers::Pool(Mutex::default()),
            writer: Some(writer.start()?),
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
        let sql = file.open_to_read()?;
        // The transaction sees this moment until the connection is closed.
        let begun = sql.execute_batch("BEGIN").map_err(RawError::from);
        let recent = begun.and_then(|()| Recent::load(&sql));
        let recent = file.explain(recent)?;
        Ok(History {
            file,
            recent: Arc::new(RwLock::new(recent)),
            readers: Readers::Frozen(Mutex::new(sql)),
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
    /// Values are rounded to six decimals (a millisecond's nanoseconds), and
    /// from 1e9 on to whole numbers. A value that is not a number counts as
    /// failed. If a series has a sample of the same millisecond, the new one
    /// moves to the next millisecond that is free.
    ///
    /// # Errors
    /// When they cannot be written, for example because the disk is full.
    pub fn record(&self, samples: &[Sample]) -> Result<()> {
        self.change(Change { samples: samples.to_vec(), ..Change::default() })
    }

    /// Keeps samples that come late, as those of a probe elsewhere whose line
    /// was cut, and a text under a key that says so: both or neither. When this
    /// returns, they survive a power cut.
    ///
    /// However old they are, the hour that is measured now goes on: they say
    /// nothing of what time it is.
    ///
    /// # Errors
    /// As for [`record`](History::record).
    pub fn record_late(
        &self,
        samples: &[Sample],
        key: &str,
        text: &str,
    ) -> Result<()> {
        self.change(Change {
            samples: samples.to_vec(),
            state: Some((key.to_owned(), text.to_owned())),
            late: true,
            durable: true,
            ..Change::default()
        })
    }

    /// Keeps a speed test's whole report, and the samples made of it. When
    /// this returns, they survive a power cut.
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
            result: Some(TestResult { at, name, report }),
            durable: true,
            ..Change::default()
        })
    }

    /// Keeps a note of what happened, such as "started", at a time in Unix
    /// milliseconds.
    ///
    /// # Errors
    /// As for [`record`](History::record).
    pub fn note(&self, at: i64, words: &str) -> Result<()> {
        let note = Note { at, words: words.to_owned() };
        self.change(Change { note: Some(note), ..Change::default() })
    }

    /// Keeps a text under a key, in place of the one before. When this
    /// returns, it survives a power cut.
    ///
    /// # Errors
    /// As for [`record`](History::record).
    pub fn set_state(&self, key: &str, text: &str) -> Result<()> {
        let state = Some((key.to_owned(), text.to_owned()));
        self.change(Change { state, durable: true, ..Change::default() })
    }

    /// Changes how long everything is kept, from now on.
    ///
    /// # Errors
    /// As for [`record`](History::record).
    pub fn set_retention(&self, keep: &Retention) -> Result<()> {
        self.change(Change { retention: Some(*keep), ..Change::default() })
    }

    /// Closes every hour that is over, and returns when that is done.
    ///
    /// # Errors
    /// When an hour cannot be closed, for example because the disk is full.
    pub fn close_hours(&self) -> Result<()> {
        self.change(Change { close_hours: true, ..Change::default() })
    }

    /// Whether the housekeeping works: hours that are over are closed, and
    /// what is too old is deleted. Otherwise the history only grows. Of a
    /// history that is only read, this is always `Ok`.
    ///
    /// # Errors
    /// What went wrong last; the writer tries again by itself.
    pub fn housekeeping(&self) -> Result<()> {
        match self.writer.as_ref().and_then(WriterHandle::trouble) {
            Some(error) => Err(error),
            None => Ok(()),
        }
    }

    /// Answers a chart's question.
    ///
    /// # Errors
    /// [`Error::Query`] when the question has no answer: an unknown metric,
    /// one with several targets and none named, too many points. Others when
    /// the file cannot be read.
    pub fn query(&self, query: &HistoryQuery) -> Result<Columns> {
        self.read_both(|snapshot| query::answer(snapshot, query))
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
        self.read_both(|snapshot| {
            series::samples(snapshot, metric, target, from, to, limit)
        })
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
    ) -> Result<Vec<TestResult>> {
        self.readers
            .read(&self.file, |sql| records::results(sql, from, to, limit))
    }

    /// The last result of a speed test.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn latest_result(&self, name: &str) -> Result<Option<TestResult>> {
        self.readers.read(&self.file, |sql| records::latest_result(sql, name))
    }

    /// What happened from one time to another, in Unix milliseconds and with
    /// both ends: the last `limit` notes, in the order of time.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn notes(&self, from: i64, to: i64, limit: usize) -> Result<Vec<Note>> {
        self.readers
            .read(&self.file, |sql| records::notes(sql, from, to, limit))
    }

    /// The text that was kept under a key.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn state(&self, key: &str) -> Result<Option<String>> {
        self.readers.read(&self.file, |sql| records::state(sql, key))
    }

    fn change(&self, change: Change) -> Result<()> {
        match &self.writer {
            Some(writer) => writer.change(change),
            None => Err(Error::OpenedToRead(self.file.path().to_owned())),
        }
    }

    fn read_both<T>(
        &self,
        question: impl FnOnce(&Snapshot<'_>) -> RawResult<T>,
    ) -> Result<T> {
        self.readers.read_both(&self.file, &self.recent, question)
    }
}
