//! The policies that this program writes.

mod statements;

use crate::policy::document::{Document, Element, Statement, Statements, Version};

/// The policy that denies everything without MFA but what a user needs to get to MFA: one statement, `DenyAllWithoutMFA`.
///
/// It is attached beside the user's permission policies; an explicit deny wins over any allow.
#[must_use]
pub fn seed() -> Document {
    document(vec![statements::deny_all_without_mfa(
        statements::SEED_SID,
        &statements::SEED_EXCEPTIONS,
    )])
}

fn document(statements: Vec<Statement>) -> Document {
    Document {
        elements: vec![
            Element::Version(Version::V2012),
            Element::Statement(Statements::Many(statements)),
        ],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_seed_is_this_document_to_the_letter() {
        insta::assert_snapshot!(seed().to_json_pretty(), @r#"
        {
          "Version": "2012-10-17",
          "Statement": [
            {
              "Sid": "DenyAllWithoutMFA",
              "Effect": "Deny",
              "NotAction": [
                "iam:CreateVirtualMFADevice",
                "iam:EnableMFADevice",
                "iam:GetUser",
                "iam:ListMFADevices",
                "iam:ListVirtualMFADevices",
                "iam:ResyncMFADevice",
                "sts:GetSessionToken"
              ],
              "Resource": "*",
              "Condition": {
                "BoolIfExists": {
                  "aws:MultiFactorAuthPresent": "false"
                }
              }
            }
          ]
        }
        "#);
        assert_eq!(
            seed().to_json_compact(),
            r#"{"Version":"2012-10-17","Statement":[{"Sid":"DenyAllWithoutMFA","Effect":"Deny","NotAction":["iam:CreateVirtualMFADevice","iam:EnableMFADevice","iam:GetUser","iam:ListMFADevices","iam:ListVirtualMFADevices","iam:ResyncMFADevice","sts:GetSessionToken"],"Resource":"*","Condition":{"BoolIfExists":{"aws:MultiFactorAuthPresent":"false"}}}]}"#
        );
    }
}
