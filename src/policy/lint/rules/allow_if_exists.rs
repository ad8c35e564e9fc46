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
    use crate::policy::lint::testing::{finds, mended, statements};

    fn allow(condition: &str) -> String {
        format!(r#""Effect":"Allow","Action":"ec2:*","Resource":"*","Condition":{condition}"#)
    }

    #[test]
    fn whatever_holds_for_an_absent_key() {
        for (condition, block) in [
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
        ] {
            let path = format!("error Statement[0].Condition.{block}");
            assert_eq!(
                finds(&RULE, &statements(&[&allow(condition)])),
                [path],
                "{condition}"
            );
        }
    }

    #[test]
    fn not_whatever_asks_for_the_key() {
        for condition in [
            r#"{"Bool":{"aws:MultiFactorAuthPresent":"true"}}"#,
            r#"{"Bool":{"aws:MultiFactorAuthPresent":"true"},"BoolIfExists":{"aws:MultiFactorAuthPresent":"true"}}"#,
            r#"{"NumericLessThan":{"aws:MultiFactorAuthAge":"3600"}}"#,
            r#"{"NumericLessThanIfExists":{"aws:MultiFactorAuthAge":"3600"}}"#,
            r#"{"BoolIfExists":{"aws:SecureTransport":"true"}}"#,
        ] {
            assert!(
                finds(&RULE, &statements(&[&allow(condition)])).is_empty(),
                "{condition}"
            );
        }
    }

    #[test]
    fn not_where_a_deny_stops_keys() {
        let open = allow(r#"{"BoolIfExists":{"aws:MultiFactorAuthPresent":"true"}}"#);
        let guard = r#""Effect":"Deny","NotAction":["iam:GetUser"],"Resource":"*","Condition":{"BoolIfExists":{"aws:MultiFactorAuthPresent":"false"}}"#;
        assert!(finds(&RULE, &statements(&[&open, guard])).is_empty());
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
    fn if_exists_is_taken_off() {
        let before = statements(&[&allow(
            r#"{"BoolIfExists": {"aws:MultiFactorAuthPresent": "true"}, "NumericLessThanIfExists": {"aws:MultiFactorAuthAge": "60"}}"#,
        )]);
        // Absent, the age lets nobody pass: that is another rule's finding until the key is asked for.
        let after = before.replace("BoolIfExists", "Bool");
        assert_eq!(finds(&RULE, &before).len(), 1);
        assert_eq!(mended(&RULE, &before), after);
    }
}
