//! One level of JSON as slices of its text, for readers that must know positions. All parsing is left to `serde_json`.

use std::borrow::Cow;
use std::fmt;
use std::ops::Range;

use serde::de::{Deserialize, Deserializer, Error as _, IgnoredAny, MapAccess, Visitor};
use serde_json::value::RawValue;

/// The members of an object: name with its quotes, and value. Names may repeat.
pub(crate) struct Members<'a>(pub(crate) Vec<(&'a RawValue, &'a RawValue)>);

/// The items of the list that `text` is.
///
/// # Errors
/// The parser's.
pub(crate) fn items(text: &str) -> serde_json::Result<Vec<&RawValue>> {
    serde_json::from_str(text)
}

/// The items of the list that is the member `name` of the object that `text` is, in one pass.
///
/// # Errors
/// The parser's errors; also if there is no such member, or if it is not a list.
pub(crate) fn list_member<'a>(text: &'a str, name: &str) -> serde_json::Result<Vec<&'a RawValue>> {
    serde_json::Deserializer::from_str(text).deserialize_map(ListMember(name))
}

struct ListMember<'n>(&'n str);

impl<'de> Visitor<'de> for ListMember<'_> {
    type Value = Vec<&'de RawValue>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut items = None;
        while let Some(name) = map.next_key::<Cow<'_, str>>()? {
            if name == self.0 {
                items = Some(map.next_value()?);
            } else {
                map.next_value::<IgnoredAny>()?;
            }
        }
        items.ok_or_else(|| A::Error::custom("no such member"))
    }
}

/// The members of the object that `text` is.
///
/// # Errors
/// The parser's.
pub(crate) fn members(text: &str) -> serde_json::Result<Members<'_>> {
    serde_json::from_str(text)
}

/// The content of the JSON string that `text` is.
///
/// # Errors
/// The parser's.
pub(crate) fn decoded(text: &str) -> serde_json::Result<Cow<'_, str>> {
    #[derive(serde::Deserialize)]
    struct Content<'a>(#[serde(borrow)] Cow<'a, str>);
    serde_json::from_str::<Content<'_>>(text).map(|content| content.0)
}

/// Where `part`, a slice of `source`, is located in it: slices borrow, so their offsets follow from their addresses.
pub(crate) fn bytes(source: &str, part: &str) -> Range<usize> {
    let start = (part.as_ptr() as usize).saturating_sub(source.as_ptr() as usize);
    start..start + part.len()
}

impl<'de> Deserialize<'de> for Members<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(Pairs)
    }
}

struct Pairs;

impl<'de> Visitor<'de> for Pairs {
    type Value = Members<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut pairs = Vec::new();
        while let Some(pair) = map.next_entry()? {
            pairs.push(pair);
        }
        Ok(Members(pairs))
    }
}
