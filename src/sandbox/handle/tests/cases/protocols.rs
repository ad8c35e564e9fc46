//! Requests to services that the account does not serve, in each protocol.

use super::refusals::{ALLOW_ALL, DEV, denied, is_denied, statement};
use super::*;

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

/// A request in each protocol, with its action.
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

impl Fixture {
    fn elsewhere(&mut self, key: &Key, service: &str, mut request: Request) -> Answer {
        let now = self.now;
        sign_header(&mut request, key, service, "eu-west-1", now);
        self.send(&request)
    }
}

#[test]
fn each_protocol_has_its_own_status_and_code() {
    let mut fixture = Fixture::new();
    let dev = fixture.person("dev");
    let answers = others().map(|(service, request, _)| {
        let answer = fixture.elsewhere(&dev.key, service, request).0;
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
fn a_request_that_is_allowed_and_not_served_is_not_implemented() {
    let mut fixture = Fixture::new();
    let key = fixture.key.clone();
    let served = ["s3:ListAllMyBuckets", "ec2:DescribeRegions"];
    for (service, request, action) in others() {
        let answer = fixture.elsewhere(&key, service, request);
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
fn denials_of_sqs_have_actions_in_lower_case() {
    let mut fixture = Fixture::new();
    let dev = fixture.person("dev");
    let request = bare(
        "POST",
        "/",
        &[
            ("content-type", "application/x-amz-json-1.0"),
            ("x-amz-target", "AmazonSQS.ListQueues"),
        ],
        "{}",
    );
    let answer = fixture.elsewhere(&dev.key, "sqs", request);
    let why = " because no identity-based policy allows the sqs:listqueues action";
    assert!(
        answer.body().contains(&denied("sqs:listqueues", "*", why)),
        "{}",
        answer.body()
    );
}

#[test]
fn an_iam_action_that_is_not_served_is_authorised_on_its_resource() {
    let mut fixture = Fixture::new();
    let dev = fixture.person("dev");
    fixture.put_policy(
        &dev,
        &statement(&format!(
            r#"{{"Effect":"Allow","Action":"iam:UploadSSHPublicKey","Resource":"{DEV}"}}"#
        )),
    );
    fixture
        .iam_by(&dev.key, "UploadSSHPublicKey", &[("UserName", "DEV")])
        .is((
            501,
            "NotImplemented",
            "iam:UploadSSHPublicKey is allowed, but the sandbox does not implement it",
        ));
    let answer = fixture.iam_by(&dev.key, "UploadSSHPublicKey", &[("UserName", "admin")]);
    is_denied(
        &answer,
        &denied(
            "iam:UploadSSHPublicKey",
            "arn:aws:iam::111122223333:user/admin",
            " because no identity-based policy allows the iam:UploadSSHPublicKey action",
        ),
    );
}

#[test]
fn the_seed_policy_allows_a_session_with_mfa_and_denies_one_without() {
    let mut fixture = Fixture::new();
    let (dev, phone) = fixture.user_with_device("dev");
    let seed = r#"{"Sid":"DenyAllWithoutMFA","Effect":"Deny","NotAction":["iam:GetUser","sts:GetSessionToken"],"Resource":"*",
        "Condition":{"BoolIfExists":{"aws:MultiFactorAuthPresent":"false"}}}"#;
    fixture.put_policy(&dev, &statement(&format!("{ALLOW_ALL},{seed}")));
    let with = fixture.sign_in(&dev, &phone, 1).session();
    let without = fixture.gst_with(&dev.key, &[]).session();
    let deny = " with an explicit deny in an identity-based policy";
    for (key, allowed) in [(&dev.key, false), (&without, false), (&with, true)] {
        for (service, request, action) in others() {
            let answer = fixture.elsewhere(key, service, request);
            let text = answer.0.text().into_owned();
            let is_denied = text.contains(&denied(action, "*", deny));
            assert_eq!(is_denied, !allowed, "{text}");
            assert_eq!(answer.0.entry.action.as_deref(), Some(action));
        }
    }
    fixture.iam_by(&dev.key, "GetUser", &[]).is_ok();
}
