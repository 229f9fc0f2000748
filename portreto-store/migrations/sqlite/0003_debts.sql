-- Copies and deletions that a store did not do when it should have: what `repair --owed` does first, without looking for it.
CREATE TABLE debts (
    store TEXT   NOT NULL,
    -- A key: its path in the store.
    path  TEXT   NOT NULL,
    since BIGINT NOT NULL,
    PRIMARY KEY (store, path)
);

-- When all copies in a shard (of 256, by the first byte of the digest) were last read and compared.
CREATE TABLE verified (
    shard TEXT   NOT NULL PRIMARY KEY,
    time  BIGINT NOT NULL
);

CREATE INDEX tombstones_by_original ON tombstones (original);
