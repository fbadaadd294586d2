-- Keys of accounts and of products, known only by their SHA-256.

CREATE TABLE api_keys (
    digest          BLOB    NOT NULL PRIMARY KEY,
    organization_id INTEGER NOT NULL,
    id              TEXT    NOT NULL UNIQUE,
    -- Whose it is: an account or a product.
    account_id      TEXT,
    product         TEXT,
    name            TEXT    NOT NULL,
    scope           TEXT    NOT NULL,
    hint            TEXT    NOT NULL,
    created_at      INTEGER NOT NULL,
    expires_at      INTEGER,
    last_used_at    INTEGER,
    revoked_at      INTEGER,
    CHECK ((account_id IS NULL) <> (product IS NULL))
) STRICT;
CREATE INDEX api_keys_organization ON api_keys (organization_id, id);
CREATE INDEX api_keys_account ON api_keys (organization_id, account_id) WHERE account_id IS NOT NULL;
