//! MFA032: ARNs of a partition other than the one that the policy is for.

use super::{Edit, Finding, Fix, Rule, Severity, View};
use crate::policy::document::Json;
use crate::policy::lint::texts::{partition, values};

pub(super) static RULE: Rule = Rule {
    id: "MFA032",
    name: "mixed-partitions",
    explanation: "An account is in one partition (aws, aws-cn, aws-us-gov, …), and every ARN in the account begins with the \
        name of that partition. A pattern with another partition matches nothing there: an Allow grants nothing, and a Deny \
        denies nothing.",
    url: "https://docs.aws.amazon.com/IAM/latest/UserGuide/reference-arns.html",
    find,
};

fn find(view: &View<'_>) -> Vec<Finding> {
    let arns = || {
        values(view.subject.document)
            .filter_map(|(path, text)| Some((path, text, partition(text)?)))
    };
    // If no partition is given, the one that is named most often is meant.
    let mut all: Vec<&str> = arns().map(|(_, _, partition)| partition).collect();
    all.sort_unstable();
    let most = (all.chunk_by(|a, b| a == b))
        .rev()
        .max_by_key(|same| same.len())
        .and_then(|same| same.first().copied());
    let Some(meant) = view.subject.partition.or(most) else {
        return Vec::new();
    };
    let is_given = view.subject.partition.is_some();
    arns()
        .filter(|(_, _, partition)| *partition != meant)
        .map(|(path, text, partition)| {
            let message = if is_given {
                format!("`{text}` is in partition `{partition}`, but the policy is for `{meant}`")
            } else {
                format!(
                    "`{text}` is in partition `{partition}`, but other ARNs here are in `{meant}`"
                )
            };
            // A given partition is meant; regions and accounts of another partition cannot be guessed.
            let rest = text
                .split_once(':')
                .and_then(|(_, rest)| rest.split_once(':'))
                .map(|(_, rest)| rest);
            let is_anywhere = text
                .split(':')
                .skip(3)
                .take(2)
                .all(|part| part.is_empty() || part == "*");
            let fix = rest.filter(|_| is_given && is_anywhere).map(|rest| Fix {
                title: format!("use partition `{meant}`"),
                edits: vec![Edit::Replace(
                    path.clone(),
                    Json::String(format!("arn:{meant}:{rest}")),
                )],
            });
            RULE.finding(Severity::Warning, path, message)
                .mended_by(fix)
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::policy::lint::Subject;
    use crate::policy::lint::testing::{
        assert_finds_nothing, finds, finds_as, mended, mended_as, statements,
    };

    fn policy(resources: &str) -> String {
        statements(&[&format!(
            r#""Effect":"Allow","Action":"iam:GetUser","Resource":{resources},"Condition":{{"ArnLike":{{"aws:PrincipalArn":"arn:aws:iam::*:user/*"}}}}"#
        )])
    }

    fn china(subject: &mut Subject<'_>) {
        subject.partition = Some("aws-cn");
    }

    #[test]
    fn an_arn_of_another_partition_is_found() {
        let mixed = policy(r#"["arn:aws:iam::*:user/a","arn:aws-us-gov:iam::*:user/a"]"#);
        assert_eq!(finds(&RULE, &mixed), ["warning Statement[0].Resource[1]"]);
        assert_eq!(mended(&RULE, &mixed), mixed);
        let tie = policy(r#""arn:aws-cn:s3:::a""#);
        assert_eq!(finds(&RULE, &tie), ["warning Statement[0].Resource"]);
        let other = policy(r#"["arn:aws-cn:s3:::a","arn:aws-cn:s3:::b"]"#);
        assert_eq!(
            finds(&RULE, &other),
            ["warning Statement[0].Condition.ArnLike.aws:PrincipalArn"]
        );
    }

    #[test]
    fn arns_of_one_partition_or_of_any_are_not_found() {
        assert_finds_nothing(
            &RULE,
            policy,
            [
                r#""arn:aws:iam::*:user/a""#,
                r#"["*","arn:*:iam::*:user/a","arn:aws*:s3:::a","arn:${aws:x}:s3:::a"]"#,
            ],
        );
    }

    #[test]
    fn an_arn_outside_the_given_partition_is_found_and_fixed() {
        let one = policy(
            r#"["arn:aws:iam::*:user/a","arn:aws:iam::123456789012:user/a","arn:aws-cn:s3:::a"]"#,
        );
        assert_eq!(
            finds_as(&RULE, &one, china),
            [
                "warning Statement[0].Resource[0]",
                "warning Statement[0].Resource[1]",
                "warning Statement[0].Condition.ArnLike.aws:PrincipalArn",
            ]
        );
        let after = mended_as(&RULE, &one, china);
        assert_eq!(
            after,
            one.replace("arn:aws:iam::*", "arn:aws-cn:iam::*"),
            "the account stays for people to look at"
        );
        assert!(
            finds_as(
                &RULE,
                &policy(r#""*""#).replace("arn:aws:", "arn:aws-cn:"),
                china
            )
            .is_empty()
        );
    }
}
