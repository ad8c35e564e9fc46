//! MFA025: a further condition that narrows the Deny without MFA.

use super::{Finding, Guard, Judged, Rule, Severity, View};
use crate::policy::context::Context;
use crate::policy::lint::clause::{About, Clause};
use crate::policy::lint::situation::Situation;
use crate::policy::lint::view::WITHOUT_MFA;

pub(super) static RULE: Rule = Rule {
    id: "MFA025",
    name: "narrowed-guard",
    explanation: "A statement applies only if all of its conditions hold. With a further condition, the Deny applies to \
        callers without MFA only when that condition holds too; otherwise a password or a key alone is enough. This does not \
        concern conditions that restrict the Deny to IAM users or allow calls that a service forwards.",
    url: "https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-logic-multiple-context-keys-or-values.html",
    find,
};

fn find(view: &View<'_>) -> Vec<Finding> {
    let Some(guard) = Guard::of(view) else {
        return Vec::new();
    };
    let mut findings = Vec::new();
    for deny in &guard.statements {
        for clause in deny.further_clauses().filter(|c| narrows(view, deny, c)) {
            let message = format!(
                "without MFA, everything passes when `{}` of `{}` does not hold",
                clause.operator, clause.key
            );
            findings.push(RULE.finding(Severity::Warning, deny.key_path(clause), message));
        }
    }
    findings
}

fn narrows(view: &View<'_>, deny: &Judged<'_>, clause: &Clause<'_>) -> bool {
    if clause.about == About::Request || clause.lower_key() == "signin:oauthgranttype" {
        return true;
    }
    let plain = WITHOUT_MFA.map(|mfa| view.situation.user(mfa));
    if !plain
        .iter()
        .all(|context| clause.holds(context, deny.effect))
    {
        return true;
    }
    let Some(context) = plain.into_iter().next() else {
        return false;
    };
    // Service control policies have exemptions by a tag; they alone are confined to users.
    if clause.lower_key().starts_with("aws:principaltag/") {
        return !(view.is_scp() || deny.further_clauses().any(|c| is_user_scope(view, deny, c)));
    }
    users(view, clause, &context)
        .iter()
        .any(|user| !clause.holds(user, deny.effect))
}

/// The users whom the clause names, and one with a path.
fn users(view: &View<'_>, clause: &Clause<'_>, context: &Context) -> Vec<Context> {
    let user = |arn: String| {
        let name = arn.rsplit('/').next().unwrap_or_default().to_owned();
        (context.clone())
            .with("aws:PrincipalArn", arn)
            .with("aws:username", name)
    };
    let named = clause.values.texts().take(64).map(Situation::instance);
    let mut all: Vec<Context> = match clause.lower_key() {
        "aws:principalarn" => named
            .filter(|arn| arn.contains(":user/"))
            .map(user)
            .collect(),
        "aws:username" => named
            .map(|name| context.clone().with("aws:username", name))
            .collect(),
        "aws:userid" => (named.filter(|id| !id.contains(':')))
            .map(|id| context.clone().with("aws:userid", id))
            .collect(),
        _ => Vec::new(),
    };
    all.push(user(view.situation.own_user_with_a_path()));
    all
}

/// Whether it holds for users and for no role.
fn is_user_scope(view: &View<'_>, deny: &Judged<'_>, clause: &Clause<'_>) -> bool {
    clause.about == About::Caller && !clause.holds(&view.situation.role("any-name"), deny.effect)
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::policy::lint::Subject;
    use crate::policy::lint::testing::{
        WITHOUT_MFA, assert_finds_nothing, deny, finds, finds_as, statements,
    };
    use crate::policy::source::Attachment;

    fn policy(more: &str) -> String {
        let narrowed = WITHOUT_MFA.replace("}}", &format!("}},{more}}}"));
        statements(&[&deny(r#""NotAction":["iam:GetUser"]"#, &narrowed)])
    }

    #[test]
    fn a_guard_with_a_further_condition_is_found() {
        for (more, at) in [
            (
                r#""StringEquals":{"aws:RequestedRegion":"eu-west-1"}"#,
                "StringEquals.aws:RequestedRegion",
            ),
            (
                r#""NotIpAddress":{"aws:SourceIp":"192.0.2.0/24"}"#,
                "NotIpAddress.aws:SourceIp",
            ),
            (
                r#""StringNotEquals":{"aws:PrincipalTag/exempt":"yes"}"#,
                "StringNotEquals.aws:PrincipalTag/exempt",
            ),
            (
                r#""StringNotEquals":{"aws:username":["break-glass"]}"#,
                "StringNotEquals.aws:username",
            ),
            (
                r#""ArnNotLike":{"aws:PrincipalArn":"arn:aws:iam::*:user/ci/*"}"#,
                "ArnNotLike.aws:PrincipalArn",
            ),
            (
                r#""StringLike":{"aws:username":"admin*"}"#,
                "StringLike.aws:username",
            ),
            (
                r#""Bool":{"aws:ViaAWSService":"true"}"#,
                "Bool.aws:ViaAWSService",
            ),
            (
                r#""Null":{"aws:TokenIssueTime":"true"}"#,
                "Null.aws:TokenIssueTime",
            ),
            (
                r#""StringEquals":{"iam:ResourceTag/team":"x"}"#,
                "StringEquals.iam:ResourceTag/team",
            ),
        ] {
            let want = format!("warning Statement[0].Condition.{at}");
            assert_eq!(finds(&RULE, &policy(more)), [want], "{more}");
        }
    }

    #[test]
    fn a_guard_that_exempts_only_forwarded_calls_or_roles_is_not_found() {
        assert_finds_nothing(
            &RULE,
            policy,
            [
                r#""Bool":{"aws:ViaAWSService":"false"}"#,
                r#""ForAllValues:StringNotEquals":{"aws:CalledVia":["cloudformation.amazonaws.com"]}"#,
                r#""ArnLike":{"aws:PrincipalArn":"arn:aws:iam::*:user/*"}"#,
                r#""ArnLike":{"aws:PrincipalArn":"arn:aws-us-gov:iam::*:user/*"}"#,
                r#""ArnNotLike":{"aws:PrincipalArn":"arn:aws:iam::*:role/*"}"#,
                r#""StringEquals":{"aws:PrincipalType":"User"}"#,
                r#""Bool":{"aws:PrincipalIsAWSService":"false"}"#,
                r#""ArnLike":{"aws:PrincipalArn":"arn:aws:iam::*:user/*"},"StringNotEquals":{"aws:PrincipalTag/exempt":"yes"}"#,
            ],
        );
    }

    #[test]
    fn a_service_control_policy_may_exempt_by_tag() {
        let tag = policy(r#""StringNotEquals":{"aws:PrincipalTag/exempt":"yes"}"#);
        let scp = |s: &mut Subject<'_>| s.attachment = Some(Attachment::Scp);
        assert!(finds_as(&RULE, &tag, scp).is_empty());
    }
}
