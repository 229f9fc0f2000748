-- Requests that their senders gave a name of their own, and what was in them.
CREATE TABLE request_keys (
    owner   TEXT   NOT NULL,
    name    TEXT   NOT NULL,
    content TEXT   NOT NULL,
    since   BIGINT NOT NULL,
    PRIMARY KEY (owner, name)
);
CREATE INDEX request_keys_by_age ON request_keys (since);
