//! The ids of series and error texts, known without asking the file.

use std::collections::HashMap;

use rusqlite::Connection;

use crate::error::RawResult;

/// The most error texts that are kept. Texts with a time or a random number
/// in them would otherwise fill the disk.
pub(super) const MOST_ERROR_TEXTS: usize = 10_000;
/// The most bytes of an error text that are kept.
const LONGEST_ERROR_TEXT: usize = 500;
/// Stands for every text that is one too many.
const TOO_MANY: &str = "another error: too many different ones to keep";

#[derive(Default)]
pub(super) struct Ids {
    /// By metric, then by target.
    series: HashMap<String, HashMap<String, i64>>,
    error_texts: HashMap<String, u32>,
}

impl Ids {
    pub fn load(sql: &Connection) -> RawResult<Ids> {
        let mut ids = Ids::default();
        let mut rows = sql.prepare("SELECT metric, target, id FROM series")?;
        let mut rows = rows.query([])?;
        while let Some(row) = rows.next()? {
            let targets = ids.series.entry(row.get(0)?).or_default();
            targets.insert(row.get(1)?, row.get(2)?);
        }
        let mut rows = sql.prepare("SELECT words, id FROM words")?;
        let mut rows = rows.query([])?;
        while let Some(row) = rows.next()? {
            ids.error_texts.insert(row.get(0)?, row.get(1)?);
        }
        Ok(ids)
    }

    /// How many error texts there are.
    pub fn error_texts(&self) -> usize {
        self.error_texts.len()
    }

    /// The id of a series; a new series is written.
    pub fn series(
        &mut self,
        sql: &Connection,
        metric: &str,
        target: &str,
    ) -> RawResult<i64> {
        let targets = self.series.get(metric);
        if let Some(id) = targets.and_then(|targets| targets.get(target)) {
            return Ok(*id);
        }
        sql.execute(
            "INSERT INTO series (metric, target) VALUES (?1, ?2)",
            [metric, target],
        )?;
        let id = sql.last_insert_rowid();
        let targets = self.series.entry(metric.to_owned()).or_default();
        targets.insert(target.to_owned(), id);
        Ok(id)
    }

    /// The id of an error text; a new text is written.
    pub fn error_text(
        &mut self,
        sql: &Connection,
        text: &str,
    ) -> RawResult<u32> {
        let text = &text[..text.floor_char_boundary(LONGEST_ERROR_TEXT)];
        if let Some(id) = self.error_texts.get(text) {
            return Ok(*id);
        }
        if self.error_texts.len() >= MOST_ERROR_TEXTS && text != TOO_MANY {
            return self.error_text(sql, TOO_MANY);
        }
        sql.execute("INSERT INTO words (words) VALUES (?1)", [text])?;
        let id = u32::try_from(sql.last_insert_rowid());
        let id = id.expect("there are at most 10,001 of them at a time");
        self.error_texts.insert(text.to_owned(), id);
        Ok(id)
    }
}
