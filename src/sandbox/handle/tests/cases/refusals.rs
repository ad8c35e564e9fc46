//! 6: refusals by policy, to the letter, and in the protocol's own form.

use super::*;

const DEV: &str = "arn:aws:iam::111122223333:user/dev";

impl Scene {
    fn put_policy(&mut self, person: &Person, document: &str) {
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

fn statement(text: &str) -> String {
    format!(r#"{{"Version":"2012-10-17","Statement":[{text}]}}"#)
}

const ALLOW_ALL: &str = r#"{"Effect":"Allow","Action":"*","Resource":"*"}"#;

fn denied(action: &str, resource: &str, why: &str) -> String {
    format!("User: {DEV} is not authorized to perform: {action} on resource: {resource}{why}")
}

#[track_caller]
fn is_denied(answer: &Answer, message: &str) {
    answer.is((403, "AccessDenied", message));
}

#[test]
fn no_policy_allows() {
    let mut scene = Scene::new();
    let dev = scene.person("dev");
    let why = " because no identity-based policy allows the iam:ListUsers action";
    let answer = scene.iam_by(&dev.key, "ListUsers", &[]);
    is_denied(&answer, &denied("iam:ListUsers", "*", why));
    // An Allow on an ARN does not cover what has no resource type.
    scene.put_policy(
        &dev,
        &statement(
            r#"{"Effect":"Allow","Action":"iam:*","Resource":"arn:aws:iam::111122223333:*"}"#,
        ),
    );
    let answer = scene.iam_by(&dev.key, "GetAccountSummary", &[]);
    let why = " because no identity-based policy allows the iam:GetAccountSummary action";
    is_denied(&answer, &denied("iam:GetAccountSummary", "*", why));
    scene.iam_by(&dev.key, "GetUser", &[]).is_ok();
}

#[test]
fn an_explicit_deny() {
    let mut scene = Scene::new();
    let dev = scene.person("dev");
    let deny = r#"{"Sid":"No","Effect":"Deny","Action":"iam:GetUser","Resource":"*"}"#;
    scene.put_policy(&dev, &statement(&format!("{ALLOW_ALL},{deny}")));
    let answer = scene.iam_by(&dev.key, "GetUser", &[]);
    let why = " with an explicit deny in an identity-based policy";
    is_denied(&answer, &denied("iam:GetUser", DEV, why));
    insta::assert_snapshot!(answer.0.entry, @"2026-11-24T06:00:00Z arn:aws:iam::111122223333:user/dev (long-term key, MFA absent) iam:GetUser explicitDeny by No, AccessDenied");
}

#[test]
fn a_boundary_that_is_silent_or_denies() {
    let mut scene = Scene::new();
    let dev = scene.person("dev");
    scene.put_policy(&dev, &statement(ALLOW_ALL));
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
        let created = scene.iam(
            "CreatePolicy",
            &[
                ("PolicyName", &name),
                ("PolicyDocument", &statement(&boundary)),
            ],
        );
        created.is_ok();
        let arn = created.text("Arn").unwrap();
        scene
            .iam(
                "PutUserPermissionsBoundary",
                &[("UserName", "dev"), ("PermissionsBoundary", &arn)],
            )
            .is_ok();
        let answer = scene.iam_by(&dev.key, "GetUser", &[]);
        is_denied(&answer, &denied("iam:GetUser", DEV, why));
    }
}

#[test]
fn a_session_with_mfa_is_let_pass_by_the_seed_and_one_without_is_not() {
    let mut scene = Scene::new();
    let (dev, phone) = scene.equipped("dev");
    let seed = r#"{"Sid":"DenyAllWithoutMFA","Effect":"Deny","NotAction":["iam:GetUser","sts:GetSessionToken"],"Resource":"*",
        "Condition":{"BoolIfExists":{"aws:MultiFactorAuthPresent":"false"}}}"#;
    scene.put_policy(&dev, &statement(&format!("{ALLOW_ALL},{seed}")));
    let with = scene.sign_in(&dev, &phone, 1).session();
    let without = scene.gst_with(&dev.key, &[]).session();
    let deny = " with an explicit deny in an identity-based policy";
    for (key, allowed) in [(&dev.key, false), (&without, false), (&with, true)] {
        for (service, request, action) in others() {
            let answer = scene.elsewhere(key, service, request);
            let text = answer.0.text().into_owned();
            let is_denied = text.contains(&denied(action, "*", deny));
            assert_eq!(is_denied, !allowed, "{text}");
            assert_eq!(answer.0.entry.action.as_deref(), Some(action));
        }
    }
    scene.iam_by(&dev.key, "GetUser", &[]).is_ok();
}

fn bare(method: &str, path: &str, headers: &[(&str, &str)], body: &str) -> Request {
    let mut all = vec![("host".to_owned(), "127.0.0.1:1".to_owned())];
    all.extend(
        headers
            .iter()
            .map(|(n, v)| ((*n).to_owned(), (*v).to_owned())),
    );
    Request {
        method: method.to_owned(),
        path: path.to_owned(),
        headers: all,
        body: body.as_bytes().to_vec(),
        ..Request::default()
    }
}

/// A request in each protocol, and its action.
fn others() -> [(&'static str, Request, &'static str); 8] {
    let form = ("content-type", "application/x-www-form-urlencoded");
    let json = |version: &'static str, target: &'static str| {
        bare(
            "POST",
            "/",
            &[("content-type", version), ("x-amz-target", target)],
            "{}",
        )
    };
    [
        ("s3", bare("GET", "/", &[], ""), "s3:ListAllMyBuckets"),
        (
            "ec2",
            bare(
                "POST",
                "/",
                &[form],
                "Action=DescribeRegions&Version=2016-11-15",
            ),
            "ec2:DescribeRegions",
        ),
        (
            "sns",
            bare("POST", "/", &[form], "Action=ListTopics&Version=2010-03-31"),
            "sns:ListTopics",
        ),
        (
            "dynamodb",
            json("application/x-amz-json-1.0", "DynamoDB_20120810.ListTables"),
            "dynamodb:ListTables",
        ),
        (
            "logs",
            json(
                "application/x-amz-json-1.1",
                "Logs_20140328.DescribeLogGroups",
            ),
            "logs:DescribeLogGroups",
        ),
        (
            "lambda",
            bare("GET", "/2015-03-31/functions", &[], ""),
            "lambda:ListFunctions",
        ),
        (
            "route53",
            bare("GET", "/2013-04-01/hostedzone", &[], ""),
            "route53:ListHostedZones",
        ),
        (
            "monitoring",
            bare(
                "POST",
                "/service/GraniteServiceVersion20100801/operation/ListMetrics",
                &[("smithy-protocol", "rpc-v2-cbor")],
                "",
            ),
            "cloudwatch:ListMetrics",
        ),
    ]
}

impl Scene {
    fn elsewhere(&mut self, key: &Key, service: &str, mut request: Request) -> Answer {
        let now = self.now;
        sign_header(&mut request, key, service, "eu-west-1", now);
        self.send(&request)
    }
}

#[test]
fn each_protocol_has_its_own_status_and_code() {
    let mut scene = Scene::new();
    let dev = scene.person("dev");
    let answers = others().map(|(service, request, _)| {
        let answer = scene.elsewhere(&dev.key, service, request).0;
        let content_type = answer.headers.iter().find(|(n, _)| *n == "content-type");
        format!(
            "{service}: {} {} {}",
            answer.status,
            answer.entry.outcome,
            content_type.unwrap().1
        )
    });
    insta::assert_snapshot!(answers.join("\n"), @"
    s3: 403 AccessDenied application/xml
    ec2: 403 UnauthorizedOperation text/xml
    sns: 403 AccessDenied text/xml
    dynamodb: 400 AccessDeniedException application/x-amz-json-1.0
    logs: 400 AccessDeniedException application/x-amz-json-1.1
    lambda: 403 AccessDeniedException application/json
    route53: 403 AccessDenied text/xml
    monitoring: 400 AccessDeniedException application/cbor
    ");
}

#[test]
fn what_is_allowed_and_not_served_says_so() {
    let mut scene = Scene::new();
    let key = scene.key.clone();
    let served = ["s3:ListAllMyBuckets", "ec2:DescribeRegions"];
    for (service, request, action) in others() {
        let answer = scene.elsewhere(&key, service, request);
        if served.contains(&action) {
            answer.is_ok();
        } else {
            assert_eq!(answer.0.status, 501, "{action}");
            let message = format!("{action} is allowed, but the sandbox does not implement it");
            assert!(answer.0.text().contains(&message), "{}", answer.0.text());
        }
    }
}

#[test]
fn sqs_writes_actions_in_lower_case() {
    let mut scene = Scene::new();
    let dev = scene.person("dev");
    let request = bare(
        "POST",
        "/",
        &[
            ("content-type", "application/x-amz-json-1.0"),
            ("x-amz-target", "AmazonSQS.ListQueues"),
        ],
        "{}",
    );
    let answer = scene.elsewhere(&dev.key, "sqs", request);
    let why = " because no identity-based policy allows the sqs:listqueues action";
    assert!(
        answer.body().contains(&denied("sqs:listqueues", "*", why)),
        "{}",
        answer.body()
    );
}

#[test]
fn a_role_session_is_named_by_role_and_session() {
    let mut scene = Scene::new();
    let trust = statement(
        r#"{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::111122223333:root"},"Action":"sts:AssumeRole"}"#,
    );
    scene
        .iam(
            "CreateRole",
            &[("RoleName", "reader"), ("AssumeRolePolicyDocument", &trust)],
        )
        .is_ok();
    let key = scene.key.clone();
    let assumed = scene.call(
        &key,
        "sts",
        &[
            ("Action", "AssumeRole"),
            ("RoleArn", "arn:aws:iam::111122223333:role/reader"),
            ("RoleSessionName", "here"),
        ],
    );
    let role = assumed.session();
    let answer = scene.iam_by(&role, "ListUsers", &[]);
    is_denied(
        &answer,
        "User: arn:aws:sts::111122223333:assumed-role/reader/here is not authorized to perform: iam:ListUsers on \
         resource: * because no identity-based policy allows the iam:ListUsers action",
    );
}

#[test]
fn conditions_see_the_true_context() {
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
        let mut scene = Scene::new();
        let dev = scene.person("dev");
        let tag = [
            ("UserName", "dev"),
            ("Tags.member.1.Key", "team"),
            ("Tags.member.1.Value", "blue"),
        ];
        scene.iam("TagUser", &tag).is_ok();
        scene.put_policy(
            &dev,
            &statement(&format!(
                r#"{{"Effect":"Allow","Action":"iam:GetUser","Resource":"*","Condition":{{{condition}}}}}"#
            )),
        );
        let answer = scene.iam_by(&dev.key, "GetUser", &[]);
        assert_eq!(answer.0.status == 200, holds, "{condition}");
    }
}

#[test]
fn a_session_tells_its_code_its_age_and_its_making() {
    let mut scene = Scene::new();
    let (dev, phone) = scene.equipped("dev");
    let with = scene.sign_in(&dev, &phone, 1).session();
    scene.after(60);
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
        scene.put_policy(
            &dev,
            &statement(&format!(
                r#"{{"Effect":"Allow","Action":"iam:GetUser","Resource":"*","Condition":{{{condition}}}}}"#
            )),
        );
        let answer = scene.iam_by(&with, "GetUser", &[]);
        assert_eq!(answer.0.status == 200, holds, "{condition}");
    }
}

#[test]
fn an_action_of_iam_that_is_not_served_is_authorised_on_what_it_names() {
    let mut scene = Scene::new();
    let dev = scene.person("dev");
    scene.put_policy(
        &dev,
        &statement(&format!(
            r#"{{"Effect":"Allow","Action":"iam:UploadSSHPublicKey","Resource":"{DEV}"}}"#
        )),
    );
    scene
        .iam_by(&dev.key, "UploadSSHPublicKey", &[("UserName", "DEV")])
        .is((
            501,
            "NotImplemented",
            "iam:UploadSSHPublicKey is allowed, but the sandbox does not implement it",
        ));
    let answer = scene.iam_by(&dev.key, "UploadSSHPublicKey", &[("UserName", "admin")]);
    is_denied(
        &answer,
        &denied(
            "iam:UploadSSHPublicKey",
            "arn:aws:iam::111122223333:user/admin",
            " because no identity-based policy allows the iam:UploadSSHPublicKey action",
        ),
    );
}
