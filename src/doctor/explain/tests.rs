//! Errors as AWS's tools print them, and what they are.

use proptest::prelude::*;

use super::*;

const USER: &str = "User: arn:aws:iam::111122223333:user/alice";
const ROLE: &str = "User: arn:aws:sts::111122223333:assumed-role/deploy/x";
const DENY: &str = "with an explicit deny in an identity-based policy";

/// A profile `work` that leads to the key in `keys`, without a session.
fn logged_out() -> Here {
    Here {
        profile: "work".to_owned(),
        source: "keys".to_owned(),
        session_profile: "work".to_owned(),
        account: Some("111122223333".to_owned()),
        ..Here::default()
    }
}

fn logged_in() -> Here {
    Here {
        is_live: true,
        ..logged_out()
    }
}

fn of(text: &str, here: &Here) -> Explanation {
    let explanation = explain(text, here).unwrap_or_else(|| panic!("unknown: {text}"));
    let sentences = explanation.because.iter().chain(&explanation.undecided);
    for sentence in sentences.chain([&explanation.what, &explanation.repair]) {
        assert!(sentence.ends_with('.'), "{explanation:?}");
    }
    assert!(!explanation.command.is_empty(), "{explanation:?}");
    explanation
}

/// Messages in the shapes of the AWS CLI, boto3, Terraform, the SDKs for JavaScript, Go, Java and Rust, kubectl, and plain JSON and XML.
#[test]
fn messages_of_all_tools_are_recognised() {
    use Cause as C;
    let cases: Vec<(String, Cause)> = vec![
        (format!("An error occurred (AccessDenied) when calling the ListBuckets operation: {USER} is not authorized to perform: s3:ListAllMyBuckets {DENY}"), C::MfaPolicy),
        (format!("botocore.exceptions.ClientError: An error occurred (AccessDenied) when calling the ListUsers operation: {USER} is not authorized to perform: iam:ListUsers on resource: arn:aws:iam::111122223333:user/ {DENY}"), C::MfaPolicy),
        (format!("╷\n│ Error: reading S3 Bucket (x): operation error S3: HeadBucket, https response error\n│ StatusCode: 403, RequestID: A, HostID: B, api error AccessDenied: {USER} is\n│ not authorized to perform: s3:ListBucket on resource: \"arn:aws:s3:::x\" with an explicit\n│ deny in an identity-based policy\n│\n╵"), C::MfaPolicy),
        (format!("AccessDenied: {USER} is not authorized to perform: ec2:DescribeInstances {DENY}\n    at throwDefaultError (/app/node_modules/@smithy/smithy-client/dist-cjs/index.js:867:20)"), C::MfaPolicy),
        (format!("{{\"__type\":\"com.amazon.coral.service#AccessDeniedException\",\"Message\":\"{USER} is not authorized to perform: lambda:ListFunctions {DENY}\"}}"), C::MfaPolicy),
        (format!("<ErrorResponse><Error><Type>Sender</Type><Code>AccessDenied</Code><Message>{USER} is not authorized to perform: iam:GetUser on resource: user alice {DENY}</Message></Error></ErrorResponse>"), C::MfaPolicy),
        (format!("operation error IAM: ListUsers, https response error StatusCode: 403, RequestID: 1, api error AccessDenied: {USER} is not authorized to perform: iam:ListUsers {DENY}"), C::MfaPolicy),
        (format!("software.amazon.awssdk.services.iam.model.IamException: {USER} is not authorized to perform: iam:ListUsers {DENY} (Service: Iam, Status Code: 403, Request ID: 1)"), C::MfaPolicy),
        ("An error occurred (UnauthorizedOperation) when calling the RunInstances operation: You are not authorized to perform this operation. User: arn:aws:iam::111122223333:user/alice is not authorized to perform: ec2:RunInstances on resource: arn:aws:ec2:eu-central-1:111122223333:instance/* with an explicit deny in an identity-based policy. Encoded authorization failure message: abcDEF".to_owned(), C::MfaPolicy),
        (format!("{USER} is not authorized to perform: sqs:listqueues on resource: arn:aws:sqs:eu-west-1:111122223333: because no identity-based policy allows the sqs:listqueues action"), C::NoAllow),
        (format!("An error occurred (AccessDeniedException) when calling the ListSecrets operation: {USER} is not authorized to perform: secretsmanager:ListSecrets because no identity-based policy allows the secretsmanager:ListSecrets action"), C::NoAllow),
        (format!("Error: creating IAM Role (x): AccessDenied: {USER} is not authorized to perform: iam:CreateRole on resource: arn:aws:iam::111122223333:role/x because no identity-based policy allows the iam:CreateRole action\n\tstatus code: 403, request id: 1"), C::NoAllow),
        (format!("{USER} is not authorized to perform: s3:GetObject on resource: \"arn:aws:s3:::b/k\" with an explicit deny in a service control policy"), C::ServiceControl),
        (format!("{USER} is not authorized to perform: ec2:RunInstances on resource: * because no service control policy allows the ec2:RunInstances action"), C::ServiceControl),
        (format!("{USER} is not authorized to perform: s3:PutObject on resource: \"arn:aws:s3:::b/k\" with an explicit deny in a resource control policy: arn:aws:organizations::999999999999:policy/o-1/resource_control_policy/p-1"), C::ResourceControl),
        (format!("{USER} is not authorized to perform: iam:CreateUser because no permissions boundary allows the iam:CreateUser action"), C::Boundary),
        (format!("{USER} is not authorized to perform: iam:CreateUser with an explicit deny in a permissions boundary"), C::Boundary),
        (format!("{USER} is not authorized to perform: s3:ListBucket because no session policy allows the s3:ListBucket action"), C::SessionPolicy),
        (format!("{USER} is not authorized to perform: s3:ListBucket with an explicit deny in a session policy"), C::SessionPolicy),
        (format!("{USER} is not authorized to perform: kms:Decrypt on resource: arn:aws:kms:eu-west-1:444455556666:key/1 because no resource-based policy allows the kms:Decrypt action"), C::ResourcePolicy),
        (format!("{USER} is not authorized to perform: s3:GetObject on resource: \"arn:aws:s3:::b/k\" with an explicit deny in a resource-based policy"), C::ResourcePolicy),
        (format!("{USER} is not authorized to perform: s3:GetObject with an explicit deny in a VPC endpoint policy"), C::EndpointPolicy),
        (format!("{USER} is not authorized to perform: s3:GetObject because no VPC endpoint policy allows the s3:GetObject action"), C::EndpointPolicy),
        (format!("An error occurred (AccessDenied) when calling the AssumeRole operation: {USER} is not authorized to perform: sts:AssumeRole on resource: arn:aws:iam::444455556666:role/admin"), C::TrustPolicy),
        (format!("Error: Cannot assume IAM Role\n\nIAM Role (arn:aws:iam::444455556666:role/admin) cannot be assumed.\n\nError: operation error STS: AssumeRole, https response error StatusCode: 403, RequestID: 1, api error AccessDenied: {USER} is not authorized to perform: sts:AssumeRole on resource: arn:aws:iam::444455556666:role/admin"), C::TrustPolicy),
        ("could not get token: AccessDenied: User: arn:aws:iam::111122223333:user/alice is not authorized to perform: sts:AssumeRole on resource: arn:aws:iam::111122223333:role/eks\n\tstatus code: 403".to_owned(), C::TrustPolicy),
        (format!("{USER} is not authorized to perform: sts:AssumeRole on resource: arn:aws:iam::111122223333:role/r because no resource-based policy allows the sts:AssumeRole action"), C::TrustPolicy),
        ("An error occurred (AccessDenied) when calling the GetObject operation: Access Denied".to_owned(), C::Undecided),
        ("fatal error: An error occurred (403) when calling the HeadObject operation: 403 Forbidden".to_owned(), C::Undecided),
        ("upload failed: ./x to s3://b/x An error occurred (AccessDenied) when calling the PutObject operation: Access Denied".to_owned(), C::Undecided),
        ("An error occurred (AccessDenied) when calling the EnableMFADevice operation: To complete this action, please ensure that you are authenticated with an MFA device that is enabled for this user.".to_owned(), C::RuleOf2023),
        ("An error occurred (AccessDenied) when calling the GetSessionToken operation: MultiFactorAuthentication failed with invalid MFA one time pass code. ".to_owned(), C::CodeRefused),
        ("An error occurred (AccessDenied) when calling the GetSessionToken operation: MultiFactorAuthentication failed, unable to validate MFA code.  Please verify your MFA serial number is valid and associated with this user.".to_owned(), C::CodeNotValidated),
        ("An error occurred (AccessDenied) when calling the AssumeRole operation: MultiFactorAuthentication failed, must provide both MFA serial number and one time pass code.".to_owned(), C::CodeIncomplete),
        ("An error occurred (AccessDenied) when calling the GetSessionToken operation: Cannot call GetSessionToken with session credentials".to_owned(), C::SessionFromSession),
        ("An error occurred (ExpiredToken) when calling the ListBuckets operation: The provided token has expired.".to_owned(), C::Expired),
        ("An error occurred (ExpiredTokenException) when calling the GetCallerIdentity operation: The security token included in the request is expired".to_owned(), C::Expired),
        ("Error: Retrieving AWS account details: validating provider credentials: retrieving caller identity from STS: operation error STS: GetCallerIdentity, https response error StatusCode: 403, api error ExpiredToken: The security token included in the request is expired".to_owned(), C::Expired),
        ("An error occurred (RequestExpired) when calling the DescribeInstances operation: Request has expired.".to_owned(), C::Clock),
        ("An error occurred (SignatureDoesNotMatch) when calling the ListUsers operation: Signature expired: 20261127T080000Z is now earlier than 20261127T084500Z (20261127T090000Z - 15 min.)".to_owned(), C::Clock),
        ("An error occurred (RequestTimeTooSkewed) when calling the ListBuckets operation: The difference between the request time and the current time is too large.".to_owned(), C::Clock),
        ("An error occurred (SignatureDoesNotMatch) when calling the GetCallerIdentity operation: The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key and signing method. Consult the service documentation for details.".to_owned(), C::WrongSecret),
        ("An error occurred (InvalidClientTokenId) when calling the ListUsers operation: The security token included in the request is invalid".to_owned(), C::UnknownKey),
        ("An error occurred (UnrecognizedClientException) when calling the ListFunctions operation: The security token included in the request is invalid.".to_owned(), C::UnknownKey),
        ("An error occurred (InvalidAccessKeyId) when calling the ListBuckets operation: The AWS Access Key Id you provided does not exist in our records.".to_owned(), C::UnknownKey),
        ("An error occurred (AuthFailure) when calling the DescribeInstances operation: AWS was not able to validate the provided access credentials".to_owned(), C::UnknownKey),
        ("Unable to locate credentials. You can configure credentials by running \"aws configure\".".to_owned(), C::NoCredentials),
        ("CredentialsProviderError: Could not load credentials from any providers".to_owned(), C::NoCredentials),
        ("Error: No valid credential sources found\n\nPlease see https://registry.terraform.io/providers/hashicorp/aws".to_owned(), C::NoCredentials),
        ("Error when retrieving credentials from custom-process: no session for profile `work`: mfa-session login --profile work".to_owned(), C::HookFailed),
        ("Error: failed to refresh cached credentials, ProcessProviderExecutionError: error in credential_process: exit status 3".to_owned(), C::HookFailed),
        ("Partial credentials found in env, missing: AWS_SECRET_ACCESS_KEY".to_owned(), C::HalfPair),
        ("The config profile (wrok) could not be found".to_owned(), C::ProfileMissing),
        ("error: You must be logged in to the server (Unauthorized)".to_owned(), C::Cluster),
        ("E1127 08:00:00 memcache.go:265] \"Unhandled Error\" err=\"couldn't get current server API group list: the server has asked for the client to provide credentials\"".to_owned(), C::Cluster),
        ("An error occurred (RegionDisabledException) when calling the GetSessionToken operation: STS is not activated in this region for account:111122223333. Your account administrator can activate STS in this region using the IAM Console.".to_owned(), C::Region),
        ("Could not connect to the endpoint URL: \"https://sts.eu-centrall-1.amazonaws.com/\"".to_owned(), C::Region),
    ];
    assert!(cases.len() >= 40);
    for (text, expected) in cases {
        assert_eq!(of(&text, &logged_out()).cause, expected, "{text}");
    }
}

#[test]
fn an_explicit_deny_is_decided_by_what_this_machine_knows() {
    let text = format!("{USER} is not authorized to perform: s3:ListAllMyBuckets {DENY}");
    let out = of(&text, &logged_out());
    assert_eq!(out.command, "mfa-session login --profile work");
    assert!(out.undecided.is_some());
    let live = of(&text, &logged_in());
    assert_eq!(live.cause, Cause::OtherDeny);
    assert_eq!(live.command, "mfa-session exec --profile work -- COMMAND");
    let source = Here {
        profile: "keys".to_owned(),
        stands_for: StandsFor::LongTermKey,
        ..logged_in()
    };
    let source = of(&text, &source);
    assert_eq!(source.cause, Cause::MfaPolicy);
    assert_eq!(source.command, "export AWS_PROFILE=work");
    let env = Here {
        has_env_keys: true,
        ..logged_in()
    };
    assert!(of(&text, &env).because[0].contains("take precedence"));
}

#[test]
fn another_identity_and_another_account_are_named() {
    let role = format!("{ROLE} is not authorized to perform: s3:ListBucket {DENY}");
    assert_eq!(of(&role, &logged_in()).cause, Cause::OtherIdentity);
    let decided = format!(
        "{ROLE} is not authorized to perform: s3:ListBucket because no identity-based policy allows the s3:ListBucket action"
    );
    let decided = of(&decided, &logged_in());
    assert_eq!(decided.cause, Cause::NoAllow);
    assert!(
        decided
            .because
            .iter()
            .any(|b| b.contains("signed by the role")),
        "{decided:?}"
    );
    let of_role = Here {
        stands_for: StandsFor::Role,
        ..logged_in()
    };
    let denied = of(&role, &of_role);
    assert_eq!(denied.cause, Cause::OtherDeny);
    assert!(denied.because[0].contains("carry no MFA"), "{denied:?}");
    let user = format!("{USER} is not authorized to perform: s3:ListBucket {DENY}");
    assert_eq!(of(&user, &of_role).cause, Cause::OtherIdentity);
    let elsewhere = Here {
        account: Some("444455556666".to_owned()),
        ..logged_in()
    };
    assert_eq!(of(&user, &elsewhere).cause, Cause::OtherAccount);
    let theirs = format!(
        "{USER} is not authorized to perform: sns:Publish on resource: arn:aws:sns:eu-west-1:444455556666:t"
    );
    assert_eq!(of(&theirs, &logged_in()).cause, Cause::OtherAccount);
    let sso = role.replace("deploy", "AWSReservedSSO_Admin_0");
    assert!(of(&sso, &logged_in()).because[0].contains("aws sso login"));
    let root = "User: arn:aws:iam::111122223333:root is not authorized to perform: s3:ListBucket with an explicit deny in a service control policy";
    assert!(of(root, &logged_in()).what.contains("root"));
}

#[test]
fn an_encoded_message_is_left_to_aws() {
    let text = format!(
        "UnauthorizedOperation: {USER} is not authorized to perform: ec2:RunInstances {DENY}. Encoded authorization failure message: abcDEF123"
    );
    let explanation = of(&text, &logged_out());
    let said = format!("{explanation:?}");
    assert!(
        said.contains("aws sts decode-authorization-message"),
        "{said}"
    );
    assert!(!said.contains("abcDEF123"), "{said}");
}

#[test]
fn other_texts_are_unknown() {
    for text in [
        "",
        "hello",
        "An error occurred (NoSuchBucket) when calling the ListObjects operation: The specified bucket does not exist",
        "Error: timeout while waiting for state",
    ] {
        assert_eq!(explain(text, &logged_out()), None, "{text}");
    }
}

proptest! {
    #[test]
    fn no_text_makes_it_panic(
        text in "\\PC{0,80}",
        parts in proptest::collection::vec("(User: |arn:aws:(iam|sts)::111122223333:(user|role|assumed-role)/|is not authorized to perform: |on resource: |explicit deny in |because no |a |identity-based policy|when calling the |AccessDenied|[a-z:\\*\"\u{1b}\\[]{0,5})", 0..12),
    ) {
        let _ = explain(&text, &logged_out());
        let _ = explain(&parts.concat(), &logged_in());
    }
}
