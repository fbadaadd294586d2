//! The bounds of messages and documents. All are configurable; the constants are the defaults.

/// Nesting of a JSON body.
pub const JSON_DEPTH: usize = 32;
/// Values in a JSON body, each object, array, text, number and word counted; bounds the memory a body can take.
pub const JSON_VALUES: usize = 600_000;
/// Bytes of a body.
pub const BODY_BYTES: usize = 1024 * 1024;
/// Bytes of a body about a group, or of a bulk request.
pub const LARGE_BODY_BYTES: usize = 16 * 1024 * 1024;
/// Bytes of a filter.
pub const FILTER_BYTES: usize = 8 * 1024;
/// Nesting of a filter.
pub const FILTER_DEPTH: usize = 32;
/// Comparisons in a filter.
pub const FILTER_TERMS: usize = 200;
/// Bytes of the path of a PATCH operation.
pub const PATH_BYTES: usize = 8 * 1024;
/// Operations of a PATCH.
pub const PATCH_OPERATIONS: usize = 1000;
/// Operations of a bulk request.
pub const BULK_OPERATIONS: usize = 1000;
/// Members of a group named in one request.
pub const MEMBERS_PER_REQUEST: usize = 100_000;
/// Bytes of a stored document.
pub const DOCUMENT_BYTES: usize = 256 * 1024;
/// Bytes, after folding, of the texts by which clients find a resource: userName, externalId, displayName, e-mail.
pub const IDENTIFIER_BYTES: usize = 1024;
/// Bytes of any other text.
pub const STRING_BYTES: usize = 64 * 1024;
/// Elements of a multi-valued attribute.
pub const ELEMENTS: usize = 1000;
/// Resources in a page where the client asks for no number.
pub const PAGE_DEFAULT: usize = 100;
/// Resources in a page at most.
pub const PAGE_MAX: usize = 1000;
/// Seconds for which a cursor stays good.
pub const CURSOR_SECONDS: u64 = 3600;

/// The bounds in force; the fields are described at the constants they default to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Limits {
    /// See [`JSON_DEPTH`].
    pub json_depth: usize,
    /// See [`JSON_VALUES`].
    pub json_values: usize,
    /// See [`BODY_BYTES`].
    pub body_bytes: usize,
    /// See [`LARGE_BODY_BYTES`].
    pub large_body_bytes: usize,
    /// See [`FILTER_BYTES`].
    pub filter_bytes: usize,
    /// See [`FILTER_DEPTH`].
    pub filter_depth: usize,
    /// See [`FILTER_TERMS`].
    pub filter_terms: usize,
    /// See [`PATH_BYTES`].
    pub path_bytes: usize,
    /// See [`PATCH_OPERATIONS`].
    pub patch_operations: usize,
    /// See [`BULK_OPERATIONS`].
    pub bulk_operations: usize,
    /// See [`MEMBERS_PER_REQUEST`].
    pub members_per_request: usize,
    /// See [`DOCUMENT_BYTES`].
    pub document_bytes: usize,
    /// See [`IDENTIFIER_BYTES`].
    pub identifier_bytes: usize,
    /// See [`STRING_BYTES`].
    pub string_bytes: usize,
    /// See [`ELEMENTS`].
    pub elements: usize,
    /// See [`PAGE_DEFAULT`].
    pub page_default: usize,
    /// See [`PAGE_MAX`].
    pub page_max: usize,
    /// See [`CURSOR_SECONDS`].
    pub cursor_seconds: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            json_depth: JSON_DEPTH,
            json_values: JSON_VALUES,
            body_bytes: BODY_BYTES,
            large_body_bytes: LARGE_BODY_BYTES,
            filter_bytes: FILTER_BYTES,
            filter_depth: FILTER_DEPTH,
            filter_terms: FILTER_TERMS,
            path_bytes: PATH_BYTES,
            patch_operations: PATCH_OPERATIONS,
            bulk_operations: BULK_OPERATIONS,
            members_per_request: MEMBERS_PER_REQUEST,
            document_bytes: DOCUMENT_BYTES,
            identifier_bytes: IDENTIFIER_BYTES,
            string_bytes: STRING_BYTES,
            elements: ELEMENTS,
            page_default: PAGE_DEFAULT,
            page_max: PAGE_MAX,
            cursor_seconds: CURSOR_SECONDS,
        }
    }
}
