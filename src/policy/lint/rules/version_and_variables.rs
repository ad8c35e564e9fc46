//! MFA031: variables in a policy of a version that has none.

use super::{Edit, Finding, Fix, Rule, Severity, View};
use crate::policy::condition::Operator;
use crate::policy::document::{Element, Json, Path, StatementElement, Strings, Version};
use crate::policy::variables::Template;

pub(super) static RULE: Rule = Rule {
    id: "MFA031",
    name: "version-without-variables",
    explanation: "Policy variables exist since version 2012-10-17. In a document of the older version, or of no version, \
        which means the older one, ${aws:username} is plain text: it matches no user, so an Allow grants nothing and a \
        NotResource excepts nobody.",
    url: "https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_version.html",
    find,
};

fn find(view: &View<'_>) -> Vec<Finding> {
    let document = view.subject.document;
    if document.version() == Version::V2012 {
        return Vec::new();
    }
    let mut texts = view
        .statements
        .iter()
        .flat_map(|s| &s.source.elements)
        .flat_map(places);
    let Some(example) = texts.find_map(variable) else {
        return Vec::new();
    };
    let new = Version::V2012.as_str();
    let has_version = (document.elements.iter()).any(|e| matches!(e, Element::Version(_)));
    let value = Json::String(new.to_owned());
    let (path, why, edit) = if has_version {
        let path = Path::default().key("Version");
        let edit = Edit::Replace(path.clone(), value);
        (path, "the document has the older version", edit)
    } else {
        let edit = Edit::Insert(Path::default(), "Version".to_owned(), value);
        (Path::default(), "there is no `Version`", edit)
    };
    let message =
        format!("`${{{example}}}` is plain text here: {why}, and variables came with `{new}`");
    let fix = Fix {
        title: format!("use version `{new}`"),
        edits: vec![edit],
    };
    vec![
        RULE.finding(Severity::Warning, path, message)
            .mended_by(Some(fix)),
    ]
}

/// The texts of an element in which variables resolve.
fn places(element: &StatementElement) -> Vec<&str> {
    match element {
        StatementElement::Resource(s) | StatementElement::NotResource(s) => s.texts().collect(),
        StatementElement::Condition(condition) => (condition.blocks.iter())
            .filter(|b| Operator::parse(&b.operator).is_some_and(Operator::takes_variables))
            .flat_map(|block| block.keys.iter().map(|(_, values)| values))
            .flat_map(Strings::texts)
            .collect(),
        _ => Vec::new(),
    }
}

/// A variable of the text, if it were one.
fn variable(text: &str) -> Option<String> {
    let template = text
        .contains("${")
        .then(|| Template::new(text, Version::V2012))?;
    let key = template.variables().next().map(|v| v.key.clone());
    // `${*}` and the like are none with a key.
    key.or_else(|| {
        (["*", "?", "$"].iter())
            .find(|c| text.contains(&format!("${{{c}}}")))
            .map(|c| (*c).to_owned())
    })
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::policy::lint::testing::{finds, mended};

    const OWN: &str = r#""Statement": {"Effect": "Allow", "Action": "iam:GetUser", "Resource": "arn:aws:iam::*:user/${aws:username}"}"#;

    #[test]
    fn a_variable_in_the_older_version_is_found() {
        assert_eq!(finds(&RULE, &format!("{{{OWN}}}")), ["warning document"]);
        let old = format!(r#"{{"Version": "2008-10-17", {OWN}}}"#);
        assert_eq!(finds(&RULE, &old), ["warning Version"]);
        let new = old.replace("2008-10-17", "2012-10-17");
        assert!(finds(&RULE, &new).is_empty());
        assert_eq!(mended(&RULE, &old), new);
        assert_eq!(
            mended(&RULE, &format!("{{{OWN}}}")),
            format!(r#"{{{OWN}, "Version": "2012-10-17"}}"#)
        );
    }

    #[test]
    fn a_variable_in_a_condition_is_found() {
        let with = |condition: &str| {
            let policy = format!(
                r#"{{"Statement":[{{"Effect":"Deny","Action":"s3:*","NotResource":["*"],"Condition":{condition}}}]}}"#
            );
            finds(&RULE, &policy).len()
        };
        assert_eq!(
            with(r#"{"StringLike":{"s3:prefix":["a","${aws:username}/*"]}}"#),
            1
        );
        assert_eq!(with(r#"{"StringLike":{"s3:prefix":"${*}"}}"#), 1);
        assert_eq!(with(r#"{"StringLike":{"s3:prefix":"$a{b}"}}"#), 0);
        assert_eq!(
            with(r#"{"Bool":{"aws:SecureTransport":"${x}"}}"#),
            0,
            "no variable there"
        );
    }
}
