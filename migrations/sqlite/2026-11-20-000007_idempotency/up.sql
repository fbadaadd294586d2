-- Requests that carried an Idempotency-Key, for a day: the answer of one that was carried out, without its secrets.
CREATE TABLE idempotent_requests (
    organization_id INTEGER NOT NULL,
    -- Whose request it is.
    account_id      TEXT    NOT NULL,
    -- The operation.
    route           TEXT    NOT NULL,
    -- SHA-256 of the key, and of all that was said with it.
    key_digest      BLOB    NOT NULL,
    said_digest     BLOB    NOT NULL,
    -- Which attempt it is that is carried out: only one is.
    attempt_id      TEXT    NOT NULL,
    created_at      INTEGER NOT NULL,
    -- Whether what was asked is committed.
    done            INTEGER NOT NULL,
    answer          TEXT,
    PRIMARY KEY (organization_id, account_id, route, key_digest)
) STRICT;
CREATE INDEX idempotent_requests_created ON idempotent_requests (created_at);
