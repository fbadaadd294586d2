//! The list response (RFC 7644 section 3.4.2, RFC 9865 section 2), whole or in pieces for streaming.

use serde_json::{Map, Value, json};

use super::urn;

/// What a list response says about its page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page {
    /// How many resources match in all; absent only where a cursor's query does not count them.
    pub total: Option<u64>,
    /// How many of them are in this page.
    pub items: usize,
    /// Where the page lies.
    pub place: Place,
}

/// Where a page lies among the results.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Place {
    /// By the number of its first resource.
    Index {
        /// From 1.
        start: u64,
    },
    /// By cursors.
    Cursor {
        /// The next page's cursor; absent on the last page only.
        next: Option<String>,
    },
}

/// What follows the resources of a streamed list response.
pub const TAIL: &str = "]}";

/// A list response with its resources.
#[must_use]
pub fn response(resources: Vec<Value>, page: &Page) -> Value {
    let mut members = members(page);
    members.insert("Resources".to_owned(), Value::Array(resources));
    Value::Object(members)
}

/// The text of a list response up to its first resource; resources follow, separated by commas, then [`TAIL`].
#[must_use]
pub fn head(page: &Page) -> String {
    let mut text = Value::Object(members(page)).to_string();
    text.pop();
    text.push_str(",\"Resources\":[");
    text
}

/// All members but the resources.
fn members(page: &Page) -> Map<String, Value> {
    let mut members = Map::new();
    members.insert("schemas".to_owned(), json!([urn::LIST_RESPONSE]));
    if let Some(total) = page.total {
        members.insert("totalResults".to_owned(), total.into());
    }
    members.insert("itemsPerPage".to_owned(), page.items.into());
    match &page.place {
        Place::Index { start } => {
            members.insert("startIndex".to_owned(), (*start).into());
        }
        Place::Cursor { next: Some(next) } => {
            members.insert("nextCursor".to_owned(), next.as_str().into());
        }
        Place::Cursor { next: None } => {}
    }
    members
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_empty_list_still_has_its_resources() {
        let page = Page { total: Some(0), items: 0, place: Place::Index { start: 1 } };
        assert_eq!(
            response(Vec::new(), &page),
            json!({"schemas": [urn::LIST_RESPONSE], "totalResults": 0, "itemsPerPage": 0, "startIndex": 1, "Resources": []})
        );
    }

    #[test]
    fn a_cursor_page_names_the_next_one_and_no_index() {
        let page = |next| Page { total: None, items: 1, place: Place::Cursor { next } };
        assert_eq!(
            response(vec![json!({"id": "1"})], &page(Some("abc".to_owned()))),
            json!({"schemas": [urn::LIST_RESPONSE], "itemsPerPage": 1, "nextCursor": "abc", "Resources": [{"id": "1"}]})
        );
        assert_eq!(response(Vec::new(), &page(None)).get("nextCursor"), None);
    }

    #[test]
    fn streamed_pieces_are_the_same_response() {
        let resources = vec![json!({"id": "1"}), json!({"id": "2"})];
        for place in [Place::Index { start: 4 }, Place::Cursor { next: Some("n".to_owned()) }] {
            let page = Page { total: Some(9), items: 2, place };
            let streamed = format!("{}{},{}{TAIL}", head(&page), resources[0], resources[1]);
            let read: Value = serde_json::from_str(&streamed).unwrap();
            assert_eq!(read, response(resources.clone(), &page));
        }
    }
}
