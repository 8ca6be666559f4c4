-- Why the queue stands still until a person resumes it.
ALTER TABLE queues ADD COLUMN halted TEXT;
-- How long a pause and a lease last, in milliseconds. One that ends later
-- than that from now on was given before the clock was set back.
ALTER TABLE queues ADD COLUMN pause_length INTEGER NOT NULL DEFAULT 60000;
ALTER TABLE jobs ADD COLUMN lease_length INTEGER NOT NULL DEFAULT 60000;
