//! The outermost members of a JSON object, each as the text that it has there.

use std::borrow::Cow;
use std::fmt;

use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde::ser::{Serialize, Serializer};
use serde_json::value::RawValue;

/// Members in their order. They are few: whoever looks for one looks at all. Their names are those of schemas and
/// attributes, in which nothing needs escaping.
#[derive(Debug, Default)]
pub(super) struct Members<'a>(Vec<(&'a str, Cow<'a, RawValue>)>);

impl<'a> Members<'a> {
    pub(super) fn get(&self, name: &str) -> Option<&RawValue> {
        self.0.iter().find(|(known, _)| *known == name).map(|(_, text)| &**text)
    }

    /// Puts it in the place of the member of that name, or after all others.
    pub(super) fn set(&mut self, name: &'a str, text: Cow<'a, RawValue>) {
        match self.0.iter_mut().find(|(known, _)| *known == name) {
            Some((_, old)) => *old = text,
            None => self.0.push((name, text)),
        }
    }

    pub(super) fn remove(&mut self, name: &str) {
        self.0.retain(|(known, _)| *known != name);
    }

    /// Others after these; these stand where both have a name.
    pub(super) fn append(&mut self, mut others: Self) {
        others.0.retain(|(name, _)| self.get(name).is_none());
        self.0.append(&mut others.0);
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Members<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(Reader)
    }
}

struct Reader;

impl<'de> Visitor<'de> for Reader {
    type Value = Members<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut object: A) -> Result<Members<'de>, A::Error> {
        let mut members = Vec::with_capacity(32);
        while let Some((name, text)) = object.next_entry::<&'de str, &'de RawValue>()? {
            members.push((name, Cow::Borrowed(text)));
        }
        Ok(Members(members))
    }
}

impl Serialize for Members<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().map(|(name, text)| (name, text)))
    }
}
