//! The policies of users, groups and roles, and the documents that IAM refuses to store.

use super::operations::{ALLOW, DENY, inline};
use super::*;

#[test]
fn policies_of_every_kind_count() {
    let mut fixture = Fixture::new();
    let dev = fixture.person("dev");
    let (user, group) = (("UserName", "dev"), ("GroupName", "team"));
    fixture.iam("CreateGroup", &[group]).is_ok();
    fixture.iam("AddUserToGroup", &[group, user]).is_ok();
    let made = fixture.iam(
        "CreatePolicy",
        &[("PolicyName", "m"), ("PolicyDocument", ALLOW)],
    );
    let arn = made.text("Arn").unwrap();
    assert_eq!(arn, "arn:aws:iam::111122223333:policy/m");
    let managed = ("PolicyArn", arn.as_str());
    let mut check = |on: (&str, &[(&str, &str)]), off: (&str, &[(&str, &str)])| {
        let denied = |fixture: &mut Fixture| {
            fixture
                .iam_by(&dev.key, "ListUsers", &[])
                .is_code(403, "AccessDenied");
        };
        denied(&mut fixture);
        fixture.iam(on.0, on.1).is_ok();
        fixture.iam_by(&dev.key, "ListUsers", &[]).is_ok();
        fixture.iam(off.0, off.1).is_ok();
        denied(&mut fixture);
    };
    check(
        ("PutUserPolicy", &inline(user, "p", ALLOW)),
        ("DeleteUserPolicy", &[user, ("PolicyName", "P")]),
    );
    check(
        ("PutGroupPolicy", &inline(group, "p", ALLOW)),
        ("DeleteGroupPolicy", &[group, ("PolicyName", "p")]),
    );
    check(
        ("AttachUserPolicy", &[user, managed]),
        ("DetachUserPolicy", &[user, managed]),
    );
    check(
        ("AttachGroupPolicy", &[group, managed]),
        ("RemoveUserFromGroup", &[group, user]),
    );
    // A boundary allows nothing by itself, and limits everything else.
    fixture.iam("AttachUserPolicy", &[user, managed]).is_ok();
    fixture.iam_by(&dev.key, "ListUsers", &[]).is_ok();
    let limit = fixture.iam(
        "CreatePolicy",
        &[("PolicyName", "limit"), ("PolicyDocument", DENY)],
    );
    let limit = limit.text("Arn").unwrap();
    let boundary = [user, ("PermissionsBoundary", limit.as_str())];
    fixture.iam("PutUserPermissionsBoundary", &boundary).is_ok();
    fixture
        .iam_by(&dev.key, "ListUsers", &[])
        .is_code(403, "AccessDenied");
    fixture
        .iam("DeletePolicy", &[("PolicyArn", &limit)])
        .is_code(409, "DeleteConflict");
    fixture
        .iam("DeleteUserPermissionsBoundary", &[user])
        .is_ok();
    fixture.iam_by(&dev.key, "ListUsers", &[]).is_ok();
}

#[test]
fn a_policy_has_five_versions_and_the_default_one_applies() {
    let mut fixture = Fixture::new();
    let dev = fixture.person("dev");
    let made = fixture.iam(
        "CreatePolicy",
        &[("PolicyName", "m"), ("PolicyDocument", ALLOW)],
    );
    let arn = made.text("Arn").unwrap();
    let arn = ("PolicyArn", arn.as_str());
    fixture
        .iam("AttachUserPolicy", &[("UserName", "dev"), arn])
        .is_ok();
    for n in 2..=5 {
        let answer = fixture.iam("CreatePolicyVersion", &[arn, ("PolicyDocument", DENY)]);
        assert_eq!(answer.text("VersionId").unwrap(), format!("v{n}"));
        assert_eq!(answer.text("IsDefaultVersion").unwrap(), "false");
    }
    fixture
        .iam("CreatePolicyVersion", &[arn, ("PolicyDocument", DENY)])
        .is_code(409, "LimitExceeded");
    fixture.iam_by(&dev.key, "ListUsers", &[]).is_ok();
    fixture
        .iam("SetDefaultPolicyVersion", &[arn, ("VersionId", "v5")])
        .is_ok();
    fixture
        .iam_by(&dev.key, "ListUsers", &[])
        .is_code(403, "AccessDenied");
    fixture
        .iam("DeletePolicyVersion", &[arn, ("VersionId", "v5")])
        .is_code(409, "DeleteConflict");
    fixture
        .iam("DeletePolicyVersion", &[arn, ("VersionId", "v1")])
        .is_ok();
    fixture
        .iam("GetPolicyVersion", &[arn, ("VersionId", "v1")])
        .is_code(404, "NoSuchEntity");
    let answer = fixture.iam("GetPolicyVersion", &[arn, ("VersionId", "v5")]);
    let document = answer.text("Document").unwrap();
    assert!(
        document.starts_with("%7B%22Version%22%3A%222012-10-17%22"),
        "{document}"
    );
    // A number is never assigned twice.
    let answer = fixture.iam("CreatePolicyVersion", &[arn, ("PolicyDocument", DENY)]);
    assert_eq!(answer.text("VersionId").unwrap(), "v6");
    let listed = fixture.iam("ListPolicyVersions", &[arn]);
    assert_eq!(listed.texts("VersionId"), ["v6", "v5", "v4", "v3", "v2"]);
}

#[test]
fn iam_refuses_to_store_invalid_documents() {
    let mut fixture = Fixture::new();
    let admin = ("UserName", "admin");
    let malformed = r#"{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"*","Resource":"*","Condition":{"NumericEquals":{"a:b":"x"}}}}"#;
    for text in ["", "{", "[]", "{}", malformed] {
        let code = if text.is_empty() {
            "ValidationError"
        } else {
            "MalformedPolicyDocument"
        };
        fixture
            .iam("PutUserPolicy", &inline(admin, "p", text))
            .is_code(400, code);
        fixture
            .iam(
                "CreatePolicy",
                &[("PolicyName", "m"), ("PolicyDocument", text)],
            )
            .is_code(400, code);
    }
    let long = |length: usize| {
        let resource = format!("arn:aws:s3:::{}", "x".repeat(length));
        ALLOW.replace(r#""Resource":"*""#, &format!(r#""Resource":"{resource}""#))
    };
    fixture
        .iam("PutUserPolicy", &inline(admin, "p", &long(1500)))
        .is_ok();
    fixture
        .iam("PutUserPolicy", &inline(admin, "q", &long(500)))
        .is((
            409,
            "LimitExceeded",
            "Maximum policy size of 2048 bytes exceeded for user admin",
        ));
    // White space does not count, and a policy with the same name is replaced.
    let spaced = long(1500).replace(',', ",                                              ");
    fixture
        .iam("PutUserPolicy", &inline(admin, "p", &spaced))
        .is_ok();
    fixture
        .iam(
            "CreatePolicy",
            &[("PolicyName", "m"), ("PolicyDocument", &long(6100))],
        )
        .is((
            409,
            "LimitExceeded",
            "Cannot exceed quota for PolicySize: 6144",
        ));
    for (arn, status, code) in [
        ("arn:aws:iam::aws:policy/Nothing", 404, "NoSuchEntity"),
        ("arn:aws:s3:::a-bucket-of-mine", 400, "InvalidInput"),
        ("short", 400, "ValidationError"),
    ] {
        fixture
            .iam("AttachUserPolicy", &[admin, ("PolicyArn", arn)])
            .is_code(status, code);
    }
}
