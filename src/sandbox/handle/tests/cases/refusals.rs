//! Cases 6: the exact messages of denials.

use super::*;

pub(super) const DEV: &str = "arn:aws:iam::111122223333:user/dev";

impl Fixture {
    pub(super) fn put_policy(&mut self, person: &TestUser, document: &str) {
        self.iam(
            "PutUserPolicy",
            &[
                ("UserName", person.name),
                ("PolicyName", "p"),
                ("PolicyDocument", document),
            ],
        )
        .is_ok();
    }
}

pub(super) fn statement(text: &str) -> String {
    format!(r#"{{"Version":"2012-10-17","Statement":[{text}]}}"#)
}

pub(super) const ALLOW_ALL: &str = r#"{"Effect":"Allow","Action":"*","Resource":"*"}"#;

pub(super) fn denied(action: &str, resource: &str, why: &str) -> String {
    format!("User: {DEV} is not authorized to perform: {action} on resource: {resource}{why}")
}

#[track_caller]
pub(super) fn is_denied(answer: &Answer, message: &str) {
    answer.is((403, "AccessDenied", message));
}

#[test]
fn no_policy_allows() {
    let mut fixture = Fixture::new();
    let dev = fixture.person("dev");
    let why = " because no identity-based policy allows the iam:ListUsers action";
    let answer = fixture.iam_by(&dev.key, "ListUsers", &[]);
    is_denied(&answer, &denied("iam:ListUsers", "*", why));
    // An Allow on an ARN does not cover an action without a resource type.
    fixture.put_policy(
        &dev,
        &statement(
            r#"{"Effect":"Allow","Action":"iam:*","Resource":"arn:aws:iam::111122223333:*"}"#,
        ),
    );
    let answer = fixture.iam_by(&dev.key, "GetAccountSummary", &[]);
    let why = " because no identity-based policy allows the iam:GetAccountSummary action";
    is_denied(&answer, &denied("iam:GetAccountSummary", "*", why));
    fixture.iam_by(&dev.key, "GetUser", &[]).is_ok();
}

#[test]
fn an_explicit_deny() {
    let mut fixture = Fixture::new();
    let dev = fixture.person("dev");
    let deny = r#"{"Sid":"No","Effect":"Deny","Action":"iam:GetUser","Resource":"*"}"#;
    fixture.put_policy(&dev, &statement(&format!("{ALLOW_ALL},{deny}")));
    let answer = fixture.iam_by(&dev.key, "GetUser", &[]);
    let why = " with an explicit deny in an identity-based policy";
    is_denied(&answer, &denied("iam:GetUser", DEV, why));
    insta::assert_snapshot!(answer.0.entry, @"2026-11-24T06:00:00Z arn:aws:iam::111122223333:user/dev (long-term key, MFA absent) iam:GetUser explicitDeny by No, AccessDenied");
}

#[test]
fn a_boundary_that_does_not_allow_or_that_denies() {
    let mut fixture = Fixture::new();
    let dev = fixture.person("dev");
    fixture.put_policy(&dev, &statement(ALLOW_ALL));
    for (boundary, why) in [
        (
            r#"{"Effect":"Allow","Action":"s3:*","Resource":"*"}"#.to_owned(),
            " because no permissions boundary allows the iam:GetUser action",
        ),
        (
            format!(r#"{ALLOW_ALL},{{"Effect":"Deny","Action":"iam:GetUser","Resource":"*"}}"#),
            " with an explicit deny in a permissions boundary",
        ),
    ] {
        let name = format!("b{}", why.len());
        let created = fixture.iam(
            "CreatePolicy",
            &[
                ("PolicyName", &name),
                ("PolicyDocument", &statement(&boundary)),
            ],
        );
        created.is_ok();
        let arn = created.text("Arn").unwrap();
        fixture
            .iam(
                "PutUserPermissionsBoundary",
                &[("UserName", "dev"), ("PermissionsBoundary", &arn)],
            )
            .is_ok();
        let answer = fixture.iam_by(&dev.key, "GetUser", &[]);
        is_denied(&answer, &denied("iam:GetUser", DEV, why));
    }
}

#[test]
fn a_role_session_is_named_by_role_and_session() {
    let mut fixture = Fixture::new();
    let trust = statement(
        r#"{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::111122223333:root"},"Action":"sts:AssumeRole"}"#,
    );
    fixture
        .iam(
            "CreateRole",
            &[("RoleName", "reader"), ("AssumeRolePolicyDocument", &trust)],
        )
        .is_ok();
    let key = fixture.key.clone();
    let assumed = fixture.call(
        &key,
        "sts",
        &[
            ("Action", "AssumeRole"),
            ("RoleArn", "arn:aws:iam::111122223333:role/reader"),
            ("RoleSessionName", "here"),
        ],
    );
    let role = assumed.session();
    let answer = fixture.iam_by(&role, "ListUsers", &[]);
    is_denied(
        &answer,
        "User: arn:aws:sts::111122223333:assumed-role/reader/here is not authorized to perform: iam:ListUsers on \
         resource: * because no identity-based policy allows the iam:ListUsers action",
    );
}

#[test]
fn conditions_see_the_context_of_the_request() {
    for (condition, holds) in [
        (r#""StringEquals":{"aws:username":"dev"}"#, true),
        (
            r#""ArnEquals":{"aws:PrincipalArn":"arn:aws:iam::111122223333:user/dev"}"#,
            true,
        ),
        (
            r#""StringEquals":{"aws:PrincipalAccount":"111122223333"}"#,
            true,
        ),
        (r#""StringEquals":{"aws:PrincipalType":"User"}"#, true),
        (r#""StringLike":{"aws:userid":"AIDA*"}"#, true),
        (r#""IpAddress":{"aws:SourceIp":"127.0.0.0/8"}"#, true),
        (r#""IpAddress":{"aws:SourceIp":"10.0.0.0/8"}"#, false),
        (r#""Bool":{"aws:SecureTransport":"false"}"#, true),
        (r#""StringEquals":{"aws:UserAgent":"test"}"#, true),
        (
            r#""StringEquals":{"aws:RequestedRegion":"eu-west-1"}"#,
            true,
        ),
        (
            r#""DateGreaterThan":{"aws:CurrentTime":"2026-11-24T05:59:59Z"}"#,
            true,
        ),
        (
            r#""DateLessThan":{"aws:CurrentTime":"2026-11-24T05:59:59Z"}"#,
            false,
        ),
        (r#""NumericEquals":{"aws:EpochTime":"1795500000"}"#, true),
        (r#""Null":{"aws:MultiFactorAuthPresent":"true"}"#, true),
        (r#""Null":{"aws:MultiFactorAuthAge":"true"}"#, true),
        (r#""Null":{"aws:TokenIssueTime":"true"}"#, true),
        (r#""Bool":{"aws:ViaAWSService":"false"}"#, true),
        (r#""StringEquals":{"aws:PrincipalTag/team":"blue"}"#, true),
        (r#""StringEquals":{"aws:PrincipalTag/team":"red"}"#, false),
    ] {
        let mut fixture = Fixture::new();
        let dev = fixture.person("dev");
        let tag = [
            ("UserName", "dev"),
            ("Tags.member.1.Key", "team"),
            ("Tags.member.1.Value", "blue"),
        ];
        fixture.iam("TagUser", &tag).is_ok();
        fixture.put_policy(
            &dev,
            &statement(&format!(
                r#"{{"Effect":"Allow","Action":"iam:GetUser","Resource":"*","Condition":{{{condition}}}}}"#
            )),
        );
        let answer = fixture.iam_by(&dev.key, "GetUser", &[]);
        assert_eq!(answer.0.status == 200, holds, "{condition}");
    }
}

#[test]
fn a_session_shows_its_mfa_its_age_and_its_issue_time() {
    let mut fixture = Fixture::new();
    let (dev, phone) = fixture.user_with_device("dev");
    let with = fixture.sign_in(&dev, &phone, 1).session();
    fixture.after(60);
    for (condition, holds) in [
        (r#""Bool":{"aws:MultiFactorAuthPresent":"true"}"#, true),
        (r#""NumericEquals":{"aws:MultiFactorAuthAge":"60"}"#, true),
        (
            r#""NumericLessThan":{"aws:MultiFactorAuthAge":"60"}"#,
            false,
        ),
        (
            r#""DateEquals":{"aws:TokenIssueTime":"2026-11-24T06:00:00Z"}"#,
            true,
        ),
    ] {
        fixture.put_policy(
            &dev,
            &statement(&format!(
                r#"{{"Effect":"Allow","Action":"iam:GetUser","Resource":"*","Condition":{{{condition}}}}}"#
            )),
        );
        let answer = fixture.iam_by(&with, "GetUser", &[]);
        assert_eq!(answer.0.status == 200, holds, "{condition}");
    }
}
