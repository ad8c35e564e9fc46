//! A policy as a shell script that calls the AWS CLI.

use std::fmt::Write as _;

use crate::policy::generate::{Generated, Kind};

/// The script for any POSIX shell; ends in a newline.
#[must_use]
pub fn awscli(generated: &Generated) -> String {
    let name = &generated.name;
    let mut text = String::from("#!/bin/sh\n");
    let usage = match generated.kind {
        Kind::Managed => "[USER...]: create the policy and attach it to these users",
        Kind::InlineUser => "USER: put the policy into this user",
        Kind::InlineGroup => "GROUP: put the policy into this group",
        Kind::InlineRole => "ROLE: put the policy into this role",
        Kind::Trust => "ROLE: make it this role's trust policy",
        Kind::Scp | Kind::Rcp => {
            "[TARGET...]: create the policy and attach it to these roots, units or accounts"
        }
    };
    let _ = writeln!(text, "# Usage: sh SCRIPT {usage}.");
    text.push_str("set -eu\n\n");
    // A quoted delimiter: the shell expands nothing in the policy.
    let _ = writeln!(
        text,
        "policy=$(\n  cat <<'POLICY'\n{}\nPOLICY\n)\n",
        generated.document.to_json_pretty()
    );
    match generated.kind {
        Kind::Managed => {
            let _ = write!(
                text,
                "arn=$(aws iam create-policy --policy-name {name} --policy-document \"$policy\" --query Policy.Arn --output text)\n\
                 echo \"$arn\"\n\
                 for user in \"$@\"; do\n  aws iam attach-user-policy --user-name \"$user\" --policy-arn \"$arn\"\ndone\n"
            );
        }
        Kind::InlineUser => put(&mut text, "user", name),
        Kind::InlineGroup => put(&mut text, "group", name),
        Kind::InlineRole => put(&mut text, "role", name),
        Kind::Trust => text.push_str(
            "aws iam update-assume-role-policy --role-name \"$1\" --policy-document \"$policy\"\n",
        ),
        Kind::Scp => organizations(&mut text, "SERVICE_CONTROL_POLICY", name),
        Kind::Rcp => organizations(&mut text, "RESOURCE_CONTROL_POLICY", name),
    }
    text
}

fn put(text: &mut String, owner: &str, name: &str) {
    let _ = writeln!(
        text,
        "aws iam put-{owner}-policy --{owner}-name \"$1\" --policy-name {name} --policy-document \"$policy\""
    );
}

fn organizations(text: &mut String, kind: &str, name: &str) {
    let _ = write!(
        text,
        "id=$(aws organizations create-policy --type {kind} --name {name} --description {name} --content \"$policy\" --query Policy.PolicySummary.Id --output text)\n\
         echo \"$id\"\n\
         for target in \"$@\"; do\n  aws organizations attach-policy --policy-id \"$id\" --target-id \"$target\"\ndone\n"
    );
}
