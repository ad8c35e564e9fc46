//! MFA022: a trust policy that requires MFA only if the request carries the MFA key.

use super::{BOOL, Finding, Rule, Severity, View, restated_present};
use crate::policy::context::Mfa;

pub(super) static RULE: Rule = Rule {
    id: "MFA022",
    name: "trust-if-exists",
    explanation: "Only the trust policy can require MFA for assuming a role, because the credentials of the role carry no MFA \
        key. With BoolIfExists, MFA is not required of callers whose requests lack the key: long-term access keys, and \
        sessions of other roles. Bool true requires it of everyone.",
    url: "https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_mfa_configure-api-require.html",
    find,
};

fn find(view: &View<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    for allow in view.allows().filter(|a| view.is_trust() || a.is_trust()) {
        let lenient = allow
            .truth
            .is_some_and(|t| t.absent && !t.without && t.ever);
        let passes = lenient
            && view
                .passing(allow, Mfa::Absent, &view.universe.nothing())
                .is_some();
        let Some(clause) = super::failing(allow, Mfa::False).filter(|_| passes) else {
            continue;
        };
        let message = format!(
            "the role can be assumed without MFA: if a request has no `{}`, `{}` holds",
            clause.key, clause.operator
        );
        // Roles that are named would be locked out.
        let fix = (allow.may_be_about_users())
            .then(|| restated_present(allow, BOOL.plain, "true"))
            .flatten();
        findings.push(
            RULE.finding(Severity::Warning, allow.block_path(clause), message)
                .mended_by(fix),
        );
    }
    findings
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::policy::lint::testing::{allow, finds, finds_as, mended, statements};
    use crate::policy::source::Attachment;

    fn trust(principal: &str, operator: &str) -> String {
        statements(&[&format!(
            r#""Effect":"Allow","Principal":{principal},"Action":["sts:AssumeRole","sts:TagSession"],"Condition":{{"{operator}":{{"aws:MultiFactorAuthPresent":"true"}}}}"#
        )])
    }

    const ACCOUNT: &str = r#"{"AWS":"arn:aws:iam::123456789012:root"}"#;

    #[test]
    fn if_exists_in_a_trust_policy_is_found() {
        let want = ["warning Statement[0].Condition.BoolIfExists"];
        assert_eq!(finds(&RULE, &trust(ACCOUNT, "BoolIfExists")), want);
        let role = trust(
            r#"{"AWS":"arn:aws:iam::123456789012:role/ci"}"#,
            "BoolIfExists",
        );
        assert_eq!(finds(&RULE, &role), want);
        assert!(finds(&RULE, &trust(ACCOUNT, "Bool")).is_empty());
    }

    #[test]
    fn only_trust_policies_are_judged() {
        let identity = statements(&[&allow(
            r#""Action":"sts:AssumeRole""#,
            r#"{"BoolIfExists":{"aws:MultiFactorAuthPresent":"true"}}"#,
        )]);
        assert!(finds(&RULE, &identity).is_empty());
        let findings = finds_as(&RULE, &identity, |s| s.attachment = Some(Attachment::Trust));
        assert_eq!(findings.len(), 1);
    }

    #[test]
    fn an_allow_beside_a_deny_without_mfa_is_not_found() {
        let deny = r#""Effect":"Deny","Principal":"*","Action":"sts:*","Condition":{"BoolIfExists":{"aws:MultiFactorAuthPresent":"false"}}"#;
        let allow = trust(ACCOUNT, "BoolIfExists");
        let both = format!("{},{{{deny}}}]}}", allow.trim_end_matches("]}"));
        assert!(finds(&RULE, &both).is_empty(), "{both}");
    }

    #[test]
    fn the_fix_removes_if_exists_if_users_may_assume_the_role() {
        assert_eq!(
            mended(&RULE, &trust(ACCOUNT, "BoolIfExists")),
            trust(ACCOUNT, "Bool")
        );
        let role = trust(
            r#"{"AWS":"arn:aws:iam::123456789012:role/ci"}"#,
            "BoolIfExists",
        );
        assert_eq!(mended(&RULE, &role), role);
    }
}
