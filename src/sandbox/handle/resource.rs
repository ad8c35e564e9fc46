//! The ARN of the resource that a request to another service names.
//!
//! A request that names none gets `*`, as for actions without a resource type: an Allow on an ARN does not cover it, and a Deny on
//! `*` does.

use serde_json::Value;

use super::params::Params;

/// The parts that the ARNs of the account's resources have in common.
#[derive(Debug, Clone, Copy)]
pub(super) struct ArnScope<'a> {
    pub(super) partition: &'a str,
    pub(super) region: &'a str,
    pub(super) account: &'a str,
}

/// The parameters by which the most common services name a resource: service prefix, parameter, and the end of the ARN before the
/// name.
const NAMED: [(&str, &str, &str); 30] = [
    ("cloudformation", "StackName", "stack/"),
    ("cloudtrail", "Name", "trail/"),
    ("cloudwatch", "AlarmName", "alarm:"),
    ("codebuild", "projectName", "project/"),
    ("dynamodb", "TableName", "table/"),
    ("ec2", "GroupId", "security-group/"),
    ("ec2", "ImageId", "image/"),
    ("ec2", "InstanceId", "instance/"),
    ("ec2", "InstanceId.1", "instance/"),
    ("ec2", "KeyName", "key-pair/"),
    ("ec2", "SnapshotId", "snapshot/"),
    ("ec2", "SubnetId", "subnet/"),
    ("ec2", "VolumeId", "volume/"),
    ("ec2", "VpcId", "vpc/"),
    ("ecr", "repositoryName", "repository/"),
    ("ecs", "clusterName", "cluster/"),
    ("ecs", "cluster", "cluster/"),
    ("events", "Name", "rule/"),
    ("firehose", "DeliveryStreamName", "deliverystream/"),
    ("kinesis", "StreamName", "stream/"),
    ("kms", "KeyId", "key/"),
    ("logs", "logGroupName", "log-group:"),
    ("rds", "DBInstanceIdentifier", "db:"),
    ("rds", "DBClusterIdentifier", "cluster:"),
    ("redshift", "ClusterIdentifier", "cluster:"),
    ("secretsmanager", "SecretId", "secret:"),
    ("secretsmanager", "Name", "secret:"),
    ("sns", "Name", ""),
    ("sqs", "QueueName", ""),
    ("ssm", "Name", "parameter/"),
];

/// The same for names in a path: service prefix, the part of the path before the name, and the end of the ARN before the name.
const IN_PATHS: [(&str, &str, &str); 9] = [
    ("batch", "jobs", "job/"),
    ("eks", "clusters", "cluster/"),
    ("es", "domain", "domain/"),
    ("glacier", "vaults", "vaults/"),
    ("kafka", "clusters", "cluster/"),
    ("lambda", "functions", "function:"),
    ("lambda", "layers", "layer:"),
    ("scheduler", "schedules", "schedule/default/"),
    ("pipes", "pipes", "pipe/"),
];

/// The services whose ARNs contain no region and no account.
const GLOBAL: [&str; 2] = ["cloudfront", "route53"];

/// The resource that the parameters of a form name.
pub(super) fn of_params(action: &str, params: &Params, scope: &ArnScope<'_>) -> String {
    find(action, scope, |name| params.text(name).map(str::to_owned))
        .unwrap_or_else(|| "*".to_owned())
}

/// The resource that the members of a JSON object name. A body that is not a JSON object names none.
pub(super) fn of_body(action: &str, body: &[u8], scope: &ArnScope<'_>) -> String {
    let Ok(Value::Object(members)) = serde_json::from_slice(body) else {
        return "*".to_owned();
    };
    let text = |name: &str| members.get(name)?.as_str().map(str::to_owned);
    let own_arn = || {
        members
            .iter()
            .filter(|(name, _)| name.ends_with("Arn") || name.ends_with("ARN"))
            .filter_map(|(_, value)| value.as_str())
            .find(|arn| is_of(arn, prefix_of(action)))
            .map(str::to_owned)
    };
    find(action, scope, text)
        .or_else(own_arn)
        .unwrap_or_else(|| "*".to_owned())
}

/// The resource that a path names.
pub(super) fn of_path(action: &str, path: &str, scope: &ArnScope<'_>) -> String {
    let prefix = prefix_of(action);
    let ArnScope {
        partition, region, ..
    } = scope;
    if prefix == "apigateway" {
        return format!("arn:{partition}:apigateway:{region}::{path}");
    }
    let parts: Vec<String> = path.split('/').map(decoded).collect();
    if let Some(arn) = parts.iter().find(|part| is_of(part, prefix)) {
        return arn.clone();
    }
    let after = |word: &str| {
        let at = parts.iter().position(|part| part == word)?;
        parts.get(at + 1).filter(|name| !name.is_empty())
    };
    if prefix == "route53" {
        return after("hostedzone").map_or_else(
            || "*".to_owned(),
            |zone| format!("arn:{partition}:route53:::hostedzone/{zone}"),
        );
    }
    IN_PATHS
        .iter()
        .filter(|(p, ..)| *p == prefix)
        .find_map(|(_, word, end)| Some(arn(prefix, end, after(word)?, scope)))
        .unwrap_or_else(|| "*".to_owned())
}

fn find(
    action: &str,
    scope: &ArnScope<'_>,
    value: impl Fn(&str) -> Option<String>,
) -> Option<String> {
    let prefix = prefix_of(action);
    let given = match prefix {
        "sns" => value("TopicArn"),
        // The last part of the URL is the name of the queue.
        "sqs" => {
            let url = value("QueueUrl")?;
            let name = url.rsplit('/').next()?;
            Some(arn(prefix, "", name, scope))
        }
        _ => None,
    };
    given.or_else(|| {
        NAMED
            .iter()
            .filter(|(p, ..)| *p == prefix)
            .find_map(|(_, name, end)| {
                let value = value(name).filter(|v| !v.is_empty())?;
                Some(arn(prefix, end, &value, scope))
            })
    })
}

/// The ARN of the resource with this name. A name that is an ARN already stays as it is.
fn arn(prefix: &str, end: &str, name: &str, scope: &ArnScope<'_>) -> String {
    if name.starts_with("arn:") {
        return name.to_owned();
    }
    let ArnScope {
        partition,
        region,
        account,
    } = scope;
    // A name that is a path begins with a slash, which the ARN already has.
    let name = if end.ends_with('/') {
        name.trim_start_matches('/')
    } else {
        name
    };
    if GLOBAL.contains(&prefix) {
        return format!("arn:{partition}:{prefix}:::{end}{name}");
    }
    format!("arn:{partition}:{prefix}:{region}:{account}:{end}{name}")
}

fn is_of(arn: &str, prefix: &str) -> bool {
    let mut parts = arn.split(':');
    parts.next() == Some("arn") && parts.nth(1) == Some(prefix)
}

fn prefix_of(action: &str) -> &str {
    action.split(':').next().unwrap_or_default()
}

/// A part of a path without its percent-encoding.
pub(super) fn decoded(part: &str) -> String {
    if !part.contains('%') {
        return part.to_owned();
    }
    // It is decoded as the value of a form, with the characters escaped that have a meaning in forms.
    let escaped = part.replace('+', "%2B").replace('&', "%26");
    form_urlencoded::parse(format!("=={escaped}").as_bytes())
        .next()
        .map(|(_, value)| value.chars().skip(1).collect())
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    const PLACE: ArnScope<'_> = ArnScope {
        partition: "aws",
        region: "eu-west-1",
        account: "111122223333",
    };

    #[test]
    fn names_become_arns() {
        for (action, body, arn) in [
            (
                "dynamodb:GetItem",
                r#"{"TableName":"t"}"#,
                "arn:aws:dynamodb:eu-west-1:111122223333:table/t",
            ),
            (
                "kms:Encrypt",
                r#"{"KeyId":"arn:aws:kms:eu-west-1:1:key/k"}"#,
                "arn:aws:kms:eu-west-1:1:key/k",
            ),
            (
                "ssm:GetParameter",
                r#"{"Name":"/a/b"}"#,
                "arn:aws:ssm:eu-west-1:111122223333:parameter/a/b",
            ),
            (
                "sqs:SendMessage",
                r#"{"QueueUrl":"http://x/111122223333/q"}"#,
                "arn:aws:sqs:eu-west-1:111122223333:q",
            ),
            (
                "states:StartExecution",
                r#"{"stateMachineArn":"arn:aws:states:r:a:stateMachine:m","roleArn":"arn:aws:iam::a:role/r"}"#,
                "arn:aws:states:r:a:stateMachine:m",
            ),
            ("dynamodb:ListTables", "{}", "*"),
            ("dynamodb:ListTables", "not JSON", "*"),
            ("dynamodb:GetItem", r#"{"TableName":7}"#, "*"),
        ] {
            assert_eq!(of_body(action, body.as_bytes(), &PLACE), arn, "{action}");
        }
    }

    #[test]
    fn paths_become_arns() {
        for (action, path, arn) in [
            (
                "lambda:InvokeFunction",
                "/2015-03-31/functions/f/invocations",
                "arn:aws:lambda:eu-west-1:111122223333:function:f",
            ),
            (
                "lambda:GetFunction",
                "/2015-03-31/functions/arn%3Aaws%3Alambda%3Ar%3Aa%3Afunction%3Af",
                "arn:aws:lambda:r:a:function:f",
            ),
            ("lambda:ListFunctions", "/2015-03-31/functions/", "*"),
            (
                "route53:GetHostedZone",
                "/2013-04-01/hostedzone/Z1",
                "arn:aws:route53:::hostedzone/Z1",
            ),
            (
                "apigateway:GET",
                "/restapis",
                "arn:aws:apigateway:eu-west-1::/restapis",
            ),
        ] {
            assert_eq!(of_path(action, path, &PLACE), arn, "{path}");
        }
    }

    #[test]
    fn percent_encoding_is_undone() {
        for (part, is) in [
            ("a%2Fb", "a/b"),
            ("a+b%20c", "a+b c"),
            ("=%3D&", "==&"),
            ("%", "%"),
        ] {
            assert_eq!(decoded(part), is);
        }
    }
}
