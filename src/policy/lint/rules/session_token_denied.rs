//! MFA015: the call that gets a session with MFA is denied.

use super::{Edit, Finding, Fix, Guard, Judged, Rule, Severity, View};
use crate::policy::context::Mfa;
use crate::policy::document::{Json, StatementElement, Strings};
use crate::policy::lint::guard::Target;

pub(super) static RULE: Rule = Rule {
    id: "MFA015",
    name: "session-token-denied",
    explanation: "Holders of access keys get a session with MFA from sts:GetSessionToken, which they call with the key and a \
        token code. This request does not carry the MFA key yet. AWS's guide says that policies have no effect on the call, \
        but most of its samples except it. If an explicit deny does have an effect, nobody with a key can get a session.",
    url: "https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_temp_control-access_getsessiontoken.html",
    find,
};

const CALL: &str = "sts:GetSessionToken";

fn find(view: &View<'_>) -> Vec<Finding> {
    let Some(guard) = Guard::of(view) else {
        return Vec::new();
    };
    let context = guard.context(Mfa::Absent);
    let denying = |statement: &&Judged<'_>| statement.covers(CALL, "*", &context);
    let Some(first) = guard.denying(CALL, Target::Nothing) else {
        return Vec::new();
    };
    let path = first
        .actions()
        .map_or_else(|| first.path.clone(), |(path, _)| path);
    let message =
        format!("`{CALL}` is denied without MFA, and it is the call that gets a session with MFA");
    // One more exception mends it if nothing else denies the call, to those who have used MFA neither.
    let call = view.universe.matching(&Strings::One(CALL.into()));
    let others_deny = (view.denies()).any(|deny| {
        (deny.compiled.as_ref()).is_some_and(|c| c.actions.meets(&call))
            && (guard.holds(deny, &context) || deny.truth.is_some_and(|t| t.fresh))
            && !guard.statements.iter().any(|s| std::ptr::eq(*s, deny))
    });
    let edits: Option<Vec<Edit>> = (guard.statements.iter().copied())
        .filter(denying)
        .map(|statement| match statement.actions() {
            Some((path, StatementElement::NotAction(_))) => {
                Some(Edit::Append(path, Json::String(CALL.to_owned())))
            }
            _ => None,
        })
        .collect();
    let fix = edits.filter(|_| !others_deny).map(|edits| Fix {
        title: format!("except `{CALL}`"),
        edits,
    });
    vec![
        RULE.finding(Severity::Warning, path, message)
            .mended_by(fix),
    ]
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::policy::lint::testing::{
        WITHOUT_MFA, assert_finds_nothing, deny, finds, guarded, mended, statements,
    };

    #[test]
    fn a_guard_without_the_exception_is_found() {
        let policy = guarded(r#"["iam:GetUser"]"#, &[]);
        assert_eq!(finds(&RULE, &policy), ["warning Statement[0].NotAction"]);
        let everything = statements(&[&deny(r#""Action":"*""#, WITHOUT_MFA)]);
        assert_eq!(finds(&RULE, &everything), ["warning Statement[0].Action"]);
        assert_eq!(mended(&RULE, &everything), everything);
    }

    #[test]
    fn an_excepted_call_or_a_missing_guard_is_not_found() {
        assert_finds_nothing(
            &RULE,
            |exceptions| guarded(exceptions, &[]),
            [
                r#"["sts:GetSessionToken"]"#,
                r#"["sts:*"]"#,
                r#"["sts:Get*Token"]"#,
            ],
        );
        let narrow = statements(&[&deny(r#""Action":"sts:*""#, WITHOUT_MFA)]);
        assert!(finds(&RULE, &narrow).is_empty());
    }

    #[test]
    fn the_fix_adds_the_exception() {
        for (before, after) in [
            (
                r#"["iam:GetUser"]"#,
                r#"["iam:GetUser", "sts:GetSessionToken"]"#,
            ),
            (
                r#""iam:GetUser""#,
                r#"["iam:GetUser", "sts:GetSessionToken"]"#,
            ),
        ] {
            let before = guarded(before, &[])
                .replace(':', ": ")
                .replace("iam: ", "iam:")
                .replace("aws: ", "aws:");
            let after = guarded(after, &[])
                .replace(':', ": ")
                .replace("iam: ", "iam:")
                .replace("aws: ", "aws:")
                .replace("sts: ", "sts:");
            assert_eq!(mended(&RULE, &before), after);
        }
    }
}
