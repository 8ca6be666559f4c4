-- Which outbox keeps a job's milestones, and when a worker last took it.
ALTER TABLE jobs ADD COLUMN outbox TEXT;
ALTER TABLE jobs ADD COLUMN begun_at INTEGER;

-- A milestone tells that a job was queued, came to an end, or was sent again.
-- Triggers write it: whatever changes a job, the two are one transaction.
CREATE TABLE milestones (
    number   INTEGER PRIMARY KEY AUTOINCREMENT,
    outbox   TEXT NOT NULL,
    job      INTEGER NOT NULL REFERENCES jobs,
    run      INTEGER NOT NULL,
    state    TEXT NOT NULL,
    reason   TEXT,
    -- That of the run, once it had passed its point of no return.
    progress TEXT,
    begun_at INTEGER,
    at       INTEGER NOT NULL
) STRICT;
CREATE INDEX outboxes ON milestones (outbox, number);
CREATE INDEX kept ON milestones (job);

CREATE TRIGGER queued AFTER INSERT ON jobs WHEN new.outbox IS NOT NULL
BEGIN
    INSERT INTO milestones (outbox, job, run, state, at)
    VALUES (new.outbox, new.id, new.token, new.state, new.changed_at);
END;

CREATE TRIGGER ended AFTER UPDATE OF state ON jobs
WHEN new.outbox IS NOT NULL AND new.state != old.state
    AND (new.state IN ('done', 'dead', 'cancelled', 'uncertain')
        OR old.state IN ('dead', 'cancelled', 'uncertain'))
BEGIN
    INSERT INTO milestones
        (outbox, job, run, state, reason, progress, begun_at, at)
    VALUES (new.outbox, new.id, old.token, new.state, new.reason,
        CASE WHEN old.no_return OR new.state = 'done' THEN new.progress END,
        new.begun_at, new.changed_at);
END;
