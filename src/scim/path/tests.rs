use super::*;
use crate::scim::filter;
use crate::scim::limits::Limits;
use crate::scim::profile::{Profile, Tolerance};
use crate::scim::schema::Registry;
use crate::scim::urn::{ENTERPRISE_USER, USER};

fn with_context<T>(profile: Profile, work: impl FnOnce(&Context<'_>) -> T) -> T {
    let (registry, tolerance, limits) = (Registry::built_in(), Tolerance::new(profile), Limits::default());
    work(&Context { registry: &registry, tolerance: &tolerance, limits: &limits })
}

fn read(text: &str) -> Result<PatchPath, PathError> {
    with_context(Profile::Rfc, |context| PatchPath::parse(text, context))
}

fn path(urn: Option<&str>, attribute: &str, filter: Option<&str>, sub: Option<&str>) -> PatchPath {
    let filter =
        filter.map(|text| with_context(Profile::Rfc, |context| filter::parse(text, context)).unwrap());
    PatchPath {
        urn: urn.map(str::to_owned),
        attribute: attribute.to_owned(),
        filter,
        sub: sub.map(str::to_owned),
    }
}

#[test]
fn every_form_of_a_path_is_read_and_printed_as_it_was() {
    let member = r#"value eq "2819c223-7f76-453a-919d-413861904646""#;
    for (text, wanted) in [
        ("members".to_owned(), path(None, "members", None, None)),
        ("name.familyName".to_owned(), path(None, "name", None, Some("familyName"))),
        (r#"addresses[type eq "work"]"#.to_owned(), path(None, "addresses", Some(r#"type eq "work""#), None)),
        (format!("members[{member}]"), path(None, "members", Some(member), None)),
        (format!("members[{member}].displayName"), path(None, "members", Some(member), Some("displayName"))),
        (
            r#"emails[type eq "a].b" or primary eq true].value"#.to_owned(),
            path(None, "emails", Some(r#"type eq "a].b" or primary eq true"#), Some("value")),
        ),
        (format!("{USER}:userName"), path(Some(USER), "userName", None, None)),
        (format!("{ENTERPRISE_USER}:manager"), path(Some(ENTERPRISE_USER), "manager", None, None)),
        (
            format!("{ENTERPRISE_USER}:manager.value"),
            path(Some(ENTERPRISE_USER), "manager", None, Some("value")),
        ),
        (
            format!(r#"{USER}:emails[type eq "work"].value"#),
            path(Some(USER), "emails", Some(r#"type eq "work""#), Some("value")),
        ),
        (ENTERPRISE_USER.to_owned(), path(Some(ENTERPRISE_USER), "", None, None)),
        ("cost$-centre_2".to_owned(), path(None, "cost$-centre_2", None, None)),
        ("members.$ref".to_owned(), path(None, "members", None, Some("$ref"))),
    ] {
        let found = read(&text);
        assert_eq!(found.as_ref(), Ok(&wanted), "{text}");
        assert_eq!(found.unwrap().to_string(), text);
    }
}

#[test]
fn a_urn_is_known_in_any_case() {
    let upper = ENTERPRISE_USER.to_uppercase();
    assert_eq!(read(&upper), Ok(path(Some(&upper), "", None, None)));
}

#[test]
fn the_urn_of_no_schema_is_taken_for_an_attribute_with_its_urn() {
    let urn = "urn:ietf:params:scim:schemas:extension:Custom:2.0";
    assert_eq!(read(&format!("{urn}:User")), Ok(path(Some(urn), "User", None, None)));
}

#[test]
fn what_is_no_path_is_refused() {
    for text in [
        "",
        " ",
        "a.b.c",
        "a.b.c.d",
        ".a",
        "a.",
        "a b",
        "1a",
        "$",
        "-a",
        "a/b",
        "urn:a:",
        ":a",
        "a:b",
        "[type pr]",
        "emails.value[type pr]",
        "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User[a pr]",
        "members]",
        "\u{e9}",
    ] {
        assert_eq!(read(text), Err(PathError::Malformed), "{text}");
    }
    for text in [
        r#"emails[type eq "x""#,
        r#"emails[type eq "x"]value"#,
        r#"emails[type eq "x"].a.b"#,
        r#"emails[type eq "x"]."#,
        r#"emails[type eq "x"][value pr]"#,
        r#"emails[type eq "x"] "#,
        "emails[type pr)]",
    ] {
        assert_eq!(read(text), Err(PathError::AfterFilter), "{text}");
    }
    for text in ["emails[]", "emails[type]", "emails[type eq work]", "emails[a[b pr]]", "emails[(type pr]"] {
        assert!(matches!(read(text), Err(PathError::Filter(_))), "{text}");
        assert_eq!(read(text).unwrap_err().scim_type(), ScimType::InvalidPath);
    }
}

#[test]
fn a_path_is_bounded() {
    let limit = Limits::default().path_bytes;
    assert!(read(&"a".repeat(limit)).is_ok());
    assert_eq!(read(&"a".repeat(limit + 1)), Err(PathError::TooLong { limit }));
    assert_eq!(
        read(&format!("emails[{}", "(".repeat(limit - 7))),
        Err(PathError::Filter(FilterError::TooDeep { limit: 32 }))
    );
}

#[test]
fn an_unquoted_value_is_forgiven_in_a_path_too() {
    let text = "emails[type eq work].value";
    let found = with_context(Profile::Generic, |context| PatchPath::parse(text, context));
    assert_eq!(found, Ok(path(None, "emails", Some(r#"type eq "work""#), Some("value"))));
}
