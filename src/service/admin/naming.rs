//! Names of members as the API has them (`userGroup`) and as the settings and the catalogue are stored (`user_group`).
//! Only what is named by us is renamed: keys are data.

use serde_json::{Map, Value};

use super::AdminError;

/// The members of an object by the names that they are shown with: `user_group` is `userGroup`.
pub(super) fn as_shown(value: Value) -> Value {
    let Value::Object(members) = value else { return value };
    members.into_iter().map(|(name, value)| (shown_name(&name), value)).collect()
}

/// The same of what is within an object by keys: an object each.
pub(super) fn each_as_shown(value: Value) -> Value {
    let Value::Object(members) = value else { return value };
    members.into_iter().map(|(key, value)| (key, as_shown(value))).collect()
}

/// One member of an object, renamed by a function.
pub(super) fn within(value: &mut Value, member: &str, rename: impl FnOnce(Value) -> Value) {
    if let Some(inner) = value.get_mut(member) {
        *inner = rename(inner.take());
    }
}

fn shown_name(name: &str) -> String {
    let mut words = name.split('_');
    let first = words.next().unwrap_or_default().to_owned();
    words.fold(first, |mut name, word| {
        let mut letters = word.chars();
        name.extend(letters.next().map(|first| first.to_ascii_uppercase()));
        name.push_str(letters.as_str());
        name
    })
}

/// The members of an object by the names that they are stored with: `userGroup` is `user_group`. A name that is written
/// as it is stored is no name here.
pub(super) fn as_stored(members: Map<String, Value>) -> Result<Map<String, Value>, AdminError> {
    let stored = |(name, value): (String, Value)| {
        if name.contains('_') {
            let name: String = name.chars().filter(|c| !c.is_control()).take(100).collect();
            return Err(AdminError::invalid(&name, "there is no such member here"));
        }
        let mut stored = String::with_capacity(name.len());
        for letter in name.chars() {
            if letter.is_ascii_uppercase() {
                stored.push('_');
            }
            stored.push(letter.to_ascii_lowercase());
        }
        Ok((stored, value))
    };
    members.into_iter().map(stored).collect()
}
