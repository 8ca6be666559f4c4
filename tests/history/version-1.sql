-- A history as version 1 of its file left it after a crash. Never change it:
-- such files are out there.
PRAGMA journal_mode = WAL;
PRAGMA application_id = 0x4e65744d;
PRAGMA user_version = 1;

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
CREATE TABLE blocks (
    id INTEGER PRIMARY KEY,
    series INTEGER NOT NULL,
    start INTEGER NOT NULL,
    samples BLOB NOT NULL,
    UNIQUE (series, start)
) STRICT;

-- What the samples of each minute come to, an hour a row: see pack.rs.
CREATE TABLE minutes (
    id INTEGER PRIMARY KEY,
    series INTEGER NOT NULL,
    start INTEGER NOT NULL,
    summaries BLOB NOT NULL,
    UNIQUE (series, start)
) STRICT;

-- The same of each hour, a day a row.
CREATE TABLE hours (
    id INTEGER PRIMARY KEY,
    series INTEGER NOT NULL,
    start INTEGER NOT NULL,
    summaries BLOB NOT NULL,
    UNIQUE (series, start)
) STRICT;

-- The hours in which anything was measured, in the order in which they were
-- closed: by this order, history ages.
CREATE TABLE measured (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    hour INTEGER NOT NULL UNIQUE,
    holds INTEGER NOT NULL DEFAULT 3 -- 3: samples, minutes, hour; 2: without
                                     -- samples; 1: the hour alone
) STRICT;
CREATE INDEX measured_holds ON measured (holds, id);

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

INSERT INTO series VALUES (1, 'ping', 'router');
INSERT INTO words VALUES (1, 'no answer within 1 s');
-- 1.5 ms, a second later 1.75 ms, a second later nothing.
INSERT INTO blocks VALUES
    (1, 1, 1795478400000, x'010300d00f0003b917f50300020101');
INSERT INTO minutes VALUES
    (1, 1, 1795478400000,
     x'010100030103b91703b91703b91703ad1b03ad1b03ad1b0428011001');
INSERT INTO hours VALUES
    (1, 1, 1795478400000,
     x'010100030103b91703b91703b91703ad1b03ad1b03ad1b0428011001');
INSERT INTO measured (hour) VALUES (1795478400000);
-- The hour that was open.
INSERT INTO recent VALUES (1, 1, 1795482000000, 2.5, 0);
INSERT INTO result VALUES (1, 1795478400000, 'home', '{"stable": true}');
INSERT INTO note VALUES (1, 1795478400000, 'started');
INSERT INTO state VALUES ('alerts', '{}');
INSERT INTO state VALUES ('in use', '');
