//! MFA018: users cannot look at their own devices.

use super::{Finding, Guard, Judged, Rule, Severity, View};
use crate::policy::lint::guard::Target;

pub(super) static RULE: Rule = Rule {
    id: "MFA018",
    name: "device-lookup-denied",
    explanation: "iam:GetMFADevice describes one device, as iam:ListMFADevices describes all devices of a user. AWS's newer \
        samples except both from the Deny, so that users can look at their devices while they set up MFA. The call shows \
        nothing but the device.",
    url: "https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_examples_aws_my-sec-creds-self-manage.html",
    find,
};

fn find(view: &View<'_>) -> Vec<Finding> {
    let Some(guard) = Guard::of(view) else {
        return Vec::new();
    };
    let denying = (guard.denying(CALL, Target::Own)).filter(|_| !guard.passes(CALL, Target::Own));
    let message = format!(
        "`{CALL}`, which shows the user's device, is denied without MFA; AWS's newer samples except it"
    );
    let finding = denying
        .and_then(Judged::actions)
        .map(|(path, _)| RULE.finding(Severity::Info, path, message));
    finding.into_iter().collect()
}

const CALL: &str = "iam:GetMFADevice";

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::policy::lint::testing::{finds, guarded, statements};

    #[test]
    fn a_guard_without_the_exception_is_found() {
        let policy = guarded(r#"["iam:GetUser"]"#, &[]);
        assert_eq!(finds(&RULE, &policy), ["info Statement[0].NotAction"]);
        for exceptions in [r#"["iam:GetMFADevice"]"#, r#"["iam:Get*"]"#] {
            assert!(finds(&RULE, &guarded(exceptions, &[])).is_empty());
        }
        let narrow = statements(&[r#""Effect":"Deny","Action":"iam:*","Resource":"*""#]);
        assert!(finds(&RULE, &narrow).is_empty());
    }
}
