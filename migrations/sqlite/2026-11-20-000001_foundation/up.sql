-- Every key begins with organization_id, save where the organization is what is looked for.
-- Times are microseconds since the epoch, UTC. Ids are UUIDv7 text.

CREATE TABLE organizations (
    id               INTEGER PRIMARY KEY AUTOINCREMENT,
    slug             TEXT    NOT NULL UNIQUE,
    name             TEXT    NOT NULL,
    schemas_revision INTEGER NOT NULL DEFAULT 0,
    created_at       INTEGER NOT NULL,
    suspended_at     INTEGER,
    -- From here on nothing is written to it; then everything in it is deleted, this row last.
    deleted_at       INTEGER
) STRICT;

CREATE TABLE connections (
    organization_id INTEGER NOT NULL,
    id              TEXT    NOT NULL,
    name            TEXT    NOT NULL,
    kind            TEXT    NOT NULL,
    created_at      INTEGER NOT NULL,
    PRIMARY KEY (organization_id, id),
    UNIQUE (organization_id, name)
) STRICT;

CREATE TABLE clients (
    organization_id INTEGER NOT NULL,
    id              TEXT    NOT NULL,
    connection_id   TEXT    NOT NULL,
    name            TEXT    NOT NULL,
    profile         TEXT    NOT NULL,
    scope           TEXT    NOT NULL,
    key_set         TEXT,
    key_set_url     TEXT,
    created_at      INTEGER NOT NULL,
    disabled_at     INTEGER,
    PRIMARY KEY (organization_id, id),
    UNIQUE (organization_id, name)
) STRICT;
-- OAuth names a client by its id alone.
CREATE UNIQUE INDEX clients_id ON clients (id);

-- Bearer tokens, client secrets and access tokens, known only by their SHA-256.
CREATE TABLE credentials (
    digest          BLOB    NOT NULL PRIMARY KEY,
    organization_id INTEGER NOT NULL,
    id              TEXT    NOT NULL UNIQUE,
    client_id       TEXT    NOT NULL,
    kind            TEXT    NOT NULL,
    hint            TEXT    NOT NULL,
    created_at      INTEGER NOT NULL,
    expires_at      INTEGER,
    last_used_at    INTEGER,
    revoked_at      INTEGER
) STRICT;
CREATE INDEX credentials_client ON credentials (organization_id, client_id);
CREATE INDEX credentials_expiry ON credentials (kind, expires_at);

-- The jti of client assertions (RFC 7523), each good for one use.
CREATE TABLE used_assertions (
    organization_id INTEGER NOT NULL,
    client_id       TEXT    NOT NULL,
    digest          BLOB    NOT NULL,
    expires_at      INTEGER NOT NULL,
    PRIMARY KEY (organization_id, client_id, digest)
) STRICT;

CREATE TABLE quirks (
    organization_id INTEGER NOT NULL,
    client_id       TEXT    NOT NULL,
    quirk           TEXT    NOT NULL,
    occurrences     INTEGER NOT NULL,
    last_seen_at    INTEGER NOT NULL,
    PRIMARY KEY (organization_id, client_id, quirk)
) STRICT;

-- The latest refused requests of each client, a bounded list.
CREATE TABLE refused_pushes (
    organization_id INTEGER NOT NULL,
    client_id       TEXT    NOT NULL,
    id              TEXT    NOT NULL,
    at              INTEGER NOT NULL,
    method          TEXT    NOT NULL,
    route           TEXT    NOT NULL,
    status          INTEGER NOT NULL,
    scim_type       TEXT,
    detail          TEXT    NOT NULL,
    request_id      TEXT    NOT NULL,
    PRIMARY KEY (organization_id, client_id, id)
) STRICT;

CREATE TABLE sync_issues (
    organization_id INTEGER NOT NULL,
    id              TEXT    NOT NULL,
    kind            TEXT    NOT NULL,
    connection_id   TEXT    NOT NULL,
    subject         TEXT    NOT NULL,
    detail          TEXT    NOT NULL,
    occurrences     INTEGER NOT NULL,
    first_seen_at   INTEGER NOT NULL,
    last_seen_at    INTEGER NOT NULL,
    PRIMARY KEY (organization_id, id),
    UNIQUE (organization_id, connection_id, kind, subject)
) STRICT;

CREATE TABLE extension_schemas (
    organization_id INTEGER NOT NULL,
    urn             TEXT    NOT NULL,
    definition      TEXT    NOT NULL,
    created_at      INTEGER NOT NULL,
    PRIMARY KEY (organization_id, urn)
) STRICT;

CREATE TABLE resources (
    organization_id INTEGER NOT NULL,
    kind            TEXT    NOT NULL,
    id              TEXT    NOT NULL,
    connection_id   TEXT    NOT NULL,
    version         INTEGER NOT NULL,
    created_at      INTEGER NOT NULL,
    modified_at     INTEGER NOT NULL,
    member_count    INTEGER NOT NULL,
    display_name    TEXT,
    document        TEXT    NOT NULL,
    PRIMARY KEY (organization_id, kind, id)
) STRICT;

-- The values of indexed and of unique attributes. The discriminator makes a key unique within the organization
-- (empty), within a connection (its id) or not at all (the resource's id).
CREATE TABLE resource_keys (
    organization_id INTEGER NOT NULL,
    kind            TEXT    NOT NULL,
    attribute       TEXT    NOT NULL,
    key             TEXT    NOT NULL,
    discriminator   TEXT    NOT NULL,
    resource_id     TEXT    NOT NULL,
    PRIMARY KEY (organization_id, kind, attribute, key, discriminator)
) STRICT, WITHOUT ROWID;

CREATE TABLE memberships (
    organization_id INTEGER NOT NULL,
    group_id        TEXT    NOT NULL,
    member_id       TEXT    NOT NULL,
    member_kind     TEXT    NOT NULL,
    PRIMARY KEY (organization_id, group_id, member_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX memberships_member ON memberships (organization_id, member_id, group_id);

-- Groups deleted whose memberships a job still has to take away; whoever reads memberships joins the living groups.
CREATE TABLE group_purges (
    organization_id INTEGER NOT NULL,
    group_id        TEXT    NOT NULL,
    PRIMARY KEY (organization_id, group_id)
) STRICT;

CREATE TABLE changes (
    organization_id INTEGER NOT NULL,
    id              TEXT    NOT NULL,
    at              INTEGER NOT NULL,
    actor           TEXT    NOT NULL,
    action          TEXT    NOT NULL,
    target_kind     TEXT    NOT NULL,
    target_id       TEXT    NOT NULL,
    target_version  INTEGER NOT NULL,
    request_id      TEXT    NOT NULL,
    values_digest   BLOB,
    position        INTEGER,
    hash            BLOB,
    PRIMARY KEY (organization_id, id)
) STRICT;
CREATE INDEX changes_unsealed ON changes (organization_id, id) WHERE position IS NULL;
CREATE UNIQUE INDEX changes_position ON changes (organization_id, position) WHERE position IS NOT NULL;

-- What a change replaced, apart from it: a person's rows can be erased and the chain of hashes still holds.
CREATE TABLE change_values (
    organization_id INTEGER NOT NULL,
    change_id       TEXT    NOT NULL,
    target_id       TEXT    NOT NULL,
    salt            BLOB    NOT NULL,
    before_value    TEXT,
    after_value     TEXT,
    PRIMARY KEY (organization_id, change_id)
) STRICT;
CREATE INDEX change_values_target ON change_values (organization_id, target_id);

CREATE TABLE change_memberships (
    organization_id INTEGER NOT NULL,
    change_id       TEXT    NOT NULL,
    member_id       TEXT    NOT NULL,
    added           INTEGER NOT NULL,
    PRIMARY KEY (organization_id, change_id, member_id)
) STRICT, WITHOUT ROWID;

-- Which process seals an organization's changes, and both ends of its chain.
CREATE TABLE seals (
    organization_id INTEGER NOT NULL PRIMARY KEY,
    holder          TEXT    NOT NULL,
    held_until      INTEGER NOT NULL,
    position        INTEGER NOT NULL,
    hash            BLOB    NOT NULL,
    -- Changes up to here were let go after their time; the chain goes on from this hash.
    base_position   INTEGER NOT NULL,
    base_hash       BLOB NOT NULL
) STRICT;

CREATE TABLE cursor_keys (
    id         INTEGER NOT NULL PRIMARY KEY,
    secret     BLOB    NOT NULL,
    created_at INTEGER NOT NULL
) STRICT;
