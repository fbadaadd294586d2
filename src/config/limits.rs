//! Reads the bounds of messages and documents.

use std::ops::RangeInclusive;
use std::time::Duration;

use crate::scim::limits::Limits;

use super::problem::Reason;
use super::reader::Reader;

const KIB: usize = 1024;
const MIB: usize = 1024 * KIB;

/// Of anything counted in a message.
const MANY: RangeInclusive<usize> = 1..=10_000_000;

/// Deeper nesting would need more stack than a worker has.
const DEPTH: RangeInclusive<usize> = 4..=128;

const CURSOR_LIFETIME: RangeInclusive<Duration> = Duration::from_mins(1)..=Duration::from_hours(7 * 24);

pub(super) fn read(reader: &mut Reader) -> Limits {
    let default = Limits::default();
    let cursor = Duration::from_secs(default.cursor_seconds);
    let limits = Limits {
        json_depth: reader.count("limits.json_depth", default.json_depth, &DEPTH),
        json_values: reader.count("limits.json_values", default.json_values, &MANY),
        body_bytes: reader.size("limits.body_bytes", default.body_bytes, &(KIB..=256 * MIB)),
        large_body_bytes: reader.size(
            "limits.large_body_bytes",
            default.large_body_bytes,
            &(KIB..=256 * MIB),
        ),
        filter_bytes: reader.size("limits.filter_bytes", default.filter_bytes, &(64..=MIB)),
        filter_depth: reader.count("limits.filter_depth", default.filter_depth, &DEPTH),
        // The terms become SQL, and SQLite takes no expression deeper than 1,000.
        filter_terms: reader.count("limits.filter_terms", default.filter_terms, &(1..=900)),
        path_bytes: reader.size("limits.path_bytes", default.path_bytes, &(64..=MIB)),
        patch_operations: reader.count("limits.patch_operations", default.patch_operations, &MANY),
        bulk_operations: reader.count("limits.bulk_operations", default.bulk_operations, &MANY),
        members_per_request: reader.count("limits.members_per_request", default.members_per_request, &MANY),
        document_bytes: reader.size("limits.document_bytes", default.document_bytes, &(KIB..=64 * MIB)),
        // An index entry of PostgreSQL holds at most some 2,700 bytes.
        identifier_bytes: reader.size("limits.identifier_bytes", default.identifier_bytes, &(64..=2 * KIB)),
        string_bytes: reader.size("limits.string_bytes", default.string_bytes, &(64..=64 * MIB)),
        elements: reader.count("limits.elements", default.elements, &MANY),
        page_default: reader.count("limits.page_default", default.page_default, &(1..=10_000)),
        page_max: reader.count("limits.page_max", default.page_max, &(1..=10_000)),
        cursor_seconds: reader.duration("limits.cursor_lifetime", cursor, &CURSOR_LIFETIME).as_secs(),
    };
    let pairs = [
        ("limits.page_default", limits.page_default, "limits.page_max", limits.page_max),
        ("limits.body_bytes", limits.body_bytes, "limits.large_body_bytes", limits.large_body_bytes),
    ];
    for (small_key, small, large_key, large) in pairs {
        if small > large {
            reader.refuse(small_key, None, Reason::Exceeds(large_key));
        }
    }
    limits
}
