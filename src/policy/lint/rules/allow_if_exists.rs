//! MFA003: an Allow that requires MFA only if the request carries the MFA key.

use super::{BOOL, Finding, IF_EXISTS, Rule, Severity, View, restated_present};
use crate::policy::context::Mfa;
use crate::policy::lint::guard::stops_nearly_everything;

pub(super) static RULE: Rule = Rule {
    id: "MFA003",
    name: "allow-if-exists",
    explanation: "An operator with IfExists holds when the key is absent, and the key is absent from every request that is \
        signed with a long-term access key. An Allow with BoolIfExists true therefore grants to a stolen key everything that \
        it grants with MFA. Bool true grants only with MFA.",
    url: IF_EXISTS,
    find,
};

fn find(view: &View<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    for allow in view.allows().filter(|a| a.may_be_about_users()) {
        let lets_keys_pass = allow
            .truth
            .is_some_and(|t| t.absent && !t.without && t.ever);
        if !lets_keys_pass || stops_nearly_everything(view, Mfa::Absent) {
            continue;
        }
        let passing = view.passing(allow, Mfa::Absent, &view.universe.nothing());
        let (Some(action), Some(clause)) = (passing, super::failing(allow, Mfa::False)) else {
            continue;
        };
        let message = format!(
            "`{action}` is allowed with a long-term key: if the request has no `{}`, `{}` holds",
            clause.key, clause.operator
        );
        findings.push(
            RULE.finding(Severity::Error, allow.block_path(clause), message)
                .mended_by(restated_present(allow, BOOL.plain, "true")),
        );
    }
    findings
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::policy::lint::testing::{
        WITHOUT_MFA, allow, assert_errors_in_blocks, assert_finds_nothing, deny, finds, mended,
        statements,
    };

    fn policy(condition: &str) -> String {
        statements(&[&allow(r#""Action":"ec2:*""#, condition)])
    }

    #[test]
    fn a_condition_that_holds_for_an_absent_key_is_found() {
        assert_errors_in_blocks(
            &RULE,
            policy,
            [
                (
                    r#"{"BoolIfExists":{"aws:MultiFactorAuthPresent":"true"}}"#,
                    "BoolIfExists",
                ),
                (
                    r#"{"BoolIfExists":{"aws:multifactorauthpresent":[true]}}"#,
                    "BoolIfExists",
                ),
                (
                    r#"{"StringNotEquals":{"aws:MultiFactorAuthPresent":"false"}}"#,
                    "StringNotEquals",
                ),
                (
                    r#"{"ForAllValues:Bool":{"aws:MultiFactorAuthPresent":"true"}}"#,
                    "ForAllValues:Bool",
                ),
                (
                    r#"{"StringEqualsIfExists":{"aws:MultiFactorAuthPresent":"true"},"IpAddress":{"aws:SourceIp":"192.0.2.0/24"}}"#,
                    "StringEqualsIfExists",
                ),
            ],
        );
    }

    #[test]
    fn a_condition_that_requires_the_key_is_not_found() {
        assert_finds_nothing(
            &RULE,
            policy,
            [
                r#"{"Bool":{"aws:MultiFactorAuthPresent":"true"}}"#,
                r#"{"Bool":{"aws:MultiFactorAuthPresent":"true"},"BoolIfExists":{"aws:MultiFactorAuthPresent":"true"}}"#,
                r#"{"NumericLessThan":{"aws:MultiFactorAuthAge":"3600"}}"#,
                r#"{"NumericLessThanIfExists":{"aws:MultiFactorAuthAge":"3600"}}"#,
                r#"{"BoolIfExists":{"aws:SecureTransport":"true"}}"#,
            ],
        );
    }

    #[test]
    fn an_allow_beside_a_deny_that_stops_keys_is_not_found() {
        let open = allow(
            r#""Action":"ec2:*""#,
            r#"{"BoolIfExists":{"aws:MultiFactorAuthPresent":"true"}}"#,
        );
        let guard = deny(r#""NotAction":["iam:GetUser"]"#, WITHOUT_MFA);
        assert!(finds(&RULE, &statements(&[&open, &guard])).is_empty());
        let narrow = guard.replace(r#""NotAction":["iam:GetUser"]"#, r#""Action":"ec2:Run*""#);
        assert_eq!(finds(&RULE, &statements(&[&open, &narrow])).len(), 1);
        let leaky = guard.replace("BoolIfExists", "Bool");
        assert_eq!(finds(&RULE, &statements(&[&open, &leaky])).len(), 1);
    }

    #[test]
    fn roles_have_no_long_term_keys() {
        let trust = |principal: &str| {
            let statement = format!(
                r#""Effect":"Allow","Principal":{principal},"Action":"sts:AssumeRole","Condition":{{"BoolIfExists":{{"aws:MultiFactorAuthPresent":"true"}}}}"#
            );
            finds(&RULE, &statements(&[&statement])).len()
        };
        assert_eq!(trust(r#"{"AWS":"arn:aws:iam::123456789012:role/ci"}"#), 0);
        assert_eq!(trust(r#"{"Service":"ec2.amazonaws.com"}"#), 0);
        assert_eq!(trust(r#"{"AWS":"arn:aws:iam::123456789012:root"}"#), 1);
        assert_eq!(
            trust(r#"{"AWS":["arn:aws:iam::123456789012:role/ci","123456789012"]}"#),
            1
        );
        assert_eq!(trust(r#""*""#), 1);
    }

    #[test]
    fn the_fix_removes_if_exists() {
        let before = policy(
            r#"{"BoolIfExists": {"aws:MultiFactorAuthPresent": "true"}, "NumericLessThanIfExists": {"aws:MultiFactorAuthAge": "60"}}"#,
        );
        // The lenient condition on the age belongs to another rule, so this fix leaves it alone.
        let after = before.replace("BoolIfExists", "Bool");
        assert_eq!(finds(&RULE, &before).len(), 1);
        assert_eq!(mended(&RULE, &before), after);
    }
}
