-- The name of this ledger, under which queues keep what is meant for it.
CREATE TABLE ledger (name TEXT NOT NULL) STRICT;
INSERT INTO ledger VALUES (lower(hex(randomblob(8))));

-- One row a job. Queues that lose all they have count from 1 again: a job is
-- known by its number and the millisecond in which it was queued.
CREATE TABLE records (
    id         INTEGER PRIMARY KEY,
    job        INTEGER NOT NULL,
    asked_at   INTEGER NOT NULL,
    -- The last milestone of it that is in here.
    milestone  INTEGER NOT NULL,
    run        INTEGER NOT NULL,
    -- What came out in that run: what is said of it later takes their place.
    run_pages  INTEGER NOT NULL,
    run_sheets INTEGER NOT NULL,
    user       TEXT NOT NULL,
    name       TEXT,
    origin     TEXT,
    printer    TEXT NOT NULL,
    color      INTEGER NOT NULL,
    ordered    INTEGER NOT NULL,
    -- What came out in all runs.
    pages      INTEGER NOT NULL,
    sheets     INTEGER NOT NULL,
    begun_at   INTEGER,
    -- Absent until the job has ended once.
    ended_at   INTEGER,
    state      TEXT NOT NULL,
    reason     TEXT,
    -- Whether it waits or prints, so that pages of it are still to come.
    is_open    INTEGER NOT NULL,
    UNIQUE (job, asked_at)
) STRICT;
CREATE INDEX newest ON records (ended_at, id) WHERE ended_at IS NOT NULL;
CREATE INDEX by_user ON records (user, ended_at, id)
    WHERE ended_at IS NOT NULL;
CREATE INDEX open_jobs ON records (user) WHERE is_open;

-- All that each printer has ever printed, also what is kept no longer.
CREATE TABLE totals (
    printer TEXT PRIMARY KEY,
    pages   INTEGER NOT NULL,
    sheets  INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
