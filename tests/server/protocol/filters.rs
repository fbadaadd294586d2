//! Filters (RFC 7644 section 3.4.2.2), in URLs.

use serde_json::json;

use super::*;

topic!(
    [],
    every_operator_on_text,
    case_counts_only_where_the_schema_says_so,
    every_operator_on_dates,
    booleans_references_and_what_cannot_be_ordered,
    pr_ne_and_null,
    multi_valued_attributes_and_value_paths,
    extensions_and_manager,
    groups_members_and_references,
    meta_id_and_schemas,
    and_binds_closer_than_or_and_not_takes_brackets,
    quotes_spaces_and_escapes_in_a_value,
    filters_that_are_wrong_are_400,
    the_password_is_no_oracle,
    a_filter_on_users_and_groups_sees_only_its_type,
    an_external_id_is_one_connections_own,
);

fn three(client: &Client) {
    make(
        client,
        "/Users",
        &user("anna", json!({"title": "Tour Guide", "externalId": "Xa", "userType": "Employee"})),
    );
    make(
        client,
        "/Users",
        &user("bert", json!({"title": "tour operator", "externalId": "xA", "active": false})),
    );
    make(client, "/Users", &user("carl", json!({"nickName": "Straße", "locale": "de-CH"})));
}

/// Table 3.
fn every_operator_on_text(place: &Place<'_>) {
    let client = place.client("rfc");
    three(&client);
    // `title` has no index, `userName` has one.
    for (filter, expected) in [
        ("title eq \"tour guide\"", vec!["anna"]),
        ("title ne \"tour guide\"", vec!["bert", "carl"]),
        ("title co \"R G\"", vec!["anna"]),
        ("title sw \"TOUR\"", vec!["anna", "bert"]),
        ("title ew \"operator\"", vec!["bert"]),
        ("title gt \"tour guide\"", vec!["bert"]),
        ("title ge \"tour guide\"", vec!["anna", "bert"]),
        ("title lt \"tour operator\"", vec!["anna"]),
        ("title le \"tour operator\"", vec!["anna", "bert"]),
        ("userName eq \"ANNA\"", vec!["anna"]),
        ("userName ne \"anna\"", vec!["bert", "carl"]),
        ("userName co \"R\"", vec!["bert", "carl"]),
        ("userName sw \"B\"", vec!["bert"]),
        ("userName ew \"L\"", vec!["carl"]),
        ("userName gt \"anna\"", vec!["bert", "carl"]),
        ("userName ge \"bert\"", vec!["bert", "carl"]),
        ("userName lt \"bert\"", vec!["anna"]),
        ("userName le \"bert\"", vec!["anna", "bert"]),
        ("userName EQ \"anna\"", vec!["anna"]),
        ("USERNAME eq \"anna\"", vec!["anna"]),
        (&format!("{USER}:userName eq \"anna\""), vec!["anna"]),
        ("userName co \"\"", vec!["anna", "bert", "carl"]),
        ("userName eq \"\"", vec![]),
    ] {
        assert_eq!(found(&client, "/Users", filter), expected, "{filter}");
    }
}

/// RFC 7643 section 2.2: `caseExact`.
fn case_counts_only_where_the_schema_says_so(place: &Place<'_>) {
    let client = place.client("rfc");
    three(&client);
    assert_eq!(found(&client, "/Users", "externalId eq \"Xa\""), ["anna"]);
    assert_eq!(found(&client, "/Users", "externalId eq \"xA\""), ["bert"]);
    assert_eq!(found(&client, "/Users", "externalId eq \"xa\""), [""; 0]);
    assert_eq!(found(&client, "/Users", "externalId sw \"X\""), ["anna"]);
    assert_eq!(found(&client, "/Users", "nickName co \"AßE\""), ["carl"]);
    assert_eq!(found(&client, "/Users", "locale eq \"DE-ch\""), ["carl"]);
    make(&client, "/Users", &user("Ölaf", json!({"nickName": "A\u{30a}sa"})));
    assert_eq!(found(&client, "/Users", "userName eq \"öLAF\""), ["Ölaf"]);
    assert_eq!(found(&client, "/Users", "nickName eq \"Åsa\""), ["Ölaf"]);
}

/// Dates compare as moments, whatever their offset and precision.
fn every_operator_on_dates(place: &Place<'_>) {
    let client = place.client("rfc");
    let early = make(&client, "/Users", &user("early", json!({})));
    std::thread::sleep(std::time::Duration::from_millis(5));
    let late = make(&client, "/Users", &user("late", json!({})));
    let at = early["meta"]["created"].as_str().unwrap();
    let then = late["meta"]["lastModified"].as_str().unwrap();
    let zone = at.replace('Z', "+00:00");
    for (filter, expected) in [
        (format!("meta.created eq \"{at}\""), vec!["early"]),
        (format!("meta.created eq \"{zone}\""), vec!["early"]),
        (format!("meta.created ne \"{at}\""), vec!["late"]),
        (format!("meta.created gt \"{at}\""), vec!["late"]),
        (format!("meta.created ge \"{at}\""), vec!["early", "late"]),
        (format!("meta.created lt \"{then}\""), vec!["early"]),
        (format!("meta.lastModified le \"{then}\""), vec!["early", "late"]),
        (format!("meta.lastModified lt \"{then}\" and meta.lastModified ge \"{at}\""), vec!["early"]),
        ("meta.created gt \"2011-05-13T04:42:34Z\"".to_owned(), vec!["early", "late"]),
        ("meta.created lt \"2011-05-13T04:42:34+02:00\"".to_owned(), vec![]),
        ("meta.created pr".to_owned(), vec!["early", "late"]),
    ] {
        assert_eq!(found(&client, "/Users", &filter), expected, "{filter}");
    }
    for filter in ["meta.created eq \"yesterday\"", "meta.created gt 5", "meta.created gt true"] {
        wrong(&client, filter);
    }
}

#[track_caller]
fn wrong(client: &Client, filter: &str) {
    let answer = client.get(&format!("/Users?filter={}", encoded(filter)));
    assert_eq!(answer.status, 400, "{filter}: {}", answer.text);
    answer.expect_error(400, Some("invalidFilter"));
}

/// RFC 7644 section 3.4.2.2: `gt` and the like on booleans and binaries is 400 invalidFilter.
fn booleans_references_and_what_cannot_be_ordered(place: &Place<'_>) {
    let client = place.client("rfc");
    three(&client);
    make(
        &client,
        "/Users",
        &user(
            "dora",
            json!({"profileUrl": "https://example.com/Dora",
            "photos": [{"value": "https://example.com/P", "type": "photo", "primary": true}],
            "x509Certificates": [{"value": "MIID"}]}),
        ),
    );
    for (filter, expected) in [
        ("active eq false", vec!["bert"]),
        ("active eq true", vec!["anna", "carl", "dora"]),
        ("active ne true", vec!["bert"]),
        ("profileUrl eq \"https://example.com/Dora\"", vec!["dora"]),
        ("profileUrl eq \"https://example.com/dora\"", vec![]),
        ("profileUrl sw \"https://\"", vec!["dora"]),
        ("photos.value co \"/P\"", vec!["dora"]),
        ("photos[primary eq true and type eq \"photo\"]", vec!["dora"]),
        ("photos.primary eq true", vec!["dora"]),
        ("x509Certificates.value eq \"MIID\"", vec!["dora"]),
        ("x509Certificates pr", vec!["dora"]),
    ] {
        assert_eq!(found(&client, "/Users", filter), expected, "{filter}");
    }
    for filter in [
        "active gt false",
        "active co \"r\"",
        "active eq \"true\"",
        "active eq 1",
        "x509Certificates.value gt \"A\"",
        "userName eq 5",
        "userName gt true",
        "name eq \"x\"",
        "photos.primary le true",
    ] {
        wrong(&client, filter);
    }
}

/// `pr`: "has a non-empty or non-null value, or if it contains a non-empty node for complex attributes".
fn pr_ne_and_null(place: &Place<'_>) {
    let client = place.client("rfc");
    three(&client);
    make(
        &client,
        "/Users",
        &user("dora", json!({"name": {"givenName": "D"}, "emails": [{"value": "d@example.com"}]})),
    );
    for (filter, expected) in [
        ("title pr", vec!["anna", "bert"]),
        ("not (title pr)", vec!["carl", "dora"]),
        ("title eq null", vec!["carl", "dora"]),
        ("title ne null", vec!["anna", "bert"]),
        ("name pr", vec!["dora"]),
        ("name.givenName pr", vec!["dora"]),
        ("name.familyName pr", vec![]),
        ("emails pr", vec!["dora"]),
        ("emails.type pr", vec![]),
        ("not (emails.value pr)", vec!["anna", "bert", "carl"]),
        (&format!("{ENTERPRISE}:manager pr"), vec![]),
        ("groups pr", vec![]),
        ("id pr", vec!["anna", "bert", "carl", "dora"]),
    ] {
        assert_eq!(found(&client, "/Users", filter), expected, "{filter}");
    }
    wrong(&client, "title gt null");
    wrong(&client, "title co null");
}

/// "at least one of the multiple values matches" and, in brackets, one element matches all of it.
fn multi_valued_attributes_and_value_paths(place: &Place<'_>) {
    let client = place.client("rfc");
    let mails = |list: &[(&str, &str)]| {
        let list: Vec<_> = list.iter().map(|(value, kind)| json!({"value": value, "type": kind})).collect();
        json!({"emails": list, "phoneNumbers": [{"value": "1", "type": "work"}]})
    };
    make(&client, "/Users", &user("anna", mails(&[("a@Example.com", "work"), ("a@home.net", "home")])));
    make(&client, "/Users", &user("bert", mails(&[("b@example.com", "home"), ("b@work.net", "work")])));
    make(&client, "/Users", &user("carl", json!({})));
    for (filter, expected) in [
        ("emails co \"example.com\"", vec!["anna", "bert"]),
        ("emails.value eq \"A@example.com\"", vec!["anna"]),
        ("emails.type eq \"work\" and emails.value co \"example\"", vec!["anna", "bert"]),
        ("emails[type eq \"work\" and value co \"example\"]", vec!["anna"]),
        ("emails[type eq \"WORK\" and value eq \"a@example.com\"]", vec!["anna"]),
        ("emails[not (type eq \"work\") and value co \"@\"]", vec!["anna", "bert"]),
        ("emails[value sw \"b\" and (type eq \"work\" or type eq \"home\")]", vec!["bert"]),
        ("emails[type eq \"home\"] and phoneNumbers[value eq \"1\"]", vec!["anna", "bert"]),
        ("not (emails[type eq \"work\"])", vec!["carl"]),
        ("emails[type eq \"none\"]", vec![]),
        // None of the values is this one; "ne" is the contrary of "eq".
        ("emails.type ne \"work\"", vec!["carl"]),
        ("emails[type ne \"work\"]", vec!["anna", "bert"]),
        ("emails.value sw \"A\" or emails.value sw \"b\"", vec!["anna", "bert"]),
        ("emails.value gt \"a@home\"", vec!["anna", "bert"]),
    ] {
        assert_eq!(found(&client, "/Users", filter), expected, "{filter}");
    }
    for filter in
        ["emails[nothing eq \"x\"]", "userName[value eq \"x\"]", "emails[type eq \"work\"", "emails[]"]
    {
        wrong(&client, filter);
    }
}

/// RFC 7644 section 3.10: extensions' attributes by their URN.
fn extensions_and_manager(place: &Place<'_>) {
    let client = place.client("rfc");
    let boss = make_user(&client, "boss");
    let enterprise = |values: Value| json!({"schemas": [USER, ENTERPRISE], (ENTERPRISE): values});
    let anna =
        enterprise(json!({"department": "Research", "employeeNumber": "0042", "manager": {"value": boss}}));
    make(&client, "/Users", &user("anna", anna));
    make(&client, "/Users", &user("bert", enterprise(json!({"department": "Sales", "costCenter": "C9"}))));
    for (filter, expected) in [
        (format!("{ENTERPRISE}:department eq \"RESEARCH\""), vec!["anna"]),
        (format!("{}:department eq \"research\"", ENTERPRISE.to_uppercase()), vec!["anna"]),
        (format!("{ENTERPRISE}:department ne \"Research\""), vec!["bert", "boss"]),
        (format!("{ENTERPRISE}:employeeNumber sw \"00\""), vec!["anna"]),
        (format!("{ENTERPRISE}:costCenter pr"), vec!["bert"]),
        (format!("{ENTERPRISE}:manager.value eq \"{boss}\""), vec!["anna"]),
        (format!("{ENTERPRISE}:manager.$ref eq \"{}/Users/{boss}\"", place.server.scim()), vec!["anna"]),
        (format!("{ENTERPRISE}:manager pr and userName sw \"a\""), vec!["anna"]),
        (format!("schemas eq \"{ENTERPRISE}\""), vec!["anna", "bert"]),
        (format!("not ({ENTERPRISE}:department pr)"), vec!["boss"]),
    ] {
        assert_eq!(found(&client, "/Users", &filter), expected, "{filter}");
    }
    // A path without its URN is another attribute, or none.
    wrong(&client, "department eq \"Research\"");
    assert_eq!(found(&place.client("generic"), "/Users", "department eq \"Research\""), ["anna"]);
}

/// RFC 7643 section 4.1.2 and 4.2.
fn groups_members_and_references(place: &Place<'_>) {
    let client = place.client("rfc");
    let (anna, bert) = (make_user(&client, "anna"), make_user(&client, "bert"));
    let inner = make_group(&client, "Inner", &[&bert]);
    make_group(&client, "Outer", &[&anna, &inner]);
    let location = |path: &str| format!("{}{path}", place.server.scim());
    for (filter, expected) in [
        (format!("members.value eq \"{anna}\""), vec!["Outer"]),
        (format!("members[value eq \"{bert}\"]"), vec!["Inner"]),
        (format!("members eq \"{bert}\""), vec!["Inner"]),
        (format!("members.$ref eq \"{}\"", location(&format!("/Users/{bert}"))), vec!["Inner"]),
        ("members.type eq \"group\"".to_owned(), vec!["Outer"]),
        (format!("members[type eq \"User\" and value eq \"{inner}\"]"), vec![]),
        ("members pr".to_owned(), vec!["Inner", "Outer"]),
        ("displayName eq \"OUTER\"".to_owned(), vec!["Outer"]),
        (format!("displayName eq \"Inner\" and members.value eq \"{bert}\""), vec!["Inner"]),
        (format!("id eq \"{inner}\" and members.value eq \"{anna}\""), vec![]),
    ] {
        assert_eq!(found(&client, "/Groups", &filter), expected, "{filter}");
    }
    for (filter, expected) in [
        (format!("groups.value eq \"{inner}\""), vec!["bert"]),
        (format!("groups[value eq \"{inner}\" and display eq \"inner\"]"), vec!["bert"]),
        ("groups.display eq \"outer\"".to_owned(), vec!["anna"]),
        (format!("groups.$ref eq \"{}\"", location(&format!("/Groups/{inner}"))), vec!["bert"]),
        ("groups.type eq \"direct\"".to_owned(), vec!["anna", "bert"]),
        ("not (groups.display eq \"Inner\")".to_owned(), vec!["anna"]),
    ] {
        assert_eq!(found(&client, "/Users", &filter), expected, "{filter}");
    }
}

/// RFC 7643 section 3.1.
fn meta_id_and_schemas(place: &Place<'_>) {
    let client = place.client("rfc");
    let anna = make(&client, "/Users", &user("anna", json!({})));
    make_user(&client, "bert");
    let (of_anna, location) = (id(&anna), anna["meta"]["location"].as_str().unwrap());
    let version = anna["meta"]["version"].as_str().unwrap().replace('"', "\\\"");
    for (filter, expected) in [
        (format!("id eq \"{of_anna}\""), vec!["anna"]),
        (format!("id ne \"{of_anna}\""), vec!["bert"]),
        (format!("id eq \"{}\"", of_anna.to_uppercase()), vec![]),
        ("id eq \"no-uuid\"".to_owned(), vec![]),
        (format!("meta.location eq \"{location}\""), vec!["anna"]),
        (format!("meta.location ew \"{of_anna}\""), vec!["anna"]),
        ("meta.resourceType eq \"User\"".to_owned(), vec!["anna", "bert"]),
        ("meta.resourceType eq \"Group\"".to_owned(), vec![]),
        (format!("meta.version eq \"{version}\" and userName eq \"anna\""), vec!["anna"]),
        (format!("schemas eq \"{USER}\""), vec!["anna", "bert"]),
        ("schemas eq \"urn:example:none\"".to_owned(), vec![]),
    ] {
        assert_eq!(found(&client, "/Users", &filter), expected, "{filter}");
    }
}

/// "grouping operators", "not", "and", "or" in this order of precedence.
fn and_binds_closer_than_or_and_not_takes_brackets(place: &Place<'_>) {
    let client = place.client("rfc");
    three(&client);
    for (filter, expected) in [
        ("userName eq \"anna\" or userName eq \"bert\" and active eq true", vec!["anna"]),
        ("(userName eq \"anna\" or userName eq \"bert\") and active eq false", vec!["bert"]),
        ("active eq false and title pr or userName eq \"carl\"", vec!["bert", "carl"]),
        ("not (userName eq \"anna\") and not (userName eq \"bert\")", vec!["carl"]),
        ("not (userName eq \"anna\" or userName eq \"bert\")", vec!["carl"]),
        ("not (not (userName eq \"anna\"))", vec!["anna"]),
        ("userName eq \"anna\" AND title PR", vec!["anna"]),
        ("((userName eq \"anna\"))", vec!["anna"]),
        ("not(title pr)", vec!["carl"]),
        ("userName eq \"x\" or (title pr and (active eq false or title ew \"guide\"))", vec!["anna", "bert"]),
    ] {
        assert_eq!(found(&client, "/Users", filter), expected, "{filter}");
    }
}

/// Values are JSON: figure 1 of section 3.4.2.2.
fn quotes_spaces_and_escapes_in_a_value(place: &Place<'_>) {
    let client = place.client("rfc");
    let odd = "O'Brien \"Bob\" \\ and (or) [x] %_*";
    make(&client, "/Users", &user("odd", json!({"title": odd})));
    make(&client, "/Users", &user("even", json!({"title": "OXBrien"})));
    for filter in [
        format!("title eq {}", json!(odd)),
        format!("title co {}", json!("\\ and (")),
        "title co \"%_*\"".to_owned(),
        "title sw \"o'brien \\u0022\"".to_owned(),
    ] {
        assert_eq!(found(&client, "/Users", &filter), ["odd"], "{filter}");
    }
    assert_eq!(found(&client, "/Users", "title sw \"O_B\""), [""; 0]);
    assert_eq!(found(&client, "/Users", "title co \"%\""), ["odd"]);
    // In a query string a plus sign is a space and %2B a plus.
    let answer = client.get("/Users?filter=userName+eq+%22odd%22").expect(200);
    assert_eq!(names(&answer), ["odd"]);
}

/// RFC 7644 section 3.12, `invalidFilter`.
fn filters_that_are_wrong_are_400(place: &Place<'_>) {
    let client = place.client("rfc");
    for filter in [
        "",
        "userName",
        "userName eq",
        "userName eq anna",
        "userName is \"anna\"",
        "userName eq \"anna",
        "userName eq \"anna\" and",
        "and userName pr",
        "not userName pr",
        "(userName pr",
        "userName pr)",
        "userName eq \"a\" \"b\"",
        "userName eq ['a']",
        "nothing eq \"x\"",
        "userName.value eq \"x\"",
        "urn:example:none:attribute eq \"x\"",
        "userName eq \"\\q\"",
        "userName eq True",
    ] {
        wrong(&client, filter);
    }
    // The same through a POST.
    let body = json!({"schemas": [SEARCH], "filter": "userName is \"anna\""});
    client.post("/Users/.search", &body).expect_error(400, Some("invalidFilter"));
    client.post("/.search", &body).expect_error(400, Some("invalidFilter"));
}

/// RFC 7643 section 7, `returned` never; RFC 7644 section 7.5.2.
fn the_password_is_no_oracle(place: &Place<'_>) {
    let client = place.client("rfc");
    make(&client, "/Users", &user("anna", json!({"password": "secret"})));
    for filter in ["password eq \"secret\"", "password pr", "userName eq \"anna\" and password sw \"s\""] {
        let answer = client.get(&format!("/Users?filter={}", encoded(filter)));
        answer.expect_error(403, Some("sensitive"));
    }
    client.get("/Users?sortBy=password").expect_error(400, Some("invalidValue"));
}

fn a_filter_on_users_and_groups_sees_only_its_type(place: &Place<'_>) {
    let client = place.client("rfc");
    make(&client, "/Users", &user("both", json!({"displayName": "Both", "externalId": "e"})));
    make(&client, "/Groups", &merged(group("Both", &[]), json!({"externalId": "e"})));
    for filter in ["displayName eq \"both\"", "externalId eq \"e\"", "meta.resourceType pr"] {
        assert_eq!(found(&client, "/Users", filter), ["both"], "{filter}");
        assert_eq!(found(&client, "/Groups", filter), ["Both"], "{filter}");
    }
    client
        .get(&format!("/Groups?filter={}", encoded("userName eq \"both\"")))
        .expect_error(400, Some("invalidFilter"));
}

/// RFC 7643 section 3.1: `externalId` is "defined by the provisioning client".
fn an_external_id_is_one_connections_own(place: &Place<'_>) {
    let second = place.client_of_second_connection("okta");
    let first = place.client("rfc");
    let mine = make(&first, "/Users", &user("mine", json!({"externalId": "same"})));
    make(&second, "/Users", &user("theirs", json!({"externalId": "same"})));
    assert_eq!(found(&first, "/Users", "externalId eq \"same\""), ["mine"]);
    assert_eq!(found(&second, "/Users", "externalId eq \"same\""), ["theirs"]);
    assert_eq!(found(&second, "/Users", "userName pr"), ["mine", "theirs"]);
    let path = format!("/Users/{}", id(&mine));
    assert_eq!(second.get(&path).expect(200).json().get("externalId"), None);
    second.patch(&path, &json!([{"op": "add", "path": "title", "value": "t"}])).expect_error(409, None);
    second.put(&path, &user("mine", json!({}))).expect_error(409, None);
    second.delete(&path).expect_error(409, None);
    assert_eq!(first.get(&path).json(), mine);
}
