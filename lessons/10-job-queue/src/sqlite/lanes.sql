-- A queue has lines beside its own, its lanes. '' is its own.
ALTER TABLE jobs ADD COLUMN lane TEXT NOT NULL DEFAULT '';
DROP INDEX line;
CREATE INDEX line ON jobs (queue, lane, priority, place)
    WHERE state = 'waiting' AND ready = 1;

-- Which worker serves a lane.
CREATE INDEX served ON jobs (queue, lane) WHERE state = 'running';

-- Whether a lane stands still, and why. A lane without a row never did.
CREATE TABLE lanes (
    queue        INTEGER NOT NULL REFERENCES queues,
    name         TEXT NOT NULL,
    paused_until INTEGER NOT NULL DEFAULT 0,
    pause_reason TEXT NOT NULL DEFAULT '',
    pause_length INTEGER NOT NULL DEFAULT 60000,
    halted       TEXT,
    PRIMARY KEY (queue, name)
) STRICT, WITHOUT ROWID;
INSERT INTO lanes
    SELECT id, '', paused_until, pause_reason, pause_length, halted
    FROM queues;
ALTER TABLE queues DROP COLUMN paused_until;
ALTER TABLE queues DROP COLUMN pause_reason;
ALTER TABLE queues DROP COLUMN pause_length;
ALTER TABLE queues DROP COLUMN halted;

-- A milestone belongs to the lane that the job was in.
ALTER TABLE milestones ADD COLUMN lane TEXT NOT NULL DEFAULT '';
DROP TRIGGER queued;
CREATE TRIGGER queued AFTER INSERT ON jobs WHEN new.outbox IS NOT NULL
BEGIN
    INSERT INTO milestones (outbox, job, run, lane, state, at)
    VALUES (new.outbox, new.id, new.token, new.lane, new.state,
        new.changed_at);
END;

DROP TRIGGER ended;
-- ANCHOR: ended
CREATE TRIGGER ended AFTER UPDATE OF state ON jobs
WHEN new.outbox IS NOT NULL AND new.state != old.state
    AND (new.state IN ('done', 'dead', 'cancelled', 'uncertain')
        OR old.state IN ('dead', 'cancelled', 'uncertain'))
BEGIN
    INSERT INTO milestones
        (outbox, job, run, lane, state, reason, progress, begun_at, at)
    VALUES (new.outbox, new.id, old.token, old.lane, new.state, new.reason,
        CASE WHEN old.no_return OR new.state = 'done' THEN new.progress END,
        new.begun_at, new.changed_at);
END;
-- ANCHOR_END: ended
