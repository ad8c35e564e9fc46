//! MFA024: calls that a service makes for a user are denied as well.

use super::{Finding, Guard, Rule, Severity, View};
use crate::policy::context::Mfa;
use crate::policy::lint::situation::Situation;

pub(super) static RULE: Rule = Rule {
    id: "MFA024",
    name: "forwarded-calls-denied",
    explanation: "Some services call other services in the user's name. The user's policies are evaluated for those calls \
        too, with aws:MultiFactorAuthPresent set to false for a plain user, so the Deny applies. Where this is a problem, the \
        template via-service allows calls that a service forwards (BoolIfExists aws:ViaAWSService false). AWS does not \
        document what the forwarded calls of an MFA session carry.",
    url: "https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html#condition-keys-viaawsservice",
    find,
};

fn find(view: &View<'_>) -> Vec<Finding> {
    let Some(guard) = Guard::of(view) else {
        return Vec::new();
    };
    let forwarded = Situation::forwarded(guard.context(Mfa::False));
    let stopping = (guard.statements.iter())
        .find(|s| s.truth.is_some_and(|t| t.without) && s.holds_for_caller(&forwarded));
    let message = "calls that a service forwards for a user are also denied; the template `via-service` allows them";
    let finding =
        stopping.map(|s| RULE.finding(Severity::Info, s.path.key("Condition"), message.to_owned()));
    finding.into_iter().collect()
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::policy::lint::testing::{
        WITHOUT_MFA, assert_finds_nothing, deny, finds, statements,
    };

    fn policy(condition: &str) -> String {
        statements(&[&deny(r#""NotAction":["iam:GetUser"]"#, condition)])
    }

    #[test]
    fn forwarded_calls_are_denied_unless_the_condition_excludes_them() {
        for condition in [
            WITHOUT_MFA,
            r#"{"BoolIfExists":{"aws:MultiFactorAuthPresent":"false"},"StringEquals":{"aws:RequestedRegion":"x"}}"#,
        ] {
            assert_eq!(
                finds(&RULE, &policy(condition)),
                ["info Statement[0].Condition"]
            );
        }
        assert_finds_nothing(
            &RULE,
            policy,
            [
                r#"{"BoolIfExists":{"aws:MultiFactorAuthPresent":"false","aws:ViaAWSService":"false"}}"#,
                r#"{"BoolIfExists":{"aws:MultiFactorAuthPresent":"false"},"Bool":{"aws:ViaAWSService":"false"}}"#,
                r#"{"BoolIfExists":{"aws:MultiFactorAuthPresent":"false"},"Null":{"aws:CalledVia":"true"}}"#,
                r#"{"Null":{"aws:MultiFactorAuthPresent":"true"}}"#,
            ],
        );
    }
}
