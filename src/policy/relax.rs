//! Treats conditions on keys that the caller can choose, or that nobody knows, in the caller's favour: an attacker provides the
//! address, tag or time that an Allow requires, and avoids the one that a Deny names.
//!
//! Otherwise a Deny for one network would count as a Deny everywhere.

use crate::policy::document::{
    Document, Effect, Element, Statement, StatementElement, Statements, Strings, Version,
};
use crate::policy::variables::{Template, may_have_variables};

/// Keys whose value is known for a user who calls directly; a name that ends in `/` stands for all that begin with it. What the
/// caller's context does not set is known to be absent.
const KNOWN: [&str; 22] = [
    "aws:assumedroot",
    "aws:calledvia",
    "aws:calledviafirst",
    "aws:calledvialast",
    "aws:federatedprovider",
    "aws:multifactorauthage",
    "aws:multifactorauthpresent",
    "aws:principalaccount",
    "aws:principalarn",
    "aws:principalisawsservice",
    "aws:principalorgid",
    "aws:principalorgpaths",
    "aws:principalservicename",
    "aws:principalservicenameslist",
    "aws:principaltag/",
    "aws:principaltype",
    "aws:signinsessionarn",
    "aws:tokenissuetime",
    "aws:userid",
    "aws:username",
    "aws:viaawsservice",
    "signin:oauthgranttype",
];

/// Of whom the policies are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Of {
    /// A user who stands for all others, without tags.
    SampleUser,
    /// A user or role of an account. Whether its account is in an organisation is unknown.
    Principal,
}

impl Of {
    fn knows(self, key: &str) -> bool {
        let key = key.to_ascii_lowercase();
        if self == Self::Principal && key.starts_with("aws:principalorg") {
            return false;
        }
        KNOWN
            .iter()
            .any(|known| key == *known || (known.ends_with('/') && key.starts_with(known)))
    }
}

/// The document as the most favourable request meets it, and the keys that were left open, as written.
///
/// Statements keep their places: a Deny that can be avoided stays and matches nothing.
pub(super) fn relax(document: &Document, of: Of) -> (Document, Vec<String>) {
    let version = document.version();
    let mut document = document.clone();
    let mut free = Vec::new();
    for element in &mut document.elements {
        let statements = match element {
            Element::Statement(Statements::One(one)) => std::slice::from_mut(&mut **one),
            Element::Statement(Statements::Many(many)) => many.as_mut_slice(),
            _ => continue,
        };
        for statement in statements {
            let keys = free_keys(statement, version, of);
            if !keys.is_empty() {
                match statement.effect() {
                    Effect::Allow => forget(statement, version, of),
                    Effect::Deny => disarm(statement),
                }
                free.extend(keys);
            }
            widen(statement, version, of);
        }
    }
    (document, free)
}

/// The keys of a statement's conditions whose value nobody knows, or that are compared with such a value.
pub(super) fn free_keys(statement: &Statement, version: Version, of: Of) -> Vec<String> {
    let condition = statement.condition().into_iter();
    let keys = condition.flat_map(|c| &c.blocks).flat_map(|b| &b.keys);
    keys.filter(|(key, values)| is_free(key, values, version, of))
        .map(|(key, _)| key.clone())
        .collect()
}

fn is_free(key: &str, values: &Strings, version: Version, of: Of) -> bool {
    !of.knows(key) || (values.texts()).any(|text| unknown_variable(text, version, of))
}

fn unknown_variable(text: &str, version: Version, of: Of) -> bool {
    may_have_variables(text, version)
        && Template::new(text, version)
            .variables()
            .any(|variable| !of.knows(&variable.key))
}

fn forget(statement: &mut Statement, version: Version, of: Of) {
    for element in &mut statement.elements {
        if let StatementElement::Condition(condition) = element {
            for block in &mut condition.blocks {
                block
                    .keys
                    .retain(|(key, values)| !is_free(key, values, version, of));
            }
            condition.blocks.retain(|block| !block.keys.is_empty());
        }
    }
}

fn disarm(statement: &mut Statement) {
    for element in &mut statement.elements {
        if let StatementElement::Action(_) | StatementElement::NotAction(_) = element {
            *element = StatementElement::Action(Strings::Many(Vec::new()));
        }
    }
}

/// Lets a variable whose value nobody knows stand for anything, where that is in the caller's favour.
fn widen(statement: &mut Statement, version: Version, of: Of) {
    let effect = statement.effect();
    for element in &mut statement.elements {
        let ((StatementElement::Resource(patterns), Effect::Allow)
        | (StatementElement::NotResource(patterns), Effect::Deny)) = (element, effect)
        else {
            continue;
        };
        let is_unknown = |text: &str| unknown_variable(text, version, of);
        if patterns.texts().any(is_unknown) {
            let texts = patterns.texts().map(|text| {
                let widened = is_unknown(text).then(|| Template::new(text, version).with_stars());
                widened.unwrap_or_else(|| text.to_owned()).into()
            });
            *patterns = Strings::Many(texts.collect());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::document::parse;

    #[test]
    fn keys_chosen_by_the_caller_satisfy_an_allow_but_not_a_deny() {
        let text = |effect: &str| {
            format!(
                r#"{{"Statement":[{{"Effect":"{effect}","Action":"*","Resource":"*","Condition":{{"Bool":{{"aws:MultiFactorAuthPresent":"false","aws:SecureTransport":"true"}},"IpAddress":{{"aws:SourceIp":"10.0.0.0/8"}},"StringEquals":{{"aws:PrincipalTag/a":"b"}}}}}}]}}"#
            )
        };
        let (allow, free) = relax(&parse(&text("Allow")).unwrap(), Of::SampleUser);
        assert_eq!(free, ["aws:SecureTransport", "aws:SourceIp"]);
        assert_eq!(
            allow.to_json_compact(),
            r#"{"Statement":[{"Effect":"Allow","Action":"*","Resource":"*","Condition":{"Bool":{"aws:MultiFactorAuthPresent":"false"},"StringEquals":{"aws:PrincipalTag/a":"b"}}}]}"#
        );
        let (deny, _) = relax(&parse(&text("Deny")).unwrap(), Of::SampleUser);
        assert!(deny.to_json_compact().contains(r#""Action":[],"#));
        let seed = crate::policy::generate::seed();
        assert_eq!(relax(&seed, Of::SampleUser), (seed, Vec::new()));
    }

    #[test]
    fn a_variable_without_a_known_value_may_be_anything() {
        let text = |effect: &str, element: &str, condition: &str| {
            format!(
                r#"{{"Version":"2012-10-17","Statement":[{{"Effect":"{effect}","Action":"*","{element}":["a/${{aws:username}}","b/${{s3:prefix}}/${{*}}","c"]{condition}}}]}}"#
            )
        };
        let relaxed = |text: &str| {
            relax(&parse(text).unwrap(), Of::Principal)
                .0
                .to_json_compact()
        };
        let wide = r#"["a/${aws:username}","b/*/${*}","c"]"#;
        for (effect, element) in [("Allow", "Resource"), ("Deny", "NotResource")] {
            let json = relaxed(&text(effect, element, ""));
            assert!(json.contains(wide), "{json}");
        }
        for (effect, element) in [("Deny", "Resource"), ("Allow", "NotResource")] {
            let text = text(effect, element, "");
            assert_eq!(relaxed(&text), text);
        }
        // A comparison with a value that nobody knows is as open as a key that nobody knows.
        let compared =
            r#","Condition":{"StringNotEquals":{"aws:PrincipalTag/t":"${aws:ResourceTag/t}"}}"#;
        let json = relaxed(&text("Deny", "Resource", compared));
        assert!(json.contains(r#""Action":[]"#), "{json}");
        let json = relaxed(&text("Allow", "Resource", compared));
        assert!(!json.contains("aws:ResourceTag"), "{json}");
    }

    #[test]
    fn the_organisation_of_an_account_is_unknown() {
        let text = r#"{"Statement":[{"Effect":"Deny","Action":"*","Resource":"*","Condition":{"StringNotEquals":{"aws:PrincipalOrgID":"o-1"}}}]}"#;
        let document = parse(text).unwrap();
        assert_eq!(relax(&document, Of::SampleUser).1, Vec::<String>::new());
        assert_eq!(relax(&document, Of::Principal).1, ["aws:PrincipalOrgID"]);
    }

    #[test]
    fn the_known_keys_are_sorted_and_in_lower_case() {
        assert!(KNOWN.is_sorted());
        assert!(KNOWN.iter().all(|k| *k == k.to_ascii_lowercase()));
    }
}
