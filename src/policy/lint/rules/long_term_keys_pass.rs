//! MFA001: a Deny that applies to the console but not to long-term keys.

use super::{BOOL, Finding, PRESENT, Rule, Severity, View, restated};
use crate::policy::context::Mfa;

pub(super) static RULE: Rule = Rule {
    id: "MFA001",
    name: "long-term-keys-pass",
    explanation: "A request that is signed with a long-term access key does not contain aws:MultiFactorAuthPresent at all. A \
        condition that compares its value, such as Bool, then does not hold and the Deny does not apply: the holder of the \
        key needs no MFA. BoolIfExists also holds for an absent key.",
    url: PRESENT,
    find,
};

fn find(view: &View<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    for deny in view.denies() {
        let Some(truth) = deny.truth.filter(|t| t.without && !t.absent) else {
            continue;
        };
        let Some(action) = view.passing(deny, Mfa::Absent, &view.universe.nothing()) else {
            continue;
        };
        let Some(clause) = super::failing(deny, Mfa::Absent) else {
            continue;
        };
        let message = format!(
            "`{action}` is denied to a session without MFA and passes with a long-term key: if the request has no `{}`, \
             `{}` does not hold",
            clause.key, clause.operator
        );
        // With MFA it must not apply, or something else is wrong with it.
        let fix = (truth.is(false, true, false))
            .then(|| restated(deny, BOOL.if_exists, "false"))
            .flatten();
        findings.push(
            RULE.finding(Severity::Error, deny.block_path(clause), message)
                .mended_by(fix),
        );
    }
    findings
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::policy::lint::testing::{
        KEY_ABSENT, allow, assert_errors_in_blocks, assert_finds_nothing, deny, finds, mended,
        statements,
    };

    fn policy(condition: &str) -> String {
        statements(&[&deny(r#""NotAction":["iam:GetUser"]"#, condition)])
    }

    #[test]
    fn a_deny_that_does_not_hold_for_an_absent_key_is_found() {
        assert_errors_in_blocks(
            &RULE,
            policy,
            [
                (r#"{"Bool":{"aws:MultiFactorAuthPresent":"false"}}"#, "Bool"),
                (r#"{"Bool":{"aws:MultiFactorAuthPresent":false}}"#, "Bool"),
                (
                    r#"{"bool":{"AWS:multifactorauthPRESENT":["False"]}}"#,
                    "bool",
                ),
                (
                    r#"{"Bool":{"aws:MultiFactorAuthPresent":["false","no"]}}"#,
                    "Bool",
                ),
                (r#"{"Bool":{"aws:MultiFactorAuthPresent":"no"}}"#, "Bool"),
                (
                    r#"{"StringEquals":{"aws:MultiFactorAuthPresent":"false"}}"#,
                    "StringEquals",
                ),
                (
                    r#"{"StringLike":{"aws:MultiFactorAuthPresent":"f*"}}"#,
                    "StringLike",
                ),
                (
                    r#"{"ForAnyValue:Bool":{"aws:MultiFactorAuthPresent":"false"}}"#,
                    "ForAnyValue:Bool",
                ),
                (
                    r#"{"Bool":{"aws:MultiFactorAuthPresent":"false","aws:ViaAWSService":"false"}}"#,
                    "Bool",
                ),
                (
                    r#"{"Bool":{"aws:MultiFactorAuthPresent":"false"},"StringEquals":{"aws:RequestedRegion":"eu-west-1"}}"#,
                    "Bool",
                ),
                (
                    r#"{"BoolIfExists":{"aws:MultiFactorAuthPresent":"false"},"Null":{"aws:MultiFactorAuthPresent":"false"}}"#,
                    "Null",
                ),
                (r#"{"Null":{"aws:MultiFactorAuthPresent":"false"}}"#, "Null"),
            ],
        );
    }

    #[test]
    fn a_deny_that_stops_long_term_keys_is_not_found() {
        assert_finds_nothing(
            &RULE,
            policy,
            [
                r#"{"BoolIfExists":{"aws:MultiFactorAuthPresent":"false"}}"#,
                r#"{"Null":{"aws:MultiFactorAuthPresent":"true"}}"#,
                r#"{"Null":{"aws:MultiFactorAuthAge":"true"}}"#,
                r#"{"StringNotEquals":{"aws:MultiFactorAuthPresent":"true"}}"#,
                r#"{"ForAllValues:Bool":{"aws:MultiFactorAuthPresent":"false"}}"#,
                r#"{"NumericGreaterThanIfExists":{"aws:MultiFactorAuthAge":"3600"}}"#,
                r#"{"NumericGreaterThan":{"aws:MultiFactorAuthAge":"3600"}}"#,
                r#"{"Bool":{"aws:SecureTransport":"false"}}"#,
            ],
        );
    }

    #[test]
    fn another_deny_may_stop_long_term_keys() {
        let on = |second: &str| {
            let first = deny(
                r#""Action":["s3:*","ec2:*"]"#,
                r#"{"Bool":{"aws:MultiFactorAuthPresent":"false"}}"#,
            );
            finds(&RULE, &statements(&[&first, second])).len()
        };
        for stopping in [
            deny(r#""Action":["s3:*","ec2:*"]"#, KEY_ABSENT),
            deny(r#""NotAction":"iam:*""#, KEY_ABSENT),
            r#""Effect":"Deny","Action":["s3:*","ec2:*"],"Resource":"*""#.to_owned(),
            deny(
                r#""Action":"*""#,
                r#"{"Null":{"aws:TokenIssueTime":"true"}}"#,
            ),
            deny(
                r#""Action":"*""#,
                r#"{"Null":{"aws:MultiFactorAuthPresent":"true"},"ArnLike":{"aws:PrincipalArn":"arn:aws:iam::*:user/*"}}"#,
            ),
        ] {
            assert_eq!(on(&stopping), 0, "{stopping}");
        }
        for letting in [
            deny(r#""Action":"s3:*""#, KEY_ABSENT),
            format!(
                r#""Effect":"Deny","Action":"*","Resource":"arn:aws:s3:::*","Condition":{KEY_ABSENT}"#
            ),
            allow(r#""Action":"*""#, KEY_ABSENT),
            deny(
                r#""Action":"*""#,
                r#"{"Null":{"aws:MultiFactorAuthPresent":"true"},"StringNotEquals":{"aws:RequestedRegion":"eu-west-1"}}"#,
            ),
            deny(
                r#""Action":"*""#,
                r#"{"Nul":{"aws:MultiFactorAuthPresent":"true"}}"#,
            ),
        ] {
            assert_eq!(on(&letting), 1, "{letting}");
        }
    }

    #[test]
    fn two_denies_may_stop_long_term_keys_together() {
        let whole = deny(
            r#""Action":"s3:*""#,
            r#"{"Bool":{"aws:MultiFactorAuthPresent":"false"}}"#,
        );
        let part = |resource: &str| {
            format!(
                r#""Effect":"Deny","Action":"s3:*","{resource}":"arn:aws:s3:::a*","Condition":{KEY_ABSENT}"#
            )
        };
        let (here, rest) = (part("Resource"), part("NotResource"));
        assert_eq!(finds(&RULE, &statements(&[&whole, &here, &rest])).len(), 0);
        assert_eq!(finds(&RULE, &statements(&[&whole, &here])).len(), 1);
        assert_eq!(finds(&RULE, &statements(&[&whole, &rest])).len(), 1);
    }

    /// A Deny of calls without MFA (`Bool`), or without the MFA key (`Null`), with one more condition.
    fn narrowed(operator: &str, more: &str) -> String {
        let value = operator == "Null";
        let condition =
            format!(r#"{{"{operator}":{{"aws:MultiFactorAuthPresent":"{value}"}},{more}}}"#);
        deny(r#""Action":"ec2:*""#, &condition)
    }

    #[test]
    fn a_deny_with_the_same_further_condition_stops_the_same_calls() {
        let on = |operator: &str, region: &str| {
            narrowed(
                operator,
                &format!(r#""StringEquals":{{"aws:RequestedRegion":{region}}}"#),
            )
        };
        let both = statements(&[&on("Bool", r#"["a","b"]"#), &on("Null", r#"["b","a"]"#)]);
        assert!(finds(&RULE, &both).is_empty());
        let other = statements(&[&on("Bool", r#"["a","b"]"#), &on("Null", r#""a""#)]);
        assert_eq!(finds(&RULE, &other).len(), 1);
    }

    #[test]
    fn further_conditions_are_compared_one_by_one() {
        let region = r#""StringEquals":{"aws:RequestedRegion":"a"}"#;
        let address = r#""IpAddress":{"aws:SourceIp":"192.0.2.0/24"}"#;
        let both = [format!("{region},{address}"), format!("{address},{region}")];
        let found = |bool_false: &str, null_true: &str| {
            let all = statements(&[&narrowed("Bool", bool_false), &narrowed("Null", null_true)]);
            finds(&RULE, &all).len()
        };
        assert_eq!(found(&both[0], &both[1]), 0);
        assert_eq!(found(&both[0], region), 0, "stops in more cases");
        assert_eq!(found(region, &both[0]), 1, "stops in fewer cases");
    }

    #[test]
    fn bare_statements_and_unknown_actions_are_checked() {
        let bare = r#"{"Statement":{"Effect":"Deny","Action":"brand-new:Thing","Resource":"arn:aws:brand-new:::x","Condition":{"Bool":{"aws:MultiFactorAuthPresent":"false"}}}}"#;
        assert_eq!(finds(&RULE, bare), ["error Statement.Condition.Bool"]);
        let nothing = bare.replace(r#""brand-new:Thing""#, "[]");
        assert!(finds(&RULE, &nothing).is_empty());
        let useless = bare.replace("brand-new:Thing", "sts:GetCallerIdentity");
        assert!(finds(&RULE, &useless).is_empty(), "nothing stops that call");
    }

    #[test]
    fn the_fix_replaces_the_operator() {
        for (before, after) in [
            (
                r#"{"Bool": {"aws:MultiFactorAuthPresent": "false"}}"#,
                r#"{"BoolIfExists": {"aws:MultiFactorAuthPresent": "false"}}"#,
            ),
            (
                r#"{"StringEquals": {"aws:MultiFactorAuthPresent": ["false"]}}"#,
                r#"{"BoolIfExists": {"aws:MultiFactorAuthPresent": "false"}}"#,
            ),
            (
                r#"{"Bool": {"aws:MultiFactorAuthPresent": false, "aws:ViaAWSService": "false"}}"#,
                r#"{"Bool": {"aws:ViaAWSService": "false"}, "BoolIfExists": {"aws:MultiFactorAuthPresent": false}}"#,
            ),
            (
                r#"{"Bool": {"aws:MultiFactorAuthPresent": "false"}, "BoolIfExists": {"aws:ViaAWSService": "false"}}"#,
                r#"{"BoolIfExists": {"aws:ViaAWSService": "false", "aws:MultiFactorAuthPresent": "false"}}"#,
            ),
            (
                r#"{"Bool": {"aws:MultiFactorAuthPresent": "false"}, "Null": {"aws:MultiFactorAuthPresent": "false"}}"#,
                r#"{"BoolIfExists": {"aws:MultiFactorAuthPresent": "false"}}"#,
            ),
            (
                r#"{"BoolIfExists": {"aws:MultiFactorAuthPresent": "false"}, "Null": {"aws:MultiFactorAuthPresent": "false"}}"#,
                r#"{"BoolIfExists": {"aws:MultiFactorAuthPresent": "false"}}"#,
            ),
        ] {
            assert_eq!(mended(&RULE, &policy(before)), policy(after), "{before}");
        }
        let inverted = policy(r#"{"Null":{"aws:MultiFactorAuthPresent":"false"}}"#);
        assert_eq!(
            mended(&RULE, &inverted),
            inverted,
            "nobody knows what was meant"
        );
    }
}
