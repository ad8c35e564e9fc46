//! MFA014: a password can be changed without MFA, or the first one cannot be changed.

use super::{Finding, Guard, Rule, Severity, View, passing_actions};
use crate::policy::document::StatementElement;
use crate::policy::lint::guard::Target;
use crate::policy::pattern::ActionPattern;

pub(super) static RULE: Rule = Rule {
    id: "MFA014",
    name: "password-change",
    explanation: "If iam:ChangePassword is excepted, anyone who learns a password can lock the user out without MFA; AWS's \
        samples leave it out on purpose. Without the exception, users who must set a new password when they first sign in \
        cannot do so, because they have no device yet. The template first-login excepts the action for them; remove it later.",
    url: "https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_examples_aws_my-sec-creds-self-manage.html",
    find,
};

const CHANGE: &str = "iam:ChangePassword";

fn find(view: &View<'_>) -> Vec<Finding> {
    let Some(guard) = Guard::of(view) else {
        return Vec::new();
    };
    let open = guard.open_by_place(std::iter::once((CHANGE, Target::Own)));
    if let Some((place, actions)) = open.into_iter().next() {
        let message = format!("{} without MFA", passing_actions(&place, &actions));
        return vec![RULE.finding(Severity::Warning, place.path, message)];
    }
    // A document that allows it by its name is about users who change passwords.
    let named = view.allows().find_map(|allow| {
        let (path, StatementElement::Action(patterns)) = allow.actions()? else {
            return None;
        };
        patterns.placed(path.clone()).find(|(_, pattern)| {
            let is_all = pattern.split_once(':').is_none_or(|(_, name)| name == "*");
            !is_all && ActionPattern::new(pattern).matches(CHANGE)
        })
    });
    let message = format!(
        "`{CHANGE}` is denied without MFA: users who must change their password when they first sign in are locked out until \
         they have a device"
    );
    let finding = named.map(|(path, _)| RULE.finding(Severity::Info, path, message));
    finding.into_iter().collect()
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::policy::lint::testing::{finds, guarded};

    #[test]
    fn an_exception_for_changing_the_password_is_found() {
        for exceptions in [r#"["iam:ChangePassword"]"#, r#"["IAM:change*"]"#] {
            let policy = guarded(exceptions, &[]);
            assert_eq!(finds(&RULE, &policy), ["warning Statement[0].NotAction[0]"]);
        }
    }

    #[test]
    fn a_denied_password_change_is_found_where_an_allow_names_it() {
        let allow = |action: &str| {
            let allow =
                format!(r#""Effect":"Allow","Action":["iam:GetUser","{action}"],"Resource":"*""#);
            finds(&RULE, &guarded(r#"["iam:GetUser"]"#, &[&allow]))
        };
        assert_eq!(allow("iam:ChangePassword"), ["info Statement[1].Action[1]"]);
        assert_eq!(allow("iam:*Password"), ["info Statement[1].Action[1]"]);
        assert!(allow("iam:*").is_empty());
        assert!(allow("*").is_empty());
        assert!(finds(&RULE, &guarded(r#"["iam:GetUser"]"#, &[])).is_empty());
    }
}
