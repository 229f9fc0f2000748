-- Where events go: how far each sink is, and who brings them there.
CREATE TABLE sinks (
    name      TEXT COLLATE "C"   NOT NULL PRIMARY KEY,
    -- The last event that was dealt with.
    tx        XID8   NOT NULL DEFAULT pg_current_xact_id(),
    position  BIGINT NOT NULL,
    -- Who brings them, and until when that is believed without another word, by the clock of the database.
    holder    TEXT COLLATE "C",
    lease     BIGINT NOT NULL DEFAULT 0,
    -- How often in a row it went wrong, why, and not to be tried before.
    failures  BIGINT NOT NULL DEFAULT 0,
    reason    TEXT COLLATE "C",
    due       BIGINT NOT NULL DEFAULT 0,
    delivered BIGINT NOT NULL DEFAULT 0
);

-- Events that a sink would not have.
CREATE TABLE dead_letters (
    sink   TEXT COLLATE "C"   NOT NULL,
    event  TEXT COLLATE "C"   NOT NULL,
    kind   TEXT COLLATE "C"   NOT NULL,
    subject TEXT COLLATE "C" NOT NULL,
    time   BIGINT NOT NULL,
    data   TEXT COLLATE "C"   NOT NULL,
    reason TEXT COLLATE "C"   NOT NULL,
    PRIMARY KEY (sink, event)
);
