-- What pushes become: accounts, what they are given, and what says so.

-- The newest revision of the organization's settings, and when what is known of the names in them last changed.
ALTER TABLE organizations ADD COLUMN settings_revision INTEGER NOT NULL DEFAULT 0;
ALTER TABLE organizations ADD COLUMN bindings_revision INTEGER NOT NULL DEFAULT 0;
-- It was seen to add roles in a way that never takes any away.
ALTER TABLE connections ADD COLUMN adds_roles_only INTEGER NOT NULL DEFAULT 0;

-- The resource that a refused push was about, where it names one.
ALTER TABLE refused_pushes ADD COLUMN target TEXT;

-- What there is to be had on this server, as the operator wrote it; the newest counts.
CREATE TABLE catalogues (
    revision   INTEGER PRIMARY KEY,
    document   TEXT    NOT NULL,
    created_at INTEGER NOT NULL
) STRICT;

-- What an organization declares. A revision raised by a new catalogue repeats the document.
CREATE TABLE settings (
    organization_id INTEGER NOT NULL,
    revision        INTEGER NOT NULL,
    document        TEXT    NOT NULL,
    actor           TEXT    NOT NULL,
    note            TEXT    NOT NULL,
    created_at      INTEGER NOT NULL,
    PRIMARY KEY (organization_id, revision)
) STRICT;

-- The group that the name in a rule stands for, from the first time that there was one.
CREATE TABLE group_bindings (
    organization_id INTEGER NOT NULL,
    connection_id   TEXT    NOT NULL,
    name            TEXT    NOT NULL,
    group_id        TEXT    NOT NULL,
    PRIMARY KEY (organization_id, connection_id, name)
) STRICT;

-- One for each User, of the same id.
CREATE TABLE accounts (
    organization_id INTEGER NOT NULL,
    id              TEXT    NOT NULL,
    version         INTEGER NOT NULL,
    -- The revision of the settings it was last resolved with; -1 where it is to be resolved anew.
    revision        INTEGER NOT NULL,
    changed_at      INTEGER NOT NULL,
    status          TEXT    NOT NULL,
    role            TEXT    NOT NULL,
    -- What people and products did to it, kept whatever the directory says.
    own             TEXT    NOT NULL,
    -- What it was entitled to when it was last resolved, with the reasons.
    grants          TEXT    NOT NULL,
    -- What could not be given, and why.
    troubles        TEXT,
    PRIMARY KEY (organization_id, id)
) STRICT, WITHOUT ROWID;
CREATE INDEX accounts_troubled ON accounts (organization_id, id) WHERE troubles IS NOT NULL;
-- Users of before have accounts that are to be resolved.
INSERT INTO accounts (organization_id, id, version, revision, changed_at, status, role, own, grants)
    SELECT organization_id, id, 1, -1, modified_at, 'invited', 'member', '{}', '' FROM resources WHERE kind = 'User';

-- What was given or taken by hand.
CREATE TABLE pins (
    organization_id INTEGER NOT NULL,
    account_id      TEXT    NOT NULL,
    kind            TEXT    NOT NULL,
    subject         TEXT    NOT NULL,
    value           TEXT    NOT NULL,
    author          TEXT    NOT NULL,
    reason          TEXT    NOT NULL,
    created_at      INTEGER NOT NULL,
    expires_at      INTEGER,
    PRIMARY KEY (organization_id, account_id, kind, subject)
) STRICT, WITHOUT ROWID;
CREATE INDEX pins_expiry ON pins (expires_at) WHERE expires_at IS NOT NULL;

-- How many seats of a product are taken, and the last number that was given to somebody who waits.
CREATE TABLE pools (
    organization_id INTEGER NOT NULL,
    product         TEXT    NOT NULL,
    taken           INTEGER NOT NULL,
    last_number     INTEGER NOT NULL,
    -- Raised with every change of who holds a seat, for the order of these changes.
    version         INTEGER NOT NULL,
    changed_at      INTEGER NOT NULL,
    PRIMARY KEY (organization_id, product)
) STRICT, WITHOUT ROWID;

-- Who has a seat, or waits for one with a number.
CREATE TABLE seats (
    organization_id INTEGER NOT NULL,
    product         TEXT    NOT NULL,
    account_id      TEXT    NOT NULL,
    waiting         INTEGER,
    since           INTEGER NOT NULL,
    PRIMARY KEY (organization_id, product, account_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX seats_account ON seats (organization_id, account_id);
CREATE INDEX seats_waiting ON seats (organization_id, product, waiting) WHERE waiting IS NOT NULL;

-- Organizations whose accounts are being resolved anew, and how far that is.
CREATE TABLE resolutions (
    organization_id INTEGER NOT NULL PRIMARY KEY,
    -- First what is taken away, then what is given.
    phase           INTEGER NOT NULL,
    after_id        TEXT    NOT NULL,
    total           INTEGER NOT NULL,
    done            INTEGER NOT NULL,
    started_at      INTEGER NOT NULL
) STRICT;
INSERT INTO resolutions (organization_id, phase, after_id, total, done, started_at)
    SELECT organization_id, 0, '', count(*), 0, max(changed_at) FROM accounts GROUP BY organization_id;
