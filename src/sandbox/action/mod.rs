//! Finds the IAM action that allows an operation of a service.
//!
//! Usually the action has the name of the operation, and its prefix is the name for which requests are signed. The tables here
//! contain the exceptions; all other names are looked up in the policy engine's catalogue for their letter case. An unknown
//! operation keeps its own name: new ones appear every week, and a policy that denies all but a few actions denies it as on AWS.

mod rest;
mod s3;

use crate::policy::catalog::Catalog;

pub(super) use rest::guess;
pub(super) use s3::{S3, of_s3};

/// Signing names with another action prefix.
const PREFIXES: [(&str, &str); 13] = [
    ("awsssoportal", "sso"),
    ("cloudcontrolapi", "cloudformation"),
    ("email", "ses"),
    ("iot-jobs-data", "iotjobsdata"),
    ("iotdata", "iot"),
    ("ioteventsdata", "iotevents"),
    ("iotsecuredtunneling", "iot"),
    ("monitoring", "cloudwatch"),
    ("mturk-requester", "mechanicalturk"),
    ("s3express", "s3express"),
    ("s3-outposts", "s3-outposts"),
    ("tagging", "tag"),
    ("transcribestreaming", "transcribe"),
];

/// Operations that are authorised as an action of another name.
const RENAMED: [(&str, &str, &str); 27] = [
    // PartiQL is authorised by what the statement does. The statement is not read here, so it counts as a read.
    ("dynamodb", "BatchExecuteStatement", "PartiQLSelect"),
    ("dynamodb", "ExecuteStatement", "PartiQLSelect"),
    ("dynamodb", "ExecuteTransaction", "PartiQLSelect"),
    // Transactions are authorised item by item.
    ("dynamodb", "TransactGetItems", "GetItem"),
    ("dynamodb", "TransactWriteItems", "PutItem"),
    // A re-encryption needs an action for each of two keys. This is the action for the key in the request.
    ("kms", "ReEncrypt", "ReEncryptFrom"),
    ("lambda", "Invoke", "InvokeFunction"),
    ("lambda", "InvokeAsync", "InvokeFunction"),
    ("lambda", "InvokeWithResponseStream", "InvokeFunction"),
    ("lambda", "GetLayerVersionByArn", "GetLayerVersion"),
    ("bedrock", "Converse", "InvokeModel"),
    ("bedrock", "ConverseStream", "InvokeModelWithResponseStream"),
    (
        "bedrock",
        "InvokeModelWithBidirectionalStream",
        "InvokeModel",
    ),
    ("bedrock", "StartAsyncInvoke", "InvokeModel"),
    (
        "redshift-data",
        "GetStatementResultV2",
        "GetStatementResult",
    ),
    ("s3", "HeadBucket", "ListBucket"),
    ("s3", "HeadObject", "GetObject"),
    ("s3", "ListBuckets", "ListAllMyBuckets"),
    ("s3", "ListObjects", "ListBucket"),
    ("s3", "ListObjectsV2", "ListBucket"),
    ("s3", "ListObjectVersions", "ListBucketVersions"),
    ("s3", "CopyObject", "PutObject"),
    ("s3", "CreateMultipartUpload", "PutObject"),
    ("s3", "UploadPart", "PutObject"),
    ("s3", "DeleteObjects", "DeleteObject"),
    ("timestream", "Query", "Select"),
    (
        "cloudfront",
        "CreateDistributionWithTags",
        "CreateDistribution",
    ),
];

/// Services with one action for many operations: the beginning of the operation's name, and the action.
const BY_VERB: [(&str, &str, &str); 15] = [
    ("budgets", "Describe", "ViewBudget"),
    ("budgets", "Create", "ModifyBudget"),
    ("budgets", "Update", "ModifyBudget"),
    ("budgets", "Delete", "ModifyBudget"),
    // The actions of Amazon Keyspaces are named after CQL statements.
    ("cassandra", "Create", "Create"),
    ("cassandra", "Delete", "Drop"),
    ("cassandra", "Get", "Select"),
    ("cassandra", "List", "Select"),
    ("cassandra", "Restore", "Restore"),
    ("cassandra", "Update", "Alter"),
    // The older names of AWS DMS.
    ("dms", "DescribeDataProviders", "ListDataProviders"),
    ("dms", "DescribeInstanceProfiles", "ListInstanceProfiles"),
    ("dms", "DescribeMigrationProjects", "ListMigrationProjects"),
    (
        "dms",
        "DescribeMetadataModelAssessments",
        "ListMetadataModelAssessments",
    ),
    (
        "dms",
        "DescribeMetadataModelConversions",
        "ListMetadataModelConversions",
    ),
];

/// The prefix of the actions of a service that requests are signed for.
pub(super) fn prefix(signing_name: &str) -> String {
    let name = signing_name.to_ascii_lowercase();
    if name.starts_with("partnercentral-") {
        return "partnercentral".to_owned();
    }
    PREFIXES
        .iter()
        .find(|(signing, _)| *signing == name)
        .map_or(name, |(_, prefix)| (*prefix).to_owned())
}

/// The IAM action of an operation of the service that requests are signed for, e.g. `cloudwatch:PutMetricData` for
/// `monitoring` and `PutMetricData`.
#[must_use]
pub fn iam_action(signing_name: &str, operation: &str) -> String {
    let prefix = prefix(signing_name);
    let same = |service: &str| service == prefix;
    if let Some((_, _, action)) = RENAMED
        .iter()
        .find(|(service, name, _)| same(service) && *name == operation)
    {
        return format!("{prefix}:{action}");
    }
    if let Some(known) = known(&prefix, operation) {
        return known.to_owned();
    }
    let by_verb = BY_VERB
        .iter()
        .find(|(service, verb, _)| same(service) && operation.starts_with(verb));
    if let Some((_, _, action)) = by_verb {
        return format!("{prefix}:{action}");
    }
    // A batch without an action of its own is authorised as its single requests are.
    let single = operation
        .strip_prefix("Batch")
        .or_else(|| operation.strip_suffix("Batch"));
    if let Some(known) = single.and_then(|single| known(&prefix, single)) {
        return known.to_owned();
    }
    format!("{prefix}:{operation}")
}

/// The action as the catalogue spells it.
fn known(prefix: &str, name: &str) -> Option<&'static str> {
    Catalog::embedded().action(&format!("{prefix}:{name}"))
}

/// Whether the catalogue contains the action in this letter case.
pub(super) fn is_exactly(action: &str) -> bool {
    Catalog::embedded().action(action) == Some(action)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn most_actions_have_the_names_of_their_operations() {
        for (service, operation, action) in [
            ("iam", "CreateUser", "iam:CreateUser"),
            ("monitoring", "PutMetricData", "cloudwatch:PutMetricData"),
            ("email", "SendEmail", "ses:SendEmail"),
            ("logs", "DescribeLogGroups", "logs:DescribeLogGroups"),
            ("tagging", "GetResources", "tag:GetResources"),
            ("IoTSecuredTunneling", "OpenTunnel", "iot:OpenTunnel"),
            (
                "partnercentral-selling",
                "GetOpportunity",
                "partnercentral:GetOpportunity",
            ),
            ("sqs", "SendMessageBatch", "sqs:SendMessage"),
            ("sns", "PublishBatch", "sns:Publish"),
            ("dynamodb", "BatchGetItem", "dynamodb:BatchGetItem"),
            ("budgets", "DescribeBudgets", "budgets:ViewBudget"),
            (
                "budgets",
                "DescribeBudgetAction",
                "budgets:DescribeBudgetAction",
            ),
            ("cassandra", "ListKeyspaces", "cassandra:Select"),
            ("lambda", "Invoke", "lambda:InvokeFunction"),
            ("s3", "HeadObject", "s3:GetObject"),
        ] {
            assert_eq!(iam_action(service, operation), action);
            assert!(is_exactly(action), "{action}");
        }
    }

    #[test]
    fn an_unknown_operation_keeps_its_name() {
        assert_eq!(
            iam_action("ec2", "DescribeTomorrow"),
            "ec2:DescribeTomorrow"
        );
        assert_eq!(iam_action("new-service", "Do"), "new-service:Do");
    }
}
