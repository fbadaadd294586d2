//! The list response (RFC 7644 section 3.4.2, RFC 9865 section 2), whole or in pieces for streaming.

use serde_json::Value;

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

/// A list response with its resources, each the JSON of one.
#[must_use]
pub fn response(resources: impl IntoIterator<Item = impl AsRef<[u8]>>, page: &Page) -> Vec<u8> {
    let mut text = head(page).into_bytes();
    for (at, resource) in resources.into_iter().enumerate() {
        if at > 0 {
            text.push(b',');
        }
        text.extend_from_slice(resource.as_ref());
    }
    text.extend_from_slice(TAIL.as_bytes());
    text
}

/// The text of a list response up to its first resource; resources follow, separated by commas, then [`TAIL`].
#[must_use]
pub fn head(page: &Page) -> String {
    let total = page.total.map(|total| format!(r#","totalResults":{total}"#)).unwrap_or_default();
    let place = match &page.place {
        Place::Index { start } => format!(r#","startIndex":{start}"#),
        Place::Cursor { next: Some(next) } => format!(r#","nextCursor":{}"#, Value::from(next.as_str())),
        Place::Cursor { next: None } => String::new(),
    };
    let (list, items) = (urn::LIST_RESPONSE, page.items);
    format!(r#"{{"schemas":["{list}"],"itemsPerPage":{items}{total}{place},"Resources":["#)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn read(resources: &[Value], page: &Page) -> Value {
        serde_json::from_slice(&response(resources.iter().map(Value::to_string), page)).unwrap()
    }

    #[test]
    fn an_empty_list_still_has_its_resources() {
        let page = Page { total: Some(0), items: 0, place: Place::Index { start: 1 } };
        assert_eq!(
            read(&[], &page),
            json!({"schemas": [urn::LIST_RESPONSE], "totalResults": 0, "itemsPerPage": 0, "startIndex": 1, "Resources": []})
        );
    }

    #[test]
    fn a_page_has_its_resources_in_their_order() {
        let resources = [json!({"id": "1"}), json!({"id": "2"})];
        let page = Page { total: Some(9), items: 2, place: Place::Index { start: 4 } };
        assert_eq!(
            read(&resources, &page),
            json!({"schemas": [urn::LIST_RESPONSE], "totalResults": 9, "itemsPerPage": 2, "startIndex": 4, "Resources": resources})
        );
    }

    #[test]
    fn a_cursor_page_names_the_next_one_and_no_index() {
        let page = |next| Page { total: None, items: 1, place: Place::Cursor { next } };
        assert_eq!(
            read(&[json!({"id": "1"})], &page(Some("a\"b".to_owned()))),
            json!({"schemas": [urn::LIST_RESPONSE], "itemsPerPage": 1, "nextCursor": "a\"b", "Resources": [{"id": "1"}]})
        );
        assert_eq!(read(&[], &page(None)).get("nextCursor"), None);
    }
}
