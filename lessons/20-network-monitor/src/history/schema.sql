-- What is measured: a metric of a target.
CREATE TABLE series (
    id INTEGER PRIMARY KEY,
    metric TEXT NOT NULL,
    target TEXT NOT NULL,
    UNIQUE (metric, target)
) STRICT;

-- Why something failed. Few texts, used by many samples.
CREATE TABLE words (
    id INTEGER PRIMARY KEY,
    words TEXT NOT NULL UNIQUE
) STRICT;

-- Samples as they come, until their hour is closed. Rows are only appended,
-- so that a second of a thousand series is a few pages and not a thousand.
CREATE TABLE recent (
    id INTEGER PRIMARY KEY,
    series INTEGER NOT NULL,
    at INTEGER NOT NULL, -- Unix milliseconds, as everywhere
    value REAL,          -- NULL: lost or failed
    words INTEGER NOT NULL -- 0: none
) STRICT;

-- All samples of an hour: see block.rs.
CREATE TABLE block (
    id INTEGER PRIMARY KEY,
    series INTEGER NOT NULL,
    hour INTEGER NOT NULL,
    samples BLOB NOT NULL,
    UNIQUE (series, hour)
) STRICT;

-- What the samples of a minute, of an hour come to.
CREATE TABLE minute (
    series INTEGER NOT NULL,
    at INTEGER NOT NULL,
    count INTEGER NOT NULL,  -- all samples,
    failed INTEGER NOT NULL, -- these among them
    minimum REAL,            -- NULL where all failed
    p25 REAL,
    median REAL,
    p75 REAL,
    p95 REAL,
    maximum REAL,
    sketch BLOB NOT NULL,    -- see sketch.rs
    PRIMARY KEY (series, at)
) STRICT, WITHOUT ROWID;

CREATE TABLE hour (
    series INTEGER NOT NULL,
    at INTEGER NOT NULL,
    count INTEGER NOT NULL,
    failed INTEGER NOT NULL,
    minimum REAL,
    p25 REAL,
    median REAL,
    p75 REAL,
    p95 REAL,
    maximum REAL,
    sketch BLOB NOT NULL,
    PRIMARY KEY (series, at)
) STRICT, WITHOUT ROWID;

-- The hours in which anything was measured: by these, history ages.
CREATE TABLE measured (
    hour INTEGER PRIMARY KEY
) STRICT;

-- Speed tests' reports, whole.
CREATE TABLE result (
    id INTEGER PRIMARY KEY,
    at INTEGER NOT NULL,
    name TEXT NOT NULL,
    report TEXT NOT NULL -- JSON
) STRICT;
CREATE INDEX result_at ON result (at);
CREATE INDEX result_name ON result (name, id);

-- What happened, in words.
CREATE TABLE note (
    id INTEGER PRIMARY KEY,
    at INTEGER NOT NULL,
    words TEXT NOT NULL
) STRICT;
CREATE INDEX note_at ON note (at);

-- What the program wants to know after a restart.
CREATE TABLE state (
    key TEXT PRIMARY KEY,
    text TEXT NOT NULL
) STRICT, WITHOUT ROWID;
