//! Complete answers, and requests without a known operation.

use super::*;

/// The body without its random parts.
fn whole(answer: &Answer) -> String {
    let mut body = answer.0.text().into_owned();
    for name in [
        "AccessKeyId",
        "SecretAccessKey",
        "SessionToken",
        "UserId",
        "RequestId",
    ] {
        if let Some(random) = answer.text(name) {
            body = body.replace(&random, &format!("[{name}]"));
        }
    }
    body
}

#[test]
fn get_session_token() {
    let mut fixture = Fixture::new();
    let code = fixture.code(0);
    let answer = fixture.gst(&code);
    insta::assert_snapshot!(whole(&answer), @r#"
    <GetSessionTokenResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/">
      <GetSessionTokenResult>
        <Credentials>
          <AccessKeyId>[AccessKeyId]</AccessKeyId>
          <SecretAccessKey>[SecretAccessKey]</SecretAccessKey>
          <SessionToken>[SessionToken]</SessionToken>
          <Expiration>2026-11-24T18:00:00Z</Expiration>
        </Credentials>
      </GetSessionTokenResult>
      <ResponseMetadata>
        <RequestId>[RequestId]</RequestId>
      </ResponseMetadata>
    </GetSessionTokenResponse>
    "#);
}

#[test]
fn get_caller_identity() {
    let mut fixture = Fixture::new();
    let key = fixture.key.clone();
    insta::assert_snapshot!(whole(&fixture.identity(&key)), @r#"
    <GetCallerIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/">
      <GetCallerIdentityResult>
        <Arn>arn:aws:iam::111122223333:user/admin</Arn>
        <UserId>[UserId]</UserId>
        <Account>111122223333</Account>
      </GetCallerIdentityResult>
      <ResponseMetadata>
        <RequestId>[RequestId]</RequestId>
      </ResponseMetadata>
    </GetCallerIdentityResponse>
    "#);
}

#[test]
fn list_mfa_devices() {
    let mut fixture = Fixture::new();
    let key = fixture.key.clone();
    let now = fixture.now;
    fixture.account.add_device("admin", "tablet", now);
    let answer = fixture.call(&key, "iam", &[("Action", "ListMFADevices")]);
    insta::assert_snapshot!(whole(&answer), @r#"
    <ListMFADevicesResponse xmlns="https://iam.amazonaws.com/doc/2010-05-08/">
      <ListMFADevicesResult>
        <MFADevices>
          <member>
            <UserName>admin</UserName>
            <SerialNumber>arn:aws:iam::111122223333:mfa/admin-phone</SerialNumber>
            <EnableDate>2026-11-24T06:00:00Z</EnableDate>
          </member>
          <member>
            <UserName>admin</UserName>
            <SerialNumber>arn:aws:iam::111122223333:mfa/tablet</SerialNumber>
            <EnableDate>2026-11-24T06:00:00Z</EnableDate>
          </member>
        </MFADevices>
        <IsTruncated>false</IsTruncated>
      </ListMFADevicesResult>
      <ResponseMetadata>
        <RequestId>[RequestId]</RequestId>
      </ResponseMetadata>
    </ListMFADevicesResponse>
    "#);
    let named = [("Action", "ListMFADevices"), ("UserName", "ADMIN")];
    let by_name = fixture.call(&key, "iam", &named);
    assert_eq!(by_name.text("MFADevices"), answer.text("MFADevices"));
}

#[test]
fn list_mfa_devices_in_pages() {
    let mut fixture = Fixture::new();
    let key = fixture.key.clone();
    let now = fixture.now;
    fixture.account.add_device("admin", "tablet", now);
    let list = [("Action", "ListMFADevices"), ("MaxItems", "1")];
    let first = fixture.call(&key, "iam", &list);
    assert_eq!(first.text("IsTruncated").unwrap(), "true");
    let marker = first.text("Marker").unwrap();
    let mut rest = list.to_vec();
    rest.push(("Marker", &marker));
    let second = fixture.call(&key, "iam", &rest);
    assert_eq!(second.text("IsTruncated").unwrap(), "false");
    assert_ne!(first.text("SerialNumber"), second.text("SerialNumber"));
    for (name, value) in [("MaxItems", "0"), ("MaxItems", "1001"), ("Marker", "x")] {
        let params = [("Action", "ListMFADevices"), (name, value)];
        fixture
            .call(&key, "iam", &params)
            .is_code(400, "ValidationError");
    }
}

#[test]
fn a_user_without_devices_has_an_empty_list() {
    let mut fixture = Fixture::new();
    let now = fixture.now;
    let other = held(&fixture.account.add_user("other", now).unwrap());
    let answer = fixture.call(&other, "iam", &[("Action", "ListMFADevices")]);
    answer.is_ok();
    assert!(answer.0.text().contains("<MFADevices/>"));
}

#[test]
fn get_user() {
    let mut fixture = Fixture::new();
    let key = fixture.key.clone();
    let answer = fixture.call(&key, "iam", &[("Action", "GetUser")]);
    insta::assert_snapshot!(whole(&answer), @r#"
    <GetUserResponse xmlns="https://iam.amazonaws.com/doc/2010-05-08/">
      <GetUserResult>
        <User>
          <Path>/</Path>
          <UserName>admin</UserName>
          <UserId>[UserId]</UserId>
          <Arn>arn:aws:iam::111122223333:user/admin</Arn>
          <CreateDate>2026-11-24T06:00:00Z</CreateDate>
        </User>
      </GetUserResult>
      <ResponseMetadata>
        <RequestId>[RequestId]</RequestId>
      </ResponseMetadata>
    </GetUserResponse>
    "#);
    let named = [("Action", "GetUser"), ("UserName", "Admin")];
    assert_eq!(
        fixture.call(&key, "iam", &named).text("User"),
        answer.text("User")
    );
}

#[test]
fn a_user_that_does_not_exist() {
    let mut fixture = Fixture::new();
    let key = fixture.key.clone();
    let mut get =
        |name: &str| fixture.call(&key, "iam", &[("Action", "GetUser"), ("UserName", name)]);
    get("nobody").is((
        404,
        "NoSuchEntity",
        "The user with name nobody cannot be found.",
    ));
    get("a b\u{7}").is_code(400, "ValidationError");
    get("").is_code(400, "ValidationError");
    get(&"x".repeat(129)).is_code(400, "ValidationError");
}

#[test]
fn an_error() {
    let mut fixture = Fixture::new();
    let wrong = fixture.wrong_code();
    let answer = fixture.gst(&wrong);
    insta::assert_snapshot!(whole(&answer), @r#"
    <ErrorResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/">
      <Error>
        <Type>Sender</Type>
        <Code>AccessDenied</Code>
        <Message>MultiFactorAuthentication failed with invalid MFA one time pass code. </Message>
      </Error>
      <RequestId>[RequestId]</RequestId>
    </ErrorResponse>
    "#);
    let key = fixture.key.clone();
    let answer = fixture.call(&key, "iam", &[("Action", "GetUser"), ("UserName", "x")]);
    insta::assert_snapshot!(whole(&answer), @r#"
    <ErrorResponse xmlns="https://iam.amazonaws.com/doc/2010-05-08/">
      <Error>
        <Type>Sender</Type>
        <Code>NoSuchEntity</Code>
        <Message>The user with name x cannot be found.</Message>
      </Error>
      <RequestId>[RequestId]</RequestId>
    </ErrorResponse>
    "#);
}

#[test]
fn an_unknown_action() {
    let mut fixture = Fixture::new();
    let key = fixture.key.clone();
    let answer = fixture.call(&key, "sts", &[("Action", "MakeCoffee")]);
    insta::assert_snapshot!(whole(&answer), @r#"
    <ErrorResponse xmlns="http://webservices.amazon.com/AWSFault/2005-15-09">
      <Error>
        <Type>Sender</Type>
        <Code>InvalidAction</Code>
        <Message>Could not find operation MakeCoffee for version 2011-06-15</Message>
      </Error>
      <RequestId>[RequestId]</RequestId>
    </ErrorResponse>
    "#);
    // An action of the other service, and one of another API version.
    fixture
        .call(&key, "iam", &[("Action", "GetCallerIdentity")])
        .is((
            400,
            "InvalidAction",
            "Could not find operation GetCallerIdentity for version 2010-05-08",
        ));
    let mut request = post("sts", &[("Action", "GetCallerIdentity")]);
    request.body = b"Action=GetCallerIdentity&Version=2010-05-08".to_vec();
    let now = fixture.now;
    sign_header(&mut request, &key, "sts", "us-east-1", now);
    fixture.send(&request).is_code(400, "InvalidAction");
    fixture.call(&key, "sts", &[]).is_code(400, "MissingAction");
    fixture
        .call(&key, "sts", &[("Action", "")])
        .is_code(400, "MissingAction");
}

#[test]
fn other_services_and_paths() {
    let mut fixture = Fixture::new();
    let key = fixture.key.clone();
    fixture
        .call(&key, "iam", &[("Action", "CreateSAMLProvider")])
        .is((
            501,
            "NotImplemented",
            "iam:CreateSAMLProvider is allowed, but the sandbox does not implement it",
        ));
    let mut request = post("sts", &[("Action", "GetCallerIdentity")]);
    request.path = "/elsewhere".to_owned();
    let now = fixture.now;
    sign_header(&mut request, &key, "sts", "us-east-1", now);
    fixture.send(&request).is_code(404, "InvalidAction");
}

#[test]
fn a_body_that_is_not_a_form_has_no_parameters() {
    let mut fixture = Fixture::new();
    let key = fixture.key.clone();
    let mut request = post("sts", &[("Action", "GetCallerIdentity")]);
    request.headers[1].1 = "application/json".to_owned();
    let now = fixture.now;
    sign_header(&mut request, &key, "sts", "us-east-1", now);
    fixture.send(&request).is_code(400, "MissingAction");
}

#[test]
fn headers_carry_the_date_and_the_request_id() {
    let mut fixture = Fixture::new();
    let key = fixture.key.clone();
    let answer = fixture.identity(&key);
    let header = |name: &str| {
        answer
            .0
            .headers
            .iter()
            .find(|(n, _)| *n == name)
            .map(|(_, v)| v.clone())
    };
    assert_eq!(header("x-amzn-requestid"), answer.text("RequestId"));
    assert_eq!(header("date").unwrap(), "Tue, 24 Nov 2026 06:00:00 GMT");
    assert_eq!(header("content-type").unwrap(), "text/xml");
}

#[test]
fn the_log_contains_no_secret_no_code_and_no_text_of_the_client() {
    let mut fixture = Fixture::new();
    let code = fixture.code(0);
    let lines = [
        fixture.gst(&code),
        fixture.gst("1234567"),
        fixture.gst("\u{1b}[31m"),
    ];
    let shown: Vec<String> = lines.iter().map(|a| a.0.entry.to_string()).collect();
    insta::assert_snapshot!(shown.join("\n"), @"
    2026-11-24T06:00:00Z arn:aws:iam::111122223333:user/admin (long-term key, MFA absent) sts:GetSessionToken allowed by AllowEverything, Success
    2026-11-24T06:00:00Z arn:aws:iam::111122223333:user/admin (long-term key, MFA absent) sts:GetSessionToken allowed by AllowEverything, ValidationError
    2026-11-24T06:00:00Z arn:aws:iam::111122223333:user/admin (long-term key, MFA absent) sts:GetSessionToken allowed by AllowEverything, ValidationError
    ");
    let key = fixture.key.clone();
    let hostile = fixture.call(&key, "sts", &[("Action", "x\n2026 forged")]);
    let unsigned = fixture.send(&post("sts", &[("Action", "GetCallerIdentity")]));
    insta::assert_snapshot!(hostile.0.entry, @"2026-11-24T06:00:00Z arn:aws:iam::111122223333:user/admin (long-term key, MFA absent) unknown action InvalidAction");
    insta::assert_snapshot!(unsigned.0.entry, @"2026-11-24T06:00:00Z unknown caller (not authenticated) GetCallerIdentity MissingAuthenticationToken");
}
