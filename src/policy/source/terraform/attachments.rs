//! What Terraform attaches managed policies to, found by their ARNs if these are known, else by the references in the
//! configuration.

use std::borrow::Cow;
use std::collections::HashMap;

use super::plan::{Configuration, ConfiguredModule, Resource};
use crate::policy::source::attachment::Attachment;
use crate::policy::source::walk::Walk;

/// Reports to the walk what each managed policy is attached to.
pub(super) fn join<'a>(
    resources: &[&Resource<'a>],
    configuration: Option<&Configuration<'a>>,
    walk: &mut Walk<'a>,
) {
    let policies: Vec<&Resource<'a>> = (resources.iter().copied())
        .filter(|r| r.r#type == "aws_iam_policy")
        .collect();
    let by_arn: HashMap<Cow<'a, str>, &str> = (policies.iter())
        .filter_map(|policy| Some((policy.text("arn")?, &*policy.address)))
        .collect();
    for resource in resources {
        let Some(attachment) = attachment(&resource.r#type) else {
            continue;
        };
        let arn = resource.text("policy_arn");
        if let Some(address) = arn.and_then(|arn| by_arn.get(&arn).copied()) {
            walk.attach(address, attachment);
        }
    }
    let mut references = Vec::new();
    if let Some(root) = configuration.and_then(|c| c.root_module.as_ref()) {
        root.collect("", &mut references);
    }
    // Resources of one block differ by their keys, which references do not contain.
    let mut by_block: HashMap<String, Vec<&str>> = HashMap::new();
    for policy in policies {
        let block = without_keys(&policy.address);
        by_block.entry(block).or_default().push(&policy.address);
    }
    for (block, attachment) in references {
        for address in by_block.get(&block).into_iter().flatten() {
            walk.attach(address, attachment);
        }
    }
}

fn attachment(kind: &str) -> Option<Attachment> {
    match kind {
        "aws_iam_user_policy_attachment" => Some(Attachment::User),
        "aws_iam_group_policy_attachment" => Some(Attachment::Group),
        "aws_iam_role_policy_attachment" => Some(Attachment::Role),
        _ => None,
    }
}

impl ConfiguredModule<'_> {
    fn collect(&self, prefix: &str, references: &mut Vec<(String, Attachment)>) {
        for resource in self.resources.iter().flatten() {
            let Some(attachment) = attachment(&resource.r#type) else {
                continue;
            };
            let named = (resource.expressions.as_ref())
                .and_then(|e| e.policy_arn.as_ref())
                .and_then(|e| e.references.as_ref());
            for name in named.into_iter().flatten() {
                if name.starts_with("aws_iam_policy.") {
                    let block = without_keys(name.strip_suffix(".arn").unwrap_or(name));
                    references.push((format!("{prefix}{block}"), attachment));
                }
            }
        }
        for (name, call) in self.module_calls.iter().flatten() {
            if let Some(module) = &call.module {
                module.collect(&format!("{prefix}module.{name}."), references);
            }
        }
    }
}

/// An address without the keys of `count` and `for_each`: `module.a["x"].aws_iam_policy.b[0]` is of `module.a.aws_iam_policy.b`.
fn without_keys(address: &str) -> String {
    let mut block = String::with_capacity(address.len());
    let mut rest = address;
    while let Some((before, after)) = rest.split_once('[') {
        block.push_str(before);
        // A key is a number, or a quoted string that may hold anything.
        let end = match after.strip_prefix('"') {
            Some(quoted) => quoted.find("\"]").map(|end| end + 3),
            None => after.find(']').map(|end| end + 1),
        };
        rest = end.and_then(|end| after.get(end..)).unwrap_or_default();
    }
    block.push_str(rest);
    block
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_not_part_of_a_block() {
        let cases = [
            ("aws_iam_policy.a", "aws_iam_policy.a"),
            ("aws_iam_policy.a[0]", "aws_iam_policy.a"),
            (
                r#"module.m["x.y[1]"].aws_iam_policy.a["ü"]"#,
                "module.m.aws_iam_policy.a",
            ),
            ("aws_iam_policy.a[", "aws_iam_policy.a"),
            (r#"aws_iam_policy.a["x"#, "aws_iam_policy.a"),
        ];
        for (address, block) in cases {
            assert_eq!(without_keys(address), block);
        }
    }
}
