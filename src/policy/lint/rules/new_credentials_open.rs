//! MFA013: new credentials can be created without MFA.

use super::exceptions::new_credentials;
use super::{Finding, Guard, Rule, Severity, View, passing_actions, removal};

pub(super) static RULE: Rule = Rule {
    id: "MFA013",
    name: "new-credentials-open",
    explanation: "An action that creates or hands out credentials is possible without MFA: an access key, a password, a role \
        session, a federation or web identity token, credentials or keys of individual services, or a bearer token. Such \
        credentials remain valid later, or the Deny does not apply to them at all: sessions of roles and federated users \
        never carry the MFA key.",
    url: "https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_mfa_configure-api-require.html",
    find,
};

/// What makes credentials.
fn find(view: &View<'_>) -> Vec<Finding> {
    let Some(guard) = Guard::of(view) else {
        return Vec::new();
    };
    (guard.open_by_place(new_credentials()).into_iter())
        .map(|(place, actions)| {
            let message = format!(
                "{} without MFA: a way to new credentials",
                passing_actions(&place, &actions)
            );
            let fix = removal(view, &guard, &place);
            RULE.finding(Severity::High, place.path, message)
                .mended_by(fix)
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::policy::lint::testing::{checked, finds, guarded, mended};

    #[test]
    fn each_exception_that_gives_credentials_is_found() {
        for action in [
            "iam:CreateAccessKey",
            "iam:CreateLoginProfile",
            "iam:UpdateLoginProfile",
            "iam:CreateServiceSpecificCredential",
            "iam:ResetServiceSpecificCredential",
            "iam:UpdateServiceSpecificCredential",
            "iam:UploadSSHPublicKey",
            "iam:AcceptDelegationRequest",
            "iam:SendDelegationToken",
            "sts:AssumeRole",
            "sts:AssumeRoot",
            "sts:GetFederationToken",
            "sts:GetWebIdentityToken",
            "bedrock:CallWithBearerToken",
            "*:CallWithBearerToken",
            "iam:*",
            "sts:*",
            "STS:assume*",
        ] {
            let policy = guarded(&format!(r#"["iam:GetUser","{action}"]"#), &[]);
            assert_eq!(
                finds(&RULE, &policy),
                ["high Statement[0].NotAction[1]"],
                "{action}"
            );
        }
    }

    #[test]
    fn exceptions_that_give_no_credentials_are_not_found() {
        let policy = guarded(
            r#"["sts:GetSessionToken","sts:GetCallerIdentity","iam:List*","iam:Get*","iam:ChangePassword","s3:*","sts:AssumeRoleWith*"]"#,
            &[],
        );
        assert!(finds(&RULE, &policy).is_empty());
    }

    #[test]
    fn a_finding_lists_all_actions_that_the_exception_opens() {
        let findings = checked(&guarded(r#"["sts:*"]"#, &[]));
        let own = findings.iter().find(|f| f.rule.id == "MFA013").unwrap();
        assert_eq!(
            own.message,
            "`sts:*` lets `sts:AssumeRole`, `sts:AssumeRoot`, `sts:GetFederationToken`, `sts:GetWebIdentityToken` pass \
             without MFA: a way to new credentials"
        );
    }

    #[test]
    fn an_exception_for_one_role_is_found() {
        let all_but_one = r#""Effect":"Deny","Action":"sts:AssumeRole","NotResource":"arn:aws:iam::123456789012:role/ci","Condition":{"BoolIfExists":{"aws:MultiFactorAuthPresent":"false"}}"#;
        let policy = guarded(r#"["sts:AssumeRole"]"#, &[all_but_one]);
        assert_eq!(
            finds(&RULE, &policy).len(),
            1,
            "that role is assumed without MFA"
        );
        let all = all_but_one.replace(
            r#""NotResource":"arn:aws:iam::123456789012:role/ci""#,
            r#""Resource":"*""#,
        );
        assert!(finds(&RULE, &guarded(r#"["sts:AssumeRole"]"#, &[&all])).is_empty());
    }

    #[test]
    fn the_fix_removes_the_exception() {
        let before = guarded(r#"["iam:GetUser", "sts:AssumeRole", "sts:Get*"]"#, &[]);
        let after = guarded(r#"["iam:GetUser", "sts:Get*"]"#, &[]);
        assert_eq!(mended(&RULE, &before), after);
    }
}
