-- Jobs as a queue: who works on one, until when, and how often it has been tried. Made anew, since a check cannot be changed.
CREATE TABLE jobs_new (
    id             TEXT   NOT NULL PRIMARY KEY,
    original       TEXT   NOT NULL,
    transform      TEXT   NOT NULL,
    engine_version BIGINT NOT NULL,
    -- Who asked first. Others who have the same picture see the job, too.
    owner          TEXT   NOT NULL,
    state          TEXT   NOT NULL CHECK (state IN ('queued', 'running', 'done', 'failed', 'dead', 'canceled')),
    -- The higher, the sooner; each step is worth a minute of waiting.
    priority       BIGINT NOT NULL,
    -- The moment at which it is its turn if every job of its owner took a tenth of a second.
    turn           BIGINT NOT NULL,
    -- How often it was begun. Never less than before: it fences off workers that come too late.
    attempt        BIGINT NOT NULL,
    -- The attempt that is the last one.
    last_attempt   BIGINT NOT NULL,
    -- By the clock of the database: not to be begun before; of a running one, the end of its lease.
    due            BIGINT NOT NULL,
    worker         TEXT,
    reason         TEXT,
    created        BIGINT NOT NULL,
    changed        BIGINT NOT NULL,
    UNIQUE (original, transform, engine_version)
);
INSERT INTO jobs_new
SELECT lower(hex(randomblob(4)) || '-' || hex(randomblob(2)) || '-4' || substr(hex(randomblob(2)), 2) || '-a'
           || substr(hex(randomblob(2)), 2) || '-' || hex(randomblob(6))),
       original, transform, engine_version,
       coalesce((SELECT min(owner) FROM images WHERE images.digest = jobs.original), ''),
       state, 0, changed, 0, 5, changed, NULL, reason, changed, changed
FROM jobs;
DROP TABLE jobs;
ALTER TABLE jobs_new RENAME TO jobs;

-- What can be begun, in its order.
CREATE INDEX jobs_by_turn ON jobs (turn - priority * 60000000) WHERE state IN ('queued', 'running');
CREATE INDEX jobs_by_owner ON jobs (owner, turn) WHERE state IN ('queued', 'running');
-- What ends when its lease does.
CREATE INDEX jobs_spent ON jobs (due) WHERE state = 'running' AND attempt >= last_attempt;
CREATE INDEX jobs_by_state ON jobs (state, id);
