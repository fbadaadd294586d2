//! The deviations that some client is known for.

macro_rules! quirks {
    ($($(#[$meta:meta])* $name:ident = $text:literal,)*) => {
        /// A deviation from RFC 7643 or RFC 7644 that a profile may forgive.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Quirk { $($(#[$meta])* $name,)* }

        impl Quirk {
            /// All of them.
            pub const ALL: &'static [Self] = &[$(Self::$name,)*];

            /// The name as counted and shown.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$name => $text,)* }
            }
        }
    };
}

quirks! {
    /// `"True"` or `"false"` for a boolean, in a body or a filter (Entra without its flag, keycloak-scim).
    TextBoolean = "text-boolean",
    /// `Replace`, `ADD`: the operation's name in another case (Entra).
    OperationCase = "operation-case",
    /// `Op`, `Path`, `operations`: a message's member in another case (Microsoft's reference code).
    MessageMemberCase = "message-member-case",
    /// `replace` through a value path that matches nothing creates the element (Entra).
    ValuePathCreates = "value-path-creates",
    /// A `replace` or `add` without path whose keys are paths: dotted, URN-qualified or value paths (Entra's flag).
    PathAsKey = "path-as-key",
    /// `path` null or empty counts as absent.
    EmptyPath = "empty-path",
    /// `remove` on members with a value removes just those (Entra, JumpCloud, authentik, Rauthy).
    RemoveWithValue = "remove-with-value",
    /// A body without `schemas`.
    MissingSchemas = "missing-schemas",
    /// A URN in `schemas` that no schema here has.
    UnknownSchema = "unknown-schema",
    /// An extension's object whose URN is not listed in `schemas` (Entra's custom extensions).
    UnlistedExtension = "unlisted-extension",
    /// An attribute that no schema here has; dropped.
    UnknownAttribute = "unknown-attribute",
    /// An attribute of an extension without its URN, such as `department` (Entra's examples).
    ExtensionWithoutUrn = "extension-without-urn",
    /// A reference given as text, an array or with an empty value: the forms of `manager`.
    ReferenceForm = "reference-form",
    /// An object or text where the schema has a list (OneLogin, MSREF).
    SingleForList = "single-for-list",
    /// A list of one where the schema has a single value.
    ListForSingle = "list-for-single",
    /// Empty text that unsets an attribute (Entra's validator, Okta's clearing).
    EmptyTextUnsets = "empty-text-unsets",
    /// Digits as text, or a number for text.
    NumberAsText = "number-as-text",
    /// An unquoted word as a filter's value (authentik, MSREF).
    BareWord = "bare-word",
    /// A complex attribute compared as if it were its `value` (`emails eq`, `manager eq`, `members eq`).
    ComplexComparison = "complex-comparison",
    /// A comparison after a value path: `emails[type eq "work"].value eq "x"` (Entra).
    ValuePathComparison = "value-path-comparison",
    /// A member whose value can be no id of this server's making; it is left out (outside test suites).
    ForeignMember = "foreign-member",
    /// A JSON body without Content-Type.
    MissingContentType = "missing-content-type",
    /// An Accept header that names nothing we can send; answered all the same.
    UnacceptableAccept = "unacceptable-accept",
    /// JSON text inside a string where an object belongs (Entra's app roles).
    JsonInText = "json-in-text",
    /// A PATCH with no operations (Entra's validator).
    NoOperations = "no-operations",
    /// A PATCH path to an attribute that no schema here has; the operation is dropped.
    UnknownTarget = "unknown-target",
    /// A `remove` whose filter selects nothing; there is nothing left to do.
    RemoveMatchesNothing = "remove-matches-nothing",
    /// A change of a member's `display`, `type` or `$ref`, which follow from the member; nothing changes.
    MemberDetails = "member-details",
    /// A PATCH that removes `active`, or sets it to null, means false rather than that nothing is said of it.
    ActiveUnset = "active-unset",
    /// `displayName` in an element that has `display` (Entra's app roles, Microsoft's reference code).
    DisplayNameForDisplay = "display-name-for-display",
}
