//! The tables, the same on both databases; a test selects from each on both.

diesel::table! {
    organizations (id) {
        id -> BigInt,
        slug -> Text,
        name -> Text,
        schemas_revision -> BigInt,
        created_at -> BigInt,
        suspended_at -> Nullable<BigInt>,
        deleted_at -> Nullable<BigInt>,
        settings_revision -> BigInt,
        bindings_revision -> BigInt,
    }
}

diesel::table! {
    connections (organization_id, id) {
        organization_id -> BigInt,
        id -> Text,
        name -> Text,
        kind -> Text,
        created_at -> BigInt,
        adds_roles_only -> Bool,
    }
}

diesel::table! {
    clients (organization_id, id) {
        organization_id -> BigInt,
        id -> Text,
        connection_id -> Text,
        name -> Text,
        profile -> Text,
        scope -> Text,
        key_set -> Nullable<Text>,
        key_set_url -> Nullable<Text>,
        created_at -> BigInt,
        disabled_at -> Nullable<BigInt>,
    }
}

diesel::table! {
    credentials (digest) {
        digest -> Binary,
        organization_id -> BigInt,
        id -> Text,
        client_id -> Text,
        kind -> Text,
        hint -> Text,
        created_at -> BigInt,
        expires_at -> Nullable<BigInt>,
        last_used_at -> Nullable<BigInt>,
        revoked_at -> Nullable<BigInt>,
    }
}

diesel::table! {
    api_keys (digest) {
        digest -> Binary,
        organization_id -> BigInt,
        id -> Text,
        account_id -> Nullable<Text>,
        product -> Nullable<Text>,
        name -> Text,
        scope -> Text,
        hint -> Text,
        created_at -> BigInt,
        expires_at -> Nullable<BigInt>,
        last_used_at -> Nullable<BigInt>,
        revoked_at -> Nullable<BigInt>,
    }
}

diesel::table! {
    idempotent_requests (organization_id, account_id, route, key_digest) {
        organization_id -> BigInt,
        account_id -> Text,
        route -> Text,
        key_digest -> Binary,
        said_digest -> Binary,
        attempt_id -> Text,
        created_at -> BigInt,
        done -> Bool,
        answer -> Nullable<Text>,
    }
}

diesel::table! {
    used_assertions (organization_id, client_id, digest) {
        organization_id -> BigInt,
        client_id -> Text,
        digest -> Binary,
        expires_at -> BigInt,
    }
}

diesel::table! {
    quirks (organization_id, client_id, quirk) {
        organization_id -> BigInt,
        client_id -> Text,
        quirk -> Text,
        occurrences -> BigInt,
        last_seen_at -> BigInt,
    }
}

diesel::table! {
    refused_pushes (organization_id, client_id, id) {
        organization_id -> BigInt,
        client_id -> Text,
        id -> Text,
        at -> BigInt,
        method -> Text,
        route -> Text,
        status -> BigInt,
        scim_type -> Nullable<Text>,
        detail -> Text,
        request_id -> Text,
        target -> Nullable<Text>,
    }
}

diesel::table! {
    sync_issues (organization_id, id) {
        organization_id -> BigInt,
        id -> Text,
        kind -> Text,
        connection_id -> Text,
        subject -> Text,
        detail -> Text,
        occurrences -> BigInt,
        first_seen_at -> BigInt,
        last_seen_at -> BigInt,
    }
}

diesel::table! {
    extension_schemas (organization_id, urn) {
        organization_id -> BigInt,
        urn -> Text,
        definition -> Text,
        created_at -> BigInt,
    }
}

diesel::table! {
    resources (organization_id, kind, id) {
        organization_id -> BigInt,
        kind -> Text,
        id -> Text,
        connection_id -> Text,
        version -> BigInt,
        created_at -> BigInt,
        modified_at -> BigInt,
        member_count -> BigInt,
        display_name -> Nullable<Text>,
        document -> Text,
    }
}

diesel::table! {
    resource_keys (organization_id, kind, attribute, key, discriminator) {
        organization_id -> BigInt,
        kind -> Text,
        attribute -> Text,
        key -> Text,
        discriminator -> Text,
        resource_id -> Text,
    }
}

diesel::table! {
    memberships (organization_id, group_id, member_id) {
        organization_id -> BigInt,
        group_id -> Text,
        member_id -> Text,
        member_kind -> Text,
    }
}

diesel::table! {
    group_purges (organization_id, group_id) {
        organization_id -> BigInt,
        group_id -> Text,
    }
}

diesel::table! {
    changes (organization_id, id) {
        organization_id -> BigInt,
        id -> Text,
        at -> BigInt,
        actor -> Text,
        action -> Text,
        target_kind -> Text,
        target_id -> Text,
        target_version -> BigInt,
        request_id -> Text,
        values_digest -> Nullable<Binary>,
        position -> Nullable<BigInt>,
        hash -> Nullable<Binary>,
    }
}

diesel::table! {
    change_values (organization_id, change_id) {
        organization_id -> BigInt,
        change_id -> Text,
        target_id -> Text,
        salt -> Binary,
        before_value -> Nullable<Text>,
        after_value -> Nullable<Text>,
    }
}

diesel::table! {
    change_memberships (organization_id, change_id, member_id) {
        organization_id -> BigInt,
        change_id -> Text,
        member_id -> Text,
        added -> Bool,
    }
}

diesel::table! {
    seals (organization_id) {
        organization_id -> BigInt,
        holder -> Text,
        held_until -> BigInt,
        position -> BigInt,
        hash -> Binary,
        base_position -> BigInt,
        base_hash -> Binary,
    }
}

diesel::table! {
    cursor_keys (id) {
        id -> BigInt,
        secret -> Binary,
        created_at -> BigInt,
    }
}

diesel::table! {
    catalogues (revision) {
        revision -> BigInt,
        document -> Text,
        created_at -> BigInt,
    }
}

diesel::table! {
    settings (organization_id, revision) {
        organization_id -> BigInt,
        revision -> BigInt,
        document -> Text,
        actor -> Text,
        note -> Text,
        created_at -> BigInt,
    }
}

diesel::table! {
    group_bindings (organization_id, connection_id, name) {
        organization_id -> BigInt,
        connection_id -> Text,
        name -> Text,
        group_id -> Text,
    }
}

diesel::table! {
    accounts (organization_id, id) {
        organization_id -> BigInt,
        id -> Text,
        version -> BigInt,
        revision -> BigInt,
        changed_at -> BigInt,
        status -> Text,
        role -> Text,
        own -> Text,
        grants -> Text,
        troubles -> Nullable<Text>,
    }
}

diesel::table! {
    pins (organization_id, account_id, kind, subject) {
        organization_id -> BigInt,
        account_id -> Text,
        kind -> Text,
        subject -> Text,
        value -> Text,
        author -> Text,
        reason -> Text,
        created_at -> BigInt,
        expires_at -> Nullable<BigInt>,
    }
}

diesel::table! {
    pools (organization_id, product) {
        organization_id -> BigInt,
        product -> Text,
        taken -> BigInt,
        last_number -> BigInt,
        version -> BigInt,
        changed_at -> BigInt,
    }
}

diesel::table! {
    seats (organization_id, product, account_id) {
        organization_id -> BigInt,
        product -> Text,
        account_id -> Text,
        waiting -> Nullable<BigInt>,
        since -> BigInt,
    }
}

diesel::table! {
    resolutions (organization_id) {
        organization_id -> BigInt,
        phase -> BigInt,
        after_id -> Text,
        total -> BigInt,
        done -> BigInt,
        started_at -> BigInt,
    }
}

diesel::table! {
    end_users (organization_id, id) {
        organization_id -> BigInt,
        id -> Text,
        email_key -> Text,
        email -> Text,
        name -> Text,
        phone -> Nullable<Text>,
        console -> Bool,
        administration -> Bool,
        account_id -> Nullable<Text>,
        version -> BigInt,
        created_at -> BigInt,
        changed_at -> BigInt,
        removed_from_console_at -> Nullable<BigInt>,
    }
}

diesel::table! {
    phone_systems (organization_id, product) {
        organization_id -> BigInt,
        product -> Text,
        lowest_free -> BigInt,
        us_registration -> Nullable<Text>,
        version -> BigInt,
        changed_at -> BigInt,
    }
}

diesel::table! {
    phone_lines (organization_id, product, account_id) {
        organization_id -> BigInt,
        product -> Text,
        account_id -> Text,
        extension -> Nullable<BigInt>,
        voicemail -> Bool,
        soft_phone -> Bool,
        level -> Text,
        permissions -> Text,
        email -> Nullable<Text>,
        version -> BigInt,
        changed_at -> BigInt,
    }
}

diesel::table! {
    phone_devices (organization_id, product, id) {
        organization_id -> BigInt,
        product -> Text,
        id -> Text,
        mac -> Text,
        model -> Nullable<Text>,
        account_id -> Nullable<Text>,
    }
}

diesel::table! {
    phone_numbers (organization_id, number) {
        organization_id -> BigInt,
        product -> Text,
        number -> Text,
        country -> Text,
        account_id -> Nullable<Text>,
        sms -> Bool,
        emergency_location -> Nullable<Text>,
    }
}

diesel::allow_tables_to_appear_in_same_query!(
    organizations,
    connections,
    clients,
    credentials,
    api_keys,
    idempotent_requests,
    used_assertions,
    quirks,
    refused_pushes,
    sync_issues,
    extension_schemas,
    resources,
    resource_keys,
    memberships,
    group_purges,
    changes,
    change_values,
    change_memberships,
    seals,
    cursor_keys,
    end_users,
    phone_systems,
    phone_lines,
    phone_devices,
    phone_numbers,
    catalogues,
    settings,
    group_bindings,
    accounts,
    pins,
    pools,
    seats,
    resolutions
);
