-- What all telephones of a product share in an organization. Who gives or frees an extension locks the row.
CREATE TABLE phone_systems (
    organization_id  INTEGER NOT NULL,
    product          TEXT    NOT NULL,
    -- No extension below it is free.
    lowest_free      INTEGER NOT NULL,
    -- The registration without which nothing is sent to numbers of the United States.
    us_registration  TEXT,
    version          INTEGER NOT NULL,
    changed_at       INTEGER NOT NULL,
    PRIMARY KEY (organization_id, product)
) STRICT;

-- Of each account that holds the product, or held it when it was suspended.
CREATE TABLE phone_lines (
    organization_id  INTEGER NOT NULL,
    product          TEXT    NOT NULL,
    account_id       TEXT    NOT NULL,
    extension        INTEGER,
    voicemail        INTEGER NOT NULL,
    soft_phone       INTEGER NOT NULL,
    -- What its person may do with the telephones: everything, nothing, or these of the product's permissions.
    level            TEXT    NOT NULL,
    permissions      TEXT    NOT NULL,
    email            TEXT,
    version          INTEGER NOT NULL,
    changed_at       INTEGER NOT NULL,
    PRIMARY KEY (organization_id, product, account_id)
) STRICT;
CREATE UNIQUE INDEX phone_lines_extension ON phone_lines (organization_id, extension) WHERE extension IS NOT NULL;
CREATE INDEX phone_lines_account ON phone_lines (organization_id, account_id);

-- Hardware profiles of desk telephones.
CREATE TABLE phone_devices (
    organization_id  INTEGER NOT NULL,
    product          TEXT    NOT NULL,
    id               TEXT    NOT NULL,
    mac              TEXT    NOT NULL,
    model            TEXT,
    account_id       TEXT,
    PRIMARY KEY (organization_id, product, id),
    UNIQUE (organization_id, mac)
) STRICT;
CREATE UNIQUE INDEX phone_devices_account ON phone_devices (organization_id, product, account_id)
    WHERE account_id IS NOT NULL;

-- The numbers that the organization has.
CREATE TABLE phone_numbers (
    organization_id    INTEGER NOT NULL,
    product            TEXT    NOT NULL,
    number             TEXT    NOT NULL,
    country            TEXT    NOT NULL,
    account_id         TEXT,
    sms                INTEGER NOT NULL,
    emergency_location TEXT,
    PRIMARY KEY (organization_id, number)
) STRICT;
CREATE UNIQUE INDEX phone_numbers_account ON phone_numbers (organization_id, product, account_id)
    WHERE account_id IS NOT NULL;
