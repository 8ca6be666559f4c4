-- Names are never given to somebody else, so a revoked account keeps its row.
CREATE TABLE accounts (
    name     TEXT PRIMARY KEY,
    key_hash BLOB UNIQUE,      -- SHA-256 of the key; NULL once it is revoked
    roles    TEXT NOT NULL,    -- names, with a space between them
    made     INTEGER NOT NULL, -- milliseconds since 1970
    revoked  INTEGER           -- milliseconds since 1970
) STRICT;

-- Browsers that are signed in. The administrator has no row in `accounts`.
CREATE TABLE sessions (
    id      TEXT PRIMARY KEY,
    account TEXT NOT NULL,
    expiry  INTEGER NOT NULL   -- seconds since 1970
) STRICT, WITHOUT ROWID;
CREATE INDEX sessions_by_account ON sessions (account, expiry);

-- One-time links that nobody has opened yet.
CREATE TABLE links (
    number    INTEGER PRIMARY KEY,
    signature TEXT NOT NULL UNIQUE, -- of the token, which only the link has
    account   TEXT NOT NULL,
    expiry    INTEGER NOT NULL      -- seconds since 1970
) STRICT;
