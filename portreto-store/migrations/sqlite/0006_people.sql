-- Who may log in. Tokens and keys are here as their BLAKE3 only: whoever reads the catalog cannot use them.
CREATE TABLE people (
    id       TEXT   NOT NULL PRIMARY KEY,
    name     TEXT   NOT NULL UNIQUE,
    password TEXT   NOT NULL,
    created  BIGINT NOT NULL
);

-- A login, until it is logged out, or one of its refresh tokens is used twice.
CREATE TABLE sessions (
    id      TEXT   NOT NULL PRIMARY KEY,
    person  TEXT   NOT NULL REFERENCES people (id) ON DELETE CASCADE,
    expires BIGINT NOT NULL
);
CREATE INDEX sessions_by_expiry ON sessions (expires);

-- Refresh tokens: each is used once. Used ones stay as long as their session, so that a second use is seen.
CREATE TABLE refresh_tokens (
    digest  TEXT   NOT NULL PRIMARY KEY,
    session TEXT   NOT NULL REFERENCES sessions (id) ON DELETE CASCADE,
    used    BIGINT
);
CREATE INDEX refresh_tokens_by_session ON refresh_tokens (session);

CREATE TABLE api_keys (
    id      TEXT   NOT NULL PRIMARY KEY,
    digest  TEXT   NOT NULL UNIQUE,
    person  TEXT   NOT NULL REFERENCES people (id) ON DELETE CASCADE,
    name    TEXT   NOT NULL,
    scope   TEXT   NOT NULL CHECK (scope IN ('read', 'write')),
    created BIGINT NOT NULL
);
CREATE INDEX api_keys_by_person ON api_keys (person);

-- Logins that failed, for each name and each address, in windows of time.
CREATE TABLE failed_logins (
    bucket TEXT   NOT NULL PRIMARY KEY,
    since  BIGINT NOT NULL,
    count  BIGINT NOT NULL
);
