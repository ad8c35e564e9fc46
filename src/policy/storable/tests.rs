//! What is stored and what is refused, with the messages of live AWS and their order.

use super::*;

/// What the reader says of a managed policy with these statements.
fn said_of(statements: &str) -> String {
    said_of_text(&format!(
        r#"{{"Version":"2012-10-17","Statement":{statements}}}"#
    ))
}

fn said_of_text(text: &str) -> String {
    match read(text, Kind::Managed) {
        Ok(_) => "stored".to_owned(),
        Err(refusal) => refusal.message.into_owned(),
    }
}

/// A statement with this resource.
fn on(resource: &str) -> String {
    format!(r#"{{"Effect":"Deny","Action":"sqs:*","Resource":{resource}}}"#)
}

/// A statement with this condition.
fn when(condition: &str) -> String {
    format!(r#"{{"Effect":"Deny","Action":"sqs:*","Resource":"*","Condition":{condition}}}"#)
}

const STORED: &str = "stored";
const UNIQUE: &str = "Statement IDs (SID) in a single policy must be unique.";
const CHARACTERS: &str = "Statement IDs (SID) must be alpha-numeric. Check that your input satisfies the regular expression [0-9A-Za-z]*";
const OLD: &str = "Policy document must be version 2012-10-17 or greater.";
const ACTIONS: &str = "Policy statement must contain actions.";
const RESOURCES: &str = "Policy statement must contain resources.";
const VENDOR: &str = "Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc.";
const REGEX: &str = "Resource vendor must be fully qualified and cannot contain regexes.";
const PATH: &str = "IAM resource path must either be \"*\" or start with user/, federated-user/, role/, group/, instance-profile/, mfa/, server-certificate/, policy/, sms-mfa/, saml-provider/, oidc-provider/, report/, access-report/.";

#[test]
fn resources_are_stored_if_they_are_arns() {
    for (resource, message) in [
        (r#""*""#, STORED),
        (r#""arn:aws:sqs""#, STORED),
        (r#""arn:aws:sqs:*""#, STORED),
        (r#""arn:aws:s3:*""#, STORED),
        (r#""arn:aws:sqs:eu-west-1:111122223333:q""#, STORED),
        (r#""arn:aws:sqs:${a:b}:111122223333:q""#, STORED),
        (r#""arn:aws:organizations::*:""#, STORED),
        (r#""arn:*:sqs:*:*:*""#, STORED),
        (r#""arn:aws-*:sqs:*:*:*""#, STORED),
        (r#""arn:aws-us-gov:iam::*:user/${aws:username}""#, STORED),
        (r#""arn:aws:iam::*:root""#, STORED),
        (r#""arn:aws:iam::*:*""#, STORED),
        (r#""arn:aws:s3:*:*:accesspoint/x""#, STORED),
        (
            r#""mfa/*""#,
            r#"Resource mfa/* must be in ARN format or "*"."#,
        ),
        (r#""""#, r#"Resource  must be in ARN format or "*"."#),
        (
            r#""x:y""#,
            r#"Partition "y" is not valid for resource "arn:y:*:*:*:*"."#,
        ),
        (
            r#""x:y:""#,
            r#"Partition "y" is not valid for resource "arn:y:*:*:*:*"."#,
        ),
        (
            r#""arn:azure:sqs::1:q:r""#,
            r#"Partition "azure" is not valid for resource "arn:azure:sqs::1:q:r"."#,
        ),
        (
            r#""aws:sqs:::q""#,
            r#"Partition "sqs" is not valid for resource "arn:sqs:::q:*"."#,
        ),
        (r#""x:aws:sqs:::q""#, STORED),
        (r#""arn:aws""#, REGEX),
        (r#""arn:aws:*:*:*:*""#, REGEX),
        (r#""arn:aws:sq?:::q""#, REGEX),
        (r#""arn:aws::q""#, LEGACY),
        (r#""arn:aws::::q""#, LEGACY),
        (r#""arn:aws:sqs::q""#, LEGACY),
        (r#""arn:aws:iam:::q""#, PATH),
        (r#""arn:aws:iam::1:users/q""#, PATH),
        (
            r#""arn:aws:iam:eu-west-1:1:user/q""#,
            "IAM resource arn:aws:iam:eu-west-1:1:user/q cannot contain region information.",
        ),
        (
            r#""arn:aws:s3:eu-west-1::q""#,
            "Resource arn:aws:s3:eu-west-1::q can not contain region information.",
        ),
    ] {
        assert_eq!(said_of(&on(resource)), message, "{resource}");
    }
}

#[test]
fn conditions_are_stored_if_their_values_can_be_read() {
    for (condition, message) in [
        ("{}", STORED),
        (r#"{"Bool":{}}"#, STORED),
        (r#"{"Made":{},"Up":{}}"#, STORED),
        (r#"{"DateEquals":{"a:b":[]}}"#, STORED),
        (r#"{"DateLessThan":{"a:b":"01T"}}"#, STORED),
        (r#"{"DateLessThan":{"a:b":"1700000000"}}"#, STORED),
        (r#"{"Bool":{"a:b":"perhaps"}}"#, STORED),
        (r#"{"MadeUp":{"a:b":"c"}}"#, SYNTAX),
        (r#"{"Bool":"a:b"}"#, SYNTAX),
        (r#"{"DateLessThan":{"a:b":"soon"}}"#, LEGACY),
        (r#"{"NumericLessThan":{"a:b":["1","12h"]}}"#, LEGACY),
        (r#"{"NotIpAddress":{"a:b":"1.2.3"}}"#, LEGACY),
        (r#"{"ArnLike":{"a:b":"user/x"}}"#, LEGACY),
    ] {
        assert_eq!(said_of(&when(condition)), message, "{condition}");
    }
}

#[test]
fn each_check_goes_over_all_statements_before_the_next_one_starts() {
    let plain = on(r#""*""#);
    // From the last check to the first: the earlier one's message wins wherever its statement stands.
    let faults = [
        (r#"{"Effect":"Deny","Action":"sqs:*"}"#, RESOURCES),
        (r#"{"Effect":"Deny","Action":"sqs","Resource":"*"}"#, VENDOR),
        (
            r#"{"Effect":"Deny","Action":"*","Resource":"x"}"#,
            r#"Resource x must be in ARN format or "*"."#,
        ),
        (r#"{"Effect":"Deny","Resource":"*"}"#, ACTIONS),
        (
            r#"{"Effect":"Deny","Action":"*","Resource":"arn:aws:sqs::q"}"#,
            LEGACY,
        ),
        (
            r#"{"Sid":"a b","Effect":"Deny","Action":"*","Resource":"*"}"#,
            CHARACTERS,
        ),
        (r#"{"Effect":"DENY","Action":"*","Resource":"*"}"#, LEGACY),
        (
            r#"{"Effect":"Deny","Action":"*","Resource":"*","Color":"red"}"#,
            SYNTAX,
        ),
    ];
    for (n, (fault, message)) in faults.iter().enumerate() {
        assert_eq!(said_of(&format!("[{plain},{fault}]")), *message);
        for (later, _) in &faults[..n] {
            assert_eq!(said_of(&format!("[{later},{fault}]")), *message, "{later}");
            assert_eq!(said_of(&format!("[{fault},{later}]")), *message, "{later}");
        }
    }
}

#[test]
fn the_version_comes_after_the_syntax_and_before_everything_else() {
    let with = |version: &str, statement: &str| {
        said_of_text(&format!(r#"{{{version}"Statement":{statement}}}"#))
    };
    for statement in [
        r#"{"Effect":"deny","Action":"*","Resource":"*"}"#,
        r#"[{"Sid":"a","Effect":"Deny"},{"Sid":"a","Effect":"Deny"}]"#,
        &when(r#"{"DateLessThan":{"a:b":"soon"}}"#),
    ] {
        assert_eq!(with("", statement), OLD, "{statement}");
        assert_eq!(with(r#""Version":"2008-10-17","#, statement), OLD);
    }
    assert_eq!(with(r#""Version":"2020-10-17","#, &on(r#""*""#)), SYNTAX);
    assert_eq!(with("", &when(r#"{"Up":{"a:b":"c"}}"#)), SYNTAX);
    assert!(
        read(
            r#"{"Statement":{"Effect":"Deny","Action":"*","Resource":"*"}}"#,
            Kind::InlineUser
        )
        .is_ok()
    );
}

#[test]
fn sids_are_letters_and_digits_and_unique() {
    let two = |one: &str, other: &str| {
        let with =
            |sid: &str| format!(r#"{{"Sid":"{sid}","Effect":"Deny","Action":"*","Resource":"*"}}"#);
        said_of(&format!("[{},{}]", with(one), with(other)))
    };
    assert_eq!(two("One", "one"), STORED);
    assert_eq!(two("", ""), STORED);
    assert_eq!(two("One", "One"), UNIQUE);
    assert_eq!(two("One", "no MFA"), CHARACTERS);
    assert_eq!(
        said_of(r#"[{"Sid":"a","Effect":"Deny"},{"Sid":"a","Effect":"Deny"}]"#),
        UNIQUE,
        "before the missing actions"
    );
}

#[test]
fn documents_that_are_no_policies_are_syntax_errors() {
    for text in [
        "no JSON",
        "[]",
        r#"{"Version":"2012-10-17"}"#,
        r#"{"Version":"2012-10-17","Statement":[]}"#,
        r#"{"Version":"2012-10-17","Statement":["x"]}"#,
        r#"{"Version":"2012-10-17","_comment":"x","Statement":{"Effect":"Deny","Action":"*","Resource":"*"}}"#,
        r#"{"Version":"2012-10-17","Statement":{"Action":"*","Resource":"*"}}"#,
        r#"{"Version":"2012-10-17","Statement":{"Effect":"Deny","Action":"*","NotAction":"*","Resource":"*"}}"#,
    ] {
        assert_eq!(said_of_text(text), SYNTAX, "{text}");
    }
}

#[test]
fn session_policies_may_have_values_that_cannot_be_read() {
    let text = |statement: &str| format!(r#"{{"Statement":[{statement}]}}"#);
    assert!(read_session_policy(&text(&when(r#"{"DateEquals":{"a:b":"soon"}}"#))).is_ok());
    for (statement, message) in [
        (r#"{"Effect":"Deny","Action":"*"}"#, RESOURCES),
        (r#"{"Effect":"Deny","Action":[],"Resource":"*"}"#, ACTIONS),
        (
            r#"{"Effect":"Deny","Action":"*","Resource":"*","Principal":"*"}"#,
            "Policy document should not specify a principal.",
        ),
        (r#"{"Effect":"deny","Action":"*","Resource":"*"}"#, SYNTAX),
    ] {
        let refusal = read_session_policy(&text(statement)).unwrap_err();
        assert_eq!(refusal.message, message, "{statement}");
    }
}

#[test]
fn every_refusal_leads_to_its_element() {
    let text = r#"{"Version":"2012-10-17","About":"x","Statement":[{"Sid":"a b","Effect":"Deny","Action":["s3:*","s3"],"Resource":["*","q"],
        "Condition":{"DateLessThan":{"a:b":["1","soon"]}}},{"Effect":"Allow","Action":[],"Principal":"*"}]}"#;
    let document = crate::policy::document::parse(text).unwrap();
    let paths: Vec<String> = refusals(&document, Kind::InlineUser)
        .iter()
        .map(|refusal| refusal.path.to_string())
        .collect();
    assert_eq!(
        paths,
        [
            "About",
            "Statement[0].Sid",
            "Statement[0].Condition.DateLessThan.a:b[1]",
            "Statement[1].Action",
            "Statement[1].Principal",
            "Statement[0].Resource[1]",
            "Statement[0].Action[1]",
            "Statement[1]",
        ]
    );
}
