//! Reads JSON to a typed document in one pass. This is the fast path for correct text.
//!
//! It reports no errors: [`super::read`] then takes the slow path, which knows paths and positions. The slow path also reads what
//! this one refuses because it would lose it, which is numbers that are not integers.

use std::borrow::Cow;
use std::fmt;
use std::marker::PhantomData;

use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};

use super::json::{Value, repeats};
use super::{
    Condition, ConditionBlock, Document, Effect, Element, Principal, PrincipalKind, Scalar,
    Statement, StatementElement, Statements, Strings, Version,
};

/// Reads `text`; `None` when there is anything that this pass does not take.
pub(super) fn read(text: &str) -> Option<Document> {
    let mut deserializer = serde_json::Deserializer::from_str(text);
    let document = Of::<Document>::new().deserialize(&mut deserializer).ok()?;
    deserializer.end().ok()?;
    Some(document)
}

/// Depth of what an unknown element holds. That of a bare statement is one less, which the slow way counts right.
const IN_DOCUMENT: usize = 1;
const IN_STATEMENT: usize = 3;

/// Visits what a `T` is made from.
struct Of<T>(PhantomData<T>);

impl<T> Of<T> {
    fn new() -> Self {
        Self(PhantomData)
    }
}

impl<'de, T> DeserializeSeed<'de> for Of<T>
where
    Self: Visitor<'de, Value = T>,
{
    type Value = T;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<T, D::Error> {
        deserializer.deserialize_any(self)
    }
}

macro_rules! expecting {
    ($what:literal) => {
        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str($what)
        }
    };
}

fn unfit<T, E: Error>() -> Result<T, E> {
    Err(E::custom("not as expected"))
}

impl<'de> Visitor<'de> for Of<Document> {
    type Value = Document;
    expecting!("a policy document");

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Document, A::Error> {
        let mut elements = Vec::with_capacity(3);
        while let Some(name) = map.next_key_seed(Of::<Cow<'de, str>>::new())? {
            elements.push(match &*name {
                "Version" => Element::Version(map.next_value_seed(Of::new())?),
                "Id" => Element::Id(map.next_value_seed(Of::new())?),
                "Statement" => Element::Statement(map.next_value_seed(Of::new())?),
                _ => {
                    let value = map.next_value_seed(Value { depth: IN_DOCUMENT })?;
                    Element::Unknown(name.into_owned(), value)
                }
            });
        }
        let has_statement = elements.iter().any(|e| matches!(e, Element::Statement(_)));
        if !has_statement || repeats(&elements, Element::name).is_some() {
            return unfit();
        }
        Ok(Document { elements })
    }
}

impl<'de> Visitor<'de> for Of<Statements> {
    type Value = Statements;
    expecting!("statements");

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Statements, A::Error> {
        let one = Of::<Statement>::new().visit_map(map)?;
        Ok(Statements::One(Box::new(one)))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Statements, A::Error> {
        let mut many = Vec::new();
        while let Some(statement) = seq.next_element_seed(Of::new())? {
            many.push(statement);
        }
        Ok(Statements::Many(many))
    }
}

impl<'de> Visitor<'de> for Of<Statement> {
    type Value = Statement;
    expecting!("a statement");

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Statement, A::Error> {
        let mut elements = Vec::with_capacity(5);
        while let Some(name) = map.next_key_seed(Of::<Cow<'de, str>>::new())? {
            elements.push(match &*name {
                "Sid" => StatementElement::Sid(map.next_value_seed(Of::new())?),
                "Effect" => StatementElement::Effect(map.next_value_seed(Of::new())?),
                "Principal" => StatementElement::Principal(map.next_value_seed(Of::new())?),
                "NotPrincipal" => StatementElement::NotPrincipal(map.next_value_seed(Of::new())?),
                "Action" => StatementElement::Action(map.next_value_seed(Of::new())?),
                "NotAction" => StatementElement::NotAction(map.next_value_seed(Of::new())?),
                "Resource" => StatementElement::Resource(map.next_value_seed(Of::new())?),
                "NotResource" => StatementElement::NotResource(map.next_value_seed(Of::new())?),
                "Condition" => StatementElement::Condition(map.next_value_seed(Of::new())?),
                _ => {
                    let value = map.next_value_seed(Value {
                        depth: IN_STATEMENT,
                    })?;
                    StatementElement::Unknown(name.into_owned(), value)
                }
            });
        }
        let statement = Statement { elements };
        if statement.misfit().is_some() || repeats(&statement.elements, |e| e.name()).is_some() {
            return unfit();
        }
        Ok(statement)
    }
}

impl<'de> Visitor<'de> for Of<Condition> {
    type Value = Condition;
    expecting!("operators");

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Condition, A::Error> {
        let blocks = members(map)?
            .into_iter()
            .map(|(operator, Keys(keys))| ConditionBlock { operator, keys })
            .collect();
        Ok(Condition { blocks })
    }
}

struct Keys(Vec<(String, Strings)>);

impl<'de> Visitor<'de> for Of<Keys> {
    type Value = Keys;
    expecting!("condition keys");

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Keys, A::Error> {
        members(map).map(Keys)
    }
}

/// Members of one kind, each name once.
fn members<'de, A, T>(mut map: A) -> Result<Vec<(String, T)>, A::Error>
where
    A: MapAccess<'de>,
    Of<T>: DeserializeSeed<'de, Value = T>,
{
    let mut members: Vec<(String, T)> = Vec::with_capacity(1);
    while let Some(name) = map.next_key_seed(Of::<Cow<'de, str>>::new())? {
        members.push((name.into_owned(), map.next_value_seed(Of::<T>::new())?));
    }
    if repeats(&members, |(name, _)| name).is_some() {
        return unfit();
    }
    Ok(members)
}

impl<'de> Visitor<'de> for Of<Principal> {
    type Value = Principal;
    expecting!("principals");

    fn visit_str<E: Error>(self, text: &str) -> Result<Principal, E> {
        match text {
            "*" => Ok(Principal::Everyone),
            _ => unfit(),
        }
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Principal, A::Error> {
        members(map)?
            .into_iter()
            .map(|(name, names)| match PrincipalKind::of(&name) {
                Some(kind) => Ok((kind, names)),
                None => unfit(),
            })
            .collect::<Result<_, _>>()
            .map(Principal::Entries)
    }
}

impl<'de> Visitor<'de> for Of<Strings> {
    type Value = Strings;
    expecting!("strings");

    fn visit_str<E>(self, text: &str) -> Result<Strings, E> {
        Ok(Strings::One(text.into()))
    }

    fn visit_bool<E: Error>(self, value: bool) -> Result<Strings, E> {
        Of::<Scalar>::new().visit_bool(value).map(Strings::One)
    }

    fn visit_u64<E: Error>(self, value: u64) -> Result<Strings, E> {
        Of::<Scalar>::new().visit_u64(value).map(Strings::One)
    }

    fn visit_i64<E: Error>(self, value: i64) -> Result<Strings, E> {
        Of::<Scalar>::new().visit_i64(value).map(Strings::One)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Strings, A::Error> {
        let mut many = Vec::new();
        while let Some(scalar) = seq.next_element_seed(Of::new())? {
            many.push(scalar);
        }
        Ok(Strings::Many(many))
    }
}

impl Visitor<'_> for Of<Scalar> {
    type Value = Scalar;
    expecting!("a string");

    fn visit_str<E>(self, text: &str) -> Result<Scalar, E> {
        Ok(text.into())
    }

    fn visit_bool<E>(self, value: bool) -> Result<Scalar, E> {
        Ok(Scalar::Bool(value))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Scalar, E> {
        Ok(Scalar::Number(value.to_string()))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Scalar, E> {
        Ok(Scalar::Number(value.to_string()))
    }
}

impl Visitor<'_> for Of<Effect> {
    type Value = Effect;
    expecting!("an effect");

    fn visit_str<E: Error>(self, text: &str) -> Result<Effect, E> {
        Effect::of(text).map_or_else(unfit, Ok)
    }
}

impl Visitor<'_> for Of<Version> {
    type Value = Version;
    expecting!("a version");

    fn visit_str<E: Error>(self, text: &str) -> Result<Version, E> {
        Version::of(text).map_or_else(unfit, Ok)
    }
}

impl<'de> Visitor<'de> for Of<Cow<'de, str>> {
    type Value = Cow<'de, str>;
    expecting!("a name");

    fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Cow<'de, str>, E> {
        Ok(Cow::Borrowed(text))
    }

    fn visit_str<E>(self, text: &str) -> Result<Cow<'de, str>, E> {
        Ok(Cow::Owned(text.to_owned()))
    }
}
