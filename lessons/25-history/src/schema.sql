-- What is measured: a metric of a target.
CREATE TABLE series (
    id INTEGER PRIMARY KEY,
    metric TEXT NOT NULL,
    target TEXT NOT NULL,
    UNIQUE (metric, target)
) STRICT;

-- Error texts: why samples failed. Few texts, used by many samples.
CREATE TABLE words (
    id INTEGER PRIMARY KEY,
    words TEXT NOT NULL UNIQUE
) STRICT;

-- Samples as they come, until their hour is closed. Rows are only appended:
-- a second of a thousand series changes a few pages, and not a thousand.
CREATE TABLE recent (
    id INTEGER PRIMARY KEY,
    series INTEGER NOT NULL,
    at INTEGER NOT NULL, -- Unix milliseconds, as everywhere
    value REAL,          -- NULL: lost or failed
    words INTEGER NOT NULL -- the error text; 0: none
) STRICT;

-- All samples of an hour: see block.rs.
CREATE TABLE blocks (
    id INTEGER PRIMARY KEY,
    series INTEGER NOT NULL,
    start INTEGER NOT NULL,
    samples BLOB NOT NULL,
    UNIQUE (series, start)
) STRICT;

-- Summaries of the minutes, an hour a row: see pack.rs.
CREATE TABLE minutes (
    id INTEGER PRIMARY KEY,
    series INTEGER NOT NULL,
    start INTEGER NOT NULL,
    summaries BLOB NOT NULL,
    UNIQUE (series, start)
) STRICT;

-- Summaries of the hours, a day a row.
CREATE TABLE hours (
    id INTEGER PRIMARY KEY,
    series INTEGER NOT NULL,
    start INTEGER NOT NULL,
    summaries BLOB NOT NULL,
    UNIQUE (series, start)
) STRICT;

-- The hours in which anything was measured, in the order in which they were
-- closed. By this order they age: see roll_up.rs.
CREATE TABLE measured (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    hour INTEGER NOT NULL UNIQUE,
    holds INTEGER NOT NULL DEFAULT 3 -- 3: samples, minutes, hour; 2: without
                                     -- samples; 1: the hour alone
) STRICT;
CREATE INDEX measured_holds ON measured (holds, id);

-- The whole reports of speed tests.
CREATE TABLE result (
    id INTEGER PRIMARY KEY,
    at INTEGER NOT NULL,
    name TEXT NOT NULL,
    report TEXT NOT NULL -- JSON
) STRICT;
CREATE INDEX result_at ON result (at);
CREATE INDEX result_name ON result (name, id);

-- Notes of what happened.
CREATE TABLE note (
    id INTEGER PRIMARY KEY,
    at INTEGER NOT NULL,
    words TEXT NOT NULL
) STRICT;
CREATE INDEX note_at ON note (at);

-- Texts under a key, which the program wants to have after a restart.
CREATE TABLE state (
    key TEXT PRIMARY KEY,
    text TEXT NOT NULL
) STRICT, WITHOUT ROWID;
