-- The catalog: what the stores cannot answer quickly. Everything here except jobs, events and marks
-- can be made again from the stores alone.
--
-- Digests and ids are lower-case text, so that a person with `sqlite3` can read them. Times are
-- microseconds since 1970-01-01 UTC.

CREATE TABLE images (
    id         TEXT   NOT NULL PRIMARY KEY,
    -- The id's hexadecimal digits backwards: abbreviations by the end of an id are a range of these.
    reversed   TEXT   NOT NULL UNIQUE,
    owner      TEXT   NOT NULL,
    digest     TEXT   NOT NULL,
    name       TEXT   NOT NULL,
    media_type TEXT   NOT NULL,
    width      BIGINT NOT NULL,
    height     BIGINT NOT NULL,
    bytes      BIGINT NOT NULL,
    created    BIGINT NOT NULL,
    -- Of the record in the stores: the highest is the newest.
    revision   BIGINT NOT NULL,
    UNIQUE (owner, digest)
);
CREATE INDEX images_by_digest ON images (digest);

CREATE TABLE labels (
    image TEXT NOT NULL REFERENCES images (id) ON DELETE CASCADE,
    label TEXT NOT NULL,
    PRIMARY KEY (image, label)
);
CREATE INDEX labels_by_label ON labels (label, image);

CREATE TABLE variants (
    original       TEXT   NOT NULL,
    transform      TEXT   NOT NULL,
    engine_version BIGINT NOT NULL,
    digest         TEXT   NOT NULL,
    media_type     TEXT   NOT NULL,
    width          BIGINT NOT NULL,
    height         BIGINT NOT NULL,
    bytes          BIGINT NOT NULL,
    PRIMARY KEY (original, transform, engine_version)
);
CREATE INDEX variants_by_digest ON variants (digest);

CREATE TABLE stores (
    id     TEXT   NOT NULL PRIMARY KEY,
    uuid   TEXT   NOT NULL UNIQUE,
    url    TEXT   NOT NULL UNIQUE,
    state  TEXT   NOT NULL CHECK (state IN ('active', 'draining')),
    weight BIGINT NOT NULL CHECK (weight > 0)
);

-- A transform to be run: one row for each variant ever asked for with an upload.
CREATE TABLE jobs (
    original       TEXT   NOT NULL,
    transform      TEXT   NOT NULL,
    engine_version BIGINT NOT NULL,
    state          TEXT   NOT NULL CHECK (state IN ('queued', 'done', 'failed')),
    reason         TEXT,
    changed        BIGINT NOT NULL,
    PRIMARY KEY (original, transform, engine_version)
);
CREATE INDEX jobs_by_state ON jobs (state, changed);

-- The outbox: facts, each written in the transaction of the fact itself.
CREATE TABLE events (
    position INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    id       TEXT    NOT NULL UNIQUE,
    kind     TEXT    NOT NULL,
    subject  TEXT    NOT NULL,
    time     BIGINT  NOT NULL,
    data     TEXT    NOT NULL
);

-- Deleted images: the debt of a tombstone in every store. Final.
CREATE TABLE tombstones (
    image    TEXT   NOT NULL PRIMARY KEY,
    original TEXT   NOT NULL,
    deleted  BIGINT NOT NULL
);

-- Blobs that nothing refers to. Marked, then condemned, then removed from the stores; a condemned row
-- stays a while to tell an uploader who saw the blob there that it has gone since.
CREATE TABLE garbage (
    digest TEXT   NOT NULL PRIMARY KEY,
    state  TEXT   NOT NULL CHECK (state IN ('marked', 'condemned')),
    since  BIGINT NOT NULL
);
