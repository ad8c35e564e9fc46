//! The credential report, the authorization details and the policy simulator.

use super::operations::{ALLOW, inline};
use super::*;

#[test]
fn a_credential_report_must_be_generated_before_it_is_read() {
    let mut fixture = Fixture::new();
    fixture
        .iam("GetCredentialReport", &[])
        .is_code(410, "ReportNotPresent");
    let answer = fixture.iam("GenerateCredentialReport", &[]);
    assert_eq!(answer.text("State").unwrap(), "STARTED");
    let answer = fixture.iam("GenerateCredentialReport", &[]);
    assert_eq!(answer.text("State").unwrap(), "COMPLETE");
    let answer = fixture.iam("GetCredentialReport", &[]);
    let content = STANDARD.decode(answer.text("Content").unwrap()).unwrap();
    let content = String::from_utf8(content).unwrap();
    let rows: Vec<Vec<&str>> = content.lines().map(|l| l.split(',').collect()).collect();
    assert_eq!(rows.len(), 3);
    assert!(rows.iter().all(|row| row.len() == 22));
    assert_eq!(rows[1][0], "<root_account>");
    let admin: Vec<_> = rows[0].iter().zip(&rows[2]).collect();
    for (column, value) in [
        ("user", "admin"),
        ("password_enabled", "false"),
        ("mfa_active", "true"),
        ("access_key_1_active", "true"),
        ("access_key_1_last_used_service", "iam"),
        ("access_key_2_active", "false"),
    ] {
        assert!(admin.contains(&(&column, &value)), "{column}");
    }
    fixture.after(4 * 3600);
    fixture
        .iam("GetCredentialReport", &[])
        .is_code(410, "ReportExpired");
    let answer = fixture.iam("GenerateCredentialReport", &[]);
    assert_eq!(answer.text("State").unwrap(), "STARTED");
}

#[test]
fn the_authorization_details_load_as_an_account() {
    let mut fixture = Fixture::new();
    fixture.person("dev");
    let group = ("GroupName", "team");
    fixture.iam("CreateGroup", &[group]).is_ok();
    fixture
        .iam("AddUserToGroup", &[group, ("UserName", "dev")])
        .is_ok();
    let all = fixture.iam("GetAccountAuthorizationDetails", &[]);
    assert_eq!(all.texts("UserName").len(), 2);
    assert_eq!(all.texts("GroupName"), ["team"]);
    let only = fixture.iam(
        "GetAccountAuthorizationDetails",
        &[("Filter.member.1", "Group")],
    );
    assert!(only.texts("UserName").is_empty());
    assert_eq!(only.texts("GroupName"), ["team"]);
    let first = fixture.iam("GetAccountAuthorizationDetails", &[("MaxItems", "2")]);
    assert_eq!(first.text("IsTruncated").unwrap(), "true");
    fixture
        .iam(
            "GetAccountAuthorizationDetails",
            &[("Filter.member.1", "Robot")],
        )
        .is_code(400, "ValidationError");
    let summary = fixture.iam("GetAccountSummary", &[]);
    let pairs: Vec<_> = summary
        .texts("key")
        .into_iter()
        .zip(summary.texts("value"))
        .collect();
    for pair in [
        ("Users", "2"),
        ("Groups", "1"),
        ("MFADevicesInUse", "1"),
        ("AccountMFAEnabled", "0"),
    ] {
        assert!(pairs.contains(&pair), "{pair:?}");
    }
}

#[test]
fn the_simulator_uses_the_policy_engine() {
    let mut fixture = Fixture::new();
    fixture.person("dev");
    let seed = crate::policy::generate::seed().to_json_compact();
    let ask = [
        ("PolicyInputList.member.1", ALLOW),
        ("PolicyInputList.member.2", seed.as_str()),
        ("ActionNames.member.1", "s3:ListAllMyBuckets"),
        ("ActionNames.member.2", "iam:GetUser"),
    ];
    let answer = fixture.iam("SimulateCustomPolicy", &ask);
    assert_eq!(answer.texts("EvalDecision"), ["explicitDeny", "allowed"]);
    let mut with_mfa = ask.to_vec();
    with_mfa.extend([
        (
            "ContextEntries.member.1.ContextKeyName",
            "aws:MultiFactorAuthPresent",
        ),
        ("ContextEntries.member.1.ContextKeyType", "boolean"),
        ("ContextEntries.member.1.ContextKeyValues.member.1", "true"),
    ]);
    let answer = fixture.iam("SimulateCustomPolicy", &with_mfa);
    assert_eq!(answer.texts("EvalDecision"), ["allowed", "allowed"]);
    fixture
        .iam("PutUserPolicy", &inline(("UserName", "dev"), "p", ALLOW))
        .is_ok();
    let dev = "arn:aws:iam::111122223333:user/dev";
    let answer = fixture.iam(
        "SimulatePrincipalPolicy",
        &[
            ("PolicySourceArn", dev),
            ("ActionNames.member.1", "s3:GetObject"),
        ],
    );
    assert_eq!(answer.texts("EvalDecision"), ["allowed"]);
    assert_eq!(answer.texts("SourcePolicyId"), ["user_dev_p"]);
    assert_eq!(answer.texts("SourcePolicyType"), ["user"]);
    fixture
        .iam("SimulateCustomPolicy", &ask[..2])
        .is_code(400, "ValidationError");
    fixture
        .iam(
            "SimulatePrincipalPolicy",
            &[
                ("PolicySourceArn", "arn:aws:iam::111122223333:user/no"),
                ("ActionNames.member.1", "s3:GetObject"),
            ],
        )
        .is_code(404, "NoSuchEntity");
}
