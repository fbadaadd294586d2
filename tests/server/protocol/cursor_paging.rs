//! Paging by cursor (RFC 9865).

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::*;

topic!(
    [],
    pages_follow_one_another_to_the_last,
    a_cursor_fits_one_query_one_count_and_one_client,
    a_cursor_and_an_index_exclude_each_other,
    pages_neither_repeat_nor_lose_while_others_write,
    a_cursor_works_in_a_body_and_over_all_types,
    a_cursor_is_opaque_and_of_characters_that_need_no_encoding,
);

/// The names of all pages, from the empty cursor on.
fn crawl(client: &Client, query: &str, mut between: impl FnMut(usize)) -> Vec<String> {
    let mut seen = Vec::new();
    let mut cursor = String::new();
    for page in 0.. {
        let answer = client.get(&format!("/Users?{query}&cursor={cursor}")).expect(200);
        seen.extend(names(&answer));
        let Some(next) = answer.json().get("nextCursor").cloned() else { break };
        cursor = next.as_str().unwrap().to_owned();
        between(page);
    }
    seen
}

fn cursor_of(client: &Client, query: &str) -> String {
    client.get(&format!("/Users?{query}&cursor=")).expect(200).at("/nextCursor")
}

/// Section 2: `nextCursor` is absent on the last page only; no `startIndex`; the empty cursor begins.
fn pages_follow_one_another_to_the_last(place: &Place<'_>) {
    let client = place.client("rfc");
    make_users(&client, "u", 25);
    for (count, pages) in [(10, vec![10, 10, 5]), (5, vec![5; 5]), (25, vec![25]), (1000, vec![25])] {
        let mut cursor = String::new();
        for (at, items) in pages.iter().enumerate() {
            let page = client.get(&format!("/Users?count={count}&cursor={cursor}")).expect(200).json();
            assert_eq!(
                (&page["itemsPerPage"], &page["totalResults"]),
                (&json!(items), &json!(25)),
                "{count}"
            );
            assert_eq!(page.get("startIndex"), None);
            assert_eq!(page.get("previousCursor"), None, "backwards is not offered");
            assert_eq!(page.get("nextCursor").is_some(), at + 1 < pages.len(), "{count} {at}");
            cursor = page.get("nextCursor").and_then(Value::as_str).unwrap_or_default().to_owned();
        }
    }
    assert_eq!(crawl(&client, "count=4", |_| {}), names(&client.get("/Users?count=100")));
    // Section 2.1: the parameter without a value is the empty cursor, too.
    assert_eq!(client.get("/Users?cursor&count=4").expect(200).json().get("startIndex"), None);
    // Nothing asked for, nothing found: neither has a next page.
    for query in ["count=0".to_owned(), format!("filter={}", encoded("userName eq \"none\""))] {
        let page = client.get(&format!("/Users?cursor=&{query}")).expect(200).json();
        assert_eq!((page.get("nextCursor"), &page["Resources"]), (None, &json!([])), "{query}");
    }
}

/// Section 2.1: `invalidCursor`, `expiredCursor`, `invalidCount`; a cursor that has expired is tested beside the code
/// that opens cursors, with a clock of its own.
fn a_cursor_fits_one_query_one_count_and_one_client(place: &Place<'_>) {
    let client = place.client("rfc");
    make_users(&client, "u", 9);
    let cursor = cursor_of(&client, "count=3");
    let get = |query: &str| client.get(&format!("/Users?{query}&cursor={cursor}"));
    for wrong in
        ["x".to_owned(), "AAAA".repeat(40), cursor.replace(&cursor[20..24], "zzzz"), format!("{cursor}A")]
    {
        let answer = client.get(&format!("/Users?count=3&cursor={}", encoded(&wrong)));
        answer.expect_error(400, Some("invalidCursor"));
    }
    get("count=4").expect_error(400, Some("invalidCount"));
    for other in [
        format!("count=3&filter={}", encoded("userName pr")),
        "count=3&sortBy=userName".to_owned(),
        "count=3&sortOrder=descending&sortBy=id".to_owned(),
    ] {
        get(&other).expect_error(400, Some("invalidCursor"));
    }
    let at_groups = client.get(&format!("/Groups?count=3&cursor={cursor}"));
    at_groups.expect_error(400, Some("invalidCursor"));
    let foreign = place.client("strict").get(&format!("/Users?count=3&cursor={cursor}"));
    foreign.expect_error(400, Some("invalidCursor"));
    // A page can be read again, and what it shows may differ.
    let first = get("count=3").expect(200);
    assert_eq!(names(&get("count=3").expect(200)), names(&first));
    assert_eq!(resources(&get("count=3&attributes=userName").expect(200))[0].get("active"), None);
    // The cursor holds without a count where it was made without one.
    make_users(&client, "more", 200);
    let usual = cursor_of(&client, "");
    assert_eq!(resources(&client.get(&format!("/Users?cursor={usual}")).expect(200)).len(), 100);
}

/// Section 2.4.
fn a_cursor_and_an_index_exclude_each_other(place: &Place<'_>) {
    let client = place.client("rfc");
    make_users(&client, "u", 3);
    for query in ["cursor=&startIndex=1", "startIndex=2&cursor=&count=1"] {
        client.get(&format!("/Users?{query}")).expect_error(400, Some("invalidValue"));
    }
    client.get("/Users?cursor=&count=1001").expect_error(400, Some("invalidCount"));
    client.get("/Users?cursor=a&cursor=b").expect_error(400, Some("invalidValue"));
}

/// What is there from the first page to the last is seen exactly once, whoever else comes and goes.
fn pages_neither_repeat_nor_lose_while_others_write(place: &Place<'_>) {
    let client = place.client("rfc");
    for sort in ["count=7", "count=7&sortBy=userName", "count=7&sortBy=title"] {
        let tag = sort.len();
        let stay: BTreeSet<String> = (0..40).map(|number| format!("s{tag}-{number:02}")).collect();
        let mut leaving = Vec::new();
        for name in &stay {
            make(&client, "/Users", &user(name, json!({"title": format!("t{}", name.len())})));
            leaving.push(make_user(&client, &format!("{name}-leaves")));
        }
        leaving.reverse();
        let mut come = 0;
        let seen = crawl(&client, sort, |page| {
            // Not for ever: the end must be within reach.
            for _ in 0..if page < 8 { 2 } else { 0 } {
                // From both ends: what was seen and what is to come.
                if let Some(gone) = leaving.pop() {
                    client.delete(&format!("/Users/{gone}")).expect(204);
                }
                if !leaving.is_empty() {
                    client.delete(&format!("/Users/{}", leaving.remove(0))).expect(204);
                }
                come += 1;
                make_user(&client, &format!("a{tag}-{come}"));
                make_user(&client, &format!("z{tag}-{come}"));
            }
        });
        let stayed: Vec<String> = seen.iter().filter(|name| stay.contains(*name)).cloned().collect();
        assert_eq!(stayed.len(), stay.len(), "{sort}");
        assert_eq!(stayed.into_iter().collect::<BTreeSet<_>>(), stay, "{sort}");
        let distinct: BTreeSet<&String> = seen.iter().collect();
        assert_eq!(distinct.len(), seen.len(), "{sort}: nobody twice");
    }
}

/// Section 2.5: in a search request as in a URL.
fn a_cursor_works_in_a_body_and_over_all_types(place: &Place<'_>) {
    let client = place.client("rfc");
    make_users(&client, "u", 5);
    for number in 0..4 {
        make_group(&client, &format!("g{number}"), &[]);
    }
    let mut seen = Vec::new();
    let mut cursor = String::new();
    loop {
        let body = json!({"schemas": [SEARCH], "cursor": cursor, "count": 2});
        let page = client.post("/.search", &body).expect(200);
        assert_eq!(page.json()["totalResults"], json!(9));
        seen.extend(names(&page));
        let Some(next) = page.json().get("nextCursor").cloned() else { break };
        cursor = next.as_str().unwrap().to_owned();
    }
    assert_eq!(seen, ["u0000", "u0001", "u0002", "u0003", "u0004", "g0", "g1", "g2", "g3"]);
    // One made by a POST goes on in a URL of the same query.
    let body = json!({"schemas": [SEARCH], "cursor": "", "count": 2});
    let cursor = client.post("/Users/.search", &body).expect(200).at("/nextCursor");
    assert_eq!(
        names(&client.get(&format!("/Users?count=2&cursor={cursor}")).expect(200)),
        ["u0002", "u0003"]
    );
}

/// Section 2: "unreserved characters".
fn a_cursor_is_opaque_and_of_characters_that_need_no_encoding(place: &Place<'_>) {
    let client = place.client("rfc");
    let ids = make_users(&client, "secretname", 4);
    for query in ["count=1", "count=1&sortBy=userName"] {
        let (one, two) = (cursor_of(&client, query), cursor_of(&client, query));
        assert_ne!(one, two, "no two are alike");
        assert!(one.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte)), "{one}");
        assert!(!one.contains("secretname") && !one.contains(&ids[0]));
    }
}
