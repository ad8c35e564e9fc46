//! Explains what a policy and each of its parts does. Every statement is a decision of the evaluator, or the difference between
//! two.

mod change;
#[cfg(test)]
mod tests;

pub use change::Change;

use change::{changes, looks_at_mfa};

use super::document::{Document, Effect, Statement, StatementElement};
use super::evaluate::Outcome;
use super::verify::{
    Attached, ByState, Device, Path, SampleUser, Verification, VerifyError, count, statement_name,
    verify, ways,
};

/// The explanation of one document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Explanation {
    /// The decisions at each state of MFA.
    pub table: Vec<Row>,
    /// What would change if a part of the document were changed.
    pub variants: Vec<Variant>,
    /// The actions that the document excepts from its Denys, and their purposes.
    pub exceptions: Vec<Exception>,
    /// What remains possible, the ways past MFA and the limits; `None` for a resource policy, which applies to no user.
    pub verification: Option<Verification>,
}

/// The decisions about one action; an Allow of everything is assumed if the document allows nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// E.g. `s3:ListAllMyBuckets`.
    pub action: String,
    /// Whose the resource is.
    pub about: RowAbout,
    /// The best outcome at each state.
    pub outcomes: ByState<Outcome>,
}

/// Which resources a row is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum RowAbout {
    /// The one that suits the caller best.
    Any,
    /// Another user.
    OtherUser,
}

/// The document with one part changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Variant {
    /// The statement's `Sid` or index.
    pub statement: String,
    /// What is changed.
    pub change: Change,
    /// How many actions of the catalogue are then possible; for a resource policy none is counted.
    pub possible: ByState<usize>,
    /// The decisions that differ from the document's own: before and after.
    pub differences: Vec<Difference>,
    /// Ways past MFA that are then open and were not.
    pub opens: Vec<(&'static str, Device)>,
}

/// A decision that the change turned.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference {
    /// E.g. `iam:EnableMFADevice`.
    pub action: String,
    /// Whose the resource is.
    pub about: RowAbout,
    /// `absent`, `false` or `true`.
    pub mfa: &'static str,
    /// The document's own decision.
    pub before: Outcome,
    /// The variant's.
    pub after: Outcome,
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

/// The number of actions that fit on a page.
const MAX_ROWS: usize = 30;

/// Explains a document, for users of this partition.
///
/// # Errors
/// [`VerifyError`].
pub fn explain(document: &Document, partition: &str) -> Result<Explanation, VerifyError> {
    let is_resource_policy = has_principal(document);
    let exceptions = exceptions(document);
    let user = sample_user(document, partition)?;
    let table = table(document, &exceptions, &user);
    let ways_before = ways(&user);
    let total = if is_resource_policy {
        ByState::default()
    } else {
        count(&user)
    };
    user.check()?;
    let mut variants = Vec::new();
    for (n, change, changed) in changes(document) {
        let user = sample_user(&changed, partition)?;
        let (possible, opens) = if is_resource_policy {
            (ByState::default(), Vec::new())
        } else {
            (count(&user), opened(&ways_before, &ways(&user)))
        };
        let differences = differences(&table, &user);
        user.check()?;
        if differences.is_empty() && opens.is_empty() && possible == total {
            continue;
        }
        let statement =
            (document.statements().get(n)).map_or_else(String::new, |s| statement_name("", s, n));
        variants.push(Variant {
            statement,
            change,
            possible,
            differences,
            opens,
        });
    }
    Ok(Explanation {
        table,
        variants,
        exceptions,
        verification: if is_resource_policy {
            None
        } else {
            Some(verify(&attached(document), partition)?)
        },
    })
}

fn attached(document: &Document) -> Attached {
    let named = vec![(String::new(), document.clone())];
    if has_principal(document) {
        Attached {
            resource: named,
            ..Attached::default()
        }
    } else {
        Attached {
            identity: named,
            ..Attached::default()
        }
    }
}

/// Whether the document names principals, which only the policies of resources and roles do.
#[must_use]
pub fn has_principal(document: &Document) -> bool {
    let mut elements = document.statements().iter().flat_map(|s| &s.elements);
    elements.any(|e| {
        matches!(
            e,
            StatementElement::Principal(_) | StatementElement::NotPrincipal(_)
        )
    })
}

fn sample_user(document: &Document, partition: &str) -> Result<SampleUser, VerifyError> {
    SampleUser::new(&attached(document), partition)
}

fn table(document: &Document, exceptions: &[Exception], user: &SampleUser) -> Vec<Row> {
    let mut actions: Vec<&str> = Vec::new();
    let examples = if has_principal(document) {
        &[][..]
    } else {
        &EXAMPLES[..]
    };
    let excepted = exceptions.iter().map(|e| e.action.as_str());
    let named = document.statements().iter().flat_map(named_actions);
    for action in examples.iter().copied().chain(excepted).chain(named) {
        if !action.contains(['*', '?']) && actions_lack(&actions, action) {
            actions.push(action);
        }
    }
    let mut rows = Vec::new();
    for action in actions.into_iter().take(MAX_ROWS) {
        let outcomes = user.outcomes(action);
        rows.push(Row {
            action: action.to_owned(),
            about: RowAbout::Any,
            outcomes,
        });
        if ON_USERS.iter().any(|a| a.eq_ignore_ascii_case(action)) {
            let on_other = user.outcomes_on_other(action);
            if on_other != outcomes {
                rows.push(Row {
                    action: action.to_owned(),
                    about: RowAbout::OtherUser,
                    outcomes: on_other,
                });
            }
        }
    }
    rows
}

/// Actions about a user's devices, where it matters whose they are.
const ON_USERS: [&str; 6] = [
    "iam:DeactivateMFADevice",
    "iam:EnableMFADevice",
    "iam:GetMFADevice",
    "iam:GetUser",
    "iam:ListMFADevices",
    "iam:ResyncMFADevice",
];

fn actions_lack(actions: &[&str], action: &str) -> bool {
    !actions
        .iter()
        .any(|known| known.eq_ignore_ascii_case(action))
}

fn named_actions(statement: &Statement) -> impl Iterator<Item = &str> {
    (statement.elements.iter())
        .filter_map(|element| match element {
            StatementElement::Action(actions) => Some(actions.texts()),
            _ => None,
        })
        .flatten()
}

fn differences(table: &[Row], user: &SampleUser) -> Vec<Difference> {
    let mut all = Vec::new();
    for row in table {
        let after = match row.about {
            RowAbout::Any => user.outcomes(&row.action),
            RowAbout::OtherUser => user.outcomes_on_other(&row.action),
        };
        for ((mfa, before), (_, after)) in row.outcomes.iter().zip(after.iter()) {
            if before != after {
                all.push(Difference {
                    action: row.action.clone(),
                    about: row.about,
                    mfa,
                    before: *before,
                    after: *after,
                });
            }
        }
    }
    all
}

fn opened(before: &[Path], after: &[Path]) -> Vec<(&'static str, Device)> {
    let mut all: Vec<(&'static str, Device)> = (before.iter().zip(after))
        .filter(|(before, after)| after.open && !before.open)
        .map(|(_, path)| (path.name, path.device))
        .collect();
    all.dedup();
    all
}

/// What the Denys that ask for MFA leave out.
fn exceptions(document: &Document) -> Vec<Exception> {
    let mut all: Vec<Exception> = Vec::new();
    let denies =
        (document.statements().iter()).filter(|s| s.effect() == Effect::Deny && looks_at_mfa(s));
    for element in denies.flat_map(|s| &s.elements) {
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
