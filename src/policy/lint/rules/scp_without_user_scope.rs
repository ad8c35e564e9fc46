//! MFA021: a service control policy that locks out every role.

use super::{Finding, Rule, Severity, View};

pub(super) static RULE: Rule = Rule {
    id: "MFA021",
    name: "scp-without-user-scope",
    explanation: "A service control policy applies to role sessions as well as users, and role sessions never carry the MFA \
        key. Without a condition that restricts the Deny to IAM users, it locks out every role of the accounts, including the \
        roles of services and of Identity Center. ArnLike aws:PrincipalArn arn:aws:iam::*:user/* restricts it.",
    url: "https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_scps.html",
    find,
};

fn find(view: &View<'_>) -> Vec<Finding> {
    if !view.is_scp() {
        return Vec::new();
    }
    let roles = ["any-name", "path/any-name"].map(|name| view.situation.role(name));
    let mut findings = Vec::new();
    for deny in view.denies() {
        let stops_roles = deny.truth.is_some_and(|t| t.absent)
            && roles.iter().any(|context| deny.holds_for_caller(context));
        if stops_roles {
            let path = (deny.source.condition())
                .map_or_else(|| deny.path.clone(), |_| deny.path.key("Condition"));
            let message = "role sessions never carry the MFA key: without a condition that confines it to IAM users this Deny \
                locks out every role";
            findings.push(RULE.finding(Severity::Error, path, message.to_owned()));
        }
    }
    findings
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::policy::generate::Kind;
    use crate::policy::lint::Subject;
    use crate::policy::lint::testing::{WITHOUT_MFA, deny, finds, finds_as, statements};
    use crate::policy::source::Attachment;

    fn scp(more: &str) -> String {
        let scoped = WITHOUT_MFA.replace("}}", &format!("}}{more}}}"));
        statements(&[&deny(r#""NotAction":["iam:GetUser"]"#, &scoped)])
    }

    fn as_scp(subject: &mut Subject<'_>) {
        subject.attachment = Some(Attachment::Scp);
    }

    #[test]
    fn a_service_control_policy_that_stops_roles_is_found() {
        for more in [
            "",
            r#","StringEquals":{"aws:RequestedRegion":"eu-west-1"}"#,
            r#","ArnNotLike":{"aws:PrincipalArn":"arn:aws:iam::*:role/admin"}"#,
            r#","StringNotEquals":{"aws:PrincipalTag/exempt":"yes"}"#,
            r#","ArnLike":{"aws:PrincipalArn":["arn:aws:iam::*:user/*","arn:aws:iam::*:role/*"]}"#,
        ] {
            assert_eq!(
                finds_as(&RULE, &scp(more), as_scp),
                ["error Statement[0].Condition"],
                "{more}"
            );
        }
        assert_eq!(
            finds_as(&RULE, &scp(""), |s| s.kind = Some(Kind::Scp)).len(),
            1
        );
        assert!(
            finds(&RULE, &scp("")).is_empty(),
            "nobody said that it is one"
        );
    }

    #[test]
    fn a_service_control_policy_that_stops_only_users_is_not_found() {
        for more in [
            r#","ArnLike":{"aws:PrincipalArn":"arn:aws:iam::*:user/*"}"#,
            r#","StringLike":{"AWS:principalarn":["arn:*:iam::*:user/*"]}"#,
            r#","ArnNotLike":{"aws:PrincipalArn":"arn:aws:iam::*:role/*"}"#,
            r#","StringEquals":{"aws:PrincipalType":"User"}"#,
            r#","Null":{"aws:username":"false"}"#,
        ] {
            assert!(finds_as(&RULE, &scp(more), as_scp).is_empty(), "{more}");
        }
        // Bool does not hold for an absent key, so roles pass. Long-term keys pass too, but that belongs to another rule.
        let leaky = scp("").replace("BoolIfExists", "Bool");
        assert!(finds_as(&RULE, &leaky, as_scp).is_empty());
    }
}
