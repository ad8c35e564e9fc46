//! Errors: when each one occurs, and its exit code, headline and hint.

use std::os::unix::fs::PermissionsExt;

use crate::common::World;
use crate::common::fake::{self, Fake};

/// Runs the command with and without a code, and asserts that it fails with exit 1 before a code is asked for or sent.
///
/// Without a code and without a terminal, a command that got as far as the question would exit with 3.
#[track_caller]
fn refused_first(world: &World, arguments: &[&str], says: &[&str]) {
    let code = world.code();
    for line in [
        arguments.to_vec(),
        [arguments, &["--token-code", &code]].concat(),
    ] {
        let mut ran = world.run(&line).exits(1).says("error: ").says("hint: ");
        for text in says {
            ran = ran.says(text);
        }
        assert_eq!(ran.stdout, "");
        assert_eq!(ran.stderr.matches("error: ").count(), 1);
    }
    assert_eq!(world.calls(), [], "{arguments:?}");
}

#[test]
fn errors_in_the_files_are_found_before_a_code_is_asked_for() {
    let key = "aws_access_key_id = AKIAOTHEROTHEROTHER1\n";
    let secret = "aws_secret_access_key = a/secret\n";
    for (credentials, config, says) in [
        (
            key.to_owned(),
            "",
            &["only half a key pair", "`aws_secret_access_key` is missing"][..],
        ),
        (
            secret.to_owned(),
            "",
            &["only half a key pair", "`aws_access_key_id` is missing"],
        ),
        (
            format!("aws_access_key_id = ../../x\n{secret}"),
            "",
            &["does not have the form of one"],
        ),
        (
            format!("aws_access_key_id = ASIAOTHEROTHEROTHER1\n{secret}aws_session_token = t\n"),
            "",
            &["temporary credentials"],
        ),
        (
            String::new(),
            "",
            &["has no access key", "aws configure --profile default"],
        ),
        (
            String::new(),
            "login_session = arn:aws:x\n",
            &["`aws login`"],
        ),
        (
            format!("{key}{secret}"),
            "duration_seconds = 899\n",
            &["`duration_seconds` of profile `default` is `899`"],
        ),
        (
            format!("{key}{secret}"),
            "duration_seconds = 129601\n",
            &["129601"],
        ),
        (
            format!("{key}{secret}"),
            "duration_seconds = 12h\n",
            &["`12h`"],
        ),
        (
            format!("{key}{secret}"),
            "mfa_serial = x\n",
            &["`mfa_serial` of profile `default` is not a valid MFA serial"],
        ),
        (
            format!("{key}{secret}"),
            "aws_mfa_device = a b c d e f g\n",
            &["`aws_mfa_device`"],
        ),
        (
            format!("{key}{secret}"),
            "mfa_serial = arn:aws:iam::111122223333:u2f/user/admin/key-ABC\n",
            &["passkey", "aws login"],
        ),
        (
            format!("{key}{secret}"),
            "region = EU West\n",
            &["`region` of the profile is not a region"],
        ),
        (
            format!("{key}{secret}"),
            "endpoint_url = http://192.0.2.1\n",
            &["plain http"],
        ),
        (
            format!("{key}{secret}"),
            "endpoint_url = sts.amazonaws.com\n",
            &["is not an endpoint"],
        ),
        (
            format!("{key}{secret}"),
            "services = s\n[services s]\nsts =\n  endpoint_url = http://example.com\n",
            &["plain http"],
        ),
        (
            format!("{key}{secret}"),
            "ca_bundle = none.pem\n",
            &["none.pem"],
        ),
    ] {
        let world = World::new();
        world.write_config(&format!("[default]\n{config}"));
        world.write_credentials(&format!("[default]\n{credentials}"));
        let before = (world.read(".aws/config"), world.credentials());
        refused_first(&world, &["login"], says);
        assert_eq!((world.read(".aws/config"), world.credentials()), before);
    }
}

#[test]
fn errors_in_flags_and_variables_are_found_before_a_code_is_asked_for() {
    for (variable, flags, says) in [
        (
            None,
            &["--serial-number", "short"][..],
            "--serial-number is not a valid MFA serial number",
        ),
        (
            None,
            &["--serial-number", "arn:aws:iam::1:sms-mfa/+49"],
            "phone number",
        ),
        (
            None,
            &["--region", "Mars"],
            "--region is not a region: `Mars`",
        ),
        (
            None,
            &["--endpoint-url", "http://10.0.0.1:80"],
            "plain http",
        ),
        (
            None,
            &["--endpoint-url", "ftp://localhost"],
            "is not an endpoint",
        ),
        (
            Some(("AWS_MFA_SERIAL", "x y")),
            &[],
            "AWS_MFA_SERIAL is not",
        ),
        (
            Some(("AWS_REGION", "eu_central")),
            &[],
            "AWS_REGION is not a region",
        ),
        (
            Some(("AWS_DEFAULT_REGION", "-")),
            &[],
            "AWS_DEFAULT_REGION is not a region",
        ),
        (
            Some(("AWS_ENDPOINT_URL", "http://example.com")),
            &[],
            "plain http",
        ),
        (
            Some(("AWS_ENDPOINT_URL_STS", "http://example.com")),
            &[],
            "plain http",
        ),
        (
            Some(("AWS_ENDPOINT_URL_IAM", "http://example.com")),
            &[],
            "plain http",
        ),
    ] {
        let mut world = World::new();
        if let Some((name, value)) = variable {
            world.set(name, value);
        }
        refused_first(&world, &[&["login"], flags].concat(), &[says]);
    }
}

#[test]
fn durations_outside_their_limits_are_usage_errors() {
    let world = World::new();
    for flags in [
        &["--duration-seconds", "899"][..],
        &["--duration-seconds", "129601"],
        &["--duration-seconds", "1h"],
        &["--duration", "14m"],
        &["--duration", "37h"],
        &["--duration", "long"],
        &["--min-remaining", "x"],
        &["--duration", "1h", "--duration-seconds", "3600"],
        &["--mfa-process", "echo", "--token-code", "123456"],
    ] {
        world
            .run(&[&["login"], flags].concat())
            .exits(2)
            .says("--help");
    }
    assert_eq!(world.calls(), []);
}

#[test]
fn a_needed_profile_with_a_line_at_fault_is_named_with_that_line() {
    for (config, credentials, place) in [
        (
            "[default]\nregion = eu-central-1\n",
            "[default]\nnonsense\n",
            ".aws/credentials:2: a property has no `=`",
        ),
        (
            "[default]\nservices = s\n[services s]\nsts =\n  here\n",
            "[default]\n",
            ".aws/config:5: a nested property has no `=`",
        ),
        (
            "[default\n\n[profile x]\n",
            "[x]\n",
            ".aws/config:1: a section header has no `]`",
        ),
    ] {
        let world = World::new();
        world.write_config(config);
        world.write_credentials(credentials);
        refused_first(&world, &["login"], &[place, "profile `default`"]);
        for line in [
            &["logout", "--profile", "default"][..],
            &["status", "--profile", "default"],
            &["exec", "--", "true"],
            &["credential-process", "--profile", "default"],
        ] {
            world.run(line).exits(1).says(place).says("hint: ");
        }
        world.run(&["status"]).exits(3).says(place);
        world.run(&["logout", "--all"]).exits(0);
        assert_eq!(
            (world.read(".aws/config"), world.credentials()),
            (config.into(), credentials.into())
        );
    }
}

#[test]
fn a_file_that_is_not_valid_utf8_is_named_with_its_line() {
    let world = World::new();
    world.write(".aws/credentials", b"[default]\nregion = \xff\xfe\n");
    refused_first(&world, &["login"], &[".aws/credentials"]);
    world.write(".aws/credentials", vec![b'\n'; 17 * 1024 * 1024]);
    refused_first(&world, &["login"], &[".aws/credentials", "larger than"]);
}

#[test]
fn a_path_that_is_not_a_regular_file_is_refused_at_once() {
    for make in [
        |path: &std::path::Path| std::fs::create_dir(path).unwrap(),
        |path: &std::path::Path| {
            let made = std::process::Command::new("mkfifo")
                .arg(path)
                .status()
                .unwrap();
            assert!(made.success());
        },
    ] {
        for name in ["config", "credentials"] {
            let world = World::new();
            let path = world.path(&format!(".aws/{name}"));
            std::fs::remove_file(&path).unwrap();
            make(&path);
            refused_first(&world, &["login"], &["is not a regular file"]);
            world
                .run(&["credential-process", "--profile", "default"])
                .exits(1)
                .says("is not a regular file");
        }
    }
}

#[test]
fn a_cache_that_cannot_hold_a_session_is_found_before_a_code_is_asked_for() {
    // There is a file in place of the folder.
    let world = World::new();
    world.write(".aws/mfa-session", "");
    refused_first(&world, &["login"], &["MFA_SESSION_DIR"]);
    // The folder is writable by others.
    let world = World::new();
    std::fs::create_dir(world.path(".aws/mfa-session")).unwrap();
    std::fs::set_permissions(
        world.path(".aws/mfa-session"),
        PermissionsExt::from_mode(0o777),
    )
    .unwrap();
    refused_first(&world, &["login"], &["chmod go-w"]);
    // There is a folder in place of the record.
    let world = World::new();
    std::fs::create_dir_all(world.record_path()).unwrap();
    std::fs::set_permissions(
        world.path(".aws/mfa-session"),
        PermissionsExt::from_mode(0o700),
    )
    .unwrap();
    std::fs::set_permissions(
        world.path(".aws/mfa-session/sessions"),
        PermissionsExt::from_mode(0o700),
    )
    .unwrap();
    refused_first(
        &world,
        &["login"],
        &[
            "is a folder, so no session record can be written there",
            "remove `",
        ],
    );
    // The disk is full.
    let mut world = World::new();
    world.set("MFA_SESSION_TEST_STEP", "private.probe=enospc");
    refused_first(&world, &["login"], &["MFA_SESSION_DIR"]);
}

#[test]
fn a_credentials_file_that_cannot_be_written_is_found_before_a_code_is_asked_for() {
    // The owner made the file read-only.
    let world = World::new();
    let path = world.path(".aws/credentials");
    std::fs::set_permissions(&path, PermissionsExt::from_mode(0o400)).unwrap();
    refused_first(&world, &["login"], &["is read-only", "chmod u+w"]);
    // Two symbolic links point to each other.
    let world = World::new();
    let target = world.path(".aws/loop");
    std::os::unix::fs::symlink(&target, world.path(".aws/loop2")).unwrap();
    std::os::unix::fs::symlink(world.path(".aws/loop2"), &target).unwrap();
    let mut elsewhere = world;
    elsewhere.set("AWS_SHARED_CREDENTIALS_FILE", target.display().to_string());
    elsewhere.write_config(&format!("[default]\n{}", elsewhere.key_lines()));
    let code = elsewhere.code();
    elsewhere
        .run(&["login", "--token-code", &code])
        .exits(1)
        .says("hint: ");
    assert_eq!(elsewhere.calls(), []);
    // The disk is full.
    let mut world = World::new();
    world.set("MFA_SESSION_TEST_STEP", "atomic.probe=enospc");
    let code = world.code();
    world
        .run(&["login", "--token-code", &code])
        .exits(1)
        .says("no storage space")
        .says(".aws/credentials")
        .says("hint: free some disk space");
    assert_eq!(world.calls(), []);
    // `exec` and `env` write no profile, so they succeed.
    world
        .run(&["exec", "--token-code", &code, "--", "true"])
        .exits(0);
}

#[test]
fn without_a_home_the_error_names_the_variable_to_set() {
    let mut world = World::new();
    world.set("HOME", "");
    // The password database still names a home folder, but the shared files are not in it.
    world.set("AWS_SHARED_CREDENTIALS_FILE", "~/none");
    let ran = world.run(&["login"]);
    assert_eq!(ran.code, 1, "{}", ran.stderr);
    assert!(ran.stderr.contains("hint: "), "{}", ran.stderr);
}

// ---- network errors and answers

fn world_calling(url: &str) -> World {
    let world = World::new();
    world.call(url);
    world.add_config(&format!("mfa_serial = {}\n", world.serial()));
    world
}

#[test]
fn a_refused_connection_means_that_the_code_was_not_sent() {
    let world = world_calling(&fake::nobody());
    let code = world.code();
    world
        .run(&["login", "--token-code", &code])
        .exits(1)
        .says("127.0.0.1")
        .says("no code was used")
        .says_not("may have been used");
    assert!(!world.has_records());
    assert_eq!(
        std::fs::read_dir(world.path(".aws/mfa-session/state"))
            .unwrap()
            .count(),
        0
    );
    // The code is not remembered as used and can be sent again.
    world.call(&world.server.endpoint_url());
    world.run(&["login", "--token-code", &code]).exits(0);
}

#[test]
fn a_lost_answer_is_reported_and_the_request_is_not_repeated() {
    let fake = Fake::start(|_| None);
    let world = world_calling(&fake.url);
    let before = world.credentials();
    let code = world.code();
    world
        .run(&["login", "--token-code", &code])
        .exits(1)
        .says("the code may have been used")
        .says("hint: wait for the next code, then: mfa-session login --profile default");
    assert_eq!(fake.requests().len(), 1);
    assert_eq!(world.credentials(), before);
    // The code is remembered as used.
    world.call(&world.server.endpoint_url());
    world.run(&["login", "--token-code", &code]).exits(0);
    let again = world
        .run(&["login", "--force", "--token-code", &code])
        .exits(4);
    again.says("used before");
}

#[test]
fn an_answer_that_is_not_from_aws_is_not_a_refusal() {
    for (status, kind, body) in [
        (
            "200 OK",
            "text/html",
            "<html><body>Welcome to the hotel</body></html>",
        ),
        ("200 OK", "text/xml", "<GetSessionTokenResponse/>"),
        ("200 OK", "text/xml", ""),
        (
            "302 Found",
            "text/html",
            "<a href='http://portal'>log in</a>",
        ),
        (
            "403 Forbidden",
            "text/html",
            "<html>\u{1b}[31mBlocked by the proxy</html>",
        ),
        ("407 Proxy Authentication Required", "text/plain", "no"),
        ("503 Service Unavailable", "text/html", "<html>busy</html>"),
        (
            "200 OK",
            "text/xml",
            "<GetSessionTokenResponse><GetSessionTokenResult><Credentials><AccessKeyId>../../x</AccessKeyId>\
          <SecretAccessKey>s</SecretAccessKey><SessionToken>t</SessionToken><Expiration>2099-01-01T00:00:00Z</Expiration>\
          </Credentials></GetSessionTokenResult></GetSessionTokenResponse>",
        ),
    ] {
        let fake = Fake::start(move |_| fake::http(status, kind, body));
        let world = world_calling(&fake.url);
        let before = world.credentials();
        let code = world.code();
        let ran = world
            .run(&["login", "--token-code", &code])
            .exits(1)
            .says(" been used")
            .says("gave an answer that is not AWS's")
            .says("hint: ");
        assert!(!ran.stderr.contains('\u{1b}'), "{}", ran.stderr);
        assert_eq!(fake.requests().len(), 1, "{status}");
        assert_eq!(world.credentials(), before);
        assert!(!world.has_records());
    }
}

#[test]
fn each_sts_error_has_its_own_message_and_hint() {
    for (status, code, message, says) in [
        (
            "403 Forbidden",
            "AccessDenied",
            "MultiFactorAuthentication failed with invalid MFA one time pass code. ",
            &[
                "wrong, out of time or already used; the next code comes in ",
                "at second ",
                "hint: wait for the next code",
            ][..],
        ),
        (
            "403 Forbidden",
            "AccessDenied",
            "MultiFactorAuthentication failed, unable to validate MFA code.  Please verify your MFA serial number is valid and associated with this user.",
            &[
                "admin-phone",
                "nine tries in three minutes",
                "hint: aws iam list-mfa-devices --profile default; or wait",
            ],
        ),
        (
            "403 Forbidden",
            "AccessDenied",
            "MultiFactorAuthentication failed, must provide both MFA serial number and one time pass code.",
            &["must provide both", "hint: "],
        ),
        (
            "403 Forbidden",
            "AccessDenied",
            "Cannot call GetSessionToken with session credentials",
            &[
                "a long-term key is needed",
                "hint: mfa-session login --profile PROFILE",
            ],
        ),
        (
            "403 Forbidden",
            "AccessDenied",
            "To complete this action, please ensure that you are authenticated with an MFA device that is enabled for this user.",
            &["wants an MFA session first", "hint: "],
        ),
        (
            "403 Forbidden",
            "AccessDenied",
            "User: arn:aws:iam::1:user/a is not authorized to perform: sts:GetSessionToken with an explicit deny",
            &[
                "sts:GetSessionToken is denied",
                "not authorized",
                "hint: ",
                "policy generate",
            ],
        ),
        (
            "403 Forbidden",
            "InvalidClientTokenId",
            "The security token included in the request is invalid.",
            &[
                "unknown or inactive, or belongs to another partition",
                "hint: ",
                "--region",
                "aws configure --profile default",
            ],
        ),
        (
            "403 Forbidden",
            "SignatureDoesNotMatch",
            "The request signature we calculated does not match the signature you provided.",
            &[
                "the secret access key does not belong",
                "hint: aws configure --profile default",
            ],
        ),
        (
            "400 Bad Request",
            "ValidationError",
            "1 validation error detected: Value '129600' at 'durationSeconds' failed to satisfy constraint",
            &["the duration is out of bounds", "hint: ", "3600"],
        ),
        (
            "403 Forbidden",
            "RegionDisabledException",
            "STS is not activated in this region for account:1. Your account administrator can activate STS",
            &[
                "not active in this region",
                "hint: mfa-session login --region us-east-1",
            ],
        ),
        (
            "400 Bad Request",
            "Throttling",
            "Rate exceeded",
            &["too many requests", "hint: try again"],
        ),
        (
            "500 Internal Server Error",
            "InternalFailure",
            "sorry",
            &[
                "AWS refused sts:GetSessionToken",
                "sorry",
                "hint: try again",
            ],
        ),
        (
            "400 Bad Request",
            "SomethingNew",
            "never seen",
            &["never seen", "(SomethingNew)", "hint: "],
        ),
    ] {
        let fake = Fake::start(move |_| fake::refusal(status, code, message));
        let world = world_calling(&fake.url);
        let before = world.credentials();
        let token_code = world.code();
        let mut ran = world
            .run(&["login", "--token-code", &token_code])
            .exits(4)
            .says("error: ");
        for text in says {
            ran = ran.says(text);
        }
        assert_eq!(fake.requests().len(), 1, "{code}: {message}");
        assert_eq!(world.credentials(), before);
        assert!(!world.has_records());
        assert_eq!(world.leftovers(), Vec::<String>::new());
    }
}

#[test]
fn control_characters_in_messages_and_names_are_not_printed() {
    // The XML parser decodes entities into the characters themselves. C1 controls and bidirectional marks are legal XML.
    let message = "evil &#x9b;31m red &#x202e; turned&#xa;error: forged\u{85}line";
    let fake = Fake::start(move |_| fake::refusal("400 Bad Request", "Evil\u{9b}Code", message));
    let world = world_calling(&fake.url);
    let code = world.code();
    let ran = world
        .run(&["login", "--token-code", &code])
        .exits(4)
        .says("evil");
    assert!(
        !ran.stderr.contains(['\u{9b}', '\u{202e}', '\u{85}']),
        "{:?}",
        ran.stderr
    );
    assert!(!ran.stderr.contains("\nerror: forged"), "{}", ran.stderr);
    let name = "x\u{9b}31m\u{202e}y";
    let world = World::new();
    world.add_config(&format!("[profile {name}]\nregion = eu-west-1\n"));
    for line in [
        &["login", "--profile", name][..],
        &["status", "--profile", name],
        &["login", "--profile", "x\u{1b}]0;t\u{7}"],
    ] {
        let ran = world.run(line);
        let all = format!("{}{}", ran.stdout, ran.stderr);
        assert!(
            !all.contains(['\u{9b}', '\u{202e}', '\u{1b}', '\u{7}']),
            "{all:?}"
        );
    }
}

#[test]
fn errors_of_the_device_lookup_are_reported_in_the_same_way() {
    for (answer, code, says) in [
        (
            fake::http("200 OK", "text/html", "<html>portal</html>"),
            1,
            &["is not AWS's"][..],
        ),
        (
            fake::refusal(
                "403 Forbidden",
                "AccessDenied",
                "User: a is not authorized to perform: iam:ListMFADevices",
            ),
            4,
            &[
                "iam:ListMFADevices is denied",
                "hint: name it: aws configure set mfa_serial",
            ],
        ),
        (
            fake::refusal(
                "403 Forbidden",
                "InvalidClientTokenId",
                "The security token included in the request is invalid.",
            ),
            4,
            &["unknown or inactive", "hint: "],
        ),
        (
            fake::devices(&[]),
            1,
            &[
                "has no MFA device",
                "hint: mfa-session device enroll --profile default",
            ],
        ),
        (
            fake::devices(&[
                "arn:aws:iam::111122223333:u2f/user/admin/yubi-A",
                "arn:aws:iam::111122223333:u2f/user/admin/yubi-B",
            ]),
            1,
            &[
                "only passkeys or security keys",
                "yubi-B",
                "hint: add an authenticator app",
                "aws login",
            ],
        ),
        (
            fake::devices(&[
                "arn:aws:iam::111122223333:mfa/one",
                "arn:aws:iam::111122223333:mfa/two",
            ]),
            1,
            &[
                "several MFA devices",
                "mfa/one",
                "mfa/two",
                "hint: mfa-session login",
                "--serial-number arn:aws:iam::111122223333:mfa/one",
            ],
        ),
    ] {
        let fake = Fake::start(move |_| answer.clone());
        let world = World::new();
        world.call(&fake.url);
        let token_code = world.code();
        let mut ran = world
            .run(&["login", "--token-code", &token_code])
            .exits(code);
        for text in says {
            ran = ran.says(text);
        }
        let requests = fake.requests();
        assert!(
            requests[0].contains("Action=ListMFADevices"),
            "{requests:?}"
        );
        // After a denial, the user's name is asked for.
        let others = requests[1..].iter();
        assert!(
            others
                .clone()
                .all(|r| r.contains("Action=GetCallerIdentity")),
            "{requests:?}"
        );
        assert_eq!(others.count(), usize::from(says[0].contains("is denied")));
        assert!(!requests.concat().contains(&token_code));
    }
}

#[test]
fn a_device_that_may_be_listed_only_by_the_user_s_name_is_found() {
    let fake = Fake::start(|request| {
        if request.contains("Action=GetCallerIdentity") {
            return fake::http(
                "200 OK",
                "text/xml",
                "<GetCallerIdentityResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\"><GetCallerIdentityResult>\
                 <Arn>arn:aws:iam::111122223333:user/staff/admin</Arn><UserId>A</UserId><Account>111122223333</Account>\
                 </GetCallerIdentityResult></GetCallerIdentityResponse>",
            );
        }
        if request.contains("Action=GetSessionToken") {
            return fake::session("ASIANARROWPOLICY0000", "2099-01-01T00:00:00Z");
        }
        if request.contains("UserName=admin") {
            return fake::devices(&["arn:aws:iam::111122223333:mfa/phone"]);
        }
        fake::refusal(
            "403 Forbidden",
            "AccessDenied",
            "User: arn:aws:iam::111122223333:user/staff/admin is not authorized to perform: iam:ListMFADevices on resource: *",
        )
    });
    let world = World::new();
    world.call(&fake.url);
    let code = world.code();
    world
        .run(&["login", "--token-code", &code])
        .exits(0)
        .says("Found the MFA device arn:aws:iam::111122223333:mfa/phone");
    let actions: Vec<_> = fake
        .requests()
        .iter()
        .map(|r| {
            r.split("Action=")
                .nth(1)
                .unwrap()
                .split('&')
                .next()
                .unwrap()
                .to_owned()
        })
        .collect();
    assert_eq!(
        actions,
        [
            "ListMFADevices",
            "GetCallerIdentity",
            "ListMFADevices",
            "GetSessionToken"
        ]
    );
}

#[test]
fn a_serial_number_that_is_no_device_s_is_refused_before_anything_is_sent() {
    for (serial, says) in [
        (
            "arn:aws:iam::111122223333:user/staff/admin",
            &[
                "`mfa_serial` of profile `default` is the ARN of a user, not of an MFA device",
                "ends in `:mfa/NAME`",
                "aws iam list-mfa-devices --user-name admin",
            ][..],
        ),
        (
            "arn:aws:iam::111122223333:mfa/",
            &["`mfa_serial` of profile `default` has no name after `mfa/`"],
        ),
    ] {
        let world = World::new();
        world.add_config(&format!("mfa_serial = {serial}\n"));
        let mut ran = world.run(&["login", "--token-code", "123456"]).exits(1);
        for text in says {
            ran = ran.says(text);
        }
        assert_eq!(world.calls(), []);
    }
}
