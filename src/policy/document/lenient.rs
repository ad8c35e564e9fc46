//! Reads what IAM refuses only after it has checked the grammar.

use super::read::{from_json, parse};
use super::spans::Spans;
use super::{Document, Effect, Json, ParseError, Path};

/// A document in which effects may stand in other letters, and statements may have no actions.
#[derive(Debug)]
pub struct Lenient {
    /// The document with the effects as they should be written, and empty lists of actions where there are none.
    pub document: Document,
    /// The effects in other letters, in their order.
    pub effects: Vec<Path>,
}

/// Reads a policy document like [`parse`], but takes an effect in other letters and a statement without actions.
///
/// # Errors
/// Those of [`parse`].
pub fn parse_leniently(text: &str) -> Result<Lenient, ParseError> {
    let strict = match parse(text) {
        Ok(document) => {
            return Ok(Lenient {
                document,
                effects: Vec::new(),
            });
        }
        Err(error) => error,
    };
    let mut json = Spans::of(text)?.into_json();
    let mut effects = Vec::new();
    if let Json::Object(members) = &mut json {
        let path = Path::default().key("Statement");
        match members.iter_mut().find(|(name, _)| name == "Statement") {
            Some((_, Json::Array(items))) => {
                for (n, item) in items.iter_mut().enumerate() {
                    mend(item, &path.index(n), &mut effects);
                }
            }
            Some((_, one)) => mend(one, &path, &mut effects),
            None => {}
        }
    }
    let document = from_json(json).map_err(|_| strict)?;
    Ok(Lenient { document, effects })
}

fn mend(statement: &mut Json, path: &Path, effects: &mut Vec<Path>) {
    let Json::Object(members) = statement else {
        return;
    };
    for (name, value) in members.iter_mut().filter(|(name, _)| name == "Effect") {
        let Json::String(text) = value else {
            continue;
        };
        for known in [Effect::Allow, Effect::Deny].map(Effect::as_str) {
            if text.eq_ignore_ascii_case(known) && text != known {
                known.clone_into(text);
                effects.push(path.key(name));
            }
        }
    }
    let names_actions = |(name, _): &(String, Json)| name == "Action" || name == "NotAction";
    if !members.iter().any(names_actions) {
        members.push(("Action".to_owned(), Json::Array(Vec::new())));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn effects_in_other_letters_and_missing_actions_are_read() {
        let text = r#"{"Statement":[{"Effect":"ALLOW","Resource":"*"},{"Effect":"Deny","NotAction":"a:b"}]}"#;
        let read = parse_leniently(text).unwrap();
        let paths: Vec<String> = read.effects.iter().map(ToString::to_string).collect();
        assert_eq!(paths, ["Statement[0].Effect"]);
        assert_eq!(
            read.document.to_json_compact(),
            r#"{"Statement":[{"Effect":"Allow","Resource":"*","Action":[]},{"Effect":"Deny","NotAction":"a:b"}]}"#
        );
        let lone = parse_leniently(r#"{"Statement":{"Effect":"deny","Action":"*"}}"#).unwrap();
        assert_eq!(lone.effects[0].to_string(), "Statement.Effect");
    }

    #[test]
    fn everything_else_is_refused_as_before() {
        for text in [
            r#"{"Statement":{"Effect":"permit","Action":"*"}}"#,
            r#"{"Statement":{"Action":"*"}}"#,
            r#"{"Statement":["x"]}"#,
            r#"{"Version":"1"}"#,
            "[]",
            "{",
        ] {
            assert_eq!(parse_leniently(text).unwrap_err(), parse(text).unwrap_err());
        }
    }
}
