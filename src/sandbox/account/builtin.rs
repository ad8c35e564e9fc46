//! The AWS managed policies of a new account: a few whose documents are short and do not change.

use time::UtcDateTime;

use super::records::{ManagedPolicy, Records, StoredPolicy};

/// Names, unique IDs and documents.
const POLICIES: [(&str, &str, &str); 5] = [
    (
        "AdministratorAccess",
        "ANPAIWMBCKSKIEE64ZLYK",
        r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}"#,
    ),
    (
        "IAMFullAccess",
        "ANPAI7XKCFMBPM3QQRRVQ",
        r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["iam:*","organizations:DescribeAccount","organizations:DescribeOrganization","organizations:DescribeOrganizationalUnit","organizations:DescribePolicy","organizations:ListChildren","organizations:ListParents","organizations:ListPoliciesForTarget","organizations:ListRoots","organizations:ListPolicies","organizations:ListTargetsForPolicy"],"Resource":"*"}]}"#,
    ),
    (
        "IAMReadOnlyAccess",
        "ANPAJKSO7NDY4T57MWDSQ",
        r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["iam:GenerateCredentialReport","iam:GenerateServiceLastAccessedDetails","iam:Get*","iam:List*","iam:SimulateCustomPolicy","iam:SimulatePrincipalPolicy"],"Resource":"*"}]}"#,
    ),
    (
        "IAMUserChangePassword",
        "ANPAJ4L4MM2A7QIEB56MS",
        r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["iam:ChangePassword"],"Resource":["arn:aws:iam::*:user/${aws:username}"]},{"Effect":"Allow","Action":["iam:GetAccountPasswordPolicy"],"Resource":"*"}]}"#,
    ),
    (
        "PowerUserAccess",
        "ANPAJYRXTHIB4FOVS3ZXS",
        r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","NotAction":["iam:*","organizations:*","account:*"],"Resource":"*"},{"Effect":"Allow","Action":["account:GetAccountInformation","account:GetGovCloudAccountInformation","account:ListRegions","iam:CreateServiceLinkedRole","iam:DeleteServiceLinkedRole","iam:ListRoles","organizations:DescribeEffectivePolicy","organizations:DescribeOrganization"],"Resource":"*"}]}"#,
    ),
];

/// The ARN of an AWS managed policy under the path `/`.
fn arn(partition: &str, name: &str) -> String {
    format!("arn:{partition}:iam::aws:policy/{name}")
}

/// Adds the policies that the account does not have.
pub(super) fn add(records: &mut Records, now: UtcDateTime) {
    for (name, id, text) in POLICIES {
        let arn = arn(&records.partition, name);
        let text = match records.partition.as_str() {
            "aws" => text.to_owned(),
            partition => text.replace("arn:aws:", &format!("arn:{partition}:")),
        };
        if let Ok(document) = StoredPolicy::read(&text) {
            records
                .policies
                .entry(arn)
                .or_insert_with(|| ManagedPolicy::new(id.to_owned(), name, document, now));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::generate::Kind;

    #[test]
    fn iam_would_store_each_of_them() {
        for (name, _, text) in POLICIES {
            assert!(StoredPolicy::new(text, Kind::Managed).is_ok(), "{name}");
        }
    }
}
