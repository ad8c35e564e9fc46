//! The strings of a document with their paths.

use crate::policy::document::{
    Document, Element, Path, Principal, StatementElement, Step, Strings,
};

/// Every string of the statements' resources, principals and condition values, with its place.
pub(super) fn values(document: &Document) -> impl Iterator<Item = (Path, &str)> {
    document.placed_statements().flat_map(|(path, statement)| {
        (statement.elements.iter()).flat_map(move |element| of_element(&path, element))
    })
}

fn of_element<'a>(statement: &Path, element: &'a StatementElement) -> Vec<(Path, &'a str)> {
    let path = statement.key(element.name());
    match element {
        StatementElement::Resource(strings) | StatementElement::NotResource(strings) => {
            strings.placed(path).collect()
        }
        StatementElement::Principal(Principal::Entries(entries))
        | StatementElement::NotPrincipal(Principal::Entries(entries)) => (entries.iter())
            .flat_map(|(kind, names)| names.placed(path.key(kind.as_str())))
            .collect(),
        StatementElement::Condition(condition) => (condition.blocks.iter())
            .flat_map(|block| {
                let path = path.key(&block.operator);
                (block.keys.iter()).flat_map(move |(key, values)| values.placed(path.key(key)))
            })
            .collect(),
        _ => Vec::new(),
    }
}

/// Where a path leads in the order in which the document was written, to be compared with other positions.
pub(super) fn position(document: &Document, path: &Path) -> Vec<usize> {
    let mut position = Vec::new();
    let mut steps = path.0.iter();
    let Some(Step::Key(name)) = steps.next() else {
        return position;
    };
    position.extend(document.elements.iter().position(|element| match element {
        Element::Version(_) => name == "Version",
        Element::Id(_) => name == "Id",
        Element::Statement(_) => name == "Statement",
        Element::Unknown(known, _) => name == known,
    }));
    let mut step = steps.next();
    if name != "Statement" {
        return position;
    }
    let mut statement = document.statements().first();
    if let Some(Step::Index(n)) = step {
        position.push(*n);
        statement = document.statements().get(*n);
        step = steps.next();
    }
    let (Some(statement), Some(Step::Key(name))) = (statement, step) else {
        return position;
    };
    let element = statement.elements.iter().position(|e| e.name() == name);
    position.extend(element);
    let element = element.and_then(|n| statement.elements.get(n));
    let blocks = match element {
        Some(StatementElement::Condition(condition)) => condition.blocks.as_slice(),
        _ => &[],
    };
    let mut keys: Option<&[(String, Strings)]> = None;
    for step in steps {
        position.push(match (step, keys) {
            (Step::Index(n), _) => *n,
            (Step::Key(key), Some(keys)) => {
                let found = keys.iter().position(|(known, _)| known == key);
                found.unwrap_or(keys.len())
            }
            (Step::Key(operator), None) => {
                let found = blocks.iter().position(|b| b.operator == *operator);
                keys = found.and_then(|n| blocks.get(n)).map(|b| b.keys.as_slice());
                found.unwrap_or(blocks.len())
            }
        });
    }
    position
}

/// The partition of an ARN, if it is one partition: no wildcard, no variable.
pub(super) fn partition(arn: &str) -> Option<&str> {
    let partition = arn.strip_prefix("arn:")?.split_once(':')?.0;
    let is_one = (partition == "aws" || partition.starts_with("aws-"))
        && (partition.bytes()).all(|b| b.is_ascii_alphanumeric() || b == b'-');
    is_one.then_some(partition)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::document::{Spans, parse};

    #[test]
    fn positions_are_in_the_order_of_the_text() {
        let text = r#"{"Statement":[{"Condition":{"Null":{"b":"1","a":["2","3"]},"Bool":{"c":"4"}},"Effect":"Deny",
            "Action":["s3:*","a:*"],"Odd":1,"Resource":"*"},{"Effect":"Allow","NotAction":"x:y"}],"Version":"2012-10-17","Id":"i"}"#;
        let document = parse(text).unwrap();
        let spans = Spans::of(text).unwrap();
        let statement = |n| Path::default().key("Statement").index(n);
        let condition = statement(0).key("Condition");
        let mut paths = vec![
            Path::default(),
            Path::default().key("Statement"),
            statement(0),
            condition.clone(),
            condition.key("Null"),
            condition.key("Null").key("b"),
            condition.key("Null").key("a"),
            condition.key("Null").key("a").index(0),
            condition.key("Null").key("a").index(1),
            condition.key("Bool").key("c"),
            statement(0).key("Action").index(1),
            statement(0).key("Odd"),
            statement(0).key("Resource"),
            statement(1).key("NotAction"),
            Path::default().key("Version"),
            Path::default().key("Id"),
        ];
        let by_text = paths.clone();
        assert!(by_text.is_sorted_by_key(|path| spans.value(path).unwrap().bytes.start));
        paths.reverse();
        paths.sort_by_key(|path| position(&document, path));
        assert_eq!(paths, by_text);
        let lone = parse(r#"{"Statement":{"Effect":"Deny","Action":"*"}}"#).unwrap();
        let action = Path::default().key("Statement").key("Action");
        assert_eq!(position(&lone, &action), [0, 1]);
    }

    #[test]
    fn the_partition_of_an_arn_is_read() {
        for (arn, want) in [
            ("arn:aws:s3:::a", Some("aws")),
            ("arn:aws-us-gov:iam::*:user/*", Some("aws-us-gov")),
            ("arn:*:s3:::a", None),
            ("arn:aws*:s3:::a", None),
            ("arn:${aws:x}:s3:::a", None),
            ("arn:azure:s3:::a", None),
            ("arn:aws", None),
            ("*", None),
        ] {
            assert_eq!(partition(arn), want, "{arn}");
        }
    }
}
