//! MFA017: a policy that expects devices to be named after their users.

use super::{Edit, Finding, Fix, Rule, Severity, View};
use crate::policy::document::{Effect, Json, StatementElement, Strings};
use crate::policy::lint::situation::Situation;
use crate::policy::pattern::Pattern;

pub(super) static RULE: Rule = Rule {
    id: "MFA017",
    name: "device-named-as-user",
    explanation: "A resource such as mfa/${aws:username} matches only devices that are named after their user. Since users \
        may have several devices, the console lets them choose the names, and creating a device with any other name is \
        denied. AWS's samples use mfa/*: who may use a device is decided by the ARN of the user for whom it is enabled.",
    url: "https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_examples_aws_my-sec-creds-self-manage.html",
    find,
};

fn find(view: &View<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    for statement in &view.statements {
        let Some((path, element)) = statement.resources() else {
            continue;
        };
        let (StatementElement::Resource(patterns) | StatementElement::NotResource(patterns)) =
            element
        else {
            continue;
        };
        for (path, pattern) in patterns.placed(path.clone()) {
            let Some(stem) = named_as_user(pattern) else {
                continue;
            };
            let message = format!(
                "`{pattern}` matches only devices that are named after their user, but users choose the names"
            );
            // Where devices can be deleted, or where less is denied by it, any device is not what was meant.
            let deletes =
                (view.universe).matching(&Strings::One("iam:DeleteVirtualMFADevice".into()));
            let only_enrols = statement.effect == Effect::Allow
                && (statement.compiled.as_ref()).is_some_and(|c| !c.actions.meets(&deletes));
            let fix = only_enrols.then(|| Fix {
                title: "match devices of any name".to_owned(),
                edits: vec![Edit::Replace(
                    path.clone(),
                    Json::String(format!("{stem}*")),
                )],
            });
            findings.push(
                RULE.finding(Severity::Warning, path, message)
                    .mended_by(fix),
            );
        }
    }
    findings
}

/// The pattern up to the device's name, if that hangs on the user's.
fn named_as_user(pattern: &str) -> Option<&str> {
    let at = pattern.find(":mfa/")? + ":mfa/".len();
    let (stem, name) = pattern.split_at_checked(at)?;
    let hangs = name.to_ascii_lowercase().contains("${aws:username}");
    let fits_any = Pattern::new(&Situation::for_caller(name)).matches("any-name");
    (hangs && !fits_any).then_some(stem)
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::policy::lint::testing::{assert_finds_nothing, finds, mended, statements};

    fn allow(actions: &str, resource: &str) -> String {
        statements(&[&format!(
            r#""Effect":"Allow","Action":{actions},"Resource":{resource}"#
        )])
    }

    const CREATE: &str = r#""iam:CreateVirtualMFADevice""#;

    #[test]
    fn a_device_named_as_the_user_is_found() {
        for (resource, at) in [
            (r#""arn:aws:iam::*:mfa/${aws:username}""#, ""),
            (
                r#"["arn:aws:iam::*:user/${aws:username}","arn:aws-cn:iam::123456789012:mfa/${AWS:UserName}"]"#,
                "[1]",
            ),
            (r#""arn:aws:iam::*:mfa/${aws:username}-*""#, ""),
        ] {
            let want = format!("warning Statement[0].Resource{at}");
            assert_eq!(finds(&RULE, &allow(CREATE, resource)), [want], "{resource}");
        }
        let deny = r#""Effect":"Deny","Action":"iam:*","NotResource":["arn:aws:iam::*:mfa/${aws:username}"]"#;
        assert_eq!(
            finds(&RULE, &statements(&[deny])),
            ["warning Statement[0].NotResource[0]"]
        );
    }

    #[test]
    fn other_resources_are_not_found() {
        assert_finds_nothing(
            &RULE,
            |resource| allow(CREATE, resource),
            [
                r#""arn:aws:iam::*:mfa/*""#,
                r#""arn:aws:iam::*:user/${aws:username}""#,
                r#""arn:aws:iam::*:mfa/admin""#,
                r#""*""#,
            ],
        );
    }

    #[test]
    fn the_fix_allows_any_name_if_devices_are_only_created() {
        let old = r#"["arn:aws:iam::*:mfa/${aws:username}"]"#;
        let new = r#"["arn:aws:iam::*:mfa/*"]"#;
        assert_eq!(mended(&RULE, &allow(CREATE, old)), allow(CREATE, new));
        for actions in [
            r#"["iam:CreateVirtualMFADevice","iam:DeleteVirtualMFADevice"]"#,
            r#""iam:*""#,
        ] {
            let kept = allow(actions, old);
            assert_eq!(
                mended(&RULE, &kept),
                kept,
                "others' devices could be deleted"
            );
        }
    }
}
