//! MFA026: an Allow that asks for MFA, without a Deny of calls without it.

use super::{Finding, PRESENT, Rule, Severity, View};
use crate::policy::lint::guard::Guard;

pub(super) static RULE: Rule = Rule {
    id: "MFA026",
    name: "allow-alone",
    explanation: "An Allow under Bool true grants only with MFA, but it takes nothing away: if another policy of the user, or of \
        a group, allows the same without this condition, the call passes without MFA. A Deny of calls without MFA binds all \
        policies of the user; `mfa-session policy generate` writes one.",
    url: PRESENT,
    find,
};

fn find(view: &View<'_>) -> Vec<Finding> {
    let is_guarded = Guard::of(view).is_some();
    if is_guarded || !view.binds_users() || view.is_scp() {
        return Vec::new();
    }
    let mut findings = Vec::new();
    for allow in view.allows().filter(|a| a.principal().is_none()) {
        let asks = (allow.truth).is_some_and(|t| !t.absent && !t.without && t.ever);
        if let (true, Some(clause)) = (asks, allow.mfa_clauses().next()) {
            let message = "only this Allow asks for MFA: the user's other policies are not bound by it \
                           (`mfa-session policy generate` writes a Deny that binds them all)";
            let path = allow.block_path(clause);
            findings.push(RULE.finding(Severity::Info, path, message.to_owned()));
        }
    }
    findings
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::policy::lint::Subject;
    use crate::policy::lint::testing::{
        WITHOUT_MFA, allow, assert_finds_nothing, deny, finds, finds_as, statements,
    };
    use crate::policy::source::Attachment;

    const WITH_MFA: &str = r#"{"Bool":{"aws:MultiFactorAuthPresent":"true"}}"#;

    fn policy(condition: &str) -> String {
        statements(&[&allow(r#""Action":"ec2:*""#, condition)])
    }

    #[test]
    fn an_allow_that_alone_asks_for_mfa_is_found() {
        for (condition, block) in [
            (WITH_MFA, "Bool"),
            (
                r#"{"NumericLessThan":{"aws:MultiFactorAuthAge":"3600"}}"#,
                "NumericLessThan",
            ),
            (
                r#"{"Bool":{"aws:MultiFactorAuthPresent":true},"IpAddress":{"aws:SourceIp":"192.0.2.0/24"}}"#,
                "Bool",
            ),
        ] {
            let path = format!("info Statement[0].Condition.{block}");
            assert_eq!(finds(&RULE, &policy(condition)), [path], "{condition}");
        }
        let narrow = deny(r#""Action":"ec2:Run*""#, WITHOUT_MFA);
        let both = statements(&[&allow(r#""Action":"ec2:*""#, WITH_MFA), &narrow]);
        assert_eq!(finds(&RULE, &both).len(), 1);
    }

    #[test]
    fn an_allow_beside_a_guard_and_one_that_does_not_ask_are_not_found() {
        assert_finds_nothing(
            &RULE,
            policy,
            [
                WITHOUT_MFA,
                r#"{"BoolIfExists":{"aws:MultiFactorAuthPresent":"true"}}"#,
                r#"{"Bool":{"aws:SecureTransport":"true"}}"#,
            ],
        );
        let guard = deny(r#""NotAction":["iam:GetUser"]"#, WITHOUT_MFA);
        let both = statements(&[&allow(r#""Action":"ec2:*""#, WITH_MFA), &guard]);
        assert!(finds(&RULE, &both).is_empty());
    }

    #[test]
    fn policies_of_roles_and_resources_are_not_found() {
        for attachment in [Attachment::Role, Attachment::Scp, Attachment::Trust] {
            let at = |s: &mut Subject<'_>| s.attachment = Some(attachment);
            assert!(finds_as(&RULE, &policy(WITH_MFA), at).is_empty());
        }
        let bucket = policy(WITH_MFA).replace(r#""Effect""#, r#""Principal":"*","Effect""#);
        assert!(finds(&RULE, &bucket).is_empty());
    }
}
