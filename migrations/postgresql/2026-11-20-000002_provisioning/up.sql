-- What pushes become: accounts, what they are given, and what says so.

-- The newest revision of the organization's settings, and when what is known of the names in them last changed.
ALTER TABLE organizations ADD COLUMN settings_revision BIGINT NOT NULL DEFAULT 0;
ALTER TABLE organizations ADD COLUMN bindings_revision BIGINT NOT NULL DEFAULT 0;
-- It was seen to add roles in a way that never takes any away.
ALTER TABLE connections ADD COLUMN adds_roles_only BOOLEAN NOT NULL DEFAULT FALSE;

-- The resource that a refused push was about, where it names one.
ALTER TABLE refused_pushes ADD COLUMN target TEXT;

-- What there is to be had on this server, as the operator wrote it; the newest counts.
CREATE TABLE catalogues (
    revision   BIGINT PRIMARY KEY,
    document   TEXT    NOT NULL,
    created_at BIGINT NOT NULL
);

-- What an organization declares. A revision raised by a new catalogue repeats the document.
CREATE TABLE settings (
    organization_id BIGINT NOT NULL,
    revision        BIGINT NOT NULL,
    document        TEXT    NOT NULL,
    actor           TEXT    NOT NULL,
    note            TEXT    NOT NULL,
    created_at      BIGINT NOT NULL,
    PRIMARY KEY (organization_id, revision)
);

-- The group that the name in a rule stands for, from the first time that there was one.
CREATE TABLE group_bindings (
    organization_id BIGINT NOT NULL,
    connection_id   TEXT COLLATE "C" NOT NULL,
    name            TEXT COLLATE "C" NOT NULL,
    group_id        TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (organization_id, connection_id, name)
);

-- One for each User, of the same id.
CREATE TABLE accounts (
    organization_id BIGINT NOT NULL,
    id              TEXT COLLATE "C" NOT NULL,
    version         BIGINT NOT NULL,
    -- The revision of the settings it was last resolved with; -1 where it is to be resolved anew.
    revision        BIGINT NOT NULL,
    changed_at      BIGINT NOT NULL,
    status          TEXT    NOT NULL,
    role            TEXT    NOT NULL,
    -- What people and products did to it, kept whatever the directory says.
    own             TEXT    NOT NULL,
    -- What it was entitled to when it was last resolved, with the reasons.
    grants          TEXT    NOT NULL,
    -- What could not be given, and why.
    troubles        TEXT,
    PRIMARY KEY (organization_id, id)
);
CREATE INDEX accounts_troubled ON accounts (organization_id, id) WHERE troubles IS NOT NULL;
-- Users of before have accounts that are to be resolved.
INSERT INTO accounts (organization_id, id, version, revision, changed_at, status, role, own, grants)
    SELECT organization_id, id, 1, -1, modified_at, 'invited', 'member', '{}', '' FROM resources WHERE kind = 'User';

-- What was given or taken by hand.
CREATE TABLE pins (
    organization_id BIGINT NOT NULL,
    account_id      TEXT COLLATE "C" NOT NULL,
    kind            TEXT COLLATE "C" NOT NULL,
    subject         TEXT COLLATE "C" NOT NULL,
    value           TEXT    NOT NULL,
    author          TEXT    NOT NULL,
    reason          TEXT    NOT NULL,
    created_at      BIGINT NOT NULL,
    expires_at      BIGINT,
    PRIMARY KEY (organization_id, account_id, kind, subject)
);
CREATE INDEX pins_expiry ON pins (expires_at) WHERE expires_at IS NOT NULL;

-- How many seats of a product are taken, and the last number that was given to somebody who waits.
CREATE TABLE pools (
    organization_id BIGINT NOT NULL,
    product         TEXT COLLATE "C" NOT NULL,
    taken           BIGINT NOT NULL,
    last_number     BIGINT NOT NULL,
    -- Raised with every change of who holds a seat, for the order of these changes.
    version         BIGINT NOT NULL,
    changed_at      BIGINT NOT NULL,
    PRIMARY KEY (organization_id, product)
);

-- Who has a seat, or waits for one with a number.
CREATE TABLE seats (
    organization_id BIGINT NOT NULL,
    product         TEXT COLLATE "C" NOT NULL,
    account_id      TEXT COLLATE "C" NOT NULL,
    waiting         BIGINT,
    since           BIGINT NOT NULL,
    PRIMARY KEY (organization_id, product, account_id)
);
CREATE INDEX seats_account ON seats (organization_id, account_id);
CREATE INDEX seats_waiting ON seats (organization_id, product, waiting) WHERE waiting IS NOT NULL;

-- Organizations whose accounts are being resolved anew, and how far that is.
CREATE TABLE resolutions (
    organization_id BIGINT NOT NULL PRIMARY KEY,
    -- First what is taken away, then what is given.
    phase           BIGINT NOT NULL,
    after_id        TEXT COLLATE "C" NOT NULL,
    total           BIGINT NOT NULL,
    done            BIGINT NOT NULL,
    started_at      BIGINT NOT NULL
);
INSERT INTO resolutions (organization_id, phase, after_id, total, done, started_at)
    SELECT organization_id, 0, '', count(*), 0, max(changed_at) FROM accounts GROUP BY organization_id;
