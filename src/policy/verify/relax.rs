//! Treats conditions on keys that the caller can choose, or that nobody knows, in the caller's favour: an attacker provides the
//! address, tag or time that an Allow requires, and avoids the one that a Deny names.
//!
//! Otherwise a Deny for one network would count as a Deny everywhere.

use crate::policy::document::{
    Document, Effect, Element, Statement, StatementElement, Statements, Strings,
};

/// Keys whose value is known for a user who calls directly; a name that ends in `/` stands for all that begin with it. What the
/// sample user does not set is known to be absent: the user is assumed to have no tag.
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

/// The document as the most favourable request meets it, and the keys that were left open, as written.
///
/// Statements keep their places: a Deny that can be avoided stays and matches nothing.
pub(super) fn relax(document: &Document) -> (Document, Vec<String>) {
    let mut document = document.clone();
    let mut free = Vec::new();
    for element in &mut document.elements {
        let statements = match element {
            Element::Statement(Statements::One(one)) => std::slice::from_mut(&mut **one),
            Element::Statement(Statements::Many(many)) => many.as_mut_slice(),
            _ => continue,
        };
        for statement in statements {
            let keys = free_keys(statement);
            if !keys.is_empty() {
                match statement.effect() {
                    Effect::Allow => forget(statement),
                    Effect::Deny => disarm(statement),
                }
                free.extend(keys);
            }
        }
    }
    (document, free)
}

fn is_known(key: &str) -> bool {
    let key = key.to_ascii_lowercase();
    KNOWN
        .iter()
        .any(|known| key == *known || (known.ends_with('/') && key.starts_with(known)))
}

fn free_keys(statement: &Statement) -> Vec<String> {
    let condition = statement.condition().into_iter();
    let keys = condition.flat_map(|c| &c.blocks).flat_map(|b| &b.keys);
    keys.map(|(key, _)| key.clone())
        .filter(|key| !is_known(key))
        .collect()
}

fn forget(statement: &mut Statement) {
    for element in &mut statement.elements {
        if let StatementElement::Condition(condition) = element {
            for block in &mut condition.blocks {
                block.keys.retain(|(key, _)| is_known(key));
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
        let (allow, free) = relax(&parse(&text("Allow")).unwrap());
        assert_eq!(free, ["aws:SecureTransport", "aws:SourceIp"]);
        assert_eq!(
            allow.to_json_compact(),
            r#"{"Statement":[{"Effect":"Allow","Action":"*","Resource":"*","Condition":{"Bool":{"aws:MultiFactorAuthPresent":"false"},"StringEquals":{"aws:PrincipalTag/a":"b"}}}]}"#
        );
        let (deny, _) = relax(&parse(&text("Deny")).unwrap());
        assert!(deny.to_json_compact().contains(r#""Action":[],"#));
        let seed = crate::policy::generate::seed();
        assert_eq!(relax(&seed), (seed, Vec::new()));
    }

    #[test]
    fn the_known_keys_are_sorted_and_in_lower_case() {
        assert!(KNOWN.is_sorted());
        assert!(KNOWN.iter().all(|k| *k == k.to_ascii_lowercase()));
    }
}
