-- Requests that carried an Idempotency-Key, for a day: the answer of one that was carried out, without its secrets.
CREATE TABLE idempotent_requests (
    organization_id BIGINT NOT NULL,
    -- Whose request it is.
    account_id      TEXT COLLATE "C" NOT NULL,
    -- The operation.
    route           TEXT COLLATE "C" NOT NULL,
    -- SHA-256 of the key, and of all that was said with it.
    key_digest      BYTEA   NOT NULL,
    said_digest     BYTEA   NOT NULL,
    -- Which attempt it is that is carried out: only one is.
    attempt_id      TEXT COLLATE "C" NOT NULL,
    created_at      BIGINT NOT NULL,
    -- Whether what was asked is committed.
    done            BOOLEAN NOT NULL,
    answer          TEXT,
    PRIMARY KEY (organization_id, account_id, route, key_digest)
);
CREATE INDEX idempotent_requests_created ON idempotent_requests (created_at);
