//! MFA020: a condition on the MFA key for an identity whose requests never carry it.

use super::{Finding, PRESENT, Rule, Severity, View};
use crate::policy::document::Effect;

pub(super) static RULE: Rule = Rule {
    id: "MFA020",
    name: "identity-without-mfa",
    explanation: "Sessions of roles, permission sets and federated identities never carry the MFA keys, however their users \
        signed in. A Deny with BoolIfExists always applies to them, a Deny with Bool never applies, and an Allow with Bool \
        never grants. Require MFA for users who assume a role in the trust policy of the role, and for users of an identity \
        provider at the provider.",
    url: PRESENT,
    find,
};

fn find(view: &View<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    for statement in &view.statements {
        let (Some(truth), Some(clause)) = (statement.truth, statement.mfa_clauses().next()) else {
            continue;
        };
        let who = if view.binds_roles() {
            "a role's session"
        } else if (view.is_trust() || statement.is_trust()) && statement.is_about_federated() {
            "a federated identity"
        } else {
            continue;
        };
        let then = match (statement.effect, truth.absent) {
            (Effect::Deny, true) => "is always denied",
            (Effect::Deny, false) => "is never denied by it",
            (Effect::Allow, true) => "is allowed without MFA",
            (Effect::Allow, false) => "is never allowed by it",
        };
        let message = format!("{who} never carries `{}` and {then}", clause.key);
        findings.push(RULE.finding(Severity::Error, statement.block_path(clause), message));
    }
    findings
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::policy::generate::Kind;
    use crate::policy::lint::Subject;
    use crate::policy::lint::testing::{
        ALLOW_ALL, checked_as, finds, finds_as, guarded, statements,
    };
    use crate::policy::source::Attachment;

    fn at(attachment: Attachment) -> impl Fn(&mut Subject<'_>) {
        move |subject| subject.attachment = Some(attachment)
    }

    #[test]
    fn a_guard_attached_to_a_role_or_permission_set_is_found() {
        let policy = guarded(r#"["iam:GetUser"]"#, &[ALLOW_ALL]);
        let want = ["error Statement[0].Condition.BoolIfExists"];
        assert_eq!(finds_as(&RULE, &policy, at(Attachment::Role)), want);
        assert_eq!(
            finds_as(&RULE, &policy, at(Attachment::PermissionSet)),
            want
        );
        assert_eq!(
            finds_as(&RULE, &policy, |s| s.kind = Some(Kind::InlineRole)),
            want
        );
        for elsewhere in [Attachment::User, Attachment::Group, Attachment::Scp] {
            assert!(finds_as(&RULE, &policy, at(elsewhere)).is_empty());
        }
        assert!(finds(&RULE, &policy).is_empty());
        // For a role, this is the only finding.
        let all = checked_as(&policy, at(Attachment::Role));
        assert_eq!(all.len(), 1);
        assert_eq!(
            all[0].message,
            "a role's session never carries `aws:MultiFactorAuthPresent` and is always denied"
        );
    }

    #[test]
    fn a_trust_policy_for_federated_identities_is_found() {
        let trust = |principal: &str, action: &str| {
            statements(&[&format!(
                r#""Effect":"Allow","Principal":{principal},"Action":"{action}","Condition":{{"Bool":{{"aws:MultiFactorAuthPresent":"true"}}}}"#
            )])
        };
        let saml = trust(
            r#"{"Federated":"arn:aws:iam::123456789012:saml-provider/idp"}"#,
            "sts:AssumeRoleWithSAML",
        );
        assert_eq!(finds(&RULE, &saml), ["error Statement[0].Condition.Bool"]);
        let user = trust(r#"{"AWS":"123456789012"}"#, "sts:AssumeRole");
        assert!(finds_as(&RULE, &user, at(Attachment::Trust)).is_empty());
    }
}
