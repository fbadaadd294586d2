-- People who can request tickets: made in the console, in the administration, or in both.
CREATE TABLE end_users (
    organization_id INTEGER NOT NULL,
    id              TEXT    NOT NULL,
    -- The address without regard to case: it tells one from another.
    email_key       TEXT    NOT NULL,
    email           TEXT    NOT NULL,
    name            TEXT    NOT NULL,
    phone           TEXT,
    console         INTEGER NOT NULL,
    administration  INTEGER NOT NULL,
    -- The account that it is, for one who has an account.
    account_id      TEXT,
    version         INTEGER NOT NULL,
    created_at      INTEGER NOT NULL,
    changed_at      INTEGER NOT NULL,
    -- Taken away in the console: only somebody in the console brings it back.
    removed_from_console_at INTEGER,
    PRIMARY KEY (organization_id, id),
    UNIQUE (organization_id, email_key)
) STRICT;
CREATE UNIQUE INDEX end_users_account ON end_users (organization_id, account_id) WHERE account_id IS NOT NULL;
