-- One row a queue: its version grows with every change, and hands out places.
CREATE TABLE queues (
    id           INTEGER PRIMARY KEY,
    name         TEXT NOT NULL UNIQUE,
    version      INTEGER NOT NULL DEFAULT 0,
    paused_until INTEGER NOT NULL DEFAULT 0,
    pause_reason TEXT NOT NULL DEFAULT ''
) STRICT;

CREATE TABLE jobs (
    id               INTEGER PRIMARY KEY AUTOINCREMENT,
    queue            INTEGER NOT NULL REFERENCES queues,
    state            TEXT NOT NULL,
    payload          TEXT NOT NULL,
    priority         INTEGER NOT NULL,
    attempts         INTEGER NOT NULL DEFAULT 0,
    max_attempts     INTEGER NOT NULL,
    first_retry      INTEGER NOT NULL,
    reason           TEXT,
    progress         TEXT,
    worker           TEXT,
    no_return        INTEGER NOT NULL DEFAULT 0,
    cancel_requested INTEGER NOT NULL DEFAULT 0,
    queued_at        INTEGER NOT NULL,
    due_at           INTEGER NOT NULL,
    changed_at       INTEGER NOT NULL,
    -- The place in the line, given when the job first becomes ready; it
    -- keeps it through retries.
    place            INTEGER,
    ready            INTEGER NOT NULL,
    lease_until      INTEGER NOT NULL DEFAULT 0,
    -- Grows with each claim: the fence against those who held it before.
    token            INTEGER NOT NULL DEFAULT 0
) STRICT;

-- Each question that is asked all the time has an index that holds only the
-- jobs it is about: 100,000 finished jobs slow no claim down.
CREATE INDEX line ON jobs (queue, priority, place)
    WHERE state = 'waiting' AND ready = 1;
CREATE INDEX delayed ON jobs (queue, due_at)
    WHERE state = 'waiting' AND ready = 0;
CREATE INDEX leases ON jobs (queue, lease_until) WHERE state = 'running';
CREATE INDEX finished ON jobs (queue, changed_at)
    WHERE state IN ('done', 'cancelled');
CREATE INDEX newest ON jobs (queue, id);

CREATE TABLE keys (
    queue   INTEGER NOT NULL REFERENCES queues,
    key     TEXT NOT NULL,
    job     INTEGER NOT NULL,
    digest  BLOB NOT NULL,
    seen_at INTEGER NOT NULL,
    PRIMARY KEY (queue, key)
) STRICT, WITHOUT ROWID;
CREATE INDEX old_keys ON keys (seen_at);

