-- What all telephones of a product share in an organization. Who gives or frees an extension locks the row.
CREATE TABLE phone_systems (
    organization_id  BIGINT NOT NULL,
    product          TEXT COLLATE "C" NOT NULL,
    -- No extension below it is free.
    lowest_free      BIGINT NOT NULL,
    -- The registration without which nothing is sent to numbers of the United States.
    us_registration  TEXT,
    version          BIGINT NOT NULL,
    changed_at       BIGINT NOT NULL,
    PRIMARY KEY (organization_id, product)
);

-- Of each account that holds the product, or held it when it was suspended.
CREATE TABLE phone_lines (
    organization_id  BIGINT NOT NULL,
    product          TEXT COLLATE "C" NOT NULL,
    account_id       TEXT COLLATE "C" NOT NULL,
    extension        BIGINT,
    voicemail        BOOLEAN NOT NULL,
    soft_phone       BOOLEAN NOT NULL,
    -- What its person may do with the telephones: everything, nothing, or these of the product's permissions.
    level            TEXT COLLATE "C" NOT NULL,
    permissions      TEXT COLLATE "C" NOT NULL,
    email            TEXT,
    version          BIGINT NOT NULL,
    changed_at       BIGINT NOT NULL,
    PRIMARY KEY (organization_id, product, account_id)
);
CREATE UNIQUE INDEX phone_lines_extension ON phone_lines (organization_id, extension) WHERE extension IS NOT NULL;
CREATE INDEX phone_lines_account ON phone_lines (organization_id, account_id);

-- Hardware profiles of desk telephones.
CREATE TABLE phone_devices (
    organization_id  BIGINT NOT NULL,
    product          TEXT COLLATE "C" NOT NULL,
    id               TEXT COLLATE "C" NOT NULL,
    mac              TEXT COLLATE "C" NOT NULL,
    model            TEXT,
    account_id       TEXT COLLATE "C",
    PRIMARY KEY (organization_id, product, id),
    UNIQUE (organization_id, mac)
);
CREATE UNIQUE INDEX phone_devices_account ON phone_devices (organization_id, product, account_id)
    WHERE account_id IS NOT NULL;

-- The numbers that the organization has.
CREATE TABLE phone_numbers (
    organization_id    BIGINT NOT NULL,
    product            TEXT COLLATE "C" NOT NULL,
    number             TEXT COLLATE "C" NOT NULL,
    country            TEXT COLLATE "C" NOT NULL,
    account_id         TEXT COLLATE "C",
    sms                BOOLEAN NOT NULL,
    emergency_location TEXT,
    PRIMARY KEY (organization_id, number)
);
CREATE UNIQUE INDEX phone_numbers_account ON phone_numbers (organization_id, product, account_id)
    WHERE account_id IS NOT NULL;
