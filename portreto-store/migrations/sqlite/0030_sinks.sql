-- Where events go: how far each sink is, and who brings them there.
CREATE TABLE sinks (
    name      TEXT   NOT NULL PRIMARY KEY,
    -- The last event that was dealt with.
    position  INTEGER NOT NULL,
    -- Who brings them, and until when that is believed without another word, by the clock of the database.
    holder    TEXT,
    lease     INTEGER NOT NULL DEFAULT 0,
    -- How often in a row it went wrong, why, and not to be tried before.
    failures  INTEGER NOT NULL DEFAULT 0,
    reason    TEXT,
    due       INTEGER NOT NULL DEFAULT 0,
    delivered INTEGER NOT NULL DEFAULT 0
) STRICT;

-- Events that a sink would not have.
CREATE TABLE dead_letters (
    sink   TEXT   NOT NULL,
    event  TEXT   NOT NULL,
    kind   TEXT   NOT NULL,
    subject TEXT  NOT NULL,
    time   INTEGER NOT NULL,
    data   TEXT   NOT NULL,
    reason TEXT   NOT NULL,
    PRIMARY KEY (sink, event)
) STRICT;
