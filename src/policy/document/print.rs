//! Prints documents as JSON, with the elements in their original order.

use serde::ser::{Error as _, Serialize, SerializeMap, SerializeSeq, Serializer};
use serde_json::value::RawValue;

use super::{
    Condition, ConditionBlock, Document, Element, Json, Principal, Scalar, Statement,
    StatementElement, Statements, Strings,
};

impl Document {
    /// JSON with two blanks of indentation and no newline at the end.
    #[must_use]
    pub fn to_json_pretty(&self) -> String {
        // Serialising to memory fails only for a hand-built number that is not one.
        serde_json::to_string_pretty(self).unwrap_or_default()
    }

    /// JSON without white space.
    #[must_use]
    pub fn to_json_compact(&self) -> String {
        serde_json::to_string(self).unwrap_or_default()
    }
}

/// A number keeps its text: `1.0` stays `1.0`, and 2^53+1 is not rounded.
fn number<S: Serializer>(text: &str, serializer: S) -> Result<S::Ok, S::Error> {
    RawValue::from_string(text.to_owned())
        .map_err(|_| S::Error::custom("not a number"))?
        .serialize(serializer)
}

impl Serialize for Document {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.elements.len()))?;
        for element in &self.elements {
            match element {
                Element::Version(version) => map.serialize_entry("Version", version.as_str())?,
                Element::Id(id) => map.serialize_entry("Id", id)?,
                Element::Statement(statements) => map.serialize_entry("Statement", statements)?,
                Element::Unknown(name, value) => map.serialize_entry(name, value)?,
            }
        }
        map.end()
    }
}

impl Serialize for Statements {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::One(one) => one.serialize(serializer),
            Self::Many(many) => many.serialize(serializer),
        }
    }
}

impl Serialize for Statement {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.elements.len()))?;
        for element in &self.elements {
            let name = element.name();
            match element {
                StatementElement::Sid(sid) => map.serialize_entry(name, sid)?,
                StatementElement::Effect(effect) => map.serialize_entry(name, effect.as_str())?,
                StatementElement::Principal(principal)
                | StatementElement::NotPrincipal(principal) => {
                    map.serialize_entry(name, principal)?;
                }
                StatementElement::Action(strings)
                | StatementElement::NotAction(strings)
                | StatementElement::Resource(strings)
                | StatementElement::NotResource(strings) => map.serialize_entry(name, strings)?,
                StatementElement::Condition(condition) => map.serialize_entry(name, condition)?,
                StatementElement::Unknown(_, value) => map.serialize_entry(name, value)?,
            }
        }
        map.end()
    }
}

impl Element {
    /// The element's name as it stands in a document.
    #[must_use]
    pub fn name(&self) -> &str {
        match self {
            Self::Version(_) => "Version",
            Self::Id(_) => "Id",
            Self::Statement(_) => "Statement",
            Self::Unknown(name, _) => name,
        }
    }
}

impl StatementElement {
    /// The element's name as it stands in a document.
    #[must_use]
    pub fn name(&self) -> &str {
        match self {
            Self::Sid(_) => "Sid",
            Self::Effect(_) => "Effect",
            Self::Principal(_) => "Principal",
            Self::NotPrincipal(_) => "NotPrincipal",
            Self::Action(_) => "Action",
            Self::NotAction(_) => "NotAction",
            Self::Resource(_) => "Resource",
            Self::NotResource(_) => "NotResource",
            Self::Condition(_) => "Condition",
            Self::Unknown(name, _) => name,
        }
    }
}

impl Serialize for Principal {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Everyone => serializer.serialize_str("*"),
            Self::Entries(entries) => {
                serializer.collect_map(entries.iter().map(|(kind, names)| (kind.as_str(), names)))
            }
        }
    }
}

impl Serialize for Condition {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.blocks.iter().map(|block| (&block.operator, block)))
    }
}

impl Serialize for ConditionBlock {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.keys.iter().map(|(key, values)| (key, values)))
    }
}

impl Serialize for Strings {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::One(one) => one.serialize(serializer),
            Self::Many(many) => many.serialize(serializer),
        }
    }
}

impl Serialize for Scalar {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::String(text) => serializer.serialize_str(text),
            Self::Number(text) => number(text, serializer),
            Self::Bool(value) => serializer.serialize_bool(*value),
        }
    }
}

impl Serialize for Json {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Null => serializer.serialize_unit(),
            Self::Bool(value) => serializer.serialize_bool(*value),
            Self::Number(text) => number(text, serializer),
            Self::String(text) => serializer.serialize_str(text),
            Self::Array(items) => {
                let mut seq = serializer.serialize_seq(Some(items.len()))?;
                for item in items {
                    seq.serialize_element(item)?;
                }
                seq.end()
            }
            Self::Object(members) => {
                serializer.collect_map(members.iter().map(|(name, value)| (name, value)))
            }
        }
    }
}
