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
    use crate::policy::lint::testing::{finds, mended, statements};

    const ON: &str = r#""Effect":"Deny","NotAction":["iam:GetUser"],"Resource":"*""#;

    fn deny(condition: &str) -> String {
        format!(r#"{{"Statement":[{{{ON},"Condition":{condition}}}]}}"#)
    }

    #[test]
    fn however_it_is_written() {
        for (condition, block) in [
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
        ] {
            let path = format!("error Statement[0].Condition.{block}");
            assert_eq!(finds(&RULE, &deny(condition)), [path], "{condition}");
        }
    }

    #[test]
    fn not_where_a_long_term_key_is_stopped() {
        for condition in [
            r#"{"BoolIfExists":{"aws:MultiFactorAuthPresent":"false"}}"#,
            r#"{"Null":{"aws:MultiFactorAuthPresent":"true"}}"#,
            r#"{"Null":{"aws:MultiFactorAuthAge":"true"}}"#,
            r#"{"StringNotEquals":{"aws:MultiFactorAuthPresent":"true"}}"#,
            r#"{"ForAllValues:Bool":{"aws:MultiFactorAuthPresent":"false"}}"#,
            r#"{"NumericGreaterThanIfExists":{"aws:MultiFactorAuthAge":"3600"}}"#,
            r#"{"NumericGreaterThan":{"aws:MultiFactorAuthAge":"3600"}}"#,
            r#"{"Bool":{"aws:SecureTransport":"false"}}"#,
        ] {
            assert!(finds(&RULE, &deny(condition)).is_empty(), "{condition}");
        }
    }

    #[test]
    fn another_deny_may_stop_it() {
        let on = |second: &str| {
            let first = r#""Effect":"Deny","Action":["s3:*","ec2:*"],"Resource":"*","Condition":{"Bool":{"aws:MultiFactorAuthPresent":"false"}}"#;
            finds(&RULE, &statements(&[first, second])).len()
        };
        let null = r#""Condition":{"Null":{"aws:MultiFactorAuthPresent":"true"}}"#;
        for stopping in [
            format!(r#""Effect":"Deny","Action":["s3:*","ec2:*"],"Resource":"*",{null}"#),
            format!(r#""Effect":"Deny","NotAction":"iam:*","Resource":"*",{null}"#),
            r#""Effect":"Deny","Action":["s3:*","ec2:*"],"Resource":"*""#.to_owned(),
            format!(
                r#""Effect":"Deny","Action":"*","Resource":"*",{}"#,
                r#""Condition":{"Null":{"aws:TokenIssueTime":"true"}}"#
            ),
            format!(
                r#""Effect":"Deny","Action":"*","Resource":"*",{}"#,
                r#""Condition":{"Null":{"aws:MultiFactorAuthPresent":"true"},"ArnLike":{"aws:PrincipalArn":"arn:aws:iam::*:user/*"}}"#
            ),
        ] {
            assert_eq!(on(&stopping), 0, "{stopping}");
        }
        for letting in [
            format!(r#""Effect":"Deny","Action":"s3:*","Resource":"*",{null}"#),
            format!(r#""Effect":"Deny","Action":"*","Resource":"arn:aws:s3:::*",{null}"#),
            format!(r#""Effect":"Allow","Action":"*","Resource":"*",{null}"#),
            r#""Effect":"Deny","Action":"*","Resource":"*","Condition":{"Null":{"aws:MultiFactorAuthPresent":"true"},"StringNotEquals":{"aws:RequestedRegion":"eu-west-1"}}"#.to_owned(),
            r#""Effect":"Deny","Action":"*","Resource":"*","Condition":{"Nul":{"aws:MultiFactorAuthPresent":"true"}}"#.to_owned(),
        ] {
            assert_eq!(on(&letting), 1, "{letting}");
        }
    }

    #[test]
    fn two_denies_may_share_the_work() {
        let whole = r#""Effect":"Deny","Action":"s3:*","Resource":"*","Condition":{"Bool":{"aws:MultiFactorAuthPresent":"false"}}"#;
        let null = r#""Condition":{"Null":{"aws:MultiFactorAuthPresent":"true"}}"#;
        let here =
            format!(r#""Effect":"Deny","Action":"s3:*","Resource":"arn:aws:s3:::a*",{null}"#);
        let rest =
            format!(r#""Effect":"Deny","Action":"s3:*","NotResource":"arn:aws:s3:::a*",{null}"#);
        assert_eq!(finds(&RULE, &statements(&[whole, &here, &rest])).len(), 0);
        assert_eq!(finds(&RULE, &statements(&[whole, &here])).len(), 1);
        assert_eq!(finds(&RULE, &statements(&[whole, &rest])).len(), 1);
    }

    #[test]
    fn the_same_further_condition_is_the_same_case() {
        let on = |operator: &str, region: &str| {
            format!(
                r#""Effect":"Deny","Action":"ec2:*","Resource":"*","Condition":{{"{operator}":{{"aws:MultiFactorAuthPresent":"{}"}},"StringEquals":{{"aws:RequestedRegion":{region}}}}}"#,
                operator == "Null"
            )
        };
        let both = statements(&[&on("Bool", r#"["a","b"]"#), &on("Null", r#"["b","a"]"#)]);
        assert!(finds(&RULE, &both).is_empty());
        let other = statements(&[&on("Bool", r#"["a","b"]"#), &on("Null", r#""a""#)]);
        assert_eq!(finds(&RULE, &other).len(), 1);
    }

    #[test]
    fn several_further_conditions_are_compared_each() {
        let on = |operator: &str, more: &str| {
            format!(
                r#""Effect":"Deny","Action":"ec2:*","Resource":"*","Condition":{{"{operator}":{{"aws:MultiFactorAuthPresent":"{}"}},{more}}}"#,
                operator == "Null"
            )
        };
        let region = r#""StringEquals":{"aws:RequestedRegion":"a"}"#;
        let address = r#""IpAddress":{"aws:SourceIp":"192.0.2.0/24"}"#;
        let both = [format!("{region},{address}"), format!("{address},{region}")];
        let found = |bool_false: &str, null_true: &str| {
            let all = statements(&[&on("Bool", bool_false), &on("Null", null_true)]);
            finds(&RULE, &all).len()
        };
        assert_eq!(found(&both[0], &both[1]), 0);
        assert_eq!(found(&both[0], region), 0, "stops in more cases");
        assert_eq!(found(region, &both[0]), 1, "stops in fewer cases");
    }

    #[test]
    fn a_bare_statement_and_actions_that_nobody_knows() {
        let bare = r#"{"Statement":{"Effect":"Deny","Action":"brand-new:Thing","Resource":"arn:aws:brand-new:::x","Condition":{"Bool":{"aws:MultiFactorAuthPresent":"false"}}}}"#;
        assert_eq!(finds(&RULE, bare), ["error Statement.Condition.Bool"]);
        let nothing = bare.replace(r#""brand-new:Thing""#, "[]");
        assert!(finds(&RULE, &nothing).is_empty());
        let useless = bare.replace("brand-new:Thing", "sts:GetCallerIdentity");
        assert!(finds(&RULE, &useless).is_empty(), "nothing stops that call");
    }

    #[test]
    fn the_operator_is_exchanged() {
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
            assert_eq!(mended(&RULE, &deny(before)), deny(after), "{before}");
        }
        let inverted = deny(r#"{"Null":{"aws:MultiFactorAuthPresent":"false"}}"#);
        assert_eq!(
            mended(&RULE, &inverted),
            inverted,
            "nobody knows what was meant"
        );
    }
}
