-- People who can request tickets: made in the console, in the administration, or in both.
CREATE TABLE end_users (
    organization_id BIGINT NOT NULL,
    id              TEXT COLLATE "C" NOT NULL,
    -- The address without regard to case: it tells one from another.
    email_key       TEXT COLLATE "C" NOT NULL,
    email           TEXT COLLATE "C" NOT NULL,
    name            TEXT COLLATE "C" NOT NULL,
    phone           TEXT,
    console         BOOLEAN NOT NULL,
    administration  BOOLEAN NOT NULL,
    -- The account that it is, for one who has an account.
    account_id      TEXT COLLATE "C",
    version         BIGINT NOT NULL,
    created_at      BIGINT NOT NULL,
    changed_at      BIGINT NOT NULL,
    -- Taken away in the console: only somebody in the console brings it back.
    removed_from_console_at BIGINT,
    PRIMARY KEY (organization_id, id),
    UNIQUE (organization_id, email_key)
);
CREATE UNIQUE INDEX end_users_account ON end_users (organization_id, account_id) WHERE account_id IS NOT NULL;
