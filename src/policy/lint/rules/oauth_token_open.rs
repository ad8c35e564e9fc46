//! MFA019: a key can be turned into an OAuth token without MFA.

use super::exceptions::OAUTH_TOKEN;
use super::{Finding, Guard, Rule, Severity, View, passing_actions, removal};
use crate::policy::context::Mfa;
use crate::policy::lint::guard::Target;

pub(super) static RULE: Rule = Rule {
    id: "MFA019",
    name: "oauth-token-open",
    explanation: "signin:CreateOAuth2Token hands out the credentials of `aws login`, and with the grant type \
        client_credentials it needs only an access key. If it is excepted from the Deny, it turns a leaked key into a token \
        without MFA. Users of `aws login` need an Allow of this action, not an exception (template aws-login).",
    url: "https://docs.aws.amazon.com/service-authorization/latest/reference/list_signin.html",
    find,
};

fn find(view: &View<'_>) -> Vec<Finding> {
    let guard = Guard::of(view).filter(|g| g.passes_at(OAUTH_TOKEN, Target::Client, Mfa::Absent));
    let Some(guard) = guard else {
        return Vec::new();
    };
    let place = guard.place(OAUTH_TOKEN);
    let message = format!(
        "{} without MFA: a key can be turned into an OAuth token",
        passing_actions(&place, &[OAUTH_TOKEN])
    );
    let fix = removal(view, &guard, &place);
    vec![
        RULE.finding(Severity::High, place.path, message)
            .mended_by(fix),
    ]
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::policy::lint::testing::{deny, finds, guarded, mended};

    #[test]
    fn an_exception_for_oauth_tokens_is_found() {
        for exceptions in [
            r#"["signin:CreateOAuth2Token"]"#,
            r#"["signin:*"]"#,
            r#"["SignIn:Create*"]"#,
        ] {
            let policy = guarded(exceptions, &[]);
            assert_eq!(finds(&RULE, &policy), ["high Statement[0].NotAction[0]"]);
        }
        for exceptions in [r#"["signin:AuthorizeOAuth2Access"]"#, r#"["sts:*"]"#] {
            assert!(finds(&RULE, &guarded(exceptions, &[])).is_empty());
        }
    }

    #[test]
    fn an_allow_or_a_guard_on_the_grant_type_is_not_found() {
        let allow = r#""Effect":"Allow","Action":"signin:*","Resource":"*""#;
        assert!(finds(&RULE, &guarded(r#"["iam:GetUser"]"#, &[allow])).is_empty());
        let by_key = deny(
            r#""Action":"signin:CreateOAuth2Token""#,
            r#"{"StringEquals":{"signin:OAuthGrantType":"client_credentials"}}"#,
        );
        assert!(finds(&RULE, &guarded(r#"["signin:*"]"#, &[&by_key])).is_empty());
        let by_code = by_key.replace("client_credentials", "authorization_code");
        assert_eq!(
            finds(&RULE, &guarded(r#"["signin:*"]"#, &[&by_code])).len(),
            1
        );
    }

    #[test]
    fn the_fix_removes_the_exception() {
        let before = guarded(r#"["signin:CreateOAuth2Token", "iam:GetUser"]"#, &[]);
        assert_eq!(mended(&RULE, &before), guarded(r#"["iam:GetUser"]"#, &[]));
    }
}
