//! `login`.

use mfa_session::policy::generate;
use mfa_session::sandbox::SignedWith;

use crate::common::World;
use crate::common::fake::{self, Fake};
use crate::hook::TO_TYPE;

#[test]
fn one_code_writes_the_session_profile_and_nothing_else() {
    let world = World::new();
    let before = world.credentials();
    let ran = world.log_in();
    assert_eq!(ran.stdout, "");
    assert_eq!(
        ran.stderr.lines().last(),
        Some("export AWS_PROFILE=default-mfa")
    );
    let after = world.credentials();
    assert!(after.starts_with(&before), "{after}");
    for line in [
        "[default-mfa]",
        "manager = mfa-session",
        "mfa_session_source = default",
        "expiration = ",
    ] {
        assert!(after.contains(line), "{line}: {after}");
    }
    assert!(
        world
            .read(".aws/config")
            .contains("[profile default-mfa]\nregion = eu-central-1\n")
    );
}

#[test]
fn every_call_before_the_session_is_an_exception_of_the_seed_policy() {
    let world = World::new();
    world.log_in().says("Found the MFA device");
    let calls = world.calls();
    assert_eq!(
        calls,
        [
            ("iam:ListMFADevices".to_owned(), SignedWith::LongTermKey),
            ("sts:GetSessionToken".to_owned(), SignedWith::LongTermKey)
        ]
    );
    let seed: serde_json::Value =
        serde_json::from_str(&generate::seed().to_json_compact()).unwrap();
    let exceptions = seed["Statement"][0]["NotAction"].as_array().unwrap();
    for (action, _) in calls {
        assert!(
            exceptions.iter().any(|e| e == action.as_str()),
            "{action} is no exception"
        );
    }
}

#[test]
fn a_wrong_code_is_refused_by_aws_and_changes_nothing() {
    let world = World::new();
    let before = world.credentials();
    let wrong = world.wrong_code();
    world
        .run(&["login", "--token-code", &wrong])
        .exits(4)
        .says("wrong, out of time or already used")
        .says("hint: ");
    assert_eq!(world.credentials(), before);
    assert_eq!(world.count("sts:GetSessionToken"), 1);
}

#[test]
fn a_code_that_was_used_before_is_distinguished_from_a_wrong_one() {
    let world = World::new();
    let code = world.code();
    world.run(&["login", "--token-code", &code]).exits(0);
    world
        .run(&["login", "--token-code", &code, "--force"])
        .exits(4)
        .says("used before");
}

#[test]
fn a_malformed_code_is_neither_sent_nor_printed() {
    let world = World::new();
    world.hunt("98765");
    for bad in ["98765", "98765a", "９８７６５４", ""] {
        world
            .run(&["login", "--token-code", bad])
            .exits(2)
            .says("six digits");
    }
    assert_eq!(world.calls(), []);
}

#[test]
fn a_code_is_read_from_standard_input() {
    let world = World::new();
    let code = world.code();
    // The command gets what is behind the line.
    let ran = world
        .feed(
            &["exec", "--token-code", "-", "--", "cat"],
            format!("{code}\nfor the command\n"),
        )
        .exits(0);
    assert_eq!(ran.stdout, "for the command\n");
    assert_eq!(world.count("sts:GetSessionToken"), 1);
    for bad in [
        "",
        "\n",
        "12345\n",
        "1234567\n",
        "\n123456\n",
        "x".repeat(1 << 20).as_str(),
    ] {
        world
            .feed(&["login", "--token-code", "-"], bad)
            .exits(2)
            .says("the token code is not six digits");
    }
    assert_eq!(world.count("sts:GetSessionToken"), 1);
}

#[test]
fn without_a_terminal_or_a_code_the_first_line_names_the_command() {
    let world = World::new();
    let ran = world.run(&["login"]).exits(3);
    assert_eq!(ran.stderr.lines().next(), Some(TO_TYPE));
}

// ---- when an existing session is reused

#[test]
fn a_session_with_half_of_its_time_left_is_reused_with_a_message() {
    let mut world = World::new();
    world.log_in();
    let before = world.credentials();
    world.later(5 * 3600 + 3500);
    let ran = world
        .run(&["login"])
        .exits(0)
        .says("The session of profile default is good for another 6h")
        .says("--force renews it");
    assert_eq!(
        ran.stderr.lines().last(),
        Some("export AWS_PROFILE=default-mfa")
    );
    assert_eq!(world.count("sts:GetSessionToken"), 1);
    // `--min-remaining` can ask for more time left than half, or for less.
    world.run(&["login", "--min-remaining", "7h"]).exits(3);
    world.later(3600);
    world.run(&["login"]).exits(3);
    world.run(&["login", "--min-remaining", "5h"]).exits(0);
    world.run(&["login", "--min-remaining", "0"]).exits(0);
    assert_eq!(world.credentials(), before);
    world.log_in();
    assert_eq!(world.count("sts:GetSessionToken"), 2);
    assert_ne!(world.credentials(), before);
}

#[test]
fn half_means_half_of_the_granted_duration_not_of_the_default() {
    let mut world = World::new();
    let code = world.code();
    world
        .run(&["login", "--duration", "36h", "--token-code", &code])
        .exits(0)
        .says("good for 1day 12h");
    world.later(17 * 3600);
    world.run(&["login"]).exits(0);
    world.later(2 * 3600);
    world.run(&["login"]).exits(3);
    // The duration asked for now does not change what half of the granted duration is.
    world.run(&["login", "--duration-seconds", "900"]).exits(3);
}

#[test]
fn force_renews_a_fresh_session() {
    let world = World::new();
    world.log_in();
    let before = world.credentials();
    let code = world.code();
    world
        .run(&["login", "--force", "--token-code", &code])
        .exits(0);
    assert_eq!(world.count("sts:GetSessionToken"), 2);
    assert_ne!(world.credentials(), before);
    assert_eq!(world.credentials().matches("[default-mfa]").count(), 1);
}

#[test]
fn reusing_a_session_restores_a_missing_or_different_session_profile() {
    let world = World::new();
    world.log_in();
    let good = world.credentials();
    let (source, ours) = good.split_once("\n[default-mfa]").unwrap();
    let ours = format!("[default-mfa]{ours}");
    for damaged in [
        source.to_owned(),
        format!("{source}\n[default-mfa]\n"),
        good.replace("aws_session_token = ", "aws_session_token = x"),
        good.replace("expiration = 20", "expiration = 30"),
        format!(
            "{source}\n{}",
            ours.replace("aws_secret_access_key", "#aws_secret_access_key")
                .replace("aws_access_key_id", "#aws_access_key_id")
        ),
        good.replace("mfa_session_source = default\n", ""),
        good.replace(
            "mfa_session_source = default\n",
            "mfa_session_source = other\n",
        ),
        format!("{good}aws_security_token = stale\n"),
    ] {
        world.write_credentials(&damaged);
        world
            .run(&["login"])
            .exits(0)
            .says("The session is in profile default-mfa.");
        let after = world.credentials();
        for line in ours.lines() {
            let times = after.lines().filter(|l| *l == line).count();
            assert_eq!(times, 1, "{line}: {after}");
        }
        assert!(!after.contains("security_token"), "{after}");
    }
    assert_eq!(world.count("sts:GetSessionToken"), 1);
    // If the profile is complete, nothing is written.
    let before = std::fs::metadata(world.path(".aws/credentials")).unwrap();
    world.run(&["login"]).exits(0);
    let after = std::fs::metadata(world.path(".aws/credentials")).unwrap();
    use std::os::unix::fs::MetadataExt as _;
    assert_eq!(
        (before.ino(), before.mtime_nsec()),
        (after.ino(), after.mtime_nsec())
    );
}

#[test]
fn profiles_with_the_same_key_share_one_session() {
    let world = World::new();
    let url = world.server.endpoint_url();
    world.add_config(&format!("[profile b]\nendpoint_url = {url}\n"));
    world.write_credentials(&format!(
        "{}[b]\n{}",
        world.credentials(),
        world.key_lines()
    ));
    world.log_in();
    world.run(&["login", "--profile", "b"]).exits(0);
    assert_eq!(world.count("sts:GetSessionToken"), 1);
    assert!(world.credentials().contains("[b-mfa]"));
    // After its key was replaced, a profile does not use the session of the old key.
    let (other, _) = world.server.with_account(|a| {
        let now = time::UtcDateTime::now();
        (
            a.add_user("other", now).unwrap(),
            a.add_device("other", "other-phone", now),
        )
    });
    world.write_credentials(&world.credentials().replace(
        &format!("[b]\naws_access_key_id = {}", world.key_id()),
        &format!("[b]\naws_access_key_id = {}", other.id),
    ));
    world.run(&["login", "--profile", "b"]).exits(3);
    world
        .run(&["credential-process", "--profile", "b", "--no-prompt"])
        .exits(3);
}

#[test]
fn a_session_from_another_endpoint_is_not_reused() {
    let world = World::new();
    world.log_in();
    world
        .run(&["login", "--endpoint-url", "http://localhost:1"])
        .exits(3);
    let url = world.server.endpoint_url();
    world.run(&["login", "--endpoint-url", &url]).exits(0);
}

// ---- settings

/// The form fields of the only GetSessionToken request, and the region in its signature.
fn sent(fake: &Fake) -> (String, String) {
    let requests = fake.requests();
    let request = requests
        .iter()
        .find(|r| r.contains("Action=GetSessionToken"))
        .expect("a GetSessionToken");
    let (_, scope) = request.split_once("Credential=").unwrap();
    let region = scope.split('/').nth(2).unwrap().to_owned();
    let body = request.split_once("\r\n\r\n").unwrap().1.to_owned();
    (body, region)
}

fn aws() -> Fake {
    Fake::start(|request| {
        if request.contains("Action=ListMFADevices") {
            fake::devices(&["arn:aws-us-gov:iam::111122223333:mfa/found"])
        } else {
            fake::session("ASIAFAKEFAKEFAKEFAKE", "2099-01-01T00:00:00Z")
        }
    })
}

#[test]
fn the_duration_comes_from_the_flag_the_profile_or_the_default() {
    for (in_profile, flags, seconds) in [
        ("", &[][..], 43200),
        ("duration_seconds = 3600\n", &[], 3600),
        (
            "duration_seconds = 3600\n",
            &["--duration-seconds", "900"],
            900,
        ),
        ("duration_seconds = 3600\n", &["--duration", "90m"], 5400),
        (
            "duration_seconds = rubbish\n",
            &["--duration", "36h"],
            129_600,
        ),
        ("", &["--duration", "1h30m"], 5400),
    ] {
        let fake = aws();
        let world = World::new();
        world.call(&fake.url);
        world.add_config(in_profile);
        let code = world.code();
        world
            .run(&[&["login", "--token-code", &code], flags].concat())
            .exits(0);
        assert!(
            sent(&fake)
                .0
                .contains(&format!("DurationSeconds={seconds}&")),
            "{}",
            sent(&fake).0
        );
    }
}

#[test]
fn the_serial_number_comes_from_the_flag_the_variable_the_profile_or_a_lookup() {
    for (in_profile, variable, flag, serial) in [
        (
            "mfa_serial = GAHT00000001\naws_mfa_device = GAHT00000002\n",
            Some("GAHT00000003"),
            Some("GAHT00000004"),
            "GAHT00000004",
        ),
        (
            "mfa_serial = GAHT00000001\naws_mfa_device = GAHT00000002\n",
            Some("GAHT00000003"),
            None,
            "GAHT00000003",
        ),
        (
            "aws_mfa_device = GAHT00000002\nmfa_serial = GAHT00000001\n",
            None,
            None,
            "GAHT00000001",
        ),
        (
            "aws_mfa_device = GAHT00000002\n",
            None,
            None,
            "GAHT00000002",
        ),
        ("", None, None, "found"),
    ] {
        let fake = aws();
        let mut world = World::new();
        world.call(&fake.url);
        world.add_config(in_profile);
        if let Some(serial) = variable {
            world.set("AWS_MFA_SERIAL", serial);
        }
        let code = world.code();
        let mut line = vec!["login", "--token-code", &code];
        if let Some(serial) = flag {
            line.extend(["--serial-number", serial]);
        }
        let ran = world.run(&line).exits(0);
        let (body, _) = sent(&fake);
        if serial == "found" {
            ran.says("Found the MFA device arn:aws-us-gov:iam::111122223333:mfa/found")
                .says("  aws configure set mfa_serial arn:aws-us-gov:iam::111122223333:mfa/found --profile default");
            assert!(body.contains("mfa%2Ffound"), "{body}");
        } else {
            assert!(body.contains(&format!("SerialNumber={serial}&")), "{body}");
            assert_eq!(fake.requests().len(), 1);
        }
    }
}

#[test]
fn the_region_falls_back_to_the_home_region_of_the_partition() {
    for (in_profile, variables, flag, serial, region) in [
        (
            "region = eu-west-1\n",
            &[
                ("AWS_DEFAULT_REGION", "eu-west-2"),
                ("AWS_REGION", "eu-west-3"),
            ][..],
            Some("eu-north-1"),
            "GAHT00000001",
            "eu-north-1",
        ),
        (
            "region = eu-west-1\n",
            &[
                ("AWS_DEFAULT_REGION", "eu-west-2"),
                ("AWS_REGION", "eu-west-3"),
            ],
            None,
            "GAHT00000001",
            "eu-west-3",
        ),
        (
            "region = eu-west-1\n",
            &[("AWS_DEFAULT_REGION", "eu-west-2")],
            None,
            "GAHT00000001",
            "eu-west-2",
        ),
        (
            "region = eu-west-1\n",
            &[],
            None,
            "arn:aws-cn:iam::111122223333:mfa/a",
            "eu-west-1",
        ),
        (
            "",
            &[],
            None,
            "arn:aws-cn:iam::111122223333:mfa/a",
            "cn-northwest-1",
        ),
        (
            "",
            &[],
            None,
            "arn:aws-us-gov:iam::111122223333:mfa/a",
            "us-gov-west-1",
        ),
        (
            "",
            &[],
            None,
            "arn:aws-eusc:iam::111122223333:mfa/a",
            "eusc-de-east-1",
        ),
        (
            "",
            &[],
            None,
            "arn:aws:iam::111122223333:mfa/a",
            "us-east-1",
        ),
        ("", &[], None, "GAHT00000001", "us-east-1"),
        ("", &[], None, "", "us-gov-west-1"),
    ] {
        let fake = aws();
        let mut world = World::new();
        world.write_config(&format!(
            "[default]\nendpoint_url = {}\n{in_profile}",
            fake.url
        ));
        for (name, value) in variables {
            world.set(name, *value);
        }
        let code = world.code();
        let mut line = vec!["login", "--token-code", &code];
        if let Some(flag) = flag {
            line.extend(["--region", flag]);
        }
        if !serial.is_empty() {
            line.extend(["--serial-number", serial]);
        }
        world.run(&line).exits(0);
        assert_eq!(sent(&fake).1, region);
        let copied = world.read(".aws/config").matches("region = ").count();
        assert_eq!(copied, 2 * in_profile.lines().count());
    }
}

#[test]
fn the_endpoint_comes_from_the_flag_the_variables_or_the_profile() {
    let [flag, sts, iam, general, section, profile] = std::array::from_fn(|_| aws());
    let all = [&flag, &sts, &iam, &general, &section, &profile];
    let config = format!(
        "[default]\nendpoint_url = {}\nservices = mine\n[services mine]\nsts =\n  endpoint_url = {}\nec2 =\n  endpoint_url = http://localhost:1\n",
        profile.url, section.url
    );
    let cases: [(&[(&str, &str)], bool, &Fake, &Fake); 6] = [
        (&[], false, &section, &profile),
        (
            &[("AWS_ENDPOINT_URL", &general.url)],
            false,
            &general,
            &general,
        ),
        (
            &[
                ("AWS_ENDPOINT_URL", &general.url),
                ("AWS_ENDPOINT_URL_STS", &sts.url),
            ],
            false,
            &sts,
            &general,
        ),
        (
            &[
                ("AWS_ENDPOINT_URL_STS", &sts.url),
                ("AWS_ENDPOINT_URL_IAM", &iam.url),
            ],
            false,
            &sts,
            &iam,
        ),
        (
            &[
                ("AWS_ENDPOINT_URL_STS", &sts.url),
                ("AWS_ENDPOINT_URL_IAM", &iam.url),
            ],
            true,
            &flag,
            &flag,
        ),
        (
            &[
                ("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", "true"),
                ("AWS_ENDPOINT_URL", &general.url),
            ],
            true,
            &flag,
            &flag,
        ),
    ];
    for (variables, by_flag, sts_at, iam_at) in cases {
        let mut world = World::new();
        world.write_config(&config);
        for (name, value) in variables {
            world.set(name, *value);
        }
        let count = || all.map(|f| f.requests().len());
        let before = count();
        let code = world.code();
        let mut line = vec!["login", "--token-code", &code];
        if by_flag {
            line.extend(["--endpoint-url", &flag.url]);
        }
        world.run(&line).exits(0);
        let asked = |fake: &Fake, action: &str| {
            fake.requests()
                .last()
                .is_some_and(|r| r.contains(&format!("Action={action}")))
        };
        assert!(asked(sts_at, "GetSessionToken"));
        let at = all.iter().position(|f| std::ptr::eq(*f, iam_at)).unwrap();
        assert!(iam_at.requests()[before[at]].contains("Action=ListMFADevices"));
        let total: usize = count().iter().sum::<usize>() - before.iter().sum::<usize>();
        assert_eq!(total, 2);
    }
}

// ---- the device

#[test]
fn several_devices_are_listed_if_nobody_can_choose() {
    let world = World::with_account(|account, now| {
        account.add_device("admin", "second", now).unwrap();
    });
    let code = world.code();
    let ran = world
        .run(&["login", "--token-code", &code])
        .exits(1)
        .says("admin-phone")
        .says("second")
        .says("--serial-number");
    // The command in the hint can be run as it is.
    let hint = ran
        .stderr
        .lines()
        .find_map(|l| l.strip_prefix("hint: mfa-session "))
        .unwrap()
        .to_owned();
    let serial = world.serial().to_string();
    let words: Vec<_> = hint.split(' ').collect();
    assert_eq!(words[0], "login");
    world
        .run(&["login", "--serial-number", &serial, "--token-code", &code])
        .exits(0);
}

// ---- the clock

#[test]
fn a_clock_that_is_an_hour_off_is_corrected_and_reported_once() {
    for (offset, side) in [(3600, "ahead of"), (-3600, "behind")] {
        let mut world = World::new();
        world.set("MFA_SESSION_TEST_CLOCK_OFFSET", offset.to_string());
        world.add_config(&format!("mfa_serial = {}\n", world.serial()));
        world
            .log_in()
            .says("this machine's clock is 3")
            .says(&format!("s {side} AWS's"))
            .says("good for 1");
        assert_eq!(
            world.count("sts:GetSessionToken"),
            1,
            "the refused one was not authenticated"
        );
        let record: serde_json::Value =
            serde_json::from_str(&std::fs::read_to_string(world.record_path()).unwrap()).unwrap();
        let skew = record["skew_seconds"].as_i64().unwrap();
        assert!((skew + offset).abs() <= 2, "{skew}");
        assert_eq!(record["granted_seconds"], 43200);
        // `status`, the hook and the reuse all measure the time left by AWS's clock.
        let status = world.run(&["status", "--format", "json"]).exits(0);
        let status: serde_json::Value = serde_json::from_str(&status.stdout).unwrap();
        let left = status["sessions"][0]["seconds_left"].as_i64().unwrap();
        assert!((43_000..=43_200).contains(&left), "{left}");
        let until_end = |seconds: i64| (offset + 43_200 - seconds).to_string();
        world.set("MFA_SESSION_TEST_CLOCK_OFFSET", until_end(300));
        world
            .run(&["credential-process", "--profile", "default"])
            .exits(0);
        world.run(&["status"]).exits(0);
        world.set("MFA_SESSION_TEST_CLOCK_OFFSET", until_end(30));
        world.run(&["status"]).exits(3);
        world.set("MFA_SESSION_TEST_CLOCK_OFFSET", until_end(0));
        world
            .run(&["credential-process", "--profile", "default", "--no-prompt"])
            .exits(3);
    }
}

#[test]
fn a_small_clock_skew_is_accepted_and_stored() {
    let mut world = World::new();
    world.set("MFA_SESSION_TEST_CLOCK_OFFSET", "-100");
    world.log_in().says_not("clock");
    let record = std::fs::read_to_string(world.record_path()).unwrap();
    assert!(
        ["99", "100", "101"]
            .iter()
            .any(|s| record.contains(&format!("\"skew_seconds\":{s},"))),
        "{record}"
    );
}

#[test]
fn a_clock_that_aws_still_refuses_is_reported() {
    let fake = Fake::start(|_| {
        let refused = fake::refusal(
            "403 Forbidden",
            "SignatureDoesNotMatch",
            "Signature expired: 20200101T000000Z is now earlier than 20260101T000000Z",
        )?;
        Some(refused.replacen("\r\n", "\r\nDate: Wed, 01 Jan 2020 00:00:00 GMT\r\n", 1))
    });
    let world = World::new();
    world.call(&fake.url);
    world.add_config("mfa_serial = GAHT12345678\n");
    let code = world.code();
    world
        .run(&["login", "--token-code", &code])
        .exits(4)
        .says("s ahead of AWS's, and AWS refused the request")
        .says("hint: set the clock");
    assert_eq!(fake.requests().len(), 2);
}

// ---- codes from a command

#[test]
fn a_command_from_the_profile_or_the_flag_provides_the_code() {
    let world = World::new();
    // A file outside the home stands for the phone that shows the codes.
    let phone = world.root().join("phone");
    let show = |code: &str| std::fs::write(&phone, format!(" {} {}\n", &code[..3], &code[3..]));
    world.add_config(&format!("mfa_process = cat '{}'\n", phone.display()));
    show(&world.code()).unwrap();
    world.run(&["login"]).exits(0);
    show(&world.code()).unwrap();
    let command = format!("cat < '{}'", phone.display());
    world
        .run(&["login", "--force", "--mfa-process", &command])
        .exits(0);
    assert_eq!(world.count("sts:GetSessionToken"), 2);
}

#[test]
fn a_command_that_fails_or_prints_no_code_sends_no_request() {
    let world = World::new();
    for (command, says) in [
        ("exit 3", "`mfa_process` ended with"),
        (
            "echo hello-world-7",
            "printed no token code: expected six digits, got 13 characters",
        ),
        ("true", "got 0 characters"),
        ("no-such-command-here", "`mfa_process` ended with"),
    ] {
        world
            .run(&[
                "login",
                "--mfa-process",
                command,
                "--serial-number",
                "GAHT12345678",
            ])
            .exits(1)
            .says(says)
            .says_not("hello-world-7")
            .says("hint: run the command by hand");
    }
    assert_eq!(world.calls(), []);
}

#[test]
fn a_login_started_by_a_login_is_refused_at_once() {
    let mut world = World::new();
    world.set("MFA_SESSION_PARENT", "1");
    for line in [
        &["login", "--token-code", "123123"][..],
        &["credential-process", "--profile", "default"],
        &["exec", "--", "true"],
        &["env"],
    ] {
        world
            .run(line)
            .exits(1)
            .says("mfa-session was started by mfa-session");
    }
    assert_eq!(world.calls(), []);
}

#[test]
fn secrets_are_never_printed_at_any_verbosity() {
    let mut world = World::new();
    let code = world.code();
    world
        .run(&["-vv", "login", "--token-code", &code])
        .exits(0)
        .says("info: profile default: source profile default, session profile default-mfa")
        .says("debug: ");
    world.set("MFA_SESSION_LOG", "debug");
    world.run(&["login", "-v"]).exits(0).says("debug: ");
    world
        .run(&["credential-process", "--profile", "default"])
        .exits(0);
}
