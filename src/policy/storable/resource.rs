//! Which texts IAM takes for the ARN of a resource.
//!
//! Nothing is refused without a record that IAM refuses it. Policy variables can hold colons and are never looked into.

use crate::policy::pattern::Pattern;

/// The partitions of AWS.
const PARTITIONS: [&str; 8] = [
    "aws",
    "aws-cn",
    "aws-us-gov",
    "aws-iso",
    "aws-iso-b",
    "aws-iso-e",
    "aws-iso-f",
    "aws-eusc",
];

/// How the paths of IAM's resources begin, as IAM's message lists them.
const IAM_PATHS: [&str; 13] = [
    "user/",
    "federated-user/",
    "role/",
    "group/",
    "instance-profile/",
    "mfa/",
    "server-certificate/",
    "policy/",
    "sms-mfa/",
    "saml-provider/",
    "oidc-provider/",
    "report/",
    "access-report/",
];

/// Paths that the message does not list. The first two stand in AWS's own managed policies, the last in its list of resources.
const MORE_IAM_PATHS: [&str; 3] = ["root", "role-template/", "delegation-request/"];

/// The resources of S3 that belong to a region.
const REGIONAL_S3: [&str; 6] = [
    "accesspoint/",
    "access-grants/",
    "async-request/",
    "job/",
    "storage-lens/",
    "storage-lens-group/",
];

/// Whether the text is an ARN with too few parts. A service and nothing more is enough, and so is a wildcard in place of the
/// missing parts.
pub(super) fn is_too_short(resource: &str) -> bool {
    let [_, partition, service, rest @ ..] = &*parts(resource) else {
        return false;
    };
    if !is_partition(partition) {
        return false;
    }
    let is_short = match rest {
        [] | [_, _, _] => false,
        _ => !resource.ends_with('*'),
    };
    service.is_empty() || is_short
}

/// IAM's message for a resource that is neither `*` nor what IAM takes for an ARN.
pub(super) fn malformed(resource: &str) -> Option<String> {
    if resource == "*" {
        return None;
    }
    let parts = parts(resource);
    let [_, partition, rest @ ..] = parts.as_slice() else {
        return Some(format!(
            "Resource {resource} must be in ARN format or \"*\"."
        ));
    };
    if !is_partition(partition) {
        let filled = filled(rest);
        return Some(format!(
            "Partition \"{partition}\" is not valid for resource \"arn:{partition}:{filled}\"."
        ));
    }
    let Some((service, rest)) = rest.split_first().filter(|(s, _)| !has_wildcard(s)) else {
        let message = "Resource vendor must be fully qualified and cannot contain regexes.";
        return Some(message.to_owned());
    };
    // A wildcard at the end of a short ARN stands for the missing parts, the region among them.
    let (region, path) = match rest {
        [region, _, path] => (*region, *path),
        [region, _] => (*region, "*"),
        [region] if !region.ends_with('*') => (*region, "*"),
        _ => ("", "*"),
    };
    let begins_with = |names: &[&str]| names.iter().any(|name| path.starts_with(name));
    match *service {
        "iam" if !region.is_empty() => Some(format!(
            "IAM resource {resource} cannot contain region information."
        )),
        "iam" if path != "*" && !begins_with(&IAM_PATHS) && !begins_with(&MORE_IAM_PATHS) => {
            let names = IAM_PATHS.join(", ");
            Some(format!(
                "IAM resource path must either be \"*\" or start with {names}."
            ))
        }
        "s3" if !region.is_empty() && !path.starts_with('*') && !begins_with(&REGIONAL_S3) => Some(
            format!("Resource {resource} can not contain region information."),
        ),
        _ => None,
    }
}

/// The parts between the first five colons that do not stand in a policy variable.
pub(in crate::policy) fn parts(resource: &str) -> Vec<&str> {
    let mut parts = Vec::with_capacity(6);
    let mut rest = resource;
    while parts.len() < 5 {
        let Some((part, after)) = split_at_colon(rest) else {
            break;
        };
        parts.push(part);
        rest = after;
    }
    parts.push(rest);
    parts
}

/// At the first colon that does not stand in a policy variable.
fn split_at_colon(text: &str) -> Option<(&str, &str)> {
    let mut from = 0;
    loop {
        let rest = text.get(from..)?;
        let colon = from + rest.find(':')?;
        let variable = rest.find("${").map(|at| from + at);
        let Some(start) = variable.filter(|start| *start < colon) else {
            return Some((text.get(..colon)?, text.get(colon + 1..)?));
        };
        from = start + text.get(start..)?.find('}')? + 1;
    }
}

/// What stands after the partition, with `*` for each of four parts that is missing.
fn filled(rest: &[&str]) -> String {
    let mut all: Vec<&str> = match rest {
        [""] => Vec::new(),
        rest => rest.to_vec(),
    };
    all.resize(all.len().max(4), "*");
    all.join(":")
}

/// Whether a partition of AWS can be meant: its name, or a pattern or a variable that can become one.
fn is_partition(text: &str) -> bool {
    text.contains("${") || {
        let pattern = Pattern::new(text);
        (PARTITIONS.iter()).any(|partition| pattern.matches(partition))
    }
}

fn has_wildcard(text: &str) -> bool {
    text.contains(['*', '?'])
}
