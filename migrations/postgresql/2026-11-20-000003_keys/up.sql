-- Keys of accounts and of products, known only by their SHA-256.

CREATE TABLE api_keys (
    digest          BYTEA   NOT NULL PRIMARY KEY,
    organization_id BIGINT NOT NULL,
    id              TEXT COLLATE "C" NOT NULL UNIQUE,
    -- Whose it is: an account or a product.
    account_id      TEXT COLLATE "C",
    product         TEXT COLLATE "C",
    name            TEXT COLLATE "C" NOT NULL,
    scope           TEXT COLLATE "C" NOT NULL,
    hint            TEXT COLLATE "C" NOT NULL,
    created_at      BIGINT NOT NULL,
    expires_at      BIGINT,
    last_used_at    BIGINT,
    revoked_at      BIGINT,
    CHECK ((account_id IS NULL) <> (product IS NULL))
);
CREATE INDEX api_keys_organization ON api_keys (organization_id, id);
CREATE INDEX api_keys_account ON api_keys (organization_id, account_id) WHERE account_id IS NOT NULL;
