//! MFA027: actions that are never about the resources of their statement, and names in other letters.

use super::{Finding, Judged, Rule, Severity, View};
use crate::policy::catalog::{Catalog, iam_resource_types};
use crate::policy::document::{Effect, StatementElement};
use crate::policy::lint::finding::MAX_FINDINGS;
use crate::policy::pattern::ActionPattern;
use crate::policy::storable::resource_parts;

pub(super) static RULE: Rule = Rule {
    id: "MFA027",
    name: "unused-resource",
    explanation: "An action is authorised on the resources that it is about, and the statement names none of them: it never \
        applies to that action. EnableMFADevice, ResyncMFADevice and ListMFADevices are about a user, not about a device; \
        CreateVirtualMFADevice is about a device, not about a user; ListVirtualMFADevices is about no resource and needs *. \
        The types of resources are known for the actions of IAM. IAM ignores the case of actions.",
    url: "https://docs.aws.amazon.com/service-authorization/latest/reference/list_awsidentityandaccessmanagementiam.html",
    find,
};

fn find(view: &View<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    for statement in &view.statements {
        let Some((
            place,
            StatementElement::Action(patterns) | StatementElement::NotAction(patterns),
        )) = statement.actions()
        else {
            continue;
        };
        let is_listed = matches!(statement.actions(), Some((_, StatementElement::Action(_))));
        for (path, pattern) in patterns.placed(place) {
            if findings.len() >= MAX_FINDINGS {
                return findings;
            }
            if let Some(types) = never_used(statement, pattern).filter(|_| is_listed) {
                let verb = match statement.effect {
                    Effect::Allow => "grants",
                    Effect::Deny => "denies",
                };
                let message = format!(
                    "`{pattern}` is about {}, which no Resource here can be: this statement never {verb} it",
                    named(&types)
                );
                findings.push(RULE.finding(Severity::Warning, path, message));
            } else if let Some(known) = Catalog::embedded()
                .action(pattern)
                .filter(|k| *k != pattern)
            {
                let message =
                    format!("AWS writes `{pattern}` as `{known}`; IAM ignores the case of actions");
                findings.push(RULE.finding(Severity::Info, path, message));
            }
        }
    }
    findings
}

/// The types of resources that the actions of the pattern are about, if the statement names none of them.
fn never_used(statement: &Judged<'_>, pattern: &str) -> Option<Vec<&'static str>> {
    let Some((_, StatementElement::Resource(resources))) = statement.resources() else {
        return None;
    };
    let service = pattern.split(':').next().unwrap_or_default();
    if !service.eq_ignore_ascii_case("iam") {
        return None;
    }
    let iam = Catalog::embedded()
        .services()
        .iter()
        .find(|s| s.prefix == "iam")?;
    let covers = ActionPattern::new(pattern);
    let mut all = Vec::new();
    let mut covered = (iam.actions.iter())
        .filter(|action| covers.matches(action))
        .peekable();
    covered.peek()?;
    for action in covered {
        let types = iam_resource_types(action)?;
        if resources.texts().any(|resource| can_be(resource, types)) {
            return None;
        }
        all.extend(types);
    }
    all.sort_unstable();
    all.dedup();
    Some(all)
}

/// Whether the pattern can match a resource of one of these types of IAM; `*`, if there is no type.
fn can_be(resource: &str, types: &[&str]) -> bool {
    if resource.trim_matches('*').is_empty() {
        return !resource.is_empty();
    }
    let parts = resource_parts(resource);
    // A wildcard may stand for the parts that are missing.
    let [_, _, service, _, _, path] = parts.as_slice() else {
        return resource.contains(['*', '$']);
    };
    let is_iam = *service == "iam" || service.contains(['*', '?', '$']);
    let literal = path.split(['*', '?', '$']).next().unwrap_or_default();
    let is_open = literal.len() < path.len();
    is_iam
        && types.iter().any(|kind| {
            let begins = format!("{kind}/");
            literal.starts_with(&begins) || (is_open && begins.starts_with(literal))
        })
}

fn named(types: &[&str]) -> String {
    let arns: Vec<String> = (types.iter())
        .map(|kind| format!("`arn:aws:iam::*:{kind}/*`"))
        .collect();
    match arns.as_slice() {
        [] => "no resource and is authorised on `*`".to_owned(),
        arns => arns.join(" or "),
    }
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::policy::lint::testing::{checked, finds, statements};

    fn policy(effect: &str, actions: &str, resource: &str) -> String {
        statements(&[&format!(
            r#""Effect":"{effect}","Action":{actions},"Resource":{resource}"#
        )])
    }

    #[test]
    fn actions_on_resources_that_they_are_never_about_are_found() {
        let devices = r#""arn:aws:iam::*:mfa/*""#;
        let users = r#"["arn:aws:iam::*:user/${aws:username}","arn:aws:s3:::a"]"#;
        for (actions, resource, found) in [
            (
                r#"["iam:CreateVirtualMFADevice","iam:EnableMFADevice","iam:ResyncMFADevice","iam:ListMFADevices"]"#,
                devices,
                &["Action[1]", "Action[2]", "Action[3]"][..],
            ),
            (r#""iam:CreateVirtualMFADevice""#, users, &["Action"]),
            (r#""iam:ListVirtualMFADevices""#, devices, &["Action"]),
            (r#"["iam:Enable*","iam:Delete*"]"#, devices, &["Action[0]"]),
        ] {
            for effect in ["Allow", "Deny"] {
                let want: Vec<String> = (found.iter())
                    .map(|at| format!("warning Statement[0].{at}"))
                    .collect();
                assert_eq!(
                    finds(&RULE, &policy(effect, actions, resource)),
                    want,
                    "{actions}"
                );
            }
        }
        let message = checked(&policy("Allow", r#""iam:EnableMFADevice""#, devices));
        let message = message.iter().find(|f| f.rule.id == RULE.id).unwrap();
        assert_eq!(
            message.message,
            "`iam:EnableMFADevice` is about `arn:aws:iam::*:user/*`, which no Resource here can be: this statement never grants it"
        );
    }

    #[test]
    fn actions_that_may_work_are_not_found() {
        for (action, resource) in [
            ("iam:EnableMFADevice", "*"),
            ("iam:EnableMFADevice", "arn:aws:iam::*:*"),
            ("iam:EnableMFADevice", "arn:aws:iam::123456789012:us*"),
            (
                "iam:EnableMFADevice",
                "arn:aws:iam::*:${aws:PrincipalTag/what}",
            ),
            ("iam:EnableMFADevice", "arn:${aws:x}:iam::*:user/a"),
            ("iam:EnableMFADevice", "arn:aws:iam:*"),
            ("iam:EnableMFADevice", "arn:aws:*:*:*:*"),
            ("iam:DeleteVirtualMFADevice", "arn:aws:iam::*:sms-mfa/x"),
            ("iam:*", "arn:aws:iam::*:mfa/*"),
            ("*", "arn:aws:s3:::a"),
            ("s3:ListAllMyBuckets", "arn:aws:s3:::a"),
            ("iam:Unheard", "arn:aws:s3:::a"),
        ] {
            let policy = policy(
                "Allow",
                &format!("\"{action}\""),
                &format!("\"{resource}\""),
            );
            assert!(finds(&RULE, &policy).is_empty(), "{action} {resource}");
        }
    }

    #[test]
    fn names_in_other_letters_are_an_info() {
        let policy = policy(
            "Allow",
            r#"["IAM:getuser","iam:GetUser","iam:get*"]"#,
            r#""*""#,
        );
        assert_eq!(finds(&RULE, &policy), ["info Statement[0].Action[0]"]);
    }
}
