//! What a policy does and what carries it, told by the evaluator: each claim here is a decision, or the difference between two.

#[cfg(test)]
mod tests;

use super::document::{
    Condition, ConditionBlock, Document, Effect, Element, Statement, StatementElement, Statements,
};
use super::evaluate::Outcome;
use super::generate::statements::MFA_PRESENT;
use super::verify::{Attached, Scene, Verification, VerifyError, verify};

/// The explanation of one document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Explanation {
    /// What is decided at each state of MFA.
    pub table: Vec<Row>,
    /// What would change if a part were another.
    pub variants: Vec<Variant>,
    /// What the document excepts from its Denys, and what for.
    pub exceptions: Vec<Exception>,
    /// What stays possible, the ways past MFA and the limits.
    pub verification: Verification,
}

/// The decisions about one action; an Allow of everything is assumed if the document allows nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// E.g. `s3:ListAllMyBuckets`.
    pub action: String,
    /// With long-term keys, which send no MFA key at all.
    pub absent: &'static str,
    /// With a session or in the console without MFA.
    pub without: &'static str,
    /// With MFA.
    pub with: &'static str,
}

/// The document with one part changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Variant {
    /// What is changed.
    pub change: &'static str,
    /// The decisions that differ from the document's own: before and after.
    pub differences: Vec<Difference>,
}

/// A decision that the change turned.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference {
    /// E.g. `iam:EnableMFADevice`.
    pub action: String,
    /// `absent`, `false` or `true`.
    pub mfa: &'static str,
    /// The document's own decision.
    pub before: &'static str,
    /// The variant's.
    pub after: &'static str,
}

/// An action that a Deny leaves out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Exception {
    /// As written.
    pub action: String,
    /// What it is for, where that is known.
    pub purpose: Option<&'static str>,
}

/// Actions that no policy should let pass without MFA, to show what it does.
const EXAMPLES: [&str; 3] = [
    "s3:ListAllMyBuckets",
    "ec2:TerminateInstances",
    "iam:CreateAccessKey",
];

const STATES: [&str; 3] = ["absent", "false", "true"];

/// Explains a document, for users of this partition.
///
/// # Errors
/// [`VerifyError`].
pub fn explain(document: &Document, partition: &str) -> Result<Explanation, VerifyError> {
    let exceptions = exceptions(document);
    let mut actions: Vec<String> = EXAMPLES.map(str::to_owned).to_vec();
    let exact = exceptions.iter().filter(|e| !e.action.contains(['*', '?']));
    actions.extend(exact.map(|e| e.action.clone()));
    let scene = scene(document, partition)?;
    let own: Vec<[Outcome; 3]> = actions
        .iter()
        .map(|action| scene.outcomes(action))
        .collect();
    let table = actions
        .iter()
        .zip(&own)
        .map(|(action, outcomes)| {
            let [absent, without, with] = outcomes.map(Outcome::as_str);
            Row {
                action: action.clone(),
                absent,
                without,
                with,
            }
        })
        .collect();
    let mut variants = Vec::new();
    for (change, changed) in changes(document) {
        let scene = self::scene(&changed, partition)?;
        let mut differences = Vec::new();
        for (action, own) in actions.iter().zip(&own) {
            let after = scene.outcomes(action);
            for ((mfa, before), after) in STATES.into_iter().zip(own).zip(after) {
                if *before != after {
                    differences.push(Difference {
                        action: action.clone(),
                        mfa,
                        before: before.as_str(),
                        after: after.as_str(),
                    });
                }
            }
        }
        variants.push(Variant {
            change,
            differences,
        });
    }
    Ok(Explanation {
        table,
        variants,
        exceptions,
        verification: verify(&attached(document), partition)?,
    })
}

fn attached(document: &Document) -> Attached {
    Attached {
        identity: vec![("policy".to_owned(), document.clone())],
        ..Attached::default()
    }
}

fn scene(document: &Document, partition: &str) -> Result<Scene, VerifyError> {
    Scene::new(&attached(document), partition)
}

/// What the Denys that ask for MFA leave out.
fn exceptions(document: &Document) -> Vec<Exception> {
    let mut all: Vec<Exception> = Vec::new();
    for statement in document.statements().iter().filter(|s| asks_for_mfa(s)) {
        for element in &statement.elements {
            let StatementElement::NotAction(actions) = element else {
                continue;
            };
            for action in actions.texts() {
                if !all.iter().any(|e| e.action.eq_ignore_ascii_case(action)) {
                    all.push(Exception {
                        action: action.to_owned(),
                        purpose: purpose(action),
                    });
                }
            }
        }
    }
    all
}

fn purpose(action: &str) -> Option<&'static str> {
    [
        (
            "iam:CreateVirtualMFADevice",
            "create the device that is to be enrolled",
        ),
        ("iam:EnableMFADevice", "enrol it"),
        ("iam:GetUser", "learn one's own name and ARN"),
        ("iam:GetMFADevice", "look at a device"),
        (
            "iam:ListMFADevices",
            "find the serial number of one's device",
        ),
        (
            "iam:ListVirtualMFADevices",
            "find a device that is not yet enrolled",
        ),
        (
            "iam:ResyncMFADevice",
            "mend a device whose clock has drifted",
        ),
        (
            "sts:GetSessionToken",
            "turn a token code into a session with MFA",
        ),
        (
            "iam:ChangePassword",
            "set a password when AWS forces a change",
        ),
        (
            "iam:GetAccountPasswordPolicy",
            "know the rules for that password",
        ),
    ]
    .into_iter()
    .find(|(known, _)| known.eq_ignore_ascii_case(action))
    .map(|(_, purpose)| purpose)
}

fn asks_for_mfa(statement: &Statement) -> bool {
    statement.effect() == Effect::Deny
        && statement.condition().is_some_and(|condition| {
            let mut keys = condition.blocks.iter().flat_map(|b| &b.keys);
            keys.any(|(key, _)| key.eq_ignore_ascii_case(MFA_PRESENT))
        })
}

type Change = fn(&mut StatementElement);

/// The document with the parts changed that carry it; only changes that change something.
fn changes(document: &Document) -> Vec<(&'static str, Document)> {
    let all: [(&'static str, Change); 4] = [
        ("Action * instead of NotAction", |element| {
            if let StatementElement::NotAction(_) = element {
                *element = StatementElement::Action(super::document::Strings::One("*".into()));
            }
        }),
        ("Bool instead of BoolIfExists", |element| {
            on_mfa_blocks(element, |operator, _| {
                if operator.eq_ignore_ascii_case("BoolIfExists") {
                    "Bool".clone_into(operator);
                }
            });
        }),
        ("Null true instead of BoolIfExists false", |element| {
            on_mfa_blocks(element, |operator, values| {
                if operator.eq_ignore_ascii_case("BoolIfExists") {
                    "Null".clone_into(operator);
                    *values = super::document::Strings::One("true".into());
                }
            });
        }),
        ("without the condition", |element| {
            if let StatementElement::Condition(condition) = element {
                condition.blocks.clear();
            }
        }),
    ];
    all.into_iter()
        .map(|(name, change)| (name, changed(document, change)))
        .filter(|(_, changed)| changed != document)
        .collect()
}

/// Changes the MFA key's operator and values; other keys of the block keep theirs.
fn on_mfa_blocks(
    element: &mut StatementElement,
    change: impl Fn(&mut String, &mut super::document::Strings),
) {
    let StatementElement::Condition(Condition { blocks }) = element else {
        return;
    };
    let mut split = Vec::new();
    for block in &mut *blocks {
        let is_mfa = |key: &str| key.eq_ignore_ascii_case(MFA_PRESENT);
        let (mine, others): (Vec<_>, Vec<_>) =
            block.keys.drain(..).partition(|(key, _)| is_mfa(key));
        block.keys = others;
        for (key, mut values) in mine {
            let mut operator = block.operator.clone();
            change(&mut operator, &mut values);
            if operator == block.operator {
                block.keys.push((key, values));
            } else {
                split.push(ConditionBlock {
                    operator,
                    keys: vec![(key, values)],
                });
            }
        }
    }
    blocks.retain(|block| !block.keys.is_empty());
    blocks.extend(split);
}

fn changed(document: &Document, change: Change) -> Document {
    let mut document = document.clone();
    for element in &mut document.elements {
        let statements = match element {
            Element::Statement(Statements::One(one)) => std::slice::from_mut(&mut **one),
            Element::Statement(Statements::Many(many)) => many.as_mut_slice(),
            _ => continue,
        };
        for statement in statements.iter_mut().filter(|s| asks_for_mfa(s)) {
            statement.elements.iter_mut().for_each(change);
        }
    }
    document
}
